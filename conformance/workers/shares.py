"""Divides a run among workers: scenarios by their measured cost, people to book for and days to book on, none of them twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from conformance.config.model import Config, Patient
from conformance.consumer.uk_time import uk_date
from conformance.engine.scenario import Case
from conformance.engine.slot_pool import FREE_SLOTS, SlotPool
from conformance.planning.cost import facts_of
from conformance.planning.facts import ScenarioFacts
from conformance.planning.phases import Phase, phase_of

LEAST_SLOTS = 4  # free slots of a day that a worker can work with: as many as a scenario books at the same time
_ROLES = frozenset({"bookable", "spare"})


@dataclass(frozen=True, slots=True)
class Share:
    """What one worker plays: ids of scenarios that change something, then of those that only read; with `people` (NHS numbers)
    and slots on `days` (UK) of its own.
    """

    number: int
    writing: tuple[str, ...] = ()
    reading: tuple[str, ...] = ()
    people: frozenset[str] = frozenset()
    days: frozenset[date] = frozenset()

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all its scenarios, in the order in which they are played."""
        return self.writing + self.reading


@dataclass(frozen=True, slots=True)
class Division:
    """The shares of the workers; what is in none of them is played alone afterwards. `limits` says why there are fewer workers
    than wanted, or why some of them only read.
    """

    shares: tuple[Share, ...]
    limits: tuple[str, ...] = ()


def bookable(config: Config) -> tuple[Patient, ...]:
    """Return the people of a configuration whom scenarios may book for."""
    return tuple(patient for patient in config.data.patients if _ROLES & set(patient.roles))


def needs_slots(cases: Sequence[Case], facts: Mapping[str, ScenarioFacts]) -> bool:
    """Return whether any of the cases needs a free slot."""
    return any(FREE_SLOTS.name in facts_of(case, facts).steps for case in cases)


def divide(
    cases: Sequence[Case], facts: Mapping[str, ScenarioFacts], config: Config, pool: SlotPool | None, wanted: int
) -> Division:
    """Divide cases among at most `wanted` workers. `pool` holds the free slots, None where no case needs one."""
    writers, limits = _writers(config, pool, wanted)
    people = bookable(config)
    least = len(people) // writers if writers else 0
    phases = {case.id: phase_of(case, facts, least) for case in cases}
    writing = [case for case in cases if phases[case.id] is Phase.WRITING]
    reading = [case for case in cases if phases[case.id] is Phase.READING]
    workers = min(wanted, max(min(writers, len(writing)), len(reading)))
    booking, days = _parts(writing, facts, writers), _days(pool, writers)
    looking = _parts(reading, facts, workers)
    shares = [
        Share(
            number,
            booking[number] if number < writers else (),
            looking[number],
            frozenset(one.nhs_number for one in people[number::writers]) if number < writers else frozenset(),
            days[number] if number < writers else frozenset(),
        )
        for number in range(workers)
    ]
    return Division(tuple(share for share in shares if share.ids), limits if writing else ())


def restricted(config: Config, people: frozenset[str]) -> Config:
    """Return a configuration in which nobody but these may be booked for. Places in the list stay."""

    def own(patient: Patient) -> Patient:
        others = tuple(role for role in patient.roles if role not in _ROLES)
        return replace(patient, roles=(*others, "bookable") if patient.nhs_number in people else others)

    return replace(config, data=replace(config.data, patients=tuple(own(one) for one in config.data.patients)))


def _writers(config: Config, pool: SlotPool | None, wanted: int) -> tuple[int, tuple[str, ...]]:
    """How many workers can book at the same time without meeting, and why there are no more."""
    people, limits = len(bookable(config)), []
    if people < wanted:
        limits.append(f"{_people(people)} under data.patients may be booked for")
    days = len(_good_days(pool)) if pool is not None else wanted
    if days < wanted:
        limits.append(f"free slots for it are found on {days} {'day' if days == 1 else 'days'} of data.window")
    writers = max(1, min(wanted, people, days))
    plays = f"{writers} of {wanted} workers play" if writers > 1 else f"1 of {wanted} workers plays"
    said = f"{plays} scenarios that book, as each has people and days of its own: {' and '.join(limits)}"
    return writers, (said,) if limits else ()


def _people(number: int) -> str:
    return "one person" if number == 1 else f"{number or 'no'} people"


def _good_days(pool: SlotPool) -> list[date]:
    """The days with enough slots, those with most of them first."""
    count = Counter(uk_date(slot.start) for slot in pool.free() if slot.location_id)
    return [day for day, slots in sorted(count.items(), key=lambda row: (-row[1], row[0])) if slots >= LEAST_SLOTS]


def _days(pool: SlotPool | None, writers: int) -> list[frozenset[date]]:
    """The days of each worker."""
    days = _good_days(pool) if pool is not None else []
    return [frozenset(days[number::writers]) for number in range(writers)]


def _parts(cases: Sequence[Case], facts: Mapping[str, ScenarioFacts], parts: int) -> list[tuple[str, ...]]:
    """Cut cases, in their order, into parts of about the same cost: neighbours rest on the same named steps."""
    costs = [max(1, facts_of(case, facts).requests) for case in cases]
    found: list[list[str]] = [[] for _ in range(max(1, parts))]
    total, before = max(1, sum(costs)), 0
    for case, cost in zip(cases, costs, strict=True):
        found[min(len(found) - 1, (2 * before + cost) * len(found) // (2 * total))].append(case.id)
        before += cost
    return [tuple(part) for part in found]
