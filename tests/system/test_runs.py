"""The console command from outside, over real HTTP: verdicts, exit codes, outputs, and what goes wrong around a run."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from conformance.core.resources import data_path
from conformance.evidence.reader import scenarios_so_far
from conformance.provider.server_thread import Running, start
from conformance.spec import load
from tests.support.paths import needs_sigint

SELECT = "book.one-slot or :read.every-answer-etag or book.without-status"


@pytest.fixture(scope="module", params=["stu3", "dstu2"])
def provider(request: pytest.FixtureRequest) -> Iterator[Running]:
    with start(load(request.param)) as running:
        yield running


def edition_of(running: Running) -> str:
    return "dstu2" if "DSTU2" in running.base_url else "stu3"


def assure(edition: str, base_url: str, out: Path, *more: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(edition, base_url, out, *more),
        capture_output=True,
        text=True,
        timeout=1200,
        cwd=out.parent,
        env=os.environ | environment,
        check=False,
    )


def command(edition: str, base_url: str, out: Path, *more: str) -> list[str]:
    config = str(data_path("config.example.yaml"))
    overrides = ["--set", f"edition={edition}", "--set", f"provider.base_url={base_url}"]
    return [sys.executable, "-m", "conformance", "run", "--config", config, *overrides, "--out", str(out), *more]


def results(out: Path) -> dict[str, Any]:
    found = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def verdicts(out: Path) -> dict[str, str]:
    return {row["id"]: row["verdict"] for row in results(out)["scenarios"]}


def test_a_selection_that_matches_nothing_is_a_usage_error(provider: Running, tmp_path: Path) -> None:
    done = assure(edition_of(provider), provider.base_url, tmp_path / "out", "-k", "no-such-scenario")
    assert done.returncode == 2
    assert "no scenario matches" in complaint(done)


def test_a_sound_provider_conforms_and_every_output_is_written(provider: Running, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = assure(edition_of(provider), provider.base_url, out, "-k", SELECT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(verdicts(out).values()) == {"pass"}
    assert len(verdicts(out)) == 3
    for name in ("report.html", "pytest.html", "results.json", "junit.xml", "evidence.sqlite"):
        assert (out / name).stat().st_size > 0, name
        assert str(out / name) in done.stdout


def test_a_faulty_provider_fails_the_scenario_that_is_about_it(provider: Running, tmp_path: Path) -> None:
    out = tmp_path / "out"
    provider.set_faults(["http.no-etags"])
    try:
        done = assure(edition_of(provider), provider.base_url, out, "-k", SELECT)
    finally:
        provider.set_faults([])
    assert done.returncode == 1
    assert verdicts(out)["read.every-answer-etag"] == "fail"
    (failed,) = [row for row in results(out)["scenarios"] if row["verdict"] == "fail"]
    assert failed["findings"][0]["location"] == "header ETag"
    assert "read.every-answer-etag" in done.stdout


def test_no_secret_and_no_patient_identifier_is_written(provider: Running, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assure(edition_of(provider), provider.base_url, out, "-k", SELECT)
    written = b"".join(path.read_bytes() for path in out.rglob("*") if path.is_file())
    assert b"9990010072" not in written
    tokens = re.findall(rb"eyJ[\w-]+\.([\w-]+)\.([\w-]*)", written)
    assert tokens  # their claims are kept, with pseudonyms
    for claims, signature in set(tokens):
        assert b"9990010072" not in base64.urlsafe_b64decode(claims + b"==")
        assert signature == b""  # masked, where there was one


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles"])
def test_the_testers_time_zone_changes_nothing(provider: Running, tmp_path: Path, zone: str) -> None:
    done = assure(
        edition_of(provider),
        provider.base_url,
        tmp_path / "out",
        "--no-html",
        "-k",
        "retrieve.first or search.ed or book.one-slot",
        TZ=zone,
    )
    assert done.returncode == 0, done.stdout
    assert set(verdicts(tmp_path / "out").values()) <= {"pass", "warn"}


def test_plain_pytest_runs_the_same_scenarios(tmp_path: Path) -> None:
    with start(load("stu3")) as running:
        options = {
            "--rootdir": tmp_path,
            "--gpc-config": data_path("config.example.yaml"),
            "--gpc-out": tmp_path / "out",
            "--gpc-set": f"provider.base_url={running.base_url}",
            "-c": os.devnull,
            "-k": SELECT,
        }
        arguments = [
            sys.executable,
            "-m",
            "pytest",
            "--pyargs",
            "conformance.scenarios",
            "-q",
            "-p",
            "no:cacheprovider",
        ]
        arguments += [str(part) for option in options.items() for part in option]
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=1200, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout
    assert set(verdicts(tmp_path / "out").values()) == {"pass"}


def test_collecting_needs_no_provider(tmp_path: Path) -> None:
    arguments = [
        sys.executable,
        "-m",
        "pytest",
        "--pyargs",
        "conformance.scenarios",
        "--collect-only",
        "-q",
        "-c",
        os.devnull,
        "--rootdir",
        str(tmp_path),
        "-p",
        "no:cacheprovider",
        "--gpc-edition",
        "dstu2",
    ]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=1200, check=False, cwd=tmp_path)
    assert done.returncode == 0
    assert "dstu2:book.one-slot" in done.stdout
    assert "stu3:" not in done.stdout


class Answering(BaseHTTPRequestHandler):
    """Answers everything with what the class says."""

    status, body, kind, length = 500, b"", "text/html", -1

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.send_header("Content-Type", self.kind)
        self.send_header("Content-Length", str(len(self.body) if self.length < 0 else self.length))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *arguments: object) -> None: ...


@pytest.fixture
def answering() -> Iterator[Any]:
    servers = []

    def serve(**answer: Any) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Answering,), answer))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/A20047/STU3/1/gpconnect"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def complaint(done: subprocess.CompletedProcess[str]) -> str:
    text = done.stdout + done.stderr
    assert "Traceback" not in text
    return text


def test_nothing_listens(tmp_path: Path) -> None:
    done = assure("stu3", "http://127.0.0.1:9/A20047/STU3/1/gpconnect", tmp_path / "out", "--no-html")
    assert done.returncode == 3
    assert "cannot be reached" in complaint(done)


def test_a_gateway_answers_500_with_html(answering: Any, tmp_path: Path) -> None:
    done = assure("stu3", answering(body=b"<html>Bad gateway</html>"), tmp_path / "out", "--no-html")
    assert done.returncode == 3
    assert "a web page came (500" in complaint(done)


@pytest.mark.parametrize("body", [b"", b'{"resourceType": "CapabilityStatement", "rest": [', b"[]", b"\xff\xfe"])
def test_nonsense_is_judged_and_breaks_nothing(answering: Any, tmp_path: Path, body: bytes) -> None:
    base = answering(status=200, body=body, kind="application/fhir+json")
    done = assure("stu3", base, tmp_path / "out", "--no-html", "-k", "metadata or book.one-slot or find")
    complaint(done)
    found = verdicts(tmp_path / "out")
    assert "error" not in found.values()
    assert found["book.one-slot"] == "skip"
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--config", "missing.yaml"], "missing.yaml"),
        (["--config", "mistyped.yaml"], "did you mean"),
        (["--config", str(data_path("config.example.yaml")), "--set", "nonsense"], "KEY=VALUE"),
        (["--config", str(data_path("config.example.yaml")), "--set", "edition=r4"], "edition"),
    ],
)
def test_bad_usage_is_told_in_one_message(tmp_path: Path, arguments: list[str], words: str) -> None:
    text = data_path("config.example.yaml").read_text(encoding="utf-8")
    (tmp_path / "mistyped.yaml").write_text(text.replace("base_url:", "base_ulr:"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "conformance", "run", *arguments],
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 2
    assert words.lower() in complaint(done).lower()


@pytest.mark.parametrize("how", [pytest.param("interrupted", marks=needs_sigint), "killed"])
def test_a_run_that_is_stopped_leaves_what_was_done(tmp_path: Path, how: str) -> None:
    out = tmp_path / "out"
    with start(load("stu3")) as running:
        process = subprocess.Popen(
            command("stu3", running.base_url, out, "--no-html"),
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        while scenarios_so_far(out) <= 20:
            assert process.poll() is None, "the run ended before it was stopped"
            time.sleep(0.02)
        process.kill() if how == "killed" else process.send_signal(signal.SIGINT)
        told, _ = process.communicate(timeout=12000)
    if how == "interrupted":
        assert process.returncode == 130, told
        assert "Traceback" not in told
    again = subprocess.run(
        [sys.executable, "-m", "conformance", "report", str(out), "--out", str(tmp_path / "again")],
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert again.returncode in (0, 1), again.stderr
    assert len(verdicts(tmp_path / "again")) >= 20
    assert results(tmp_path / "again")["run"]["complete"] is False
