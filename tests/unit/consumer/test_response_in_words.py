"""A response in words, and what it offers as the current version."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from conformance.consumer.response import Response, resource_names
from conformance.core.exchange import TransportFailure
from tests.support.responses import response


def outcome(*issues: Any) -> dict[str, Any]:
    return {"resourceType": "OperationOutcome", "issue": list(issues)}


def coded(code: Any) -> dict[str, Any]:
    return {"details": {"coding": [{"code": code}]}}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (outcome({"diagnostics": " why "}), "why"),
        (outcome({"diagnostics": "why", "details": {"text": "other"}}), "why"),
        (outcome({"details": {"text": "text"}}), "text"),
        (outcome({"diagnostics": "", "details": {"text": "text"}}), "text"),
        (outcome({"diagnostics": "  "}, {"diagnostics": "second"}), "second"),
        (outcome(3, {"details": "x"}, {"diagnostics": 7}, {"diagnostics": "x" * 201}), "x" * 200),
        (outcome(), ""),
        (outcome() | {"issue": {"diagnostics": "no list"}}, ""),
        ({"resourceType": "Patient", "issue": [{"diagnostics": "why"}]}, ""),
        (b"text", ""),
    ],
)
def test_what_an_outcome_says(body: Any, said: str) -> None:
    assert response(body, 400).explanation == said


@pytest.mark.parametrize(
    ("body", "status", "kind", "words"),
    [
        ({"resourceType": "Slot"}, 200, "application/fhir+json", "200 with Slot"),
        (outcome(coded("BAD")), 400, "application/fhir+json", "400 with OperationOutcome BAD"),
        (outcome(coded("x" * 61)), 400, "application/fhir+json", f"400 with OperationOutcome {'x' * 60}"),
        (outcome({}, coded("BAD")), 400, "application/fhir+json", "400 with OperationOutcome"),
        (outcome(), 400, "application/fhir+json", "400 with OperationOutcome"),
        (b"", 204, "", "204 with an empty body"),
        (b"abc", 200, "text/plain", "200 with 3 bytes of text/plain"),
        (b"abc", 200, "", "200 with 3 bytes of no stated type"),
    ],
)
def test_a_response_in_a_few_words(body: Any, status: int, kind: str, words: str) -> None:
    found = response(body, status, {"Content-Type": kind})
    assert found.described == words
    named = Response(replace(found.exchange, reason="Said so"), lambda: None)  # type: ignore[arg-type, return-value]
    assert named.described == words.replace(" with", " Said so with", 1)
    failed = response(None, None, failure=TransportFailure("eof", "it ended"))
    assert failed.described == "it ended"


@pytest.mark.parametrize(
    ("body", "headers", "current"),
    [
        ({"meta": {"versionId": "3"}}, {}, 'W/"3"'),
        ({"meta": {"versionId": "3"}}, {"ETag": '"4"'}, '"4"'),
        ({"meta": {"versionId": 3}}, {}, None),
        ({}, {}, None),
    ],
)
def test_the_current_version(body: Any, headers: dict[str, str], current: str | None) -> None:
    assert response(body, 200, headers).current == current


@pytest.mark.parametrize(("status", "done"), [(199, False), (200, True), (299, True), (300, False), (None, False)])
def test_which_statuses_say_that_it_was_carried_out(status: int | None, done: bool) -> None:
    assert response(None, status).carried_out is done


@pytest.mark.parametrize(
    ("kind", "body", "form"),
    [
        ("application/fhir+xml", b"{}", "xml"),
        ("text/xml", b"{}", "xml"),
        ("application/xml+fhir", b"{}", "xml"),
        ("application/fhir+json", b"<a/>", "json"),
        ("application/json", b"<a/>", "json"),
        ("application/json+fhir", b"<a/>", "json"),
        ("text/plain", b" \n<a/>", "xml"),
        ("", b"{}", "json"),
        ("", b"", "json"),
    ],
)
def test_the_form_of_a_body(kind: str, body: bytes, form: str) -> None:
    assert response(body, 200, {"Content-Type": kind}).form == form


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("Slot", True), ("slot", False), ("HTML", False), ("Html", False), ("Slot1", False), ("", False), (3, False)],
)
def test_what_has_the_name_of_a_resource(name: Any, is_one: bool) -> None:
    found = response({"resourceType": name})
    assert (found.is_resource, found.resource_type) == (is_one, name if isinstance(name, str) else None)


OF_SEARCH = {"resource": outcome(), "search": {"mode": "outcome"}}
SLOTS = [{"resource": {"resourceType": "Slot", "id": name}} for name in ("1", "2")]
BUNDLE = {
    "resourceType": "Bundle",
    "id": "b",
    "entry": [*SLOTS, OF_SEARCH, {"resource": outcome()}, 3, {"resource": 4}],
}


def test_entries_but_for_what_is_about_the_search() -> None:
    found = response(BUNDLE)
    assert [one.get("id") for one in found.entries("Slot")] == ["1", "2"]
    assert [one["resourceType"] for one in found.entries()] == ["Slot", "Slot", "OperationOutcome"]
    assert len(list(found.entries("OperationOutcome"))) == 2
    assert (len(found.found_entries()), found.ids("Slot"), list(found.by_id("Slot"))) == (5, {"1", "2"}, ["1", "2"])
    assert resource_names(found) == {"Bundle/b", "Slot/1", "Slot/2"}
    other = {**BUNDLE, "resourceType": "List"}
    assert list(response(other).entries()) == []
    assert response({"resourceType": "Bundle", "entry": {}}).found_entries() == []


def test_no_response_is_the_environments_until_something_came() -> None:
    lost = response(None, None, failure=TransportFailure("reset", "x"))
    bare = Response(replace(lost.exchange, response_headers=()), lambda: None)  # type: ignore[arg-type, return-value]
    assert bare.unreachable
    assert not lost.unreachable
    assert not Response(replace(bare.exchange, response_body=b"H"), lambda: None).unreachable  # type: ignore[arg-type, return-value]
    assert not Response(replace(bare.exchange, failure=None), lambda: None).unreachable  # type: ignore[arg-type, return-value]
    bare.recurs = True
    assert not bare.unreachable
