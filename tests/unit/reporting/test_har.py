"""The HTTP Archive of each kind of exchange, hostile ones included, is one by the facts of the HAR 1.2 specification."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from conformance.core.exchange import Exchange, TransportFailure
from conformance.core.results import RunResult
from conformance.reporting import har
from tests.support.paths import ROOT
from tests.support.samples import exchange, hostile, large, lifelike

SCHEMA = json.loads((ROOT / "tests" / "support" / "har.schema.json").read_text(encoding="utf-8"))


def archive(*exchanges: Exchange) -> dict[str, Any]:
    made: dict[str, Any] = json.loads("".join(har.pieces(exchanges, "1")))
    jsonschema.Draft202012Validator(SCHEMA).validate(made)
    return made


@pytest.mark.parametrize("run", [lifelike(), hostile(), large(30)], ids=["lifelike", "hostile", "large"])
def test_each_exchange_is_a_valid_entry(run: RunResult) -> None:
    made = archive(*run.exchanges.values())
    assert [entry["request"]["method"] for entry in made["log"]["entries"]] == [
        one.method for one in run.exchanges.values()
    ]


def test_without_a_response() -> None:
    lost = replace(
        exchange(1), status=None, response_body=b"", failure=TransportFailure("timeout", "no response in 30 s")
    )
    (entry,) = archive(lost)["log"]["entries"]
    assert entry["response"]["status"] == 0
    assert "no response in 30 s" in entry["comment"]


def test_bytes_that_are_no_text_are_base64() -> None:
    body = bytes(range(256))
    (entry,) = archive(exchange(1, request_body=body, response_body=body))["log"]["entries"]
    content = entry["response"]["content"]
    assert (content["encoding"], base64.b64decode(content["text"])) == ("base64", body)
    assert base64.b64decode(entry["request"]["postData"]["text"]) == body


def test_the_schema_refuses_what_is_no_archive() -> None:
    made = archive(exchange(1))
    del made["log"]["entries"][0]["response"]["content"]["mimeType"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(SCHEMA).validate(made)
