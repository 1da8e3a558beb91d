"""Rules over a value as a whole: fixed and pattern values, profiles of which one has to be met."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.fhir.definitions.element_definitions import TypeRef
from conformance.fhir.definitions.element_tree import Node
from conformance.fhir.errors import DefinitionError
from conformance.fhir.issues import Location, shorten
from conformance.fhir.validation import bindings, references
from conformance.fhir.validation.context import Run
from conformance.fhir.validation.plans import ObjectPlan, PlanCompiler, Rule


def object_rules(compiler: PlanCompiler, plan: ObjectPlan, alternatives: list[tuple[Node, TypeRef]]) -> Iterator[Rule]:
    """The rules of an object plan other than invariants."""
    for node in plan.layers:
        yield from fixed_rules(compiler, node)
    if plan.type_name in bindings.CODED:
        yield from bindings.coded_rules(compiler, plan.layers, plan.type_name)
    if plan.type_name == "Reference":
        yield from references.reference_rules(compiler, plan.layers)
    if plan.is_resource:
        yield contained_ids
    for node in plan.layers:
        if "." not in node.element.path and (problems := compiler.library.problems_of(node)):
            yield _definition_notes(node, problems)
    for node, one in alternatives:
        yield _any_profile(compiler, plan, node, one)


def fixed_rules(compiler: PlanCompiler, node: Node) -> Iterator[Rule]:
    """fixed[x] demands equality, nothing more and nothing less; pattern[x] for what it names."""
    accepted = compiler.definitions.accepted

    def same_url(value: Any, wanted: Any) -> bool:
        """URLs may have accepted spellings; a version behind one makes another URL of it."""
        return isinstance(value, str) and accepted(value) == accepted(wanted)

    fixed, pattern = node.element.fixed, node.element.pattern
    if fixed is not None:
        yield _value_rule(
            "fixed-value", node, fixed.value, same_url if fixed.type == "Uri" else same, "has to be exactly"
        )
    if pattern is not None:
        yield _value_rule("pattern-value", node, pattern.value, matches, "has to contain")


def _value_rule(code: str, node: Node, wanted: Any, test: Any, verb: str) -> Rule:
    expected = shorten(wanted) if not isinstance(wanted, dict | list) else _as_text(wanted)

    def rule(value: Any, location: Location, run: Run) -> None:
        if not test(value, wanted):
            found = _as_text(value) if isinstance(value, dict | list) else value
            run.report(code, location, f"The value {verb} {expected}.", node=node, found=found, expected=expected)

    return rule


def _as_text(value: Any) -> str:
    import json

    return shorten(json.dumps(value, default=str, ensure_ascii=False))


def same(value: Any, wanted: Any) -> bool:
    """Deep equality as JSON sees it: true is not 1."""
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    if isinstance(value, dict) and isinstance(wanted, dict):
        return value.keys() == wanted.keys() and all(same(value[key], wanted[key]) for key in wanted)
    if isinstance(value, list) and isinstance(wanted, list):
        return len(value) == len(wanted) and all(map(same, value, wanted))
    return bool(value == wanted)


def matches(value: Any, pattern: Any) -> bool:
    """All that the pattern names is there; each item of a list in the pattern has its match in the value."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(key in value and matches(value[key], pattern[key]) for key in pattern)
    if isinstance(pattern, list):
        return isinstance(value, list) and all(any(matches(one, wanted) for one in value) for wanted in pattern)
    return same(value, pattern)


def _definition_notes(node: Node, problems: list[str]) -> Rule:
    def rule(_value: Any, location: Location, run: Run) -> None:
        for problem in problems:
            message = f"The definition {node.structure.url} is at fault: {problem}."
            run.note("definition-fault", location, message, node.structure.url, problem, kind="definition", node=node)

    return rule


def contained_ids(value: Any, location: Location, run: Run) -> None:
    """Contained resources are found by their ids: each has one, and none has another's.

    Source: FHIR 3.0.1 "References between resources", contained resources.
    """
    listed = value.get("contained")
    seen: set[str] = set()
    for index, one in enumerate(listed if isinstance(listed, list) else ()):
        identity = one.get("id") if isinstance(one, dict) else None
        place = ((location, "contained"), index)
        if isinstance(one, dict) and "id" not in one:
            run.report(
                "contained-id", place, "A contained resource needs an id to be referred to by.", expected="an id"
            )
        elif isinstance(identity, str):
            if identity in seen:
                message = "Another contained resource has the same id."
                run.report("contained-id-repeated", (place, "id"), message, found=identity)
            seen.add(identity)


def _any_profile(compiler: PlanCompiler, plan: ObjectPlan, node: Node, one: TypeRef) -> Rule:
    """Several profiles on one type mean any one of them; one alone is here only when it is not loaded."""

    def rule(value: Any, location: Location, run: Run) -> None:
        unknown = []
        for profile in one.profiles:
            try:
                layers = compiler.library.roots(profile)
            except DefinitionError:
                unknown.append(profile)
                continue
            trial = run.trial()
            compiler.object_plan(layers, plan.type_name).check(value, location, trial)
            if not trial.failures:
                return
        if unknown:
            message = f"Whether this conforms to {unknown[0]} is not checked: that profile is not loaded."
            run.note("not-checked-profile", location, message, unknown[0], kind="not-checked", node=node)
        else:
            expected = "one of " + ", ".join(one.profiles)
            run.report("type-profile", location, "The value meets none of the profiles.", node=node, expected=expected)

    return rule
