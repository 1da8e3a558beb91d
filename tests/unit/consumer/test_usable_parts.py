"""What of a response may go into the next request, and what does not fit where it stands."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.consumer.usable_parts import kind_of, logical_id, misfits, version
from conformance.engine.slot_pool import slots_of
from tests.support.responses import response as response_of

SLOT = {"resourceType": "Slot", "id": "s", "schedule": {"reference": "Schedule/1"},
        "start": "2026-07-06T09:00:00+01:00", "end": "2026-07-06T09:10:00+01:00"}  # fmt: skip


@pytest.mark.parametrize("usable", ["1", "a-b.c", "A" * 256, "a_b", "urn:x"])
def test_an_id_that_can_stand_in_a_path(usable: str) -> None:
    assert logical_id({"id": usable}) == usable


@pytest.mark.parametrize(
    "found",
    ["", " ", ".", "..", "../x", "a/b", "a?b", "a#b", "a b", "a%2f", "a\r\nX: y", "é", "A" * 257, 5, None, {}, ["1"]],
)
def test_an_id_that_cannot(found: Any) -> None:
    assert logical_id({"id": found}) is None
    assert logical_id(found) is None


@pytest.mark.parametrize(("found", "usable"), [("1", True), ('"', False), ("a\r\nb", False), ("", False), (1, False)])
def test_a_version_that_can_stand_in_an_etag(found: Any, usable: bool) -> None:
    assert version({"meta": {"versionId": found}}) == (found if usable else None)
    assert version({"meta": found}) is None


def bundle(*resources: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": resource} for resource in resources]}


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        (bundle(SLOT), []),
        ([1], ["$this"]),
        ({"resourceType": 5}, ["$this"]),
        ({"resourceType": "Slot", "id": {"value": "1"}}, ["Slot.id"]),
        ({"resourceType": "Slot", "meta": "x"}, ["Slot.meta"]),
        ({"resourceType": "Slot", "meta": {"versionId": 5}}, ["Slot.meta.versionId"]),
        ({"resourceType": "Bundle", "entry": {}}, ["Bundle.entry"]),
        (bundle(5, SLOT, {"resourceType": "Schedule", "id": {}}), ["Bundle.entry[0]", "Bundle.entry[2].resource.id"]),
        ({"resourceType": "Bundle", "entry": [None, {}, {"resource": {}}]}, ["Bundle.entry[0]", "Bundle.entry[2]"]),
    ],
)
def test_what_does_not_fit_is_named(body: Any, paths: list[str]) -> None:
    assert [misfit.path for misfit in misfits(body)] == paths


def test_entries_by_id_leave_out_what_has_none() -> None:
    response = response_of(
        bundle({"resourceType": "Schedule", "id": {"a": 1}}, {"resourceType": "Schedule", "id": "1"}, SLOT)
    )
    assert list(response.by_id("Schedule")) == ["1"]
    assert response.ids("Slot") == {"s"}
    assert [slot.id for slot in slots_of(response)] == ["s"]


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "null"), (True, "true"), ("", "an empty text"), ("ab", "a text of 2 characters"), ({}, "an object"), ([], "a list"),
     (5, "a number"), (" ", "a text of blanks")],
)  # fmt: skip
def test_a_value_is_described_without_its_content(value: Any, words: str) -> None:
    assert kind_of(value) == words
    assert json.dumps(value) not in kind_of("a secret")
