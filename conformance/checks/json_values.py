"""Reach into FHIR JSON without tripping over what a hostile or broken response puts there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from conformance.consumer.uk_time import parse_instant
from conformance.fhir.addresses import read_canonical, read_reference


def every(value: Any, path: str) -> Iterator[Any]:
    """Yield every value at a dotted path; lists on the way are walked through, what is not there is passed over."""
    step, _, rest = path.partition(".")
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, dict) or step not in item:
            continue
        below = item[step]
        if rest:
            yield from every(below, rest)
        else:
            yield from below if isinstance(below, list) else [below]


def first(value: Any, path: str) -> Any:
    """Return the first value at a dotted path, or None."""
    return next(every(value, path), None)


def spelled(value: Any) -> str:
    """Return a value whole, for people: text as it is, `nothing` for what is not there, all else as JSON spells it."""
    if value is None or value == []:
        return "nothing"
    if isinstance(value, list):
        return ", ".join(map(spelled, value))
    return value if isinstance(value, str) and value.strip() else json.dumps(value, ensure_ascii=False, default=str)


def references(value: Any, resource_type: str) -> Iterator[str]:
    """Yield the ids of all references to a resource type anywhere in a value, each once, in order.

    Relative and absolute ones, with or without a version: whether the form is right is for another check.
    """
    seen: set[str] = set()
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack.extend(reversed(item))
        elif isinstance(item, dict):
            stack.extend(reversed([below for key, below in item.items() if key != "reference"]))
            found = read_reference(item.get("reference"))
            if found.leads_to(resource_type) and found.id not in seen:
                seen.add(found.id)
                yield found.id


def targets(value: Any, path: str, resource_type: str = "") -> list[str]:
    """Return what the references at a dotted path lead to, as `Type/id`, in order; of one resource type or of all."""
    found = [read_reference(text) for text in every(value, path)]
    return [item.target for item in found if not resource_type or item.leads_to(resource_type)]


def extensions(value: Any, *urls: str) -> list[dict[str, Any]]:
    """Return the extensions directly on a value whose url is one of `urls`."""
    found = value.get("extension") if isinstance(value, dict) else None
    actual = found if isinstance(found, list) else ()
    return [item for item in actual if isinstance(item, dict) and read_canonical(item.get("url")).url in urls]


def differences(before: Any, after: Any, *, ignoring: frozenset[str] = frozenset(), path: str = "") -> Iterator[str]:
    """Yield the paths at which two JSON values differ. `ignoring` holds dotted paths (without indexes) to pass over."""
    if path in ignoring:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            below = f"{path}.{key}" if path else key
            if key in before and key in after:
                yield from differences(before[key], after[key], ignoring=ignoring, path=below)
            elif below not in ignoring:
                yield below
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for left, right in zip(before, after, strict=True):
            yield from differences(left, right, ignoring=ignoring, path=path)
    elif before != after or isinstance(before, bool) is not isinstance(after, bool):
        yield path or "(the whole)"


def instant(value: Any) -> datetime | None:
    """Return a FHIR instant or dateTime with zone as an aware datetime, None for anything else."""
    return parse_instant(value) if isinstance(value, str) else None
