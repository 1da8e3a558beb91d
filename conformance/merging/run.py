"""Makes one run of all shards, in a folder of its own: the evidence of all of them, and what it comes to."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from conformance.config.recording import from_recorded
from conformance.core.footprint import Change, Footprint
from conformance.core.judged import Judged
from conformance.core.results import Finding, RunInfo, RunResult, ScenarioResult
from conformance.core.taken import Taken
from conformance.engine.collection import Entry, collect
from conformance.evidence.footprint import keep_footprint
from conformance.evidence.reader import read_evidence
from conformance.evidence.writer import EvidenceWriter
from conformance.merging.renumbering import Exchanges, Renumbering
from conformance.merging.shards import RecordedShard
from conformance.redaction.redactor import Redactor
from conformance.rejudging.all_responses import over_all
from conformance.reporting.overview import PLANNED

_AT_ONCE = 200  # exchanges written together


def merge(shards: Sequence[RecordedShard], folder: Path) -> RunResult:
    """Write the evidence of all shards (read_shards) as that of one run into a new folder, and return that run.

    Exchanges are numbered anew, shard by shard. The scenarios are in the order of a run; those about all responses are judged
    over the responses of all shards. Raises UsageError when the folder cannot be written or holds a run already.
    """
    exchanges = Exchanges([one.result.exchanges for one in shards])
    entries = {entry.case.id: entry for entry in collect()}
    parts = list(zip(shards, exchanges.renumberings, strict=True))
    judged = _judged(parts, entries)
    results = _results(parts, entries, judged, exchanges)
    info = _described(shards)
    with EvidenceWriter(
        folder, replace(info, finished="", complete=False, notices=()), Redactor(enabled=False)
    ) as writer:
        for shard, renumbering in parts:
            _copy(shard, renumbering, writer)
        for name in filter(results.__contains__, entries):
            writer.scenario(results[name])
        writer.judged(judged)
        _keep(shards, writer)
        writer.finish(replace(info, notices=tuple(_notices(parts))))
    return read_evidence(folder)


Part = tuple[RecordedShard, Renumbering]


def _judged(parts: Sequence[Part], entries: Mapping[str, Entry]) -> dict[str, Judged]:
    """What the rules about all responses have seen in all shards."""
    found = {name: Judged() for name in parts[0][0].rules}
    for shard, renumbering in parts:
        for name in found.keys() & shard.judged.keys():
            rule = entries[name].case.rule
            found[name].absorb(renumbering.judged(shard.judged[name], rule.numbered if rule else None))
    return found


def _results(
    parts: Sequence[Part], entries: Mapping[str, Entry], judged: Mapping[str, Judged], exchanges: Exchanges
) -> dict[str, ScenarioResult]:
    played = [(shard, [renumbering.scenario(one) for one in shard.result.scenarios]) for shard, renumbering in parts]
    found = {one.id: one for _, results in played for one in results}
    configured = [(from_recorded(shard.sessions[0].document["config"]), results) for shard, results in played]
    return {**found, **over_all(configured, entries, judged, exchanges)}


def _copy(shard: RecordedShard, renumbering: Renumbering, writer: EvidenceWriter) -> None:
    """Write what a shard took from outside, and its exchanges."""
    for session in shard.sessions:
        number = writer.session(session.document, current=False)
        taken = (Taken(part, tuple(map(renumbering.event, events))) for part, events in session.parts.items())
        writer.take(taken, number)
    for place, exchange in enumerate(shard.result.exchanges.values(), 1):
        writer.exchange(replace(exchange, number=renumbering.number(exchange.number)))
        if place % _AT_ONCE == 0:
            writer.flush()
    writer.flush()


def _keep(shards: Sequence[RecordedShard], writer: EvidenceWriter) -> None:
    footprint = Footprint()
    for change in _changes(shards):
        footprint.intend(change)
    keep_footprint(footprint, writer, Redactor(enabled=False))


def _changes(shards: Sequence[RecordedShard]) -> Iterator[Change]:
    for shard in shards:
        yield from shard.result.changes


def _notices(parts: Sequence[Part]) -> Iterator[Finding]:
    """The notices of all shards, those that say the same once."""
    found: dict[tuple[str, str], Finding] = {}
    for shard, renumbering in parts:
        for notice in shard.run.notices:
            found.setdefault((notice.code, notice.message), renumbering.finding(notice))
    yield from found.values()


def _described(shards: Sequence[RecordedShard]) -> RunInfo:
    """The description of the whole run: it began with the first shard and ended with the last."""
    first = shards[0].run
    common = set.intersection(*(set(one.run.settings.items()) for one in shards))
    settings = {key: value for key, value in first.settings.items() if (key, value) in common}
    planned = sum(len(one.result.scenarios) for one in shards)
    made_of = {f"shard {one.shard}": f"run {one.run.id}, seal {one.seal.seal}" for one in shards}
    return replace(
        first,
        id=str(uuid.uuid4()),
        started=min(one.run.started for one in shards),
        finished=max(one.run.finished for one in shards),
        complete=True,
        settings={**settings, PLANNED: str(planned), **made_of},
    )
