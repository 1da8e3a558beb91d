"""What a provider shows of itself, by requests that only read: places, people, days, restrictions, declared interactions.

Used by `init`, and by a run for what its configuration leaves out. Nothing here judges; what cannot be found stays empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from conformance.checks.json_values import every
from conformance.config.model import Config, DayRange, RestrictedSlots, TestData
from conformance.consumer.request import Request
from conformance.consumer.response import Response
from conformance.consumer.uk_time import LONDON, window
from conformance.engine.session import Session
from conformance.engine.slot_pool import FreeSlot, slots_of

_CHUNK = 7  # days of one search
_AHEAD = 56  # days from today within which empty days are looked for
_EMPTY = 3  # days without a slot that are worth naming
_MOST_NAMED = 5


@dataclass(frozen=True)
class Offer:
    """What slot searches of a provider show: its free slots, and the identifiers of their places and people."""

    slots: tuple[FreeSlot, ...] = ()
    practitioners: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()
    organizations: tuple[str, ...] = ()
    searched: tuple[date, date] | None = None
    trouble: str = ""

    @property
    def days(self) -> Mapping[date, int]:
        """How many free slots there are on each day that has some, in UK time."""
        counts: dict[date, int] = {}
        for slot in self.slots:
            day = slot.start.astimezone(LONDON).date()
            counts[day] = counts.get(day, 0) + 1
        return dict(sorted(counts.items()))


@dataclass(frozen=True)
class Found:
    """What was found for a configuration: each value with what it was left out for."""

    offer: Offer = field(default_factory=Offer)
    empty_range: DayRange | None = None
    restricted: RestrictedSlots | None = None


def ask(session: Session, request: Request) -> Response | None:
    """Send a request that only reads and return a response with a Bundle, None for any other."""
    response = session.environment.ask(request)
    return response if response.status == 200 and response.resource_type == "Bundle" else None


def offer_of(session: Session) -> Offer:
    """Search the configured window and return what is free there, and where and with whom."""
    today = session.now().date()
    start, last = window(today, *session.config.data.window.dates(today))
    found: list[Response] = []
    slots: list[FreeSlot] = []
    trouble = ""
    for first, end in _chunks(start, last):
        response = session.environment.ask(session.requests.search_free_slots(first, end))
        if response.status != 200 or response.resource_type != "Bundle":
            trouble = response.described
            break
        found.append(response)
        slots.extend(slots_of(response))
    system = session.edition.systems
    return Offer(
        tuple(slots),
        _identifiers(found, "Practitioner", system("sds_user")),
        _identifiers(found, "Location", system("site")),
        _identifiers(found, "Organization", system("organization")),
        (start, last),
        trouble,
    )


def _chunks(start: date, last: date) -> Iterator[tuple[date, date]]:
    while start <= last:
        end = min(start + timedelta(days=_CHUNK - 1), last)
        yield start, end
        start = end + timedelta(days=1)


def _identifiers(responses: Iterable[Response], resource_type: str, systems: Sequence[str]) -> tuple[str, ...]:
    """The identifiers of some systems that the resources of a type carry, each once, in the order of the responses."""
    found: dict[str, None] = {}
    for response in responses:
        for resource in response.entries(resource_type):
            for identifier in every(resource, "identifier"):
                value = identifier.get("value") if isinstance(identifier, dict) else None
                if isinstance(value, str) and identifier.get("system") in systems and value.isalnum():
                    found.setdefault(value)
    return tuple(found)


def empty_range(session: Session, known: Offer) -> DayRange | None:
    """Return days, at most two weeks and within eight weeks from today, on which nothing is free; None where there are none.

    What the window showed is not searched again. The days are counted from today, so that the range moves with the run.
    """
    today = session.now().date()
    busy = set(known.days)
    looked = set(_days(*known.searched)) if known.searched and not known.trouble else set()
    run: list[date] = []
    for first, end in _chunks(today + timedelta(days=1), today + timedelta(days=_AHEAD)):
        week = list(_days(first, end))
        if not set(week) <= looked:
            response = ask(session, session.requests.search_free_slots(first, end))
            if response is None:
                return None
            busy |= {slot.start.astimezone(LONDON).date() for slot in slots_of(response)}
        for day in week:
            run = [] if day in busy else [*run, day]
            if len(run) == _EMPTY:
                return DayRange((run[0] - today).days, (run[-1] - today).days)
    return None


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def restricted_slots(session: Session, known: Offer) -> RestrictedSlots | None:
    """Return where slots restricted to the configured type of organisation, or to the consumer, lie beside others.

    None in editions without filters, and where no slot is restricted so. Two searches more at the most.
    """
    consumer = session.config.consumer
    if not session.edition.capabilities.filters_by_organization or not known.days or known.trouble:
        return None
    days = list(known.days)[:_MOST_NAMED]
    everybody = _shown(session, days, "", "")
    by_type = _shown(session, days, consumer.organization.type, "") if consumer.organization.type else everybody
    by_code = _shown(session, days, "", consumer.ods_code)
    if everybody is None or by_type is None or by_code is None or not everybody:
        return None
    kind = consumer.organization.type if set(by_type) - set(everybody) else ""
    code = consumer.ods_code if set(by_code) - set(everybody) else ""
    more = [day for name, day in {**by_type, **by_code}.items() if name not in everybody]
    if not more:
        return None
    today = session.now().date()
    return RestrictedSlots(DayRange((min(more) - today).days, (max(more) - today).days), kind, code)


def _shown(session: Session, days: Sequence[date], kind: str, code: str) -> dict[str, date] | None:
    """The free slots, by id with their day, that a requester with these filters is shown."""
    request = session.requests.search_free_slots(days[0], days[-1], filters=False)
    systems = session.edition.systems
    values = ((systems("organization_type")[0], kind), (systems("organization")[0], code))
    filters = tuple(("searchFilter", f"{system}|{value}") for system, value in values if value)
    response = ask(session, request.with_(query=(*request.query, *filters)))
    if response is None:
        return None
    return {slot.id: slot.start.astimezone(LONDON).date() for slot in slots_of(response)}


def discover(session: Session, wanted: Iterable[str]) -> Found:
    """Find what is wanted of the keys that `missing` names."""
    keys = set(wanted)
    if not keys:
        return Found()
    offer = offer_of(session)
    empty = empty_range(session, offer) if "data.empty_range" in keys else None
    restricted = restricted_slots(session, offer) if "data.restricted_slots" in keys else None
    return Found(offer, empty, restricted)


def missing(config: Config) -> frozenset[str]:
    """Return the keys that a configuration leaves out and that can be found at the provider."""
    data = config.data
    gaps = {
        "data.practitioners": not data.practitioners,
        "data.locations": not data.locations,
        "data.empty_range": data.empty_range is None,
        "data.restricted_slots": data.restricted_slots is None,
    }
    return frozenset(key for key, gap in gaps.items() if gap)


def completed(data: TestData, found: Found) -> tuple[TestData, tuple[str, ...]]:
    """Return test data with what was found in the place of what was left out, and the keys that were filled in."""
    values: dict[str, Any] = {}
    if not data.practitioners and found.offer.practitioners:
        values["practitioners"] = found.offer.practitioners[:_MOST_NAMED]
    if not data.locations and found.offer.locations:
        values["locations"] = found.offer.locations[:_MOST_NAMED]
    if data.empty_range is None and found.empty_range:
        values["empty_range"] = found.empty_range
    if data.restricted_slots is None and found.restricted:
        values["restricted_slots"] = found.restricted
    return replace(data, **values), tuple(f"data.{key}" for key in values)


def declared(response: Response) -> Mapping[str, tuple[str, ...]]:
    """Return what a capability statement declares: interactions by resource type, operations under the name ""."""
    found: dict[str, tuple[str, ...]] = {}
    for row in every(response.value, "rest.resource"):
        kind = row.get("type") if isinstance(row, dict) else None
        if isinstance(kind, str):
            found[kind] = tuple(code for code in every(row, "interaction.code") if isinstance(code, str))
    found[""] = tuple(name for name in every(response.value, "rest.operation.name") if isinstance(name, str))
    return found
