"""STU3 invariants: FHIRPath, run by a library. Expressions are parsed once and kept."""

from __future__ import annotations

from functools import cache
from typing import Any

from conformance.fhir.invariants.evaluation import CannotRunError, Evaluate
from conformance.fhir.issues import Location
from conformance.fhir.validation.context import Run
from conformance.fhir.validation.reference_resolution import resolve


def fhirpath_evaluator(expression: str, type_name: str) -> Evaluate:
    """A function that runs the expression on a value of that type; `%resource` is the outermost resource around it.

    An empty result is undefined: such an invariant is not held against the content.
    """

    def evaluate(value: Any, _location: Location, run: Run) -> bool | None:
        try:
            result = _run(expression, type_name, value, run)
        except RecursionError:
            raise
        except Exception as error:  # the library raises plain Exception for all it cannot do
            reason = str(error).partition("\n")[0][:120]
            raise CannotRunError(f"its expression cannot be run here ({reason})") from error
        if not result:
            return None
        return not (len(result) == 1 and result[0] is False)

    return evaluate


@cache
def _parsed(expression: str) -> Any:
    from fhirpathpy.parser import parse

    return parse(expression)  # type: ignore[no-untyped-call]


def _run(expression: str, type_name: str, value: Any, run: Run) -> list[Any]:
    from fhirpathpy import apply_parsed_path
    from fhirpathpy.engine.nodes import ResourceNode
    from fhirpathpy.models import models

    options = {
        "traceFn": lambda *_: None,
        "userInvocationTable": {
            "hasValue": {"fn": _has_value, "arity": {0: []}},
            "resolve": {"fn": lambda nodes: _resolve(nodes, run), "arity": {0: []}},
        },
    }
    context = {"resource": run.scope.container, "rootResource": run.scope.container}
    node = ResourceNode.create_node(value, type_name)  # type: ignore[no-untyped-call]
    found = apply_parsed_path(node, _parsed(expression), context, models["stu3"], options)  # type: ignore[no-untyped-call]
    return found if isinstance(found, list) else [found]


def _plain(nodes: Any) -> list[Any]:
    return [getattr(node, "data", node) for node in nodes]


def _has_value(nodes: Any) -> bool:
    """True for a single primitive that has a value of its own, not only extensions."""
    values = _plain(nodes)
    return len(values) == 1 and values[0] is not None and not isinstance(values[0], dict | list)


def _resolve(nodes: Any, run: Run) -> list[Any]:
    """The resources that references mean, as far as they are at hand."""
    texts = [value.get("reference") if isinstance(value, dict) else value for value in _plain(nodes)]
    return [found for text in texts if (found := resolve(text, run)) is not None]
