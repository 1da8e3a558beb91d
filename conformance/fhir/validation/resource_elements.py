"""Elements that hold a resource: Bundle.entry.resource, contained, Parameters.parameter.resource."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from conformance.fhir.definitions.element_tree import Node
from conformance.fhir.definitions.profile_chain import Layers
from conformance.fhir.errors import DefinitionError
from conformance.fhir.issues import Location
from conformance.fhir.validation.context import Object, Run, Scope
from conformance.fhir.validation.member_types import ANY_RESOURCE, resource_types
from conformance.fhir.validation.plans import PlanCompiler


class Checker(Protocol):
    """Checks a resource wherever it stands."""

    compiler: PlanCompiler

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
        """Check one resource."""
        ...

    def failing(self, resource: Any, profile: str, run: Run) -> str:
        """By trial: the first error of a resource under a profile, or nothing. Raises DefinitionError."""
        ...


class ResourcePlan:
    """Checks what such an element holds: its type, and a profile where the element names any."""

    __slots__ = ("checker", "contained", "layers", "stated", "wanted")

    def __init__(self, checker: Checker, layers: Layers, code: str) -> None:
        self.checker = checker
        self.layers = tuple(node for node in layers if node.children)
        self.contained = any(node.element.name == "contained" for node in layers)
        self.wanted = resource_types(layers) or frozenset([code])
        # Of each layer, the profiles it allows by type: one of those for the resource's type has to be met.
        self.stated = [
            (node, {one.code: one.profiles for one in node.element.types})
            for node in layers
            if any(one.profiles for one in node.element.types)
        ]

    def check(self, value: Any, location: Location, run: Run) -> None:
        """Check the resource in a scope of its own; a contained one keeps its container's."""
        outer = run.scope
        profiles: list[str] = []
        if isinstance(value, dict):
            run.scope = outer.inner(value, location) if self.contained else Scope(value, value, location)
            if run.bundle is not None and not self.contained:
                run.scope.server = run.bundle.servers.get(id(value))
            profiles = [
                url for node, stated in self.stated for url in self._applied(node, stated, value, location, run)
            ]
        self.checker.check(value, location, run, profiles=profiles, layers=self.layers, wanted=self.wanted)
        run.scope = outer

    def _applied(
        self, node: Node, stated: dict[str, tuple[str, ...]], value: Object, location: Location, run: Run
    ) -> list[str]:
        """The one profile of a layer that has to be met; of several, one is looked for by trial."""
        kind = value.get("resourceType")
        allowed = [url for code, urls in stated.items() if code == kind or code in ANY_RESOURCE for url in urls]
        if not isinstance(kind, str) or not allowed:
            return []
        fitting = [url for url in allowed if self._type_of(url) in (kind, None)]
        if not fitting:
            expected = " or ".join(allowed)
            run.report(
                "resource-type",
                location,
                f"No profile allowed here is about {kind}.",
                node=node,
                found=kind,
                expected=expected,
            )
        elif len(fitting) > 1:
            self._try(node, fitting, value, location, run)
            return []
        return fitting

    def _type_of(self, url: str) -> str | None:
        """The type that a profile constrains; None where it is not loaded."""
        try:
            return self.checker.compiler.definitions.structure(url).type
        except DefinitionError:
            return None

    def _try(self, node: Node, profiles: list[str], value: Object, location: Location, run: Run) -> None:
        """Report a resource that meets none of several profiles; one that is not loaded leaves it open."""
        unknown = [url for url in profiles if self._type_of(url) is None]
        known = [url for url in profiles if url not in unknown]
        if not all(self.checker.failing(value, url, run) for url in known):
            return
        if unknown:
            message = f"Whether this conforms to {unknown[0]} is not checked: that profile is not loaded."
            run.note("not-checked-profile", location, message, unknown[0], kind="not-checked", node=node)
        else:
            expected = "one of " + ", ".join(profiles)
            message = "The resource meets none of the profiles."
            run.report("type-profile", location, message, node=node, expected=expected)
