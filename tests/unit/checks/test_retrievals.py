"""Checks of retrieved appointments: silent on a sound answer, one finding for each thing wrong, boundaries as FHIR has them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from conformance.checks import retrievals
from conformance.checks.check import Check
from conformance.core.results import Severity
from tests.support.check_context import Context
from tests.support.responses import response


def appointment(name: str, start: str = "2026-11-23T09:00:00+00:00", patient: str = "Patient/p1") -> dict[str, Any]:
    actors = [patient, "Location/l1"]
    return {
        "resourceType": "Appointment",
        "id": name,
        "start": start,
        "participant": [{"actor": {"reference": actor}, "status": "accepted"} for actor in actors],
    }


def bundle(*resources: dict[str, Any], **more: Any) -> dict[str, Any]:
    entries = [{"fullUrl": f"http://p/Appointment/{item['id']}", "resource": item} for item in resources]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries, **more}


ONE, TWO = appointment("a1"), appointment("a2", "2026-11-24T18:30:00+00:00")
SOUND = bundle(ONE, TWO, total=2, link=[{"relation": "self", "url": "http://p/x?start=ge2026-11-23"}])
PERIOD = ("ge2026-11-23", "le2026-11-24")
SILENT = (
    retrievals.holds("a1", "a2"), retrievals.holds_none(["a3"], "why"), retrievals.same_appointments(["a1", "a2"], "those"),
    retrievals.whose("p1"), retrievals.starting(*PERIOD), retrievals.not_before(date(2026, 11, 23)),
    retrievals.only_appointments, retrievals.each_once, retrievals.total_counts, retrievals.modes_match, retrievals.full_urls,
)  # fmt: skip


def codes(check: Check, body: dict[str, Any]) -> list[str]:
    return [finding.code for finding in check(response(body), Context()) if finding.severity is not Severity.INFO]


@pytest.mark.parametrize("check", SILENT)
def test_a_sound_answer_is_left_alone(check: Check) -> None:
    assert not codes(check, SOUND)


def with_entry(**entry: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "searchset", "entry": [entry]}


@pytest.mark.parametrize(
    ("check", "body", "code"),
    [
        (retrievals.holds("a3"), SOUND, "appointment-missing"),
        (retrievals.holds("a1"), {"resourceType": "Bundle"}, "appointment-missing"),
        (retrievals.holds_none(["a2"], "why"), SOUND, "appointment-unwanted"),
        (retrievals.same_appointments(["a1"], "those"), SOUND, "other-appointments"),
        (retrievals.same_appointments(["a1", "a2", "a3"], "those"), SOUND, "other-appointments"),
        (retrievals.whose("p2"), SOUND, "other-patient"),
        (retrievals.whose("p1"), bundle(ONE | {"participant": []}), "other-patient"),
        (retrievals.whose("p1"), bundle(appointment("a1", patient="Patient/p11")), "other-patient"),
        (retrievals.starting("le2026-11-23"), SOUND, "outside-period"),
        (retrievals.starting("ge2026-11-24"), SOUND, "outside-period"),
        (retrievals.starting("ge2026-11-23"), bundle(ONE | {"start": "2026-11-23"}), "outside-period"),
        (retrievals.only_appointments, bundle(ONE, {"resourceType": "Patient", "id": "p1"}), "foreign-type"),
        (retrievals.only_appointments, with_entry(fullUrl="http://p/1"), "foreign-type"),
        (retrievals.each_once, bundle(ONE, ONE), "duplicate"),
        (retrievals.total_counts, SOUND | {"total": 3}, "total"),
        (retrievals.total_counts, bundle(ONE, total=True), "total"),
        (retrievals.modes_match, with_entry(resource=ONE, search={"mode": "include"}), "search-mode"),
        (retrievals.full_urls, with_entry(resource=ONE), "full-url"),
        (retrievals.full_urls, with_entry(resource=ONE, fullUrl="http://p/Appointment/a2"), "full-url"),
        (retrievals.full_urls, with_entry(resource=ONE, fullUrl="Appointment/a1"), "full-url-relative"),
        (retrievals.no_full_urls, SOUND, "full-url"),
        (retrievals.echoes("start"), SOUND, "criteria"),
    ],
)  # fmt: skip
def test_each_wrong_is_named(check: Check, body: dict[str, Any], code: str) -> None:
    assert codes(check, body) == [code]


def test_an_outcome_beside_the_matches_is_tolerated() -> None:
    outcome = {"resource": {"resourceType": "OperationOutcome"}, "search": {"mode": "outcome"}}
    body = SOUND | {"entry": [*SOUND["entry"], outcome]}
    for check in (
        retrievals.only_appointments,
        retrievals.modes_match,
        retrievals.full_urls,
        retrievals.total_counts,
    ):
        assert not codes(check, body)


NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("parameter", "admitted"),
    [
        ("2026-11-23", True), ("eq2026-11-23", True), ("eq2026-11-24", False), ("ne2026-11-23", False),
        ("ge2026-11-23", True), ("ge2026-11-24", False), ("le2026-11-23", True), ("le2026-11-22", False),
        ("gt2026-11-22", True), ("gt2026-11-24", False), ("lt2026-11-24", True), ("lt2026-11-22", False),
        ("gt2026-11-23", True), ("lt2026-11-23", True),  # the day itself: read in both ways
        ("eq2026-11-23T12:00:00+00:00", True), ("eq2026-11-23T13:00:00+01:00", True), ("eq2026-11-23T12:00:00Z", True),
        ("gt2026-11-23T12:00:00+00:00", False), ("ge2026-11-23T12:00:00+00:00", True),
        ("lt2026-11-23T12:00:00+00:00", False), ("le2026-11-23T12:00:00+00:00", True),
    ],
)  # fmt: skip
def test_a_parameter_admits_what_it_asks_for(parameter: str, admitted: bool) -> None:
    assert retrievals.Start.parse(parameter).admits(NOON) is admitted


@pytest.mark.parametrize(("hour", "inside"), [(22, False), (23, True)])
def test_a_summer_day_begins_at_uk_midnight(hour: int, inside: bool) -> None:
    moment = datetime(2026, 6, 9, hour, 30, tzinfo=UTC)  # 23:30 UTC is half past midnight of the 10th
    assert retrievals.Start.parse("ge2026-06-10").admits(moment) is inside


@pytest.mark.parametrize(
    ("starts", "told"),
    [((1, 2), "earliest first"), ((2, 1), "latest first"), ((1, 3, 2), "not by start")],
)
def test_the_order_is_told(starts: tuple[int, ...], told: str) -> None:
    held = [appointment(f"a{number}", f"2026-11-2{number}T09:00:00+00:00") for number in starts]
    assert told in retrievals.in_order(response(bundle(*held)))


def test_the_self_link_echoes_what_was_sent() -> None:
    answer = response(SOUND)
    object.__setattr__(answer.exchange, "url", "http://p/Patient/1/Appointment?start=ge2026-11-23")
    assert not list(retrievals.echoes("start")(answer, Context()))


@pytest.mark.parametrize("check", [retrievals.total_counts, retrievals.modes_match])
def test_what_is_not_given_is_said_not_to_be(check: Check) -> None:
    assert [found.code for found in check(response(bundle(ONE)), Context())] == ["not-given"]
