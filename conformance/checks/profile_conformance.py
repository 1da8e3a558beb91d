"""Hold an answer to the StructureDefinitions of the edition."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.checks.check import Context
from conformance.consumer.response import Response
from conformance.core.results import Blame, Finding, Severity

if TYPE_CHECKING:
    from conformance.fhir.issues import Issue


def conforms(response: Response, context: Context) -> Iterator[Finding]:
    """The resource, and in a Bundle each entry, conforms to the profile of its type in this edition."""
    value = response.value
    for problem in response.problems:
        yield finding_of(problem)
    if not isinstance(value, dict):
        return
    kind = value.get("resourceType")
    profile = context.edition.profile(str(kind))
    own = [profile.canonical] if profile and kind != "Bundle" else []
    if kind == "Bundle" and profile and response.exchange.interaction in context.edition.raw["bundle_profile_on"]:
        own = [profile.canonical]
    for issue in context.validator.validate(value, profiles=own):
        found = finding_of(issue)
        because = _conceded(issue, context)
        yield replace(found, severity=Severity.INFO, blame=Blame.TOOL, evidence=because) if because else found


def _conceded(issue: Issue, context: Context) -> str:
    """Return why an issue is no provider's fault: the pages of the edition show what its published definition forbids."""
    path = re.sub(r"\[\d+\]", "", issue.path)
    for row in context.edition.raw.get("concessions", ()):
        named = (issue.profile or "").endswith(f"/{row['profile']}") and issue.code in row["codes"]
        if named and (path == row["path"] or path.endswith(f".resource{row['path'][row['path'].index('.') :]}")):
            return str(row["because"])
    return ""


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
