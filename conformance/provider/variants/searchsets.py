"""Searchsets: the order of their entries, and the members that a server may give or leave out."""

from __future__ import annotations

import itertools
import random
import uuid
from typing import Any

from conformance.provider.fault_points import Effect, Seam
from conformance.provider.faults.effects import Edit, bundle
from conformance.provider.faults.fault import DSTU2, STU3
from conformance.provider.http import Call, Json
from conformance.provider.variants.effects import reverses
from conformance.provider.variants.variant import Expected, Variant

_NO_ORDER = "search pages name no order of entries; FHIR, Search: the order is the server's where _sort is not sent"
_OPTIONAL = "FHIR, Bundle: the element is optional in a searchset, and the pages say nothing about it"
# Registrations are the profiled Bundle, whose profile forbids most of these members.
_SEARCHES = (
    "search_free_slots retrieve_patient_appointments find_patient find_practitioner find_organization find_location"
)
_numbers = itertools.count(1)


def _shuffled(value: Json) -> Json:
    entries = list(value.get("entry", ()))
    random.Random(next(_numbers)).shuffle(entries)
    return {**value, "entry": entries} if entries else value


def _by_type(value: Json) -> Json:
    entries = sorted(value.get("entry", ()), key=lambda entry: str(entry["resource"].get("id")))
    return {**value, "entry": entries} if entries else value


def _main(value: Json) -> set[str]:
    """The types that a searchset is about; others are included."""
    kinds = {entry["resource"]["resourceType"] for entry in value.get("entry", ())}
    return {"Slot"} if "Slot" in kinds else {"Appointment"} if "Appointment" in kinds else kinds


def _with_modes(value: Json) -> Json:
    main = _main(value)
    entries = [
        {**entry, "search": {"mode": "match" if entry["resource"]["resourceType"] in main else "include"}}
        for entry in value.get("entry", ())
    ]
    return {**value, "entry": entries} if entries else value


def _with_total(value: Json) -> Json:
    main = _main(value)
    return {**value, "total": sum(entry["resource"]["resourceType"] in main for entry in value.get("entry", ()))}


def _with_outcome(value: Json) -> Json:
    outcome = {
        "fullUrl": "urn:uuid:5d8b51c6-9d6e-4a53-8b07-3f6a7b7b1c11",
        "resource": {
            "resourceType": "OperationOutcome",
            "issue": [
                {"severity": "information", "code": "informational", "diagnostics": "one parameter was not used"}
            ],
        },
        "search": {"mode": "outcome"},
    }
    return {**value, "entry": [*value.get("entry", ()), outcome]}


def _with_id(value: Json) -> Json:
    return {**value, "id": str(uuid.uuid4())}


def _with_self_link(value: Json) -> Json:
    return {**value, "link": [{"relation": "self", "url": "https://provider.example.org/search?seen=as-understood"}]}


def _with_more_links(value: Json) -> Json:
    first = {"relation": "first", "url": "https://provider.example.org/search?page=1"}
    return {**value, "link": [*value.get("link", ()), first, {**first, "relation": "last"}]}


def _updated(value: Json) -> Json:
    return {**value, "meta": {**value.get("meta", {}), "lastUpdated": "2026-01-05T09:00:00.123+00:00"}}


def _full_urls(write: str) -> Edit:
    def edit(value: Json) -> Json:
        entries = [
            {
                "fullUrl": write or f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, str(entry['resource'].get('id')))}",
                **entry,
            }
            for entry in value.get("entry", ())
        ]
        return {**value, "entry": entries} if entries else value

    return edit


def _variant(
    name: str, title: str, allowed: str, edit: Edit, editions: tuple[str, ...] = (), aspect: str = "", **more: Any
) -> Variant:
    return Variant(f"searchset.{name}", title, allowed, bundle(edit, on=_SEARCHES), editions, aspect, **more)


def _profiled(value: Json, call: Call | None) -> Json:
    """An empty searchset that names the edition's profile of searchsets."""
    profile = call.provider.edition.profile("Bundle") if call else None
    return value if "entry" in value or profile is None else {**value, "meta": {"profile": [profile.canonical]}}


# The profile of searchsets prohibits total, link and entry.search: a Bundle that names it has none of them.
_BEYOND = "naming the profile of searchsets, or going beyond it"

VARIANTS = (
    Variant(
        "searchset.empty-profiled",
        "names the profile of searchsets in those that have no entry",
        "search page: the Bundle is named both with the profile, which wants an entry, and without; nothing found has none",
        Effect(Seam.BUNDLE, _profiled, on=frozenset(_SEARCHES.split())),
        aspect=_BEYOND,
    ),
    _variant("shuffled", "gives entries in another order each time", _NO_ORDER, _shuffled, aspect="order of entries"),
    _variant(
        "reversed",
        "gives entries last first, what is included before what matches",
        _NO_ORDER,
        reverses("entry"),
        aspect="order of entries",
    ),
    _variant("by-id", "orders entries by id", _NO_ORDER, _by_type, aspect="order of entries"),
    _variant("modes", "says of each entry whether it matches or is included", _OPTIONAL, _with_modes),
    _variant("total", "gives the total of matches, 0 where there are none", _OPTIONAL, _with_total, aspect=_BEYOND),
    _variant(
        "outcome",
        "puts an OperationOutcome of mode outcome beside the entries",
        "FHIR, Bundle.entry.search.mode: outcome is an entry that says something about the search itself",
        _with_outcome,
        aspect=_BEYOND,
    ),
    _variant("id", "gives each searchset an id of its own", _OPTIONAL, _with_id),
    _variant(
        "self-link",
        "gives a self link",
        "FHIR, Bundle.link: self shows the criteria applied; general API guidance, Inter-version compatibility",
        _with_self_link,
        STU3,
        aspect=_BEYOND,
    ),
    _variant(
        "more-links",
        "gives links to the first and the last page, of which there is one",
        "FHIR, Bundle.link: any relation of RFC 5988 may be given",
        _with_more_links,
        aspect=_BEYOND,
    ),
    _variant(
        "last-updated", "says when a searchset was put together", "FHIR, Bundle.meta.lastUpdated: optional", _updated
    ),
    _variant(
        "without-self-link",
        "gives no self link",
        "FHIR, Bundle.link: optional; FHIR API guidance, Inter-version Compatibility: echoing criteria is a reason, not a rule",
        lambda value: {name: item for name, item in value.items() if name != "link"},
        DSTU2,
        expects=(Expected("warn", "*.echoes-criteria", "FHIR: a searchset should echo its criteria in the self link"),),
    ),
    _variant(
        "full-urls-urn",
        "gives entries a fullUrl of the form urn:uuid",
        "FHIR, Bundle.entry.fullUrl: an absolute URL or a urn:uuid; resource guidance: SHOULD NOT be populated",
        _full_urls(""),
        STU3,
        expects=(
            Expected("warn", "*no-full-url", "resource guidance: fullUrl SHOULD NOT be populated (STU3-RES-013)"),
        ),
    ),
)
