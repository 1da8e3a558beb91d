"""Faults in how a search for free slots is read, and in what comes with the slots."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from conformance.provider.fault_points import Effect, Seam
from conformance.provider.faults.effects import Edit, alter, bundle, change, criteria, found, put, refuses, skip
from conformance.provider.faults.fault import DSTU2, EVERY, STU3, Fault
from conformance.provider.http import Call, Json

_ON = "search"
_KEYS = frozenset({"search_free_slots"})
_KNOWN = frozenset(
    {
        "start",
        "end",
        "status",
        "Slot.freeBusyType",
        "fb-type",
        "_include",
        "_include:recurse",
        "searchFilter",
        "_format",
    }
)
_INCLUDE = "_include:recurse"
_COUNT = itertools.count()


# -- small effects of this module --------------------------------------------------------------------------------------


def reads(edit: Callable[[list[tuple[str, str]]], list[tuple[str, str]]]) -> Effect:
    """Read another query than was sent."""

    def apply(call: Call, same: Call | None) -> Call:  # noqa: ARG001
        call.query = edit(list(call.query))
        return call

    return Effect(Seam.CALL, apply, on=_KEYS)


def rereads(names: str, edit: Edit) -> Effect:
    """Read other values of some parameters than were sent."""
    wanted = names.split()
    return reads(lambda query: [(name, edit(value) if name in wanted else value) for name, value in query])


def one_of(name: str, which: int) -> Effect:
    """Read only the first (0) or last (-1) of several parameters of a name."""

    def edit(query: list[tuple[str, str]]) -> list[tuple[str, str]]:
        values = [pair for pair in query if pair[0] == name]
        return [pair for pair in query if pair[0] != name] + (values[which:] if which else values[:1])

    return reads(edit)


def entries(edit: Callable[[list[Json], Call], list[Json]]) -> Effect:
    """Send other entries than were found."""

    def apply(present: Json, call: Call | None) -> Json:
        assert call is not None
        kept = edit(present.get("entry", []), call)
        rest = {key: value for key, value in present.items() if key != "entry"}
        return {**rest, "entry": kept} if kept else rest

    return Effect(Seam.BUNDLE, apply, on=_KEYS)


def first_of(kind: str) -> Effect:
    """Send only the first entry of a type."""

    def edit(value: list[Json], call: Call) -> list[Json]:  # noqa: ARG001
        mine = [entry for entry in value if _kind(entry) == kind]
        return [entry for entry in value if entry not in mine[1:]]

    return entries(edit)


def adds(*kinds: str, when_empty: bool = False) -> Effect:
    """Send all resources of some types that the practice has, whether slots lead to them or not."""

    def edit(value: list[Json], call: Call) -> list[Json]:
        if not value and not when_empty:
            return value
        known = {json.dumps(entry["resource"], sort_keys=True) for entry in value}
        more = [resource for kind in kinds for resource in _all(call, kind)]
        return value + [{"resource": item} for item in more if json.dumps(item, sort_keys=True) not in known]

    return entries(edit)


def _all(call: Call, kind: str) -> list[Json]:
    provider, shapes = call.provider, call.provider.shapes
    if kind == "Schedule":
        return [shapes.schedule(row) for row in provider.store.rows("SELECT * FROM schedule")]
    if kind == "Patient":
        return [shapes.patient(row) for row in provider.store.rows("SELECT * FROM patient LIMIT 1")]
    value = {
        "Practitioner": (provider.practice.practitioners, shapes.practitioner),
        "Location": (provider.practice.locations, shapes.location),
        "Organization": (provider.practice.organizations, shapes.organization),
    }[kind]
    return [value[1](facts) for facts in value[0].values()]


def _kind(entry: Json) -> str:
    return str(entry["resource"]["resourceType"])


def _asked(call: Call, name: str, value: str) -> bool:
    return value in call.parameters(name)


def _moments(call: Call) -> list[datetime]:
    """The bounds that are given, as UK times without zone: whole days from their beginning to their end."""
    given = [value[2:] for name in ("start", "end") for value in call.parameters(name)[:1]]
    try:
        return [datetime.fromisoformat(text) for text in given]
    except ValueError:
        return []


def _hours(call: Call) -> float:
    """How long a window of whole days is in hours that pass."""
    from conformance.provider.clock import midnight

    given = [value[2:] for name in ("start", "end") for value in call.parameters(name)[:1]]
    if len(given) != 2 or any(len(text) != 10 for text in given):
        return 0
    try:
        first, last = (date.fromisoformat(text) for text in given)
    except ValueError:
        return 0
    return (midnight(last + timedelta(days=1)).timestamp() - midnight(first).timestamp()) / 3600


def _days(call: Call) -> int:
    value = _moments(call)
    return (value[1].date() - value[0].date()).days if len(value) == 2 else 0


def _bounds(call: Call) -> str:
    return " ".join(value for name in ("start", "end") for value in call.parameters(name))


def _refuses(name: str, about: str, when: Callable[[Call], bool], *, editions: tuple[str, ...] = EVERY) -> Fault:
    return Fault(f"search.{name}", about, refuses(when, "INVALID_PARAMETER", on=_ON), editions)


def _consumer(call: Call) -> str:
    """The ODS code of the organisation that the token names."""
    payload = call.header("Authorization").split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return str(claims["requesting_organization"]["identifier"][0]["value"])


def _elsewhere(what: str, interaction: str) -> Fault:
    return Fault(
        f"search.restrictions-on-{what}",
        f"lets nobody {what} an appointment but the organisation that its slot was kept for",
        refuses(lambda call: _consumer(call) != "Y99901", "ACCESS_DENIED", on=interaction),
        STU3,
    )


def _either(row: Any, value: Any) -> bool:
    return row["only_type"] in value.kinds or bool(set(row["only_ods"].split()) & set(value.codes))


def _shows_on_either() -> Effect:
    """Show a slot that is kept for a type and an organisation when either is met."""

    def apply(value: Any, call: Call | None) -> Any:  # noqa: ARG001
        return replace(
            value,
            kinds=(*value.kinds, *(("gp-practice",) if value.codes else ())),
            codes=(*value.codes, *(("Y99901",) if value.kinds else ())),
        )

    return Effect(Seam.SEARCH, apply, on=_KEYS)


def _schedule_blocked(rows: list[Any], call: Call | None) -> list[Any]:
    assert call is not None
    taken = {row["schedule"] for row in call.provider.store.rows("SELECT schedule FROM slot WHERE status = 'busy'")}
    return [row for row in rows if row["schedule"] not in taken]


_WINDOW = skip("search.two-weeks")

READING = (
    Fault("search.accepts-no-bounds", "searches without start and end", skip("search.has-start", "search.has-end")),
    Fault("search.accepts-anything", "searches whatever is requested", skip("search.*")),
    Fault("search.knows-no-slash", "knows no path with a slash at its end",
          refuses(lambda call: call.path.endswith("/"), "NOT_IMPLEMENTED", on=_ON), DSTU2),
    Fault("search.ignores-prefixes", "takes any prefixes for ge and le",
          skip("search.start-prefix", "search.end-prefix")),
    Fault("search.reads-first-status-only", "overlooks a second status",
          reads(lambda query: list({name if value in ("free", "busy") else (name, value): (name, value)
                                    for name, value in reversed(query)}.values())[::-1])),
    Fault("search.gives-no-schedules-unasked", "searches without _include=Slot:schedule and omits the schedules",
          (*skip("search.includes-schedule"),
           entries(lambda present, call: [item for item in present if _asked(call, "_include",
                   "Slot:schedule") or _kind(item) != "Schedule"]))),
    Fault("search.ignores-offsets", "reads times as if they were local",
          rereads("start end", lambda text: text[:21] + "+00:00" if "T" in text else text)),
    Fault("search.fails-on-zulu", "breaks down at a time with Z",
          refuses(lambda call: "Z" in _bounds(call), "INTERNAL_SERVER_ERROR", on=_ON)),
    Fault("search.end-date-is-midnight", "ends a window at the beginning of its last day",
          rereads("end", lambda text: f"{text}T00:00:00+00:00" if len(text) == 12 else text)),
    Fault("search.start-to-the-minute", "cuts the seconds off start", criteria(_ON, low=lambda low: low - low % 60)),
    Fault("search.overlapping", "finds slots that overlap the window",
          criteria(_ON, honours=lambda present: present - {"start", "end"})),
    Fault("search.window-counts-days", "measures windows by days, whatever the time",
          (*_WINDOW, refuses(lambda call: _days(call) > 14, "INVALID_PARAMETER", on=_ON))),
    Fault("search.window-four-weeks", "searches up to four weeks",
          (*_WINDOW, refuses(lambda call: _days(call) > 28, "INVALID_PARAMETER", on=_ON))),
    _refuses("window-counts-hours", "measures windows in hours, so that two weeks with a clock change are too long",
             lambda call: _hours(call) > 336),
    _refuses("window-thirteen-days", "refuses windows of fourteen days", lambda call: _days(call) >= 13),
    _refuses("refuses-dates", "wants a time in each bound", lambda call: "T" not in _bounds(call)),
    _refuses("refuses-mixed-window", "wants both bounds in the same form", lambda call: _bounds(call).count("T") == 1),
    _refuses("refuses-clock-change", "refuses windows over a clock change",
             lambda call: {"+00:00", "+01:00"} <= {_bounds(call)[-6:], _bounds(call)[21:27]}),
    _refuses("refuses-summer-offset", "knows no +01:00", lambda call: "+01:00" in _bounds(call)),
    _refuses("refuses-winter-offset", "knows no +00:00", lambda call: "+00:00" in _bounds(call)),
    _refuses("refuses-bygone", "refuses windows that begin in the past",
             lambda call: any(present.date() < call.provider.clock.today() for present in _moments(call)[:1])),
    _refuses("refuses-organization-include", "does not know the include of the managing organisation",
             lambda call: _asked(call, _INCLUDE, "Location:managingOrganization"), editions=STU3),
    _refuses("refuses-unknown-parameters", "refuses parameters that it does not know",
             lambda call: any(name not in _KNOWN for name, _ in call.query)),
)  # fmt: skip

REQUESTERS = (
    Fault("search.last-filter-only", "reads the last searchFilter only", one_of("searchFilter", -1), STU3),
    Fault("search.first-filter-only", "reads the first searchFilter only", one_of("searchFilter", 0), STU3),
    Fault("search.unknown-filters-match-nothing", "finds nothing when a filter is unknown",
          entries(lambda rows, call: rows if all("fhir.nhs.uk" in it for it in call.parameters("searchFilter")) else []), STU3),
    Fault("search.either-restriction", "shows slots kept for a type and an organisation when either is right",
          _shows_on_either(), STU3),
    Fault("search.any-type-will-do", "shows slots kept for a type to every type",
          criteria(_ON, kinds=lambda value: ("gp-practice",) if value else ()), STU3),
    Fault("search.any-code-will-do", "shows slots kept for an organisation to every one",
          criteria(_ON, codes=lambda value: ("Y99901",) if value else ()), STU3),
    *(_elsewhere(*pair) for pair in (("retrieve", "retrieve"), ("read", "read"), ("amend", "amend"),
                 ("cancel", "cancel"))),
)  # fmt: skip

RESPONSES = (
    Fault("search.marks-tentative", "calls free slots tentatively busy",
          entries(lambda value, call: [{**item,
                  "resource": {**item["resource"],
                  call.provider.edition.raw["slots"]["status_element"]: "busy-tentative"}}
                                      if _kind(item) == "Slot" else item for item in value])),
    Fault("search.locations-twice", "sends each location twice",
          entries(lambda value, _: value + [item for item in value if _kind(item) == "Location"])),
    Fault("search.total-counts-all", "counts in the total what came with the slots",
          bundle(lambda value: {**value, "total": len(value.get("entry", []))}, on=_ON)),
    Fault("search.all-match", "calls every entry a match", bundle(put("entry.search", {"mode": "match"}), on=_ON)),
    Fault("search.adds-patients", "sends a patient", adds("Patient")),
    Fault("search.first-schedule-only", "sends the first schedule only", first_of("Schedule")),
    Fault("search.first-practitioner-only", "sends the first practitioner only", first_of("Practitioner")),
    Fault("search.first-location-only", "sends the first location only", first_of("Location")),
    Fault("search.all-schedules", "sends all schedules", adds("Schedule")),
    Fault("search.all-practitioners", "sends all practitioners", adds("Practitioner")),
    Fault("search.all-locations", "sends all locations", adds("Location")),
    Fault("search.all-organizations", "sends all organisations", adds("Organization")),
    Fault("search.organization-when-empty", "sends the organisation even without slots",
          adds("Organization", when_empty=True)),
    Fault("search.organization-on-request", "sends the organisation only when requested",
          entries(lambda value, call: [item for item in value if _asked(call, _INCLUDE,
                  "Location:managingOrganization") or _kind(item) != "Organization"]), STU3),
    Fault("search.last-include-only", "reads the last _include:recurse only", one_of(_INCLUDE, -1)),
    Fault("search.booking-blocks-schedule", "takes a whole schedule out when one of its slots is booked",
          Effect(Seam.FOUND, _schedule_blocked, on=_KEYS)),
    Fault("search.stops-at-a-hundred", "stops at a hundred slots", found(lambda rows: rows[:100], on=_ON)),
    Fault("search.forgets-some-at-times", "leaves a slot out in every other search",
          found(lambda rows: rows[next(_COUNT) % 2:], on=_ON)),
    Fault("search.main-surgery-everywhere", "says that every schedule takes place at the main surgery",
          Effect(Seam.RESOURCE, lambda value, _: json.loads(json.dumps(value).replace("loc-branch", "loc-main")),
                 of="Schedule", on=_KEYS)),
    Fault("search.slots-overlap", "lets slots of a schedule overlap",
          change("Slot", alter("end", lambda text: (datetime.fromisoformat(text) + timedelta(minutes=5)).isoformat()), on=_ON)),
)  # fmt: skip

FAULTS: tuple[Fault, ...] = (*READING, *REQUESTERS, *RESPONSES)
