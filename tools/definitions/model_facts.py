"""What the fhir.resources models say of FHIR's types: elements, cardinality, list or single, types, targets, required codes.

Reads the model sources as syntax only: nothing is imported, so the DSTU2 models (release 6.5.0, made for pydantic 1) need no
environment of their own, only their files.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LOWER = """Boolean Integer String Decimal Uri Base64Binary Instant Date DateTime Time Code Oid Id Markdown UnsignedInt
    PositiveInt Uuid Xhtml"""
PRIMITIVES = {name: name[0].lower() + name[1:] for name in LOWER.split()} | {"bool": "boolean"}


@dataclass
class ModelElement:
    """One element as the models have it; `nested` names the class of a backbone element."""

    min: int
    repeats: bool
    types: set[str] = field(default_factory=set)
    targets: set[str] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)
    nested: str | None = None


def read_models(folder: Path, type_name: str) -> dict[str, ModelElement] | None:
    """Path to element for one type, own elements only; None where the models do not have the type."""
    file = folder / f"{type_name.lower()}.py"
    if not file.is_file():
        return None
    classes = {
        node.name: node for node in ast.parse(file.read_text(encoding="utf-8")).body if isinstance(node, ast.ClassDef)
    }
    found: dict[str, ModelElement] = {}
    if type_name in classes:
        _collect(classes, type_name, type_name, found, set())
    return found


def _collect(
    classes: dict[str, ast.ClassDef], name: str, path: str, found: dict[str, ModelElement], seen: set[str]
) -> None:
    for node in classes[name].body:
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            continue
        if (
            node.target.id.endswith("__ext")
            or node.target.id in ("resource_type",)
            or not isinstance(node.value, ast.Call)
        ):
            continue
        _add(node, classes, path, found, seen | {name})


def _add(
    node: ast.AnnAssign, classes: dict[str, ast.ClassDef], path: str, found: dict[str, ModelElement], seen: set[str]
) -> None:
    stated = _statements(node.value)
    annotation = ast.unparse(node.annotation)
    name = stated.get("alias", node.target.id)
    match = re.search(r"(?:fhirtypes\.)?(\w+?)(?:Type)?(?: \| None)*\]?(?: \| None)?$", annotation)
    type_name = match[1] if match else annotation
    choice = stated.get("one_of_many")
    element = found.setdefault(f"{path}.{choice}[x]" if choice else f"{path}.{name}", ModelElement(0, False))
    element.repeats |= "List[" in annotation or "ListType[" in annotation
    if stated.get("element_required") or stated.get("one_of_many_required") or stated["default"] is ...:
        element.min = 1
    element.targets |= set(stated.get("enum_reference_types", ())) or _titled_targets(stated.get("title", ""))
    element.codes |= set(stated.get("enum_values", ()))
    if type_name in classes:
        element.nested = type_name
        if type_name not in seen:
            _collect(classes, type_name, f"{path}.{name}", found, seen)
    else:
        element.types.add(PRIMITIVES.get(type_name, type_name))


def _statements(call: ast.Call) -> dict[str, Any]:
    """The literal arguments of a Field(...) call, with those of its json_schema_extra."""
    result: dict[str, Any] = {"default": ast.literal_eval(call.args[0]) if call.args else None}
    for keyword in call.keywords:
        try:
            value = ast.literal_eval(keyword.value)
        except ValueError:
            continue
        result |= value if keyword.arg == "json_schema_extra" else {keyword.arg: value}
    return result


def _titled_targets(title: str) -> set[str]:
    """DSTU2 models name targets in their titles only: items referencing `Slot, Location`."""
    match = re.search(r"referencing `([^`]+)`", title)
    return set(re.split(r",\s*", match[1])) if match else set()
