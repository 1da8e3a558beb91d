"""Judges a whole recorded run again, and writes what came of it into a folder of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from conformance import __version__
from conformance.config.model import Config
from conformance.config.recording import from_recorded
from conformance.core.errors import UsageError
from conformance.core.judged import Judged
from conformance.core.results import Blame, Finding, RunInfo, RunResult, ScenarioResult
from conformance.core.taken import BEFORE
from conformance.engine.collection import collect
from conformance.engine.context import ScenarioContext
from conformance.engine.runner import run_case
from conformance.engine.scenario import Case
from conformance.engine.stop_reasons import cannot
from conformance.evidence.reader import DAMAGED, RecordedSession, read_evidence, read_taken
from conformance.evidence.seal import Seal, folder_beside, read_seal, verify
from conformance.evidence.writer import EvidenceWriter
from conformance.redaction.redactor import Redactor
from conformance.rejudging.playback import CannotJudgeAgain
from conformance.rejudging.session import SessionAgain

Watch = Callable[[ScenarioResult], None]
JUDGED_AGAIN = "judged again"
"""The setting of a run that says by which version it was judged again."""


@dataclass(frozen=True)
class JudgedAgain:
    """A run that was judged again: the folder, the seal of the run it was made from, and both sets of results.

    `missing` are the ids of recorded scenarios that this version does not have.
    """

    folder: Path
    parent: Seal | None
    original: RunResult
    result: RunResult
    missing: tuple[str, ...] = ()

    @property
    def lost(self) -> tuple[ScenarioResult, ...]:
        """The scenarios that cannot be judged again, because they now send something else."""
        return tuple(
            one for one in self.result.scenarios if any(found.code == CannotJudgeAgain.code for found in one.findings)
        )

    @property
    def differing(self) -> tuple[str, ...]:
        """The ids of the scenarios whose verdict, reason or findings are others now; what had not ended is not among them."""
        now = {one.id: _came_to(one) for one in self.result.scenarios}
        return tuple(one.id for one in self.original.scenarios if now.get(one.id) != _came_to(one))


def _came_to(result: ScenarioResult) -> tuple[object, ...]:
    return result.verdict, result.reason, result.findings


def rejudge(
    recorded: Path,
    out: Path | None = None,
    *,
    expected: str = "",
    key: Path | None = None,
    watch: Watch = lambda _: None,
) -> JudgedAgain:
    """Judge a recorded run (its folder, or evidence.sqlite) again and write the evidence of that into a new folder.

    `expected` is the seal that the run must have, `key` a PEM file with the public key that it must be signed with. Raises
    UsageError, in one sentence, where that is not so, and where the run was changed since it was sealed, is damaged, or was
    recorded by a version that did not record what it takes, or by a newer one.
    """
    source = recorded if recorded.is_dir() else recorded.parent
    parent = _intact(source, expected, key)
    original, sessions = _read(recorded, source)
    folder = out or folder_beside(source, "rejudged")
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty", fix="Name a folder that does not exist yet.")
    writer = EvidenceWriter(folder, _described(original.run), Redactor(enabled=False))
    missing, notices = _play(sessions, original, writer, watch)
    writer.finish(replace(_described(original.run), finished=original.run.finished, complete=original.run.complete,
                          notices=notices))  # fmt: skip
    return JudgedAgain(folder, parent, original, read_evidence(folder), missing)


def _intact(source: Path, expected: str, key: Path | None) -> Seal | None:
    """The seal of a run that was not changed, None for one that has none, such as one that was killed."""
    if read_seal(source) is None and not (expected or key):
        return None
    found = verify(source, expected=expected, public_key=key)
    if not found.intact:
        raise UsageError(
            f"the run in {source} is not as it was sealed: {found.changes[0]}",
            fix=f"Ask for the run as it was sealed; gpconnect-assure verify {source} names every change.",
        )
    return found.sealed


def _read(recorded: Path, source: Path) -> tuple[RunResult, list[RecordedSession]]:
    original = read_evidence(recorded)
    damage = next((notice for notice in original.run.notices if notice.code == DAMAGED), None)
    if damage:
        raise UsageError(
            f"the run in {source} cannot be judged again: {damage.message}",
            fix=f"gpconnect-assure report {source} reports on what can be read.",
        )
    return original, read_taken(recorded)


def _described(run: RunInfo) -> RunInfo:
    by = f"by version {__version__}, recorded by version {run.tool_version}"
    return replace(
        run,
        tool_version=__version__,
        finished="",
        complete=False,
        notices=(),
        settings={**run.settings, JUDGED_AGAIN: by},
    )


def _play(
    sessions: list[RecordedSession], original: RunResult, writer: EvidenceWriter, watch: Watch
) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
    entries = {entry.case.id: entry for entry in collect()}
    judged: dict[str, Judged] = {}
    done: dict[str, ScenarioResult] = {}
    missing: list[str] = []
    notices: tuple[Finding, ...] = ()
    own = [recorded for recorded in sessions if BEFORE in recorded.parts]  # the others are workers of these
    for number, recorded in enumerate(own, 1):
        writer.session(recorded.document)
        whole = len(own) == len(sessions)
        again = SessionAgain(_config(recorded), recorded, original.exchanges, entries, writer, whole=whole)
        again.look(judged)
        for result in again.play():
            watch(result)
        if number == len(own):
            known = {one.id for one in original.scenarios}
            _not_played(again, {*done, *again.results, *again.missing}, known, writer)
        notices = (*notices, *again.end(complete=original.run.complete and number == len(own)))
        judged, done = again.judged(), {**done, **again.results}
        missing += again.missing
    return tuple(missing), notices


def _not_played(again: SessionAgain, done: set[str], known: set[str], writer: EvidenceWriter) -> None:
    """What an interrupted run had not reached is not tested, nor what ended without a record of what it took."""
    for case in again.cases:
        if case.id not in done:
            function = _not_recorded if case.id in known else _not_reached
            writer.scenario(run_case(function, case, again.session))


def _not_reached(context: ScenarioContext, case: Case) -> None:  # noqa: ARG001 - a scenario's function
    cannot("the recorded run ended before this scenario", Blame.ENVIRONMENT)


def _not_recorded(context: ScenarioContext, case: Case) -> None:  # noqa: ARG001 - likewise
    raise CannotJudgeAgain("it was played by a worker, and which free slots that one had is not recorded")


def _config(recorded: RecordedSession) -> Config:
    return from_recorded(recorded.document["config"])
