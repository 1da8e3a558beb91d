"""Hold a response to the StructureDefinitions of the edition."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance.checks.check import Context, a_body, about
from conformance.checks.json_values import every, first
from conformance.consumer.response import Response
from conformance.core.results import Blame, Finding, Severity
from conformance.fhir.addresses import read_canonical
from conformance.spec import conceded

if TYPE_CHECKING:
    from conformance.fhir.issues import Issue


@about(a_body)
def conforms(response: Response, context: Context) -> Iterator[Finding]:
    """The resource, and in a Bundle each entry, conforms to the profile of its type in this edition."""
    value = response.value
    for problem in response.problems:
        yield weighed(problem, context)
    if not isinstance(value, dict):
        return
    kind = value.get("resourceType")
    profile = context.edition.profile(str(kind))
    own = [profile.canonical] if profile and kind != "Bundle" else []
    if kind == "Bundle" and profile and response.exchange.interaction in context.edition.raw["bundle_profile_on"]:
        own = [profile.canonical]
    for issue in context.validator.validate(value, profiles=own):
        if not _of_a_search(issue, value, context):
            yield weighed(issue, context)


def _of_a_search(issue: Issue, value: dict[str, Any], context: Context) -> bool:
    """Whether an issue holds an OperationOutcome about a search (mode outcome) to the profile, which is for errors."""
    profile = context.edition.profile("OperationOutcome")
    number = re.match(r"/entry/(\d+)/resource", issue.pointer or "")
    if profile is None or number is None or issue.profile != profile.canonical:
        return False
    return bool(first(value["entry"][int(number[1])], "search.mode") == "outcome")


def weighed(issue: Issue, context: Context) -> Finding:
    """Return a validator's issue as a finding, weighed as the edition's concessions say; a warning conceded is information.

    So is how the profile is spelled in meta.profile, which `claimed_wrongly` judges where a scenario is about it.
    """
    found, concession = finding_of(issue), conceded(issue, context.edition)
    if issue.code == "profile-spelling":
        return replace(found, severity=Severity.INFO)
    if concession is None or found.severity is Severity.INFO:
        return found
    if concession.warns:
        return replace(found, severity=Severity.WARN, evidence=concession.because)
    return replace(found, severity=Severity.INFO, blame=Blame.TOOL, evidence=concession.because)


_SEVERITY = {"error": Severity.FAIL, "warning": Severity.WARN, "information": Severity.INFO}


def finding_of(issue: Issue) -> Finding:
    """Return a validator's issue as a finding; what is wrong with a definition is never the provider's."""
    content = issue.kind == "content"
    where = f" [{issue.profile.rpartition('/')[2]}]" if issue.profile else ""
    return Finding(
        issue.message + where,
        severity=_SEVERITY[issue.severity.value] if content else Severity.INFO,
        location=issue.path,
        found=issue.found or "",
        expected=issue.expected or "",
        blame=Blame.PROVIDER if content else Blame.TOOL,
        code=issue.code,
        evidence=f"{issue.pointer or '/'}" + (f", line {issue.line}" if issue.line else ""),
    )


def claimed_wrongly(resource: dict[str, Any], context: Context) -> Iterator[Finding]:
    """Yield what is wrong with the profile that a resource names in meta.profile: none that the edition accepts for its
    type fails; one with a version or a history behind its URL is recognised, with a warning that shows it.
    """
    profile = context.edition.profile(str(resource.get("resourceType")))
    if profile is None:
        return
    claimed = [str(value) for value in every(resource, "meta.profile")]
    recognised = [text for text in claimed if read_canonical(text).url in profile.accepted]
    if not recognised:
        yield Finding(
            "the resource does not name the profile that it should conform to",
            location="meta.profile",
            found=", ".join(claimed) or "nothing",
            expected=profile.canonical,
            code="profile-claim",
        )
    elif not any(text in profile.accepted for text in recognised):
        yield Finding(
            "the profile is named with something behind its URL: the pages name it without",
            Severity.WARN,
            "meta.profile",
            recognised[0],
            read_canonical(recognised[0]).url,
            code="profile-claim-suffix",
        )
