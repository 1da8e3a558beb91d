"""A scenario sends the same requests alone, within a whole run, and in a shuffled one, and comes to the same verdict."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from conformance.config.bundled import bundled_config
from conformance.core.exchange import Exchange
from conformance.core.results import Verdict
from conformance.engine.collection import Entry, collect
from conformance.engine.runner import run_case
from conformance.engine.session import Session
from conformance.provider.server_thread import Running, start
from conformance.spec import editions, load

SEED, SAMPLE, PART = 11, 60, 8  # so many scenarios alone; one in so many shuffled

# What follows depends on which of two simultaneous requests the provider takes first.
RACES = {"cancel.at-once-with-amend"}
_ID = re.compile(r"(/(?:Appointment|Patient|Practitioner|Organization|Location|Slot)/)[^/?]+", re.IGNORECASE)


class Played(NamedTuple):
    """What became of a scenario, and what it sent."""

    verdict: Verdict
    sent: list[str]


class Bed:
    """A provider whose database is fresh for every run."""

    def __init__(self, edition: str, provider: Running, folder: Path) -> None:
        self.provider, self.config = provider, bundled_config(edition, provider.base_url, folder)
        self.entries = [entry for entry in collect() if entry.case.runs_in(edition) and entry.case.id not in RACES]
        self._whole: dict[str, Played] = {}

    def run(self, entries: Sequence[Entry]) -> dict[str, Played]:
        """Run scenarios in this order."""
        self.provider.reset()
        session = Session(self.config)
        try:
            results = [run_case(entry.function, entry.case, session) for entry in entries]
            recorded = {exchange.number: exchange for exchange in session.exchanges}
            return {one.id: Played(one.verdict, _sent(recorded[number] for number in one.exchanges)) for one in results}
        finally:
            session.close()

    def whole(self) -> dict[str, Played]:
        """The run of all scenarios in the usual order."""
        self._whole = self._whole or self.run(self.entries)
        return self._whole


@pytest.fixture(scope="module", params=editions())
def bed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    with start(load(request.param)) as provider:
        yield Bed(request.param, provider, tmp_path_factory.mktemp("bed"))


def _sent(exchanges: Iterable[Exchange]) -> list[str]:
    """Methods and paths, logical ids and queries left out: which slot and which day a scenario takes may differ."""
    return [f"{exchange.method} {_path(exchange)}" for exchange in exchanges]


def _path(exchange: Exchange) -> str:
    return _ID.sub(r"\1{id}", urlsplit(exchange.url).path)


def _shuffled(entries: Sequence[Entry], seed: int) -> list[Entry]:
    """The same scenarios in another order; those that judge all responses stay last."""
    mixed = random.Random(seed).sample(list(entries), len(entries))
    return sorted(mixed, key=lambda entry: entry.case.judges_all_responses)


def test_scenarios_send_the_same_alone_and_in_a_run(bed: Bed) -> None:
    whole, sent = bed.whole(), {}
    for entry in random.Random(SEED).sample(bed.entries, SAMPLE):
        name = entry.case.id
        sent[name] = bed.run([entry])[name].sent
        in_run = whole[name].sent
        if entry.case.judges_all_responses:  # exchanges of other scenarios may follow as evidence
            in_run = in_run[: len(sent[name])]
        assert (name, in_run) == (name, sent[name])
    assert sum(map(bool, sent.values())) > SAMPLE * 3 // 4  # those about TLS make probes rather than exchanges


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_scenarios_makes_no_difference(bed: Bed, seed: int) -> None:
    """The whole suite where GPC_PROOF is set (`make proof`), every eighth scenario otherwise."""
    proof = bool(os.environ.get("GPC_PROOF"))
    entries = bed.entries if proof else bed.entries[::PART]
    usual = bed.whole() if proof else bed.run(entries)
    shuffled = bed.run(_shuffled(entries, seed))
    assert len(shuffled) == len(entries) > 200
    assert {name: result.verdict for name, result in shuffled.items()} == {
        name: result.verdict for name, result in usual.items()
    }
    for entry in entries:
        if not entry.case.judges_all_responses:
            name = entry.case.id
            assert (name, shuffled[name].sent) == (name, usual[name].sent)
