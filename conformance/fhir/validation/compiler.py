"""Turns layers into plans, once for each set of layers.

A plan's members are compiled when data first shows them, so that recursive types are no trouble and a start costs little.
What the compiler does not know it refuses: the definition's problem is reported as such, never blamed on the content.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from conformance.fhir.definitions.element_definitions import TypeRef
from conformance.fhir.definitions.element_tree import Node
from conformance.fhir.definitions.profile_chain import Layers, Library, distinct
from conformance.fhir.errors import DefinitionError
from conformance.fhir.validation import extensions, fixed_and_pattern, primitive_formats, slicing
from conformance.fhir.validation.choices import Choice, find_choices
from conformance.fhir.validation.member_types import ANY_RESOURCE, is_list, member_layers
from conformance.fhir.validation.plans import (
    Ignored,
    MarkedProperty,
    Member,
    NotChecked,
    ObjectPlan,
    Plan,
    Property,
    ResourceChecks,
    Shadow,
    Unknown,
)
from conformance.fhir.validation.primitive_values import LeafPlan

if TYPE_CHECKING:
    from conformance.fhir.invariants.rules import Invariants
    from conformance.fhir.terminology.membership import Terminology


class Compiler:
    """Makes and keeps plans. `resources` checks a resource wherever one stands (entries, contained)."""

    def __init__(self, library: Library, terminology: Terminology | None, invariants: Invariants) -> None:
        self.library = library
        self.definitions = library.definitions
        self.terminology = terminology
        self.invariants = invariants
        self.resources: ResourceChecks
        self._plans: dict[tuple[object, ...], Plan] = {}

    # -- values ----------------------------------------------------------------------------------------------------

    def value_plan(self, layers: Layers, code: str) -> Plan:
        """The plan of a single value of type `code` under these layers (most derived first)."""
        key = (code, *layers)
        if key not in self._plans:
            self._plans[key] = self._make_plan(layers, code)
        return self._plans[key]

    def _make_plan(self, layers: Layers, code: str) -> Plan:
        if primitive_formats.is_known(code):
            return LeafPlan(self, layers, code)
        try:
            if self._is_resource(code):
                return self.resources.plan(layers, code)
            roots, alternatives = self._typed_roots(layers, code)
            every = distinct([*self._with_content(layers), *roots])
        except DefinitionError as error:
            return NotChecked(layers[0], str(error))
        return self.object_plan(every, code, alternatives)

    def object_plan(
        self,
        layers: Layers,
        code: str,
        alternatives: list[tuple[Node, TypeRef]] | None = None,
        *,
        resource: bool = False,
        shadow: bool = False,
    ) -> ObjectPlan:
        """The plan of an object; `alternatives` are profiles of which one has to be met.

        The `shadow` of a primitive has its members only: rules about the primitive are rules about its value.
        """
        key = ("shadow" if shadow else "object", code, *layers)
        plan = self._plans.get(key)
        if not isinstance(plan, ObjectPlan):
            plan = ObjectPlan(self, layers, code, is_resource=resource, is_shadow=shadow)
            self._plans[key] = plan
            plan.contexts = extensions.contexts_of(layers, code, resource=resource)
            choices = find_choices(layers)
            plan.choices = tuple(choices.values())
            plan.required = tuple(self._required(plan, choices))
            if not shadow:
                rules = fixed_and_pattern.object_rules(self, plan, alternatives or [])
                plan.rules = (*rules, *self.invariants.rules(plan))
            if resource:
                plan.members["resourceType"] = Ignored()
        return plan

    def _is_resource(self, code: str) -> bool:
        if code in ANY_RESOURCE:
            return True
        return self.definitions.has_type(code) and self.definitions.type_definition(code).kind == "resource"

    def _typed_roots(self, layers: Layers, code: str) -> tuple[list[Node], list[tuple[Node, TypeRef]]]:
        """Roots of the type and of the single profiles the layers demand; profiles of which any one will do."""
        roots: list[Node] = []
        alternatives: list[tuple[Node, TypeRef]] = []
        for node in layers:
            for one in node.element.types:
                if one.code == code and len(one.profiles) == 1 and self.definitions.has_structure(one.profiles[0]):
                    roots.extend(self.library.roots(one.profiles[0]))
                elif one.code == code and one.profiles:
                    alternatives.append((node, one))
        roots.extend(self.library.type_roots(code))
        return roots, alternatives

    def _with_content(self, layers: Layers) -> Iterator[Node]:
        """The layers, each followed by the element its contentReference or nameReference means."""
        for node in layers:
            yield node
            if node.element.content_ref:
                referred = self.library.tree(node.structure).referred(node.element.content_ref)
                if referred is None:
                    raise DefinitionError(
                        f"{node.label}: there is no element {node.element.content_ref} to take content from"
                    )
                yield referred

    # -- members ---------------------------------------------------------------------------------------------------

    def member(self, plan: ObjectPlan, key: str) -> Member:
        """The plan of one member of an object; kept with the object's plan unless no layer knows it."""
        if key.startswith("_"):
            member: Member = self._shadow(plan, key)
        else:
            member = self.property(plan, key) or self._unknown(plan, key)
        if not isinstance(member, Unknown):
            _keep(plan, key, member)
        return member

    def property(self, plan: ObjectPlan, key: str) -> Property | None:
        """The property of that JSON name (a concrete one for a choice), None where no layer knows it."""
        known = plan.members.get(key)
        if isinstance(known, Property):
            return known
        layers, code = member_layers(plan.layers, plan.choices, key)
        if not layers:
            return None
        return self._property(plan, key, layers, code) if code else self._odd(key, layers)

    def _property(self, plan: ObjectPlan, key: str, layers: Layers, code: str) -> Property:
        is_leaf = primitive_formats.is_known(code)
        marked = is_leaf and any(_demands(child) for node in layers for child in node.children.values())
        kind = MarkedProperty if marked else slicing.property_class(key, layers)
        found = kind(key, layers[0], partial(self.value_plan, layers, code), is_list=is_list(layers))
        for node in layers:
            element = node.element
            if element.min is not None and element.min > found.min and element.name == key:
                found.min, found.min_node = element.min, node
            if element.max is not None and element.max < found.max:
                found.max, found.max_node = element.max, node
        found.shadow = is_leaf
        if isinstance(found, slicing.SlicedProperty):
            found.prepare(self, plan, layers, code)
        return found

    def _odd(self, key: str, layers: Layers) -> Property:
        message = f"{layers[0].label} leaves no single type for {key}, so its value is not checked."
        return Property(key, layers[0], lambda: NotChecked(layers[0], message), is_list=is_list(layers))

    def _shadow(self, plan: ObjectPlan, key: str) -> Member:
        found = self.property(plan, key[1:])
        if found is None:
            return self._unknown(plan, key)
        if not found.shadow:
            message = f"{key} is only for primitive elements, which {key[1:]} is not."
            return Unknown(key, plan.node, message)
        value = found.plan
        assert isinstance(value, LeafPlan)
        return Shadow(found, value.shadow_plan())

    def _unknown(self, plan: ObjectPlan, key: str) -> Unknown:
        for choice in plan.choices:
            if key.removeprefix("_") in choice.concrete:
                allowed = [name for name, code in choice.concrete.items() if code in choice.allowed]
                message = f"{key} is not among the types allowed for {choice.stem}[x] here."
                return Unknown(key, choice.nodes[0], message, ", ".join(allowed))
        names = tuple(dict.fromkeys(name for node in plan.layers for name in node.children))
        return Unknown(key, plan.node, f"{plan.type_name} has no element {key[:60]}.", names=names)

    def _required(self, plan: ObjectPlan, choices: dict[str, Choice]) -> Iterator[Property]:
        """Properties whose absence has to be looked at: those with a minimum, and those with a required slice."""
        names = dict.fromkeys(name for node in plan.layers for name, child in node.children.items() if _demands(child))
        for name in names:
            if name.removesuffix("[x]") not in choices or not name.endswith("[x]"):
                found = self.property(plan, name)
                if found is not None:
                    _keep(plan, name, found)
                    if found.min or isinstance(found, slicing.SlicedProperty):
                        yield found


def _keep(plan: ObjectPlan, key: str, member: Member) -> None:
    """Keep a member's plan; of a single primitive also the texts known to be sound, which need no check at all."""
    plan.members[key] = member
    if member.__class__ is Property and member.shadow and member.max and not member.is_list:
        value = member.plan
        assert isinstance(value, LeafPlan)
        plan.sound[key] = value.sound


def _demands(node: Node) -> bool:
    return bool(node.element.min) or any(one.element.min for one in node.slices.values())
