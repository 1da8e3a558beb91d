"""The page of the configuration, from its JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import conformance.config
from tools.docs.markdown import code, page, plain, table

_SCHEMA = Path(conformance.config.__file__).with_name("schema.json")
Rows = Iterator[tuple[str, str, str, str]]


def configuration_page() -> str:
    """Return a table of every key: what it is for, what it may hold, whether it is needed."""
    schema = json.loads(_SCHEMA.read_text(encoding="utf-8"))
    parts: list[str] = [plain(schema["description"])]
    for name, value in schema["properties"].items():
        parts.append(f"## {name}")
        parts.append(
            table(
                ["Key", "Value", "Needed", "What it is for"],
                _rows(name, value, schema, needed=name in schema["required"]),
            )
        )
    return page("Configuration", *parts)


def _rows(path: str, given: Mapping[str, Any], schema: Mapping[str, Any], *, needed: bool) -> Rows:
    value = _resolved(given, schema)
    yield code(path), plain(_kind(value, schema)), "yes" if needed else "", plain(value.get("description", ""))
    for name, member in value.get("properties", {}).items():
        yield from _rows(f"{path}.{name}", member, schema, needed=needed and name in value.get("required", ()))
    items = _resolved(value.get("items", {}), schema)
    for name, member in items.get("properties", {}).items():
        yield from _rows(f"{path}[].{name}", member, schema, needed=needed and name in items.get("required", ()))


def _resolved(value: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """A definition with what stands beside its $ref, which wins."""
    name = value.get("$ref", "").rpartition("/")[2]
    return {**schema["$defs"].get(name, {}), **value} if name else dict(value)


def _kind(value: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    if "x-expected" in value:
        return str(value["x-expected"])
    if "enum" in value:
        return " or ".join(map(str, value["enum"]))
    kind = value.get("type", "")
    name = kind if isinstance(kind, str) else " or ".join(kind)
    if name == "array":
        return f"list of {_kind(_resolved(value.get('items', {}), schema), schema) or 'values'}"
    return {"object": "section", "string": "text", "boolean": "true or false"}.get(name, name)
