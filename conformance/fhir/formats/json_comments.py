"""Comments in the JSON of DSTU2: they stand in `fhir_comments`, in any object or beside any primitive, and are no content.

Source: FHIR 1.0.2 "JSON Representation". STU3 has no such member.
"""

from __future__ import annotations

from typing import Any

MEMBER = "fhir_comments"


def without_comments(value: Any) -> Any:
    """The value without its comments; the value itself where it has none.

    A `_name` that held nothing else is gone with them, so that its primitive is as if nobody had commented it.
    """
    if isinstance(value, dict):
        return _object(value)
    if isinstance(value, list):
        items = [without_comments(item) for item in value]
        return value if all(map(_is, items, value)) else items
    return value


def _object(value: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key, item in value.items():
        if key == MEMBER:
            continue
        content = without_comments(item)
        if key.startswith("_") and content is not item:
            content = _beside_a_primitive(content)
            if content is None:
                continue
        kept[key] = content
    return value if len(kept) == len(value) and all(map(_is, kept.values(), value.values())) else kept


def _beside_a_primitive(content: Any) -> Any:
    """What stays of `_name` without its comments: None where nothing does, also for each item of a list."""
    if isinstance(content, list):
        items = [item or None if isinstance(item, dict) else item for item in content]
        return None if all(item is None for item in items) else items
    return content or None


def _is(one: Any, other: Any) -> bool:
    return one is other
