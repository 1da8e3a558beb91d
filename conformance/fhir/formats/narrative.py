"""What FHIR allows in the XHTML of a narrative. Source: FHIR 3.0.1 "Narrative", rules txt-1, txt-2 and the text above them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.fhir.definitions.element_definitions import words

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

XHTML = "{http://www.w3.org/1999/xhtml}"
# Rule txt-1 lists elements; its prose (HTML 4.0 chapters 7 to 11 and 15) has a few more, which are accepted as well.
ELEMENTS = words(
    """a abbr acronym address b big blockquote br caption cite code col colgroup dd dfn div dl dt em h1 h2 h3 h4 h5 h6
    hr i img kbd li ol p pre q s samp small span strike strong sub sup table tbody td tfoot th thead tr tt u ul var"""
)
ATTRIBUTES = words(
    """abbr accesskey align alt axis bgcolor border cellhalign cellpadding cellspacing cellvalign char charoff charset
    cite class colspan compact coords dir frame headers height href hreflang hspace id lang longdesc name nowrap rel rev
    rowspan rules scope shape span src start style summary tabindex title type valign value vspace width
    {http://www.w3.org/XML/1998/namespace}lang"""
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
        if attribute not in ATTRIBUTES:
            return f"the attribute {attribute[:40]} is not allowed in a narrative"
    return None
