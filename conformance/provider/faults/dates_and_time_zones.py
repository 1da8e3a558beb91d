"""Faults of moments, ids and versions."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from typing import Any

from conformance.provider.clock import seconds_of, uk_text
from conformance.provider.fault_points import Effect, Seam
from conformance.provider.faults.effects import alter, change, found, put, refuses
from conformance.provider.faults.fault import Fault
from conformance.provider.http import Call

_COUNTER = itertools.count(1)
_EVENING = 18
_FAILED = "INTERNAL_SERVER_ERROR"


def _hour(row: Any) -> int:
    return int(uk_text(int(row["start"]))[11:13])


def _before_evening(rows: list[Any]) -> list[Any]:
    return [row for row in rows if _hour(row) < _EVENING]


def _twelve_hours(text: str) -> str:
    hour = int(text[11:13])
    return f"{text[:11]}{hour - 12:02}{text[13:]}" if hour > 12 else text


def _cancelled_to_twelve(appointment: Any) -> Any:
    if appointment.get("status") != "cancelled":
        return appointment
    return appointment | {name: _twelve_hours(appointment[name]) for name in ("start", "end")}


def _holds(pattern: str) -> Callable[[Call], bool]:
    return lambda call: re.search(pattern, call.body.decode("utf-8", "replace")) is not None


def _an_hour_later(text: str) -> str:
    seconds = seconds_of(text)
    return text if seconds is None else uk_text(seconds + 3600)


def _moved(resource: Any, call: Call | None) -> Any:
    if call is None or not _holds(r'"start": *"[^"]*Z"')(call):
        return resource
    return resource | {"start": _an_hour_later(resource["start"])}


def _clock(text: str) -> str:
    return text[2:21]


def _clock_runs_back(call: Call) -> bool:
    bounds = [next(iter(call.parameters(name)), "") for name in ("start", "end")]
    return all("T" in bound for bound in bounds) and _clock(bounds[0]) >= _clock(bounds[1])


def _with_zulu(call: Call) -> bool:
    return any(value.endswith("Z") for name, value in call.query if name in {"start", "end"})


FAULTS = (
    Fault("time.fails-on-zulu", "breaks down at times with Z in a body", refuses(_holds(r"\d\dZ\""), _FAILED)),
    Fault(
        "time.fails-on-far-offsets", "breaks down at offsets other than the UK's", refuses(_holds(r"\+05:30"), _FAILED)
    ),
    Fault("time.fails-on-fractions", "breaks down at fractions of a second", refuses(_holds(r"\.000\+"), _FAILED)),
    Fault(
        "time.moves-zulu",
        "takes times with Z for summer time",
        Effect(Seam.RESOURCE, _moved, of="Appointment"),
    ),
    Fault(
        "time.day-ends-at-six", "finds no slots after six o'clock in the evening", found(_before_evening, on="search")
    ),
    Fault(
        "time.day-ends-at-six-in-lists",
        "lists no appointments after six o'clock in the evening",
        found(_before_evening, on="retrieve"),
    ),
    Fault(
        "time.counts-to-twelve",
        "writes the hours of the afternoon as those of the morning",
        change("Appointment", alter("start", _twelve_hours), alter("end", _twelve_hours)),
    ),
    Fault(
        "time.cancelled-counts-to-twelve",
        "writes the hours of the afternoon as those of the morning once an appointment is cancelled",
        change("Appointment", _cancelled_to_twelve),
    ),
    Fault("time.utc-is-refused", "breaks down at bounds in UTC", refuses(_with_zulu, _FAILED, on="search")),
    Fault(
        "time.compares-clocks",
        "compares bounds by their clock, without their offsets",
        refuses(_clock_runs_back, "INVALID_PARAMETER", on="search"),
    ),
    Fault(
        "time.versions-per-answer",
        "increments the version with every response",
        change("", alter("meta", lambda meta: meta | {"versionId": f"v{next(_COUNTER)}"})),
    ),
    Fault(
        "time.ids-per-answer",
        "gives records a new id in every response",
        change("", alter("id", lambda old: f"{old}-{next(_COUNTER)}")),
    ),
    Fault(
        "time.versions-of-lists",
        "returns other versions in lists than in reads",
        tuple(
            change("", put("meta.versionId", "list"), on=key)
            for key in ("retrieve", "find_patient", "find_practitioner", "find_organization", "find_location")
        ),
    ),
    Fault(
        "time.lists-lag",
        "serves lists from a stale copy",
        change("Appointment", put("meta.versionId", "0"), on="retrieve"),
    ),
    Fault(
        "time.answers-ahead",
        "returns a version that is not the one stored for writes",
        change("Appointment", put("meta.versionId", "999"), on="book amend cancel"),
    ),
    Fault(
        "time.reads-lag",
        "serves reads from a stale copy",
        change("Appointment", put("meta.versionId", "0"), on="read"),
    ),
)
