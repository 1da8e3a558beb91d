"""Bodies in and out: JSON and XML read safely and written, and resources validated against their profiles."""

from __future__ import annotations

import json
from functools import cached_property, lru_cache
from threading import Lock
from typing import Any

from conformance.fhir.definitions.store import Definitions
from conformance.fhir.formats.json_reader import Document, Limits, read_json
from conformance.fhir.formats.json_writer import write_json
from conformance.fhir.formats.xml import read_xml
from conformance.fhir.formats.xml_writer import NotExpressible, to_xml
from conformance.fhir.issues import Severity
from conformance.fhir.terminology.value_sets import OfflineTerminology
from conformance.fhir.validation.validator import Validator
from conformance.provider.fault_points import Seam
from conformance.provider.http import Call, Json
from conformance.provider.negotiation import CONTENT, content_form
from conformance.provider.refusal import refuse
from conformance.spec import conceded
from conformance.spec.model import Edition

# Resources in claims are minimal: what FHIR demands beyond that is not required of them.
_MINIMAL = frozenset({"cardinality-min", "binding-required", "invariant", "slice-min"})
_LIMITS = Limits(size=4 * 1024 * 1024, depth=60)


class Bodies:
    """Reads and writes bodies of one edition. Definitions are loaded when first needed."""

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        self._guard = Lock()
        self.wrong_claim = lru_cache(maxsize=256)(self._wrong_claim)

    @cached_property
    def validator(self) -> Validator:
        """What holds resources to the edition's profiles."""
        return Validator(self.definitions, terminology=OfflineTerminology(self.definitions))

    @cached_property
    def definitions(self) -> Definitions:
        """The edition's definitions."""
        generation: Any = self.edition.generation
        return Definitions(generation).open(*self.edition.definition_folders)

    def read(self, call: Call) -> Any:
        """Return the body of a request in JSON form; raises Refusal where it cannot be read."""
        CONTENT.enforce(call, call)
        document = self._document(call)
        errors = [issue for issue in document.problems if issue.severity is Severity.ERROR]
        if (errors or not document.readable) and not call.provider.seams.skips("content.well-formed"):
            why = errors[0].message if errors else "nothing could be read"
            raise refuse("content.well-formed", "BAD_REQUEST", f"the body is not well formed: {why}")
        call.content = call.provider.seams.through(Seam.CONTENT, document.value, call)
        return call.content

    def peek(self, call: Call) -> Any:
        """Return the body of a request in JSON form before any rule has looked at it; None where it cannot be read."""
        document = self._document(call)
        return document.value if document.readable else None

    def _document(self, call: Call) -> Document:
        if content_form(call) == "xml":
            return read_xml(call.body, self.definitions, _LIMITS)
        return read_json(call.body, _LIMITS)

    def write(self, resource: Json, form: str) -> bytes:
        """Return a resource as bytes."""
        if form == "json":
            return write_json(resource)
        try:
            return to_xml(resource, self.definitions)
        except NotExpressible:  # a control character that JSON carries and XML cannot
            return to_xml(_printable(resource), self.definitions)

    def wrong(self, resource: Json, kind: str) -> str | None:
        """What is wrong with a resource by the edition's profile for its type, as one sentence; None for nothing."""
        profile = self.edition.profile(kind)
        return self._first_error(resource, [profile.canonical] if profile else [])

    def _wrong_claim(self, text: str, name: str) -> str | None:
        wrong = self._first_error(json.loads(text), [], overlooked=_MINIMAL)
        return f"the claim {name} is not valid: {wrong}" if wrong else None

    def _first_error(self, resource: Json, held_to: list[str], overlooked: frozenset[str] = frozenset()) -> str | None:
        with self._guard:  # definitions are compiled when first needed, by whichever thread comes first
            issues = self.validator.validate(resource, held_to, claim=False)
        wrong = (one for one in issues if one.severity is Severity.ERROR and one.kind == "content")
        error = next((one for one in wrong if one.code not in overlooked and conceded(one, self.edition) is None), None)
        return f"{error.path}: {error.message}" if error else None


def _printable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _printable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_printable(item) for item in value]
    if isinstance(value, str):
        return "".join(mark if mark.isprintable() or mark in "\t\r\n" else "\ufffd" for mark in value)
    return value
