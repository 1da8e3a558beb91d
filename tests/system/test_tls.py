"""Over HTTPS, end to end: every TLS scenario passes on the bundled provider, and fails with each check switched off."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.config.bundled import bundled_config
from conformance.config.model import Config, Negative
from conformance.consumer.probes.probe_calibration import serving
from conformance.core.resources import data_path
from conformance.core.results import ScenarioResult, Verdict
from conformance.engine.collection import Entry, collect
from conformance.engine.runner import run_case
from conformance.engine.session import Session
from conformance.provider.mutual_tls import ServerTls
from conformance.provider.server_thread import Running, start
from conformance.spec import editions, load
from conformance.tls.folder import key_path, overrides
from tests.support.certificates import certificates
from tests.unit.consumer.test_tls_context import make

CASES = [entry for entry in collect() if entry.case.id.startswith("tls.")]
PAIRS = [
    pytest.param(name, entry, fault, id=f"{name}:{entry.case.id}:{fault}")
    for name in editions()
    for entry in CASES
    if entry.case.runs_in(name)
    for fault in entry.case.fault_ids(name)
]
STALLS = "tls.stalls-on-"
Provided = dict[str, tuple[Running, Config]]


@pytest.fixture(scope="module")
def provided(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provided]:
    made: Provided = {}
    for name in editions():
        running = start(load(name), tls=certificates())
        given = {**overrides(certificates()), "tls.plain_port": str(running.plain_port)}
        made[name] = (running, bundled_config(name, running.base_url, tmp_path_factory.mktemp(name), overrides=given))
    yield made
    for running, _ in made.values():
        running.close()


def played(entry: Entry, config: Config) -> ScenarioResult:
    session = Session(config)
    try:
        return run_case(entry.function, entry.case, session)
    finally:
        session.close()


def impatient(config: Config, seconds: float) -> Config:
    return replace(config, run=replace(config.run, connect_timeout=seconds))


def test_there_are_enough_of_them() -> None:
    counts = {name: sum(entry.case.runs_in(name) for entry in CASES) for name in editions()}
    assert min(counts.values()) >= 38
    assert all(entry.case.wire for entry in CASES)


@pytest.mark.parametrize("name", editions())
def test_every_tls_scenario_passes_on_the_bundled_provider(name: str, provided: Provided) -> None:
    _, config = provided[name]
    results = [played(entry, config) for entry in CASES if entry.case.runs_in(name)]
    assert {result.id: result.reason for result in results if result.verdict is not Verdict.PASS} == {}


@pytest.mark.parametrize(("name", "entry", "fault"), PAIRS)
def test_a_scenario_fails_without_the_check(name: str, entry: Entry, fault: str, provided: Provided) -> None:
    running, config = provided[name]
    running.set_faults([fault])
    try:
        result = played(entry, impatient(config, 1.0) if fault.startswith(STALLS) else config)
    finally:
        running.set_faults([])
    assert result.verdict in (Verdict.FAIL, Verdict.WARN), result.reason


def test_over_plain_http_they_are_not_tested(tmp_path: Path) -> None:
    with start(load("stu3")) as running:
        config = bundled_config("stu3", running.base_url, tmp_path)
        results = [played(entry, config) for entry in CASES if entry.case.runs_in("stu3")]
    assert {result.verdict for result in results} == {Verdict.SKIP}
    assert {result.reason for result in results} == {"the provider is reached over plain HTTP"}


def test_behind_the_proxy_they_are_omitted(provided: Provided) -> None:
    _, config = provided["stu3"]
    behind = replace(config, provider=replace(config.provider, via_proxy=True, proxy_url="https://proxy.example.org"))
    assert {played(entry, behind).verdict for entry in CASES if entry.case.runs_in("stu3")} == {Verdict.OMIT}


def test_what_is_not_configured_is_skipped(provided: Provided) -> None:
    _, config = provided["stu3"]
    bare = replace(config, tls=replace(config.tls, negative=Negative(), plain_port=0))
    named = [entry for entry in CASES if entry.case.get("pair") or entry.case.id == "tls.plain-port"]
    assert len(named) == 8
    for entry in named:
        result = played(entry, bare)
        assert result.verdict is Verdict.SKIP
        assert "the configuration" in result.reason


def test_a_probe_that_is_blind_is_a_skip_and_not_a_pass(provided: Provided, monkeypatch: pytest.MonkeyPatch) -> None:
    _, config = provided["stu3"]
    for name in ("can_see", "sees_admission"):
        monkeypatch.setattr(f"conformance.consumer.probes.probe_calibration.{name}", lambda *_: "it is blind")
    chosen = [entry for entry in CASES if entry.case.id in ("tls.version-10", "tls.ciphers-rc4", "tls.expired")]
    assert len(chosen) == 3
    for entry in chosen:
        result = played(entry, config)
        assert (result.verdict, "it is blind" in result.reason) == (Verdict.SKIP, True)


def test_a_provider_that_hangs_in_the_handshake_is_neither_passed_nor_waited_for(provided: Provided) -> None:
    _, config = provided["stu3"]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/x"
        hung = impatient(replace(config, provider=replace(config.provider, base_url=url)), 0.1)
        verdicts = {played(entry, hung).verdict for entry in CASES if entry.case.runs_in("stu3")}
    # A family of ciphers or a version that is not answered for is not told to be missing.
    assert verdicts == {Verdict.SKIP}


def test_ciphers_that_a_key_forbids_are_not_asked_of_it(provided: Provided, tmp_path: Path) -> None:
    _, config = provided["stu3"]
    files = make(tmp_path, "server")  # with an EC key
    assert files.certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    verdicts = {}
    with serving(lambda wire: context.wrap_socket(wire, server_side=True).close()) as place:
        url = f"https://127.0.0.1:{place.port}/x"
        elsewhere = replace(config, provider=replace(config.provider, base_url=url))
        for entry in CASES:
            if entry.case.id in ("tls.ciphers-dhe-gcm", "tls.ciphers-ecdhe-gcm"):
                result = played(entry, elsewhere)
                verdicts[entry.case.id] = (result.verdict, "EC key" in result.reason)
    assert verdicts == {
        "tls.ciphers-dhe-gcm": (Verdict.OMIT, True),
        "tls.ciphers-ecdhe-gcm": (Verdict.PASS, False),
    }


def assure(url: str, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    config = str(data_path("config.example.yaml"))
    arguments = [
        "run",
        "--config",
        config,
        "--out",
        str(folder / "out"),
        "--no-html",
        "--set",
        f"provider.base_url={url}",
    ]
    return subprocess.run(
        [sys.executable, "-m", "conformance", *arguments, *more],
        capture_output=True,
        text=True,
        timeout=1200,
        cwd=folder,
        env=os.environ,
        check=False,
    )


def test_the_command_runs_over_mutual_tls(provided: Provided, tmp_path: Path) -> None:
    running, _ = provided["stu3"]
    settings = [part for key, value in overrides(certificates()).items() for part in ("--set", f"{key}={value}")]
    done = assure(running.base_url, tmp_path, *settings, "-k", "book.one-slot or tls.expired or tls.version-10")
    assert done.returncode == 0, done.stdout + done.stderr
    without = assure(running.base_url, tmp_path, *settings[:2], "-k", "book.one-slot")
    assert without.returncode == 3
    assert "the provider cannot be reached" in without.stderr + without.stdout
    assert "Traceback" not in without.stderr + without.stdout


def test_keys_that_cannot_be_used_and_a_handshake_that_hangs_are_told(tmp_path: Path) -> None:
    own = overrides(certificates())
    wrong = [
        "--set",
        f"tls.certificate={own['tls.certificate']}",
        "--set",
        f"tls.key={key_path(certificates(), 'expired')}",
    ]
    done = assure("https://127.0.0.1:9/x", tmp_path, *wrong)
    assert done.returncode == 2
    assert "does not belong to tls.certificate" in done.stderr + done.stdout
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/x"
        done = assure(url, tmp_path, "--set", "run.connect_timeout=0.5", "-k", "tls.expired")
    assert done.returncode == 3
    assert "the TLS handshake did not end within the time limit" in done.stderr + done.stdout


def test_connections_are_used_again(provided: Provided, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.consumer.network._KEEP_ALIVE_SECONDS", 600)
    handshakes: list[int] = []
    wrap = ServerTls.wrap_bio
    monkeypatch.setattr(ServerTls, "wrap_bio", lambda *args, **named: (handshakes.append(1), wrap(*args, **named))[1])
    _, config = provided["stu3"]
    session = Session(config)
    for _ in range(20):
        assert session.send(session.requests.capability()).status == 200
    session.close()
    # An idle connection may end between two requests on a slow machine; a handshake for each request would be 20.
    assert len(handshakes) < 5
