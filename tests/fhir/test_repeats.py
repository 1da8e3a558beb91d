"""Reading with known entries gives what reading without them gives, whatever the text."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.fhir.formats.json_reader import Document, Limits, read_json
from conformance.fhir.validation.repeats import Repeats

SLOT = '{"resource": {"resourceType": "Slot", "id": "s-1", "n": 1.50, "text": {"div": "<a href=\\"[{\\">"}}}'
PATIENT = '{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","id":"é","active":true}}'
ENTRIES = (
    SLOT,
    PATIENT,
    SLOT.replace("s-1", "s-2"),
    "{}",
    '{"entry":[{"a":1}]}',
    '{"entry": []}',
    '{"a":1,"a":1}',
    '{"n":NaN}',
    '{"n":1e99999999999999999999}',
    '{"a":"\\ud800"}',
    "[" * 30 + "]" * 30,
    "null",
    '"x"',
    "{",
    '{"a":1}}',
    SLOT + " ,",
    "",
    '{"a":' * 197 + "1" + "}" * 197,
    '{"a":' * 198 + "1" + "}" * 198,
    '{"a":' * 199 + "1" + "}" * 199,
)
BRACKETS = ["[" * count + "]" * count for count in (198, 199, 200)]
ENVELOPES = (
    '{"resourceType":"Bundle","entry":[%s]}',
    ' {"entry" :\n[ %s ]\n,"total": 2}\n',
    '{"a":{"entry":[%s]}}',
    '{"a":{"entry":[%s]},"entry":[]}',
    '{"entry":[%s],"entry":[]}',
    '{"\\u0065ntry":[],"b":{"entry":[%s]}}',
    '{"x":"\\"entry\\":[","entry":[%s]}',
    '{"x":"entry","entry":[%s]}',
    '[{"entry":[%s]}]',
    '{"entry":[%s]}x',
    '{"a":1,"a":2,"entry":[%s]}',
    '{"n":NaN,"entry":[%s]}',
    '{"entry":[%s]',
    '{"entry":[%s',
    '{"entry":[%s,]}',
    "\ufeff" + '{"entry":[%s]}',
    *(f'{{"b":{nested},"entry":[%s]}}' for nested in BRACKETS),
)


def told(document: Document) -> tuple[Any, ...]:
    """All that a document says of its text."""
    pointers = ("", "/entry", "/entry/0", "/entry/1/resource/id", "/total", "/entry/7")
    return repr(document.value), document.problems, [document.line_of(pointer) for pointer in pointers]


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(ENVELOPES),
            st.lists(st.sampled_from(ENTRIES), max_size=4),
            st.sampled_from([",", ", ", "\n,\n  ", ",,", " "]),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_known_entries_change_nothing(parts: list[tuple[str, list[str], str]]) -> None:
    repeats = Repeats()
    for envelope, entries, between in [*parts, *parts]:
        data = (envelope % between.join(entries)).encode()
        assert told(read_json(data, repeats=repeats)) == told(read_json(data))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_damaged_texts_are_told_as_ever(data: st.DataObject) -> None:
    repeats = Repeats()
    text = ENVELOPES[0] % f"{SLOT},{PATIENT}"
    read_json(text.encode(), repeats=repeats)
    at = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(at, min(at + 3, len(text))))
    instead = data.draw(st.sampled_from(["", '"', "}", "]", ",", "\\", "{", "x", " "]))
    damaged = (text[:at] + instead + text[end:]).encode()
    assert told(read_json(damaged, repeats=repeats)) == told(read_json(damaged))


def test_equal_entries_are_one_object_and_others_are_not() -> None:
    repeats = Repeats()
    first = read_json((ENVELOPES[0] % f"{SLOT},{PATIENT}").encode(), repeats=repeats).value["entry"]
    second = read_json((ENVELOPES[1] % f"{PATIENT} , {SLOT}").encode(), repeats=repeats).value["entry"]
    assert first[0] is second[1]
    assert first[1] is second[0]
    other = (ENVELOPES[0] % SLOT.replace("s-1", "s-2")).encode()
    assert read_json(other, repeats=repeats).value["entry"][0] != first[0]


def test_another_limit_of_depth_makes_no_use_of_known_entries() -> None:
    repeats = Repeats()
    text = (ENVELOPES[0] % ('{"a":' * 50 + "1" + "}" * 50)).encode()
    assert read_json(text, repeats=repeats).problems == []
    assert [issue.code for issue in read_json(text, Limits(depth=50), repeats).problems] == ["too-deep"]


@pytest.mark.parametrize("size", [10, 3_000])
def test_what_is_kept_is_bounded(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.fhir.validation.repeats._MOST", 20_000)
    repeats = Repeats()
    for number in range(200):
        entries = [json.dumps({"id": f"{number}-{index}", "text": "x" * size}) for index in range(5)]
        data = (ENVELOPES[0] % ",".join(entries)).encode()
        assert told(read_json(data, repeats=repeats)) == told(read_json(data))
        assert sum(map(len, repeats._known)) < 20_000 + 2 * size + 400
