"""Checks of the OperationOutcome that an error returns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from conformance.checks.check import Context, a_body, about
from conformance.checks.json_values import every, first, spelled
from conformance.consumer.response import Response
from conformance.core.results import Finding, Severity

_CODING = "OperationOutcome.issue.details.coding"
_LEAKS = re.compile(
    r"\bTraceback\b|\bat [\w.$]+\(\w+\.\w+:\d+\)|\bSQL(?:ITE|STATE|Exception)\b|\bORA-\d{5}\b"
    r"|\b(?:System|java|javax|org)\.[\w.]{1,200}Exception\b|\bNullReferenceException\b|<(?:html|HTML)(?=[\s>])|<!DOCTYPE html"
)


def _with_issues(response: Response) -> bool:
    """A subject: an issue of an OperationOutcome."""
    return any(True for _ in _issues(response))


def _with_codings(response: Response) -> bool:
    """A subject: a coding of an issue."""
    return any(True for issue in _issues(response) for _ in every(issue, "details.coding"))


_REFUSED, _BROKEN = 400, 500

# What every leak holds, cheaply looked for before the pattern is.
_HINTS = (b"Traceback", b"Exception", b"SQL", b"ORA-", b"<html", b"<HTML", b"<!DOCTYPE", b"at ")


def is_outcome(response: Response, context: Context) -> Iterator[Finding]:
    """The body is an OperationOutcome with at least one issue."""
    if response.resource_type != "OperationOutcome" or not list(every(response.value, "issue")):
        yield Finding(
            "an error response has no OperationOutcome with an issue",
            location="body",
            found=response.described,
            expected="OperationOutcome",
            code="no-outcome",
        )


@about(_with_issues)
def severities(response: Response, context: Context) -> Iterator[Finding]:
    """Every issue of an OperationOutcome has the severity error."""
    for found in _issues(response):
        if found.get("severity") != "error":
            yield Finding(
                "an issue of an error is not of severity error",
                location="OperationOutcome.issue.severity",
                found=spelled(found.get("severity")),
                expected="error",
                code="outcome-severity",
            )


@about(_with_issues)
def issue_types(response: Response, context: Context) -> Iterator[Finding]:
    """The issue type is FHIR's, and the one that the error table pairs with the error code, where it names one.

    A code that is borrowed for a status without a code of its own may bring another issue type.
    """
    for found in _issues(response):
        row = context.edition.errors.get(str(first(found, "details.coding.code")))
        paired = row.issue_types if row and row.status == response.status else ()
        if found.get("code") not in (paired or context.edition.raw["outcome"]["issue_types"]):
            yield Finding(
                f"the issue type is another than the error table pairs with {row.code}"
                if row and paired
                else "the issue type is none of FHIR's",
                location="OperationOutcome.issue.code",
                found=spelled(found.get("code")),
                expected=" or ".join(paired) or "an issue type of FHIR",
                code="outcome-issue-type",
            )


@about(_with_codings)
def statuses(response: Response, context: Context) -> Iterator[Finding]:
    """The HTTP status is the one that the error table pairs with the error code.

    Statuses that have no code of their own in the edition (contention, media types, verbs, …) borrow one.
    """
    borrowing = context.edition.raw["outcome"]["statuses_without_code"]
    for found in _issues(response):
        row = context.edition.errors.get(str(first(found, "details.coding.code")))
        if row and response.status != row.status and response.status not in borrowing:
            yield Finding(
                f"the HTTP status is another than the error table pairs with {row.code}",
                location="status",
                found=str(response.status),
                expected=str(row.status),
                code="outcome-status",
            )


@about(_with_issues)
def codings(response: Response, context: Context) -> Iterator[Finding]:
    """Every issue carries exactly one coding, of the edition's code system, with a code of its table and a display."""
    accepted = context.edition.raw["outcome"]["coding_systems"]
    for found in _issues(response):
        actual = [item for item in every(found, "details.coding") if isinstance(item, dict)]
        if len(actual) != 1:
            yield Finding(
                "an issue has not exactly one coding",
                location=_CODING,
                found=str(len(actual)),
                expected="1",
                code="outcome-coding-count",
            )
            continue
        yield from _coding(actual[0], accepted, context)


def _coding(coding: dict[str, Any], accepted: list[str], context: Context) -> Iterator[Finding]:
    if coding.get("system") not in accepted:
        yield Finding(
            "the error code is of another code system",
            location=f"{_CODING}.system",
            found=spelled(coding.get("system")),
            expected=" or ".join(accepted),
            code="outcome-system",
        )
    if not _known(str(coding.get("code")), context):
        yield Finding(
            "the error code is none of this edition",
            location=f"{_CODING}.code",
            found=spelled(coding.get("code")),
            expected="a code of the error table",
            code="outcome-code",
        )


def _known(code: str, context: Context) -> bool:
    also = context.edition.raw["outcome"]["also"]
    more = context.edition.raw["outcome"].get("codes_without_a_row", ())
    return code in context.edition.errors or code in more or any(code in spellings for spellings in also.values())


@about(_with_codings)
def displays(response: Response, context: Context) -> Iterator[Finding]:
    """Every error code has a display."""
    for coding in every(response.value, "issue.details.coding"):
        if isinstance(coding, dict) and not str(coding.get("display") or "").strip():
            yield Finding(
                "the error code has no display",
                location=f"{_CODING}.display",
                found="nothing",
                expected="text",
                code="outcome-display",
            )


@about(_with_issues)
def diagnostics(response: Response, context: Context) -> Iterator[Finding]:
    """Errors come with diagnostics: those with some codes must, those with others should (edition.yaml, outcome)."""
    rules = context.edition.raw["outcome"]["diagnostics"]
    for found in _issues(response):
        code = str(first(found, "details.coding.code"))
        demanded = code in rules["must"]
        if (demanded or code in rules["should"] or "*" in rules["should"]) and not _said(found):
            yield Finding(
                f"{code} comes without diagnostics",
                severity=Severity.FAIL if demanded else Severity.WARN,
                location="OperationOutcome.issue.diagnostics",
                found="nothing",
                expected="what is wrong, in words",
                code="outcome-diagnostics",
            )


def _said(issue: dict[str, Any]) -> bool:
    return bool(str(issue.get("diagnostics") or "").strip())


@about(a_body)
def leaks_nothing(response: Response, context: Context) -> Iterator[Finding]:
    """The response shows no stack trace, database message or HTML page; a layer below FHIR may well respond with a page.

    Where the examples of an edition invite debug details, an OperationOutcome and a web server's page with a 4xx do not count.
    """
    invited = context.edition.raw["outcome"].get("invites_debug_details")
    refused = _REFUSED <= (response.status or 0) < _BROKEN
    if invited and (response.resource_type == "OperationOutcome" or refused):
        return
    body = response.exchange.response_body
    if not any(hint in body for hint in _HINTS):
        return
    leaks = _LEAKS.finditer(body.decode("utf-8", "replace"))
    match = next((leak for leak in leaks if not (response.exchange.below_fhir and leak[0].startswith("<"))), None)
    if match:
        yield Finding(
            "the response shows internal details of the provider",
            location="body",
            found=match[0][:80],
            expected="no stack trace, database message or HTML",
            code="leak",
        )


def _issues(response: Response) -> Iterator[dict[str, Any]]:
    if response.resource_type == "OperationOutcome":
        yield from (item for item in every(response.value, "issue") if isinstance(item, dict))
