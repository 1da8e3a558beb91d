"""Book an appointment without a mandatory element, or with a status other than booked: refused, and nothing is booked."""

from __future__ import annotations

from typing import Any

from conformance.consumer.request_mutations import body_add, body_set, body_without, chain
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.booking import BOOK, INVALID, UNREADABLE_VALUE, attempt, expect_refusal
from conformance.scenarios.steps.refusals import expect_refused

PROFILE = "STU3-FHIR-025 DSTU2-FHIR-018 DSTU2-ERR-015"


def _missing(id: str, what: str, path: str, verifies: str, **more: Any) -> dict[str, Any]:  # noqa: A002
    row = {"change": body_without(path), "faults": f"book.accepts-missing-{id}", **more}
    return case(f"book.without-{id}", f"A booking without {what} is refused and nothing is booked", verifies, **row)


MISSING = table(
    BOOK,
    _missing("status", "status", "status", "STU3-BOOK-060 DSTU2-BOOK-030 DSTU2-ERR-015",
             faults="book.accepts-missing-status book.errors-are-200"),
    _missing("start", "start", "start", "STU3-BOOK-058 DSTU2-BOOK-029 DSTU2-ERR-015"),
    _missing("end", "end", "end", "STU3-BOOK-059 DSTU2-BOOK-029 DSTU2-ERR-015"),
    _missing("times", "start and end", "", "STU3-BOOK-058 STU3-BOOK-059 DSTU2-BOOK-029 DSTU2-ERR-015",
             change=chain(body_without("start"), body_without("end"))),
    _missing("slot", "any slot", "slot", "STU3-BOOK-061 DSTU2-BOOK-032 DSTU2-ERR-015", faults="book.breaks-without-slot"),
    _missing("slot-reference", "a reference to its slot", "", "STU3-BOOK-061 DSTU2-BOOK-032",
             change=body_set("slot.0", {"display": "The next one"}), faults="book.breaks-without-slot"),
    _missing("description", "description", "description", "STU3-BOOK-062 DSTU2-ERR-015 DSTU2-FHIR-018"),
    _missing("participants", "all participants", "participant", "STU3-BOOK-055 DSTU2-BOOK-028 DSTU2-ERR-015",
             faults="book.assumes-the-participants"),
    _missing("patient", "the patient participant", "participant.0", "STU3-BOOK-053 DSTU2-BOOK-026",
             faults="book.assumes-the-patient"),
    _missing("location", "the location participant", "participant.1", "STU3-BOOK-054 DSTU2-BOOK-027"),
    _missing("actor", "the actor of a participant", "participant.0.actor",
             "STU3-BOOK-056 DSTU2-BOOK-033 DSTU2-ERR-015", faults="book.assumes-the-actor"),
    _missing("actor-of-another", "the actor of a participant beside patient and location", "",
             "STU3-BOOK-056 DSTU2-BOOK-033 DSTU2-ERR-015", booking={"practitioner": False},
             faults="book.drops-participants-without-actor book.accepts-missing-actor",
             change=body_add("participant.2", {"type": [{"text": "Primary performer"}], "status": "accepted"})),
    _missing("participant-status", "the status of a participant", "participant.0.status",
             "STU3-BOOK-057 DSTU2-ERR-015 DSTU2-FHIR-018"),
    why="The book page makes the element mandatory; without it the provider cannot book as the sender intended.",
    fix="Validate the submitted Appointment before anything is stored and return 422 INVALID_RESOURCE.",
    expect=INVALID,
)  # fmt: skip

EMPTY = table(
    BOOK,
    case("book.empty-participants", "A booking with an empty list of participants is refused and nothing is booked",
         "STU3-BOOK-055 DSTU2-BOOK-028", change=body_set("participant", []), expect=UNREADABLE_VALUE,
         faults="book.assumes-the-participants"),
    case("book.empty-description", "A booking whose description is an empty string is refused and nothing is booked",
         "STU3-BOOK-062 DSTU2-FHIR-018", change=body_set("description", ""), expect=UNREADABLE_VALUE,
         faults="book.accepts-empty-description"),
    why="FHIR allows neither empty lists nor empty strings: an element that is present has a value.",
    fix="Refuse an empty list or string with 400 BAD_REQUEST or 422 INVALID_RESOURCE.",
)  # fmt: skip

_ORGANISATION = "contained.0"


def _organisation(id: str, what: str, change: Any, verifies: str, **more: Any) -> dict[str, Any]:  # noqa: A002
    title = f"A booking without {what} is refused and nothing is booked"
    return case(f"book.without-{id}", title, verifies, change=change, **more)


ORGANISATION = table(
    BOOK,
    _organisation("organisation", "a booking organisation",
                  chain(body_without("extension"), body_without("contained")), "STU3-BOOK-063",
                  faults="book.accepts-missing-organization"),
    _organisation("organisation-link", "the extension that names the booking organisation", body_without("extension"),
                  "STU3-BOOK-063", faults="book.accepts-missing-organization"),
    _organisation("organisation-resource", "the contained Organization that its extension refers to",
                  body_without("contained"), "STU3-BOOK-063", faults="book.accepts-missing-organization"),
    _organisation("organisation-resolved", "a contained Organization with the id that its extension refers to",
                  body_set("extension.0.valueReference.reference", "#nobody"), "STU3-BOOK-063",
                  faults="book.accepts-missing-organization"),
    _organisation("ods-identifier", "an identifier of the booking organisation", body_without(f"{_ORGANISATION}.identifier"),
                  "STU3-BOOK-064", faults="book.accepts-organization-without-code"),
    _organisation("ods-code", "a value in the booking organisation's identifier",
                  body_without(f"{_ORGANISATION}.identifier.0.value"), "STU3-BOOK-064",
                  faults="book.accepts-organization-without-code"),
    _organisation("ods-system", "an ODS code of the booking organisation (its identifier is of another system)",
                  body_set(f"{_ORGANISATION}.identifier.0.system", "https://consumer.example.org/Id/organisation"),
                  "STU3-BOOK-064", faults="book.accepts-organization-without-code"),
    _organisation("organisation-name", "the name of the booking organisation", body_without(f"{_ORGANISATION}.name"),
                  "STU3-BOOK-065", faults="book.accepts-organization-without-name"),
    _organisation("organisation-telecom", "a telecom of the booking organisation", body_without(f"{_ORGANISATION}.telecom"),
                  "STU3-BOOK-066", faults="book.accepts-organization-without-telecom"),
    why="The practice must be able to contact the booking organisation, and so must be able to identify it.",
    fix="Follow the bookingOrganisation extension to the contained Organization and require its ODS code, name and telecom.",
    expect=INVALID,
)  # fmt: skip


def _status(value: str, **more: Any) -> dict[str, Any]:
    row = {
        "expect": refused("INVALID_RESOURCE", also=["400 BAD_REQUEST"]),
        "faults": "book.accepts-other-status",
        **more,
    }
    return case(
        f"book.status-{value}",
        f"A booking whose status is {value} is refused and nothing is booked",
        row.pop("verifies", "STU3-BOOK-068 DSTU2-BOOK-031"),
        change=body_set("status", value),
        **row,
    )


STATUS = table(
    BOOK,
    _status("proposed"),
    _status("pending"),
    _status("arrived"),
    _status("cancelled"),
    _status("bookedd", verifies=f"STU3-BOOK-068 DSTU2-BOOK-031 {PROFILE}", faults="book.accepts-other-status"),
    _status("Booked", verifies=f"STU3-BOOK-068 DSTU2-BOOK-031 {PROFILE}", faults="book.status-in-any-case"),
    why="Every status other than booked means an action that this interaction does not perform.",
    fix="Accept only the status booked; return 422 INVALID_RESOURCE otherwise.",
)  # fmt: skip


@scenarios(MISSING, EMPTY, ORGANISATION, STATUS)
def test_refused(context: ScenarioContext, case: Case) -> None:
    expect_refusal(context, case, attempt(context, case))


WITHOUT_CREATED = table(
    BOOK,
    case("book.without-created", "A booking without created is accepted or refused as invalid",
         "STU3-BOOK-067", change=body_without("created"), faults="book.breaks-without-created",
         noted="C-MANDATORY-VS-PROFILE"),
    why="The page requires the element, the profile does not: providers differ, and both ways are acceptable.",
    fix="Accept the booking with the provider's own time, or refuse it with 422 INVALID_RESOURCE.",
)  # fmt: skip


@scenarios(WITHOUT_CREATED)
def test_without_created(context: ScenarioContext, case: Case) -> None:
    tried = attempt(context, case)
    if tried.booked is None:
        expect_refused(context, tried.response, refused("INVALID_RESOURCE"))
        context.effects.still_free(*tried.slots)
    else:
        context.findings.note("booked without created", exchange=tried.response.number)
        context.effects.no_longer_free(*tried.slots)
