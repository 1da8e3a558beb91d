"""The front door of validation: a value in JSON form in, issues out.

validator = Validator(Definitions("stu3").open(folder), terminology=...)
issues = validator.validate(value)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from conformance.fhir.definitions.profile_chain import Library
from conformance.fhir.definitions.store import Definitions
from conformance.fhir.invariants.rules import Invariants
from conformance.fhir.issues import Issue, Location
from conformance.fhir.terminology.membership import Terminology
from conformance.fhir.validation.compiler import Compiler
from conformance.fhir.validation.context import Run, Scope
from conformance.fhir.validation.resources import ResourceChecker

if TYPE_CHECKING:
    from conformance.fhir.formats.json_reader import Document


@dataclass(frozen=True, slots=True)
class Options:
    """How to validate. `entry_profiles` names a profile for each type in a Bundle (type name to canonical URL);
    `prefer_snapshot` judges by published snapshots where there are any instead of by layered differentials.
    """

    entry_profiles: Mapping[str, str] = field(default_factory=dict)
    prefer_snapshot: bool = False


class Validator:
    """Validates resources against definitions. Definitions are compiled as data needs them, and kept."""

    def __init__(
        self, definitions: Definitions, *, terminology: Terminology | None = None, options: Options | None = None
    ) -> None:
        options = options or Options()
        self.definitions = definitions
        self.library = Library(definitions, prefer_snapshot=options.prefer_snapshot)
        self._compiler = Compiler(self.library, terminology, Invariants(definitions))
        self._resources = ResourceChecker(self._compiler, options.entry_profiles)
        self._compiler.resources = self._resources

    def validate(self, value: Any, profiles: Iterable[str] = (), *, claim: bool = True) -> list[Issue]:
        """The issues of a parsed resource, in document order.

        `profiles` have to be met besides the resource's own type; `claim` adds those named in meta.profile. Decimals
        may be Decimal or float. Never raises for what the value holds.
        """
        kind = value.get("resourceType") if isinstance(value, dict) else None
        location: Location = (None, kind if isinstance(kind, str) and kind else "$this")
        resource = value if isinstance(value, dict) else {}
        run = Run(Scope(resource, resource, location), resource, generation=self.definitions.generation, claim=claim)
        try:
            self._resources.check(value, location, run, profiles=profiles)
        except RecursionError:
            message = "The content is nested too deeply to be checked."
            run.report("nesting-too-deep", location, message, expected="less nesting")
        return run.all_issues()

    def validate_document(self, document: Document, profiles: Iterable[str] = (), *, claim: bool = True) -> list[Issue]:
        """As `validate`, for a document that was read: adds the problems of its text, and lines."""
        if not document.readable:
            return list(document.problems)
        found = self.validate(document.value, profiles, claim=claim)
        return [*document.problems, *(replace(one, line=document.line_of(one.pointer)) for one in found)]

    def definition_problems(self) -> dict[str, list[str]]:
        """What is wrong with the definitions used so far: problems by canonical URL."""
        return dict(self.library.problems)
