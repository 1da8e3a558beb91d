"""Bindings: codes against value sets, as the terminology at hand can tell.

Required: an error; extensible: a warning; a maximum value set counts as required. "Cannot tell" is said once for each
value set and reason. Sources: FHIR 1.0.2 and 3.0.1 "Terminologies", binding strengths.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from conformance.fhir.definitions.element_tree import Node
from conformance.fhir.definitions.profile_chain import Layers
from conformance.fhir.issues import Location
from conformance.fhir.terminology.membership import CannotTell, Member, Membership, NotMember
from conformance.fhir.validation.context import ERROR, WARNING, Run
from conformance.fhir.validation.plans import PlanCompiler, Rule

CODED = frozenset(["CodeableConcept", "Coding", "Quantity", "Age", "Count", "Distance", "Duration", "Money"])
LONG = 1000  # characters from which a code is not remembered: content may be hostile
Decide = Callable[["str | None", str, "str | None"], Membership]


@dataclass(slots=True)
class BoundSet:
    """One value set an element is bound to, and how firmly; results are remembered."""

    node: Node
    value_set: str
    required: bool
    ask: Decide
    memberships: dict[tuple[str | None, str, str | None], Membership]

    def membership(self, system: str | None, code: str, display: str | None) -> Membership:
        """Whether the value set has the code."""
        key = (system, code, display)
        known = self.memberships.get(key)
        if known is None:
            known = self.ask(system, code, display)
            if len(self.memberships) < 50_000 and len(code) + len(display or "") < LONG:
                self.memberships[key] = known
        return known


def _bound_sets(compiler: PlanCompiler, layers: Layers) -> Iterator[BoundSet]:
    seen: set[tuple[str, bool]] = set()
    for node in layers:
        binding = node.element.binding
        if binding is None:
            continue
        strong = binding.strength == "required"
        wanted = [(binding.value_set, strong)] if strong or binding.strength == "extensible" else []
        for url, required in [*wanted, (binding.max_value_set, True)]:
            if url and (url, required) not in seen:
                seen.add((url, required))
                yield BoundSet(node, url, required, _asker(compiler, url), {})


def _asker(compiler: PlanCompiler, value_set: str) -> Decide:
    terminology = compiler.terminology
    if terminology is None:
        return lambda _system, _code, _display: CannotTell("no terminology is configured")
    return lambda system, code, display: terminology.check(value_set, system, code, display)


def code_rules(compiler: PlanCompiler, layers: Layers) -> Iterator[Rule]:
    """Rules for a bound primitive: the value is the code, without a system."""
    for bound in _bound_sets(compiler, layers):
        yield _code_rule(bound)


def _code_rule(bound: BoundSet) -> Rule:
    def rule(value: Any, location: Location, run: Run) -> None:
        if isinstance(value, str):
            _judge(bound, [(value, bound.membership(None, value, None))], location, run)

    return rule


def coded_rules(compiler: PlanCompiler, layers: Layers, type_name: str) -> Iterator[Rule]:
    """Rules for a bound CodeableConcept (one of its codings has to be a member), Coding or Quantity."""
    for bound in _bound_sets(compiler, layers):
        yield _concept_rule(bound) if type_name == "CodeableConcept" else _coding_rule(bound)


def _concept_rule(bound: BoundSet) -> Rule:
    def rule(value: Any, location: Location, run: Run) -> None:
        codings = value.get("coding")
        codings = codings if isinstance(codings, list) else []
        memberships = [pair for one in codings if (pair := _membership(bound, one)) is not None]
        if memberships:
            _judge(bound, memberships, location, run)
        elif bound.required:
            message = f"A code out of {bound.value_set} is wanted; none is given."
            run.report(
                "binding-required", location, message, node=bound.node, found="no code", expected=bound.value_set
            )

    return rule


def _coding_rule(bound: BoundSet) -> Rule:
    def rule(value: Any, location: Location, run: Run) -> None:
        pair = _membership(bound, value)
        if pair is not None:
            _judge(bound, [pair], location, run)

    return rule


def _membership(bound: BoundSet, coding: Any) -> tuple[str, Membership] | None:
    """The coding as text and its membership; None where it has no code. Wrong JSON types are others' finding."""
    if not isinstance(coding, dict) or not isinstance(coding.get("code"), str):
        return None
    system, display = coding.get("system"), coding.get("display")
    system = system if isinstance(system, str) else ""
    shown = f"{system}|{coding['code']}" if system else coding["code"]
    return shown, bound.membership(system, coding["code"], display if isinstance(display, str) else None)


def _judge(bound: BoundSet, memberships: list[tuple[str, Membership]], location: Location, run: Run) -> None:
    member = next((membership for _, membership in memberships if isinstance(membership, Member)), None)
    if member is not None:
        if member.note:
            run.report("code-display", location, member.note, node=bound.node, severity=WARNING)
        return
    unsure = next((membership for _, membership in memberships if isinstance(membership, CannotTell)), None)
    if unsure is not None:
        message = (
            f"Whether the code is in {bound.value_set} was not checked: {unsure.reason or 'it cannot be decided here'}."
        )
        about = (bound.value_set, unsure.reason)
        run.note("not-checked-binding", location, message, *about, kind="not-checked", node=bound.node)
        return
    _not_member(bound, memberships, location, run)


def _not_member(bound: BoundSet, memberships: list[tuple[str, Membership]], location: Location, run: Run) -> None:
    found = ", ".join(shown for shown, _ in memberships)
    reason = next(
        (membership.reason for _, membership in memberships if isinstance(membership, NotMember) and membership.reason),
        "",
    )
    message = f"The code is not in the value set {bound.value_set}.{' ' + reason if reason else ''}"
    code, severity = ("binding-required", ERROR) if bound.required else ("binding-extensible", WARNING)
    run.report(
        code,
        location,
        message,
        node=bound.node,
        found=found,
        expected=f"a code of {bound.value_set}",
        severity=severity,
    )
