"""What `check` looks at: rows of the people, of the slots, of the clock, and how long a response takes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conformance.config.model import Window
from conformance.engine.collection import collect
from conformance.planning.facts import read_facts
from conformance.readiness.checkup import BAD, OK, WARN, Checkup, checkup, latency
from conformance.spec import editions
from tests.support.in_process import session_on
from tests.support.samples import exchange


def looked(edition: str, folder: Path, *faults: str, now: datetime | None = None, **data: object) -> Checkup:
    with session_on(edition, folder, *faults, now=now) as session:
        provider = replace(session.config.provider, may_write=True)
        session.config = replace(session.config, provider=provider, data=replace(session.config.data, **data))  # type: ignore[arg-type]
        cases = [entry.case for entry in collect() if entry.case.runs_in(edition)]
        return checkup(session, cases, dict(read_facts(session.edition)))


def states(found: Checkup) -> dict[str, str]:
    return {row.what: row.state for row in found.rows}


@pytest.mark.parametrize("edition", editions())
def test_a_sound_provider_is_fit(edition: str, tmp_path: Path) -> None:
    found = looked(edition, tmp_path)
    assert found.fit
    assert found.latency is not None
    assert found.latency > 0
    assert {what: state for what, state in states(found).items() if state != OK} == {"TLS": WARN}
    assert {"connection", "headers", "edition", "clock", "declared", "registrations", "free slots"} <= set(
        states(found)
    )
    assert {f"patients: {role}" for role in ("bookable", "deceased", "sensitive", "temporary")} <= set(states(found))


def test_a_patient_in_a_role_that_is_not_so_is_named(tmp_path: Path) -> None:
    with session_on("stu3", tmp_path) as session:
        patients = session.config.data.patients
    wrong = [replace(one, roles=("deceased",)) if one.nhs_number == "9990010420" else one for one in patients]
    found = looked("stu3", tmp_path, patients=tuple(wrong))
    (row,) = [row for row in found.rows if row.what == "patients: deceased"]
    assert (row.state, row.key) == (WARN, "data.patients")
    assert "not so: ...0420" in row.said
    assert "9990010420" not in row.said


def test_slots_that_are_not_enough_are_not_fit(tmp_path: Path) -> None:
    today = datetime.now(UTC)
    found = looked("stu3", tmp_path, now=today + timedelta(seconds=1), window=Window(start_days=21, end_days=22))
    assert not found.fit
    assert [row.what for row in found.rows if row.state == BAD] == ["connection"]
    assert "data.window" in next(row.said for row in found.rows if row.state == BAD)


def test_a_run_that_may_not_write_is_not_fit_and_says_why(tmp_path: Path) -> None:
    with session_on("stu3", tmp_path) as session:
        cases = [entry.case for entry in collect() if entry.case.id == "book.times"]
        found = checkup(session, cases, dict(read_facts(session.edition)))
    (row,) = [row for row in found.rows if row.state == BAD]
    assert row.key == "provider.may_write"
    assert "bookings" in row.said


def test_the_latency_is_the_mean_over_the_interactions() -> None:
    times = {"get_capability_statement": (1.0, 1.0, 4.0), "find_patient": (10.0,), "search_free_slots": (19.0,)}
    exchanges = [exchange(1, interaction=name, elapsed_ms=each) for name, listed in times.items() for each in listed]
    assert latency(exchanges) == pytest.approx(0.010)
