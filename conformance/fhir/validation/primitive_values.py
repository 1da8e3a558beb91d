"""Primitive values: format, length, range, fixed and pattern, binding. A verdict "sound" is remembered by value."""

from __future__ import annotations

from typing import Any

from conformance.fhir.definitions.element_tree import Node
from conformance.fhir.definitions.profile_chain import Layers, distinct
from conformance.fhir.errors import DefinitionError
from conformance.fhir.formats.narrative import ACTIVE
from conformance.fhir.invariants.functions import later, number
from conformance.fhir.issues import Location
from conformance.fhir.validation import bindings, fixed_and_pattern, primitive_formats
from conformance.fhir.validation.context import ERROR, WARNING, Run
from conformance.fhir.validation.plans import NotChecked, ObjectPlan, Plan, PlanCompiler, Rule

REMEMBERED = 50_000  # verdicts for each plan: bounds memory on hostile or huge input
SHORT = 200


class LeafPlan:
    """Checks a primitive's JSON value."""

    __slots__ = ("_shadow", "code", "compiler", "lasting", "layers", "rules", "sound")

    def __init__(self, compiler: PlanCompiler, layers: Layers, code: str) -> None:
        self.compiler = compiler
        self.layers = layers
        self.code = code
        self.sound: set[str] = set()
        self._shadow: Plan | None = None
        self.rules: tuple[Rule, ...] = tuple(self._rules())

    def _rules(self) -> list[Rule]:
        found: list[Rule] = []
        for node in self.layers:
            element = node.element
            found.extend(fixed_and_pattern.fixed_rules(self.compiler, node))
            if element.max_length is not None:
                found.append(_max_length(node, element.max_length))
            for bound, sign in ((element.min_value, 1), (element.max_value, -1)):
                if bound is not None:
                    found.append(_limit(node, bound.value, sign))
        found.extend(bindings.code_rules(self.compiler, self.layers))
        invariants = list(self.compiler.invariants.leaf_rules(self.layers, self.code))
        self.lasting = not invariants  # an invariant may look around, so its verdict holds for one place only
        found.extend(invariants)
        return found

    def check(self, value: Any, location: Location, run: Run) -> None:
        """Format first; the other rules only for a well-formed value."""
        is_text = value.__class__ is str
        if is_text and value in self.sound:
            return
        if value is None:
            message = "null is not a value; an element without a value is left out."
            run.report("null-value", location, message, node=self.layers[0], found="null")
            return
        problem = primitive_formats.fault(self.code, value)
        if problem is not None:
            code = _fault_code(problem)
            message = f"This is not a valid {self.code}: {problem}."
            run.report(code, location, message, node=self.layers[0], found=value, expected=self.code)
            return
        before = run.marks
        if is_text and value.isspace():
            _white_space_only(self.layers[0], value, location, run)
        for rule in self.rules:
            rule(value, location, run)
        if run.marks == before and is_text and self.lasting and len(value) <= SHORT and len(self.sound) < REMEMBERED:
            self.sound.add(value)

    def shadow_plan(self) -> Plan:
        """The plan of `_key`: the id and extensions of this primitive."""
        if self._shadow is None:
            try:
                roots = self.compiler.library.type_roots("Element")
            except DefinitionError as error:
                return NotChecked(self.layers[0], str(error))
            plan: ObjectPlan = self.compiler.object_plan(distinct([*self.layers, *roots]), self.code, shadow=True)
            self._shadow = plan
        return self._shadow


def _fault_code(problem: str) -> str:
    if problem.startswith(ACTIVE):
        return "narrative-active"
    return "wrong-json-type" if problem.startswith(primitive_formats.WRONG_JSON) else "primitive-format"


def _white_space_only(node: Node, value: str, location: Location, run: Run) -> None:
    """XML attributes have at least one character that is no white space; JSON strings are only advised to.

    Sources: "XML Representation" of FHIR 1.0.2 and 3.0.1; the type string in "Data Types" of 3.0.1.
    """
    message = "The text is white space only, which is no value."
    severity = ERROR if run.form == "xml" else WARNING
    run.report("white-space-only", location, message, node=node, found=repr(value[:20]), severity=severity)


def _max_length(node: Node, limit: int) -> Rule:
    def rule(value: Any, location: Location, run: Run) -> None:
        if isinstance(value, str) and len(value) > limit:
            message = f"The text has {len(value)} characters; at most {limit} are allowed."
            run.report("max-length", location, message, node=node, found=str(len(value)), expected=f"at most {limit}")

    return rule


def _limit(node: Node, bound: Any, sign: int) -> Rule:
    """Bounds, minValue (sign 1) and maxValue (sign -1): numbers by size, dates and times as such."""
    name, word = ("min-value", "least") if sign > 0 else ("max-value", "most")

    def rule(value: Any, location: Location, run: Run) -> None:
        order = _compare(value, bound)
        if order is None:
            message = f"The {word} value {bound} cannot be compared with this one."
            run.note("not-checked-limit", location, message, node.label, kind="not-checked", node=node)
        elif order * sign < 0:
            message = f"The value has to be at {word} {bound}."
            run.report(name, location, message, node=node, found=value, expected=f"at {word} {bound}")

    return rule


def _compare(value: Any, bound: Any) -> int | None:
    """-1, 0 or 1 for less, equal, more; None where the two cannot be compared."""
    if isinstance(value, str) and isinstance(bound, str):
        return later(value, bound) - later(bound, value)
    one, other = number(value), number(bound)
    return None if one is None or other is None else (one > other) - (one < other)
