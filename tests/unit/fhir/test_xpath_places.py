"""Where in the XML form a location leads: members by name, items by position, and into the resource where one stands."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from elementpath import get_node_tree

from conformance.fhir.invariants.xpath import NAMESPACES, _node_at

BUNDLE = """<Bundle xmlns="http://hl7.org/fhir"><id value="b"/>
<entry><resource><Slot><id value="one"/></Slot></resource></entry>
<entry><resource><Patient><id value="two"/><contained><Location><id value="three"/></Location></contained>
</Patient></resource></entry>
<entry><resource/></entry></Bundle>"""


def value_at(*path: str | int) -> str | None:
    node = _node_at(get_node_tree(ElementTree.fromstring(BUNDLE), NAMESPACES), list(path))
    return None if node is None else node.elem.get("value", node.elem.tag.rpartition("}")[2])


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((), "Bundle"),
        (("id",), "b"),
        (("entry", 0, "resource", "id"), "one"),
        (("entry", 1, "resource", "id"), "two"),
        (("entry", 1, "resource", "contained", 0, "id"), "three"),
        (("entry", 1, "resource"), "Patient"),
        (("entry", 2, "resource"), "resource"),
        (("entry", 3, "resource"), None),
        (("entry", 0, "fullUrl"), None),
        (("id", 1), None),
    ],
)
def test_a_location_leads_to_its_node(path: tuple[str | int, ...], value: str | None) -> None:
    assert value_at(*path) == value
