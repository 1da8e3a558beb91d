"""Invariants: constraints of all layers of a plan, as rules.

What the compiled checks guarantee anyway (`ele-1`) costs nothing; the ubiquitous ones have Python functions, found by the
text of the expression and tested for equivalence; all others run in an expression engine. One that cannot be run is
reported as not checked, by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from conformance.fhir.definitions.element_definitions import Constraint
from conformance.fhir.definitions.element_tree import Node
from conformance.fhir.definitions.profile_chain import Layers
from conformance.fhir.invariants import table
from conformance.fhir.invariants.evaluation import CannotRunError, Evaluate
from conformance.fhir.invariants.functions import Fast
from conformance.fhir.issues import Location
from conformance.fhir.validation.context import ERROR, WARNING, Run
from conformance.fhir.validation.plans import ObjectPlan, Rule

if TYPE_CHECKING:
    from conformance.fhir.definitions.store import Definitions


class Invariants:
    """Makes rules out of constraints."""

    def __init__(self, definitions: Definitions) -> None:
        self.definitions = definitions

    def rules(self, plan: ObjectPlan) -> Iterator[Rule]:
        """The rules of an object's plan."""
        return self._rules(plan.layers, plan.type_name)

    def leaf_rules(self, layers: Layers, code: str) -> Iterator[Rule]:
        """The rules of a primitive's plan."""
        return self._rules(layers, code)

    def _rules(self, layers: Layers, type_name: str) -> Iterator[Rule]:
        seen: set[tuple[str, str]] = set()
        for node, constraint in _constraints(layers):
            text = _normalised(self._text(constraint))
            if table.is_structural(text) or (constraint.key, text) in seen:
                continue
            seen.add((constraint.key, text))
            fast = table.fast_function(text)
            if not text:
                yield _not_checked(node, constraint, "it has no expression this generation of FHIR runs")
            elif fast is not None:
                yield _fast_rule(node, constraint, fast)
            else:
                yield _engine_rule(node, constraint, self._engine(constraint, type_name))

    def _text(self, constraint: Constraint) -> str:
        found = constraint.xpath if self.definitions.generation == "dstu2" else constraint.expression
        return found or ""

    def _engine(self, constraint: Constraint, type_name: str) -> Evaluate:
        if self.definitions.generation == "dstu2":
            from conformance.fhir.invariants.xpath import xpath_evaluator

            return xpath_evaluator(constraint.xpath or "", self.definitions)
        from conformance.fhir.invariants.fhirpath import fhirpath_evaluator

        return fhirpath_evaluator(constraint.expression or "", type_name)


def _constraints(layers: Layers) -> Iterable[tuple[Node, Constraint]]:
    return ((node, constraint) for node in layers for constraint in node.element.constraints)


def _normalised(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _report(node: Node, constraint: Constraint, location: Location, run: Run) -> None:
    severity = WARNING if constraint.severity == "warning" else ERROR
    message = f"{constraint.key} does not hold: {constraint.human}"
    run.report("invariant", location, message, node=node, expected=constraint.key, severity=severity)


def _fast_rule(node: Node, constraint: Constraint, test: Fast) -> Rule:
    def rule(value: Any, location: Location, run: Run) -> None:
        fault = test(value, run)
        if fault is not None:
            for step in fault:
                location = (location, step)
            _report(node, constraint, location, run)

    return rule


def _engine_rule(node: Node, constraint: Constraint, evaluate: Evaluate) -> Rule:
    def rule(value: Any, location: Location, run: Run) -> None:
        try:
            verdict = evaluate(value, location, run)
        except CannotRunError as error:
            message = f"The invariant {constraint.key} ({constraint.human}) was not checked: {error}."
            run.note(
                "not-checked-invariant", location, message, constraint.key, node.label, kind="not-checked", node=node
            )
            return
        if verdict is False:
            _report(node, constraint, location, run)

    return rule


def _not_checked(node: Node, constraint: Constraint, reason: str) -> Rule:
    def rule(_value: Any, location: Location, run: Run) -> None:
        message = f"The invariant {constraint.key} ({constraint.human}) was not checked: {reason}."
        run.note("not-checked-invariant", location, message, constraint.key, node.label, kind="not-checked", node=node)

    return rule
