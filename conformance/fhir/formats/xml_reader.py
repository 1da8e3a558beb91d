"""Builds the JSON form of a resource from the events of an XML parser."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import pairwise
from typing import Any
from xml.parsers import expat

from conformance.fhir.definitions.element_layout import Layout, Member, Members
from conformance.fhir.formats.json_reader import Limits, problem
from conformance.fhir.formats.xml_names import FHIR, SCHEMA_INSTANCE, XHTML, split_name
from conformance.fhir.formats.xml_narrative import Narrative
from conformance.fhir.issues import Issue

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,999})")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,999})(?:\.[0-9]{1,999})?(?:[eE][+-]?[0-9]{1,6})?")
_INTEGER_TYPES = frozenset({"integer", "unsignedInt", "positiveInt"})
_UTF8_NAMES = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
_MAX_PROBLEMS = 1000


class Stop(Exception):  # noqa: N818 -- it ends the parse; it is no error of ours
    """Ends the reading with the issue that says why."""

    def __init__(self, issue: Issue) -> None:
        super().__init__(issue.message)
        self.issue = issue


class _Frame:
    """An open element: what it is in the JSON form and what it has gathered so far."""

    __slots__ = (
        "children",
        "is_narrative",
        "key",
        "last_order",
        "line",
        "member",
        "members",
        "resource",
        "resource_type",
        "stray",
        "text",
    )

    def __init__(self, key: str, member: Member | None, members: Members | None, line: int) -> None:
        self.key = key
        self.member = member
        self.members = members
        self.line = line
        self.resource_type: str | None = None
        self.resource: dict[str, Any] | None = None
        self.text: str | None = None
        self.children: dict[str, list[tuple[Any, Any]]] = {}
        self.last_order = -1
        self.stray = False
        self.is_narrative = False

    @property
    def is_slot(self) -> bool:
        """True for an element that wraps a resource, such as contained and Bundle.entry.resource."""
        return self.member is not None and self.member.form == "resource" and self.resource_type is None


def typed(text: str, type_name: str) -> Any:
    """The JSON value of an XML attribute: what does not fit its type stays text, for the validator to name."""
    if type_name == "boolean":
        return {"true": True, "false": False}.get(text, text)
    if type_name in _INTEGER_TYPES:
        return int(text) if _INTEGER.fullmatch(text) else text
    if type_name == "decimal" and _DECIMAL.fullmatch(text):
        return int(text) if _INTEGER.fullmatch(text) and text != "-0" else Decimal(text)
    return text


class Builder:
    """Takes parser events; `value` holds the resource when they end."""

    def __init__(self, data: bytes, layout: Layout, limits: Limits, problems: list[Issue]) -> None:
        self.value: Any = None
        self._data = data
        self._layout = layout
        self._limits = limits
        self._problems = problems
        self._stack: list[_Frame] = []
        self._elements = 0
        self._narrative: Narrative | None = None
        self._declared: dict[str | None, str | None] = {}

    def attach(self, parser: expat.XMLParserType) -> None:
        """Connect to a namespace-aware parser that reports prefixes."""
        self._parser = parser
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartNamespaceDeclHandler = self._declare
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.XmlDeclHandler = self._declaration

    def detach(self) -> None:
        """Let go of the parser, which else would keep the document until Python looks for circles."""
        del self._parser

    @property
    def position(self) -> int:
        """The byte offset where the parser stopped with an error."""
        return self._parser.ErrorByteIndex

    # -- events ----------------------------------------------------------------------------------------------------

    def _declare(self, prefix: str | None, uri: str | None) -> None:
        self._declared[prefix] = uri

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding and encoding.lower() not in _UTF8_NAMES:
            self._say("not-utf8", f"the XML declares the encoding {encoding}: FHIR is UTF-8", found=encoding)

    def _refuse_doctype(self, *_: Any) -> None:
        message = "the XML has a document type declaration (DOCTYPE), which FHIR forbids; nothing was read"
        raise Stop(problem("doctype", message, line=self._parser.CurrentLineNumber))

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._count()
        namespace, local, prefix = split_name(tag)
        declared, self._declared = self._declared, {}
        if self._narrative is not None:
            self._narrative.start(namespace, local, prefix, attributes, declared)
            return
        frame = self._open(namespace, local)
        self._stack.append(frame)
        if frame.is_narrative:
            self._narrative = Narrative(self._data, self._parser.CurrentByteIndex)
            self._narrative.start(namespace, local, prefix, attributes, declared)
        else:
            self._attributes(frame, attributes)

    def _end(self, _tag: str) -> None:
        if self._narrative is not None:
            self._narrative.end()
            if self._narrative.depth:
                return
            text: str | None = self._narrative.text(self._parser.CurrentByteIndex)
            self._narrative = None
            self._stack[-1].text = text
        frame = self._stack.pop()
        value, extra = self._finish(frame)
        if not self._stack:
            self.value = value
            return
        parent = self._stack[-1]
        if frame.resource_type is not None and parent.is_slot:
            self._fill_slot(parent, frame, value)
        elif value is not None or extra is not None:
            parent.children.setdefault(frame.key, []).append((value, extra))

    def _characters(self, text: str) -> None:
        if self._narrative is not None:
            self._narrative.characters(text)
            return
        frame = self._stack[-1]
        if not frame.stray and text.strip():
            frame.stray = True
            found = text.strip()[:40]
            self._say("text-not-allowed", f"text where only elements belong, in {frame.key}: {found!r}", found=found)

    # -- opening ---------------------------------------------------------------------------------------------------

    def _count(self) -> None:
        self._elements += 1
        line = self._parser.CurrentLineNumber
        if self._elements > self._limits.elements:
            message = f"the XML has more than {self._limits.elements:,} elements; nothing was read"
            raise Stop(problem("too-many-elements", message, line=line))
        depth = len(self._stack) + (self._narrative.depth if self._narrative else 0)
        if depth >= self._limits.depth:
            message = f"the XML is nested more than {self._limits.depth} levels deep, which no resource is"
            raise Stop(problem("too-deep", message, line=line))

    def _open(self, namespace: str, local: str) -> _Frame:
        line = self._parser.CurrentLineNumber
        parent = self._stack[-1] if self._stack else None
        if parent is None or parent.is_slot:
            frame = _Frame(local, None, self._layout.members(local), line)
            frame.resource_type = local
        else:
            member = parent.members.get(local) if parent.members else None
            members = self._layout.members(member.type) if member and member.form != "resource" else None
            frame = _Frame(local, member, members, line)
            frame.is_narrative = member.form == "xhtml" if member else namespace == XHTML
            if member is not None and member.is_attribute:
                message = f"{local} is an XML attribute of {parent.key}, not an element within it"
                self._say("attribute-expected", message, found=f"<{local}>", expected=f'{local}="..."')
            self._check_order(parent, frame)
        self._check_namespace(namespace, frame)
        return frame

    def _check_namespace(self, namespace: str, frame: _Frame) -> None:
        # A div in FHIR's namespace reads as a div without one in JSON: the validator says so for both.
        if namespace == FHIR or (namespace == XHTML and frame.is_narrative):
            return
        found = namespace or "none"
        message = f"the element {frame.key} is in the wrong namespace ({found}): {FHIR} is wanted"
        self._say("wrong-namespace", message, frame, found=found, expected=FHIR)

    def _check_order(self, parent: _Frame, frame: _Frame) -> None:
        if frame.member is None:
            return
        if frame.member.order < parent.last_order:
            message = f"the element {frame.key} comes too late: FHIR XML has a fixed order of elements"
            self._say("wrong-order", message, frame, found=frame.key)
        parent.last_order = max(parent.last_order, frame.member.order)

    def _attributes(self, frame: _Frame, attributes: dict[str, str]) -> None:
        for name, text in attributes.items():
            namespace, local, _ = split_name(name)
            if namespace == SCHEMA_INSTANCE:
                continue
            if namespace or not self._take_attribute(frame, local, text):
                message = f"the element {frame.key} has an attribute {local}, which does not belong there"
                self._say("unknown-attribute", message, found=f'{local}="{text[:40]}"')

    def _take_attribute(self, frame: _Frame, name: str, text: str) -> bool:
        is_primitive = frame.member is None or frame.member.form == "primitive"
        if name == "value" and is_primitive and frame.resource_type is None:
            frame.text = text
            return True
        known = frame.members.get(name) if frame.members else None
        unknown_type = frame.members is None and frame.resource_type is None and not frame.is_slot
        allowed = known.is_attribute if known else unknown_type and name in ("id", "url")
        if allowed or (name == "id" and is_primitive and frame.resource_type is None):
            frame.children[name] = [(text, None)]
            return True
        return False

    # -- closing ---------------------------------------------------------------------------------------------------

    def _finish(self, frame: _Frame) -> tuple[Any, Any]:
        """The value of an element, and for a primitive its id and extensions."""
        content = self._content(frame)
        member = frame.member
        if frame.resource_type is not None:
            return {"resourceType": frame.resource_type, **content}, None
        if frame.is_narrative:
            return frame.text, None
        if member is not None and member.form == "primitive":
            return self._finish_primitive(frame, member, content)
        if member is None and frame.text is not None:
            return frame.text, content or None
        if frame.resource is not None:
            return frame.resource, None
        if frame.is_slot:
            self._say("empty-slot", f"the element {frame.key} holds no resource", frame)
        return content, None

    def _finish_primitive(self, frame: _Frame, member: Member, content: dict[str, Any]) -> tuple[Any, Any]:
        if frame.text is None and not content:
            message = f"the element {frame.key} has neither a value attribute nor an extension"
            self._say("missing-value", message, frame, expected='value="..."')
            return None, None
        return (None if frame.text is None else typed(frame.text, member.type)), content or None

    def _fill_slot(self, slot: _Frame, frame: _Frame, value: Any) -> None:
        if slot.resource is not None:
            message = f"the element {slot.key} holds a second resource ({frame.key}): it may hold one"
            self._say("second-resource", message, frame, found=frame.key)
        else:
            slot.resource = value

    @staticmethod
    def _content(frame: _Frame) -> dict[str, Any]:
        content: dict[str, Any] = {}
        for name, items in frame.children.items():
            member = frame.members.get(name) if frame.members else None
            is_list = len(items) > 1 or (member is not None and member.is_list)
            if any(value is not None for value, _ in items):
                content[name] = [value for value, _ in items] if is_list else items[0][0]
            if any(extra is not None for _, extra in items):
                content["_" + name] = [extra for _, extra in items] if is_list else items[0][1]
        return content

    def _say(
        self,
        code: str,
        message: str,
        frame: _Frame | None = None,
        *,
        found: str | None = None,
        expected: str | None = None,
    ) -> None:
        """Note a problem at an element: the given one, closed or not yet open, or the one now open."""
        if len(self._problems) >= _MAX_PROBLEMS:
            raise Stop(problem("more-problems", f"more than {_MAX_PROBLEMS} problems in the XML; reading stopped"))
        frames = [*self._stack, frame] if frame else self._stack
        line = frame.line if frame else self._parser.CurrentLineNumber
        root = frames[0].key if frames else "$this"
        at = _pointer(frames)
        self._problems.append(problem(code, message, line=line, pointer=at, root=root, found=found, expected=expected))


def _pointer(frames: list[_Frame]) -> str:
    """The JSON pointer of the innermost of nested elements; the earlier siblings of each are in its parent already."""
    pointer = ""
    for parent, frame in pairwise(frames):
        if parent.is_slot:
            continue
        pointer += "/" + frame.key
        if frame.member is not None and frame.member.is_list:
            pointer += f"/{len(parent.children.get(frame.key, ()))}"
    return pointer
