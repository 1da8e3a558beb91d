"""What distinguishes one slice from another, compiled to a test over an item.

For each discriminator the slice's own layers are searched at the path for a fixed or pattern value, a required binding, a
type, a profile or a demand for presence. A fixed value further up counts too. Source: FHIR 3.0.1 "Profiling", Slicing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from conformance.fhir.definitions.discriminator_paths import Step, parse_path
from conformance.fhir.definitions.element_definitions import Discriminator, FixedValue
from conformance.fhir.definitions.element_tree import Node
from conformance.fhir.definitions.profile_chain import Layers, distinct
from conformance.fhir.errors import DefinitionError
from conformance.fhir.terminology.membership import Member
from conformance.fhir.validation import fixed_and_pattern
from conformance.fhir.validation.context import Run
from conformance.fhir.validation.member_types import ANY_RESOURCE, members_named, resource_types
from conformance.fhir.validation.plans import ObjectPlan, PlanCompiler

Test = Callable[[Any, Run], bool]


def make_test(
    compiler: PlanCompiler, nodes: Layers, context: Layers, code: str, discriminators: Sequence[Discriminator]
) -> Test | None:
    """A test that holds for the items of a slice: all discriminators together. None where one cannot be evaluated."""
    tests: list[Test] = []
    for discriminator in discriminators:
        steps = parse_path(discriminator.path)
        maker = _MAKERS.get(discriminator.kind)
        test = (
            maker(_Place(compiler, distinct([*nodes, *context]), code), steps, nodes)
            if maker and steps is not None
            else None
        )
        if test is None:
            return None
        tests.append(test)
    if len(tests) == 1:
        return tests[0]
    return (lambda item, run: all(test(item, run) for test in tests)) if tests else None


@dataclass(frozen=True, slots=True)
class _Place:
    """A position in the definitions: layers and type code of a value."""

    compiler: PlanCompiler
    layers: Layers
    code: str

    def all_layers(self) -> Layers:
        """The layers together with those of the type and its profiles."""
        try:
            plan = self.compiler.value_plan(self.layers, self.code)
        except DefinitionError:
            return self.layers
        return plan.layers if isinstance(plan, ObjectPlan) else self.layers

    def follow(self, step: Step) -> list[_Place]:
        """Where a step leads; several places for a choice or for a reference with several targets."""
        if step.kind == "type":
            return [self] if self.code == step.text else []
        if step.kind == "resolve":
            return list(self._targets())
        name = "extension" if step.kind == "url" else step.text
        found = [_Place(self.compiler, layers, code) for layers, code in members_named(self.all_layers(), name)]
        return [place.with_extension(step.text) for place in found] if step.kind == "url" else found

    def with_extension(self, url: str) -> _Place:
        """The place of the one extension with that url: its slices and its own definition."""
        nodes: list[Any] = []
        for node in self.layers:
            nodes.extend(
                part
                for part in node.slices.values()
                if any(url in one.profiles for one in part.element.types) or _fixed_url(part.children.get("url")) == url
            )
        with suppress(DefinitionError):
            nodes.extend(self.compiler.library.roots(url))
        return _Place(self.compiler, distinct([*nodes, *self.layers]), self.code)

    def _targets(self) -> Iterator[_Place]:
        for target in _targets_of(self.layers):
            try:
                roots = self.compiler.library.roots(target)
            except DefinitionError:
                continue
            yield _Place(self.compiler, roots, roots[0].structure.type)


def _fixed_url(node: Any) -> str | None:
    return node.element.fixed.value if node is not None and node.element.fixed else None


def _targets_of(layers: Layers) -> tuple[str, ...]:
    """The targets the most derived layer states for a Reference."""
    for node in layers:
        for one in node.element.types:
            if one.code == "Reference" and one.targets:
                return one.targets
    return ()


def _places(place: _Place, steps: Sequence[Step]) -> list[_Place]:
    places = [place]
    for step in steps:
        places = [further for one in places for further in one.follow(step)]
    return places


def values_at(item: Any, steps: Sequence[Step], run: Run) -> list[Any]:
    """The values at a path below an item, across lists."""
    values = [item]
    for step in steps:
        values = [further for value in values for further in _step_values(value, step, run)]
    return values


def _step_values(value: Any, step: Step, run: Run) -> list[Any]:
    if not isinstance(value, dict):
        return [value] if step.kind == "type" else []
    if step.kind == "resolve":
        from conformance.fhir.validation.reference_resolution import resolve

        target = resolve(value.get("reference"), run)
        return [target] if target is not None else []
    if step.kind == "url":
        listed = value.get("extension")
        return (
            [one for one in listed if isinstance(one, dict) and one.get("url") == step.text]
            if isinstance(listed, list)
            else []
        )
    if step.kind == "type":
        return [value]
    found = value.get(step.text)
    if found is None:
        return _choice_values(value, step.text)
    return found if isinstance(found, list) else [found]


def _choice_values(value: dict[str, Any], stem: str) -> list[Any]:
    return [found for key, found in value.items() if key.startswith(stem) and key[len(stem) : len(stem) + 1].isupper()]


def _value_test(place: _Place, steps: Sequence[Step], nodes: Layers) -> Test | None:
    """By value or pattern: a fixed or pattern value at the path or above it, else a required binding at the path."""
    places = [place]
    for depth in range(len(steps) + 1):
        for one in places:
            wanted = _demanded(one.all_layers(), steps[depth:])
            if wanted is not None:
                return _equality(wanted, steps, place.compiler.definitions.canonical)
        if depth < len(steps):
            places = [further for one in places for further in one.follow(steps[depth])]
    for one in places:
        test = _binding_test(one, steps)
        if test is not None:
            return test
    return _extension_url(steps, nodes, place)


def _demanded(layers: Layers, rest: Sequence[Step]) -> FixedValue | None:
    """The value wanted at the end of `rest` by a fixed or pattern value here."""
    for node in layers:
        for stated in (node.element.fixed, node.element.pattern):
            if stated is None:
                continue
            value = stated.value
            for step in rest:
                value = value[0] if isinstance(value, list) and value else value
                value = value.get(step.text) if isinstance(value, dict) else None
            if value is not None:
                return FixedValue(stated.type, value)
    return None


def _equality(wanted: FixedValue, steps: Sequence[Step], canonical: Callable[[str], str]) -> Test:
    value = wanted.value
    if len(steps) == 1 and isinstance(value, str) and steps[0].kind == "name":
        return Direct(steps[0].text, value, canonical)
    return lambda item, run: any(fixed_and_pattern.matches(found, value) for found in values_at(item, steps, run))


@dataclass(frozen=True, slots=True)
class Direct:
    """The commonest test: a member of the item equals a text. URLs may have accepted spellings of their own."""

    name: str
    value: str
    canonical: Callable[[str], str]

    def __call__(self, item: Any, _run: Run) -> bool:
        """Whether the item has it."""
        found = item.get(self.name) if isinstance(item, dict) else None
        if isinstance(found, str):
            return found == self.value or self.canonical(found) == self.canonical(self.value)
        return isinstance(found, list) and self.value in found


def _binding_test(place: _Place, steps: Sequence[Step]) -> Test | None:
    terminology = place.compiler.terminology
    # FHIR's own binding of the element holds for every slice, so it distinguishes none of them.
    bindings = [(node.structure.constrains, node.element.binding) for node in place.layers if node.element.binding]
    general = {binding.value_set for constrains, binding in bindings if not constrains}
    bound = next((b for _, b in bindings if b.strength == "required" and b.value_set not in general), None)
    if terminology is None or bound is None or bound.value_set is None:
        return None
    value_set = bound.value_set

    def member(found: Any) -> bool:
        if isinstance(found, str):
            return isinstance(terminology.check(value_set, None, found, None), Member)
        codings = found.get("coding", [found]) if isinstance(found, dict) else []
        return any(
            isinstance(one, dict)
            and isinstance(one.get("code"), str)
            and isinstance(one.get("system", ""), str)
            and isinstance(terminology.check(value_set, one.get("system", ""), one["code"], None), Member)
            for one in (codings if isinstance(codings, list) else [])
        )

    return lambda item, run: any(member(found) for found in values_at(item, steps, run))


def _extension_url(steps: Sequence[Step], nodes: Layers, place: _Place) -> Test | None:
    """A slice of extensions whose profile is not loaded is known by the profile's URL."""
    if place.code != "Extension" or [step.text for step in steps] != ["url"]:
        return None
    profiles = [one.profiles[0] for node in nodes for one in node.element.types if len(one.profiles) == 1]
    return _equality(FixedValue("Uri", profiles[0]), steps, place.compiler.definitions.canonical) if profiles else None


def _exists_test(place: _Place, steps: Sequence[Step], nodes: Layers) -> Test | None:
    """The slice demands the element at the path, or forbids it."""
    *before, last = steps if steps else [Step("name", "")]
    for one in _places(_Place(place.compiler, nodes, place.code), before):
        for node in one.layers:
            child = node.children.get(last.text) or node.children.get(last.text + "[x]")
            if child is not None and child.element.max == 0:
                return lambda item, run: not values_at(item, steps, run)
            if child is not None and child.element.min:
                return lambda item, run: bool(values_at(item, steps, run))
    return None


def _type_test(place: _Place, steps: Sequence[Step], _nodes: Layers) -> Test | None:
    """By the type of a choice, of a resource, or of what a reference leads to."""
    ends = _places(place, steps)
    wanted = {code for one in ends for code in resource_types(one.layers) or {one.code}} - ANY_RESOURCE
    if not wanted:
        return None
    if steps and steps[-1].kind == "name":
        *before, last = steps
        keys = {last.text + code[:1].upper() + code[1:] for code in wanted}
        return lambda item, run: any(
            _is_of_type(found, last.text, keys, wanted) for found in values_at(item, before, run)
        )
    return lambda item, run: any(_has_type(found, wanted) for found in values_at(item, steps, run))


def _has_type(resource: Any, wanted: set[str]) -> bool:
    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    return isinstance(kind, str) and kind in wanted


def _is_of_type(owner: Any, name: str, keys: set[str], wanted: set[str]) -> bool:
    if not isinstance(owner, dict):
        return False
    found = owner.get(name)
    if isinstance(found, dict):
        return _has_type(found, wanted)
    return any(key in owner for key in keys)


def _profile_test(place: _Place, steps: Sequence[Step], _nodes: Layers) -> Test | None:
    """By conformance to the profile stated at the path, found out by trial."""
    resolving = bool(steps) and steps[-1].kind == "resolve"
    ends = _places(place, steps[:-1] if resolving else steps)
    profiles = next((found for one in ends for node in one.layers if (found := _profiles_of(node, resolving))), [])
    try:
        for url in profiles:
            place.compiler.library.roots(url)
    except DefinitionError:
        return None
    if not profiles:
        return None
    resources = place.compiler.resources

    def test(item: Any, run: Run) -> bool:
        return any(not resources.failing(found, url, run) for found in values_at(item, steps, run) for url in profiles)

    return test


def _profiles_of(node: Node, resolving: bool) -> list[str]:
    """The profiles that one layer states: the most derived one that states any identifies the slice."""
    return [url for one in node.element.types for url in (one.targets if resolving else one.profiles)]


_MAKERS: dict[str, Callable[[_Place, Sequence[Step], Layers], Test | None]] = {
    "value": _value_test,
    "pattern": _value_test,
    "exists": _exists_test,
    "type": _type_test,
    "profile": _profile_test,
}
