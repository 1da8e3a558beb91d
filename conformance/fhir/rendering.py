"""Issues for people and for programs: as text, as JSON, and as an OperationOutcome resource of either generation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.core.workflow_commands import command
from conformance.fhir.fix_hints import HINTS
from conformance.fhir.formats.json_positions import parts_of
from conformance.fhir.issues import Issue, Severity, Verdict, verdict_of

_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFORMATION: 2}
_PLACES = 3
_INDEX = re.compile(r"\[\d+\]")
# What a terminal would take as a command, and what turns the direction of text.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

# Our codes (or how they begin) → FHIR's issue-type; the first that fits counts.
_ISSUE_TYPES = (
    ("too-", "too-costly"),
    ("more-problems", "too-costly"),
    ("max-length", "too-long"),
    ("cardinality-min", "required"),
    ("slice-min", "required"),
    ("missing", "required"),
    ("bundle-full-url-missing", "required"),
    ("narrative-active", "security"),
    ("resource-type-missing", "required"),
    ("invariant", "invariant"),
    ("binding", "code-invalid"),
    ("code-display", "code-invalid"),
    ("extension", "extension"),
    ("modifier-extension", "extension"),
    ("reference-unresolved", "not-found"),
    ("duplicate", "structure"),
    ("cardinality", "structure"),
    ("slice", "structure"),
    ("list", "structure"),
    ("empty", "structure"),
    ("attribute", "structure"),
    ("element-id", "structure"),
    ("html", "structure"),
    ("null", "structure"),
    ("wrong", "structure"),
    ("unknown", "structure"),
    ("prohibited", "structure"),
    ("resource", "structure"),
    ("nesting", "structure"),
    ("not-", "structure"),
)


@dataclass(frozen=True, slots=True)
class Group:
    """Issues that say the same of several places: the first of them stands for all."""

    issue: Issue
    places: tuple[Issue, ...]


def counts(issues: Iterable[Issue]) -> dict[str, int]:
    """How many errors and warnings about the content, rules not checked, and remarks on definitions."""
    found = {"errors": 0, "warnings": 0, "information": 0, "not_checked": 0, "definitions": 0}
    for issue in issues:
        if issue.kind == "not-checked":
            found["not_checked"] += 1
        elif issue.kind == "definition":
            found["definitions"] += 1
        else:
            found["information" if issue.severity is Severity.INFORMATION else issue.severity.value + "s"] += 1
    return found


def grouped(issues: Iterable[Issue]) -> list[Group]:
    """Issues that differ in nothing but list positions and what was found there, gravest first, else in their order."""
    groups: dict[tuple[Any, ...], list[Issue]] = {}
    for issue in issues:
        place = _INDEX.sub("[]", issue.path)
        key = (issue.severity, issue.kind, issue.code, place, issue.profile, issue.element, issue.expected)
        groups.setdefault(key, []).append(issue)
    ordered = sorted(groups.values(), key=lambda members: (members[0].kind != "content", _ORDER[members[0].severity]))
    return [Group(members[0], tuple(members)) for members in ordered]


# -- text --------------------------------------------------------------------------------------------------------------


def as_text(name: str, issues: Sequence[Issue]) -> str:
    """A report on one file: a line with the verdict, then a paragraph for each group of issues."""
    paragraphs = [f"{printable(name)}: {verdict(issues)}"]
    paragraphs += [_paragraph(group) for group in grouped(issues)]
    return "\n".join(paragraphs)


def verdict(issues: Sequence[Issue]) -> str:
    """`conformant`, `not conformant` or `not fully checked`, with the numbers behind it."""
    number = counts(issues)
    words = {
        "errors": ("error", "errors"),
        "warnings": ("warning", "warnings"),
        "information": ("remark", "remarks"),
        "not_checked": ("rule not checked", "rules not checked"),
        "definitions": ("remark on a definition", "remarks on definitions"),
    }
    parts = [f"{number[key]} {one if number[key] == 1 else many}" for key, (one, many) in words.items() if number[key]]
    said = verdict_of(issues).value
    return f"{said} ({', '.join(parts)})" if parts else said


def _paragraph(group: Group) -> str:
    issue = group.issue
    label = issue.severity.value if issue.kind == "content" else issue.kind.replace("-", " ")
    line = f"line {issue.line}: " if issue.line else ""
    lines = [f"  {label}: {line}{printable(issue.path)}", f"    {printable(issue.message)} [{issue.code}]"]
    facts = {"found": issue.found, "expected": issue.expected, "rule": _rule(issue), "see": issue.spec}
    for title, text in (facts | {"fix": HINTS.get(issue.code)}).items():
        if text:
            lines.append(f"    {title + ':':9} {printable(text)}")
    if len(group.places) > 1:
        lines.append(f"    also at   {_places(group.places[1:])}")
    return "\n".join(lines)


def _places(issues: Sequence[Issue]) -> str:
    shown = [printable(one.path) + (f" (line {one.line})" if one.line else "") for one in issues[:_PLACES]]
    more = len(issues) - len(shown)
    return ", ".join(shown) + (f", and {more} more" if more > 0 else "")


def _rule(issue: Issue) -> str | None:
    if not issue.profile:
        return None
    return f"{issue.element} in {issue.profile}" if issue.element else issue.profile


def printable(text: str) -> str:
    """The text with control characters shown, so that content cannot drive the terminal that shows it."""
    return _UNPRINTABLE.sub(
        lambda match: f"\\x{ord(match[0]):02x}" if match[0] < "\u0100" else f"\\u{ord(match[0]):04x}", text
    )


# -- JSON --------------------------------------------------------------------------------------------------------------


def as_json(name: str, issues: Sequence[Issue]) -> dict[str, Any]:
    """A report on one file: `{"file", "verdict", "conformant", "counts", "issues": [...]}`; empty fields are left out.

    `conformant` is true for that verdict alone.
    """
    found = verdict_of(issues)
    return {
        "file": name,
        "verdict": found.value,
        "conformant": found is Verdict.CONFORMANT,
        "counts": counts(issues),
        "issues": [_issue_json(issue) for issue in issues],
    }


def _issue_json(issue: Issue) -> dict[str, Any]:
    fields = {
        "severity": issue.severity.value,
        "kind": issue.kind,
        "code": issue.code,
        "message": issue.message,
        "path": issue.path,
        "pointer": issue.pointer,
        "line": issue.line,
        "found": issue.found,
        "expected": issue.expected,
        "profile": issue.profile,
        "element": issue.element,
        "spec": issue.spec,
        "hint": HINTS.get(issue.code),
    }
    return {key: value for key, value in fields.items() if value is not None}


# -- annotations of GitHub Actions --------------------------------------------------------------------------------------

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFORMATION: "notice"}


def as_annotations(name: str, issues: Sequence[Issue]) -> str:
    """Workflow commands of GitHub Actions, one a line, that show each issue beside the line of the file it is about."""
    return "\n".join(_annotation(name, issue) for issue in issues)


def _annotation(name: str, issue: Issue) -> str:
    level = _LEVELS[issue.severity] if issue.kind == "content" else "notice"
    properties = {"file": name, "line": str(issue.line or 1), "title": issue.code}
    return command(level, f"{issue.path}: {issue.message}", **properties)


# -- OperationOutcome --------------------------------------------------------------------------------------------------


def as_outcome(issues: Sequence[Issue], generation: str) -> dict[str, Any]:
    """The issues as an OperationOutcome in JSON form; without any, it says that all is well (the resource needs one).

    DSTU2 locates by XPath, STU3 by FHIRPath.
    """
    listed = [_outcome_issue(issue, generation) for issue in issues]
    fine = {"severity": "information", "code": "informational", "details": {"text": "no issues were found"}}
    return {"resourceType": "OperationOutcome", "issue": listed or [fine]}


def _outcome_issue(issue: Issue, generation: str) -> dict[str, Any]:
    facts = (("line", issue.line), ("found", issue.found), ("expected", issue.expected), ("rule", _rule(issue)))
    said = "; ".join(f"{title}: {value}" for title, value in facts if value is not None)
    result: dict[str, Any] = {
        "severity": issue.severity.value,
        "code": _issue_type(issue),
        "details": {"text": _fhir_text(issue.message)},
    }
    if said:
        result["diagnostics"] = _fhir_text(f"{said}; code: {issue.code}")
    if generation == "dstu2":
        result["location"] = [_fhir_text(xpath_of(issue))]
    else:
        result["expression"] = [_fhir_text(issue.path)]
    return result


def _issue_type(issue: Issue) -> str:
    if issue.kind == "not-checked":
        return "incomplete"
    if issue.kind == "definition":
        return "exception"
    return next((found for start, found in _ISSUE_TYPES if issue.code.startswith(start)), "value")


def xpath_of(issue: Issue) -> str:
    """The XPath of an issue's place in the XML form, positions counted from 1: `/f:Patient/f:name[1]/f:family[2]`."""
    root = re.split(r"[.\[]", issue.path, maxsplit=1)[0]
    path = f"/f:{root}" if root.isalnum() else "/*"
    for part in parts_of(issue.pointer):
        path += f"[{int(part) + 1}]" if part.isdecimal() and len(part) < 10 else f"/f:{part.removeprefix('_')}"
    return path


def _fhir_text(text: str) -> str:
    """Text as FHIR's string takes it: no control characters, no more than a megabyte, never empty."""
    return printable(text)[:100_000] or "-"
