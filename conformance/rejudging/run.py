"""Judges a whole recorded run again, and writes what came of it into a folder of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from conformance import __version__
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
from conformance.evidence.reader import DAMAGED, RUN_AGAIN, RecordedSession, read_evidence, read_taken
from conformance.evidence.seal import Seal, folder_beside, read_seal, verify
from conformance.evidence.writer import EvidenceWriter
from conformance.redaction.redactor import Redactor
from conformance.rejudging.all_responses import over_all
from conformance.rejudging.playback import CannotJudgeAgain
from conformance.rejudging.session import SessionAgain, renaming_of
from conformance.rejudging.workers import play_workers

Watch = Callable[[ScenarioResult], None]
Process = tuple[RecordedSession, list[RecordedSession]]
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
        return tuple(one for one in self.result.scenarios if is_lost(one))

    @property
    def differing(self) -> tuple[str, ...]:
        """The ids of the scenarios whose verdict, reason or findings are others now; what had not ended is not among them."""
        now = {one.id: _came_to(one) for one in self.result.scenarios}
        return tuple(one.id for one in self.original.scenarios if now.get(one.id) != _came_to(one))


def is_lost(result: ScenarioResult) -> bool:
    """Whether a scenario cannot be judged again."""
    return any(found.code == CannotJudgeAgain.code for found in result.findings)


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
    original, processes = _read(recorded, source)
    folder = out or folder_beside(source, "rejudged")
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty", fix="Name a folder that does not exist yet.")
    writer = EvidenceWriter(folder, _described(original.run), Redactor(enabled=False))
    missing, notices = _play(processes, original, writer, watch)
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


def _read(recorded: Path, source: Path) -> tuple[RunResult, list[Process]]:
    original = read_evidence(recorded)
    damage = next((notice for notice in original.run.notices if notice.code == DAMAGED), None)
    if damage:
        raise UsageError(
            f"the run in {source} cannot be judged again: {damage.message}",
            fix=f"gpconnect-assure report {source} reports on what can be read.",
        )
    return original, _processes(read_taken(recorded))


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
    processes: list[Process], original: RunResult, writer: EvidenceWriter, watch: Watch
) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
    entries = {entry.case.id: entry for entry in collect()}
    judged: dict[str, Judged] = {}
    played: list[SessionAgain] = []
    notices = tuple(notice for notice in original.run.notices if notice.code in _OF_PLAYING)
    for place, (recorded, workers) in enumerate(processes):
        config = from_recorded(recorded.document["config"])
        renaming = renaming_of(config, (recorded, *workers), original.exchanges)
        again = SessionAgain(config, recorded, original.exchanges, entries, writer, renaming)
        played.append(again)
        again.look(judged)
        for result in chain(play_workers(again, workers), again.play()):
            watch(result)
        if place + 1 == len(processes):
            _not_played(played, writer)
        to_its_end = place + 1 == len(processes) or _shard(processes[place + 1][0]) != _shard(recorded)
        notices = (*notices, *again.end(complete=original.run.complete and to_its_end))
        judged = again.judged()
    if len({_shard(recorded) for recorded, _ in processes}) > 1:
        _judge_over_all(played, judged, original, writer)
        notices = _each_once(notices)
    writer.judged(played[-1].session.judge.changed())
    return tuple(name for again in played for name in again.missing), notices


_OF_PLAYING = frozenset({"resumed", "workers-limited", "worker-lost", "evidence-full", "repeats"})
"""Notices of how a run was played, which judging it again does not bring about."""


def _processes(sessions: list[RecordedSession]) -> list[Process]:
    """The processes of a run (several, where it was resumed or merged), each with its workers."""
    found: list[Process] = []
    for recorded in sessions:
        if recorded.worker is not None:
            found[-1][1].append(recorded)
        elif found and recorded.parts and BEFORE not in recorded.parts:
            raise UsageError(
                "the run was recorded by a version that did not record what its workers had", fix=RUN_AGAIN
            )
        else:
            found.append((recorded, []))
    return found


def _shard(recorded: RecordedSession) -> int:
    return int(recorded.shard["number"]) if recorded.shard else 0


def _judge_over_all(
    played: list[SessionAgain], judged: dict[str, Judged], original: RunResult, writer: EvidenceWriter
) -> None:
    """Judge the scenarios about all responses over those of all shards, as it was done when these were merged."""
    lost = {name for again in played for name, result in again.results.items() if is_lost(result)}
    parts = [(again.config, list(again.results.values())) for again in played]
    for name, result in over_all(parts, played[0].entries, judged, original.exchanges).items():
        if name not in lost:
            writer.revise(result)


def _each_once(notices: Iterable[Finding]) -> tuple[Finding, ...]:
    found: dict[tuple[str, str], Finding] = {}
    for notice in notices:
        found.setdefault((notice.code, notice.message), notice)
    return tuple(found.values())


def _not_played(played: list[SessionAgain], writer: EvidenceWriter) -> None:
    """What an interrupted run had not reached is not tested."""
    done = {name for again in played for name in (*again.results, *again.missing)}
    for case in played[-1].cases:
        if case.id not in done:
            writer.scenario(run_case(_not_reached, case, played[-1].session))


def _not_reached(context: ScenarioContext, case: Case) -> None:  # noqa: ARG001 - a scenario's function
    cannot("the recorded run ended before this scenario", Blame.ENVIRONMENT)
