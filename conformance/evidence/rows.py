"""Rows of the evidence file from the result model and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from conformance.causes import Cause
from conformance.core.exchange import Exchange, Headers, TransportFailure
from conformance.core.results import Blame, Definition, Finding, RunInfo, ScenarioResult, Severity, Verdict

Row = tuple[Any, ...]
FINDING = tuple(field.name for field in fields(Finding))
DEFINITION = tuple(field.name for field in fields(Definition))
CAUSE = ("id", "code", "place", "requirement", "severity", "message", "found", "expected", "exchange")
RUN = ("id", "edition", "edition_title", "provider", "started", "tool_version", "finished", "complete")
SCENARIO = (
    *("id", "title", "edition", "interaction", "level", "basis", "verdict", "reason", "duration_ms", "why", "fix"),
    "traceback",
)
_LISTS = ("requirements", "faults", "controls")
EXCHANGE = (
    *(
        "number",
        "interaction",
        "label",
        "method",
        "started",
        "elapsed_ms",
        "status",
        "failure",
        "deviant",
        "below_fhir",
    ),
)


def text(value: str) -> str | bytes:
    """Return a text as SQLite can store it: bytes where UTF-8 cannot hold it."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass")
    return value


def named(names: Iterable[str], row: Sequence[Any]) -> dict[str, Any]:
    """Return a row's values by column, texts as `text` was given them."""
    return {
        name: value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else value
        for name, value in zip(names, row, strict=True)
    }


def to_json(value: object) -> str:
    """Return JSON that UTF-8 can hold."""
    return json.dumps(value, separators=(",", ":"))


def finding_row(finding: Finding) -> Row:
    """Return a finding as the columns FINDING."""
    return tuple(text(value) if isinstance(value := getattr(finding, name), str) else value for name in FINDING)


def finding_from_row(row: Sequence[Any]) -> Finding:
    """Return the finding of a row."""
    values = named(FINDING, row)
    return Finding(**{**values, "severity": Severity(values["severity"]), "blame": Blame(values["blame"])})


def run_row(run: RunInfo) -> Row:
    """Return a run's description as the columns RUN, subject and settings; its notices are rows of their own."""
    plain = (getattr(run, name) for name in RUN)
    return (
        *(text(value) if isinstance(value, str) else value for value in plain),
        to_json(run.subject),
        to_json(run.settings),
    )


def run_from_row(row: Sequence[Any], **parts: Any) -> RunInfo:
    """Return the run of a row and of what stands in tables of its own (`parts`: notices, configuration, definitions)."""
    *plain, subject, settings = row
    values = named(RUN, plain)
    values["complete"] = bool(values["complete"])
    return RunInfo(**values, subject=json.loads(subject), settings=json.loads(settings), **parts)


def definition_row(definition: Definition) -> Row:
    """Return a definition as the columns DEFINITION."""
    return tuple(text(getattr(definition, name)) for name in DEFINITION)


def cause_row(cause: Cause) -> Row:
    """Return a cause as the columns CAUSE and lists; its findings are rows of their own."""
    lists = {"interactions": list(cause.interactions), "untested": list(cause.untested)}
    plain = (getattr(cause, name) for name in CAUSE)
    return (*(text(value) if isinstance(value, str) else value for value in plain), to_json(lists))


def scenario_row(result: ScenarioResult) -> Row:
    """Return a scenario's outcome as the columns SCENARIO, contradictions and lists."""
    plain = (getattr(result, name) for name in SCENARIO)
    lists = {name: list(getattr(result, name)) for name in _LISTS if getattr(result, name)}
    texts = (text(value) if isinstance(value, str) else value for value in plain)
    return (*texts, to_json(list(result.contradictions)), to_json(lists))


def scenario_from_row(row: Sequence[Any], findings: Sequence[Finding], exchanges: Sequence[int]) -> ScenarioResult:
    """Return the outcome of a row."""
    *plain, contradictions, lists = row
    values = named(SCENARIO, plain)
    listed = json.loads(lists)
    return ScenarioResult(
        **{**values, "verdict": Verdict(values["verdict"]), **{name: tuple(listed.get(name, ())) for name in _LISTS}},
        contradictions=_texts(contradictions),
        findings=tuple(findings),
        exchanges=tuple(exchanges),
    )


def exchange_row(exchange: Exchange) -> Row:
    """Return the plain columns of an exchange, EXCHANGE."""
    values: Mapping[str, Any] = {
        "failure": exchange.failure.kind if exchange.failure else "",
        "elapsed_ms": round(exchange.elapsed_ms, 3),
    }
    plain = (values.get(name, getattr(exchange, name)) for name in EXCHANGE)
    return tuple(text(value) if isinstance(value, str) else value for value in plain)


def exchange_head(exchange: Exchange) -> bytes:
    """Return what of an exchange is neither a plain column nor a body: URL, status line, headers, failure."""
    return to_json(
        {
            "url": exchange.url,
            "request": exchange.request_headers,
            "version": exchange.http_version,
            "reason": exchange.reason,
            "response": exchange.response_headers,
            "failure": exchange.failure.message if exchange.failure else "",
        }
    ).encode()


def exchange_from_row(row: Sequence[Any], head: bytes, request: bytes, response: bytes, surplus: bytes) -> Exchange:
    """Return the exchange of a row, its head and its bodies."""
    values = named(EXCHANGE, row)
    more = json.loads(head)
    kind = values.pop("failure")
    for name in ("deviant", "below_fhir"):
        values[name] = bool(values[name])
    return Exchange(
        **values,
        url=more["url"],
        request_headers=_headers(more["request"]),
        request_body=request,
        reason=more["reason"],
        http_version=more["version"],
        response_headers=_headers(more["response"]),
        response_body=response,
        surplus=surplus,
        failure=TransportFailure(kind, more["failure"]) if kind else None,
    )


def _texts(document: str) -> tuple[str, ...]:
    """A list of texts from JSON; where that is lost, what stands in its place."""
    return tuple(json.loads(document)) if document.startswith('["') or document == "[]" else (document,)


def _headers(pairs: Iterable[Sequence[str]]) -> Headers:
    return tuple((name, value) for name, value in pairs)
