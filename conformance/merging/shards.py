"""The shards that are merged: each read from its folder, and looked at whether together they are one run."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from conformance.core.errors import UsageError
from conformance.core.judged import Judged
from conformance.core.results import RunInfo, RunResult
from conformance.evidence.in_use import take_over
from conformance.evidence.reader import RecordedSession, read_evidence, read_judged, read_taken
from conformance.evidence.schema import FILE_NAME
from conformance.evidence.seal import Seal, read_seal, verify
from conformance.planning.sharding import Shard, digest_of

_HOW_PLAYED = frozenset({"run.reports", "run.workers", "run.max_rate", "run.max_connections", "run.max_evidence_bytes"})
"""Keys of a configuration on which no verdict hangs: shards may differ in them."""
_FIX = "Run all shards with the same version, configuration and options, and merge those."


@dataclass(frozen=True)
class RecordedShard:
    """A shard that came to its end: its folder and seal, which shard it is, what it came to, what each of its processes took
    from outside, and what the rules about all responses have seen in it.

    `selection` is the digest of the selection that it is a part of, `rules` the ids of the scenarios of it that are about all
    responses, `configuration` a digest of each configured value by its key.
    """

    folder: Path
    seal: Seal
    shard: Shard
    result: RunResult
    sessions: Sequence[RecordedSession]
    judged: Mapping[str, Judged]
    selection: str
    rules: tuple[str, ...]
    configuration: Mapping[str, str]

    @property
    def run(self) -> RunInfo:
        """What the run of the shard says of itself."""
        return self.result.run


def read_shards(folders: Sequence[Path], tool: str) -> list[RecordedShard]:
    """Return the shards that lie in some folders, by number; `tool` is the hash of this tool.

    Raises UsageError, in one sentence, where one of them is no shard that came to its end and is as it was sealed, and where
    together they are not all shards of one selection of one provider, each once, played in the same way by this version.
    """
    if len(folders) < 2:
        raise UsageError(
            f"merge makes one run of all shards, and {len(folders)} is named", fix="Name the folder of each."
        )
    shards = [_read(folder) for folder in folders]
    for other in shards[1:]:
        _belong_together(shards[0], other)
    _by_this_tool(shards[0], tool)
    _each_once(shards)
    found = sorted(shards, key=lambda one: one.shard.number)
    _whole(found)
    return found


def _read(folder: Path) -> RecordedShard:
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder of a run", fix="Name the folder that the outputs of a shard are in.")
    seal = _intact(folder)
    result, sessions = read_evidence(folder), read_taken(folder)
    said = sessions[0].shard
    if said is None or "shard" not in result.run.settings:
        raise UsageError(f"the run in {folder} is no shard", fix="Shards are made by gpconnect-assure run --shard K/N.")
    shard = Shard(said["number"], said["of"])
    if not result.run.complete:
        raise UsageError(
            f"shard {shard} in {folder} did not come to its end",
            fix=f"gpconnect-assure run --resume {folder} goes on with it.",
        )
    return RecordedShard(
        folder, seal, shard, result, sessions, read_judged(folder),
        said["selection"], tuple(said["rules"]), said["configuration"],
    )  # fmt: skip


def _intact(folder: Path) -> Seal:
    if read_seal(folder) is None:
        raise _unsealed(folder)
    found = verify(folder)
    if not found.intact:
        raise UsageError(
            f"the run in {folder} is not as it was sealed: {found.changes[0]}",
            fix=f"Take the folder as the run left it; gpconnect-assure verify {folder} names every change.",
        )
    return found.sealed


def _unsealed(folder: Path) -> UsageError:
    file = folder / FILE_NAME
    if not file.is_file():
        return UsageError(f"{folder} holds no {FILE_NAME}: it is no folder of a run")
    try:
        with closing(sqlite3.connect(file, isolation_level=None, timeout=1.0)) as connection:
            take_over(connection, file)
    except UsageError as error:
        return error
    except sqlite3.Error:
        pass
    return UsageError(
        f"the run in {folder} has no seal: it was killed before it came to its end",
        fix=f"gpconnect-assure run --resume {folder} goes on with it.",
    )


def _belong_together(one: RecordedShard, other: RecordedShard) -> None:
    """UsageError, naming what differs first, unless two shards are of one run."""
    for what, value in _MUST_AGREE.items():
        if value(one) != value(other):
            raise _differ(one, other, what, value(one), value(other))
    keys = (one.configuration.keys() | other.configuration.keys()) - _HOW_PLAYED
    for key in sorted(keys):
        if one.configuration.get(key) != other.configuration.get(key):
            named = "the people" if key == "people" else key
            raise _differ(one, other, f"configuration ({named})")


_MUST_AGREE: Mapping[str, Callable[[RecordedShard], str]] = {
    "edition": lambda one: one.run.edition,
    "provider": lambda one: one.run.provider,
    "version of this tool": lambda one: one.run.tool_version,
    "hash of this tool": lambda one: one.run.settings.get("tool_sha256", ""),
    "number of shards": lambda one: str(one.shard.of),
    "selection of scenarios": lambda one: one.selection[:16],
    "set of definitions": lambda one: digest_of(f"{row.sha256} {row.url}" for row in one.run.definitions)[:16],
}


def _differ(one: RecordedShard, other: RecordedShard, what: str, *values: str) -> UsageError:
    said = f": {values[0]} and {values[1]}" if values else ""
    return UsageError(f"the runs in {one.folder} and {other.folder} differ in their {what}{said}", fix=_FIX)


def _by_this_tool(shard: RecordedShard, tool: str) -> None:
    """Merging judges over all responses, so it must be done by what judged them."""
    by = shard.run.settings.get("tool_sha256", "")
    if by != tool:
        raise UsageError(
            f"the shards were run by another gpconnect-assure (version {shard.run.tool_version}, SHA-256 {by[:16]}) than this "
            f"one (SHA-256 {tool[:16]})",
            fix="Merge them with the version that ran them.",
        )


def _each_once(shards: Sequence[RecordedShard]) -> None:
    known: dict[int, RecordedShard] = {}
    for one in shards:
        before = known.setdefault(one.shard.number, one)
        if before is not one:
            raise UsageError(f"shard {one.shard} is named twice: {before.folder} and {one.folder}")
    of = shards[0].shard.of
    missing = [str(Shard(number, of)) for number in range(1, of + 1) if number not in known]
    if missing:
        raise UsageError(f"not all shards are named: {', '.join(missing)} missing", fix="Name the folder of each.")


def _whole(shards: Sequence[RecordedShard]) -> None:
    """UsageError unless the shards came to a result for each scenario of the selection."""
    for one in shards:
        planned = set(one.sessions[0].document["cases"])
        if planned != {row.id for row in one.result.scenarios}:
            raise UsageError(f"shard {one.shard} in {one.folder} lacks the result of a scenario", fix=_FIX)
    if digest_of(row.id for one in shards for row in one.result.scenarios) != shards[0].selection:
        raise UsageError("the shards together do not hold each scenario of their selection once", fix=_FIX)
