"""What a fleet came to: providers by verdict, causes over all of them, and what changed since an earlier fleet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from conformance.causes import Cause
from conformance.comparing import Kind
from conformance.core.counting import counted
from conformance.core.errors import ExitCode
from conformance.core.results import Severity
from conformance.fleet.model import Record, Remark, SeenCause, State
from conformance.planning.packs import load_pack
from conformance.reporting.cause_view import seen_of, title_of

_CODES = (ExitCode.NON_CONFORMANT, ExitCode.OUR_FAULT, ExitCode.UNTESTABLE, ExitCode.USAGE)
GOING_ON = "still going on"
"""Why it has not ended, in what is written while it goes on."""
_JUDGED = {State.CLEAN: 0, State.WARNED: 1, State.NOT_CONFORMANT: 2}


@dataclass(frozen=True, slots=True)
class FleetCause:
    """A cause over all providers of an edition, as one of them shows it, with the names of all."""

    edition: str
    cause: SeenCause
    providers: tuple[str, ...]

    @property
    def title(self) -> str:
        """What is wrong, and where, in one line."""
        return title_of(_as_cause(self.cause))

    @property
    def seen(self) -> str:
        """What one of them showed, and what was expected."""
        return seen_of(_as_cause(self.cause))


def _as_cause(seen: SeenCause) -> Cause:
    return Cause(
        seen.id,
        seen.code,
        seen.place,
        seen.requirement,
        Severity(seen.severity),
        seen.message,
        seen.found,
        seen.expected,
        exchange=0,
        interactions=(),
        members=(),
    )


@dataclass(frozen=True)
class Summary:
    """What a fleet came to. Times are ISO 8601; `stopped` says why it ended before all were run, "" where it did not."""

    name: str
    pack: str
    started: str
    finished: str
    records: tuple[Record, ...]
    remarks: tuple[Remark, ...] = ()
    stopped: str = ""

    @cached_property
    def counts(self) -> Counter[State]:
        """How many providers there are of each state."""
        return Counter(record.state for record in self.records)

    @cached_property
    def causes(self) -> tuple[FleetCause, ...]:
        """The causes over all providers: failures first, then those of most providers."""
        found: dict[tuple[str, str], list[tuple[str, SeenCause]]] = {}
        for record in self.records:
            for cause in record.causes:
                found.setdefault((record.edition, cause.id), []).append((record.name, cause))
        made = (_fleet_cause(edition, shown) for (edition, _), shown in found.items())
        return tuple(sorted(made, key=lambda one: (one.cause.severity != "fail", -len(one.providers), one.cause.id)))

    @property
    def code(self) -> ExitCode:
        """The exit code: a non-conformity outweighs a fault of ours, that what was not tested, that a wrong configuration."""
        codes = {state.code for state in self.counts}
        if self.stopped:
            codes.add(ExitCode.UNTESTABLE)
        if any(remark.left_out for remark in self.remarks):
            codes.add(ExitCode.USAGE)
        return next((code for code in _CODES if code in codes), ExitCode.CONFORMANT)

    @property
    def sentence(self) -> str:
        """What it came to, in a sentence."""
        counts = ", ".join(f"{self.counts[state]} {state.word.lower()}" for state in State if self.counts[state])
        part = "" if load_pack(self.pack).holds_all else f" Only the pack {self.pack} was run."
        early = f" It ended early: {self.stopped}." if self.stopped else ""
        early = " It still goes on." if self.stopped == GOING_ON else early
        return f"{counted(len(self.records), 'provider')}: {counts}.{part}{early}"

    def of(self, *states: State) -> list[Record]:
        """Return the records of some states."""
        return [record for record in self.records if record.state in states]

    def slowest(self, most: int) -> list[Record]:
        """Return the providers whose runs took longest, the slowest first."""
        return sorted((one for one in self.records if one.seconds), key=lambda one: -one.seconds)[:most]


def _fleet_cause(edition: str, shown: Iterable[tuple[str, SeenCause]]) -> FleetCause:
    rows = list(shown)
    strongest = min((cause for _, cause in rows), key=lambda cause: cause.severity != "fail")
    return FleetCause(edition, strongest, tuple(name for name, _ in rows))


@dataclass(frozen=True, slots=True)
class ProviderChange:
    """A provider that changed since an earlier fleet: its states (None: not in it), and how many causes came and went."""

    name: str
    kind: Kind
    before: State | None
    after: State | None
    causes_new: int = 0
    causes_gone: int = 0


@dataclass(frozen=True, slots=True)
class CauseCount:
    """A cause that more or fewer providers show than in an earlier fleet."""

    title: str
    id: str
    kind: Kind
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Since:
    """What changed since an earlier fleet, which started at `started` (ISO 8601)."""

    started: str
    providers: tuple[ProviderChange, ...]
    causes: tuple[CauseCount, ...]
    unchanged: int


def since(old: Summary, new: Summary) -> Since:
    """Return what changed from an earlier fleet: providers by name, causes by edition and id."""
    before, after = ({one.name: one for one in summary.records} for summary in (old, new))
    names = list(dict.fromkeys((*after, *before)))
    changes = [found for name in names if (found := _change(name, before.get(name), after.get(name)))]
    return Since(old.started, tuple(changes), tuple(_cause_counts(old, new)), len(names) - len(changes))


def _change(name: str, old: Record | None, new: Record | None) -> ProviderChange | None:
    was, now = (one.state if one else None for one in (old, new))
    had, has = ({cause.id for cause in one.causes} if one else set() for one in (old, new))
    if was is now and had == has:
        return None
    return ProviderChange(name, _kind(was, now), was, now, len(has - had), len(had - has))


def _kind(was: State | None, now: State | None) -> Kind:
    """How a verdict changed; what could not be tested is none."""
    before, after = (_JUDGED.get(state) if state else None for state in (was, now))
    if before == after:
        return Kind.NEW if was is None else Kind.GONE if now is None else Kind.KEPT
    if before is None or after is None:
        return Kind.NEW if before is None else Kind.GONE
    return Kind.BROKEN if after > before else Kind.FIXED


def _cause_counts(old: Summary, new: Summary) -> list[CauseCount]:
    before, after = (_by_identity(summary) for summary in (old, new))
    found = []
    for key in dict.fromkeys((*after, *before)):
        was, now = (len(side[key].providers) if key in side else 0 for side in (before, after))
        if was != now:
            known = after.get(key) or before[key]
            kind = Kind.NEW if not was else Kind.GONE if not now else Kind.BROKEN if now > was else Kind.FIXED
            found.append(CauseCount(known.title, known.cause.id, kind, was, now))
    return found


def _by_identity(summary: Summary) -> Mapping[tuple[str, str], FleetCause]:
    return {(one.edition, one.cause.id): one for one in summary.causes}
