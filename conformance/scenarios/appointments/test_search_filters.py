"""Search for free slots: who is shown what (searchFilter, STU3), and parameters that a provider does not know."""

from __future__ import annotations

from typing import Any

from conformance.checks.response import success
from conformance.checks.searchsets import ids_of
from conformance.checks.slots import finds_exactly, finds_none_of
from conformance.consumer import request_bodies
from conformance.consumer.request import Change
from conformance.consumer.request_mutations import add_query, claim_in, query
from conformance.consumer.uk_time import LONDON, parse_instant, uk_date
from conformance.engine.arrangement import BookedAppointment
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.engine.slot_pool import FreeSlot, slots_of
from conformance.scenarios.steps.slot_search import SEARCH, answered, control, need, search, today, two_free_days

DISPOSITION = "https://example.org/Id/disposition|Dx01"

UNKNOWN = table(
    SEARCH,
    case("search.filter-unknown-last", "A search filter of an unknown system, sent last, is ignored", "STU3-SLOT-026",
         change=add_query("searchFilter", DISPOSITION), faults="search.refuses-unknown-filter search.last-filter-only"),
    case("search.filter-unknown-first", "A search filter of an unknown system, sent first, is ignored", "STU3-SLOT-026",
         change=add_query("searchFilter", DISPOSITION, first=True),
         faults="search.refuses-unknown-filter search.first-filter-only"),
    case("search.filter-unknown-several", "Several search filters of unknown systems are ignored", "STU3-SLOT-026",
         change=add_query("searchFilter", "urn:oid:2.16.840.1.113883.2.1.3.2.4|42", first=True),
         second=add_query("searchFilter", DISPOSITION),
         faults="search.refuses-unknown-filter search.unknown-filters-match-nothing"),
    case("search.filter-unknown-without-code", "A search filter of an unknown system without a code is ignored",
         "STU3-SLOT-026",
         change=add_query("searchFilter", "https://example.org/Id/service-id|"),
         faults="search.refuses-unknown-filter"),
    case("search.unknown-parameter", "A parameter that the provider does not know is ignored",
         "STU3-SLOT-027 DSTU2-FHIR-024",
         change=add_query("foo", "bar"), faults="search.refuses-unknown-parameters"),
    case("search.unknown-parameter-first", "An unknown parameter in the first place is ignored",
         "STU3-SLOT-027 DSTU2-FHIR-024",
         change=add_query("foo", "bar", first=True), faults="search.refuses-unknown-parameters"),
    case("search.unknown-parameter-text", "An unknown parameter with reserved and foreign characters is ignored",
         "STU3-SLOT-027 DSTU2-FHIR-024",
         change=add_query("x-région", "a&b=c d+e|é"), faults="search.refuses-unknown-parameters"),
    case("search.unknown-parameter-twice", "An unknown parameter that comes twice is ignored",
         "STU3-SLOT-027 DSTU2-FHIR-024",
         change=add_query("foo", "bar"), second=add_query("foo", "baz"), faults="search.refuses-unknown-parameters"),
    why="Consumers send filters and parameters meant for other providers; others must not stumble over them.",
    fix="Read the parameters that you know and pass over all others, searchFilter systems included.",
)  # fmt: skip


@scenarios(UNKNOWN)
def test_unknown(context: ScenarioContext, case: Case) -> None:
    days = two_free_days(context)
    usual = control(context, *days)
    changes = [change for change in (case["change"], case.get("second")) if change]
    response = search(context, *days, *changes)
    if answered(context, response):
        context.judge(response, finds_exactly(usual, "those found without the unknown parameter"))


def _asking(context: ScenarioContext, kind: str, code: str) -> tuple[Change, ...]:
    """What turns a search without filters into one with these; "" leaves one out."""
    systems = (("organization_type", kind), ("organization", code))
    values = [f"{context.edition.systems(use)[0]}|{value}" for use, value in systems if value]
    return (query("searchFilter", *values),) if values else ()


class Restrictions:
    """What a provider shows of restricted slots, by who asks: learnt from four searches, judged by the page's table.

    `everybody` is what it shows without filters; `by_type`, `by_code` and `by_both` what it shows to the organisation
    that slots are kept for. The configuration promises slots for one type and for one organisation only.
    """

    def __init__(self, context: ScenarioContext) -> None:
        kept = context.config.data.restricted_slots
        if kept is None or not kept.organization_type or not kept.organization_ods:
            context.cannot("the configuration names no restricted slots of both kinds (data.restricted_slots)")
        self.kind, self.code = kept.organization_type, kept.organization_ods
        self.other_kind = "urgent-care" if self.kind == "gp-practice" else "gp-practice"
        self.other_code = context.config.data.unknown.organization_ods
        self._days = kept.days.dates(today(context))
        self._scene = context
        self.everybody = self.found("", "")
        self.by_type, self.by_code, self.by_both = (
            self.found(*asked) for asked in ((self.kind, ""), ("", self.code), (self.kind, self.code))
        )

    def found(self, kind: str, code: str) -> set[str]:
        """What a search with these filters finds."""
        response = search(self._scene, *self._days, *_asking(self._scene, kind, code), filters=False)
        need(self._scene, response, "Slot")
        return ids_of(response, "Slot")

    def asker(self, kind: str, code: str) -> tuple[str, str]:
        """The values for the words `own`, `other` and "" of a case."""
        return (
            {"own": self.kind, "other": self.other_kind}.get(kind, kind),
            {"own": self.code, "other": self.other_code}.get(code, code),
        )

    def expected(self, kind: str, code: str) -> set[str]:
        """What the page's table says that an asker finds, from what the others find.

        What the type alone brings to light is kept for the type, what the code alone does for the organisation; what
        neither alone and only both together do is kept for both.
        """
        shown = set(self.everybody)
        shown |= self.by_type if kind == "own" else set()
        shown |= self.by_code if code == "own" else set()
        return shown | (self.by_both if kind == code == "own" else set())

    def judge(self, kind: str, code: str) -> None:
        """Hold what is shown to the type alone and to the organisation alone to what everybody sees, as far as asked."""
        sides = [(self.by_type, f"the type {self.kind}")] if kind or not code else []
        sides += [(self.by_code, f"the organisation {self.code}")] if code or not kind else []
        for shown, told in sides:
            if not shown - self.everybody:
                self._scene.findings.fail(
                    f"nothing more is shown to {told} than without filters, though slots are kept for it",
                    location="searchFilter",
                    found=f"{len(shown)} slots",
                    expected="more than everybody sees",
                    code="restriction",
                )
        either = self.by_type & self.by_code - self.everybody
        if either:
            self._scene.findings.fail(
                "slots are shown when either the type or the organisation is right, and hidden without filters",
                location="Bundle.entry",
                found=", ".join(sorted(either)[:5]),
                expected="both must be right",
                code="restriction",
            )


def _asker(id: str, who: str, kind: str, code: str, verifies: str, faults: str) -> dict[str, Any]:  # noqa: A002
    return case(
        f"search.filter-{id}",
        f"{who} finds what is open to it, and only that",
        verifies,
        kind=kind,
        code=code,
        faults=faults,
    )


ASKERS = table(
    SEARCH,
    _asker("none", "A search without filters", "", "", "STU3-SLOT-040",
           "search.ignores-limits search.ignores-type-limit search.ignores-code-limit"),
    _asker("type", "The organisation type that slots are kept for", "own", "", "STU3-SLOT-041",
           "search.overlooks-type-filter search.ignores-type-limit search.either-restriction search.knows-no-filters"),
    _asker("other-type", "Another organisation type", "other", "", "STU3-SLOT-041",
           "search.any-type-will-do search.ignores-type-limit"),
    _asker("code", "The organisation that slots are kept for", "", "own", "STU3-SLOT-042",
           "search.overlooks-code-filter search.ignores-code-limit search.either-restriction"),
    _asker("other-code", "Another organisation", "", "other", "STU3-SLOT-042",
           "search.any-code-will-do search.ignores-code-limit"),
    _asker("type-and-code", "The right type together with the right organisation", "own", "own", "STU3-SLOT-043",
           "search.last-filter-only search.first-filter-only search.overlooks-type-filter"),
    _asker("type-and-other-code", "The right type together with another organisation", "own", "other", "STU3-SLOT-043",
           "search.any-code-will-do search.last-filter-only"),
    _asker("other-type-and-code", "Another type together with the right organisation", "other", "own", "STU3-SLOT-043",
           "search.any-type-will-do search.first-filter-only"),
    _asker("other-type-and-other-code", "Another type together with another organisation", "other", "other",
           "STU3-SLOT-043",
           "search.any-type-will-do search.any-code-will-do"),
    why="Practices keep slots for certain organisations; shown to others they are booked by those they were not meant for.",
    fix="Apply the table of matching rules: each restriction of a slot must be met by a filter of its own kind.",
)  # fmt: skip


@scenarios(ASKERS)
def test_askers(context: ScenarioContext, case: Case) -> None:
    known = Restrictions(context)
    known.judge(case["kind"], case["code"])
    kind, code = known.asker(case["kind"], case["code"])
    found = known.found(kind, code)
    expected = known.expected(case["kind"], case["code"])
    for difference, told in (
        (found - expected, "shown though kept for others"),
        (expected - found, "not shown though open to the asker"),
    ):
        if difference:
            context.findings.fail(
                f"slots are {told}",
                location="Bundle.entry",
                found=", ".join(sorted(difference)[:5]),
                expected=f"{len(expected)} slots",
                code="filter",
            )
    if not known.by_both - known.by_type - known.by_code:
        context.findings.note("no slot was seen that is kept for both a type and an organisation")


TYPES = table(
    SEARCH,
    case("search.filter-unknown-type", "An organisation type that does not exist is shown what is open to everybody",
         "STU3-SLOT-044",
         faults="search.any-type-will-do search.refuses-unknown-type"),
    why="Code lists grow: a type that a provider does not know yet is no reason to fail.",
    fix="Treat a type that you do not know as one that meets no restriction.",
)  # fmt: skip


@scenarios(TYPES)
def test_unknown_type(context: ScenarioContext, case: Case) -> None:
    kept = context.config.data.restricted_slots
    days = kept.days.dates(today(context)) if kept else two_free_days(context)
    open_to_all = control(context, *days, filters=False)
    response = search(context, *days, *_asking(context, "oncology", ""), filters=False)
    if response.status != 200:
        context.expect(
            response,
            refused((), tolerated=["INVALID_PARAMETER"], because="Only unknown systems are said to be ignored."),
        )
    elif answered(context, response):
        context.judge(response, finds_exactly(open_to_all, "those open to everybody"))


WITHHELD = table(
    SEARCH,
    case("search.not-bookable", "A slot that the practice keeps from GP Connect is shown to nobody",
         "STU3-SLOT-039 DSTU2-SLOT-018", times="not_bookable", faults="search.shows-kept-back"),
    case("search.embargoed", "A slot under embargo, or beyond the booking window, is shown to nobody",
         "STU3-SLOT-045", times="embargoed", faults="search.shows-embargoed"),
    why="What the practice keeps for its own patients is gone when others can see and book it.",
    fix="Leave out what is not marked for GP Connect and what the practice's embargo or booking window closes, whoever asks.",
)  # fmt: skip


@scenarios(WITHHELD)
def test_withheld(context: ScenarioContext, case: Case) -> None:
    kept = context.config.data.restricted_slots
    times = getattr(kept, case["times"]) if kept else ()
    if kept is None or not times:
        context.cannot(f"the configuration names no such slots (data.restricted_slots.{case['times']})")
    days = kept.days.dates(today(context))
    asked = [(kept.organization_type, kept.organization_ods), (kept.organization_type, ""), ("", kept.organization_ods)]
    for kind, code in dict.fromkeys([("", ""), *(asked if _has_filters(context) else [])]):
        response = search(context, *days, *_asking(context, kind, code), filters=False)
        need(context, response, "Slot")
        shown = {slot.id for slot in slots_of(response) if f"{slot.start.astimezone(LONDON):%H:%M}" in times}
        context.judge(response, finds_none_of(shown, "a slot is shown at a time that the practice keeps back"))


def _has_filters(context: ScenarioContext) -> bool:
    return context.edition.capabilities.filters_by_organization


LATER = table(
    "retrieve_patient_appointments",
    case("search.restricted-retrieve", "An appointment in a restricted slot is retrieved by other organisations too",
         "STU3-SLOT-061",
         act="retrieve", faults="search.restrictions-on-retrieve"),
    case("search.restricted-read", "An appointment in a restricted slot can be read by other organisations too",
         "STU3-SLOT-061",
         act="read", interaction="read_appointment", faults="search.restrictions-on-read"),
    case("search.restricted-amend", "An appointment in a restricted slot can be amended by other organisations too",
         "STU3-SLOT-061",
         act="amend", interaction="amend_appointment", faults="search.restrictions-on-amend"),
    case("search.restricted-cancel", "An appointment in a restricted slot can be cancelled by other organisations too",
         "STU3-SLOT-061",
         act="cancel", interaction="cancel_appointment", faults="search.restrictions-on-cancel"),
    why="Restrictions say who may find and book a slot. Once booked, the appointment is the patient's, wherever they turn to.",
    fix="Apply availability rules in search and booking only.",
)  # fmt: skip


@scenarios(LATER)
def test_restrictions_end_with_booking(context: ScenarioContext, case: Case) -> None:
    slot = _restricted_slot(context)
    booked = context.arrange.booked(slot)
    elsewhere = claim_in("requesting_organization.identifier.0.value", context.config.data.unknown.organization_ods)
    _LATER[case["act"]](context, booked, elsewhere)


def _restricted_slot(context: ScenarioContext) -> FreeSlot:
    """A slot that only the configured consumer sees, leased; CannotTest when there is none."""
    kept = context.config.data.restricted_slots
    if kept is None:
        context.cannot("the configuration names no restricted slots (data.restricted_slots)")
    days = kept.days.dates(today(context))
    restricted = control(context, *days) - control(context, *days, filters=False)
    return context.arrange.slot(
        lambda slot: slot.id in restricted, what="a slot that is restricted to the configured consumer"
    )


def _retrieve(context: ScenarioContext, booked: BookedAppointment, elsewhere: Change) -> None:
    day = parse_instant(booked.value.get("start"))
    assert day is not None
    patient_id = context.arrange.patient_id(booked.patient)
    response = context.send(
        context.requests.retrieve(patient_id, uk_date(day), uk_date(day), nhs_number=booked.patient.nhs_number),
        elsewhere,
    )
    if answered(context, response) and booked.id not in ids_of(response, "Appointment"):
        context.findings.fail(
            "the appointment is hidden from another organisation",
            location="Bundle.entry",
            found="not there",
            expected=f"Appointment/{booked.id}",
            code="hidden",
            exchange=response.number,
        )


def _read(context: ScenarioContext, booked: BookedAppointment, elsewhere: Change) -> None:
    context.judge(context.arrange.read(booked.id, elsewhere), success("Appointment"))


def _amend(context: ScenarioContext, booked: BookedAppointment, elsewhere: Change) -> None:
    body = {**booked.value, "description": "Amended by another organisation"}
    if context.judge(context.send(context.requests.amend(body, booked.etag), elsewhere), success("Appointment")):
        read = context.arrange.refresh(booked)
        if read.value.get("description") != body["description"]:
            context.findings.fail(
                "the amendment was not kept",
                location="Appointment.description",
                found=str(read.value.get("description")),
                expected=body["description"],
                code="not-kept",
            )


def _cancel(context: ScenarioContext, booked: BookedAppointment, elsewhere: Change) -> None:
    body = request_bodies.cancellation(context.edition, booked.value, "Cancelled by another organisation")
    if context.judge(context.send(context.requests.cancel(body, booked.etag), elsewhere), success("Appointment")):
        if context.arrange.refresh(booked).value.get("status") != "cancelled":
            context.findings.fail(
                "the cancellation was not kept",
                location="Appointment.status",
                code="not-kept",
                found=str(booked.value.get("status")),
                expected="cancelled",
            )
        else:
            booked.cancelled = True


_LATER = {"retrieve": _retrieve, "read": _read, "amend": _amend, "cancel": _cancel}
