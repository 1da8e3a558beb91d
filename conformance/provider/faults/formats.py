"""Faults of formats: choosing, reading and writing them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from conformance.provider.fault_points import Effect, Seam
from conformance.provider.faults.effects import change, refuses, setting, without
from conformance.provider.faults.fault import Fault
from conformance.provider.http import Call
from conformance.provider.negotiation import choose_form
from conformance.provider.refusal import Reply

_UNSUPPORTED = Reply("BAD_REQUEST", 415, "not-supported")
_Wire = tuple[int, dict[str, str], bytes]


def _call(edit: Callable[[Call], None]) -> Effect:
    """Do something to a call once it is routed."""

    def apply(call: Call, same: Call | None) -> Call:  # noqa: ARG001
        edit(call)
        return call

    return Effect(Seam.CALL, apply)


def _overlook_parameter(call: Call) -> None:
    call.query = [pair for pair in call.query if pair[0] != "_format"]
    choose_form(call)


def _follow_body(call: Call) -> None:
    if call.body:
        call.form = _form(call.header("Content-Type")) or call.form


def _take_first(call: Call) -> None:
    first = call.header("Accept").partition(",")[0].partition(";")[0].strip()
    call.form = call.provider.media_types.get(first, call.form)


def _form(media_type: str) -> str:
    return "xml" if "xml" in media_type else "json" if "json" in media_type else ""


def _sniff(call: Call) -> None:
    if call.body:
        form = "xml" if call.body.lstrip()[:1] == b"<" else "json"
        _relabel(call, call.provider.edition.content_type(form))


def _relabel(call: Call, label: str) -> None:
    call.headers = [(name, label if name.lower() == "content-type" else value) for name, value in call.headers]


def _cut_xml(wire: _Wire, call: Call | None) -> _Wire:  # noqa: ARG001
    code, headers, sent = wire
    return (code, headers, sent[: len(sent) // 2]) if "xml" in headers.get("Content-Type", "") else wire


def _xml_texts(edit: Callable[[str], str]) -> Effect:
    """Read every text of an XML body changed."""

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: walk(item) for key, item in value.items()}
        if isinstance(value, list):
            return [walk(item) for item in value]
        return edit(value) if isinstance(value, str) else value

    def apply(value: Any, call: Call | None) -> Any:
        return walk(value) if call and "xml" in call.header("Content-Type") else value

    return Effect(Seam.CONTENT, apply)


def _other_label(call: Call) -> bool:
    return bool(call.body) and call.header("Content-Type") not in {
        call.provider.edition.content_type(form) for form in ("json", "xml")
    }


_STATEMENTS = ("CapabilityStatement", "Conformance")
# What is lost of each resource in XML.
_FORGOTTEN = {
    "Slot": "schedule",
    "Appointment": "comment",
    "Patient": "name",
    "Practitioner": "name",
    "Organization": "name",
    "Location": "name",
    "CapabilityStatement": "software",
    "Conformance": "software",
    "OperationOutcome": "issue.details",
}

FAULTS = (
    Fault("formats.xml-only", "writes XML whatever was requested", setting("format.responses", "xml")),
    Fault("formats.overlooks-parameter", "overlooks _format", _call(_overlook_parameter)),
    Fault(
        "formats.refuses-parameter",
        "refuses _format as an unknown parameter",
        refuses(lambda call: bool(call.parameters("_format")), "BAD_REQUEST"),
    ),
    Fault(
        "formats.wants-accept",
        "returns 415 where there is no Accept header",
        refuses(lambda call: not call.header("Accept"), _UNSUPPORTED),
    ),
    Fault(
        "formats.knows-no-wildcard",
        "returns 415 for Accept: */*",
        refuses(lambda call: "*/*" in call.header("Accept"), _UNSUPPORTED),
    ),
    Fault("formats.answers-as-asked-in", "returns the format of the request's body", _call(_follow_body)),
    Fault("formats.first-accepted", "takes the first format in Accept whatever the weights say", _call(_take_first)),
    Fault(
        "formats.refuses-xml-bodies",
        "reads no XML though it writes it",
        refuses(lambda call: "xml" in call.header("Content-Type"), _UNSUPPORTED),
    ),
    Fault("formats.sniffs-bodies", "reads bodies as what they look like, whatever their label", _call(_sniff)),
    Fault(
        "formats.knows-one-spelling",
        "knows a Content-Type in one spelling only",
        refuses(_other_label, _UNSUPPORTED),
    ),
    Fault(
        "formats.accepts-one-spelling",
        "knows the charset in Accept in one spelling only",
        refuses(lambda call: "; charset=UTF-8" in call.header("Accept"), _UNSUPPORTED),
    ),
    Fault(
        "formats.knows-small-letters-only",
        "compares media types with their case",
        refuses(lambda call: call.header("Accept") != call.header("Accept").lower(), _UNSUPPORTED),
    ),
    Fault("formats.xml-cut-short", "cuts bodies in XML short", Effect(Seam.WIRE, _cut_xml)),
    Fault(
        "formats.xml-forgets",
        "writes less in XML than in JSON",
        tuple(change(kind, without(path), form="xml") for kind, path in _FORGOTTEN.items()),
    ),
    Fault(
        "formats.xml-loses-accents",
        "reads XML as ASCII",
        _xml_texts(lambda text: text.encode("ascii", "replace").decode()),
    ),
    Fault(
        "formats.xml-loses-markup",
        "drops characters of markup from texts in XML",
        _xml_texts(lambda text: re.sub(r"[<>&\"]", "", text)),
    ),
    Fault(
        "formats.declares-nothing",
        "declares no formats",
        tuple(change(kind, without("format")) for kind in _STATEMENTS),
    ),
)
