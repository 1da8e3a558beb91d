"""What an element needs to be one: content besides its id, and an id of its own if it has one."""

from __future__ import annotations

from typing import Any

from conformance.fhir.definitions.element_tree import Node
from conformance.fhir.issues import Location
from conformance.fhir.validation.context import Run


def report_no_object(value: Any, location: Location, run: Run) -> None:
    if value == {}:
        run.report("empty-object", location, "An object without content is not allowed.", found="{}")
    else:
        run.report("wrong-json-type", location, "An object is wanted here.", found=value, expected="a JSON object")


def report_empty(location: Location, node: Node, run: Run) -> None:
    """An element has a value or children besides its id (rule ele-1): with an id alone it counts as absent."""
    message = "This element has only an id, neither a value nor content, so it counts as absent (ele-1)."
    run.report("empty-element", location, message, node=node, found="only an id", expected="a value or content")


def check_element_id(identity: Any, location: Location, run: Run) -> None:
    """The id of an element is unique in its resource and, where its type does not say so anyway, has no spaces.

    Source: Element.id in FHIR 1.0.2 (of type id) and 3.0.1 (a string without spaces).
    """
    if run.quiet or not isinstance(identity, str):
        return
    place = (location, "id")
    if run.generation != "dstu2" and any(map(str.isspace, identity)):
        run.report("element-id-spaces", place, "The id of an element holds no spaces.", found=identity)
    if identity in run.scope.element_ids:
        message = "Another element of the resource has the same id."
        run.report("element-id-repeated", place, message, found=identity, expected="each id once")
    run.scope.element_ids.add(identity)
