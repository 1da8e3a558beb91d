"""Faults that only XML can have: each is a change of the element tree, and the place by path where it has to be told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from xml.etree import ElementTree

FHIR = "{http://hl7.org/fhir}"
Element = ElementTree.Element
Change = Callable[[Element, Element], bool]  # parent and child; False where the fault is not possible there


@dataclass(frozen=True, slots=True)
class XmlKind:
    """A kind of fault. `at_parent` says that the parent is where it is told, rather than the element itself."""

    name: str
    change: Change
    at_parent: bool = False


def _is_object(element: Element) -> bool:
    return (
        "value" not in element.attrib
        and len(element) > 0
        and element.tag.startswith(FHIR)
        and _name(element)[:1].islower()
    )


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _url_as_element(_: Element, child: Element) -> bool:
    url = child.attrib.pop("url", None)
    if url is None:
        return False
    child.insert(0, ElementTree.Element(FHIR + "url", {"value": url}))
    return True


def _id_as_element(_: Element, child: Element) -> bool:
    """The id of a datatype. A resource's id is an element, and what wraps a resource has none."""
    if not _is_object(child) or _name(child[0])[:1].isupper() or _name(child) == "text":
        return False
    child.insert(0, ElementTree.Element(FHIR + "id", {"value": "a"}))
    return True


def _attribute(name: str) -> Change:
    def change(_: Element, child: Element) -> bool:
        child.set(name, "x")
        return child.tag.startswith(FHIR)

    return change


def _value_on_object(_: Element, child: Element) -> bool:
    child.set("value", "x") if _is_object(child) else None
    return _is_object(child)


def _no_value(_: Element, child: Element) -> bool:
    return child.attrib.pop("value", None) is not None and not child.attrib and not len(child)


def _empty_value(_: Element, child: Element) -> bool:
    if "value" not in child.attrib:
        return False
    child.set("value", "")
    return True


def _blank_value(_: Element, child: Element) -> bool:
    if "value" not in child.attrib:
        return False
    child.set("value", " \t")
    return True


def _text(_: Element, child: Element) -> bool:
    if not child.tag.startswith(FHIR):
        return False
    child.text = "stray"
    return True


def _other_namespace(_: Element, child: Element) -> bool:
    if not child.tag.startswith(FHIR):
        return False
    child.tag = "{http://example.org/}" + _name(child)
    return True


def _no_namespace(_: Element, child: Element) -> bool:
    if not child.tag.startswith(FHIR):
        return False
    child.tag = _name(child)
    return True


def _too_late(parent: Element, child: Element) -> bool:
    """Put behind a sibling of another name that has to come after it."""
    index = list(parent).index(child)
    if (
        index + 1 >= len(parent)
        or _name(parent[index + 1]) == _name(child)
        or not parent[index + 1].tag.startswith(FHIR)
    ):
        return False
    parent.remove(child)
    parent.insert(index + 1, child)
    return True


def _two_resources(parent: Element, child: Element) -> bool:
    """A second resource where one stands."""
    if not _name(child)[:1].isupper():
        return False
    parent.append(ElementTree.Element(child.tag))
    return True


def _no_resource(parent: Element, child: Element) -> bool:
    if not _name(child)[:1].isupper():
        return False
    parent.remove(child)
    return True


KINDS = (
    XmlKind("url-as-element", _url_as_element),
    XmlKind("id-as-element", _id_as_element),
    XmlKind("unknown-attribute", _attribute("zz")),
    XmlKind("attribute-of-another-namespace", _attribute("{http://example.org/}a")),
    XmlKind("value-on-an-object", _value_on_object),
    XmlKind("no-value", _no_value),
    XmlKind("empty-attribute", _empty_value),
    XmlKind("attribute-of-blanks", _blank_value),
    XmlKind("stray-text", _text),
    XmlKind("another-namespace", _other_namespace),
    XmlKind("no-namespace", _no_namespace),
    XmlKind("too-late", _too_late),
    XmlKind("two-resources", _two_resources, at_parent=True),
    XmlKind("no-resource-within", _no_resource, at_parent=True),
)


def mutants(data: bytes, most: int) -> Iterator[tuple[str, str, bytes]]:
    """Kind, path of the place without positions (`Patient.name.given`), and the damaged document, `most` of each kind."""
    for kind in KINDS:
        yield from islice(_of_kind(kind, data), most)


def _of_kind(kind: XmlKind, data: bytes) -> Iterator[tuple[str, str, bytes]]:
    for position in range(sum(1 for _ in _pairs(ElementTree.fromstring(data)))):
        root = ElementTree.fromstring(data)
        parent, child, path = list(_pairs(root))[position]
        if kind.change(parent, child):
            where = path.rpartition(".")[0] if kind.at_parent and not _name(child)[:1].isupper() else path
            yield kind.name, where, ElementTree.tostring(root)


def _pairs(root: Element) -> Iterator[tuple[Element, Element, str]]:
    """Parent, child and path of every element of FHIR below the root; a resource within has its holder's path."""
    waiting = [(root, _name(root))]
    while waiting:
        parent, path = waiting.pop()
        for child in parent:
            if child.tag.startswith(FHIR):
                inner = path if _name(child)[:1].isupper() else f"{path}.{_name(child)}"
                yield parent, child, inner
                waiting.append((child, inner))
