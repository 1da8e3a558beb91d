"""The same resource in other bytes: whitespace, escapes, prefixes, character references, order of members."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from typing import Any

from conformance.provider.fault_points import Effect, Seam
from conformance.provider.faults.effects import put
from conformance.provider.faults.fault import STU3
from conformance.provider.variants.effects import shows, wire
from conformance.provider.variants.variant import Expected, Variant

_JSON = "RFC 8259: whitespace and escapes between and within tokens, and the order of members, carry no meaning"
_XML = "XML 1.0 and Namespaces in XML: prefixes, order of attributes, references and insignificant whitespace carry no meaning"
_FHIR = "http://hl7.org/fhir"
_XHTML = "http://www.w3.org/1999/xhtml"


def _rewritten(body: bytes, change: Any = None, **options: Any) -> bytes:
    """A JSON body written anew. Numbers are put back as they stood, which the json module alone does not do."""
    numbers: list[str] = []

    def keep(text: str) -> str:
        numbers.append(text)
        return f"\u0007{len(numbers) - 1}\u0007"

    value = json.loads(body, parse_float=keep)
    text = json.dumps(change(value) if change else value, **options)
    return re.sub(r'"(?:\\u0007|\x07)(\d+)(?:\\u0007|\x07)"', lambda found: numbers[int(found[1])], text).encode()


def _pretty(body: bytes) -> bytes:
    return b"\r\n" + _rewritten(body, indent="\t", ensure_ascii=False).replace(b"\n", b"\r\n") + b"\r\n"


def _escaped(body: bytes) -> bytes:
    return _rewritten(body, ensure_ascii=True).replace(b"/", b"\\/")


def _compact(body: bytes) -> bytes:
    return _rewritten(body, separators=(",", ":"), ensure_ascii=False)


def _backwards(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _backwards(item) for name, item in reversed(value.items())}
    return [_backwards(item) for item in value] if isinstance(value, list) else value


def _last_first(body: bytes) -> bytes:
    return _rewritten(body, _backwards, ensure_ascii=False)


# -- XML -----------------------------------------------------------------------------------------------------------


def _parsed(body: bytes) -> ET.Element:
    return ET.fromstring(body)  # noqa: S314 - our own output


def _written(root: ET.Element, encoding: str = "unicode") -> bytes:
    text = ET.tostring(root, encoding="unicode")
    return text.encode("ascii", "xmlcharrefreplace") if encoding == "ascii" else text.encode()


def _prefixed(body: bytes) -> bytes:
    """Every FHIR element with the prefix f, every XHTML one with h. (A text names its namespaces at its root.)"""
    root = _parsed(body)
    text = ET.tostring(root, encoding="unicode")
    found = dict(re.findall(r'xmlns:(ns\d+)="([^"]+)"', text))
    for name, space in found.items():
        prefix = {_FHIR: "f", _XHTML: "h"}.get(space, name)
        text = (
            text.replace(f"xmlns:{name}=", f"xmlns:{prefix}=")
            .replace(f"<{name}:", f"<{prefix}:")
            .replace(f"</{name}:", f"</{prefix}:")
        )
    return text.encode()


def _indented(body: bytes) -> bytes:
    root = _parsed(body)
    if not any(_XHTML in element.tag for element in root.iter()):
        ET.indent(root, "\t")
    text = ET.tostring(root, encoding="unicode").replace("\n", "\r\n")
    return f'<?xml version="1.0" encoding="utf-8" standalone="yes"?>\r\n<!-- written by hand -->\r\n{text}\r\n'.encode()


def _references(body: bytes) -> bytes:
    """Every letter e of a value, and all that is not ASCII, as character references."""
    text = body.decode()
    text = re.sub(r'value="([^"]*)"', lambda found: 'value="' + _without_entities(found[1]) + '"', text)
    return text.encode("ascii", "xmlcharrefreplace")


def _without_entities(text: str) -> str:
    return "".join(
        part if part.startswith("&") else part.replace("e", "&#x65;") for part in re.split(r"(&[^;]*;)", text)
    )


def _single_quotes(body: bytes) -> bytes:
    """Attributes in single quotes, each on a line of its own, and empty elements with an end tag."""
    text = re.sub(r'(\w+)="([^"\']*)"', r"\n \1='\2'", body.decode())
    return re.sub(r"<(\w+)([^<>]*?)\s*/>", r"<\1\2></\1>", text).encode()


def _attributes(body: bytes) -> bytes:
    """Attributes in the opposite order."""
    root = _parsed(body)
    for element in root.iter():
        value = list(element.attrib.items())
        element.attrib.clear()
        element.attrib.update(reversed(value))
    return _prefixed(_written(root))


_NO_XML = Expected(
    "omit",
    "*xml* formats.*-agreeing formats.*-preference formats.*-same-content formats.*-json-kept",
    "this provider declares JSON only",
)

VARIANTS = (
    Variant(
        "json.pretty",
        "writes JSON in lines of their own, with tabs and CRLF",
        _JSON,
        wire(_pretty, form="json"),
        aspect="json",
    ),
    Variant(
        "json.escaped",
        "escapes all that is not ASCII, and every solidus",
        _JSON,
        wire(_escaped, form="json"),
        aspect="json",
    ),
    Variant("json.compact", "writes JSON without any whitespace", _JSON, wire(_compact, form="json"), aspect="json"),
    Variant(
        "json.last-first",
        "writes the members of every object last first, resourceType at the end",
        _JSON,
        wire(_last_first, form="json"),
        aspect="json",
    ),
    Variant("xml.prefixed", "writes FHIR elements with a prefix", _XML, wire(_prefixed, form="xml"), aspect="xml"),
    Variant(
        "xml.indented",
        "writes XML indented, with a declaration and a comment",
        _XML,
        wire(_indented, form="xml"),
        aspect="xml",
    ),
    Variant("xml.references", "writes characters as references", _XML, wire(_references, form="xml"), aspect="xml"),
    Variant(
        "xml.quotes",
        "writes attributes in single quotes on lines of their own, and empty elements with an end tag",
        _XML,
        wire(_single_quotes, form="xml"),
        aspect="xml",
    ),
    Variant("xml.attributes", "writes attributes in another order", _XML, wire(_attributes, form="xml"), aspect="xml"),
    Variant(
        "xml.none",
        "speaks JSON only, and says so in its capability statement",
        "general API guidance, Content types: XML is a SHOULD; a format that is not supported is refused with 415",
        (
            Effect(
                Seam.SETTING,
                lambda known, _call: {name: form for name, form in known.items() if form != "xml"},
                of="format.media-types",
            ),
            *shows("CapabilityStatement", put("format", ["application/fhir+json"])),
        ),
        STU3,
        aspect="xml",
        expects=(_NO_XML,),
    ),
)
