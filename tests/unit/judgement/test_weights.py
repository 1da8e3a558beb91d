"""Weight: the scenarios about all responses weigh no harder than what provoked a response (A4, A8, C2)."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from conformance.config.model import Config
from conformance.core.results import ScenarioResult, Severity
from conformance.provider.fault_points import Effect, Seam
from conformance.provider.faults.effects import put, skip
from conformance.provider.http import Call
from tests.unit.judgement.bed import Bed, complaints, with_data
from tests.unit.judgement.test_c_controls import refusing

# A4: a servlet container refuses what never reaches the FHIR layer

_PAGE = b"<html><body><h1>HTTP Status 400</h1></body></html>"
_CONTAINERS = ("%00", "|", "x" * 6000)


def _of_container(wire: tuple[int, dict[str, str], bytes], call: Call | None) -> tuple[int, dict[str, str], bytes]:
    if call and any(text in call.target for text in _CONTAINERS):
        return 400, {"Content-Type": "text/html;charset=utf-8", "Content-Length": str(len(_PAGE))}, _PAGE
    return wire


_ABOUT_ALL = (
    "conforms profile-claimed uncacheable labelled versioned identified status-listed framed dated outcome "
    "outcome-conforms outcome-severity outcome-coding outcome-issue-type outcome-status outcome-diagnostics nothing-leaks"
)


def _about_all(*shorts: str) -> str:
    return " ".join(f"{short}.every-answer-{name}" for short in shorts for name in _ABOUT_ALL.split())


def _verdicts(results: dict[str, ScenarioResult]) -> dict[str, str]:
    return {name: str(result.verdict) for name, result in results.items()}


def test_a4_what_a_container_refuses_is_judged_by_the_scenario_that_sent_it_and_no_other(bed: Bed) -> None:
    provoking = bed.those("errors.path-nul http.patient-find-bar-unencoded http.search-long-url")
    results = bed.play(
        f"{provoking} {_about_all('patient-read', 'patient-find', 'search')}", Effect(Seam.WIRE, _of_container)
    )
    judged = {name: verdict for name, verdict in _verdicts(results).items() if ".every-answer-" in name}
    assert judged == dict.fromkeys(judged, "pass")
    assert results["errors.path-nul"].verdict == "warn"
    assert results["http.search-long-url"].verdict == "pass"


# A8: the same stimulus weighs the same everywhere


def _first_booking_may_be_cached() -> Effect:
    bookings = count()

    def apply(wire: tuple[int, dict[str, str], bytes], call: Call | None) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = wire
        lost = {"Cache-Control"} if next(bookings) == 0 else set()
        return status, {key: held for key, held in headers.items() if key not in lost}, body

    return Effect(Seam.WIRE, apply, on=frozenset({"book_appointment"}))


@pytest.mark.parametrize(("provoking", "verdict"), [("book.two-slots-read-back", "warn"), ("book.has-version", "fail")])
def test_a8_a_finding_weighs_as_the_scenario_that_sent_the_request(bed: Bed, provoking: str, verdict: str) -> None:
    name = "book.every-answer-uncacheable"
    results = bed.play(f"{provoking} {name}", _first_booking_may_be_cached())
    assert (str(results[provoking].verdict), str(results[name].verdict)) == ("pass", verdict)


# C2: what one of our own invalid requests made


@pytest.mark.parametrize("short", ["book", "read"])
def test_c2_an_appointment_that_an_invalid_booking_made_is_judged_there_only(bed: Bed, short: str) -> None:
    invalid = _invalid_bookings(bed)
    results = bed.play(f"{invalid} {_about_all(short)}", skip("book.*", "body.*"), _keeps_what_was_sent())
    assert any(result.verdict == "fail" for name, result in results.items() if name in invalid.split())
    found = {name: complaints(result) for name, result in results.items() if ".every-answer-" in name}
    assert {name: held for name, held in found.items() if held} == {}


def test_c2_nor_is_it_judged_where_a_retrieve_shows_it(bed: Bed) -> None:
    """It is still there since it cannot be cancelled, and there is but one patient whose appointments are retrieved."""
    invalid, name = _invalid_bookings(bed), "retrieve.every-answer-conforms"
    provider = (skip("book.*", "body.*"), refusing("cancel_appointment"), _keeps_what_was_sent())
    results = bed.play(f"{invalid} {_about_all('retrieve')}", *provider, config=_with_one_patient)
    assert any(b"made of nothing" in bed.exchanges[number].response_body for number in results[name].exchanges)
    found = {name: complaints(result) for name, result in results.items() if ".every-answer-" in name}
    assert {name: held for name, held in found.items() if held} == {}


def _with_one_patient(config: Config) -> Config:
    people = config.data.patients
    others = [person for person in people if {"bookable", "spare"} & set(person.roles)][1:]
    return with_data(patients=tuple(person for person in people if person not in others))(config)


def _invalid_bookings(bed: Bed) -> str:
    return bed.those("book.without-start book.without-status book.without-description")


def _keeps_what_was_sent() -> Any:
    """Appointments whose description was not sent are shown with an element that no profile has."""

    def odd(value: Any) -> Any:
        return value if value.get("description") and value.get("start") else put("odd", "made of nothing")(value)

    return Effect(Seam.RESOURCE, lambda value, _call: odd(value), of="Appointment")


def test_the_heaviest_of_several_equal_findings_counts(bed: Bed) -> None:
    name = "search.every-answer-uncacheable"
    result = bed.play(f"http.search-long-url {name}", "http.cacheable")[name]
    assert {found.severity for found in complaints(result)} == {Severity.FAIL}
