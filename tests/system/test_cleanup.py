"""Runs stopped at any moment: what they left at the provider is named, `cleanup` undoes it, and nothing of another's goes."""

from __future__ import annotations

import json
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from conformance.cli.cleanup import offer
from conformance.config.loading import load_config, pairs
from conformance.core.resources import data_path
from conformance.evidence.seal import Seal, read_seal, verify
from conformance.provider.server_thread import Running, start
from conformance.provider.variants.gateway import Action, Decide, Gateway, Respond, Sent
from conformance.spec import load
from tests.support.paths import needs_sigint
from tests.system.test_runs import command

PATIENCE = 1200
SELECT = "book or amend or cancel or register"


class Site:
    """A provider with its database, and the runs against it."""

    def __init__(self, edition: str, running: Running, folder: Path) -> None:
        self.edition, self.running, self.folder = edition, running, folder
        self.before = self._booked()

    def _booked(self) -> set[str]:
        with closing(sqlite3.connect(self.running.provider.store.path)) as database:
            return {name for (name,) in database.execute("SELECT id FROM appointment WHERE status = 'booked'")}

    @property
    def left(self) -> set[str]:
        return self._booked() - self.before

    def begin(self, out: Path) -> subprocess.Popen[str]:
        """Start a run and wait until it has noted a change at the provider."""
        arguments = command(self.edition, self.running.base_url, out, "--no-html", "--select", SELECT)
        process = subprocess.Popen(
            arguments, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
        )
        while changes(out) == 0:
            assert process.poll() is None, process.communicate()[0]
            time.sleep(0.01)
        return process

    def clean(self, out: Path) -> subprocess.CompletedProcess[str]:
        settings = {"edition": self.edition, "provider.base_url": self.running.base_url}
        config = ("--config", str(data_path("config.example.yaml")))
        more = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
        return conformance("cleanup", str(out), *config, *more)


@contextmanager
def site(edition: str, folder: Path, *faults: str) -> Iterator[Site]:
    with start(load(edition), faults=faults) as running:
        yield Site(edition, running, folder)


def conformance(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "conformance", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def changes(out: Path) -> int:
    file = out / "evidence.sqlite"
    if not file.exists():
        return 0
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
            return int(database.execute("SELECT count(*) FROM footprint").fetchone()[0])
    except sqlite3.Error:  # it is just being made
        return 0


def receipt(out: Path) -> dict[str, Any]:
    """The receipt in the reports that are written from the evidence."""
    again = out.with_name(f"{out.name}-again")
    done = conformance("report", str(out), "--out", str(again))
    assert "Traceback" not in done.stderr, done.stderr
    found = json.loads((again / "results.json").read_text(encoding="utf-8"))["receipt"]
    assert isinstance(found, dict)
    return found


@needs_sigint
@pytest.mark.parametrize("edition", ["stu3", "dstu2"])
def test_a_run_killed_at_random_moments_is_cleaned_up_from_its_footprint(edition: str, tmp_path: Path) -> None:
    way = random.Random(edition)
    with site(edition, tmp_path) as at:
        for turn in range(3):
            out = tmp_path / f"out{turn}"
            process = at.begin(out)
            time.sleep(way.uniform(0.0, 1.5))
            process.kill()
            process.communicate(timeout=PATIENCE)
            named = receipt(out)["left"]
            assert len(named) >= len(at.left)
            done = at.clean(out)
            assert done.returncode == 0, done.stdout + done.stderr
            assert "Nothing is left at the provider." in done.stdout
            assert at.left == set()
            again = at.clean(out)
            assert (again.returncode, again.stdout.splitlines()[0]) == (0, "There was nothing to cancel.")


@needs_sigint
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_run_that_is_told_to_stop_cleans_up_itself(tmp_path: Path, number: int, code: int) -> None:
    way = random.Random(code)
    with site("stu3", tmp_path) as at:
        for turn in range(2):
            out = tmp_path / f"out{turn}"
            process = at.begin(out)
            time.sleep(way.uniform(0.0, 1.0))
            process.send_signal(number)
            said, _ = process.communicate(timeout=PATIENCE)
            assert process.returncode in (code, -number), said
            assert "Traceback" not in said
            assert at.left == set()
            assert receipt(out)["left"] == []
            assert receipt(out)["booked"]


@needs_sigint
def test_the_second_signal_ends_the_run_and_says_how_to_clean_up(tmp_path: Path) -> None:
    with site("stu3", tmp_path) as at:
        out = tmp_path / "out"
        process = at.begin(out)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode in (143, 130), said
        assert "Traceback" not in said
        done = at.clean(out)
        assert done.returncode == 0, done.stdout + done.stderr
        assert at.left == set()


def test_what_cannot_be_undone_is_named_each_time(tmp_path: Path) -> None:
    with site("stu3", tmp_path, "cancel.not-stored") as at:
        out = tmp_path / "runs" / "out"
        arguments = command("stu3", at.running.base_url, out, "--no-html", "--select", "book.one-slot")
        out.parent.mkdir()
        run = subprocess.run(arguments, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert at.left
        named = receipt(out)["left"]
        for one in at.left:
            assert any(f"Appointment/{one} " in line and "still booked" in line for line in named)
            assert f"Left at the provider: Appointment/{one} " in run.stdout
        assert f"gpconnect-assure cleanup {out} --config" in run.stdout
        done = at.clean(out)
        assert done.returncode == 3
        assert f"{len(at.left)} left at the provider." in done.stdout
        next_run = conformance(
            *command("stu3", at.running.base_url, tmp_path / "runs" / "next", "--no-html", "--select", "metadata")[3:]
        )
        assert "To undo it with the same --set values: gpconnect-assure cleanup" in next_run.stderr


def test_another_provider_or_edition_is_refused(tmp_path: Path) -> None:
    with site("stu3", tmp_path) as at:
        out = tmp_path / "out"
        process = at.begin(out)
        process.kill()
        process.communicate()
        config = ("--config", str(data_path("config.example.yaml")))
        other = conformance("cleanup", str(out), *config, "--set", "provider.base_url=http://127.0.0.1:9/x")
        assert other.returncode == 2
        assert "Give the configuration of that run" in other.stderr
        at.edition = "dstu2"
        assert at.clean(out).returncode == 2
        at.edition = "stu3"
        assert at.clean(out).returncode == 0
        assert at.left == set()


def test_a_run_that_still_goes_on_is_not_cleaned_up_and_not_resumed(tmp_path: Path) -> None:
    with site("stu3", tmp_path) as at:
        out = tmp_path / "out"
        process = at.begin(out)
        refused = at.clean(out)
        setting = ("--set", f"provider.base_url={at.running.base_url}")
        resumed = conformance("run", "--resume", str(out), "--no-html", *setting)
        assert process.poll() is None
        process.kill()
        process.communicate()
        for done in (refused, resumed):
            assert done.returncode == 2, done.stdout + done.stderr
            assert f"the run in {out} is still going on: its evidence file is in use" in done.stderr
            assert "Wait until it has ended" in done.stderr
        assert at.clean(out).returncode == 0
        assert at.left == set()


def test_a_sealed_run_is_cleaned_up_in_a_folder_whose_seal_names_the_runs(tmp_path: Path) -> None:
    with site("stu3", tmp_path, "cancel.not-stored") as at:
        out = tmp_path / "out"
        arguments = command("stu3", at.running.base_url, out, "--no-html", "--select", "book.one-slot")
        subprocess.run(arguments, capture_output=True, timeout=PATIENCE, check=False)
        sealed = read_seal(out)
        assert sealed
        assert at.left
        at.running.set_faults([])
        done = at.clean(out)
        assert done.returncode == 0, done.stdout + done.stderr
        assert at.left == set()
    first = out.with_name("out-cleanup-1")
    assert str(first) in done.stdout
    assert verify(out, expected=sealed.seal).intact
    noted = read_seal(first)
    assert noted
    assert noted.parents == (Seal(sealed.run, sealed.seal),)
    assert verify(first).intact
    assert receipt(first)["left"] == []
    again = at.clean(out)  # what the last one noted is known, so that nobody is asked
    assert again.stdout.startswith("There was nothing to cancel.")
    second = read_seal(out.with_name("out-cleanup-2"))
    assert second
    assert [one.seal for one in second.parents] == [noted.seal]


_OUTCOME = b'{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"processing"}]}'
_CANCELS = re.compile(rb'"status"\s*:\s*"cancelled"')


def said(status: int, *, done: bool) -> Respond:
    """An error in the place of the provider's response, which carried the request out (`done`) or never saw it."""
    return Respond(status, body=_OUTCOME, media_type="application/fhir+json;charset=utf-8", after=done)


@pytest.mark.parametrize("status", [403, 500])
@pytest.mark.parametrize("done", [False, True], ids=["refused", "carried-out"])
def test_cancellations_that_are_refused_and_those_that_only_say_so(tmp_path: Path, status: int, done: bool) -> None:
    def decide(sent: Sent) -> Action:
        return said(status, done=done) if sent.method == "PUT" and _CANCELS.search(sent.body) else None

    run, left, named = through(decide, tmp_path)
    assert named["booked"]
    assert bool(left) is not done
    assert_names(run, left, named)


@pytest.mark.parametrize("done", [False, True], ids=["refused", "carried-out"])
def test_bookings_that_are_carried_out_though_an_error_came(tmp_path: Path, done: bool) -> None:
    def decide(sent: Sent) -> Action:
        return said(500, done=done) if sent.method == "POST" and sent.target.endswith("/Appointment") else None

    run, left, named = through(decide, tmp_path)
    assert_names(run, left, named)
    assert left == set()  # it was looked for, found and cancelled


def through(decide: Decide, folder: Path) -> tuple[str, set[str], dict[str, Any]]:
    """Run a booking through a gateway; return what the run said, what is booked at the provider still, and the receipt."""
    out = folder / "out"
    with site("stu3", folder) as at, Gateway(at.running.base_url, decide) as gateway:
        arguments = command("stu3", gateway.base_url, out, "--no-html", "--select", "book.one-slot or cancel.status")
        run = subprocess.run(arguments, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert "Traceback" not in run.stdout + run.stderr
        return run.stdout, at.left, receipt(out)


def assert_names(run: str, left: set[str], named: dict[str, Any]) -> None:
    """What is left is named, and nothing else, in the receipt and on the terminal."""
    assert len(named["left"]) == len(left)
    for one in left:
        assert any(f"Appointment/{one} " in line for line in named["left"])
        assert f"Left at the provider: Appointment/{one} " in run
    assert {name for name in named["booked"] if name.removeprefix("Appointment/") in left} == {
        f"Appointment/{one}" for one in left
    }


def test_a_run_offers_at_a_terminal_to_undo_what_the_last_one_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []
    answers = [False, True]

    def confirm(question: str, *, default: bool) -> bool:
        asked.append(question)
        assert default
        return answers.pop(0)

    for stream in (sys.stdin, sys.stdout):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    monkeypatch.setattr("click.confirm", confirm)
    with site("stu3", tmp_path, "cancel.not-stored") as at:
        out = tmp_path / "runs" / "out"
        out.parent.mkdir()
        arguments = command("stu3", at.running.base_url, out, "--no-html", "--select", "book.one-slot")
        subprocess.run(arguments, capture_output=True, timeout=PATIENCE, check=False)
        at.running.set_faults([])
        before = at.left
        assert before
        settings = ("edition=stu3", f"provider.base_url={at.running.base_url}")

        def offered() -> str:
            example = data_path("config.example.yaml")
            offer(load_config(example, overrides=pairs(settings)), example, out.with_name("next"), overridden=True)
            return capsys.readouterr().out

        assert f"The run in {out} left {len(before)} at the provider" in offered()
        assert at.left == before  # the answer was no
        assert "Nothing is left at the provider." in offered()
        assert at.left == set()
        assert offered() == ""  # there is nothing to offer any more
    assert asked == ["Undo it now?"] * 2
