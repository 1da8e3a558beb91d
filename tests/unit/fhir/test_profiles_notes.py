"""definition-notes.yaml lists exactly what is wrong in the published definitions: neither less nor more."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from conformance.fhir.definitions.effective import View, Views, child, facts, slice_of
from conformance.fhir.definitions.element_definitions import Binding
from conformance.fhir.definitions.store import Structure
from conformance.fhir.terminology.value_sets import OfflineTerminology
from conformance.fhir.validation.validator import Validator
from tests.support.paths import SHARED, needs_shared
from tests.support.shipped import GENERATIONS, every_view, profiles, settings, shipped

both = pytest.mark.parametrize("generation", GENERATIONS)
STRENGTHS = ("example", "preferred", "extensible", "required")
CODED = {"code", "Coding", "CodeableConcept", "Quantity", "string", "uri"}


def noted(generation: str, kind: str) -> set[tuple[str, str]]:
    notes = settings(generation, "definition-notes.yaml")["notes"]
    return {(one["definition"], one["element"]) for one in notes if one["kind"] == kind}


def walked(generation: str) -> Iterator[tuple[Structure, str, View]]:
    for structure in profiles(generation):
        for key, view in every_view(generation, structure):
            yield structure, key, view


def tail(structure: Structure) -> str:
    return structure.url.rsplit("/", 1)[1]


def has_criterion(views: Views, owner: View, one: View) -> bool:
    """True where something is fixed at a discriminator of the slice."""
    slicing = facts(owner).slicing
    for discriminator in slicing.discriminators if slicing else ():
        current: View | None = one
        for part in discriminator.path.split("."):
            current = child(views.inside(current), part) if current else None
        if current is not None and (facts(current).fixed or facts(current).pattern):
            return True
    return False


@both
def test_slices_without_criterion(generation: str) -> None:
    views = Views(shipped(generation))
    found = {
        (tail(structure), f"{key}:{name}")
        for structure, key, view in walked(generation)
        for name in view.slices()
        if not has_criterion(views, view, slice_of(view, name))
    }
    assert found == noted(generation, "slice-without-criterion")


@both
def test_extensions_used_outside_their_context(generation: str) -> None:
    definitions, found = shipped(generation), set()
    for structure, key, view in walked(generation):
        place = re.sub(r":[^.]*", "", key.rsplit(".", 1)[0])
        for name in view.slices():
            used = [
                one
                for type_ in facts(slice_of(view, name)).types
                if type_.code == "Extension"
                for one in type_.profiles
            ]
            for url in used:
                if place not in {where for _, where in definitions.structure(url).contexts}:
                    found.add((tail(structure), f"{key}:{name}"))
    assert found == noted(generation, "context")


@both
def test_prohibited_elements_with_content(generation: str) -> None:
    found = {
        (tail(structure), key)
        for structure, key, view in walked(generation)
        if facts(view).max == 0 and view.children()
    }
    assert found == noted(generation, "prohibited-with-content")


def loosened(view: View) -> bool:
    """True where the profile's own binding is weaker than what it builds on."""
    own = [node for node in view.own if node.element.binding]
    before = [node.element.binding for node in view.nodes if node not in view.own and node.element.binding]
    if not own or not before:
        return False
    return rank(own[-1].element.binding) < rank(before[-1])


def rank(binding: Binding | None) -> int:
    return STRENGTHS.index(binding.strength) if binding else -1


@both
def test_bindings_weaker_than_their_base(generation: str) -> None:
    found = {(tail(structure), key) for structure, key, view in walked(generation) if loosened(view)}
    assert found == noted(generation, "weaker-binding")


@both
def test_bindings_on_what_has_no_code(generation: str) -> None:
    found = set()
    for structure, key, view in walked(generation):
        codes = {one.code for one in facts(view).types}
        if any(node.element.binding for node in view.own) and not codes & CODED:
            found.add((tail(structure), key))
    assert found == noted(generation, "binding-on-uncoded")


@both
def test_rules_over_elements_that_do_not_exist(generation: str) -> None:
    known = {
        part
        for url, _, _ in shipped(generation).all()
        for one in shipped(generation).structure(url).snapshot
        for part in one.path.split(".")
    }
    found = set()
    for structure, key, view in walked(generation):
        for rule in (rule for node in view.own for rule in node.element.constraints):
            if set(re.findall(r"f:(\w+)", rule.xpath or "")) - known:
                found.add((tail(structure), key))
    assert found == noted(generation, "rule-that-cannot-fail")


@needs_shared
@both
def test_where_every_appointment_of_the_pages_breaks_the_profile(generation: str) -> None:
    definitions = shipped(generation)
    validator = Validator(definitions, terminology=OfflineTerminology(definitions))
    paths = sorted((SHARED / "examples" / generation).glob("*app*t*.json"))  # type: ignore[operator]
    appointments = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
    appointments = [one for one in appointments if one["resourceType"] == "Appointment"]
    assert len(appointments) > 5
    profile = next(one.url for one in profiles(generation) if tail(one).lower() == "gpconnect-appointment-1")
    broken = [{issue.element for issue in validator.validate(one, [profile]) if issue.is_error} for one in appointments]
    expected = {element for _, element in noted(generation, "contradicts-pages")}
    assert set.intersection(*broken) == expected
