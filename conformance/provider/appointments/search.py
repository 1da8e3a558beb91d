"""Search for free slots. Source: the edition's use-case page; STU3-SLOT-*, DSTU2-SLOT-*."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from conformance.provider.clock import midnight
from conformance.provider.dates import Bound, parse_bound
from conformance.provider.fault_points import Seam
from conformance.provider.http import Call, Json, Response
from conformance.provider.rules import Rules, listed
from conformance.provider.store import Row

SEARCH = Rules("search")
_PRACTITIONER, _LOCATION = "Schedule:actor:Practitioner", "Schedule:actor:Location"


@dataclass(frozen=True)
class Question:
    """The parameters of a slot search as sent."""

    call: Call
    starts: list[str]
    ends: list[str]
    states: list[str]

    @property
    def start(self) -> Bound | None:
        """The lower bound, where it can be read."""
        return parse_bound(self.starts[0]) if self.starts else None

    @property
    def end(self) -> Bound | None:
        """The upper bound, where it can be read."""
        return parse_bound(self.ends[0]) if self.ends else None


@dataclass(frozen=True)
class Criteria:
    """What the database is searched for: slots that start and end within [low, high] and may be seen by the organisation."""

    low: int
    high: int
    statuses: tuple[str, ...] = ("free",)
    kinds: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    practitioners: bool = False
    locations: bool = False
    organization: bool = True
    schedules: bool = True
    order: str = "start, slot.id"
    honours: frozenset[str] = field(default=frozenset({"kept", "embargo", "type", "ods", "start", "end"}))


def search_free_slots(call: Call) -> Response:
    """Return the slots that the search finds."""
    question = Question(call, call.parameters("start"), call.parameters("end"), call.parameters(_state_name(call)))
    SEARCH.enforce(call, question)
    provider = call.provider
    criteria = provider.seams.through(Seam.SEARCH, _criteria(question), call)
    slots = provider.seams.through(Seam.FOUND, find_slots(call, criteria), call)
    return provider.searchset(call, list(_resources(call, criteria, slots)))


def _state_name(call: Call) -> str:
    return str(call.provider.edition.raw["slots"]["status_parameter"])


def _criteria(question: Question) -> Criteria:
    call, now = question.call, question.call.provider.clock.now()
    start, end = question.start, question.end
    filtering = call.provider.edition.capabilities.filters_by_organization
    filters = [value.partition("|") for value in call.parameters("searchFilter")] if filtering else []
    systems = call.provider.edition.systems
    included = call.parameters("_include:recurse")
    return Criteria(
        low=start.low if start else int(now.timestamp()),
        high=(end.low if end.precision == "time" else end.high) if end else int((now + timedelta(days=14)).timestamp()),
        kinds=tuple(code for system, _, code in filters if system in systems("organization_type")),
        codes=tuple(code for system, _, code in filters if system in systems("organization")),
        practitioners=_PRACTITIONER in included,
        locations=_LOCATION in included,
    )


def find_slots(call: Call, criteria: Criteria) -> list[Row]:
    """Return the slots that meet the criteria, in the order of time."""
    marks = ",".join("?" * len(criteria.statuses))
    within = f"{'start >= ?' if 'start' in criteria.honours else 'end > ?'} AND "
    within += "end <= ?" if "end" in criteria.honours else "start < ?"
    rows = call.provider.store.rows(
        f"SELECT * FROM slot WHERE {within} AND status IN ({marks}) ORDER BY {criteria.order}",  # noqa: S608
        criteria.low,
        criteria.high,
        *criteria.statuses,
    )
    return [row for row in rows if open_to(call, row, criteria.kinds, criteria.codes, criteria.honours)]


def open_to(
    call: Call,
    slot: Row,
    kinds: Iterable[str],
    codes: Iterable[str],
    honours: Iterable[str] = ("kept", "embargo", "type", "ods"),
) -> bool:
    """Whether a slot is offered through GP Connect to an organisation of these types and ODS codes now."""
    limits = (
        ("kept", slot["kept"] == "nobody"),
        ("embargo", slot["kept"] == "embargo" and not _released(call, slot)),
        ("type", bool(slot["only_type"]) and slot["only_type"] not in kinds),
        ("ods", bool(slot["only_ods"]) and not set(slot["only_ods"].split()) & set(codes)),
    )
    return not any(applies for name, applies in limits if name in honours)


def _released(call: Call, slot: Row) -> bool:
    """An embargoed slot is released at the beginning of its day."""
    tomorrow = midnight(call.provider.clock.today() + timedelta(days=1))
    return bool(slot["start"] < int(tomorrow.timestamp()))


def _resources(call: Call, criteria: Criteria, slots: list[Row]) -> Iterable[Json]:
    """Slots first, then what belongs to them, each once."""
    provider, shapes = call.provider, call.provider.shapes
    yield from (shapes.slot(row) for row in slots)
    schedules = _schedules(call, slots)
    if criteria.schedules:
        yield from (shapes.schedule(row) for row in schedules)
    people = dict.fromkeys(row["practitioner"] for row in schedules if row["practitioner"])
    places = [provider.practice.locations[place] for place in dict.fromkeys(row["location"] for row in schedules)]
    if criteria.practitioners:
        yield from (shapes.practitioner(provider.practice.practitioners[person]) for person in people)
    if criteria.locations:
        yield from (shapes.location(place) for place in places)
    if criteria.organization:  # always, whatever was to be included (STU3-SLOT-038)
        owners = dict.fromkeys(place["managing"] for place in places)
        yield from (shapes.organization(provider.practice.organizations[owner]) for owner in owners)


def _schedules(call: Call, slots: list[Row]) -> list[Row]:
    return call.provider.store.schedules({row["schedule"] for row in slots})


# -- what may be searched ---------------------------------------------------------------------------------------------


@SEARCH.rule("has-start", "INVALID_PARAMETER")
def _has_start(question: Question) -> str | None:
    """The search has a start."""
    return None if question.starts else "the parameter start is missing"


@SEARCH.rule("has-end", "INVALID_PARAMETER")
def _has_end(question: Question) -> str | None:
    """The search has an end."""
    return None if question.ends else "the parameter end is missing"


@SEARCH.rule("bounds-once", "INVALID_PARAMETER")
def _once(question: Question) -> str | None:
    """Start and end are sent once."""
    twice = [name for name, sent in (("start", question.starts), ("end", question.ends)) if len(sent) > 1]
    return f"sent more than once: {listed(twice)}" if twice else None


@SEARCH.rule("start-form", "INVALID_PARAMETER")
def _start_form(question: Question) -> str | None:
    """Start is a whole date or a dateTime with offset."""
    return _form("start", question.starts[:1])


@SEARCH.rule("end-form", "INVALID_PARAMETER")
def _end_form(question: Question) -> str | None:
    """End is a whole date or a dateTime with offset."""
    return _form("end", question.ends[:1])


def _form(name: str, sent: list[str]) -> str | None:
    if not sent:
        return None
    bound = parse_bound(sent[0])
    if bound and bound.zoned and bound.precision in {"day", "time"}:
        return None
    return f"{name}={sent[0][:60]} is neither yyyy-mm-dd nor yyyy-mm-ddThh:mm:ss+hh:mm after its prefix"


@SEARCH.rule("start-prefix", "INVALID_PARAMETER")
def _start_prefix(question: Question) -> str | None:
    """Start has the prefix ge."""
    start = question.start
    return "start needs the prefix ge" if start and start.prefix != "ge" else None


@SEARCH.rule("end-prefix", "INVALID_PARAMETER")
def _end_prefix(question: Question) -> str | None:
    """End has the prefix le."""
    end = question.end
    return "end needs the prefix le" if end and end.prefix != "le" else None


@SEARCH.rule("end-after-start", "INVALID_PARAMETER")
def _order(question: Question) -> str | None:
    """The window does not end before it starts."""
    start, end = question.start, question.end
    return "end lies before start" if start and end and end.high <= start.low else None


@SEARCH.rule("two-weeks", "INVALID_PARAMETER")
def _two_weeks(question: Question) -> str | None:
    """The window is no longer than two weeks of UK clock time."""
    start, end = question.start, question.end
    if not start or not end:
        return None
    longest = timedelta(days=question.call.provider.edition.raw["slots"]["longest_window_days"])
    whole_days = "day" in (start.precision, end.precision)
    too_long = (end.day - start.day if whole_days else end.local - start.local) > longest
    return f"the window is longer than {longest.days} days" if too_long else None


@SEARCH.rule("has-status", "INVALID_PARAMETER")
def _has_status(question: Question) -> str | None:
    """The search says which slots it wants."""
    return None if question.states else f"the parameter {_state_name(question.call)} is missing"


@SEARCH.rule("status-free", "INVALID_PARAMETER")
def _status_free(question: Question) -> str | None:
    """The search wants free slots."""
    wrong = [state for state in question.states if state != "free"]
    return f"{_state_name(question.call)}={wrong[0][:40]} is not free" if wrong else None


@SEARCH.rule("includes-schedule", "INVALID_PARAMETER")
def _includes_schedule(question: Question) -> str | None:
    """The search includes the schedules."""
    included = question.call.parameters("_include")
    return None if "Slot:schedule" in included else "_include=Slot:schedule is missing"
