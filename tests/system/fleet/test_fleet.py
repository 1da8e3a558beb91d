"""A fleet on this machine: each trouble is named, the other providers are unharmed, and a fleet that was killed goes on."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from conformance import __version__
from conformance.core.errors import UsageError
from conformance.evidence.seal import verify
from conformance.fleet.model import Job, Provider, State
from conformance.fleet.reading import own_overrides
from conformance.fleet.task import play
from tests.support.paths import ROOT
from tests.system.fleet.conftest import FAULTY, WRONG, Bed, command, finished

WAIT = 300  # seconds for what is waited for; long, as the machine may be busy


def results(folder: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / "fleet.json").read_bytes())
    return {**document, "states": {one["name"]: one["state"] for one in document["providers"]}}


def test_each_trouble_is_named_and_the_others_are_unharmed(bed: Bed) -> None:
    rows = [
        bed.row("P00002") + ",", bed.row("P00002") + ",", bed.row(FAULTY) + ",", bed.row("P00003", bed.silent) + ",1",
        bed.row(WRONG) + ",", bed.row("P00004").replace(",P00004", ",") + ",", bed.row("P00005") + ",x",
    ]  # fmt: skip
    out = bed.folder / "out"
    done = finished(bed.fleet(rows, "base_url,asid,ods_code,run.read_timeout"), "--out", out, "--workers", "3")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert "list.csv line 3: P00002 is listed already (list.csv line 2); it is run once" in done.stderr
    assert "list.csv line 7: the key ods_code is missing" in done.stderr
    found = results(out)
    assert found["states"] == {
        "P00002": "no-non-conformity", FAULTY: "not-conformant", "P00003": "not-testable", WRONG: "not-conformant",
        "P00005": "configuration",
    }  # fmt: skip
    records = {one["name"]: one for one in found["providers"]}
    assert (records["P00003"]["attempt"], records["P00002"]["attempt"]) == (2, 1)
    assert "the provider did not respond" in records["P00003"]["reason"] or "time" in records["P00003"]["reason"]
    assert "run.read_timeout" in records["P00005"]["reason"]
    causes = {one["title"]: one["providers"] for one in found["causes"]}
    assert causes["Not exactly one organisation is found (Bundle.entry)"] == [WRONG]
    assert [FAULTY] in causes.values()
    for name in ("P00002", FAULTY):
        run = Path(records[name]["folder"])
        assert verify(run, expected=records[name]["seal"]).intact
    page = (out / "fleet.html").read_text(encoding="utf-8")
    assert f'href="runs/{FAULTY}/1/report.html"' in page
    again = finished(bed.folder / "fleet.yaml", "--resume", out)
    assert "0 providers, pack smoke; 5 have ended before" in again.stdout
    assert results(out)["providers"] == found["providers"]


def test_a_fleet_that_is_killed_leaves_no_run_behind_and_goes_on(bed: Bed) -> None:
    names = ["P00002", "P00003", "P00004", "P00005"]
    out, file = bed.folder / "out", bed.fleet([bed.row(name) for name in names])
    killed = subprocess.Popen(command(file, "--out", out, "--workers", "1"), stdout=subprocess.DEVNULL)
    records = out / "records"
    waited(lambda: records.is_dir() and any(records.glob("*.json")) and len(of_this_fleet(out)) > 1)
    killed.kill()
    killed.wait()
    first = {path.name: path.read_bytes() for path in records.glob("*.json")}
    waited(lambda: not of_this_fleet(out))
    done = finished(file, "--resume", out, "--workers", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(names) - len(first)} providers, pack smoke; {len(first)} have ended before" in done.stdout
    assert {name: (records / name).read_bytes() for name in first} == first
    assert results(out)["states"] == dict.fromkeys(names, "no-non-conformity")


def waited(what: Any) -> None:
    until = time.monotonic() + WAIT
    while not what():
        assert time.monotonic() < until
        time.sleep(0.1)


def of_this_fleet(out: Path) -> list[int]:
    """The processes that have the folder of a fleet among their arguments."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if any(str(out) in word for word in process.info["cmdline"] or ()):
            found.append(process.pid)
    return found


def job(bed: Bed, folder: Path, **more: Any) -> Job:
    one = bed.served["P00006"]
    provider = Provider("P00006", f"{bed.address}{one.root}", one.asid, one.ods)
    overrides = tuple(f"{key}={value}" for key, value in own_overrides(provider).items())
    known = {"time_limit": 600.0, "version": __version__, "attempt": 1, **more}
    return Job(provider, "smoke", overrides=overrides, fingerprint="f", folder=str(folder), token="t" * 32, **known)


def test_a_worker_that_does_not_see_the_folder_returns_the_results(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(bed.folder)
    configuration = bed.shared.read_text(encoding="utf-8")
    found = play(job(bed, Path("/nowhere/fleet-1")), configuration)
    folder = Path(found.record.folder)
    assert folder == bed.folder / "reports" / "fleet-1-tttttttt" / "runs" / "P00006" / "1"
    assert found.record.state is State.CLEAN
    assert found.results == (folder / "results.json").read_bytes()
    again = play(job(bed, Path("/nowhere/fleet-1")), configuration)
    assert again == found  # it had ended; nothing was run again
    assert play(job(bed, Path("/nowhere/fleet-1"), attempt=2), configuration).record.folder == str(
        folder.with_name("2")
    )
    with pytest.raises(UsageError, match=r"has gpconnect-assure .*, not 0\.0\.1"):
        play(job(bed, Path("/nowhere/fleet-1"), version="0.0.1"), configuration)


def test_a_run_that_does_not_end_is_stopped(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    from conformance.fleet import one_run

    monkeypatch.chdir(bed.folder)
    monkeypatch.setattr(one_run, "GRACE", 0.0)
    stuck = job(bed, Path("/nowhere/fleet-2"), time_limit=0.5)
    stuck = replace(stuck, overrides=(*stuck.overrides, f"provider.base_url={bed.silent}"))
    found = play(stuck, bed.shared.read_text(encoding="utf-8")).record
    assert found.state is State.NOT_TESTABLE
    assert found.reason == "it did not end within 0.5 s and was stopped"


def test_nothing_of_dask_is_loaded_by_other_commands() -> None:
    script = (
        "import sys, conformance.cli, conformance.cli.run, conformance.cli.fleet, conformance.pytest_plugin.launch\n"
        "import conformance.fleet.reading, conformance.fleet.running, conformance.fleet.outputs\n"
        "print(sorted({'dask', 'distributed', 'tornado'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_without_the_extra_one_sentence_says_how_to_get_it(bed: Bed) -> None:
    script = (
        "import sys; sys.modules['distributed'] = None; sys.argv[0] = 'gpconnect-assure'\n"
        "from conformance.__main__ import main; main()"
    )
    words = [sys.executable, "-c", script, "fleet", str(bed.folder / "x.yaml")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "gpconnect-assure: a fleet needs dask.distributed, which is not installed\n"
        "  Install it: pip install 'gpconnect-assure[fleet]'\n"
    )
