"""What a worker does: plays one run as a process of its own and returns what it came to."""

from __future__ import annotations

import hashlib
import json
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from conformance import __version__
from conformance.core.errors import ExitCode, UsageError
from conformance.core.verdicts import Verdict
from conformance.evidence.folders import make_folder
from conformance.evidence.in_use import in_use
from conformance.evidence.schema import FILE_NAME as EVIDENCE
from conformance.evidence.seal import MANIFEST, read_seal
from conformance.fleet import one_run
from conformance.fleet.model import Gathered, Job, Record, SeenCause, State, state_of
from conformance.fleet.store import MARK, Store
from conformance.reporting.cause_view import shortened
from conformance.reporting.outcome import outcome
from conformance.reporting.results_json import from_json
from conformance.reporting.writing import write_whole

_LOOK_AGAIN = 1.0  # seconds between two looks whether an earlier run has ended
_LONGEST = 300  # characters of what a provider sent, in a record
_MOST_ERRORS = 20_000  # bytes of what a process complains of that are read


def play(job: Job, configuration: str) -> Gathered:
    """Play a run and return what it came to; `configuration` is the text of the shared configuration.

    Where an earlier worker played it and its record lies in the folder of the fleet, that is returned. Raises UsageError where
    this worker is of another version, or cannot write.
    """
    if job.version != __version__:
        fix = "Install the same version on every machine."
        raise UsageError(
            f"the worker on {socket.gethostname()} has gpconnect-assure {__version__}, not {job.version}", fix=fix
        )
    store, shared = _place(job)
    _wait_for_earlier(store, job)
    kept = store.get(job.provider.name)
    if kept and kept.fingerprint == job.fingerprint and kept.attempt >= job.attempt:
        return _returned(kept, shared)
    file = _configuration_file(store, configuration)
    _undo_earlier(store, job, file)
    record = _played(store, job, file)
    store.put(record)
    return _returned(record, shared)


def _place(job: Job) -> tuple[Store, bool]:
    """The folder of the fleet where this machine has it, and whether it has; else one of its own, below where the worker is."""
    folder = Path(job.folder)
    with suppress(OSError):
        if (folder / MARK).read_text(encoding="ascii").strip() == job.token:
            return Store(folder), True
    return Store(Path.cwd() / "reports" / f"{folder.name}-{job.token[:8]}"), False


def _returned(record: Record, shared: bool) -> Gathered:
    if shared:
        return Gathered(record)
    with suppress(OSError):
        return Gathered(record, (Path(record.folder) / "results.json").read_bytes())
    return Gathered(record)


def _configuration_file(store: Store, configuration: str) -> Path:
    """The shared configuration as a file, named by what it holds: all runs that share it read the same."""
    content = configuration.encode("utf-8")
    path = store.folder / f"configuration-{hashlib.sha256(content).hexdigest()[:8]}.yaml"
    if not path.exists():
        write_whole(path, content)
    return path


def _wait_for_earlier(store: Store, job: Job) -> None:
    """Wait for a run that a killed worker left behind: it is undoing what it booked, and two would meet."""
    until = time.monotonic() + job.time_limit + 2 * one_run.GRACE
    while any(in_use(folder) for folder in _unsealed(store, job)) and time.monotonic() < until:
        time.sleep(_LOOK_AGAIN)


def _unsealed(store: Store, job: Job) -> list[Path]:
    folders = store.attempts(job.provider.name)
    return [path for path in folders if (path / EVIDENCE).exists() and not (path / MANIFEST).exists()]


def _undo_earlier(store: Store, job: Job, file: Path) -> None:
    """Undo what a run that was killed left at the provider; what could not be undone is in its log."""
    for folder in _unsealed(store, job):
        words = ["cleanup", str(folder), "--config", str(file), *_sets(job)]
        one_run.run(words, folder.with_name(f"{folder.name}.cleanup.log"), one_run.GRACE)


def _sets(job: Job) -> list[str]:
    return [part for text in job.overrides for part in ("--set", text)]


def _played(store: Store, job: Job, file: Path) -> Record:
    folder = _new_folder(store, job)
    log = folder.with_name(f"{folder.name}.log")
    words = ["run", "--config", str(file), "--pack", job.pack, "--out", str(folder), "--no-html", *_sets(job)]
    words += ["--set", f"run.deadline={job.time_limit:g}"]
    started, clock = datetime.now(UTC).astimezone().isoformat(timespec="seconds"), time.monotonic()
    code, stopped = one_run.run(words, log, job.time_limit + one_run.GRACE)
    seconds = round(time.monotonic() - clock, 1)
    facts = {"exit_code": code, "started": started, "seconds": seconds, "folder": str(folder)}
    return record_of(job, facts, _results(folder), _errors(log), stopped=stopped)


def _new_folder(store: Store, job: Job) -> Path:
    runs = store.runs(job.provider.name)
    make_folder(runs)
    folder = next(path for number in count(1) if not (path := runs / str(number)).exists())
    make_folder(folder)
    return folder


def _results(folder: Path) -> Mapping[str, Any] | None:
    with suppress(OSError, ValueError):
        found: Mapping[str, Any] = json.loads((folder / "results.json").read_bytes())
        return found
    return None


def _errors(log: Path) -> str:
    """What a process complained of last, on one line."""
    with log.with_suffix(".errors.txt").open("rb") as file:
        text = file.read(_MOST_ERRORS).decode("utf-8", "replace")
    lines = text.rpartition("gpconnect-assure: ")[2].split("\n")
    sentences = (
        line.strip() if line.strip().endswith((".", ":")) else f"{line.strip()}." for line in lines if line.strip()
    )
    return shortened(" ".join(sentences), _LONGEST * 2)


def record_of(
    job: Job, facts: Mapping[str, Any], results: Mapping[str, Any] | None, errors: str, *, stopped: bool = False
) -> Record:
    """Return the record of a run that ended. `facts` are exit code, start, seconds and folder; `results` is results.json."""
    one, code = job.provider, int(facts["exit_code"])
    found = _of_results(results, Path(facts["folder"])) if results else {}
    state = State.NOT_TESTABLE if stopped else _state(code, found.get("counts", {}))
    summed_up = found.pop("sentence", "")
    reason = summed_up if code in (ExitCode.CONFORMANT, ExitCode.NON_CONFORMANT) else errors or summed_up
    if stopped:
        reason = f"it did not end within {job.time_limit:g} s and was stopped"
    elif code < 0:
        reason = f"its process was killed (signal {-code})"
    own: dict[str, Any] = {"name": one.name, "base_url": one.base_url, "asid": one.asid, "ods_code": one.ods_code}
    return Record(
        **own,
        **facts,
        **found,
        fingerprint=job.fingerprint,
        state=state,
        reason=reason or f"it ended with exit code {code}",
        attempt=job.attempt,
        host=socket.gethostname(),
    )


def _state(code: int, counts: Mapping[str, int]) -> State:
    state = state_of(code)
    return State.WARNED if state is State.CLEAN and counts.get(Verdict.WARN) else state


def _of_results(results: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """What a record takes from results.json; nothing where it is none."""
    with suppress(KeyError, TypeError, ValueError, UsageError):
        result = from_json(dict(results))
        verdict = outcome(result)
        sealed = read_seal(folder)
        return {
            "edition": result.run.edition,
            "counts": {name: number for name, number in result.summary().items() if number},
            "causes": tuple(_seen(cause) for cause in results["causes"]),
            "seal": sealed.seal if sealed else "",
            "sentence": f"{verdict.word}: {verdict.sentence}",
        }
    return {}


def _seen(cause: Mapping[str, Any]) -> SeenCause:
    texts = {name: shortened(str(cause[name]), _LONGEST) for name in ("place", "message", "found", "expected")}
    kept = {name: str(cause[name]) for name in ("id", "severity", "code", "requirement")}
    return SeenCause(**kept, **texts, scenarios=len(cause["scenarios"]))
