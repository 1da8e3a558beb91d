"""The provider's free slots: found once a run, leased one by one, given back when a booking is undone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from conformance.checks.json_values import every, instant, references
from conformance.consumer.response import Response
from conformance.consumer.uk_time import window
from conformance.core.results import Blame
from conformance.engine.named_steps import NamedStep, Sender
from conformance.engine.stop_reasons import CannotTest

_CHUNK_DAYS = 13


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
    """The free slots that are left to book, by schedule and time."""

    def __init__(self, slots: Iterable[FreeSlot]) -> None:
        self._leased: set[str] = set()
        self.replace(slots)

    def replace(self, slots: Iterable[FreeSlot]) -> None:
        """Know these free slots from now on; leases stay."""
        found = {slot.id: slot for slot in slots}
        self._free = tuple(sorted(found.values(), key=lambda slot: (slot.schedule_id, slot.start)))

    def copy(self) -> SlotPool:
        """Return a pool of the same free slots that has leased none."""
        return SlotPool(self._free)

    def free(self) -> list[FreeSlot]:
        """Return the slots not leased, by schedule and time."""
        return [slot for slot in self._free if slot.id not in self._leased]

    def take(self, wanted: Callable[[FreeSlot], bool] = bool, *, what: str = "a free slot") -> FreeSlot:
        """Lease one slot that meets a condition; CannotTest, naming `what`, when there is none."""
        return self._lease([next(filter(wanted, self._bookable()), None)], what)[0]

    def take_run(self, fits: Callable[[FreeSlot, FreeSlot], bool], *, what: str) -> tuple[FreeSlot, FreeSlot]:
        """Lease two slots of which `fits(first, second)` holds; CannotTest, naming `what`, when there are none."""
        pair = next(_pairs(list(self._bookable()), fits), None)
        first, second = self._lease(pair or [None], what)
        return first, second

    def give_back(self, slots: Iterable[FreeSlot]) -> None:
        """End the lease of slots that are free again."""
        self._leased.difference_update(slot.id for slot in slots)

    def _bookable(self) -> Iterator[FreeSlot]:
        return (slot for slot in self._free if slot.id not in self._leased and slot.location_id)

    def _lease(self, slots: Sequence[FreeSlot | None], what: str) -> list[FreeSlot]:
        found = [slot for slot in slots if slot is not None]
        if not found:
            raise CannotTest(
                f"the provider offers no {what.removeprefix('a ')} in the configured window", Blame.TEST_DATA
            )
        self._leased.update(slot.id for slot in found)
        return found


def search_free_slots(sender: Sender) -> SlotPool:
    """Search the configured window, two weeks at most at a time; CannotTest when a search does not succeed."""
    session = sender.session
    today = session.now().date()
    start, last = window(today, *session.config.data.window.dates(today))
    found: list[FreeSlot] = []
    while start <= last:
        end = min(start + timedelta(days=_CHUNK_DAYS - 1), last)
        response = sender.send(session.requests.search_free_slots(start, end))
        if response.status != 200 or response.resource_type != "Bundle":
            raise CannotTest(f"the search for free slots answered {response.described}", Blame.PROVIDER)
        found.extend(slots_of(response))
        start = end + timedelta(days=1)
    return SlotPool(found)


FREE_SLOTS = NamedStep("find free slots", search_free_slots)


def _pairs(
    slots: Sequence[FreeSlot], fits: Callable[[FreeSlot, FreeSlot], bool]
) -> Iterator[tuple[FreeSlot, FreeSlot]]:
    for first in slots:
        for second in slots:
            if first.id != second.id and fits(first, second):
                yield first, second
