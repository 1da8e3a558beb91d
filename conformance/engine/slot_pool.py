"""The provider's free slots as a scenario sees them: found once, leased one by one, given back when a booking is undone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from conformance.checks.json_values import every, instant, references
from conformance.consumer.response import Response
from conformance.core.results import Blame
from conformance.engine.stop_reasons import CannotTest


@dataclass(frozen=True)
class FreeSlot:
    """A free slot with the schedule it belongs to. `start` and `end` are aware datetimes."""

    raw: Mapping[str, Any]
    schedule: Mapping[str, Any]
    start: datetime
    end: datetime

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


def slots_of(response: Response) -> Iterator[FreeSlot]:
    """Yield the slots of a searchset whose schedule is in the Bundle and whose times can be read."""
    schedules = {entry.get("id"): entry for entry in response.entries("Schedule")}
    for raw in response.entries("Slot"):
        schedule = schedules.get(next(references(raw.get("schedule"), "Schedule"), None))
        start, end = instant(raw.get("start")), instant(raw.get("end"))
        if schedule and start and end and isinstance(raw.get("id"), str):
            yield FreeSlot(raw, schedule, start, end)


class SlotPool:
    """The free slots that are left to book. `fetch` is called for them when needed and may raise CannotTest."""

    def __init__(self, fetch: Callable[[], Iterable[FreeSlot]]) -> None:
        self._fetch = fetch
        self._free: tuple[FreeSlot, ...] | None = None  # by schedule and time, sorted once for all questions
        self._leased: set[str] = set()

    def copy(self, fetch: Callable[[], Iterable[FreeSlot]]) -> SlotPool:
        """Return a diary that knows the same free slots and has leased none; the slots are fetched first if need be."""
        other = SlotPool(fetch)
        other._free = self._known()
        return other

    def free(self) -> list[FreeSlot]:
        """Return the slots not leased, by schedule and time."""
        return list(self._left())

    def take(self, wanted: Callable[[FreeSlot], bool] = bool, *, what: str = "a free slot") -> FreeSlot:
        """Lease one slot that meets a condition; CannotTest, naming `what`, when there is none."""
        return self._lease([next(self._retry(lambda: filter(wanted, self._bookable())), None)], what)[0]

    def take_run(self, fits: Callable[[FreeSlot, FreeSlot], bool], *, what: str) -> tuple[FreeSlot, FreeSlot]:
        """Lease two slots of which `fits(first, second)` holds; CannotTest, naming `what`, when there are none."""
        pair = next(self._retry(lambda: _pairs(list(self._bookable()), fits)), None)
        first, second = self._lease(pair or [None], what)
        return first, second

    def give_back(self, slots: Iterable[FreeSlot]) -> None:
        """End the lease of slots that are free again."""
        self._leased.difference_update(slot.id for slot in slots)

    def forget(self) -> None:
        """Fetch afresh at the next question; leases stay."""
        self._free = None

    def _known(self) -> tuple[FreeSlot, ...]:
        if self._free is None:
            found = {slot.id: slot for slot in self._fetch()}
            self._free = tuple(sorted(found.values(), key=lambda slot: (slot.schedule_id, slot.start)))
        return self._free

    def _left(self) -> Iterator[FreeSlot]:
        return (slot for slot in self._known() if slot.id not in self._leased)

    def _bookable(self) -> Iterator[FreeSlot]:
        return (slot for slot in self._left() if slot.location_id)

    def _retry(self, find: Callable[[], Iterable[Any]]) -> Iterator[Any]:
        yield from find()
        self.forget()
        yield from find()

    def _lease(self, slots: Sequence[FreeSlot | None], what: str) -> list[FreeSlot]:
        found = [slot for slot in slots if slot is not None]
        if not found:
            raise CannotTest(
                f"the provider offers no {what.removeprefix('a ')} in the configured window", Blame.TEST_DATA
            )
        self._leased.update(slot.id for slot in found)
        return found


def _pairs(
    slots: Sequence[FreeSlot], fits: Callable[[FreeSlot, FreeSlot], bool]
) -> Iterator[tuple[FreeSlot, FreeSlot]]:
    for first in slots:
        for second in slots:
            if first.id != second.id and fits(first, second):
                yield first, second
