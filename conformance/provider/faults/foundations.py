"""Faults in finding and reading, the same for patients, practitioners, organisations and locations."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.provider.fault_points import Effect
from conformance.provider.faults.effects import (
    alter,
    bundle,
    change,
    drop_header,
    misanswer,
    put,
    refuses,
    skip,
    status,
    without,
)
from conformance.provider.faults.fault import DSTU2, EVERY, STU3, Fault
from conformance.provider.http import Call, Json
from conformance.provider.refusal import Reply


@dataclass(frozen=True)
class _Kind:
    """A kind of resource as the faults speak of it; `codes` are identifiers that the practice holds."""

    name: str
    type: str
    words: str
    optional: str  # what a search may leave out
    unknown: str  # the code of another kind, for what is not there
    codes: Callable[[Call], set[str]]

    @property
    def one(self) -> str:
        """Its words with the article."""
        return f"{'an' if self.words[0] in 'aeiou' else 'a'} {self.words}"

    @property
    def find(self) -> str:
        return f"find_{self.name}"

    @property
    def read(self) -> str:
        return f"read_{self.name}"

    @property
    def found_in(self) -> tuple[str, ...]:
        return DSTU2 if self.name == "location" else EVERY


def _codes(rows: str, key: str) -> Callable[[Call], set[str]]:
    def codes(call: Call) -> set[str]:
        holders: Mapping[str, Any] = getattr(call.provider.practice, rows)
        return {str(facts[key]) for facts in holders.values()}

    return codes


def _numbers(call: Call) -> set[str]:
    number = _asked(call)
    return {number} if call.provider.store.patient_by_nhs_number(number) else set()


def _asked(call: Call) -> str:
    return next(iter(call.parameters("identifier")), "").rpartition("|")[2]


_KINDS = (
    _Kind("patient", "Patient", "patient", "gender", "PRACTITIONER_NOT_FOUND", _numbers),
    _Kind(
        "practitioner",
        "Practitioner",
        "practitioner",
        "gender",
        "PATIENT_NOT_FOUND",
        _codes("practitioners", "sds_user"),
    ),
    _Kind(
        "organization", "Organization", "organisation", "telecom", "PATIENT_NOT_FOUND", _codes("organizations", "ods")
    ),
    _Kind("location", "Location", "location", "telecom", "PATIENT_NOT_FOUND", _codes("locations", "site")),
)


def _unmatched(kind: _Kind) -> Callable[[Call], bool]:
    return lambda call: _asked(call) not in kind.codes(call)


def _with_empty_list(value: Json) -> Json:
    return value if value.get("entry") else value | {"entry": []}


def _finding(kind: _Kind) -> tuple[Fault, ...]:
    rows: tuple[tuple[str, str, Effect], ...] = (
        ("finds-nothing", "never finds the {}", bundle(without("entry"), on=kind.find)),
        ("finds-twice", "finds each {} twice", bundle(alter("entry", lambda value: value * 2), on=kind.find)),
        (
            "finds-other",
            "finds {one} other than the requested one",
            change(kind.type, put("identifier.value", "9990010781"), on=kind.find),
        ),
        ("not-a-searchset", "finds the {} in a collection", bundle(put("type", "collection"), on=kind.find)),
        (
            "no-match-is-not-found",
            "returns 404 for a search for {one} without match",
            refuses(_unmatched(kind), Reply("BAD_REQUEST", 404, "not-found"), on=kind.find),
        ),
        (
            "empty-entry-list",
            "sends an empty list of entries where no {} matches",
            bundle(_with_empty_list, on=kind.find),
        ),
    )
    common = [
        Fault(f"{kind.name}.{name}", about.format(kind.words, one=kind.one), effect, kind.found_in)
        for name, about, effect in rows
    ]
    full = put("entry.fullUrl", "https://beeches.example/fhir/1")
    if kind.name != "location":
        common.append(Fault(f"{kind.name}.with-full-url", "sends fullUrl in entries", bundle(full, on=kind.find), STU3))
    less = change(kind.type, without(kind.optional), on=kind.find)
    about = f"returns less of {kind.one} found than of one read"
    common.append(Fault(f"{kind.name}.find-tells-less", about, less, STU3 if kind.name == "patient" else kind.found_in))
    missing = bundle(without("entry.fullUrl"), on=kind.find)
    return (*common, Fault(f"{kind.name}.without-full-url", "sends no fullUrl in entries", missing, DSTU2))


def _values(kind: _Kind) -> tuple[Fault, ...]:
    if kind.name == "patient":
        return ()
    rule = f"{kind.name}.value-form"
    broken = misanswer(rule, code="INTERNAL_SERVER_ERROR", status=500)
    return (
        Fault(f"{kind.name}.accepts-odd-value", f"takes any value to find {kind.one} by", skip(rule), kind.found_in),
        Fault(
            f"{kind.name}.odd-value-is-server-error",
            f"returns 500 for an odd value for {kind.one}",
            broken,
            kind.found_in,
        ),
    )


def _reading(kind: _Kind) -> tuple[Fault, ...]:
    rule = f"{kind.name}.known"
    rows: tuple[tuple[str, str, Effect], ...] = (
        ("other-id", "reads each {} with another id", change(kind.type, put("id", "other"), on=kind.read)),
        ("no-etag", "sends no ETag with the {}", drop_header("ETag", on=kind.read)),
        ("unreadable", "has no read of {one}", status(501, on=kind.read)),
        (
            "version-each-time",
            "gives the {} a version each time it is read",
            change(kind.type, put("meta.versionId", lambda _: str(time.time_ns())), on=kind.read),
        ),
        ("unknown-is-200", "returns 200 for an unknown {}", misanswer(rule, status=200)),
        (
            "unknown-is-server-error",
            "returns 500 for an unknown {}",
            misanswer(rule, code="INTERNAL_SERVER_ERROR", status=500),
        ),
        ("unknown-is-bad-request", "returns 400 for an unknown {}", misanswer(rule, code="BAD_REQUEST", status=400)),
    )
    other = misanswer(rule, on=kind.read, code=kind.unknown, status=404)
    return (
        *(Fault(f"{kind.name}.{name}", about.format(kind.words, one=kind.one), effect) for name, about, effect in rows),
        Fault(f"{kind.name}.unknown-other-code", f"returns another code for an unknown {kind.words}", other, STU3),
    )


FAULTS = tuple(fault for kind in _KINDS for group in (_finding, _values, _reading) for fault in group(kind))
