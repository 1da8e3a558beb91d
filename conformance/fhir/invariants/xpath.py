"""DSTU2 invariants: XPath 2 over the XML form, run by a library. Only what has no Python function comes here."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from conformance.fhir.invariants.evaluation import CannotRunError, Evaluate
from conformance.fhir.issues import Location, steps
from conformance.fhir.validation.context import Run

if TYPE_CHECKING:
    from conformance.fhir.definitions.store import Definitions

FHIR = "http://hl7.org/fhir"
NAMESPACES = {"f": FHIR, "h": "http://www.w3.org/1999/xhtml"}
HOLDERS = ("resource", "contained")  # elements whose content is a resource: XML has one more level there


def xpath_evaluator(expression: str, definitions: Definitions) -> Evaluate:
    """A function that runs the expression at the element's place in the XML form of the whole document."""

    def evaluate(_value: Any, location: Location, run: Run) -> bool | None:
        try:
            token = _parsed(expression)
            tree = _tree(run, definitions)
            node = _node_at(tree, steps(location)[1:])
            return None if node is None else _holds(token, tree, node)
        except RecursionError:
            raise
        except CannotRunError:
            raise
        except Exception as error:  # the library's errors have no common base besides ValueError, TypeError, ...
            raise CannotRunError(f"its XPath cannot be run here ({str(error)[:120]})") from error

    return evaluate


@cache
def _parsed(expression: str) -> Any:
    from elementpath import XPath2Parser

    return XPath2Parser(namespaces=NAMESPACES).parse(expression)


def _tree(run: Run, definitions: Definitions) -> Any:
    """The document as the library's node tree; made once for a run."""
    if "xml" not in run.memo:
        from xml.etree import ElementTree

        from elementpath import get_node_tree

        from conformance.fhir.formats.xml import NotExpressible, to_xml

        try:
            data = to_xml(run.root, definitions)
        except NotExpressible as error:
            raise CannotRunError(f"the content has no XML form ({str(error)[:120]})") from error
        # Our own writer's output: no entities, no document type.
        run.memo["xml"] = get_node_tree(ElementTree.fromstring(data), NAMESPACES)  # noqa: S314
    return run.memo["xml"]


def _node_at(tree: Any, path: list[str | int]) -> Any:
    """The node of a location: members by name, items by position, and into the resource where one stands."""
    node = tree
    for index, step in enumerate(path):
        if isinstance(step, int):
            continue
        position = path[index + 1] if index + 1 < len(path) else 0
        named = [child for child in _elements(node) if child.elem.tag == f"{{{FHIR}}}{step}"]
        if not named or not isinstance(position, str | int):
            return None
        place = position if isinstance(position, int) else 0
        if place >= len(named):
            return None
        node = named[place]
        if step in HOLDERS:
            inner = _elements(node)
            node = inner[0] if inner and inner[0].elem.tag.rpartition("}")[2][:1].isupper() else node
    return node


def _elements(node: Any) -> list[Any]:
    return [child for child in node.children if getattr(child, "elem", None) is not None]


def _holds(token: Any, tree: Any, node: Any) -> bool:
    from elementpath import XPathContext

    result = token.evaluate(XPathContext(tree, item=node))
    return bool(token.boolean_value(result)) if isinstance(result, list) else bool(result)
