"""Checks of changed appointments: silent on a sound change, one finding for each thing wrong."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from conformance.checks import update_effects
from conformance.checks.check import Check
from conformance.core.results import Severity
from tests.support.check_context import Context, Dstu2
from tests.support.responses import response

STU3 = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-GPConnect"
REASON = {"url": f"{STU3}-AppointmentCancellationReason-1", "valueString": "Better"}
BEFORE: dict[str, Any] = {
    "resourceType": "Appointment",
    "id": "a-1",
    "meta": {"versionId": "1"},
    "extension": [{"url": f"{STU3}-DeliveryChannel-2", "valueCode": "Video"}],
    "description": "Old description",
    "comment": "Old comment",
    "slot": [{"reference": "Slot/1"}, {"reference": "Slot/2"}],
    "participant": [{"actor": {"reference": "Patient/1"}}, {"actor": {"reference": "Location/2"}}],
}
SENT = BEFORE | {"description": "New description", "comment": "New comment"}


def changed(**elements: Any) -> dict[str, Any]:
    return {key: value for key, value in (deepcopy(SENT) | elements).items() if value is not None}


UNTOUCHED = update_effects.untouched(BEFORE, "description", "comment")
KEPT = update_effects.kept(BEFORE, "slot.reference", "extension:delivery_channel")
TEXTS = update_effects.texts_replaced(BEFORE, SENT, "description", "comment")


@pytest.mark.parametrize(
    ("check", "after"),
    [
        (UNTOUCHED, changed(meta={"versionId": "2", "lastUpdated": "now"})),
        (UNTOUCHED, changed(participant=BEFORE["participant"][::-1], slot=BEFORE["slot"][::-1])),
        (UNTOUCHED, changed(extension=[REASON, *BEFORE["extension"]])),
        (KEPT, changed()),
        (TEXTS, changed()),
        (update_effects.same_appointment(BEFORE), changed()),
        (update_effects.element_is("comment", None), changed(comment=None)),
        (update_effects.reason_begins("Better"), changed(extension=[REASON])),
    ],
)
def test_a_sound_change_is_left_alone(check: Check, after: dict[str, Any]) -> None:
    assert not list(check(response(after), Context()))


@pytest.mark.parametrize(
    ("check", "after", "code"),
    [
        (UNTOUCHED, changed(slot=[{"reference": "Slot/1"}]), "also-changed"),
        (UNTOUCHED, changed(participant=None), "also-changed"),
        (UNTOUCHED, changed(priority=1), "also-changed"),
        (UNTOUCHED, changed(extension=[]), "also-changed"),
        (KEPT, changed(slot=None), "not-kept"),
        (KEPT, changed(extension=[{"url": BEFORE["extension"][0]["url"], "valueCode": "Telephone"}]), "not-kept"),
        (TEXTS, changed(comment="Old comment"), "text-lost"),
        (TEXTS, changed(comment=None), "text-lost"),
        (TEXTS, changed(comment="Old comment New comment"), "text-lingers"),
        (update_effects.same_appointment(BEFORE), changed(id="a-2"), "other-appointment"),
        (
            update_effects.element_is("comment", {"text": "a"}),
            changed(comment={"text": "a", "coding": []}),
            "not-replaced",
        ),
        (update_effects.reason_begins("Better"), changed(), "cancellation-reason"),
        (update_effects.reason_begins("Worse"), changed(extension=[REASON]), "cancellation-reason"),
        (update_effects.reason_begins("Better"), changed(extension=[REASON, REASON]), "cancellation-reason"),
        (
            update_effects.reason_begins("Better"),
            changed(extension=[REASON | {"valueString": " "}]),
            "cancellation-reason",
        ),
    ],
)
def test_each_wrong_is_named(check: Check, after: dict[str, Any], code: str) -> None:
    assert [finding.code for finding in check(response(after), Context())] == [code]


def test_an_edition_may_let_texts_be_joined() -> None:
    joined = response(changed(description="New description / New comment", comment=None))
    check = update_effects.texts_replaced(BEFORE, SENT, "comment")
    assert [(found.code, found.severity) for found in check(joined, Context())] == [("texts-joined", Severity.INFO)]
    assert [found.code for found in check(joined, Dstu2())] == ["text-lost"]


def test_a_shortened_reason_is_told_and_allowed() -> None:
    short = response(changed(extension=[REASON | {"valueString": "Better because…"}]))
    found = list(update_effects.reason_begins("Better because of the pills")(short, Context()))
    assert [(item.code, item.severity) for item in found] == [("reason-shortened", Severity.INFO)]


@pytest.mark.parametrize("body", [None, [], {"resourceType": "Appointment", "extension": 5, "participant": "x"}])
@pytest.mark.parametrize(
    "check", [UNTOUCHED, KEPT, TEXTS, update_effects.same_appointment(BEFORE), update_effects.reason_begins("x")]
)
def test_hostile_answers_are_findings(check: Check, body: Any) -> None:
    assert list(check(response(body), Context()))
