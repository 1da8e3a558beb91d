"""results.json says everything, in the documented shape, and gives the same run back."""

from __future__ import annotations

import json

import jsonschema
import pytest

from conformance.core.results import RunResult
from conformance.reporting.results_json import dumps, from_json, schema
from tests.support.samples import hostile, large, lifelike


@pytest.mark.parametrize("run", [lifelike(), hostile(), large(20), RunResult(lifelike().run, ())])
def test_round_trip_and_schema(run: RunResult) -> None:
    document = json.loads(dumps(run))
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.Draft202012Validator(schema()).validate(document)
    assert from_json(document) == run


def test_shape_that_readers_rely_on() -> None:
    document = json.loads(dumps(lifelike()))
    assert document["schema"] == 1
    assert {"id", "edition", "provider", "started", "finished", "tool_version"} <= document["run"].keys()
    assert document["summary"] == {"pass": 15, "fail": 2, "warn": 2, "skip": 1, "omit": 1, "error": 1}
    first = document["scenarios"][0]
    assert {"id", "title", "interaction", "level", "requirements", "verdict", "findings", "duration_ms"} <= first.keys()
    failing = next(entry for entry in document["scenarios"] if entry["verdict"] == "fail")
    assert {"message", "requirement", "location", "found", "expected", "blame"} <= failing["findings"][0].keys()


def test_schema_refuses_what_is_wrong() -> None:
    document = json.loads(dumps(lifelike()))
    document["scenarios"][0]["verdict"] = "passed"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema()).validate(document)


def test_an_exchange_is_written_whole_once() -> None:
    document = json.loads(dumps(lifelike()))
    by_id = {entry["id"]: entry for entry in document["scenarios"]}
    assert by_id["http.cache-control"]["exchanges"] == [{"number": 12, "recorded_in": "book.one-slot"}]
    assert by_id["book.one-slot"]["exchanges"][0]["url"].endswith("/Appointment")


def test_bytes_that_are_no_text_come_back() -> None:
    run = lifelike()
    run = RunResult(run.run, (hostile().scenarios[0],))
    document = json.loads(dumps(run))
    assert "base64" in document["scenarios"][0]["exchanges"][0]["response"]["body"]
    assert from_json(document).scenarios[0].exchanges[0].response_body == run.scenarios[0].exchanges[0].response_body
