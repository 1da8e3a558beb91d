"""Search for free slots: which organisation sees which slots (searchFilter, STU3), and unknown parameters."""

from __future__ import annotations

from typing import Any

from conformance.checks.json_values import spelled
from conformance.checks.response import success
from conformance.checks.searchsets import ids_of
from conformance.checks.slots import finds_none_of
from conformance.consumer import request_bodies
from conformance.consumer.request import Change
from conformance.consumer.request_mutations import add_query, claim_in, query
from conformance.consumer.uk_time import LONDON, parse_instant, uk_date
from conformance.core.results import Blame
from conformance.engine.arrangement import BookedAppointment
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.engine.slot_pool import FreeSlot, slots_of
from conformance.scenarios.steps.refusals import expect_refused
from conformance.scenarios.steps.slot_search import (
    SEARCH,
    control,
    judge_same,
    lasting,
    need,
    responded,
    search,
    today,
    two_free_days,
)

DISPOSITION = "https://example.org/Id/disposition|Dx01"

UNKNOWN = table(
    SEARCH,
    case("search.filter-unknown-last", "A slot search ignores a search filter of an unknown system sent last", "STU3-SLOT-026",
         change=add_query("searchFilter", DISPOSITION), faults="search.refuses-unknown-filter search.last-filter-only"),
    case("search.filter-unknown-first", "A slot search ignores a search filter of an unknown system sent first",
         "STU3-SLOT-026",
         change=add_query("searchFilter", DISPOSITION, first=True),
         faults="search.refuses-unknown-filter search.first-filter-only"),
    case("search.filter-unknown-several", "A slot search ignores several search filters of unknown systems", "STU3-SLOT-026",
         change=add_query("searchFilter", "urn:oid:2.16.840.1.113883.2.1.3.2.4|42", first=True),
         second=add_query("searchFilter", DISPOSITION),
         faults="search.refuses-unknown-filter search.unknown-filters-match-nothing"),
    case("search.filter-unknown-without-code", "A slot search ignores a search filter of an unknown system without a code",
         "STU3-SLOT-026",
         change=add_query("searchFilter", "https://example.org/Id/service-id|"),
         faults="search.refuses-unknown-filter"),
    case("search.unknown-parameter", "A slot search ignores an unknown parameter",
         "STU3-SLOT-027 DSTU2-FHIR-024",
         change=add_query("foo", "bar"), faults="search.refuses-unknown-parameters"),
    case("search.unknown-parameter-first", "A slot search ignores an unknown parameter sent first",
         "STU3-SLOT-027 DSTU2-FHIR-024",
         change=add_query("foo", "bar", first=True), faults="search.refuses-unknown-parameters"),
    case("search.unknown-parameter-text", "A slot search ignores an unknown parameter with reserved and non-ASCII characters",
         "STU3-SLOT-027 DSTU2-FHIR-024",
         change=add_query("x-région", "a&b=c d+e|é"), faults="search.refuses-unknown-parameters"),
    case("search.unknown-parameter-twice", "A slot search ignores an unknown parameter sent twice",
         "STU3-SLOT-027 DSTU2-FHIR-024",
         change=add_query("foo", "bar"), second=add_query("foo", "baz"), faults="search.refuses-unknown-parameters"),
    why="Consumers send filters and parameters meant for other providers; others must not stumble over them.",
    fix="Read the parameters that you know and pass over all others, searchFilter systems included.",
)  # fmt: skip


@scenarios(UNKNOWN)
def test_unknown(context: ScenarioContext, case: Case) -> None:
    days = two_free_days(context)
    changes = [change for change in (case["change"], case.get("second")) if change]
    judge_same(
        context,
        lambda: control(context, *days),
        lambda: search(context, *days, *changes),
        "those found without the unknown parameter",
    )


def _filters(context: ScenarioContext, kind: str, code: str) -> tuple[Change, ...]:
    """The changes that add these filters to a search without filters; "" leaves one out."""
    systems = (("organization_type", kind), ("organization", code))
    values = [f"{context.edition.systems(use)[0]}|{value}" for use, value in systems if value]
    return (query("searchFilter", *values),) if values else ()


class Restrictions:
    """What a provider shows of restricted slots, by requester: taken from four searches, judged by the page's table.

    `everybody` is what it shows without filters; `by_type`, `by_code` and `by_both` what it shows to the organisation
    that slots are restricted to. The configuration names slots for one type and for one organisation only.
    """

    def __init__(self, context: ScenarioContext) -> None:
        restricted = context.config.data.restricted_slots
        if restricted is None or not restricted.organization_type or not restricted.organization_ods:
            context.cannot("the configuration names no restricted slots of both kinds (data.restricted_slots)")
        self.kind, self.code = restricted.organization_type, restricted.organization_ods
        self.other_kind = "urgent-care" if self.kind == "gp-practice" else "gp-practice"
        self.other_code = context.config.data.unknown.organization_ods
        self._days = restricted.days.dates(today(context))
        self._context = context
        self.everybody = self.found("", "")
        self.by_type, self.by_code, self.by_both = (
            self.found(*filters) for filters in ((self.kind, ""), ("", self.code), (self.kind, self.code))
        )

    def found(self, kind: str, code: str) -> set[str]:
        """What a search with these filters finds."""
        response = search(self._context, *self._days, *_filters(self._context, kind, code), filters=False)
        need(self._context, response, "Slot")
        return ids_of(response, "Slot")

    def requester(self, kind: str, code: str) -> tuple[str, str]:
        """The values for the words `own`, `other` and "" of a case."""
        return (
            {"own": self.kind, "other": self.other_kind}.get(kind, kind),
            {"own": self.code, "other": self.other_code}.get(code, code),
        )

    def expected(self, kind: str, code: str) -> set[str]:
        """What a requester must find by the page's table, from what the others find.

        What the type alone finds is restricted to the type, what the code alone finds to the organisation; what
        only both together find is restricted to both.
        """
        shown = set(self.everybody)
        shown |= self.by_type if kind == "own" else set()
        shown |= self.by_code if code == "own" else set()
        return shown | (self.by_both if kind == code == "own" else set())

    def restricted(self) -> set[str]:
        """The slots that are not shown without filters and that the configured type or organisation sees."""
        return (self.by_type | self.by_code | self.by_both) - self.everybody

    def judge(self, kind: str, code: str) -> None:
        """Compare what the type alone and the organisation alone see with what is shown without filters, where requested."""
        sides = [(self.by_type, f"the type {self.kind}")] if kind or not code else []
        sides += [(self.by_code, f"the organisation {self.code}")] if code or not kind else []
        for shown, requester in sides:
            if not shown - self.everybody:
                self._context.findings.fail(
                    f"nothing more is shown to {requester} than without filters, though slots are restricted to it",
                    location="searchFilter",
                    found=f"{len(shown)} slots",
                    expected="more than without filters",
                    code="restriction",
                )
        either = self.by_type & self.by_code - self.everybody
        if either:
            self._context.findings.fail(
                "slots are shown when either the type or the organisation is right, and hidden without filters",
                location="Bundle.entry",
                found=", ".join(sorted(either)[:5]),
                expected="both must be right",
                code="restriction",
            )


def _requester(id: str, who: str, kind: str, code: str, verifies: str, faults: str) -> dict[str, Any]:  # noqa: A002
    return case(
        f"search.filter-{id}",
        f"A slot search {who} finds the slots open to it, and no others",
        verifies,
        kind=kind,
        code=code,
        faults=faults,
    )


REQUESTERS = table(
    SEARCH,
    _requester("none", "without filters", "", "", "STU3-SLOT-040",
           "search.ignores-limits search.ignores-type-limit search.ignores-code-limit"),
    _requester("type", "by the organisation type that slots are restricted to", "own", "", "STU3-SLOT-041",
           "search.overlooks-type-filter search.ignores-type-limit search.either-restriction search.knows-no-filters"),
    _requester("other-type", "by another organisation type", "other", "", "STU3-SLOT-041",
           "search.any-type-will-do search.ignores-type-limit"),
    _requester("code", "by the organisation that slots are restricted to", "", "own", "STU3-SLOT-042",
           "search.overlooks-code-filter search.ignores-code-limit search.either-restriction"),
    _requester("other-code", "by another organisation", "", "other", "STU3-SLOT-042",
           "search.any-code-will-do search.ignores-code-limit"),
    _requester("type-and-code", "by the right type and the right organisation", "own", "own", "STU3-SLOT-043",
           "search.last-filter-only search.first-filter-only search.overlooks-type-filter"),
    _requester("type-and-other-code", "by the right type and another organisation", "own", "other", "STU3-SLOT-043",
           "search.any-code-will-do search.last-filter-only"),
    _requester("other-type-and-code", "by another type and the right organisation", "other", "own", "STU3-SLOT-043",
           "search.any-type-will-do search.first-filter-only"),
    _requester("other-type-and-other-code", "by another type and another organisation", "other", "other",
           "STU3-SLOT-043",
           "search.any-type-will-do search.any-code-will-do"),
    why="Practices restrict slots to certain organisations; if others see them, the wrong patients book them.",
    fix="Apply the table of matching rules: each restriction of a slot must be met by a filter of its own kind.",
)  # fmt: skip


@scenarios(REQUESTERS)
def test_requesters(context: ScenarioContext, case: Case) -> None:
    known = Restrictions(context)
    known.judge(case["kind"], case["code"])
    found = lasting(_differences(known, case), lambda: _differences(Restrictions(context), case))
    own = found.pop(_OF_ANOTHER_TYPE)
    if own:
        context.findings.note(
            f"{len(own)} slots are shown to the type {known.other_kind} alone: the practice may restrict them to it",
            found=", ".join(sorted(own)[:5]),
            code="of-another-type",
        )
    for description, difference in found.items():
        if difference:
            context.findings.fail(
                f"slots are {description}",
                location="Bundle.entry",
                found=", ".join(sorted(difference)[:5]),
                expected=f"{len(known.expected(case['kind'], case['code']))} slots",
                code="filter",
            )
    if not known.by_both - known.by_type - known.by_code:
        context.findings.note("no slot was found that is restricted to both a type and an organisation")


_OF_ANOTHER_TYPE = "restricted to another type"


def _differences(known: Restrictions, case: Case) -> dict[str, set[str]]:
    """The slots that a requester is shown, or not shown, other than the page's table says."""
    found = known.found(*known.requester(case["kind"], case["code"]))
    expected = known.expected(case["kind"], case["code"])
    own = found - expected - known.restricted() if case["kind"] == "other" else set()
    return {
        _OF_ANOTHER_TYPE: own,
        "shown though restricted to others": found - own - expected,
        "not shown though open to the requester": expected - found,
    }


TYPES = table(
    SEARCH,
    case("search.filter-unknown-type", "A slot search by an unknown organisation type finds the unrestricted slots",
         "STU3-SLOT-044",
         faults="search.any-type-will-do search.refuses-unknown-type"),
    why="Code lists grow: a provider must not fail on a type that it does not know yet.",
    fix="Treat an unknown type as one that meets no restriction.",
)  # fmt: skip


@scenarios(TYPES)
def test_unknown_type(context: ScenarioContext, case: Case) -> None:
    restricted = context.config.data.restricted_slots
    days = restricted.days.dates(today(context)) if restricted else two_free_days(context)
    by_type = _filters(context, "oncology", "")
    response = search(context, *days, *by_type, filters=False)
    if response.status != 200:
        expect_refused(
            context,
            response,
            refused((), tolerated=["INVALID_PARAMETER"], because="Only unknown systems are said to be ignored."),
        )
    else:
        judge_same(
            context,
            lambda: control(context, *days, filters=False),
            lambda: search(context, *days, *by_type, filters=False),
            "the unrestricted ones",
        )


WITHHELD = table(
    SEARCH,
    case("search.not-bookable", "A slot search never returns a slot that is not bookable by GP Connect",
         "STU3-SLOT-039 DSTU2-SLOT-018", times="not_bookable", faults="search.shows-kept-back"),
    case("search.embargoed", "A slot search never returns a slot under embargo or beyond the booking window",
         "STU3-SLOT-045", times="embargoed", faults="search.shows-embargoed"),
    why="Slots that the practice reserves for its own patients are lost when others can see and book them.",
    fix="Leave out slots not enabled for GP Connect and those outside the practice's embargo and booking window, for every "
        "requester.",
)  # fmt: skip


@scenarios(WITHHELD)
def test_withheld(context: ScenarioContext, case: Case) -> None:
    restricted = context.config.data.restricted_slots
    times = getattr(restricted, case["times"]) if restricted else ()
    if restricted is None or not times:
        context.cannot(f"the configuration names no such slots (data.restricted_slots.{case['times']})")
    days = restricted.days.dates(today(context))
    filters = [
        (restricted.organization_type, restricted.organization_ods),
        (restricted.organization_type, ""),
        ("", restricted.organization_ods),
    ]
    for kind, code in dict.fromkeys([("", ""), *(filters if _has_filters(context) else [])]):
        response = search(context, *days, *_filters(context, kind, code), filters=False)
        need(context, response, "Slot")
        shown = {slot.id for slot in slots_of(response) if f"{slot.start.astimezone(LONDON):%H:%M}" in times}
        context.judge(response, finds_none_of(shown, "a slot is shown at a time that the practice withholds"))


def _has_filters(context: ScenarioContext) -> bool:
    return context.edition.capabilities.filters_by_organization


LATER = table(
    "retrieve_patient_appointments",
    case("search.restricted-retrieve", "An appointment in a restricted slot can be retrieved by other organisations too",
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
    why="Restrictions limit who may find and book a slot. Once booked, the appointment is available to every organisation.",
    fix="Apply availability rules in search and booking only.",
)  # fmt: skip


@scenarios(LATER)
def test_restrictions_end_with_booking(context: ScenarioContext, case: Case) -> None:
    slot = _restricted_slot(context)
    booked = context.arrange.booked(slot)
    elsewhere = claim_in("requesting_organization.identifier.0.value", context.config.data.unknown.organization_ods)
    _LATER[case["act"]](context, booked, elsewhere)


def _restricted_slot(context: ScenarioContext) -> FreeSlot:
    """A slot that only the configured consumer sees, reserved for this scenario; CannotTest when there is none."""
    restricted = context.config.data.restricted_slots
    if restricted is None:
        context.cannot("the configuration names no restricted slots (data.restricted_slots)")
    days = restricted.days.dates(today(context))
    own = control(context, *days) - control(context, *days, filters=False)
    return context.arrange.slot(
        lambda slot: slot.id in own, what="a slot that is restricted to the configured consumer"
    )


def _retrieve(context: ScenarioContext, booked: BookedAppointment, elsewhere: Change) -> None:
    day = parse_instant(booked.value.get("start"))
    assert day is not None
    patient_id = context.arrange.patient_id(booked.patient)
    response = context.send(
        context.requests.retrieve(patient_id, uk_date(day), uk_date(day), nhs_number=booked.patient.nhs_number),
        elsewhere,
    )
    if responded(context, response) and booked.id not in ids_of(response, "Appointment"):
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
        if not read.readable:
            context.cannot("the amendment cannot be seen: the appointment cannot be read", Blame.PROVIDER)
        if read.value.get("description") != body["description"]:
            context.findings.fail(
                "the amendment was not stored",
                location="Appointment.description",
                found=spelled(read.value.get("description")),
                expected=body["description"],
                code="not-kept",
            )


def _cancel(context: ScenarioContext, booked: BookedAppointment, elsewhere: Change) -> None:
    body = request_bodies.cancellation(context.edition, booked.value, "Cancelled by another organisation")
    if context.judge(context.send(context.requests.cancel(body, booked.etag), elsewhere), success("Appointment")):
        read = context.arrange.refresh(booked)
        if not read.readable:
            context.cannot("the cancellation cannot be seen: the appointment cannot be read", Blame.PROVIDER)
        if read.value.get("status") != "cancelled":
            context.findings.fail(
                "the cancellation was not stored",
                location="Appointment.status",
                code="not-kept",
                found=spelled(booked.value.get("status")),
                expected="cancelled",
            )
        else:
            booked.cancelled = True


_LATER = {"retrieve": _retrieve, "read": _read, "amend": _amend, "cancel": _cancel}
