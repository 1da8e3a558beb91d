"""One validation in progress: the issues so far, and the surroundings a rule may need to look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from conformance.fhir.addresses import Reference
from conformance.fhir.definitions.element_definitions import words
from conformance.fhir.issues import Issue, Kind, Location, Severity, path_of, pointer_of, shorten, steps

if TYPE_CHECKING:
    from conformance.fhir.definitions.element_tree import Node

ERROR, WARNING, INFORMATION = Severity.ERROR, Severity.WARNING, Severity.INFORMATION
Object = dict[str, Any]
# Pages of FHIR's own specification that describe types other than under the type's name.
PAGES = {"Extension": "extensibility", "Reference": "references", "Narrative": "narrative", "Meta": "resource"}
DATATYPES = words(
    """Address Age Annotation Attachment CodeableConcept Coding ContactPoint Count Distance Duration Element HumanName
    Identifier Money Period Quantity Range Ratio SampledData Signature Timing BackboneElement"""
)


def spec_link(path: str, generation: str) -> str:
    """Where FHIR's specification describes the element of that path."""
    root = path.partition(".")[0]
    page = PAGES.get(root) or ("datatypes" if root in DATATYPES else root.lower())
    return f"http://hl7.org/fhir/{generation.upper()}/{page}-definitions.html#{path.replace('[x]', '_x_')}"


class BundleEntries(Protocol):
    """The Bundle around what is checked: finds the resource of an entry."""

    servers: dict[int, str | None]

    def resolve(self, reference: str, server: str | None) -> Object | None:
        """The resource that a reference means, as seen from an entry of that server."""
        ...

    def is_expected(self, reference: Reference) -> bool:
        """True where the Bundle should have the resource."""
        ...


MAX_ISSUES = 5000  # hostile content must not fill the memory with what is wrong with it


@dataclass(slots=True)
class Scope:
    """The resource being checked: `resource` itself, and the `container` it is contained in (itself if in none)."""

    resource: Object
    container: Object
    location: Location
    server: str | None = None  # where the entry it stands in comes from
    local: set[str] = field(default_factory=set)  # the `#id` references met so far, for the whole container
    element_ids: set[str] = field(default_factory=set)  # the ids of elements met so far
    _contained: dict[str, Object] | None = None

    def inner(self, resource: Object, location: Location) -> Scope:
        """The scope of a resource contained in this one's container."""
        return Scope(resource, self.container, location, self.server, self.local, _contained=self._index())

    def contained(self, identity: str) -> Object | None:
        """The contained resource of that id."""
        return self._index().get(identity)

    def _index(self) -> dict[str, Object]:
        if self._contained is None:
            listed = self.container.get("contained")
            self._contained = {
                one["id"]: one
                for one in (listed if isinstance(listed, list) else ())
                if isinstance(one, dict) and isinstance(one.get("id"), str)
            }
        return self._contained


@dataclass(slots=True)
class Run:
    """Collects issues. `quiet` runs (trials) only count what would make the content invalid."""

    scope: Scope
    root: Object
    bundle: BundleEntries | None = None
    issues: list[Issue] = field(default_factory=list)
    generation: str = "stu3"
    claim: bool = True  # whether meta.profile counts
    form: str = "json"  # what the content was written in: json or xml
    applied: dict[str, None] = field(default_factory=dict)  # canonical URLs of what resources were checked against
    quiet: bool = False
    marks: int = 0  # grows with all that is said, also where it is not kept
    failures: int = 0
    first_failure: str = ""
    suppressed: int = 0
    notes: set[tuple[str, ...]] = field(default_factory=set)
    failings: dict[tuple[int, str], str] = field(default_factory=dict)
    memo: dict[str, Any] = field(default_factory=dict)

    def report(
        self,
        code: str,
        location: Location,
        message: str,
        *,
        node: Node | None = None,
        found: object = None,
        expected: str | None = None,
        severity: Severity = ERROR,
        kind: Kind = "content",
        spec: str | None = None,
    ) -> None:
        """Add an issue about the value at the location; `node` is the element of the definition that speaks."""
        self.marks += 1
        if self.quiet:
            if severity is ERROR and kind == "content":
                self.failures += 1
                self.first_failure = self.first_failure or message
            return
        if len(self.issues) >= MAX_ISSUES:
            self.suppressed += 1
            return
        self.issues.append(
            Issue(
                severity,
                code,
                message,
                path_of(location),
                pointer_of(location),
                profile=node.structure.url if node else None,
                element=node.label if node else None,
                found=None if found is None else shorten(found),
                expected=expected,
                kind=kind,
                spec=spec or (spec_link(node.element.path, self.generation) if node else None),
            )
        )

    def note(
        self,
        code: str,
        location: Location,
        message: str,
        *about: str,
        kind: Kind,
        node: Node | None = None,
        severity: Severity | None = None,
    ) -> None:
        """Say once in this run that something could not be checked, or that a definition is at fault.

        `about` distinguishes one such note from another; the first place where it mattered is named. A definition's fault is a
        warning unless `severity` says otherwise, all else information.
        """
        self.marks += 1
        key = (code, *about)
        if self.quiet or key in self.notes:
            return
        self.notes.add(key)
        severity = severity or (WARNING if kind == "definition" else INFORMATION)
        self.report(code, location, message, node=node, severity=severity, kind=kind)

    def all_issues(self) -> list[Issue]:
        """The issues, with a last one that says how many more there were than are kept."""
        if not self.suppressed:
            return self.issues
        message = f"There are {self.suppressed} further issues; only the first {MAX_ISSUES} are listed."
        place: Location = (None, steps(self.scope.location)[0])
        more = Issue(INFORMATION, "more-issues", message, path_of(place), pointer_of(place), found=str(self.suppressed))
        return [*self.issues, more]

    def trial(self) -> Run:
        """A quiet run in the same surroundings, to learn whether something conforms."""
        return Run(
            self.scope,
            self.root,
            self.bundle,
            generation=self.generation,
            claim=self.claim,
            form=self.form,
            quiet=True,
            failings=self.failings,
            memo=self.memo,
        )
