"""The front door of validation: a value in JSON form in, issues out.

validator = Validator("stu3")
report = validator.check(Path("slot.json").read_bytes())
print(report.verdict.value, report.issues)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.core import resources
from conformance.fhir.definitions.profile_chain import Library
from conformance.fhir.definitions.store import CORE, Definitions, Generation
from conformance.fhir.formats.json_comments import without_comments
from conformance.fhir.formats.json_reader import DEFAULT, Document, Limits, looks_like_xml, read_json
from conformance.fhir.invariants.rules import Invariants
from conformance.fhir.issues import Issue, Location, Verdict, verdict_of
from conformance.fhir.terminology.membership import Terminology
from conformance.fhir.terminology.value_sets import OfflineTerminology
from conformance.fhir.validation.compiler import Compiler
from conformance.fhir.validation.context import Run, Scope
from conformance.fhir.validation.resources import ResourceChecker


@dataclass(frozen=True, slots=True)
class Options:
    """How to validate. `entry_profiles` names a profile for each type in a Bundle (type name to canonical URL);
    `prefer_snapshot` judges by published snapshots where there are any instead of by layered differentials.
    """

    entry_profiles: Mapping[str, str] = field(default_factory=dict)
    prefer_snapshot: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What came of one resource: its issues in document order, and the profiles that it was checked against.

    `applied` are the canonical URLs of the definitions it was checked against, those of resources inside it included;
    `readable` is False where the text gave no value at all.
    """

    issues: list[Issue]
    applied: tuple[str, ...] = ()
    readable: bool = True

    @property
    def profiles(self) -> tuple[str, ...]:
        """Of what was applied, the profiles: all but FHIR's own types."""
        return tuple(url for url in self.applied if not url.startswith(CORE))

    @property
    def verdict(self) -> Verdict:
        """Conformant, not conformant (there is an error), or not fully checked."""
        return verdict_of(self.issues)


class Validator:
    """Validates resources against definitions. Definitions are compiled as data needs them, and kept.

    `definitions` are opened ones, or the name of a FHIR generation, "dstu2" or "stu3", for those that are shipped here.
    Codes are looked up in them unless a `terminology` is given.
    """

    def __init__(
        self,
        definitions: Definitions | Generation,
        *,
        terminology: Terminology | None = None,
        options: Options | None = None,
    ) -> None:
        options = options or Options()
        if isinstance(definitions, str):
            definitions = Definitions(definitions).open(resources.profiles(definitions))
            terminology = terminology or OfflineTerminology(definitions)
        self.definitions = definitions
        self.library = Library(definitions, prefer_snapshot=options.prefer_snapshot)
        self._compiler = Compiler(self.library, terminology, Invariants(definitions))
        self._resources = ResourceChecker(self._compiler, options.entry_profiles)
        self._compiler.resources = self._resources

    def check(
        self,
        content: bytes | dict[str, Any],
        profiles: Iterable[str] = (),
        *,
        claim: bool = True,
        limits: Limits = DEFAULT,
    ) -> Report:
        """A resource as sent, in JSON or XML, or as a parsed JSON object: its issues, with lines where there is a text.

        `profiles` are canonical URLs that have to be met besides the resource's own type; `claim` adds those named in
        meta.profile. Never raises for what the content holds.
        """
        document = self.read(content, limits) if isinstance(content, bytes) else Document(content)
        return self.check_document(document, profiles, claim=claim)

    def read(self, data: bytes, limits: Limits = DEFAULT) -> Document:
        """The bytes of a resource as a document, in JSON or XML as they show themselves."""
        if looks_like_xml(data):
            from conformance.fhir.formats.xml import read_xml

            return read_xml(data, self.definitions, limits)
        return read_json(data, limits)

    def check_document(self, document: Document, profiles: Iterable[str] = (), *, claim: bool = True) -> Report:
        """As `check`, for a document that was read: adds the problems of its text, and lines."""
        if not document.readable:
            return Report(list(document.problems), readable=False)
        run = self._run(document.value, profiles, claim=claim, form=document.format)
        found = (replace(one, line=document.line_of(one.pointer)) for one in run.all_issues())
        return Report([*document.problems, *found], tuple(run.applied))

    def validate(self, value: Any, profiles: Iterable[str] = (), *, claim: bool = True) -> list[Issue]:
        """The issues of a parsed resource, in document order. Decimals may be Decimal or float."""
        return self._run(value, profiles, claim=claim).all_issues()

    def validate_document(self, document: Document, profiles: Iterable[str] = (), *, claim: bool = True) -> list[Issue]:
        """The issues of `check_document`."""
        return self.check_document(document, profiles, claim=claim).issues

    def _run(self, value: Any, profiles: Iterable[str], *, claim: bool, form: str = "json") -> Run:
        kind = value.get("resourceType") if isinstance(value, dict) else None
        location: Location = (None, kind if isinstance(kind, str) and kind else "$this")
        run = _new_run(value, location, self.definitions.generation, claim=claim, form=form)
        try:
            if self.definitions.generation == "dstu2":
                value = without_comments(value)
                run = _new_run(value, location, self.definitions.generation, claim=claim, form=form)
            self._resources.check(value, location, run, profiles=profiles)
        except RecursionError:
            message = "The content is nested too deeply to be checked."
            run.report("nesting-too-deep", location, message, expected="less nesting")
        return run

    def definition_problems(self) -> dict[str, list[str]]:
        """What is wrong with the definitions used so far: problems by canonical URL."""
        return dict(self.library.problems)


def _new_run(value: Any, location: Location, generation: str, *, claim: bool, form: str) -> Run:
    resource = value if isinstance(value, dict) else {}
    return Run(Scope(resource, resource, location), resource, generation=generation, claim=claim, form=form)
