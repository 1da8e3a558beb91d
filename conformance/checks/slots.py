"""Checks of Slots and Schedules: which were found, when they are, and what they say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any

from conformance.checks.bundle_entries import Resource
from conformance.checks.check import Check, Context
from conformance.checks.json_values import every, extensions, first, references, spelled, targets
from conformance.checks.searchsets import ids_of
from conformance.consumer.response import Response
from conformance.consumer.uk_time import parse_instant, to_uk_text
from conformance.core.results import Finding, Severity

_CHANNELS = frozenset({"In-person", "Telephone", "Video"})


def finds(*ids: str) -> Check:
    """These Slots are in the response."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        missing = sorted(set(ids) - ids_of(response, "Slot"))
        if missing:
            yield Finding(
                "a free slot that the search should find is not in the response",
                location="Bundle.entry",
                found=f"{len(missing)} missing",
                expected=_listed(missing),
                code="slot-missing",
            )

    return check


def finds_none_of(ids: Collection[str], why: str) -> Check:
    """None of these Slots is in the response; `why` says what is wrong with them."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        unwanted = sorted(set(ids) & ids_of(response, "Slot"))
        if unwanted:
            yield Finding(why, location="Bundle.entry", found=_listed(unwanted), expected="none", code="slot-unwanted")

    return check


def finds_exactly(ids: Collection[str], why: str) -> Check:
    """The Slots found are these and no others; `why` says which they are."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        found = ids_of(response, "Slot")
        for difference, what in ((set(ids) - found, "not found"), (found - set(ids), "found besides")):
            if difference:
                yield Finding(
                    f"the slots found are not {why}",
                    location="Bundle.entry",
                    found=f"{what}: {_listed(sorted(difference))}",
                    expected=f"{len(ids)} slots",
                    code="other-slots",
                )

    return check


def _listed(ids: list[str]) -> str:
    return ", ".join(f"Slot/{name}" for name in ids[:5]) + (f" and {len(ids) - 5} more" if len(ids) > 5 else "")


def within(earliest: datetime, latest: datetime) -> Check:
    """Every Slot lies wholly between two moments, both included (STU3-SLOT-030, -031, DSTU2-SLOT-016)."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        for slot in response.entries("Slot"):
            start, end = times(slot)
            if start is None or end is None or start < earliest or end > latest:
                yield Finding(
                    "a slot that does not lie wholly within the window was found",
                    location=f"Slot/{slot.get('id')}",
                    found=f"{slot.get('start')} to {slot.get('end')}",
                    expected=f"{to_uk_text(earliest)} to {to_uk_text(latest)}",
                    code="outside-window",
                )
                return

    return check


def times(slot: Resource) -> tuple[datetime | None, datetime | None]:
    """Return a Slot's start and end, None for what cannot be read as an instant."""
    return parse_instant(slot.get("start")), parse_instant(slot.get("end"))


def only_free(response: Response, context: Context) -> Iterator[Finding]:
    """Every Slot is marked free in the edition's element."""
    element = context.edition.raw["slots"]["status_element"]
    busy = {str(slot.get("id")): slot.get(element) for slot in response.entries("Slot") if slot.get(element) != "free"}
    if busy:
        yield Finding(
            "a slot that is not free was found",
            location=f"Slot.{element}",
            found=", ".join(f"Slot/{name}: {value}" for name, value in list(busy.items())[:5]),
            expected="free",
            code="not-free",
        )


def no_overlap(response: Response, context: Context) -> Iterator[Finding]:
    """Slots of one Schedule do not overlap, so that `ends as the next starts` shows which are adjacent (DSTU2-SLOT-025)."""
    by_schedule: dict[str, list[tuple[datetime, datetime, Any]]] = defaultdict(list)
    for slot in response.entries("Slot"):
        start, end = times(slot)
        if start and end:
            by_schedule[next(references(slot.get("schedule"), "Schedule"), "")].append((start, end, slot.get("id")))
    for schedule, found in by_schedule.items():
        for (_, ended, one), (started, _, other) in pairwise(sorted(found, key=lambda item: item[:2])):
            if started < ended:
                yield Finding(
                    "two slots of one schedule overlap",
                    location=f"Schedule/{schedule}",
                    found=f"Slot/{one} and Slot/{other}",
                    expected="one after the other",
                    code="overlap",
                )


def lasts(slot: Resource, context: Context) -> Iterator[Finding]:
    """A rule: a Slot starts before it ends."""
    start, end = times(slot)
    if start is None or end is None or start >= end:
        yield Finding(
            "a slot does not start before it ends",
            location="start",
            found=f"{slot.get('start')} to {slot.get('end')}",
            expected="two instants in order",
            code="slot-times",
        )


def in_uk_time(*paths: str) -> Any:
    """A rule: times are UK local time in whole seconds with the UK's offset of that moment (STU3-SLOT-047)."""

    def rule(resource: Resource, context: Context) -> Iterator[Finding]:
        for path in paths:
            for value in every(resource, path):
                instant = parse_instant(value)
                expected = to_uk_text(instant) if instant else "yyyy-mm-ddThh:mm:ss+hh:mm"
                if value != expected:
                    yield Finding(
                        "the time is not written in UK local time",
                        Severity.FAIL,
                        path,
                        str(value),
                        expected,
                        code="uk-time",
                    )

    return rule


def instants(*paths: str) -> Any:
    """A rule: values are instants, with seconds and an offset."""

    def rule(resource: Resource, context: Context) -> Iterator[Finding]:
        for path in paths:
            for value in every(resource, path):
                if parse_instant(value) is None:
                    yield Finding(
                        "the time is no instant with seconds and offset",
                        location=path,
                        found=spelled(value),
                        expected="yyyy-mm-ddThh:mm:ss+hh:mm",
                        code="instant",
                    )

    return rule


def has_channel(slot: Resource, context: Context) -> Iterator[Finding]:
    """A rule: a Slot carries one delivery channel of the list (STU3-SLOT-056); another code is worth a warning."""
    urls = context.edition.extension("delivery_channel")
    found = [item.get("valueCode") for item in extensions(slot, *(urls.accepted if urls else ()))]
    if len(found) != 1 or not found[0]:
        yield Finding(
            "a slot does not carry one delivery channel",
            location="extension(delivery channel)",
            found=spelled(found),
            expected=" or ".join(sorted(_CHANNELS)),
            code="channel",
        )
    elif str(found[0]) not in _CHANNELS:
        yield Finding(
            "the delivery channel is none of the list",
            Severity.WARN,
            "extension(delivery channel)",
            str(found[0]),
            " or ".join(sorted(_CHANNELS)),
            code="channel-code",
        )


def has_role(schedule: Resource, context: Context) -> Iterator[Finding]:
    """A rule: a Schedule carries one practitioner role, coded in the edition's job role system (STU3-SLOT-056)."""
    urls = context.edition.extension("practitioner_role")
    found = extensions(schedule, *(urls.accepted if urls else ()))
    codings = [coding for item in found for coding in every(item, "valueCodeableConcept.coding")]
    systems = context.edition.systems("job_role")
    if len(found) != 1 or not any(first(coding, "system") in systems and first(coding, "code") for coding in codings):
        yield Finding(
            "a schedule does not carry one practitioner role",
            location="extension(practitioner role)",
            found=spelled(codings),
            expected=f"a code of {systems[0]}",
            code="role",
        )


def takes_place(schedule: Resource, context: Context) -> Iterator[Finding]:
    """A rule: a Schedule names one Location and, besides, nobody but Practitioners (STU3-SLOT-055, DSTU2-SLOT-030)."""
    actors = targets(schedule, "actor.reference")
    places = [actor for actor in actors if actor.startswith("Location/")]
    others = [actor for actor in actors if not actor.startswith(("Location/", "Practitioner/"))]
    if len(places) != 1 or others:
        yield Finding(
            "a schedule does not take place at one location, with practitioners alone",
            location="actor",
            found=", ".join(actors) or "nothing",
            expected="one Location/{id}",
            code="actors",
        )


def covers_slots(response: Response, context: Context) -> Iterator[Finding]:
    """Where a Schedule gives its planning horizon, its Slots lie within it."""
    horizons = {str(item.get("id")): first(item, "planningHorizon") for item in response.entries("Schedule")}
    for slot in response.entries("Slot"):
        horizon = horizons.get(next(references(slot.get("schedule"), "Schedule"), ""))
        begins, ends = parse_instant(first(horizon, "start")), parse_instant(first(horizon, "end"))
        start, end = times(slot)
        if start and end and ((begins and start < begins) or (ends and end > ends)):
            yield Finding(
                "a slot lies outside the planning horizon of its schedule",
                location=f"Slot/{slot.get('id')}",
                found=f"{slot.get('start')} to {slot.get('end')}",
                expected=f"within {first(horizon, 'start')} to {first(horizon, 'end')}",
                code="horizon",
            )
            return
