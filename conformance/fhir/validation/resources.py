"""Checks a resource wherever it stands: the root, a Bundle's entry, or contained in another.

Its type comes from `resourceType`, its profiles from where it stands, from what the caller requests, and from
meta.profile where claims count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from conformance.fhir.definitions.element_tree import Node
from conformance.fhir.definitions.profile_chain import Layers, distinct
from conformance.fhir.definitions.store import CORE, Claim
from conformance.fhir.errors import DefinitionError, UnknownDefinitionError
from conformance.fhir.issues import Location
from conformance.fhir.validation import bundles
from conformance.fhir.validation.context import INFORMATION, WARNING, Object, Run, Scope
from conformance.fhir.validation.member_types import ANY_RESOURCE
from conformance.fhir.validation.plans import ObjectPlan, Plan, PlanCompiler
from conformance.fhir.validation.resource_elements import ResourcePlan


class ResourceChecker:
    """Checks resources against their type and profiles. `entry_profiles` adds a profile for each type in a Bundle."""

    def __init__(self, compiler: PlanCompiler, entry_profiles: Mapping[str, str]) -> None:
        self.compiler = compiler
        self.definitions = compiler.definitions
        self.entry_profiles = entry_profiles
        self._plans: dict[tuple[str, tuple[str, ...]], ObjectPlan] = {}
        self._sound_claims: dict[tuple[str, str], str] = {}  # canonical URLs of loaded profiles, by type and spelling
        self._fhir_types: frozenset[str] | None = None
        self._types: set[str] = set()  # resource types known to be loaded

    def plan(self, layers: Layers, code: str) -> Plan:
        """The plan for an element that holds a resource."""
        return ResourcePlan(self, layers, code)

    def check(
        self,
        value: Any,
        location: Location,
        run: Run,
        *,
        profiles: Iterable[str] = (),
        layers: Layers = (),
        wanted: frozenset[str] = ANY_RESOURCE,
    ) -> None:
        """Check one resource; `layers` are what the element it stands in adds, `wanted` the types allowed there."""
        kind = self._kind(value, location, run, wanted)
        if kind is None:
            return
        urls = self._profiles(kind, value, location, run, profiles)
        plan = self._plan(kind, tuple(urls), layers, location, run)
        if plan is None:
            return
        if kind == "Bundle":
            self._check_bundle(plan, value, location, run)
        else:
            plan.check(value, location, run)

    def failing(self, resource: Any, profile: str, run: Run) -> str:
        """By trial: the first error of a resource or datatype under a profile, or nothing. Raises DefinitionError."""
        if not isinstance(resource, dict):
            return "It is no object."
        roots = self.compiler.library.roots(profile)
        kind = roots[0].structure.type
        is_resource = roots[-1].structure.kind == "resource"
        if is_resource and resource.get("resourceType") != kind:
            return f"It is no {kind}."
        trial = run.trial()
        # Places below are those of the resource, so expressions over the document start there too.
        trial.root, trial.memo = (resource if is_resource else {}), {}
        if is_resource and resource is not run.scope.resource:
            contained = run.scope.container.get("contained")
            inside = isinstance(contained, list) and any(resource is one for one in contained)
            trial.scope = Scope(resource, run.scope.container if inside else resource, (None, kind))
        self.compiler.object_plan(roots, kind, resource=is_resource).check(resource, (None, kind), trial)
        return trial.first_failure

    def _check_bundle(self, plan: ObjectPlan, value: Object, location: Location, run: Run) -> None:
        outer = run.bundle
        run.bundle = bundles.BundleIndex(value)
        plan.check(value, location, run)
        bundles.check_entries(value, location, run, self._full_url_element(), self.is_fhir_type)
        run.bundle = outer

    def _full_url_element(self) -> Node:
        """Bundle.entry.fullUrl as FHIR itself defines it."""
        return self.compiler.library.type_roots("Bundle")[0].children["entry"].children["fullUrl"]

    def _kind(self, value: Any, location: Location, run: Run, wanted: frozenset[str]) -> str | None:
        """The resource type where it can be worked with; what is wrong with it is reported."""
        if not isinstance(value, dict):
            run.report("wrong-json-type", location, "A resource is wanted here.", found=value, expected="a JSON object")
            return None
        kind = value.get("resourceType")
        if not isinstance(kind, str) or not kind:
            message = "A resource names its type in resourceType."
            run.report("resource-type-missing", location, message, found=kind, expected="resourceType")
            return None
        if kind not in self._types:
            if not self._is_type(kind, location, run):
                return None
            self._types.add(kind)
        if not wanted & ANY_RESOURCE and kind not in wanted:
            expected = " or ".join(sorted(wanted))
            run.report("resource-type", location, f"A {expected} is wanted here.", found=kind, expected=expected)
        return kind

    def _is_type(self, kind: str, location: Location, run: Run) -> bool:
        """True for a resource type whose definition can be used; else it is said why it is not checked."""
        try:
            if self.definitions.type_definition(kind).kind == "resource":
                return True
        except UnknownDefinitionError:
            pass
        except DefinitionError as error:
            run.note("definition-unusable", location, str(error), kind, kind="definition")
            return False
        self._unknown_kind(kind, location, run)
        return False

    def _unknown_kind(self, kind: str, location: Location, run: Run) -> None:
        """A type FHIR does not have is an error; one whose definition is merely not loaded is said to be unchecked."""
        place = (location, "resourceType")
        if self.is_fhir_type(kind):
            message = f"{kind} resources are not checked: no definition of that type is loaded."
            run.note("not-checked-resource-type", place, message, kind, kind="not-checked")
        else:
            run.report("resource-type-unknown", place, "FHIR has no resource of that type.", found=kind)

    def is_fhir_type(self, kind: str) -> bool:
        """True for the name of a resource type of this generation, loaded or not; for any where no list is loaded."""
        if self._fhir_types is None:
            concepts = self._listed_types().get("concept") or ()
            self._fhir_types = frozenset(one.get("code", "") for one in concepts)
        return not self._fhir_types or kind in self._fhir_types

    def _listed_types(self) -> Object:
        """The code system of resource types: a resource of its own in STU3, inside its value set in DSTU2."""
        try:
            if self.definitions.generation == "dstu2":
                return self.definitions.value_set("http://hl7.org/fhir/ValueSet/resource-types").get("codeSystem") or {}
            return self.definitions.code_system("http://hl7.org/fhir/resource-types")
        except DefinitionError:
            return {}

    def _profiles(self, kind: str, value: Object, location: Location, run: Run, given: Iterable[str]) -> list[str]:
        """The profiles that count, in accepted spelling, without repetition: those requested, then those claimed."""
        wanted = [self.definitions.canonical(url) for url in given]
        if run.bundle is not None and kind in self.entry_profiles and run.scope.container is value:
            wanted.append(self.definitions.canonical(self.entry_profiles[kind]))
        if run.claim:
            wanted.extend(self._claimed(kind, value, location, run))
        return list(dict.fromkeys(wanted))

    def _claimed(self, kind: str, value: Object, location: Location, run: Run) -> Iterable[str]:
        meta = value.get("meta")
        stated = meta.get("profile") if isinstance(meta, dict) else None
        for index, url in enumerate(stated if isinstance(stated, list) else ()):
            if not isinstance(url, str) or url == CORE + kind:
                continue
            if (kind, url) in self._sound_claims:
                yield self._sound_claims[kind, url]
                continue
            place = (((location, "meta"), "profile"), index)
            claim = self.definitions.claimed(url)
            if claim is None:
                message = f"The claim to conform to {url[:200]} is not checked: that profile is not loaded."
                run.note("not-checked-profile", place, message, url[:200], kind="not-checked")
            elif self._is_profile_of(kind, claim, place, run):
                if _report_odd_claim(url, claim, place, run):
                    self._sound_claims[kind, url] = claim.url
                yield claim.url

    def _is_profile_of(self, kind: str, claim: Claim, place: Location, run: Run) -> bool:
        """True for a claimed profile that can be used for that type; else it is said why it does not count."""
        try:
            structure = self.definitions.structure(claim.url)
        except DefinitionError as error:
            run.note("definition-unusable", place, str(error), claim.url, kind="definition")
            return False
        if structure.type != kind:
            expected = f"a profile of {kind}"
            run.report("profile-type", place, f"This profile is not about {kind}.", found=claim.url, expected=expected)
        return structure.type == kind

    def _plan(self, kind: str, urls: tuple[str, ...], extra: Layers, location: Location, run: Run) -> ObjectPlan | None:
        key = (kind, urls)
        plan = self._plans.get(key) if not extra else None
        if plan is not None:
            run.applied.update(dict.fromkeys((*urls, CORE + kind)))
            return plan
        layers: list[Any] = list(extra)
        before = run.marks
        for url in (*urls, CORE + kind):
            try:
                layers.extend(self.compiler.library.roots(url))
            except UnknownDefinitionError as error:
                run.note("not-checked-profile", location, str(error), url, kind="not-checked")
            except DefinitionError as error:
                run.note("definition-unusable", location, str(error), url, kind="definition")
            else:
                run.applied[url] = None
        if not layers:
            return None
        plan = self.compiler.object_plan(distinct(layers), kind, resource=True)
        if not extra and run.marks == before and len(self._plans) < 1000:
            self._plans[key] = plan
        return plan


def _report_odd_claim(text: str, claim: Claim, place: Location, run: Run) -> bool:
    """Say what a claim is checked against where that is not what it names; True where it is."""
    if not claim.exact:
        message = (
            f"This is not the URL of a profile; it was taken for {claim.url}, against which the resource is checked."
        )
        run.report("profile-spelling", place, message, found=text, expected=claim.url, severity=WARNING)
    if claim.is_other_version:
        message = (
            f"The resource is checked against version {claim.version or 'unknown'} of the profile, the one loaded."
        )
        found = f"version {claim.asked_version}"
        run.report("profile-version", place, message, found=found, expected=claim.version, severity=INFORMATION)
    return claim.exact and not claim.is_other_version
