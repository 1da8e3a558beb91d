"""Checks of the format that a response is in, and of two responses in different formats saying the same."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.check import Check, Context
from conformance.checks.comparison import unlike
from conformance.consumer.response import Response
from conformance.core.results import Finding

NAMES = {"json": "JSON", "xml": "XML"}

# What may legitimately differ between two responses to the same request: their time, their narrative, and the
# id that servers assign to each OperationOutcome and statement.
_OF_THE_RESPONSE = frozenset({"meta.lastUpdated", "text"})
_IDENTITY = frozenset({"id", "meta.versionId", "issue.diagnostics"})
_WITHOUT_IDENTITY = ("OperationOutcome", "CapabilityStatement", "Conformance")


def in_format(form: str) -> Check:
    """The body is labelled as, and is, a FHIR resource in one format: `json` or `xml`."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        wanted = context.edition.media_type(form)
        found = response.exchange.media_type
        if found != wanted:
            yield Finding(
                f"the response is not in {NAMES[form]}",
                location="header Content-Type",
                found=found or "none",
                expected=wanted,
                code="format",
            )
        elif response.resource_type is None or any(issue.severity.value == "error" for issue in response.problems):
            yield Finding(
                f"the body cannot be read as the {NAMES[form]} that it is labelled as",
                location="body",
                found=next((issue.message for issue in response.problems), response.described),
                expected="a FHIR resource",
                code="format-body",
            )

    return check


def in_either_format(response: Response, context: Context) -> Iterator[Finding]:
    """The body is labelled as, and is, a FHIR resource in one of the edition's formats."""
    form = "xml" if response.exchange.media_type == context.edition.media_type("xml") else "json"
    yield from in_format(form)(response, context)


def same_content(one: Response, other: Response) -> Iterator[Finding]:
    """Two responses hold the same resources, whatever their formats; the entries of a Bundle count in any order."""
    ignored = _OF_THE_RESPONSE | (_IDENTITY if one.resource_type in _WITHOUT_IDENTITY else frozenset())
    yield from unlike("the two formats do not say the same", "content-differs", ignoring=ignored)(one, other)
