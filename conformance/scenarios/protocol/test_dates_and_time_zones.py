"""Dates and times: offsets are respected, evenings belong to their day, and days on which the clock changes are whole days."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from conformance.checks.json_values import first, instant, spelled
from conformance.checks.searchsets import ids_of
from conformance.consumer.request import Change
from conformance.consumer.request_mutations import body_set, query
from conformance.consumer.response import Response
from conformance.consumer.uk_time import LONDON, parse_instant, to_uk_text, uk_date, uk_midnight
from conformance.core.results import Blame, Finding
from conformance.engine.arrangement import BookedAppointment
from conformance.engine.confirmation import confirmed
from conformance.engine.context import ScenarioContext
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.engine.slot_pool import FreeSlot
from conformance.scenarios.steps.content_negotiation import Kind, cases, succeeded
from conformance.scenarios.steps.refusals import expect_refused
from conformance.scenarios.steps.slot_search import REFUSED, SEARCH, free_days, next_change, responded, search, today
from conformance.scenarios.steps.valid_requests import send_as, valid_request

Spell = Callable[[datetime], str]
_EVENING = 18.5  # o'clock


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _far(moment: datetime) -> str:
    return moment.astimezone(timezone(timedelta(hours=5, minutes=30))).isoformat()


def _thousandths(moment: datetime) -> str:
    return to_uk_text(moment).replace("+", ".000+")


# Times of a body written differently for the same instants

_SPELT = (
    ("utc", "whose times are written in UTC, with Z", _utc, "time.fails-on-zulu time.moves-zulu"),
    ("far-offset", "whose times are written with another country's offset", _far, "time.fails-on-far-offsets"),
    ("thousandths", "whose times are written with milliseconds", _thousandths, "time.fails-on-fractions"),
)
SPELT = tuple(
    Kind(name, f"{phrase} means the same instants, or is refused", "STU3-FHIR-041 DSTU2-FHIR-002", faults,
         "A provider that ignores the offset of a time books the patient at the wrong hour.",
         "Compare times as instants, or refuse times that are not UK local time with 422; never drop an offset.",
         {"spell": spell}, only="writes", without=("register",),
         noted="The page requires UK local time while FHIR allows any offset: accepting and refusing are both acceptable.")
    for name, phrase, spell, faults in _SPELT
)  # fmt: skip


@scenarios(*(cases("time", kind) for kind in SPELT))
def test_spelt_otherwise(context: ScenarioContext, case: Case) -> None:
    valid = valid_request(context, case.interaction)
    times = _times(valid.request.body)
    request = valid.request
    for name, moment in times.items():
        if first(valid.request.body, name) != case["spell"](moment):  # a provider may write it so itself
            request = body_set(name, case["spell"](moment))(request)
    response = send_as(context, valid, request)
    if 400 <= (response.status or 0) < 500 and response.resource_type == "OperationOutcome":
        context.findings.note(
            "refused, which is as acceptable as converting it", found=response.described, exchange=response.number
        )
        valid.untouched()
    elif succeeded(context, case.interaction, response):
        _same_moments(context, times, response)
        read = context.arrange.read(str(response.resource.get("id")))
        if context.observes(read):
            _same_moments(context, times, read)


def _times(body: Any) -> dict[str, datetime]:
    return {name: moment for name in ("start", "end") if (moment := parse_instant(body.get(name)))}


def _same_moments(context: ScenarioContext, times: dict[str, datetime], response: Response) -> None:
    for name, moment in times.items():
        if instant(response.resource.get(name)) != moment:
            context.findings.fail(
                "the appointment is at another time",
                location=f"Appointment.{name}",
                exchange=response.number,
                found=spelled(response.resource.get(name)),
                expected=to_uk_text(moment),
                code="moment-moved",
            )


# Evenings

_LATE_WHY = (
    "A day ends at midnight UK time; software that ends it with the working day, or uses a 12-hour clock, loses "
    "evening appointments."
)
_LATE_FIX = "Treat a date as the whole UK day, and write hours from 00 to 23."


def _is_late(slot: FreeSlot) -> bool:
    clock = slot.start.astimezone(LONDON)
    return clock.hour + clock.minute / 60 >= _EVENING


def _late(context: ScenarioContext) -> FreeSlot:
    return context.arrange.slot(_is_late, what="a free slot at half past six in the evening or later")


def _evening(name: str, title: str, key: str, verifies: str, faults: str) -> Any:
    return case(f"time.evening-{name}", title, verifies, interaction=key, faults=faults)


EVENINGS = table(
    "",
    _evening("by-date", "A slot search by date finds an evening slot of that day", SEARCH,
             "STU3-SLOT-029 STU3-SLOT-030 DSTU2-SLOT-014",
             "time.day-ends-at-six"),
    _evening("to-the-end", "A slot search finds an evening slot that ends with the search window", SEARCH,
             "STU3-SLOT-030 DSTU2-SLOT-014",
             "time.day-ends-at-six"),
    why=_LATE_WHY, fix=_LATE_FIX,
)  # fmt: skip


@scenarios(EVENINGS)
def test_evening_slot(context: ScenarioContext, case: Case) -> None:
    slot = _late(context)
    day = uk_date(slot.start)
    end: date | datetime = day if case.id.endswith("by-date") else slot.end
    response = search(context, day, end)
    if responded(context, response) and slot.id not in ids_of(response, "Slot"):
        context.findings.fail(
            "the evening slot is not found",
            location="Bundle.entry",
            exchange=response.number,
            expected=f"Slot/{slot.id}",
            found="nothing",
            code="evening-lost",
        )


LATE = table(
    "",
    _evening("booked", "An evening booking is returned, read and retrieved with its evening time", "book_appointment",
             "STU3-FHIR-041 STU3-FHIR-045 DSTU2-FHIR-002", "time.counts-to-twelve time.day-ends-at-six-in-lists"),
    _evening("amended", "An amended evening appointment is read and retrieved with its evening time", "amend_appointment",
             "STU3-FHIR-041 STU3-FHIR-045 DSTU2-FHIR-002", "time.counts-to-twelve time.day-ends-at-six-in-lists"),
    _evening("cancelled", "A cancelled evening appointment is read and retrieved with its evening time", "cancel_appointment",
             "STU3-FHIR-041 STU3-FHIR-045 DSTU2-FHIR-002", "time.cancelled-counts-to-twelve"),
    why=_LATE_WHY, fix=_LATE_FIX,
)  # fmt: skip


@scenarios(LATE)
def test_late_appointment(context: ScenarioContext, case: Case) -> None:
    slot = _late(context)
    booked = context.arrange.booked(slot)
    if case.interaction == "amend_appointment":
        body = {**booked.value, "comment": "In the evening"}
        context.need(
            context.send(context.requests.amend(body, booked.etag, nhs_number=booked.patient.nhs_number)),
            what="the amendment did not succeed",
        )
    elif case.interaction == "cancel_appointment":
        context.arrange.cancelled(booked)
    times = {"start": slot.start, "end": slot.end}
    if case.interaction == "book_appointment":
        _same_moments(context, times, booked.response)
    read = context.arrange.read(booked.id)
    shown = context.observes(read)
    if shown:
        _same_moments(context, times, read)
    if not _listed_at(context, booked, times) and not shown:
        context.cannot("neither a read nor a retrieval shows the appointment", Blame.PROVIDER)


def _listed_at(context: ScenarioContext, booked: BookedAppointment, times: dict[str, datetime]) -> bool:
    """Judge the times that a retrieval of the day shows; False where it shows nothing to judge."""
    day = uk_date(booked.slots[0].start)
    listed = context.send(
        context.requests.retrieve(
            context.arrange.patient_id(booked.patient), day, day, nhs_number=booked.patient.nhs_number
        )
    )
    if not context.observes(listed):
        return False
    found = [entry for entry in listed.entries("Appointment") if entry.get("id") == booked.id]
    if found:
        _same_moments(context, times, listed.part(found[0]))
        return True
    if booked.cancelled:
        return False  # whether lists include cancelled appointments is judged by another scenario
    context.findings.fail(
        "the evening appointment is not listed on its day",
        location="Bundle.entry",
        exchange=listed.number,
        expected=f"Appointment/{booked.id}",
        code="evening-lost",
    )
    return True


# The days on which the clock changes

_CHANGE_WHY = "On the days of the clock change a UK day has 23 or 25 hours, and in autumn one hour occurs twice."
_CHANGE_FIX = "Convert every bound to an instant by its offset, and a date to the UK midnights of its day."


def _forward(context: ScenarioContext) -> date:
    return next_change(today(context), autumn=False)


def _back(context: ScenarioContext) -> date:
    return next_change(today(context), autumn=True)


def _ordinary(context: ScenarioContext) -> date:
    return free_days(context)[0]


WHOLE_DAYS = table(
    SEARCH,
    *(case(f"time.day-{name}", f"A slot search of {phrase} finds the same slots by date, in UK time and in UTC",
           "STU3-SLOT-029 DSTU2-SLOT-014",
           days=days, faults="search.end-date-is-midnight time.utc-is-refused")
      for name, phrase, days in (
          ("forward", "the day on which the clock goes forward, and of an ordinary day,", (_forward, _ordinary)),
          ("back", "the day on which the clock goes back, and of an ordinary day,", (_back, _ordinary)))),
    why=_CHANGE_WHY, fix=_CHANGE_FIX,
)  # fmt: skip


@scenarios(WHOLE_DAYS)
def test_whole_days(context: ScenarioContext, case: Case) -> None:
    for choose in case["days"]:
        day = choose(context)
        first, last = uk_midnight(day), uk_midnight(day + timedelta(days=1)) - timedelta(seconds=1)
        for spell in (to_uk_text, _utc):
            bounds = query("start", f"ge{spell(first)}"), query("end", f"le{spell(last)}")
            _same_slots(context, day, *bounds, may_refuse=spell is _utc)


def _same_slots(context: ScenarioContext, day: date, *bounds: Change, may_refuse: bool) -> None:
    def by_date() -> Response | None:
        response = search(context, day, day)
        return response if responded(context, response) else None

    def by_time() -> Response | None:
        response = search(context, day, day, *bounds)
        if may_refuse and response.status in (400, 422) and response.resource_type == "OperationOutcome":
            context.findings.note(
                "bounds in UTC are refused, which is acceptable", found=response.described, exchange=response.number
            )
            return None
        return response if responded(context, response) else None

    context.findings.keep(confirmed(by_date, by_time, _other_slots))


def _other_slots(one: Response, other: Response) -> Iterator[Finding]:
    for name in sorted(ids_of(one, "Slot") ^ ids_of(other, "Slot")):
        yield Finding(
            "the same day has other slots when its bounds are written differently",
            location=f"Slot/{name}",
            found="there" if name in ids_of(other, "Slot") else "not there",
            expected="the same slots",
            exchange=other.number,
            code="day-differs",
        )


def _hours(name: str, title: str, verifies: str, autumn: bool, start: str, end: str, faults: str, **more: Any) -> Any:
    return case(f"time.{name}", title, verifies, autumn=autumn, start=start, end=end, faults=faults, **more)


HOURS = table(
    SEARCH,
    _hours("repeated-hour", "A slot search from the first to the second 01:30 of the night the clock goes back is accepted",
           "STU3-SLOT-013 DSTU2-SLOT-014", True, "01:30:00+01:00", "01:30:00+00:00",
           "search.refuses-clock-change time.compares-clocks"),
    _hours("repeated-hour-forward", "A slot search from 01:45 BST to 01:15 GMT of the night the clock goes back is accepted",
           "STU3-SLOT-013 DSTU2-SLOT-014", True, "01:45:00+01:00", "01:15:00+00:00",
           "search.refuses-clock-change time.compares-clocks"),
    _hours("repeated-hour-reversed",
           "A slot search from the second to the first 01:30 of the night the clock goes back is refused",
           "STU3-SLOT-024 DSTU2-SLOT-013", True, "01:30:00+00:00", "01:30:00+01:00", "search.accepts-reversed-window",
           refused=True),
    _hours("repeated-hour-reversed-clock",
           "A slot search from 01:15 GMT to 01:45 BST of the night the clock goes back is refused",
           "STU3-SLOT-024 DSTU2-SLOT-013", True, "01:15:00+00:00", "01:45:00+01:00", "search.accepts-reversed-window",
           refused=True),
    _hours("skipped-hour", "A slot search around the hour skipped when the clock goes forward is accepted",
           "STU3-SLOT-013 DSTU2-SLOT-014",
           False, "00:30:00+00:00", "02:30:00+01:00", "search.refuses-clock-change"),
    _hours("skipped-hour-reversed", "A slot search from 01:30 GMT to 02:15 BST of the night the clock goes forward is refused",
           "STU3-SLOT-024 DSTU2-SLOT-013", False, "01:30:00+00:00", "02:15:00+01:00", "search.accepts-reversed-window",
           refused=True),
    why=_CHANGE_WHY, fix=_CHANGE_FIX,
)  # fmt: skip


@scenarios(HOURS)
def test_hours_of_the_change(context: ScenarioContext, case: Case) -> None:
    day = next_change(today(context), autumn=case["autumn"])
    bounds = (query("start", f"ge{day}T{case['start']}"), query("end", f"le{day}T{case['end']}"))
    response = search(context, day, day, *bounds)
    if case.get("refused"):
        expect_refused(context, response, REFUSED)
    else:
        responded(context, response)
