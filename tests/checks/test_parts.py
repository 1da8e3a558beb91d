"""A check by parts, held over many answers that share entries, finds in each what it finds in the answer alone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.checks import all_responses, empty_values
from conformance.checks.appointments import uk_times
from conformance.checks.parts import ByParts
from conformance.consumer.response import Response
from conformance.fhir.definitions.store import Definitions
from conformance.fhir.validation.repeats import Repeats
from tests.checks.test_operation_outcome import Context
from tests.engine.responses import response

GP = "https://fhir.nhs.uk/STU3/StructureDefinition/GPConnect"
SLOT: dict[str, Any] = {
    "resourceType": "Slot", "id": "1", "meta": {"versionId": "1", "profile": [f"{GP}-Slot-1"]}, "status": "free",
    "schedule": {"reference": "Schedule/1"}, "start": "2026-11-23T09:00:00+00:00", "end": "2026-11-23T09:10:00+00:00",
}  # fmt: skip
FAULTS: list[dict[str, Any]] = [
    {}, {"meta": {}}, {"meta": {"versionId": "1", "profile": [f"{GP}-Schedule-1", 5]}}, {"meta": None}, {"status": " free"},
    {"schedule": {"reference": "http://p.test/Schedule/1"}}, {"schedule": {"reference": "#"}},
    {"start": "2026-06-01T09:00:00Z"}, {"end": None}, {"comment": ""}, {"extension": []}, {"resourceType": None},
    {"resourceType": "Bundle"},
    {"planningHorizon": {"start": "today"}}, {"url": "urn:uuid:0B5B2C9A-6C2A-4A0E-9A0C-1F9A5F1F0A01"},
]  # fmt: skip
RESOURCES: list[Any] = [SLOT | fault for fault in FAULTS]
ENTRIES = [
    *({"resource": one} for one in RESOURCES),
    *({"fullUrl": "urn:uuid:A", "resource": one} for one in RESOURCES),
    {},
    None,
    "x",
    [{"resource": RESOURCES[1]}],
    {"resource": None},
    {"resource": "x"},
    {"search": {"mode": " x"}},
    {"link": [{"reference": "http://p.test/1"}]},
]
AROUND: list[dict[str, Any]] = [
    {},
    {"type": "searchset"},
    {"type": " searchset"},
    {"id": None},
    {"start": "now"},
    {"meta": {}},
    {"link": []},
    {"resourceType": "Slot"},
]
TIMES = uk_times(
    "start",
    "end",
    "entry.resource.start",
    "entry.resource.end",
    "entry.resource.planningHorizon.start",
    "entry.entry.start",
)
CHECKS = (
    all_responses.claims_profile, all_responses.versioned, all_responses.relative_references, empty_values.tidy, TIMES,
)  # fmt: skip
BUNDLES = st.builds(
    lambda around, entries: {"resourceType": "Bundle", "entry": entries} | around,
    st.sampled_from(AROUND),
    st.one_of(
        st.lists(st.sampled_from(ENTRIES[:1] * 3), max_size=3),
        st.lists(st.sampled_from(ENTRIES), max_size=5),
        st.sampled_from([None, {}, "x", ENTRIES[0]]),
    ),
)


def _answer(body: Any, repeats: Repeats) -> Response:
    return Response(response(body).exchange, lambda: Definitions("stu3"), repeats)


@pytest.mark.parametrize("check", CHECKS)
@settings(max_examples=80, deadline=None)
@given(st.lists(BUNDLES, min_size=1, max_size=8))
def test_shared_entries_change_no_finding(check: ByParts, bodies: list[Any]) -> None:
    repeats, sound = Repeats(), set[int]()
    responses = [_answer(body, repeats) for body in [*bodies, *bodies]]
    for one in responses:
        alone = response(json.loads(one.exchange.response_body))
        assert list(check.among_many(one, Context(), sound)) == list(check(alone, Context()))


@pytest.mark.parametrize("check", CHECKS)
def test_each_entry_is_asked_about_alone(check: ByParts) -> None:
    """An entry is sound exactly when a Bundle of it alone is: else one check would find what the other does not."""
    for entry in ENTRIES:
        if isinstance(entry, dict) and entry:
            whole = response({"resourceType": "Bundle", "type": "searchset", "entry": [entry]})
            assert check.entry(entry, Context()) is not bool(list(check(whole, Context()))), entry


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("check", CHECKS)
def test_what_is_around_the_entries_is_judged_too(check: ByParts, around: dict[str, Any]) -> None:
    held = response({"resourceType": "Bundle", "entry": ENTRIES[:1]} | around)
    assert list(check.among_many(held, Context(), set())) == list(check(held, Context()))


@pytest.mark.parametrize("check", CHECKS)
def test_a_sound_entry_is_asked_about_once(check: ByParts) -> None:
    asked: list[Any] = []

    def ask(entry: dict[str, Any], context: Any) -> bool:
        asked.append(entry)
        return check.entry(entry, context)

    counting = ByParts(check.whole, ask, check.around)
    repeats, sound = Repeats(), set[int]()
    entries = [{"resource": SLOT}, {"resource": SLOT}, ENTRIES[-1]]
    responses = [_answer({"resourceType": "Bundle", "total": n, "entry": entries}, repeats) for n in range(5)]
    for one in responses:
        assert not list(counting.among_many(one, Context(), sound))
    assert asked == [{"resource": SLOT}, ENTRIES[-1]]
