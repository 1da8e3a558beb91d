"""What a run creates or changes at the provider: each request that may do so is noted before it leaves and settled after."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Kind(StrEnum):
    """What a request may bring about."""

    BOOKING = "booking"
    AMENDMENT = "amendment"
    CANCELLATION = "cancellation"
    REGISTRATION = "registration"


class State(StrEnum):
    """What became of it."""

    INTENDED = "intended"  # the request was about to leave; nothing is known since
    NONE = "none"  # refused, or looked for and not found
    EXISTS = "exists"  # carried out
    UNDONE = "undone"
    LEFT = "left"  # carried out, and could not be undone
    UNKNOWN = "unknown"  # no response, or one that does not say


OPEN = frozenset({State.INTENDED, State.EXISTS, State.LEFT, State.UNKNOWN})
"""What clean-up has to look at."""
_MOST_NAMED = 8  # resources left at the provider that the receipt names in words


@dataclass(frozen=True, slots=True)
class Change:
    """One request that may create or change something.

    `resource` is what it created or was sent to (`Appointment/12`), "" while that is not known. `patient` and `slots` are
    logical ids that the request named, `start` and `end` its times as sent. `marks` are digests of texts that tell our
    booking from another's, by element. `person` is the place in the configuration of the person it is about.
    """

    kind: Kind
    label: str
    resource: str = ""
    patient: str = ""
    slots: tuple[str, ...] = ()
    start: str = ""
    end: str = ""
    person: str = ""
    marks: Mapping[str, str] = field(default_factory=dict)
    state: State = State.INTENDED
    remark: str = ""
    key: int = 0


Store = Callable[[Change], None]
"""Writes a change, in the place of the one with its key if there is one."""


class Footprint:
    """The changes of one run by key. `keep_in` names a store: from then on each change is written before this goes on."""

    def __init__(self) -> None:
        self.changes: dict[int, Change] = {}
        self._store: Store | None = None

    def keep_in(self, store: Store | None, earlier: Iterable[Change] = ()) -> None:
        """Write all changes through `store` from now on (None: no longer). `earlier` are those that it holds from before."""
        fresh = list(self.changes.values())
        self._store = store
        if store:
            self.changes = {change.key: change for change in earlier}
            for change in fresh:
                self.intend(change)

    def intend(self, change: Change) -> int:
        """Note a change whose request is about to leave; return its key."""
        key = max(self.changes, default=0) + 1
        self._put(replace(change, key=key))
        return key

    def _put(self, change: Change) -> None:
        self.changes[change.key] = change  # first of all: a signal may come while it is written
        if self._store:
            self._store(change)

    def put(self, change: Change) -> None:
        """Note a change as it is now, in the place of the one with its key."""
        if change != self.changes.get(change.key):
            self._put(change)

    def adopt(self, change: Change, keys: dict[int, int]) -> None:
        """Note a change of another process of the run as it is now; `keys` has the keys of its changes in this footprint."""
        if change.key in keys:
            self.put(replace(change, key=keys[change.key]))
        else:
            keys[change.key] = self.intend(change)

    def settle(self, key: int, state: State, *, resource: str = "", remark: str = "") -> None:
        """Note what became of a change; what is not given stays."""
        before = self.changes[key]
        after = replace(before, state=state, resource=resource or before.resource, remark=remark or before.remark)
        if after != before:
            self._put(after)

    def undone(self, key: int) -> None:
        """Note that a change is undone."""
        self.settle(key, State.UNDONE)

    def bookings_of(self, resource: str) -> list[Change]:
        """Return the bookings of ours that made a resource."""
        return [one for one in self.changes.values() if one.kind is Kind.BOOKING and one.resource == resource]

    @property
    def open(self) -> list[Change]:
        """What may still be there and can be undone: registrations cannot."""
        return [one for one in self.changes.values() if one.state in OPEN and one.kind is not Kind.REGISTRATION]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a run did at the provider, in ids: booked, amended, cancelled, registered, and what is left in sentences.

    Registrations are not among what is left: no interaction of GP Connect takes one back.
    """

    booked: tuple[str, ...] = ()
    amended: tuple[str, ...] = ()
    cancelled: tuple[str, ...] = ()
    registered: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """The receipt in words, a line each; none where the run changed nothing. Of what is left, the first are named."""
        if not (self.booked or self.amended or self.cancelled or self.registered or self.left):
            return ()
        counts = (
            f"{len(self.booked)} booked, {len(self.amended)} amended, {len(self.cancelled)} cancelled, "
            f"{len(self.registered)} registered, {len(self.left)} left"
        )
        lines = [f"At the provider: {counts}."]
        lines += [f"Left at the provider: {one}" for one in self.left[:_MOST_NAMED]]
        if len(self.left) > _MOST_NAMED:
            lines.append(f"and {len(self.left) - _MOST_NAMED} more left at the provider, which report.html names")
        if self.registered:
            lines.append(f"Registered, which GP Connect has no way to undo: {', '.join(self.registered)}")
        return tuple(lines)


def receipt(changes: Iterable[Change]) -> Receipt:
    """Return the receipt of a run's changes, each resource once."""
    found = list(changes)

    def ids(kind: Kind) -> tuple[str, ...]:
        done = (State.EXISTS, State.UNDONE, State.LEFT)
        named = (one.resource or one.person or one.label for one in found if one.kind is kind and one.state in done)
        return tuple(dict.fromkeys(named))

    left = (_left(one) for one in found if is_left(one))
    return Receipt(
        ids(Kind.BOOKING),
        ids(Kind.AMENDMENT),
        ids(Kind.CANCELLATION),
        ids(Kind.REGISTRATION),
        tuple(dict.fromkeys(left)),
    )


def left_by_reason(changes: Iterable[Change]) -> dict[str, list[str]]:
    """Return what is left at the provider by the reason ("" where none is known), each once; the most common reason first."""
    found: dict[str, dict[str, None]] = {}
    for change in changes:
        if is_left(change):
            found.setdefault(change.remark, {})[_named(change)] = None
    return {reason: list(named) for reason, named in sorted(found.items(), key=lambda pair: -len(pair[1]))}


def is_left(change: Change) -> bool:
    """Whether a change has to be named as left at the provider.

    An amendment or cancellation is named only where clean-up found that it changed an appointment that is not ours.
    """
    if change.kind is Kind.REGISTRATION:
        return change.state in (State.INTENDED, State.UNKNOWN)
    return change.state in OPEN if change.kind is Kind.BOOKING else change.state is State.LEFT


def _left(change: Change) -> str:
    why = f": {change.remark}" if change.remark else ""
    return f"{_named(change)}{why}"


def _named(change: Change) -> str:
    what = change.resource or _place(change)
    certain = change.resource and change.state in (State.EXISTS, State.LEFT)
    named = f"{what}" if certain else f"perhaps {what}"
    return f"{named} ({change.kind}, {change.label})"


def _place(change: Change) -> str:
    slots = f" in slot {', '.join(change.slots)}" if change.slots else ""
    patient = f" for Patient/{change.patient}" if change.patient else ""
    if change.kind is Kind.REGISTRATION:
        return change.person or "a registered patient"
    return f"an appointment{slots}{patient}"
