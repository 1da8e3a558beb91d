"""Retrieve a patient's appointments: which appointments a period finds, bound by bound and prefix by prefix."""

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
    ask,
    day,
    finding_it,
    later,
    on,
    own_screens,
    responded,
    spread,
    today,
)

Period = Callable[[Sequence[BookedAppointment], date], Sequence[str]]


def _days(*which: int) -> Period:
    return lambda booked, _: on(*(day(booked[number]) for number in which))


def _period(id: str, title: str, period: Period, found: str, faults: str, **more: Any) -> dict[str, Any]:  # noqa: A002
    """A row; `found` lists the numbers (1 to 3) of those of three appointments on three days that must be found."""
    stu3, dstu2 = "STU3-RETRIEVE-006 STU3-RETRIEVE-011", "DSTU2-RETRIEVE-009 DSTU2-RETRIEVE-011"
    verifies = more.pop("verifies", f"{stu3} {dstu2} {more.pop('also', '')}")
    return case(f"retrieve.{id}", title, verifies, period=period, found=found, faults=faults, **more)


PERIODS = table(
    RETRIEVE,
    _period("one-day", "A retrieval for one day finds the appointments of that day, and no others",
            _days(0), "1", "retrieve.overlooks-upper-bound retrieve.excludes-last-day"),
    _period("middle-day", "A retrieval for one day between other appointments finds only those of that day",
            _days(1), "2", "retrieve.overlooks-bounds retrieve.excludes-first-day"),
    _period("last-day", "A retrieval from the day of the last appointment finds none before it",
            lambda booked, _: on(day(booked[2]), later(day(booked[2]), 60)), "3",
            "retrieve.overlooks-lower-bound retrieve.excludes-first-day", also="DSTU2-RETRIEVE-015"),
    _period("first-two-days", "A retrieval includes the last day of its period and not the day after",
            _days(0, 1), "12", "retrieve.excludes-last-day retrieve.overlooks-upper-bound", also="DSTU2-RETRIEVE-016"),
    _period("last-two-days", "A retrieval includes the first day of its period and not the day before",
            _days(1, 2), "23", "retrieve.excludes-first-day retrieve.overlooks-lower-bound", also="DSTU2-RETRIEVE-015"),
    _period("all-days", "A retrieval finds all appointments within its period",
            _days(0, 2), "123", "retrieve.only-first retrieve.cuts-bundle retrieve.finds-nothing"),
    _period("from-today", "A retrieval from today finds appointments up to the last day of its period",
            lambda booked, now: on(now, day(booked[1])), "12", "retrieve.overlooks-upper-bound"),
    _period("after-all", "A retrieval for a period without appointments of the patient finds none",
            lambda booked, _: on(later(day(booked[2]), 1), later(day(booked[2]), 5)), "", "retrieve.overlooks-lower-bound"),
    _period("upper-bound-first", "A retrieval accepts its bounds in either order",
            lambda booked, _: on(day(booked[0]), day(booked[1]))[::-1], "12", "retrieve.order-matters"),
    why="Too few results hide appointments; too many show appointments that were not requested.",
    fix="Compare only the UK date of Appointment.start with the two dates, both inclusive.",
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
    _period("eq-day", "A retrieval with eq and a day finds the appointments of that day", _on("eq", 1), "2",
            "retrieve.eq-as-ge", verifies=_EQ),
    _period("eq-instant", "A retrieval with eq and an instant finds the appointment that starts then", _at("eq", 1), "2",
            "retrieve.eq-as-ge retrieve.refuses-instants", verifies=_EQ),
    _period("no-prefix-day", "A retrieval with a day without prefix finds the appointments of that day", _on("", 1), "2",
            "retrieve.bare-as-ge", verifies=_EQ),
    _period("no-prefix-instant", "A retrieval with an instant without prefix finds the appointment that starts then",
            _at("", 1), "2", "retrieve.bare-as-ge",
            verifies=_EQ),
    _period("gt-day", "A retrieval with gt and a day finds only later days", _on("gt", 1), "3",
            "retrieve.overlooks-gt retrieve.gt-as-ge",
            verifies=_GT, open="2"),
    _period("gt-instant", "A retrieval with gt and an instant finds only appointments that start later", _at("gt", 1), "3",
            "retrieve.gt-as-ge retrieve.overlooks-gt", verifies=_GT),
    _period("lt-day", "A retrieval with lt and a day finds only earlier days", _on("lt", 1), "1",
            "retrieve.overlooks-lt retrieve.lt-as-le",
            verifies=_LT, open="2"),
    _period("lt-instant", "A retrieval with lt and an instant finds only appointments that start earlier", _at("lt", 1), "1",
            "retrieve.lt-as-le retrieve.overlooks-lt", verifies=_LT),
    _period("ge-day", "A retrieval with only ge and a day finds that day and all later ones", _on("ge", 1), "23",
            "retrieve.excludes-first-day retrieve.overlooks-lower-bound", verifies=f"{_GE} DSTU2-RETRIEVE-017"),
    _period("ge-instant", "A retrieval with ge and an instant finds appointments that start then or later", _at("ge", 1), "23",
            "retrieve.excludes-first-day retrieve.refuses-instants", verifies=_GE),
    _period("le-day", "A retrieval with only le and a day finds that day and all earlier ones", _on("le", 1), "12",
            "retrieve.excludes-last-day retrieve.overlooks-upper-bound", verifies=f"{_LE} DSTU2-RETRIEVE-018"),
    _period("le-instant", "A retrieval with le and an instant finds appointments that start then or earlier", _at("le", 1),
            "12",
            "retrieve.excludes-last-day retrieve.overlooks-upper-bound", verifies=_LE),
    _period("ge-le-instants", "A retrieval with ge and le and two instants includes both",
            lambda booked, _: (*_at("ge", 0)(booked, _), *_at("le", 1)(booked, _)), "12",
            "retrieve.excludes-first-day retrieve.excludes-last-day", verifies=f"{_GE} {_LE}"),
    _period("gt-lt-instants", "A retrieval with gt and lt and two instants includes neither",
            lambda booked, _: (*_at("gt", 0)(booked, _), *_at("lt", 2)(booked, _)), "2",
            "retrieve.gt-as-ge retrieve.lt-as-le", verifies=f"{_GT} {_LT}"),
    _period("gt-le-mixed", "A retrieval with gt and an instant and le and a day applies both",
            lambda booked, _: (*_at("gt", 0)(booked, _), *_on("le", 1)(booked, _)), "2", "retrieve.gt-as-ge",
            verifies=f"{_GT} {_LE}"),
    _period("ge-lt-mixed", "A retrieval with ge and a day and lt and an instant applies both",
            lambda booked, _: (*_on("ge", 1)(booked, _), *_at("lt", 2)(booked, _)), "2", "retrieve.lt-as-le",
            verifies=f"{_GE} {_LT}"),
    _period("from-the-past", "A retrieval from a past day finds all later appointments, however far in the future",
            lambda _, now: (f"ge{later(now, -400)}",), "123", "retrieve.refuses-past retrieve.finds-nothing",
            verifies="DSTU2-RETRIEVE-017"),
    _period("month", "A retrieval by month without day finds what lies in the whole of it",
            lambda booked, _: (f"ge{day(booked[0]):%Y-%m}",), "123",
            "retrieve.refuses-partial-dates", verifies="DSTU2-RETRIEVE-025"),
    _period("year", "A retrieval by year alone finds what lies in the whole of it",
            lambda booked, _: (f"ge{day(booked[0]):%Y}",), "123", "retrieve.refuses-partial-dates",
            verifies="DSTU2-RETRIEVE-025"),
    _period("until-far-future", "A retrieval until a distant day finds all earlier appointments",
            lambda _, now: (f"le{later(now, 400)}",), "123", "retrieve.two-weeks-at-most retrieve.only-first",
            verifies="DSTU2-RETRIEVE-018"),
    _period("without-period", "A retrieval without a period finds all appointments", lambda *_: (), "123",
            "retrieve.needs-bounds retrieve.only-first", verifies="DSTU2-RETRIEVE-019"),
    _period("instant-in-utc", "A retrieval with an instant in UTC finds the appointment that starts then",
            lambda booked, _: (f"eq{_start(booked, 1).astimezone(UTC).isoformat().replace('+00:00', 'Z')}",), "2",
            "retrieve.refuses-instants", verifies=_EQ),
    _period("instant-with-offset", "A retrieval with an instant in another offset finds the appointment that starts then",
            lambda booked, _: (f"eq{_start(booked, 1).astimezone(timezone(timedelta(hours=3))).isoformat()}",), "2",
            "retrieve.overlooks-offset", verifies=_EQ),
    why="Consumers of this edition use any of the five prefixes, with days and instants.",
    fix="Apply eq, gt, lt, ge and le as FHIR's search page defines them, for days and for instants; no prefix means eq.",
)  # fmt: skip


@scenarios(PERIODS, PREFIXES)
def test_period(context: ScenarioContext, case: Case) -> None:
    booked = spread(context, read=False)
    starts = case["period"](booked, today(context))
    response = ask(context, booked[0].patient, *starts)
    if not responded(context, response):
        return
    found = [item for number, item in enumerate(booked, 1) if str(number) in case["found"]]
    boundary = [item for number, item in enumerate(booked, 1) if str(number) in case.get("open", "")]
    others = [item for number, item in enumerate(booked, 1) if str(number) not in case["found"] + case.get("open", "")]
    context.judge(
        response,
        retrievals.holds(*(item.id for item in found)),
        retrievals.holds_none([item.id for item in others], "an appointment outside the period is in the response"),
        retrievals.starting(*starts),
    )
    on_the_day = [item.id for item in boundary if item.id in retrievals.ids(response)]
    if on_the_day:
        context.findings.warn(
            f"{starts[0]} finds an appointment of that very day; FHIR compares with the whole of the day",
            location="Bundle.entry",
            found=", ".join(on_the_day),
            expected="none of that day",
            exchange=response.number,
            code="boundary",
        )


LATE = table(
    RETRIEVE,
    case("retrieve.late-in-the-day", "A retrieval that ends on the day of a late appointment finds it",
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
    if responded(context, response):
        context.judge(response, retrievals.holds(booked.id))
    context.findings.note(f"the latest time at which a slot is free is {latest:%H:%M}", code="latest")


PAST = table(
    RETRIEVE,
    case("retrieve.past-until", "A retrieval until a future day finds past appointments too",
         "DSTU2-RETRIEVE-018", period=lambda now: (f"le{later(now, 60)}",), faults="retrieve.hides-past"),
    case("retrieve.past-without-period", "A retrieval without a period finds past appointments too",
         "DSTU2-RETRIEVE-019", period=lambda _: (), faults="retrieve.hides-past"),
    case("retrieve.past-period", "A retrieval for a period in the past finds its appointments",
         "DSTU2-RETRIEVE-009 DSTU2-RETRIEVE-011", period=lambda now: on(later(now, -365), later(now, -1)),
         faults="retrieve.hides-past retrieve.refuses-past"),
    why="In this edition a patient's appointments are retrieved whether past or future.",
    fix="Do not limit the response to future appointments.",
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
            found=f"{len(responses)} patients requested",
            expected="one that has it",
            exchange=responses[-1].number,
        )


SUPERSET = table(
    RETRIEVE,
    case("retrieve.without-period-most", "A retrieval without a period finds every appointment that any period finds",
         "DSTU2-RETRIEVE-019", faults="retrieve.limited-without-bounds"),
    why="A consumer that requests no period expects all appointments.",
    fix="Do not apply a default period to a request without one.",
)  # fmt: skip


@scenarios(SUPERSET)
def test_without_period(context: ScenarioContext, case: Case) -> None:
    booked = spread(context, 2, read=False)
    patient, now = booked[0].patient, today(context)
    everything = ask(context, patient)
    if not responded(context, everything):
        return
    for starts in ((f"ge{now}",), (f"lt{now}",), on(day(booked[0]), day(booked[1]))):
        some = ask(context, patient, *starts)
        if responded(context, some):
            context.judge(everything, retrievals.holds(*retrievals.ids(some)))
