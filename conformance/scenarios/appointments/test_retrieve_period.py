"""Retrieve a patient's appointments: which of them a period finds, bound by bound and prefix by prefix."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from conformance.checks import retrievals
from conformance.checks.response import success
from conformance.consumer.uk_time import LONDON, to_uk_text, uk_date
from conformance.engine.arrangement import BookedAppointment
from conformance.engine.context import ScenarioContext
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.retrieve import (
    RETRIEVE,
    answered,
    ask,
    day,
    finding_it,
    later,
    on,
    own_screens,
    spread,
    today,
)

Period = Callable[[Sequence[BookedAppointment], date], Sequence[str]]


def _days(*which: int) -> Period:
    return lambda booked, _: on(*(day(booked[number]) for number in which))


def _period(id: str, title: str, period: Period, found: str, faults: str, **more: Any) -> dict[str, Any]:  # noqa: A002
    """A row; `found` holds the numbers (1 to 3) of those of three appointments on three days that must be found."""
    stu3, dstu2 = "STU3-RETRIEVE-006 STU3-RETRIEVE-011", "DSTU2-RETRIEVE-009 DSTU2-RETRIEVE-011"
    verifies = more.pop("verifies", f"{stu3} {dstu2} {more.pop('also', '')}")
    return case(f"retrieve.{id}", title, verifies, period=period, found=found, faults=faults, **more)


PERIODS = table(
    RETRIEVE,
    _period("one-day", "A period of one day finds the appointments of that day, and no others",
            _days(0), "1", "retrieve.overlooks-upper-bound retrieve.excludes-last-day"),
    _period("middle-day", "A period of one day between other appointments finds that day's alone",
            _days(1), "2", "retrieve.overlooks-bounds retrieve.excludes-first-day"),
    _period("last-day", "A period that begins on the last appointment's day finds none before it",
            lambda booked, _: on(day(booked[2]), later(day(booked[2]), 60)), "3",
            "retrieve.overlooks-lower-bound retrieve.excludes-first-day", also="DSTU2-RETRIEVE-015"),
    _period("first-two-days", "The last day of a period is included, the day after is not",
            _days(0, 1), "12", "retrieve.excludes-last-day retrieve.overlooks-upper-bound", also="DSTU2-RETRIEVE-016"),
    _period("last-two-days", "The first day of a period is included, the day before is not",
            _days(1, 2), "23", "retrieve.excludes-first-day retrieve.overlooks-lower-bound", also="DSTU2-RETRIEVE-015"),
    _period("all-days", "All appointments within a period are found",
            _days(0, 2), "123", "retrieve.only-first retrieve.cuts-bundle retrieve.finds-nothing"),
    _period("from-today", "A period from today finds appointments up to its last day",
            lambda booked, now: on(now, day(booked[1])), "12", "retrieve.overlooks-upper-bound"),
    _period("after-all", "A period in which the patient's appointments do not lie finds none of them",
            lambda booked, _: on(later(day(booked[2]), 1), later(day(booked[2]), 5)), "", "retrieve.overlooks-lower-bound"),
    _period("upper-bound-first", "The bounds may be sent in either order",
            lambda booked, _: on(day(booked[0]), day(booked[1]))[::-1], "12", "retrieve.order-matters"),
    why="A period that finds too little hides appointments; one that finds too much shows what was not asked for.",
    fix="Compare the UK date of Appointment.start with the two dates, both included, and do not look at anything else.",
)  # fmt: skip


def _instant(number: int, **shift: int) -> Callable[[Sequence[BookedAppointment]], str]:
    return lambda booked: to_uk_text(_start(booked, number) + timedelta(**shift))


def _start(booked: Sequence[BookedAppointment], number: int) -> datetime:
    return booked[number].slots[0].start


def _at(prefix: str, number: int) -> Period:
    """The instant of an appointment with a prefix."""
    return lambda booked, _: (prefix + _instant(number)(booked),)


def _on(prefix: str, number: int) -> Period:
    """The day of an appointment with a prefix."""
    return lambda booked, _: (f"{prefix}{day(booked[number])}",)


_EQ, _GT, _LT, _GE, _LE = (f"DSTU2-RETRIEVE-0{number} DSTU2-FHIR-028" for number in range(12, 17))

PREFIXES = table(
    RETRIEVE,
    _period("eq-day", "eq with a day finds the appointments of that day", _on("eq", 1), "2", "retrieve.eq-as-ge", verifies=_EQ),
    _period("eq-instant", "eq with an instant finds the appointment that starts then", _at("eq", 1), "2",
            "retrieve.eq-as-ge retrieve.refuses-instants", verifies=_EQ),
    _period("no-prefix-day", "A day without prefix stands for that day", _on("", 1), "2", "retrieve.bare-as-ge", verifies=_EQ),
    _period("no-prefix-instant", "An instant without prefix stands for that instant", _at("", 1), "2", "retrieve.bare-as-ge",
            verifies=_EQ),
    _period("gt-day", "gt with a day finds later days and none before", _on("gt", 1), "3", "retrieve.overlooks-gt",
            verifies=_GT, open="2"),
    _period("gt-instant", "gt with an instant finds what starts later, not what starts then", _at("gt", 1), "3",
            "retrieve.gt-as-ge retrieve.overlooks-gt", verifies=_GT),
    _period("lt-day", "lt with a day finds earlier days and none after", _on("lt", 1), "1", "retrieve.overlooks-lt",
            verifies=_LT, open="2"),
    _period("lt-instant", "lt with an instant finds what starts earlier, not what starts then", _at("lt", 1), "1",
            "retrieve.lt-as-le retrieve.overlooks-lt", verifies=_LT),
    _period("ge-day", "ge with a day, alone, finds that day and all later ones", _on("ge", 1), "23",
            "retrieve.excludes-first-day retrieve.overlooks-lower-bound", verifies=f"{_GE} DSTU2-RETRIEVE-017"),
    _period("ge-instant", "ge with an instant finds what starts then and all that starts later", _at("ge", 1), "23",
            "retrieve.excludes-first-day retrieve.refuses-instants", verifies=_GE),
    _period("le-day", "le with a day, alone, finds that day and all earlier ones", _on("le", 1), "12",
            "retrieve.excludes-last-day retrieve.overlooks-upper-bound", verifies=f"{_LE} DSTU2-RETRIEVE-018"),
    _period("le-instant", "le with an instant finds what starts then and all that starts earlier", _at("le", 1), "12",
            "retrieve.excludes-last-day retrieve.overlooks-upper-bound", verifies=_LE),
    _period("ge-le-instants", "A period between two instants includes both",
            lambda booked, _: (*_at("ge", 0)(booked, _), *_at("le", 1)(booked, _)), "12",
            "retrieve.excludes-first-day retrieve.excludes-last-day", verifies=f"{_GE} {_LE}"),
    _period("gt-lt-instants", "A period between two instants by gt and lt includes neither",
            lambda booked, _: (*_at("gt", 0)(booked, _), *_at("lt", 2)(booked, _)), "2",
            "retrieve.gt-as-ge retrieve.lt-as-le", verifies=f"{_GT} {_LT}"),
    _period("gt-le-mixed", "gt with an instant and le with a day may be used together",
            lambda booked, _: (*_at("gt", 0)(booked, _), *_on("le", 1)(booked, _)), "2", "retrieve.gt-as-ge",
            verifies=f"{_GT} {_LE}"),
    _period("ge-lt-mixed", "ge with a day and lt with an instant may be used together",
            lambda booked, _: (*_on("ge", 1)(booked, _), *_at("lt", 2)(booked, _)), "2", "retrieve.lt-as-le",
            verifies=f"{_GE} {_LT}"),
    _period("from-the-past", "From a past day on, all later appointments are found, however far in the future",
            lambda _, now: (f"ge{later(now, -400)}",), "123", "retrieve.refuses-past retrieve.finds-nothing",
            verifies="DSTU2-RETRIEVE-017"),
    _period("until-far-future", "Until a far day, all earlier appointments are found",
            lambda _, now: (f"le{later(now, 400)}",), "123", "retrieve.two-weeks-at-most retrieve.only-first",
            verifies="DSTU2-RETRIEVE-018"),
    _period("without-period", "Without a period all appointments are found", lambda *_: (), "123",
            "retrieve.needs-bounds retrieve.only-first", verifies="DSTU2-RETRIEVE-019"),
    _period("instant-in-utc", "An instant with another offset than the UK's stands for the same moment",
            lambda booked, _: (f"eq{_start(booked, 1).astimezone(UTC).isoformat().replace('+00:00', 'Z')}",), "2",
            "retrieve.refuses-instants", verifies=_EQ),
    _period("instant-with-offset", "An instant is compared as a moment, whatever the offset it is written with",
            lambda booked, _: (f"eq{_start(booked, 1).astimezone(timezone(timedelta(hours=3))).isoformat()}",), "2",
            "retrieve.overlooks-offset", verifies=_EQ),
    why="Consumers of this edition ask with any of the five prefixes, by day and by moment.",
    fix="Heed eq, gt, lt, ge and le as FHIR's search page defines them, for days and for instants; no prefix means eq.",
)  # fmt: skip


@scenarios(PERIODS, PREFIXES)
def test_period(context: ScenarioContext, case: Case) -> None:
    booked = spread(context)
    starts = case["period"](booked, today(context))
    response = ask(context, booked[0].patient, *starts)
    if not answered(context, response):
        return
    found = [item for number, item in enumerate(booked, 1) if str(number) in case["found"]]
    others = [item for number, item in enumerate(booked, 1) if str(number) not in case["found"] + case.get("open", "")]
    context.judge(
        response,
        retrievals.holds(*(item.id for item in found)),
        retrievals.holds_none([item.id for item in others], "an appointment outside the period is in the response"),
        retrievals.starting(*starts),
    )


LATE = table(
    RETRIEVE,
    case("retrieve.late-in-the-day", "An appointment late in the day is found by a period that ends on that day",
         "STU3-RETRIEVE-011 DSTU2-RETRIEVE-009", faults="retrieve.day-ends-early"),
    why="A period that ends when the last day begins, or at the close of business, loses evening appointments.",
    fix="Let a period end with the UK midnight after its last day.",
)  # fmt: skip


@scenarios(LATE)
def test_late_in_the_day(context: ScenarioContext, case: Case) -> None:
    slots = context.arrange.slot_pool.free()
    if not slots:
        context.cannot("the provider offers no free slot in the configured window")
    latest = max(slot.start.astimezone(LONDON).time() for slot in slots)
    slot = context.arrange.slot(
        lambda slot: slot.start.astimezone(LONDON).time() == latest, what="the latest slot of a day"
    )
    booked = context.arrange.booked(slot)
    response = ask(context, booked.patient, *on(uk_date(slot.start)))
    if answered(context, response):
        context.judge(response, retrievals.holds(booked.id))
    context.findings.note(f"the latest time at which a slot is free is {latest:%H:%M}", code="latest")


PAST = table(
    RETRIEVE,
    case("retrieve.past-until", "Until a day in the future, past appointments are found, too",
         "DSTU2-RETRIEVE-018", period=lambda now: (f"le{later(now, 60)}",), faults="retrieve.hides-past"),
    case("retrieve.past-without-period", "Without a period past appointments are found, too",
         "DSTU2-RETRIEVE-019", period=lambda _: (), faults="retrieve.hides-past"),
    case("retrieve.past-period", "A period in the past finds the appointments that lay in it",
         "DSTU2-RETRIEVE-009 DSTU2-RETRIEVE-011", period=lambda now: on(later(now, -365), later(now, -1)),
         faults="retrieve.hides-past retrieve.refuses-past"),
    why="In this edition a patient's appointments are retrieved wherever in time they lie.",
    fix="Do not limit the response to appointments to come.",
)  # fmt: skip


@scenarios(PAST)
def test_past(context: ScenarioContext, case: Case) -> None:
    wanted = own_screens(context, "past")
    starts = case["period"](today(context))
    found, responses = finding_it(context, wanted, *starts)
    if context.judge(responses[-1], success("Bundle"), retrievals.starting(*starts)) and not found:
        context.findings.fail(
            f"the past Appointment/{wanted} is found for none of the bookable patients",
            location="Bundle.entry",
            found=f"{len(responses)} patients asked for",
            expected="one that has it",
            exchange=responses[-1].number,
        )


SUPERSET = table(
    RETRIEVE,
    case("retrieve.without-period-most", "Without a period everything is found that any period finds",
         "DSTU2-RETRIEVE-019", faults="retrieve.limited-without-bounds"),
    why="A consumer that asks without a period believes that it sees all there is.",
    fix="Put no period of your own on a question that has none.",
)  # fmt: skip


@scenarios(SUPERSET)
def test_without_period(context: ScenarioContext, case: Case) -> None:
    booked = spread(context, 2)
    patient, now = booked[0].patient, today(context)
    everything = ask(context, patient)
    if not answered(context, everything):
        return
    for starts in ((f"ge{now}",), (f"lt{now}",), on(day(booked[0]), day(booked[1]))):
        some = ask(context, patient, *starts)
        if answered(context, some):
            context.judge(everything, retrievals.holds(*retrievals.ids(some)))
