"""References: their form, what they may point at, and whether the target conforms to the profile required.

A target is looked for among the contained resources and in the Bundle. Elsewhere only the type in the URL can be judged.
Source: FHIR 1.0.2 and 3.0.1 "Resource References".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from conformance.fhir.addresses import Reference, read_reference
from conformance.fhir.definitions.element_tree import Node
from conformance.fhir.definitions.profile_chain import Layers
from conformance.fhir.definitions.store import CORE
from conformance.fhir.errors import DefinitionError
from conformance.fhir.issues import Location, shorten
from conformance.fhir.validation.context import WARNING, Object, Run
from conformance.fhir.validation.plans import PlanCompiler, Rule
from conformance.fhir.validation.reference_resolution import resolve

LOCAL = ("urn:uuid:", "urn:oid:")  # have a meaning within their Bundle only


def reference_rules(compiler: PlanCompiler, layers: Layers) -> Iterator[Rule]:
    """One rule for a Reference: its form and each layer's targets."""
    targets = [
        TargetRule(compiler, node, one.targets)
        for node in layers
        for one in node.element.types
        if one.code == "Reference" and one.targets
    ]
    yield ReferenceRule(compiler, targets, layers[0])


@dataclass(slots=True)
class ReferenceRule:
    """Judges the form of a reference, finds what it points at, and checks with each layer whether that will do."""

    compiler: PlanCompiler
    targets: list[TargetRule]
    node: Node

    def __call__(self, value: Any, location: Location, run: Run) -> None:
        """Check one Reference object."""
        text = value.get("reference")
        if not isinstance(text, str) or not text:
            return
        read = read_reference(text)
        if read.form == "none":
            message = "A reference is Type/id, an absolute URL, or # and the id of a contained resource."
            expected = "such as Patient/1"
            run.report(
                "reference-format", (location, "reference"), message, node=self.node, found=text, expected=expected
            )
            return
        resource, kind = self._find(read, location, run)
        if kind is None:
            self._note_untyped(text, location, run)
        elif not self.compiler.resources.is_fhir_type(kind):
            message = f"FHIR has no resource type {kind[:64]}."
            run.report("reference-type-unknown", (location, "reference"), message, node=self.node, found=text)
            return
        for target in self.targets:
            target.judge(text, kind, resource, location, run)

    def _find(self, read: Reference, location: Location, run: Run) -> tuple[Object | None, str | None]:
        """The resource a reference means where it is at hand, and its type where that can be determined."""
        resource = resolve(read.text, run)
        if resource is None:
            self._report_unresolved(read, location, run)
        else:
            kind = resource.get("resourceType")
            if kind.__class__ is str:
                return resource, kind
        return None, read.type or None

    def _note_untyped(self, text: str, location: Location, run: Run) -> None:
        """Note a URL that follows no pattern of FHIR's, so that its meaning is not known."""
        told_already = text[0] == "#" or (run.bundle is not None and text.startswith(LOCAL))
        if self.targets and not told_already:
            node = self.targets[0].node
            message = f"What kind of resource {shorten(text)} means cannot be determined, so its type is not checked."
            run.note("not-checked-target", location, message, node.label, kind="not-checked", node=node)

    def _report_unresolved(self, read: Reference, location: Location, run: Run) -> None:
        """A urn:uuid has meaning in its Bundle only. A Bundle need not hold what a URL means; it is odd, though, where
        it does hold others of that type.
        """
        text, place = read.text, (location, "reference")
        if read.form == "contained":
            message = f"There is no contained resource with the id {text[1:][:64]}."
            run.report("reference-contained", place, message, node=self.node, found=text)
        elif run.bundle is None:
            return
        elif text.startswith(LOCAL):
            message = "No entry of the Bundle has this as its fullUrl, so it leads nowhere."
            run.report("reference-unresolved", place, message, node=self.node, found=text, expected="a fullUrl here")
        elif read.type and run.bundle.is_expected(read):
            message = f"The Bundle has entries of type {read.type}, but not this one."
            run.report("reference-not-in-bundle", place, message, node=self.node, found=text, severity=WARNING)


class TargetRule:
    """What one layer lets a Reference point at: any one of some types and profiles."""

    __slots__ = ("compiler", "kinds", "node", "profiles", "types", "unknown")

    def __init__(self, compiler: PlanCompiler, node: Node, targets: tuple[str, ...]) -> None:
        self.compiler = compiler
        self.node = node
        self.types: dict[str, None] = {}
        self.profiles: list[tuple[str, str]] = []  # (type, profile URL)
        self.unknown: list[str] = []
        self.kinds: dict[str | None, bool] = {}
        for target in targets:
            self._sort(target)

    def _sort(self, target: str) -> None:
        """FHIR's own types by name; profiles by the type they constrain, where they are loaded."""
        try:
            structure = self.compiler.definitions.structure(target)
        except DefinitionError:
            structure = None
        if structure is not None and structure.constrains:
            self.profiles.append((structure.type, target))
        elif target.startswith(CORE) and target[len(CORE) :].isalpha():
            self.types.setdefault(target[len(CORE) :])
        else:
            self.unknown.append(target)

    def judge(self, text: str, kind: str | None, resource: Object | None, location: Location, run: Run) -> None:
        """Whether the target will do, as far as that can be determined."""
        if kind is None or kind in self.types:
            return
        candidates = [profile for type_name, profile in self.profiles if type_name == kind]
        if candidates:
            if resource is not None:
                self._judge_profiles(candidates, resource, location, run)
        elif self.unknown:
            message = f"Whether this may be referred to is not checked: {self.unknown[0]} is not loaded."
            run.note("not-checked-target", location, message, self.unknown[0], kind="not-checked", node=self.node)
        else:
            self._report_type(text, kind, location, run)

    def _report_type(self, text: str, kind: str, location: Location, run: Run) -> None:
        wanted = [*self.types, *(type_name for type_name, _ in self.profiles)]
        expected = " or ".join(dict.fromkeys(wanted))
        message = f"This refers to a {kind}; it has to refer to {expected}."
        run.report("reference-type", (location, "reference"), message, node=self.node, found=text, expected=expected)

    def _judge_profiles(self, candidates: list[str], resource: Object, location: Location, run: Run) -> None:
        failings = [self._failing(resource, profile, run) for profile in candidates]
        if self.unknown or not all(failings):
            return
        expected = " or ".join(candidates)
        message = f"The resource this refers to does not conform to {expected}: {failings[0]}"
        run.report(
            "reference-profile",
            (location, "reference"),
            message,
            node=self.node,
            found=resource.get("id"),
            expected=expected,
        )

    def _failing(self, resource: Object, profile: str, run: Run) -> str:
        """What a resource lacks, by trial, once for each resource and profile; empty where it conforms.

        One that claims the profile is judged where it stands.
        """
        if run.quiet or claims(self.compiler, resource, profile):
            return ""  # a trial looks at one resource only, else a chain of references would be followed to its end
        key = (id(resource), profile)
        if key not in run.failings:
            try:
                run.failings[key] = self.compiler.resources.failing(resource, profile, run)
            except DefinitionError:
                run.failings[key] = ""  # its own use reports that the profile is unusable
        return run.failings[key]


def claims(compiler: PlanCompiler, resource: Object, profile: str) -> bool:
    """True where meta.profile of the resource names the profile, in any accepted spelling."""
    meta = resource.get("meta")
    stated = meta.get("profile") if isinstance(meta, dict) else None
    canonical = compiler.definitions.canonical
    wanted = canonical(profile)
    return isinstance(stated, list) and any(isinstance(one, str) and canonical(one) == wanted for one in stated)
