"""What FHIR allows in the XHTML of a narrative. Source: FHIR 3.0.1 "Narrative", rules txt-1, txt-2 and the text above them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.fhir.elements import words

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

XHTML = "{http://www.w3.org/1999/xhtml}"
# The basic formatting elements of HTML 4.0 chapters 7-11 (not 4) and 15, anchors, images and styles.
ELEMENTS = words(
    """a abbr acronym address b big blockquote br caption cite code col colgroup dd del dfn div dl dt em h1 h2 h3 h4 h5 h6
    hr i img ins kbd li ol p pre q samp small span strong sub sup table tbody td tfoot th thead tr tt u ul var"""
)


def xhtml_fault(text: str) -> str | None:
    """What is wrong with the narrative's div, None where nothing is."""
    from xml.etree import ElementTree

    if "<!" in text.replace("<!--", ""):
        return "a narrative must not declare a document type or entities"
    try:
        # Declarations were refused above, so no entity can be defined.
        root = ElementTree.fromstring(text)  # noqa: S314
    except (ElementTree.ParseError, ValueError) as error:
        return f"it is not well-formed XHTML ({error})"
    if root.tag != XHTML + "div":
        return "it is not a div in the XHTML namespace"
    for node in root.iter():
        problem = _element_fault(node)
        if problem:
            return problem
    has_content = any((node.text or node.tail or "").strip() or node.tag == XHTML + "img" for node in root.iter())
    return None if has_content else "its div has neither text nor image"


def _element_fault(node: Element) -> str | None:
    name = str(node.tag).removeprefix(XHTML)
    if name not in ELEMENTS:
        return f"the element {name[:40]} is not allowed in a narrative"
    for attribute in node.attrib:
        if attribute.startswith("on"):
            return f"the event attribute {attribute[:40]} is not allowed in a narrative"
    return None
