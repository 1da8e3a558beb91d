"""results.json says everything, in the documented shape, and gives the same run back."""

from __future__ import annotations

import json

import jsonschema
import pytest

from conformance.causes import causes_of
from conformance.core.errors import UsageError
from conformance.core.results import RunResult
from conformance.reporting.results_json import dumps, from_json, schema
from tests.support.samples import hostile, large, lifelike


@pytest.mark.parametrize("run", [lifelike(), hostile(), large(20), RunResult(lifelike().run, ())])
def test_round_trip_and_schema(run: RunResult) -> None:
    document = json.loads(dumps(run))
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.Draft202012Validator(schema()).validate(document)
    assert from_json(document) == RunResult(run.run, run.scenarios)
    pointed = {found.exchange for one in run.scenarios for found in one.findings}
    assert [one["number"] for one in document["exchanges"]] == sorted(pointed & set(run.exchanges))


def test_shape_that_readers_rely_on() -> None:
    document = json.loads(dumps(lifelike()))
    assert document["schema"] == 2
    assert {"id", "edition", "provider", "started", "finished", "tool_version"} <= document["run"].keys()
    assert document["summary"] == {"pass": 15, "fail": 2, "warn": 2, "skip": 1, "omit": 1, "error": 1, "waived": 0}
    first = document["scenarios"][0]
    assert {"id", "title", "interaction", "level", "requirements", "verdict", "findings", "duration_ms"} <= first.keys()
    failing = next(entry for entry in document["scenarios"] if entry["verdict"] == "fail")
    assert {"message", "requirement", "location", "found", "expected", "blame"} <= failing["findings"][0].keys()


def test_schema_refuses_what_is_wrong() -> None:
    document = json.loads(dumps(lifelike()))
    document["scenarios"][0]["verdict"] = "passed"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema()).validate(document)


def test_exchanges_are_named_by_number_and_listed_without_bodies() -> None:
    document = json.loads(dumps(lifelike()))
    by_id = {entry["id"]: entry for entry in document["scenarios"]}
    assert by_id["http.cache-control"]["exchanges"] == by_id["book.one-slot"]["exchanges"] == [12]
    pointed = next(entry for entry in document["scenarios"] if entry["verdict"] == "fail")["findings"][0]["exchange"]
    listed = next(one for one in document["exchanges"] if one["number"] == pointed)
    assert (listed["method"], listed["status"], listed["failure"]) == ("POST", 201, None)
    assert "body" not in json.dumps(document["exchanges"])


def test_causes_are_listed_with_their_scenarios() -> None:
    run = lifelike()
    (cause, *_) = json.loads(dumps(run))["causes"]
    expected = causes_of(run)[0]
    assert (cause["id"], cause["count"]) == (expected.id, expected.count)
    assert cause["scenarios"] == list(expected.scenarios)


def test_an_older_schema_is_refused_with_what_to_do() -> None:
    document = json.loads(dumps(lifelike()))
    with pytest.raises(UsageError, match="schema 1, and this version reads 2") as caught:
        from_json({**document, "schema": 1})
    assert "report RUN" in caught.value.fix
