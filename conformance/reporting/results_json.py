"""results.json: the result model as JSON and back again. Its shape is documented in results.schema.json beside this.

Exchanges are named by number, and those that findings point to are listed in a line each; whole, with headers and bodies,
they are all in the evidence file only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from typing import Any

from conformance.causes import Cause, causes_of
from conformance.core.errors import UsageError
from conformance.core.exchange import Exchange
from conformance.core.footprint import receipt
from conformance.core.results import Blame, Definition, Finding, RunInfo, RunResult, ScenarioResult, Severity, Verdict
from conformance.core.waivers import WaiverUse

SCHEMA_VERSION = 2
Json = dict[str, Any]


@cache
def schema() -> Json:
    """Return the JSON Schema (2020-12) of results.json."""
    text = files("conformance.reporting").joinpath("results.schema.json").read_text(encoding="utf-8")
    loaded: Json = json.loads(text)
    return loaded


def dumps(result: RunResult) -> bytes:
    """Return results.json: UTF-8, one scenario or exchange a line so that two runs can be compared by line."""
    return b"".join(pieces(result))


def pieces(result: RunResult) -> Iterator[bytes]:
    """Yield results.json piece by piece."""
    head = {"schema": SCHEMA_VERSION, "run": run_to_json(result.run), "summary": result.summary()}
    head["receipt"] = {name: list(found) for name, found in asdict(receipt(result.changes)).items()}
    head["waivers"] = [_waiver_to_json(use) for use in result.waivers]
    head["since"] = _since_to_json(result)
    yield compact(head)[:-1] + b',"causes":[\n'
    yield from _lines(_cause_to_json(cause) for cause in causes_of(result))
    yield b'\n],"scenarios":[\n'
    yield from _lines(scenario_to_json(scenario) for scenario in result.scenarios)
    yield b'\n],"exchanges":[\n'
    pointed = sorted({finding.exchange for scenario in result.scenarios for finding in scenario.findings})
    yield from _lines(exchange_to_json(result.exchanges[number]) for number in pointed if number in result.exchanges)
    yield b"\n]}\n"


def _waiver_to_json(use: WaiverUse) -> Json:
    waiver = {**asdict(use.waiver), "expires": use.waiver.expires.isoformat()}
    return {**waiver, "state": use.state.value, "scenarios": list(use.scenarios), "sentence": use.sentence}


def _since_to_json(result: RunResult) -> Json | None:
    """Which older run there is, and what is worse now than it was then."""
    older = result.since
    if older is None:
        return None
    worse = [one.id for one in result.scenarios if older.worse_now(one.id, one.verdict)]
    return {"run": older.id, "started": older.started, "worse": worse}


def _cause_to_json(cause: Cause) -> Json:
    names = ("id", "code", "place", "requirement", "message", "found", "expected", "exchange", "count")
    lists = {name: list(getattr(cause, name)) for name in ("interactions", "scenarios", "untested")}
    return {**{name: getattr(cause, name) for name in names}, "severity": cause.severity.value, **lists}


def _lines(documents: Iterable[Json]) -> Iterator[bytes]:
    separator = b""
    for document in documents:
        yield separator + compact(document)
        separator = b",\n"


def from_json(document: Json) -> RunResult:
    """Return the run that a results.json document describes, without its exchanges: those are in the evidence file.

    Raises UsageError for another schema, KeyError, TypeError or ValueError on another shape.
    """
    if document["schema"] != SCHEMA_VERSION:
        raise UsageError(
            f"results.json has schema {document['schema']!r}, and this version reads {SCHEMA_VERSION}",
            fix="Write it again from the run's evidence.sqlite (gpconnect-assure report RUN), or run the scenarios again.",
        )
    scenarios = tuple(scenario_from_json(scenario) for scenario in document["scenarios"])
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
    notices = tuple(finding_from_json(notice) for notice in data.get("notices", ()))
    definitions = tuple(Definition(**one) for one in data["definitions"])
    return RunInfo(**{**data, "notices": notices, "definitions": definitions})


def finding_from_json(data: Json) -> Finding:
    """Return the finding that JSON describes."""
    return Finding(**{**data, "severity": Severity(data["severity"]), "blame": Blame(data["blame"])})


def scenario_to_json(scenario: ScenarioResult) -> Json:
    """Return a scenario's outcome as JSON."""
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
        "exchanges": list(scenario.exchanges),
    }


def scenario_from_json(data: Json) -> ScenarioResult:
    """Return the outcome that JSON describes."""
    lists = {name: tuple(data[name]) for name in ("requirements", "contradictions", "faults", "controls", "exchanges")}
    findings = tuple(finding_from_json(finding) for finding in data["findings"])
    return ScenarioResult(**{**data, **lists, "verdict": Verdict(data["verdict"]), "findings": findings})


def exchange_to_json(exchange: Exchange) -> Json:
    """Return what a list of exchanges says of one. `failure` says why there is no (whole) response, null where there is."""
    return {
        "number": exchange.number,
        "interaction": exchange.interaction,
        "label": exchange.label,
        "method": exchange.method,
        "url": exchange.url,
        "started": exchange.started,
        "elapsed_ms": round(exchange.elapsed_ms, 3),
        "status": exchange.status,
        "failure": exchange.failure.kind if exchange.failure else None,
    }
