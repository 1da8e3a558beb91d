"""results.json: the result model as JSON and back again. Its shape is documented in results.schema.json beside this.

A body is written as text where it is UTF-8 and as base64 where it is not, so the bytes come back exactly. An exchange that
several scenarios look at is written whole with the first of them; the others name it (`recorded_in`).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from typing import Any

from conformance.core.exchange import Exchange, Headers, TransportFailure
from conformance.core.footprint import receipt
from conformance.core.results import Blame, Finding, RunInfo, RunResult, ScenarioResult, Severity, Verdict

SCHEMA_VERSION = 1
Json = dict[str, Any]
Seen = dict[int, tuple[str, Exchange]]  # number → the scenario that holds it whole, and the exchange


@cache
def schema() -> Json:
    """Return the JSON Schema (2020-12) of results.json."""
    text = files("conformance.reporting").joinpath("results.schema.json").read_text(encoding="utf-8")
    loaded: Json = json.loads(text)
    return loaded


def dumps(result: RunResult) -> bytes:
    """Return results.json: UTF-8, one scenario a line so that two runs can be compared by line."""
    return b"".join(pieces(result))


def pieces(result: RunResult, lines: Sequence[bytes] | None = None) -> Iterator[bytes]:
    """Yield results.json piece by piece. `lines` are its scenarios as `scenario_lines` has them, if they are at hand."""
    head = {"schema": SCHEMA_VERSION, "run": run_to_json(result.run), "summary": result.summary()}
    head["receipt"] = {name: list(found) for name, found in asdict(receipt(result.changes)).items()}
    yield compact(head)[:-1] + b',"scenarios":[\n'
    separator = b""
    for line in scenario_lines(result) if lines is None else lines:
        yield separator
        yield line
        separator = b",\n"
    yield b"\n]}\n"


def scenario_lines(result: RunResult) -> Iterator[bytes]:
    """Yield each scenario of a run as the line that it is in results.json and in the journal."""
    seen: Seen = {}
    return (compact(scenario_to_json(scenario, seen)) for scenario in result.scenarios)


def from_json(document: Json) -> RunResult:
    """Return the run that a results.json document describes. Raises KeyError, TypeError or ValueError on another shape."""
    if document["schema"] != SCHEMA_VERSION:
        raise ValueError(f"schema {document['schema']!r}; this version reads {SCHEMA_VERSION}")
    seen: Seen = {}
    scenarios = tuple(scenario_from_json(scenario, seen) for scenario in document["scenarios"])
    return RunResult(run_from_json(document["run"]), scenarios)


def compact(document: Json) -> bytes:
    """Return JSON on one line, in UTF-8; lone surrogates, which UTF-8 cannot hold, become escapes."""
    try:
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(document, separators=(",", ":")).encode("ascii")


def run_to_json(run: RunInfo) -> Json:
    """Return a run's description as JSON."""
    return {**asdict(run), "notices": [asdict(notice) for notice in run.notices]}


def run_from_json(data: Json) -> RunInfo:
    """Return the run that JSON describes."""
    return RunInfo(**{**data, "notices": tuple(finding_from_json(notice) for notice in data.get("notices", ()))})


def finding_from_json(data: Json) -> Finding:
    """Return the finding that JSON describes."""
    return Finding(**{**data, "severity": Severity(data["severity"]), "blame": Blame(data["blame"])})


def scenario_to_json(scenario: ScenarioResult, seen: Seen) -> Json:
    """Return a scenario's outcome as JSON; exchanges already in `seen` are only named, new ones are added to it."""
    return {
        "id": scenario.id,
        "title": scenario.title,
        "edition": scenario.edition,
        "interaction": scenario.interaction,
        "level": scenario.level,
        "basis": scenario.basis,
        "requirements": list(scenario.requirements),
        "verdict": scenario.verdict.value,
        "reason": scenario.reason,
        "findings": [asdict(finding) for finding in scenario.findings],
        "duration_ms": round(scenario.duration_ms, 3),
        "why": scenario.why,
        "fix": scenario.fix,
        "contradictions": list(scenario.contradictions),
        "faults": list(scenario.faults),
        "controls": list(scenario.controls),
        "traceback": scenario.traceback,
        "exchanges": [_named_or_whole(scenario.id, exchange, seen) for exchange in scenario.exchanges],
    }


def scenario_from_json(data: Json, seen: Seen) -> ScenarioResult:
    """Return the outcome that JSON describes; exchanges that it only names are taken from `seen`."""
    exchanges = tuple(_exchange(data["id"], exchange, seen) for exchange in data["exchanges"])
    lists = {name: tuple(data[name]) for name in ("requirements", "contradictions", "faults", "controls")}
    findings = tuple(finding_from_json(finding) for finding in data["findings"])
    return ScenarioResult(
        **{**data, **lists, "verdict": Verdict(data["verdict"]), "findings": findings, "exchanges": exchanges}
    )


def exchange_to_json(exchange: Exchange) -> Json:
    """Return an exchange as JSON. `response` is null when nothing came back."""
    status_line = exchange.status is not None or exchange.reason or exchange.http_version
    answered = status_line or exchange.response_headers or exchange.response_body
    return {
        "number": exchange.number,
        "interaction": exchange.interaction,
        "label": exchange.label,
        "deviant": exchange.deviant,
        "method": exchange.method,
        "url": exchange.url,
        "started": exchange.started,
        "elapsed_ms": round(exchange.elapsed_ms, 3),
        "request": _message(exchange.request_headers, exchange.request_body),
        "response": {
            "status": exchange.status,
            "reason": exchange.reason,
            "http_version": exchange.http_version,
            **_message(exchange.response_headers, exchange.response_body),
        }
        if answered
        else None,
        "failure": asdict(exchange.failure) if exchange.failure else None,
    }


def exchange_from_json(data: Json) -> Exchange:
    """Return the exchange that JSON describes."""
    request, response = data["request"], data["response"] or {}
    same = ("number", "interaction", "label", "deviant", "method", "url", "started", "elapsed_ms")
    return Exchange(
        **{name: data[name] for name in same},
        request_headers=_headers(request["headers"]),
        request_body=_bytes(request["body"]),
        status=response.get("status"),
        reason=response.get("reason", ""),
        http_version=response.get("http_version", ""),
        response_headers=_headers(response.get("headers", ())),
        response_body=_bytes(response.get("body")),
        failure=TransportFailure(**data["failure"]) if data["failure"] else None,
    )


def _named_or_whole(scenario: str, exchange: Exchange, seen: Seen) -> Json:
    holder = seen.setdefault(exchange.number, (scenario, exchange))
    if holder[1] is exchange and holder[0] == scenario:
        return exchange_to_json(exchange)
    if holder[1] is exchange or holder[1] == exchange:
        return {"number": exchange.number, "recorded_in": holder[0]}
    return exchange_to_json(exchange)


def _exchange(scenario: str, data: Json, seen: Seen) -> Exchange:
    if "recorded_in" in data:
        return seen[data["number"]][1]
    exchange = exchange_from_json(data)
    return seen.setdefault(exchange.number, (scenario, exchange))[1] if exchange.number not in seen else exchange


def _message(headers: Headers, body: bytes) -> Json:
    return {"headers": [list(header) for header in headers], "body": _body(body)}


def _body(data: bytes) -> Json | None:
    if not data:
        return None
    try:
        return {"bytes": len(data), "text": data.decode("utf-8")}
    except UnicodeDecodeError:
        return {"bytes": len(data), "base64": base64.b64encode(data).decode("ascii")}


def _bytes(body: Json | None) -> bytes:
    if not body:
        return b""
    if "text" in body:
        return str(body["text"]).encode("utf-8")
    return base64.b64decode(body["base64"], validate=True)


def _headers(pairs: Any) -> Headers:
    return tuple((str(name), str(value)) for name, value in pairs)
