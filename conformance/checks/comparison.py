"""What differs between two responses: resource by resource, by type and id, in whatever order a searchset has its entries.

No page orders the entries of a searchset, and what belongs to a response rather than to a resource (its id, its time, its
links) may differ each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from conformance.checks.json_values import differences, every, spelled
from conformance.consumer.response import Response
from conformance.consumer.usable_parts import logical_id
from conformance.core.results import Finding

Compare = Callable[[Response, Response], Iterable[Finding]]
"""Yields what a second response has otherwise than a first."""

OF_A_RESPONSE = frozenset({"id", "link", "timestamp", "meta.lastUpdated", "meta.versionId"})
TIME_OF_CHANGE = frozenset({"meta.lastUpdated"})
_ABSENT = "not there"


def unlike(message: str, code: str, *, ignoring: frozenset[str] = TIME_OF_CHANGE) -> Compare:
    """Return a comparison whose findings have this message and code. `ignoring` holds dotted paths within a resource."""

    def compare(one: Response, other: Response) -> Iterator[Finding]:
        for place, found, expected in _differences(by_resource(one), by_resource(other), ignoring):
            yield Finding(message, location=place, found=found, expected=expected, code=code, exchange=other.number)

    return compare


def by_resource(response: Response) -> dict[str, Any]:
    """Return the resources of a response by `Type/id`, and the response itself (a Bundle without its entries) by its type.

    Entries without a usable id, and those that have one in common, are distinguished by a number.
    """
    kind = response.resource_type or "body"
    if kind != "Bundle":
        return {kind: response.resource}
    found: dict[str, Any] = {kind: {key: value for key, value in response.resource.items() if key != "entry"}}
    for entry in every(response.resource, "entry"):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(resource, dict):
            continue
        name = f"{resource.get('resourceType')}/{logical_id(resource) or '(no id)'}"
        number = sum(1 for key in found if key.partition(" ")[0] == name)
        beside = {key: value for key, value in entry.items() if key != "resource"}
        found[f"{name} ({number + 1})" if number else name] = {**resource, "entry": beside}
    return found


def _differences(
    before: dict[str, Any], after: dict[str, Any], ignoring: frozenset[str]
) -> Iterator[tuple[str, str, str]]:
    for name in sorted(before.keys() | after.keys()):
        if name not in before or name not in after:
            known = name in before
            yield name, _ABSENT if known else "there", "there" if known else _ABSENT
            continue
        for path in differences(before[name], after[name], ignoring=OF_A_RESPONSE if name == "Bundle" else ignoring):
            yield f"{name}.{path}", _shown(after[name], path), _shown(before[name], path)


def _shown(resource: Any, path: str) -> str:
    values = list(every(resource, path))
    return spelled(values) if values else _ABSENT  # whole: redaction does not know a name that is cut
