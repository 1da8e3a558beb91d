"""What `check` says that a run costs the provider, beside what a run really sends and does. Counts, never times."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from conformance.config.bundled import bundled_config
from conformance.core.exchange import Exchange
from conformance.engine.collection import collect
from conformance.planning.cost import cost_of
from conformance.planning.facts import read_facts
from conformance.spec import editions, load
from tests.support.suite_run import run_suite

SELECT = "register or amend.c or retrieve.b"
SHARE, FEW = 0.05, 12
"""How far a count may be from the estimate: this share, or so many, where that is more (requests of the run itself)."""


@dataclass(frozen=True)
class Used:
    """What a run sent, and what the provider carried out."""

    requests: int
    writes: int
    bookings: int
    at_once: int
    registrations: int


def used(exchanges: Iterable[Exchange]) -> Used:
    """Count what exchanges did, in their order; an appointment counts as booked until a cancellation of it succeeds."""
    listed = sorted(exchanges, key=lambda one: one.number)
    done = [one for one in listed if one.status in (200, 201)]
    booked, cancelled, most = 0, set(), 0
    for one in done:
        booked += one.interaction == "book_appointment" and one.status == 201
        if one.interaction == "cancel_appointment":
            cancelled.add(one.url)
        most = max(most, booked - len(cancelled))
    return Used(
        requests=len(listed),
        writes=sum(one.method not in ("GET", "HEAD", "OPTIONS") for one in listed),
        bookings=booked,
        at_once=most,
        registrations=sum(one.interaction == "register_patient" for one in done),
    )


def near(found: int, estimated: int) -> bool:
    return abs(found - estimated) <= max(FEW, estimated * SHARE)


@pytest.mark.parametrize("edition", editions())
def test_a_run_costs_about_what_check_says(edition: str, tmp_path: Path) -> None:
    run = run_suite(tmp_path / "out", edition, select=SELECT)
    ran = {one["id"] for one in run["scenarios"]}
    of = load(edition)
    cases = [entry.case for entry in collect() if entry.case.runs_in(edition) and entry.case.id in ran]
    config = bundled_config(edition, "http://127.0.0.1:1", tmp_path)
    estimated = cost_of(cases, read_facts(of), config)
    found = used(run["recorded"].values())
    assert estimated.scenarios == len(ran) > 150
    beside = f"{estimated} beside {found}"
    print(beside)
    assert near(found.requests, estimated.requests), beside
    assert near(found.writes, estimated.writes), beside
    assert near(found.bookings, estimated.bookings), beside
    assert found.registrations == estimated.registrations, beside
    assert found.at_once <= estimated.at_once, beside
