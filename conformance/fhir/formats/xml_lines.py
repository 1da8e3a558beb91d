"""Lines of an XML document by JSON pointer, found by a second pass over the text beside the value read from it."""

from __future__ import annotations

from typing import Any
from xml.parsers import expat

from conformance.fhir.formats.xml_names import SEPARATOR


class _Place:
    """An open element: its pointer, the value there, and how often each child name has occurred."""

    __slots__ = ("counts", "extra", "is_slot", "node", "pointer")

    def __init__(self, pointer: str, node: Any, extra: Any = None, is_slot: bool = False) -> None:
        self.pointer = pointer
        self.node = node
        self.extra = extra
        self.is_slot = is_slot
        self.counts: dict[str, int] = {}


def lines_of(data: bytes, value: Any) -> dict[str, int]:
    """The line of each element of the document under its JSON pointer. `data` must have been read to `value` before."""
    lines = {"": 1}
    stack: list[_Place] = []
    parser = expat.ParserCreate("utf-8", SEPARATOR)

    def start(tag: str, _: dict[str, str]) -> None:
        line = parser.CurrentLineNumber
        if not stack:
            place = _Place("", value)
            lines[""] = line
        else:
            place = _child(stack[-1], tag.rpartition(SEPARATOR)[2], line, lines)
        stack.append(place)

    def end(_: str) -> None:
        stack.pop()

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    try:
        parser.Parse(data, True)
    finally:
        parser.StartElementHandler = None  # the handlers hold the parser, and it them
    return lines


def _child(parent: _Place, name: str, line: int, lines: dict[str, int]) -> _Place:
    node = parent.node
    if parent.is_slot and isinstance(node, dict) and node.get("resourceType") == name:
        return _Place(parent.pointer, node)
    # Children of a primitive live in the `_name` beside it.
    holder, base = (node, parent.pointer) if isinstance(node, dict) else (parent.extra, _underscored(parent.pointer))
    if not isinstance(holder, dict):
        return _Place(parent.pointer, None)
    index = parent.counts.get(name, 0)
    parent.counts[name] = index + 1
    child, extra = holder.get(name), holder.get("_" + name)
    plain, primitive = f"{base}/{name}", f"{base}/_{name}"
    lines.setdefault(plain, line)
    lines.setdefault(primitive, line)
    if isinstance(child, list) or isinstance(extra, list):
        child, extra = _item(child, index), _item(extra, index)
        plain = f"{plain}/{index}"
        lines[plain] = lines[f"{primitive}/{index}"] = line
    is_slot = isinstance(child, dict) and "resourceType" in child
    return _Place(plain, child, extra, is_slot)


def _item(value: Any, index: int) -> Any:
    return value[index] if isinstance(value, list) and index < len(value) else None


def _underscored(pointer: str) -> str:
    """`/name/0/given/1` as `/name/0/_given/1`: where the extensions of a primitive are."""
    parts = pointer.split("/")
    at = len(parts) - 2 if parts[-1].isdecimal() and len(parts) > 2 else len(parts) - 1
    parts[at] = "_" + parts[at]
    return "/".join(parts)
