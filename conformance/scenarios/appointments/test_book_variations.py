"""Book an appointment: what the slot was found with, extensions of the slot itself, references to other servers."""

from __future__ import annotations

from typing import Any

from conformance.checks.json_values import extensions
from conformance.checks.response import success
from conformance.checks.searchsets import ids_of
from conformance.consumer.request import Change
from conformance.consumer.request_mutations import body_add, body_set, body_without, chain
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.engine.slot_pool import FreeSlot
from conformance.scenarios.steps.booking import (
    BOOK,
    INVALID,
    UNREADABLE_VALUE,
    Ground,
    Slots,
    attempt,
    expect_refusal,
    refer,
)
from conformance.scenarios.steps.slot_search import few_days


def found_without_filters(context: ScenarioContext) -> Slots:
    """A free slot that is found without saying what kind of organisation asks; CannotTest when there is none."""
    response = context.send(context.requests.search_free_slots(*few_days(context), filters=False))
    context.need_searchset(response, "slots cannot be searched for without filters")
    open_to_all = ids_of(response, "Slot")
    slot = context.arrange.slot(lambda slot: slot.id in open_to_all, what="a free slot that is found without filters")
    return (slot,)


def _own(on: Ground, name: str, *holders: Any) -> Change:
    """Send an extension of the slot or its schedule along; CannotTest where it has none."""
    known = on.context.edition.extension(name)
    held = [item for holder in holders for item in extensions(holder, *(known.accepted if known else ()))]
    if not held:
        on.context.cannot(f"the slot has no extension {name}")
    return body_add("extension.1", held[0])


def _has(name: str) -> Any:
    """A slot that, or whose schedule, has an extension."""

    def choose(context: ScenarioContext) -> Slots:
        known = context.edition.extension(name)
        urls = known.accepted if known else ()

        def has(slot: FreeSlot) -> bool:
            return bool(extensions(slot.raw, *urls) or extensions(slot.schedule, *urls))

        return (context.arrange.slot(has, what=f"a free slot with the extension {name}"),)

    return choose


ACCEPTED = table(
    BOOK,
    case("book.without-organisation-type",
         "A booking without organisation type is accepted for a slot found without that filter", "STU3-BOOK-082",
         slots=found_without_filters, change=body_without("contained.0.type"), faults="book.demands-organization-type"),
    case("book.own-delivery-channel", "A booking that sends the delivery channel of its slot along is accepted",
         "STU3-BOOK-081", slots=_has("delivery_channel"),
         change=lambda on: _own(on, "delivery_channel", on.slot.raw, on.slot.schedule),
         faults="book.refuses-further-extensions"),
    case("book.own-practitioner-role", "A booking that sends the practitioner role of its schedule along is accepted",
         "STU3-BOOK-081", slots=_has("practitioner_role"),
         change=lambda on: _own(on, "practitioner_role", on.slot.schedule, on.slot.raw),
         faults="book.refuses-further-extensions"),
    why="A consumer leaves out what it did not search with, and may say what the slot says; neither is a fault.",
    fix="Demand the organisation type only where slots are kept for a type; take the slot's own extensions.",
)  # fmt: skip


@scenarios(ACCEPTED)
def test_accepted(context: ScenarioContext, case: Case) -> None:
    tried = attempt(context, case)
    context.judge(tried.response, success("Appointment", 201))


_OTHER_SERVER = "https://elsewhere.example.org/fhir"
_TOLERANT = refused(
    ("INVALID_RESOURCE", "REFERENCE_NOT_FOUND"), also=["4xx"], tolerated=["201"],
    because="References are to be relative; a provider that understands its own URL does no harm.",
)  # fmt: skip
_PROFILE = "STU3-FHIR-025 STU3-ERR-020 DSTU2-FHIR-018 DSTU2-ERR-015"
_CODED = {"coding": [{"system": "http://snomed.info/sct", "display": "Cough"}]}


def _own_root(on: Ground) -> str:
    patient = on.context.arrange.patient_id(on.context.arrange.patient())
    return f"{on.context.config.provider.base_url}/Patient/{patient}"


REFUSED = table(
    BOOK,
    case("book.own-absolute-patient",
         "A booking whose patient is referred to by the full URL of the provider itself is refused",
         "STU3-BOOK-048 DSTU2-FHIR-040", change=refer("participant.0.actor", _own_root), expect=_TOLERANT,
         faults="book.wrong-reference-is-500"),
    case("book.organisation-elsewhere", "A booking whose organisation is referred to on another server is refused",
         "STU3-BOOK-048 STU3-BOOK-063",
         change=body_set("extension.0.valueReference.reference", f"{_OTHER_SERVER}/Organization/1"),
         expect=INVALID, faults="book.accepts-missing-organization"),
    case("book.organisation-elsewhere-only",
         "A booking whose organisation is referred to on another server and not contained is refused",
         "STU3-BOOK-048 STU3-BOOK-063",
         change=chain(body_set("extension.0.valueReference.reference", f"{_OTHER_SERVER}/Organization/1"),
                      body_without("contained")),
         expect=INVALID, faults="book.accepts-missing-organization"),
    case("book.identifier-without-value", "A booking with an identifier that has no value is refused", _PROFILE,
         change=body_add("identifier", [{"system": "https://consumer.example.org/Id/appointment"}]), expect=INVALID,
         faults="book.accepts-invalid"),
    case("book.reason-without-code", "A booking with a coded reason that has no code is refused",
         "DSTU2-FHIR-018 DSTU2-ERR-015", change=body_add("reason", _CODED), expect=INVALID, faults="book.accepts-invalid"),
    case("book.extension-without-url", "A booking with an extension that has no URL is refused",
         "DSTU2-FHIR-018 DSTU2-ERR-015", change=body_add("extension", [{"valueString": "green"}]),
         expect=UNREADABLE_VALUE, faults="book.accepts-invalid"),
    why="What leads to another server, or says nothing, cannot be kept in a patient's record.",
    fix="Validate the body against its profile, take relative references only, and return 422 INVALID_RESOURCE.",
)  # fmt: skip


@scenarios(REFUSED)
def test_refused(context: ScenarioContext, case: Case) -> None:
    expect_refusal(context, case, attempt(context, case))
