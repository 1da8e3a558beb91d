"""FHIR XML to and from the JSON form, driven by the definitions. Source: FHIR 1.0.2 and 3.0.1, "XML Representation".

The reader takes untrusted bytes. It uses the event parser of the standard library, not a tree: nothing is built but the
JSON form, a document type declaration stops it at once (so there are no entities to expand and nothing to fetch), and
limits on size, depth and element count hold while it reads. Its byte offsets keep the narrative exactly as written.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from xml.parsers import expat

from conformance.fhir.definitions.element_layout import Layout, Shapes
from conformance.fhir.formats.json_reader import (
    BOM,
    DEFAULT,
    Document,
    Limits,
    decode,
    is_html,
    looks_like_html,
    problem,
    too_large,
)
from conformance.fhir.formats.xml_lines import lines_of
from conformance.fhir.formats.xml_names import SEPARATOR
from conformance.fhir.formats.xml_reader import Builder, Stop
from conformance.fhir.formats.xml_writer import NotExpressible, to_xml
from conformance.fhir.issues import Issue

__all__ = ["NotExpressible", "read_xml", "to_xml"]


def read_xml(data: bytes, definitions: Shapes, limits: Limits = DEFAULT) -> Document:
    """FHIR XML as sent, in bytes, as a Document in JSON form. Never raises for what the bytes hold.

    What the definitions do not know is kept, so that a validator can name it; what XML says and JSON cannot (order,
    namespaces, stray text) is among the problems.
    """
    if len(data) > limits.size:
        return Document(None, [too_large(len(data), limits)], "xml")
    if looks_like_html(data):
        return Document(None, [is_html()], "xml")
    data = data.removeprefix(BOM)
    problems: list[Issue] = []
    if not data.isascii() and decode(data, problems) is None:
        return Document(None, problems, "xml")
    builder = Builder(data, Layout.of(definitions), limits, problems)
    try:
        _run(builder, data)
    except Stop as stop:
        return Document(None, [*problems, stop.issue], "xml")
    except expat.ExpatError as error:
        return Document(None, [*problems, _not_xml(error, data, builder.position)], "xml")
    finally:
        builder.detach()
    value = builder.value
    return Document(value, problems, "xml", make_locator=lambda: _locator(data, value))


def _run(builder: Builder, data: bytes) -> None:
    # Declared encodings are judged by the builder; the bytes are UTF-8, as FHIR has no other.
    parser = expat.ParserCreate("utf-8", SEPARATOR)
    parser.namespace_prefixes = True
    parser.buffer_text = True
    builder.attach(parser)
    parser.Parse(data, True)


def _not_xml(error: expat.ExpatError, data: bytes, position: int) -> Issue:
    line, column = error.lineno, error.offset + 1
    if not data.strip():
        return problem("not-xml", "the input is empty: a FHIR resource is wanted", line=1)
    reason = expat.ErrorString(error.code)
    if error.code == expat.errors.codes[expat.errors.XML_ERROR_UNDEFINED_ENTITY]:
        reason = "an entity that XML does not define; FHIR has only those of XML itself and numeric ones"
    elif error.code == expat.errors.codes[expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT]:
        reason = "more text follows the end of the resource"
    near = data[max(position, 0) :][:20].decode("utf-8", "replace")
    message = f"the text is not well-formed XML: {reason}, line {line}, column {column}"
    return problem("not-xml", message, line=line, found=re.sub(r"\s+", " ", near) or "end of text")


def _locator(data: bytes, value: Any) -> Callable[[str], int | None]:
    lines = lines_of(data, value)

    def line_of(pointer: str) -> int | None:
        while pointer and pointer not in lines:
            pointer = pointer.rpartition("/")[0]
        return lines.get(pointer)

    return line_of
