"""Python functions for the invariants met in every message, by the text of their FHIRPath or XPath.

A function returns None where the invariant holds, else the steps from the object to where it fails (none for the object
itself). Tests hold them equivalent to the expression engines, with three deliberate repairs: periods are compared as
instants, not as text (`per-1` in DSTU2); DSTU2's `dom-3` looks at resource ids, which its XPath misses; DSTU2's `ref-1`
uses a function XPath 2 does not have, and is judged with the references.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from conformance.fhir.validation.context import Object, Run

Steps = tuple["str | int", ...]
Fast = Callable[[Any, Run], "Steps | None"]
HERE: Steps = ()
UCUM = "http://unitsofmeasure.org"


def has(value: Object, *names: str) -> bool:
    """True where one of the members is there, if only with extensions."""
    for name in names:  # noqa: SIM110 -- for every object: a generator costs three times as much
        if name in value or "_" + name in value:
            return True
    return False


def has_value(value: Object) -> bool:
    """True where some type of `value[x]` is there."""
    for key in value:  # noqa: SIM110 -- as above
        if key.startswith(("value", "_value")):
            return True
    return False


def items(value: Any) -> list[Any]:
    """A member as a list; nothing for what has not the form of one."""
    return value if isinstance(value, list) else []


def holds(condition: bool) -> Steps | None:
    """The result for a condition on the object itself."""
    return None if condition else HERE


def any_of(*names: str) -> Fast:
    """At least one of the members is there."""
    return lambda value, _run: None if has(value, *names) else HERE


def needs(first: str, second: str) -> Fast:
    """The first member requires the second."""
    return lambda value, _run: HERE if has(value, first) and not has(value, second) else None


def only_when_type(member: str, *types: str) -> Fast:
    """Bundles: some entry may have the member only in Bundles of these types."""

    def test(value: Object, _run: Run) -> Steps | None:
        if value.get("type") in types:
            return None
        for index, entry in enumerate(items(value.get("entry"))):
            if isinstance(entry, dict) and member in entry:
                return ("entry", index, member)
        return None

    return test


def extension_content(value: Object, _run: Run) -> Steps | None:
    """ext-1: a value or nested extensions, and not both."""
    return holds(("extension" in value) != has_value(value))


def appointment_times(value: Object, _run: Run) -> Steps | None:
    """app-2: start and end together or not at all."""
    return holds(has(value, "start") == has(value, "end"))


def appointment_dated(value: Object, _run: Run) -> Steps | None:
    """app-3: only proposed and cancelled appointments may lack their times."""
    return holds((has(value, "start") and has(value, "end")) or value.get("status") in ("proposed", "cancelled"))


def bundle_total(value: Object, _run: Run) -> Steps | None:
    """bdl-1: a total is for searchsets and histories."""
    return ("total",) if has(value, "total") and value.get("type") not in ("searchset", "history") else None


def full_url_with_resource(value: Object, _run: Run) -> Steps | None:
    """bdl-6 (DSTU2): fullUrl and resource together or not at all."""
    return holds(has(value, "fullUrl") == has(value, "resource"))


def full_urls_distinct(value: Object, _run: Run) -> Steps | None:
    """bdl-7: no two entries with the same fullUrl and version."""
    seen: set[tuple[str, str]] = set()
    for index, entry in enumerate(items(value.get("entry"))):
        if not isinstance(entry, dict) or not isinstance(entry.get("fullUrl"), str):
            continue
        resource = entry.get("resource")
        meta = resource.get("meta") if isinstance(resource, dict) else None
        version = meta.get("versionId") if isinstance(meta, dict) else None
        key = (entry["fullUrl"], str(version or ""))
        if key in seen:
            return ("entry", index, "fullUrl")
        seen.add(key)
    return None


def full_urls_of_resources_distinct(value: Object, run: Run) -> Steps | None:
    """bdl-7 of DSTU2 looks only at entries with a resource."""
    entries = [e if isinstance(e, dict) and "resource" in e else None for e in items(value.get("entry"))]
    return full_urls_distinct({"entry": entries}, run)


def full_url_unversioned(value: Object, _run: Run) -> Steps | None:
    """bdl-8: a fullUrl names no version."""
    url = value.get("fullUrl")
    return ("fullUrl",) if isinstance(url, str) and "/_history/" in url else None


def document_identified(value: Object, _run: Run) -> Steps | None:
    """bdl-9: a document has an identifier with system and value."""
    identifier = value.get("identifier")
    named = isinstance(identifier, dict) and has(identifier, "system") and has(identifier, "value")
    return holds(value.get("type") != "document" or named)


def contained_ones(value: Object) -> list[tuple[int, Object]]:
    """The contained resources with their positions."""
    if "contained" not in value:
        return []
    return [(index, one) for index, one in enumerate(items(value.get("contained"))) if isinstance(one, dict)]


def contained_without(member: str) -> Fast:
    """dom-1 and dom-2: contained resources have no narrative and contain nothing."""

    def test(value: Object, _run: Run) -> Steps | None:
        found = next((index for index, one in contained_ones(value) if has(one, member)), None)
        return None if found is None else ("contained", found, member)

    return test


def not_in_contained(member: str) -> Fast:
    """The same rule as DSTU2 words it, from inside the contained resource."""

    def test(value: Object, run: Run) -> Steps | None:
        inside = run.scope.resource is value and run.scope.container is not value
        return (member,) if inside and has(value, member) else None

    return test


def contained_unversioned(value: Object, _run: Run) -> Steps | None:
    """dom-4: contained resources have neither versionId nor lastUpdated."""
    for index, one in contained_ones(value):
        meta = one.get("meta")
        for member in ("versionId", "lastUpdated"):
            if isinstance(meta, dict) and has(meta, member):
                return ("contained", index, "meta", member)
    return None


def contained_referred_to(value: Object, run: Run) -> Steps | None:
    """dom-3: each contained resource is referred to from somewhere in the resource."""
    contained = contained_ones(value)
    if not contained:
        return None
    wanted = {"#" + one["id"]: index for index, one in contained if isinstance(one.get("id"), str)}
    # References were met on the way here; those in parts that were not looked into are searched for only if need be.
    missing = wanted.keys() - run.scope.local
    missing = missing and missing - references_in(run.scope.container)
    return ("contained", min(wanted[one] for one in missing)) if missing else None


def references_in(value: Any) -> set[str]:
    """All texts of members named `reference`, at any depth."""
    found: set[str] = set()
    waiting = [value]
    while waiting:
        current = waiting.pop()
        if isinstance(current, list):
            waiting.extend(current)
        elif isinstance(current, dict):
            reference = current.get("reference")
            if isinstance(reference, str):
                found.add(reference)
            waiting.extend(current.values())
    return found


def period_order(value: Object, _run: Run) -> Steps | None:
    """per-1: the start is not after the end, where the two can be compared."""
    start, end = value.get("start"), value.get("end")
    if not isinstance(start, str) or not isinstance(end, str):
        return None
    return ("end",) if later(start, end) else None


def later(one: str, other: str) -> bool:
    """True where the first date is certainly after the second: instants as such, others as far as both are precise."""
    if "T" in one and "T" in other:
        try:
            return datetime.fromisoformat(one) > datetime.fromisoformat(other)
        except (ValueError, TypeError):
            return False
    precision = min(len(one.partition("T")[0]), len(other.partition("T")[0]))
    return one[:precision] > other[:precision]


def number(value: Any) -> Decimal | None:
    """A JSON number as Decimal; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    return Decimal(str(value))


def range_order(value: Object, _run: Run) -> Steps | None:
    """rng-2: low is not above high, in the same unit."""
    low, high = value.get("low"), value.get("high")
    if not isinstance(low, dict) or not isinstance(high, dict) or low.get("code") != high.get("code"):
        return None
    one, other = number(low.get("value")), number(high.get("value"))
    return holds(one is None or other is None or one <= other)


def ratio_whole(value: Object, _run: Run) -> Steps | None:
    """rat-1: both parts or neither, and then an extension."""
    numerator, denominator = has(value, "numerator"), has(value, "denominator")
    return holds(numerator == denominator and (numerator or "extension" in value))


def not_at_home(value: Object, _run: Run) -> Steps | None:
    """org-2, org-3: organisations have no home."""
    return ("use",) if value.get("use") == "home" else None


def parameter_content(value: Object, _run: Run) -> Steps | None:
    """inv-1 of Parameters: exactly one of value, resource and parts."""
    return holds([has_value(value), has(value, "resource"), has(value, "part")].count(True) == 1)


def measure(system: str, *, positive: bool = False, whole: bool = False) -> Fast:
    """age-1, cnt-3, dis-1, mny-1: a value has a code, of one system."""

    def test(value: Object, _run: Run) -> Steps | None:
        amount = number(value.get("value"))
        coded = has(value, "code") or not has(value, "value")
        fits = not has(value, "system") or value.get("system") == system
        sized = amount is None or not positive or amount > 0
        counted = not whole or (value.get("code") in (None, "1") and "." not in str(value.get("value", "")))
        return holds(coded and fits and sized and counted)

    return test


def duration_coded(value: Object, _run: Run) -> Steps | None:
    """drt-1: a coded duration is in UCUM and has a value."""
    return holds(not has(value, "code") or (value.get("system") == UCUM and has(value, "value")))
