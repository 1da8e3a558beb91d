"""Writes the JSON form of a resource as FHIR XML: order, lists, attributes and namespaces as the definitions say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.parsers import expat

from conformance.fhir.definitions.element_layout import Layout, Member, Members, Shapes
from conformance.fhir.formats.json_comments import MEMBER, without_comments
from conformance.fhir.formats.xml_names import FHIR, SEPARATOR

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]*")
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPECIAL = re.compile('[&<>"\t\n\r]')
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}


class NotExpressible(ValueError):  # noqa: N818 -- says what the content is, as UnicodeError's children do
    """The JSON form has something XML cannot hold: a control character, a broken narrative, an odd property name."""


def to_xml(resource: dict[str, Any], definitions: Shapes) -> bytes:
    """A resource in JSON form as FHIR XML in UTF-8.

    Properties the definitions do not know come last, as best they can; DSTU2's `fhir_comments` are left out. Raises
    NotExpressible.
    """
    writer = _Writer(Layout.of(definitions))
    writer.resource(without_comments(resource), root=True)
    text = _DECLARATION + "".join(writer.pieces) + "\n"
    if (bad := _FORBIDDEN.search(text)) is not None:
        raise NotExpressible(f"the character U+{ord(bad[0]):04X} has no place in XML")
    return text.encode("utf-8")


def _attribute(name: str, value: Any) -> str:
    if isinstance(value, bool):
        value = "true" if value else "false"
    return f' {name}="{_SPECIAL.sub(lambda match: _ESCAPES[match[0]], str(value))}"'


class _Writer:
    def __init__(self, layout: Layout) -> None:
        self.pieces: list[str] = []
        self._layout = layout

    def resource(self, value: dict[str, Any], *, root: bool = False) -> None:
        kind = value.get("resourceType")
        if not isinstance(kind, str) or not _NAME.fullmatch(kind):
            raise NotExpressible("a resource without a resourceType has no name in XML")
        members = self._layout.members(kind)
        content = {key: item for key, item in value.items() if key != "resourceType"}
        self._element(kind, content, members if members is not None else {}, f' xmlns="{FHIR}"' if root else "")

    def _element(self, name: str, value: dict[str, Any], members: Members | None, start: str = "") -> None:
        """An object: its attributes, then its children in the order of the definition; None: of an unknown type."""
        attributes, children = start, []
        for key, item, extra in _properties(value):
            member = members.get(key) if members else None
            is_attribute = member.is_attribute if member else members is None and key in ("id", "url")
            if is_attribute and not isinstance(item, dict | list):
                attributes += _attribute(key, item)
            else:
                children.append((member.order if member else len(members or ()), key, item, extra, member))
        if not children:
            self.pieces.append(f"<{name}{attributes}/>")
            return
        self.pieces.append(f"<{name}{attributes}>")
        for _, key, item, extra, member in sorted(children, key=lambda child: child[0]):
            for one, more in _occurrences(item, extra):
                self._child(key, one, more, member)
        self.pieces.append(f"</{name}>")

    def _child(self, name: str, value: Any, extra: Any, member: Member | None) -> None:
        if isinstance(value, dict):
            self._object(name, value, member)
        elif member is not None and member.form == "xhtml" and isinstance(value, str):
            self.pieces.append(_checked_narrative(value))
        elif value is not None or isinstance(extra, dict):
            attribute = "" if value is None else _attribute("value", value)
            members = self._layout.members(member.type if member else "string")
            self._element(name, extra if isinstance(extra, dict) else {}, members, attribute)

    def _object(self, name: str, value: dict[str, Any], member: Member | None) -> None:
        if "resourceType" in value and (member is None or member.form == "resource"):
            self.pieces.append(f"<{name}>")
            self.resource(value)
            self.pieces.append(f"</{name}>")
        elif member is not None and member.form == "resource" and value:
            raise NotExpressible(f"a resource without a resourceType, in {name}, has no name in XML")
        else:
            self._element(name, value, self._layout.members(member.type) if member else None)


def _properties(value: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Each property once, with what `_name` says beside it."""
    for key, item in value.items():
        name = key.removeprefix("_") if isinstance(item, dict | list) else key
        if name == MEMBER or (name != key and name in value):
            continue
        if not _NAME.fullmatch(name):
            raise NotExpressible(f"the property name {key[:40]!r} is no name in XML")
        yield (name, None, item) if name != key else (name, item, value.get("_" + name))


def _occurrences(item: Any, extra: Any) -> Iterator[tuple[Any, Any]]:
    """The repetitions of an element, values and extensions side by side. JSON's lists within lists are laid flat."""
    items = item if isinstance(item, list) else [item]
    extras = extra if isinstance(extra, list) else [extra]
    for index in range(max(len(items), len(extras))):
        one = items[index] if index < len(items) else None
        more = extras[index] if index < len(extras) else None
        if isinstance(one, list):
            yield from _occurrences(one, None)
        else:
            yield one, more


def _checked_narrative(text: str) -> str:
    """The narrative as it is, if it is one well-formed div and nothing before or after it."""
    parser = expat.ParserCreate(namespace_separator=SEPARATOR)
    open_names: list[str] = []
    roots: list[str] = []

    def start(name: str, _: Any) -> None:
        if not open_names:
            roots.append(name.rpartition(SEPARATOR)[2])
        open_names.append(name)

    def refuse_outside(*_: Any) -> None:
        if not open_names:
            raise NotExpressible("the narrative has more than a div element")

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: open_names.pop() and None
    parser.StartDoctypeDeclHandler = parser.CommentHandler = parser.ProcessingInstructionHandler = refuse_outside
    try:
        parser.Parse(text, True)
    except (expat.ExpatError, UnicodeEncodeError) as error:
        raise NotExpressible(f"the narrative is not well-formed: {error}") from None
    if roots != ["div"] or not text.startswith("<div") or not text.endswith(">"):
        raise NotExpressible("the narrative is not a single div element")
    return text
