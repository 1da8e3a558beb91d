"""The provider's free slots: found once a run, leased one by one, given back when a booking is undone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import chain, islice
from typing import Any

from conformance.checks.json_values import every, instant, references
from conformance.consumer.request import Request
from conformance.consumer.request_builder import RequestBuilder
from conformance.consumer.response import Response
from conformance.consumer.uk_time import uk_date, uk_midnight, window
from conformance.core.results import Blame
from conformance.engine.named_steps import NamedStep, Sender
from conformance.engine.stop_reasons import CannotTest

_SEARCH_DAYS = 4  # so that a provider that leaves out the last day of a search still shows most slots
MOST_SLOTS = 20_000
MOST_COMPARISONS = 500_000


@dataclass(frozen=True)
class FreeSlot:
    """A free slot with its schedule. `start` and `end` are aware datetimes, `shown_by` the search that found it."""

    raw: Mapping[str, Any]
    schedule: Mapping[str, Any]
    start: datetime
    end: datetime
    shown_by: Request | None = field(default=None, compare=False, repr=False)

    @cached_property
    def id(self) -> str:
        """The logical id of the Slot."""
        return str(self.raw["id"])

    @property
    def schedule_id(self) -> str:
        """The logical id of the Schedule."""
        return str(self.schedule["id"])

    @cached_property
    def location_id(self) -> str:
        """The logical id of the schedule's Location, "" when it names none."""
        return next(references(self.schedule, "Location"), "")

    @cached_property
    def practitioner_id(self) -> str:
        """The logical id of the schedule's first Practitioner, "" when it names none."""
        return next(references(self.schedule, "Practitioner"), "")

    @cached_property
    def kind(self) -> tuple[Any, ...]:
        """What must be the same for two slots to be booked together: schedule, delivery channel, service type."""
        channel = tuple(str(value) for value in every(self.raw, "extension.valueCode"))
        return (self.schedule_id, channel, tuple(every(self.raw, "serviceType.text")))

    def touches(self, later: FreeSlot) -> bool:
        """Whether `later` follows at once and may be booked in one appointment with this slot."""
        return self.end == later.start and self.kind == later.kind


def slots_of(response: Response, request: Request | None = None) -> Iterator[FreeSlot]:
    """Yield the slots of the response to a search that have an id, a schedule in the Bundle and times that can be read."""
    schedules = response.by_id("Schedule")
    for raw in response.by_id("Slot").values():
        schedule = schedules.get(next(references(raw.get("schedule"), "Schedule"), ""))
        start, end = instant(raw.get("start")), instant(raw.get("end"))
        if schedule and start and end:
            yield FreeSlot(raw, schedule, start, end, request)


class SlotPool:
    """The free slots that are left to book, by schedule and time. `unusable` counts slots found that cannot be booked.

    At most MOST_SLOTS are known: work on them is bounded, however many a provider offers. With `days` it holds those slots
    only that begin on one of these days (UK): the others are left to the other workers of the run.
    """

    def __init__(self, slots: Iterable[FreeSlot], unusable: int = 0, *, days: AbstractSet[date] | None = None) -> None:
        self._leased: set[str] = set()
        self._days = days
        self.unusable = unusable
        self.replace(slots)

    def replace(self, slots: Iterable[FreeSlot]) -> None:
        """Know these free slots from now on; leases stay."""
        mine = (slot for slot in slots if self._days is None or uk_date(slot.start) in self._days)
        found = list({slot.id: slot for slot in mine}.values())[:MOST_SLOTS]
        self._free = tuple(sorted(found, key=lambda slot: (slot.schedule_id, slot.start)))
        self._beginning: dict[datetime, list[FreeSlot]] = {}
        for slot in self._free:
            self._beginning.setdefault(slot.start, []).append(slot)

    def copy(self, days: AbstractSet[date] | None = None) -> SlotPool:
        """Return a pool of the same free slots, or of those on some days, that has leased none."""
        return SlotPool(self._free, self.unusable, days=days)

    @property
    def leased(self) -> frozenset[str]:
        """The ids of the slots that are leased: between two scenarios, those that stay taken."""
        return frozenset(self._leased)

    def keep(self, ids: Iterable[str]) -> None:
        """Lease slots by id for good: another worker of the run found that they stay taken."""
        self._leased.update(ids)

    def free(self) -> list[FreeSlot]:
        """Return the slots not leased, by schedule and time."""
        return [slot for slot in self._free if slot.id not in self._leased]

    def take(self, wanted: Callable[[FreeSlot], bool] = bool, *, what: str = "a free slot") -> FreeSlot:
        """Lease one slot that meets a condition; CannotTest, naming `what`, when there is none."""
        return self._lease([next(filter(wanted, self._bookable()), None)], what)[0]

    def take_run(self, fits: Callable[[FreeSlot, FreeSlot], bool], *, what: str) -> tuple[FreeSlot, FreeSlot]:
        """Lease two slots of which `fits(first, second)` holds; CannotTest, naming `what`, when there are none."""
        pair = next(self._pairs(fits), None)
        first, second = self._lease(pair or [None], what)
        return first, second

    def following(self, slot: FreeSlot) -> list[FreeSlot]:
        """Return the free slots that begin as another ends, by schedule."""
        return [later for later in self._beginning.get(slot.end, ()) if later.id not in self._leased]

    def _pairs(self, fits: Callable[[FreeSlot, FreeSlot], bool]) -> Iterator[tuple[FreeSlot, FreeSlot]]:
        """Yield pairs that fit: end to start first, which are found at once, then any, of so many as are compared."""
        slots = list(self._bookable())
        beside = ((one, two) for one in slots for two in self.following(one) if two.location_id)
        apart = ((one, two) for one in slots for two in slots)
        for one, two in chain(beside, islice(apart, MOST_COMPARISONS)):
            if one.id != two.id and fits(one, two):
                yield one, two

    def give_back(self, slots: Iterable[FreeSlot]) -> None:
        """End the lease of slots that are free again."""
        self._leased.difference_update(slot.id for slot in slots)

    def _bookable(self) -> Iterator[FreeSlot]:
        return (slot for slot in self._free if slot.id not in self._leased and slot.location_id)

    def _lease(self, slots: Sequence[FreeSlot | None], what: str) -> list[FreeSlot]:
        found = [slot for slot in slots if slot is not None]
        if not found:
            raise self._without(what)
        self._leased.update(slot.id for slot in found)
        return found

    def _without(self, what: str) -> CannotTest:
        reason = f"the provider offers no {what.removeprefix('a ')} in the configured window"
        if not self.unusable:
            return CannotTest(reason, Blame.TEST_DATA)
        more = f"{self.unusable} slots that it offers cannot be booked: they lack a usable id, times or a Schedule"
        return CannotTest(f"{reason}; {more}", Blame.PROVIDER)


Form = Callable[[RequestBuilder, date, date], list[Request]]


def _by_days(requests: RequestBuilder, start: date, end: date) -> list[Request]:
    return [requests.search_free_slots(start, end)]


def _by_times(requests: RequestBuilder, start: date, end: date) -> list[Request]:
    return [requests.search_free_slots(uk_midnight(start), uk_midnight(end + timedelta(days=1)) - timedelta(seconds=1))]


def _day_by_day(requests: RequestBuilder, start: date, end: date) -> list[Request]:
    days = [start + timedelta(days=number) for number in range((end - start).days + 1)]
    return [requests.search_free_slots(day, day) for day in days]


def _without_filters(requests: RequestBuilder, start: date, end: date) -> list[Request]:
    return [requests.search_free_slots(start, end, filters=False)]


_FORMS: tuple[Form, ...] = (_by_days, _by_times, _day_by_day, _without_filters)


def search_free_slots(sender: Sender) -> SlotPool:
    """Search the configured window, a few days at a time; CannotTest when a search does not succeed.

    Where the usual form is refused, others that the edition allows are tried: what a provider gets wrong in one form is the
    subject of the scenarios about that form, and need not keep all others from finding a slot.
    """
    session = sender.session
    today = session.now().date()
    start, last = window(today, *session.config.data.window.dates(today))
    found: list[FreeSlot] = []
    offered, forms = 0, _FORMS
    while start <= last:
        end = min(start + timedelta(days=_SEARCH_DAYS - 1), last)
        forms, responses = _search(sender, start, end, forms)
        for request, response in responses:
            found.extend(slots_of(response, request))
            offered += sum(1 for _ in response.entries("Slot"))
        start = end + timedelta(days=1)
    return SlotPool(found, offered - len(found))


def _search(
    sender: Sender, start: date, end: date, forms: Sequence[Form]
) -> tuple[tuple[Form, ...], list[tuple[Request, Response]]]:
    """Search some days and return the form that was accepted, alone, with its requests and responses.

    CannotTest, with what became of the first form, when none is.
    """
    refused: list[Response] = []
    for form in forms:
        responses: list[tuple[Request, Response]] = []
        for request in form(sender.session.requests, start, end):
            response = sender.send(request)
            if not response.carried_out or response.resource_type != "Bundle":
                refused.append(response)
                break
            responses.append((request, response))
        else:
            return (form,), responses
    raise CannotTest(f"the search for free slots returned {refused[0].described}", Blame.PROVIDER)


FREE_SLOTS = NamedStep("find free slots", search_free_slots)
