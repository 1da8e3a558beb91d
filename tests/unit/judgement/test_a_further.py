"""A: further points of A5, A7, A10, A16 and A18."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from conformance.provider.fault_points import Effect, Seam
from conformance.provider.faults.effects import change, misanswer, put, refuses
from conformance.provider.http import Call, Response
from conformance.provider.refusal import Reply
from tests.unit.judgement.bed import Bed

# A5: the contradiction of dstu2 is on record


@pytest.mark.parametrize("name", ["search.empty", "search.empty-list"])
def test_a5_the_contradiction_about_entries_is_said_where_the_pages_have_it(dstu2: Bed, stu3: Bed, name: str) -> None:
    said = dstu2.play(name)[name].contradictions
    assert any("demands an entry" in text and "No entry passes" in text for text in said)
    assert not any("entry" in text for text in stu3.play(name)[name].contradictions)


# A10: diagnostics


@pytest.mark.parametrize(
    ("edition", "code", "verdict"),
    [
        ("dstu2", "BAD_REQUEST", "warn"),
        ("dstu2", "INVALID_RESOURCE", "pass"),
        ("stu3", "BAD_REQUEST", "warn"),
        ("stu3", "INVALID_RESOURCE", "fail"),
    ],
)
def test_a10_missing_diagnostics(request: pytest.FixtureRequest, edition: str, code: str, verdict: str) -> None:
    bed: Bed = request.getfixturevalue(edition)
    name = "book.every-answer-outcome-diagnostics"
    results = bed.play(name, misanswer(code=code, diagnostics=""))
    assert str(results[name].verdict) == verdict


# A16: numbers survive a round trip

_WEIGHED = {"url": "https://provider.example.org/StructureDefinition/price", "valueDecimal": Decimal("10.50")}


def test_a16_a_decimal_in_an_appointment_survives_a_round_trip(bed: Bed) -> None:
    priced = change("Appointment", put("extension", lambda held: [*(held or ()), _WEIGHED]))
    taken: list[Any] = []

    def remember(value: Any, call: Call | None) -> Any:
        taken.extend(item.get("valueDecimal") for item in value.get("extension", ()) if "valueDecimal" in item)
        left = [item for item in value.get("extension", ()) if "valueDecimal" not in item]
        return {key: held for key, held in {**value, "extension": left}.items() if key != "extension" or left}

    keeps = Effect(Seam.CONTENT, remember, on=frozenset({"amend_appointment", "cancel_appointment"}))
    names = "book.one-slot amend.description cancel.booked read.as-booked retrieve.answered"
    results = bed.play(bed.those(names), priced, keeps)
    assert {name: str(result.verdict) for name, result in results.items() if result.verdict != "pass"} == {}
    assert taken
    assert {str(number) for number in taken} == {"10.50"}
    sent = [one.request_body for one in bed.exchanges.values() if one.method == "PUT"]
    assert all(b"10.50" in body for body in sent)


# A18: what binds by a row of a spreadsheet only


@pytest.mark.parametrize(("edition", "verdict"), [("dstu2", "warn"), ("stu3", "fail")])
def test_a18_other_verbs_bind_where_a_page_says_so(request: pytest.FixtureRequest, edition: str, verdict: str) -> None:
    bed: Bed = request.getfixturevalue(edition)
    assert bed.verdict("errors.verb-post-metadata", "errors.wrong-verb-is-200") == verdict


# A4 and A10: no OperationOutcome is required of what a container refuses


def _as_container(response: Response, call: Call | None) -> Response:
    refused = response.status == 400 and call is not None and "|" in call.target
    return Response(400, None, {"Content-Type": "text/plain"}) if refused else response


def test_a10_a_containers_400_needs_no_outcome(bed: Bed) -> None:
    refused = refuses(lambda call: "|" in call.target, Reply("BAD_REQUEST", 400))
    names = "http.patient-find-bar-unencoded patient-find.every-answer-outcome"
    results = bed.play(names, refused, Effect(Seam.RESPONSE, _as_container))
    assert [str(result.verdict) for result in results.values()] == ["pass", "pass"]
