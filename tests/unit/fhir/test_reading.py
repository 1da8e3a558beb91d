from __future__ import annotations

import tracemalloc
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.fhir.formats.json_positions import escape
from conformance.fhir.formats.json_reader import DEFAULT, Limits, read_json
from conformance.fhir.formats.json_writer import write_json
from conformance.fhir.issues import Severity

GOOD = b"""{
  "resourceType": "Bundle",
  "entry": [
    {"fullUrl": "urn:uuid:1",
     "resource": {"resourceType": "Slot", "text": {"div": "<a href=\\"[{\\">"}}},
    {"fullUrl": "a/b~c\\"d",
     "a/b~c": 1.50, "n": [1, 2,
       3]}
  ]
}"""


def codes(data: bytes, limits: Limits = DEFAULT) -> list[str]:
    return [issue.code for issue in read_json(data, limits).problems]


def test_good_text_has_no_problems_and_keeps_decimals() -> None:
    document = read_json(GOOD)
    assert document.problems == []
    assert str(document.value["entry"][1]["a/b~c"]) == "1.50"
    assert document.value["entry"][1]["n"] == [1, 2, 3]
    assert isinstance(document.value["entry"][1]["n"][0], int)


@pytest.mark.parametrize(
    ("pointer", "line"),
    [("", 1), ("/resourceType", 2), ("/entry", 3), ("/entry/0", 4), ("/entry/0/resource/text/div", 5), ("/entry/1", 6),
     ("/entry/1/a~1b~0c", 7), ("/entry/1/n/2", 8), ("/entry/1/absent", 6), ("/entry/9", 3), ("/entry/0/fullUrl/x", 4)],
)  # fmt: skip
def test_line_of(pointer: str, line: int) -> None:
    assert read_json(GOOD).line_of(pointer) == line


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        (b"", "not-json", 1),
        (b" \n ", "not-json", 1),
        (b"<html>", "html", 1),
        (b"<!DOCTYPE html>\n<p>Bad Gateway", "html", 1),
        (b'{"a": 1,\n "b" 2}', "not-json", 2),
        (b'{"a": 1}\n{"b": 2}', "not-json", 2),
        (b'{"a": [1, 2', "not-json", 1),
        (b'{"a": "tab\there"}', "not-json", 1),
        (b'{"a": 01}', "not-json", 1),
        (b'{\n"a": "\xff"}', "not-utf8", 2),
        (b'{"a": "\xed\xa0\x80"}', "not-utf8", 1),
        ('{"a": 1}'.encode("utf-16"), "not-utf8", 1),
        (b'\xef\xbb\xbf{"a": 1}', "byte-order-mark", 1),
        (b'{"a": 1,\n"a": 2}', "duplicate-key", 2),
        (b'{"a":\n NaN}', "not-a-number", 2),
        (b'{"a":\n -Infinity}', "not-a-number", 2),
        (b'{"a":\n "\\ud800"}', "lone-surrogate", 2),
        (b'{"a":\n' + b"9" * 5000 + b"}", "number-too-large", 2),
        (b'{"a":\n1e99999999999999999999}', "number-too-large", 2),
        (b"null", "not-a-resource", 1),
    ],
)
def test_bad_text_is_one_issue_with_its_line(data: bytes, code: str, line: int) -> None:
    (issue,) = read_json(data).problems
    assert (issue.code, issue.line) == (code, line)
    assert issue.message


def test_only_a_byte_order_mark_leaves_the_value_usable() -> None:
    document = read_json(b'\xef\xbb\xbf{"a": 1}')
    assert document.value == {"a": 1}
    assert document.problems[0].severity is Severity.WARNING


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b"[" * 201 + b"]" * 201,
    ],
)
def test_deep_nesting_is_one_issue(data: bytes) -> None:
    (issue,) = read_json(data).problems
    assert issue.code in {"too-deep", "not-json"}
    assert read_json(data).value is None


def test_depth_limit_is_exact_and_counts_no_brackets_in_strings() -> None:
    assert codes(b"[" * 200 + b"]" * 200) == []
    assert codes(b'["' + b"[" * 300 + b'\\\\", "\\"' + b"{" * 300 + b'"]') == []
    assert codes(b'{"a": [[1]]}', Limits(depth=2)) == ["too-deep"]
    assert codes(b'{"a": [[1]]}', Limits(depth=3)) == []


def test_size_limit_refuses_without_reading() -> None:
    document = read_json(b" " * 1001, Limits(size=1000))
    assert [issue.code for issue in document.problems] == ["too-large"]
    assert "1,001" in document.problems[0].message


def test_two_hundred_megabytes_are_refused_without_a_copy() -> None:
    data = bytes(200_000_000)
    tracemalloc.start()
    assert codes(data) == ["too-large"]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_every_duplicate_constant_and_surrogate_is_named() -> None:
    data = rb"""{"e": [{"x": 1, "x": 2}, {"y": {"x": "\udc00", "z": NaN}}, "\ud83d\ude00", "\\ud800"],
        "x": 1, "e~/": {"q": 1, "q": 1}}"""
    document = read_json(data)
    assert [(issue.code, issue.pointer) for issue in document.problems] == [
        ("duplicate-key", "/e/0/x"),
        ("lone-surrogate", "/e/1/y/x"),
        ("not-a-number", "/e/1/y/z"),
        ("duplicate-key", "/e~0~1/q"),
    ]
    assert document.problems[0].path == "$this.e[0].x"
    assert document.value["e"] == [{"x": 2}, {"y": {"x": "\ufffd", "z": None}}, "\U0001f600", "\\ud800"]


def test_thousands_of_duplicates_are_counted_not_listed() -> None:
    found = codes(b'{"a":1' + b',"a":1' * 5000 + b"}")
    assert len(found) == 51
    assert found[-1] == "more-problems"


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.decimals(allow_nan=False, allow_infinity=False, places=3),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=5),
    max_leaves=30,
)


@given(JSON.filter(lambda value: value is not None))
@settings(derandomize=True, deadline=None)
def test_written_values_are_read_back_exactly(value: Any) -> None:
    document = read_json(write_json(value))
    assert document.problems == []
    assert repr(document.value) == repr(value)


@given(JSON.filter(lambda value: value is not None))
@settings(derandomize=True, deadline=None)
def test_every_pointer_has_the_line_of_its_value(value: Any) -> None:
    data = write_json(value, indent=1)
    document, lines = read_json(data), data.decode().split("\n")
    for pointer, item in _pointers(value, ""):
        line = document.line_of(pointer)
        assert line is not None
        text = "{" if isinstance(item, dict) else "[" if isinstance(item, list) else write_json(item).decode()
        assert text in lines[line - 1]


def _pointers(value: Any, at: str) -> list[tuple[str, Any]]:
    found = [(at, value)]
    items: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        found += _pointers(item, f"{at}/{escape(key)}")
    return found


def test_writing_refuses_what_json_cannot_carry() -> None:
    with pytest.raises(ValueError, match="no JSON form"):
        write_json({"a": Decimal("NaN")})
    with pytest.raises(TypeError):
        write_json({"a": b""})
