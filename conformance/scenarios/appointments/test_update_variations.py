"""Amend and cancel: references to other servers, elements added, and how much of the result a consumer prefers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.checks.check import Context
from conformance.checks.response import success
from conformance.consumer.json_edit import value_at
from conformance.consumer.request import Change
from conformance.consumer.request_mutations import add_header, body_set
from conformance.consumer.response import Response
from conformance.core.results import Finding
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.fhir.addresses import read_reference
from conformance.scenarios.steps.amend_cancel import (
    AMEND,
    CANCEL,
    arranged,
    expect_refusal,
    note,
    valid_update,
)
from conformance.scenarios.steps.amend_cancel_mutations import PlannedUpdate, deviating, edit, in_extension

_SHOULD = "That there is an error is demanded; for its status and code the page says should."
_UNNAMED = "The page demands an error and names no status or code; those of the amend page are the nearest."
AMENDED = {
    "stu3": refused("INVALID_RESOURCE", tolerated=["4xx"], because=_SHOULD),
    "dstu2": refused("INVALID_RESOURCE", also=["422 REFERENCE_NOT_FOUND"], because=_SHOULD),
}
CANCELLED = refused("INVALID_RESOURCE", also=["4xx"], because=_UNNAMED)

_ELSEWHERE = "https://elsewhere.example.org/fhir"


def _elsewhere(path: str, kind: str = "") -> Any:
    """The same type and logical id, on another server."""

    def change(planned: PlannedUpdate) -> Change:
        at = path.format(planned.participant(kind)) if kind else path
        named = read_reference(str(value_at(planned.request.body, at))).target
        return body_set(at, f"{_ELSEWHERE}/{named}")

    return change


_PATIENT = _elsewhere("participant.{}.actor.reference", "Patient")
_ORGANISATION = in_extension("booking_organization", "valueReference.reference", f"{_ELSEWHERE}/Organization/1")
_WHY = "A change that is accepted and not carried out, or carried out and not meant, leaves two diaries that differ."
_FIX = "Compare the body with the appointment as you present it; take relative references only."

AMENDMENTS = table(
    AMEND,
    case("amend.patient-elsewhere", "An amendment that refers to a patient on another server is refused",
         "STU3-AMEND-019 DSTU2-AMEND-014", change=_PATIENT,
         faults="amend.ignores-participants amend.reads-absolute-references"),
    case("amend.slot-elsewhere", "An amendment that refers to the slot on another server is refused",
         "STU3-AMEND-018 DSTU2-AMEND-014", change=_elsewhere("slot.0.reference"),
         faults="amend.ignores-slots amend.reads-absolute-references"),
    case("amend.organisation-elsewhere", "An amendment that refers to the booking organisation on another server is refused",
         "STU3-AMEND-024", change=_ORGANISATION, faults="amend.ignores-organisation"),
    case("amend.priority-added", "An amendment that changes the priority is refused", "STU3-AMEND-042",
         change=edit("priority", 1), faults="amend.ignores-priority"),
    why=_WHY, fix=_FIX, expect=AMENDED,
)  # fmt: skip
CANCELLATIONS = table(
    CANCEL,
    case("cancel.patient-elsewhere", "A cancellation that refers to a patient on another server is refused",
         "STU3-CANCEL-020 DSTU2-CANCEL-013", change=_PATIENT,
         faults="cancel.ignores-participants cancel.reads-absolute-references"),
    case("cancel.slot-elsewhere", "A cancellation that refers to the slot on another server is refused",
         "STU3-CANCEL-019 DSTU2-CANCEL-013", change=_elsewhere("slot.0.reference"),
         faults="cancel.ignores-slots cancel.reads-absolute-references"),
    case("cancel.organisation-elsewhere",
         "A cancellation that refers to the booking organisation on another server is refused",
         "STU3-CANCEL-021", change=_ORGANISATION, faults="cancel.ignores-organisation"),
    case("cancel.priority-added", "A cancellation that adds a priority is refused", "STU3-CANCEL-035",
         change=edit("priority", 1), faults="cancel.ignores-priority"),
    why=_WHY, fix=_FIX, expect=CANCELLED,
)  # fmt: skip


@scenarios(AMENDMENTS, CANCELLATIONS)
def test_refused(context: ScenarioContext, case: Case) -> None:
    booked = arranged(context, case)
    valid, _ = valid_update(context, booked)
    planned = PlannedUpdate(context, booked, valid)
    deviating(planned, case["change"])
    expect_refusal(planned, context.parameter("expect"))


def _nothing_but_status(response: Response, context: Context) -> Iterator[Finding]:
    """The response is 200 and has no body."""
    if response.status != 200 or response.exchange.response_body:
        yield Finding(
            "the response has a body though none was preferred, or is no success",
            location="body",
            found=response.described,
            expected="200 without a body",
            code="body-unwanted",
        )


_PREFER_WHY = "A consumer that says how much it wants to read must not be refused for it."
_PREFER_FIX = "Heed Prefer in PUT requests as in POST: the whole Appointment, or no body with the same headers."


def _preferring(short: str, said: str) -> list[dict[str, Any]]:
    return [
        case(f"{short}.prefer-representation", f"{said} that asks for the whole representation returns it",
             "STU3-FHIR-035 DSTU2-FHIR-015", wish="representation", faults=f"{short}.minimal-for-all"),
        case(f"{short}.prefer-minimal", f"{said} that asks for no body returns none", "STU3-FHIR-036 DSTU2-FHIR-015",
             wish="minimal", faults="http.ignores-prefer"),
    ]  # fmt: skip


PREFER_AMEND = table(AMEND, *_preferring("amend", "An amendment"), why=_PREFER_WHY, fix=_PREFER_FIX)
PREFER_CANCEL = table(CANCEL, *_preferring("cancel", "A cancellation"), why=_PREFER_WHY, fix=_PREFER_FIX)


@scenarios(PREFER_AMEND, PREFER_CANCEL)
def test_prefer(context: ScenarioContext, case: Case) -> None:
    booked = arranged(context, case)
    valid, carried_out = valid_update(context, booked)
    response = context.send(add_header("Prefer", f"return={case['wish']}")(valid))
    note(booked, response)
    if case["wish"] == "representation":
        context.judge(response, success("Appointment"), *carried_out)
    else:
        context.judge(response, _nothing_but_status)
    read = context.arrange.read(booked.id)
    note(booked, read)
    if context.judge(read, success("Appointment")):
        context.judge(read, *carried_out)
