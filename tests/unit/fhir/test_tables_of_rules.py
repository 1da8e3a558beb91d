"""Small rules of the validator, a table each: formats in words, fixed and pattern values, invariants, verdicts, writing."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.fhir.formats.json_writer import write_json
from conformance.fhir.formats.narrative import xhtml_fault
from conformance.fhir.invariants import functions as rules
from conformance.fhir.issues import Issue, Kind, Severity, Verdict, path_of, pointer_of, shorten, verdict_of
from conformance.fhir.validation.context import Run
from conformance.fhir.validation.fixed_and_pattern import matches, same
from conformance.fhir.validation.primitive_formats import MAX_STRING, fault, is_known

DATE, DATE_TIME = (
    "a date is YYYY, YYYY-MM or YYYY-MM-DD",
    "a dateTime is YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss with a zone",
)
INSTANT, NO_DAY = "an instant is YYYY-MM-DDThh:mm:ss with a zone", "there is no such day in the calendar"
OID, UUID = "an oid is urn:oid: and numbers with dots between", "a uuid is urn:uuid: and 8-4-4-4-12 hexadecimal digits"
CODE, ID, TIME = (
    "a code has no space at its ends and no two together",
    "an id is 1 to 64 of A-Z a-z 0-9 . -",
    "a time is hh:mm:ss",
)
NO_UUID = "urn:uuid:4a0a6a3c-50c1-4a3c-9b63-5a3df6a9d1c"


@pytest.mark.parametrize(
    ("code", "value", "said"),
    [
        ("boolean", "true", "it is not true or false (a JSON boolean without quotes)"),
        ("boolean", 0, "it is not true or false (a JSON boolean without quotes)"),
        ("integer", True, "it is not a JSON number"),
        ("decimal", "1", "it is not a JSON number"),
        ("decimal", 1.5, None),
        ("integer", 1.5, "it is not a whole number"),
        ("integer", Decimal(1), "it is not a whole number"),
        ("integer", 2**31 - 1, None),
        ("integer", 2**31, "it is outside the 32-bit range"),
        ("integer", -(2**31), None),
        ("integer", -(2**31) - 1, "it is outside the 32-bit range"),
        ("integer", -1, None),
        ("positiveInt", 1, None),
        ("positiveInt", 2, None),
        ("positiveInt", 0, "it is not greater than zero"),
        ("positiveInt", -1, "it is not greater than zero"),
        ("unsignedInt", 0, None),
        ("unsignedInt", 1, None),
        ("unsignedInt", -1, "it is negative"),
        ("string", 1, "it is not a JSON string"),
        ("string", None, "it is not a JSON string"),
        ("string", "", "it is an empty string"),
        ("string", " ", None),
        ("string", "x" * MAX_STRING, None),
        ("string", "x" * (MAX_STRING + 1), "it is longer than 1 MB"),
        ("string", "\x1f", "it holds a control character"),
        ("string", "\x08", "it holds a control character"),
        ("string", "\x0b", "it holds a control character"),
        ("string", "\t\n\r\x20\x7f", None),
        ("markdown", "\x00", "it holds a control character"),
        ("uri", "a b", "a uri holds no white space"),
        ("uri", "a\x01", "it holds a control character"),
        ("uri", "a", None),
        ("code", "a\tb", None),
        ("code", "a \tb", CODE),
        ("code", " a", CODE),
        ("id", "x" * 64, None),
        ("id", "x" * 65, ID),
        ("id", "a_b", ID),
        ("oid", "urn:oid:2.0", None),
        ("oid", "urn:oid:2", OID),
        ("oid", "urn:oid:3.1", OID),
        ("uuid", f"{NO_UUID}4", None),
        ("uuid", f"{NO_UUID}F", None),
        ("uuid", NO_UUID, UUID),
        ("uuid", f"{NO_UUID}g", UUID),
        ("base64Binary", "YQ==", None),
        ("base64Binary", "YQ =\n=", None),
        ("base64Binary", "YQ=", "it is not base64"),
        ("base64Binary", "é", "it is not base64"),
        ("date", "2020-02-30", NO_DAY),
        ("date", "2020-00", NO_DAY),
        ("date", "0000", NO_DAY),
        ("date", "0001-01", None),
        ("date", "2020-1", DATE),
        ("dateTime", "2020-02-30T10:00:00Z", NO_DAY),
        ("dateTime", "2020-02-01T10:00:00", "a time of day needs a zone, such as Z or +01:00"),
        ("dateTime", "2020-02-01T10:00Z", DATE_TIME),
        ("dateTime", "2020-02-01T23:59:59.9-13:59", None),
        ("dateTime", "2020-02-01T10:00:00+14:00", None),
        ("dateTime", "2020-02-01T10:00:00+14:01", DATE_TIME),
        ("dateTime", "2020-02-01T10:60:00Z", DATE_TIME),
        ("instant", "2020-02-30T10:00:00Z", NO_DAY),
        ("instant", "2020-02-01T10:00:00", "an instant needs a time zone, such as Z or +01:00"),
        ("instant", "2020-02-01", INSTANT),
        ("time", "23:59:59", None),
        ("time", "24:00:00", TIME),
        ("time", "10:00", TIME),
        ("something new", "any text", None),
        ("something new", "\x00", "it holds a control character"),
    ],
)
def test_what_is_wrong_with_a_value_in_words(code: str, value: Any, said: str | None) -> None:
    assert fault(code, value) == said


def test_the_types_that_are_known() -> None:
    names = (
        "boolean integer positiveInt unsignedInt decimal base64Binary code date dateTime id instant markdown oid string"
    )
    assert all(is_known(name) for name in (*names.split(), "time", "uri", "uuid", "xhtml"))
    assert not any(is_known(name) for name in ("Boolean", "HumanName", "", "integer64"))


@pytest.mark.parametrize(
    ("value", "wanted", "equal", "contains"),
    [
        ("a", "a", True, True),
        ("a", "b", False, False),
        (1, 1, True, True),
        (1, True, False, False),
        (True, 1, False, False),
        (True, True, True, True),
        (0, False, False, False),
        (Decimal("1.0"), 1, True, True),
        ({"a": 1}, {"a": 1}, True, True),
        ({"a": 1, "b": 2}, {"a": 1}, False, True),
        ({"a": 1}, {"a": 1, "b": 2}, False, False),
        ({"a": 1}, {"a": 2}, False, False),
        ({"a": None}, {"b": None}, False, False),
        ([1, 2], [1, 2], True, True),
        ([1, 2], [2, 1], False, True),
        ([1, 2], [1], False, True),
        ([1], [1, 2], False, False),
        ([], [], True, True),
        ([1], [], False, True),
        ([True], [1], False, False),
        ([{"a": [1, 2]}], [{"a": [2]}], False, True),
        ("ab", ["a"], False, False),
        ({"0": 1}, [1], False, False),
        ([1], {"0": 1}, False, False),
        ("a", {"a": 1}, False, False),
        ([[1]], [[1]], True, True),
    ],
)
def test_fixed_values_are_equal_and_patterns_are_contained(
    value: Any, wanted: Any, equal: bool, contains: bool
) -> None:
    assert same(value, wanted) is equal
    assert matches(value, wanted) is contains


def run(resource: Any = None, container: Any = None, local: frozenset[str] = frozenset()) -> Run:
    scope = SimpleNamespace(resource=resource, container=container if container is not None else resource, local=local)
    return cast(Run, SimpleNamespace(scope=scope))


EXT: dict[str, Any] = {"extension": [{}]}
ENTRY = [{"fullUrl": "u"}, {"fullUrl": "v"}]
UCUM = {"system": rules.UCUM, "code": "m"}
COUNT = rules.measure(rules.UCUM, whole=True)
AGE = rules.measure(rules.UCUM, positive=True)


def versions(*pairs: tuple[Any, Any]) -> dict[str, Any]:
    return {"entry": [{"fullUrl": url, "resource": {"meta": {"versionId": version}}} for url, version in pairs]}


@pytest.mark.parametrize(
    ("rule", "value", "fails_at"),
    [
        (rules.any_of("a", "b"), {"b": 1}, None),
        (rules.any_of("a", "b"), {"_a": {}}, None),
        (rules.any_of("a", "b"), {"c": 1}, ()),
        (rules.needs("a", "b"), {}, None),
        (rules.needs("a", "b"), {"b": 1}, None),
        (rules.needs("a", "b"), {"a": 1}, ()),
        (rules.needs("a", "b"), {"_a": 1, "_b": 1}, None),
        (rules.only_when_type("search", "searchset"), {"type": "searchset", "entry": [{"search": {}}]}, None),
        (rules.only_when_type("search", "searchset"), {"type": "batch", "entry": [{}, {"search": {}}]}, ("entry", 1, "search")),
        (rules.only_when_type("search", "searchset"), {"type": "batch", "entry": [None, {}]}, None),
        (rules.only_when_type("search", "searchset"), {"type": "batch", "entry": {"search": 1}}, None),
        (rules.extension_content, EXT, None),
        (rules.extension_content, {"valueString": "a"}, None),
        (rules.extension_content, {"_valueString": {}}, None),
        (rules.extension_content, EXT | {"valueString": "a"}, ()),
        (rules.extension_content, {"url": "u"}, ()),
        (rules.appointment_times, {}, None),
        (rules.appointment_times, {"start": 1, "end": 1}, None),
        (rules.appointment_times, {"start": 1}, ()),
        (rules.appointment_times, {"_end": 1}, ()),
        (rules.appointment_dated, {"start": 1, "end": 1}, None),
        (rules.appointment_dated, {"status": "proposed"}, None),
        (rules.appointment_dated, {"status": "cancelled", "end": 1}, None),
        (rules.appointment_dated, {"status": "booked", "start": 1}, ()),
        (rules.appointment_dated, {"status": "booked"}, ()),
        (rules.bundle_total, {"total": 1, "type": "searchset"}, None),
        (rules.bundle_total, {"total": 1, "type": "history"}, None),
        (rules.bundle_total, {"total": 1, "type": "batch"}, ("total",)),
        (rules.bundle_total, {"type": "batch"}, None),
        (rules.full_url_with_resource, {"fullUrl": "u", "resource": {}}, None),
        (rules.full_url_with_resource, {}, None),
        (rules.full_url_with_resource, {"fullUrl": "u"}, ()),
        (rules.full_url_with_resource, {"resource": {}}, ()),
        (rules.full_urls_distinct, {"entry": ENTRY}, None),
        (rules.full_urls_distinct, {"entry": [*ENTRY, {"fullUrl": "u"}]}, ("entry", 2, "fullUrl")),
        (rules.full_urls_distinct, {"entry": [None, {}, {"fullUrl": 1}, {"fullUrl": 1}, *ENTRY, {"fullUrl": "v"}]},
         ("entry", 6, "fullUrl")),
        (rules.full_urls_distinct, versions(("u", "1"), ("u", "2")), None),
        (rules.full_urls_distinct, versions(("u", "1"), ("u", "1")), ("entry", 1, "fullUrl")),
        (rules.full_urls_distinct, versions(("u", None), ("u", "")), ("entry", 1, "fullUrl")),
        (rules.full_urls_of_resources_distinct, {"entry": [{"fullUrl": "u"}, {"fullUrl": "u"}]}, None),
        (rules.full_urls_of_resources_distinct, versions(("u", "1"), ("u", "1")), ("entry", 1, "fullUrl")),
        (rules.full_url_unversioned, {"fullUrl": "http://a/Patient/1/_history/2"}, ("fullUrl",)),
        (rules.full_url_unversioned, {"fullUrl": "http://a/Patient/1"}, None),
        (rules.full_url_unversioned, {"fullUrl": 1}, None),
        (rules.document_identified, {"type": "document"}, ()),
        (rules.document_identified, {"type": "document", "identifier": {"system": "s"}}, ()),
        (rules.document_identified, {"type": "document", "identifier": {"value": "v"}}, ()),
        (rules.document_identified, {"type": "document", "identifier": {"system": "s", "value": "v"}}, None),
        (rules.document_identified, {"type": "document", "identifier": "sv"}, ()),
        (rules.document_identified, {"type": "batch"}, None),
        (rules.contained_without("text"), {"contained": [{}, {"text": 1}]}, ("contained", 1, "text")),
        (rules.contained_without("text"), {"contained": [{}, None], "text": 1}, None),
        (rules.contained_without("text"), {}, None),
        (rules.contained_unversioned, {"contained": [{"meta": {"versionId": 1}}]}, ("contained", 0, "meta", "versionId")),
        (rules.contained_unversioned, {"contained": [{}, {"meta": {"lastUpdated": 1}}]},
         ("contained", 1, "meta", "lastUpdated")),
        (rules.contained_unversioned, {"contained": [{"meta": "versionId"}, {"meta": {"profile": []}}]}, None),
        (rules.period_order, {"start": "2020", "end": "2019"}, ("end",)),
        (rules.period_order, {"start": "2020", "end": "2020"}, None),
        (rules.period_order, {"start": "2020"}, None),
        (rules.period_order, {"start": 2, "end": "2019"}, None),
        (rules.range_order, {"low": {"value": 1}, "high": {"value": 1}}, None),
        (rules.range_order, {"low": {"value": 2}, "high": {"value": 1}}, ()),
        (rules.range_order, {"low": {"value": 2, "code": "a"}, "high": {"value": 1}}, None),
        (rules.range_order, {"low": {"value": "2"}, "high": {"value": 1}}, None),
        (rules.range_order, {"low": {"value": 2}, "high": {"value": True}}, None),
        (rules.range_order, {"low": {"value": 2}}, None),
        (rules.range_order, {"high": {"value": 2}}, None),
        (rules.ratio_whole, {"numerator": {}, "denominator": {}}, None),
        (rules.ratio_whole, {"numerator": {}}, ()),
        (rules.ratio_whole, {"denominator": {}}, ()),
        (rules.ratio_whole, {"denominator": {}} | EXT, ()),
        (rules.ratio_whole, EXT, None),
        (rules.ratio_whole, {}, ()),
        (rules.not_at_home, {"use": "home"}, ("use",)),
        (rules.not_at_home, {"use": "work"}, None),
        (rules.parameter_content, {"valueString": "a"}, None),
        (rules.parameter_content, {"resource": {}}, None),
        (rules.parameter_content, {"part": []}, None),
        (rules.parameter_content, {"part": [], "resource": {}}, ()),
        (rules.parameter_content, {}, ()),
        (COUNT, {"value": 3, "system": rules.UCUM, "code": "1"}, None),
        (COUNT, {"value": Decimal("3.0"), "code": "1"}, ()),
        (COUNT, {"value": 3, "code": "2"}, ()),
        (COUNT, {}, None),
        (AGE, {"value": 3} | UCUM, None),
        (AGE, {"value": 0} | UCUM, ()),
        (AGE, {"value": Decimal("0.1")} | UCUM, None),
        (AGE, {"value": -1} | UCUM, ()),
        (AGE, {"value": 3}, ()),
        (AGE, {"value": 3, "code": "a", "system": "s"}, ()),
        (AGE, {"value": 3, "code": "a"}, None),
        (rules.measure(rules.UCUM), {"value": 0} | UCUM, None),
        (rules.duration_coded, {}, None),
        (rules.duration_coded, {"value": 1} | UCUM, None),
        (rules.duration_coded, UCUM, ()),
        (rules.duration_coded, {"value": 1, "code": "m"}, ()),
    ],
)  # fmt: skip
def test_where_an_invariant_fails(rule: Any, value: Any, fails_at: tuple[Any, ...] | None) -> None:
    assert rule(value, run(value)) == fails_at


def test_rules_that_look_around() -> None:
    inner = {"text": 1}
    rule = rules.not_in_contained("text")
    assert rule(inner, run(inner, {"contained": [inner]})) == ("text",)
    assert rule(inner, run(inner)) is None
    assert rule({}, run(inner, {"contained": [inner]})) is None
    one, two = {"id": "a"}, {"id": "b"}
    value = {"contained": [one, two, {"id": 3}], "part": [{"reference": "#b"}]}
    assert rules.contained_referred_to(value, run(value)) == ("contained", 0)
    assert rules.contained_referred_to(value, run(value, local=frozenset({"#a"}))) is None
    both = value | {"more": {"deep": [{"reference": "#a"}]}}
    assert rules.contained_referred_to(both, run(both)) is None
    neither = {"contained": [two, one]}
    assert rules.contained_referred_to(neither, run(neither)) == ("contained", 0)
    assert rules.contained_referred_to({}, run({})) is None
    assert rules.references_in(both) == {"#a", "#b"}


@pytest.mark.parametrize(
    ("one", "other", "later"),
    [
        ("2020-01-01T10:00:00Z", "2020-01-01T10:00:00+01:00", True),
        ("2020-01-01T10:00:00+01:00", "2020-01-01T10:00:00Z", False),
        ("2020-01-01T10:00:00Z", "2020-01-01T10:00:00Z", False),
        ("2020-01-01T10:00:00Z", "2020-01-01T09:00:00", False),
        ("2020-01-01Tx", "2019-01-01Tx", False),
        ("2020-02", "2020-01-31", True),
        ("2020-01-31", "2020-01", False),
        ("2020-01-02T10:00:00Z", "2020-01-01", True),
        ("2021", "2020-12-31T23:00:00Z", True),
    ],
)
def test_which_of_two_dates_is_later(one: str, other: str, later: bool) -> None:
    assert rules.later(one, other) is later


def issue(severity: Severity, kind: Kind = "content", code: str = "x") -> Issue:
    return Issue(severity, code, "m", "p", "", kind=kind)


ERROR, WARNING, INFORMATION = Severity.ERROR, Severity.WARNING, Severity.INFORMATION


@pytest.mark.parametrize(
    ("issues", "verdict"),
    [
        ([], Verdict.CONFORMANT),
        ([issue(WARNING), issue(INFORMATION)], Verdict.CONFORMANT),
        ([issue(INFORMATION, "not-checked"), issue(ERROR)], Verdict.NOT_CONFORMANT),
        ([issue(INFORMATION, "not-checked"), issue(WARNING)], Verdict.NOT_FULLY_CHECKED),
        ([issue(ERROR, "definition")], Verdict.NOT_FULLY_CHECKED),
        ([issue(ERROR, "definition", "definition-conflict")], Verdict.CONFORMANT),
        ([issue(WARNING, "definition", "slice-ambiguous")], Verdict.CONFORMANT),
        ([issue(WARNING, "content", "other"), issue(WARNING, "definition", "slice-ambiguous")], Verdict.CONFORMANT),
    ],
)
def test_what_a_validation_comes_to(issues: list[Issue], verdict: Verdict) -> None:
    assert verdict_of(issues) is verdict


def test_places_in_paths_and_pointers() -> None:
    place = (((((None, "Bundle"), "entry"), 2), "a/b~c"), "_start")
    assert path_of(place) == "Bundle.entry[2].a/b~c.start"
    assert pointer_of(place) == "/entry/2/a~1b~0c/_start"
    assert path_of(((None, "Patient"), "_")) == "Patient._"
    assert path_of(((None, "Patient"), "__proto__")) == "Patient.__proto__"
    assert pointer_of((None, "Patient")) == ""


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("x" * 80, "x" * 80),
        ("x" * 81, "x" * 79 + "…"),
        (None, "null"),
        (True, "true"),
        (False, "false"),
        ({"a": 1}, "an object"),
        ([1, 2], "a list of 2"),
        (1, "1"),
        (10**5000, "a very large number"),
    ],
    ids=range(9),
)
def test_values_are_shown_short(value: Any, shown: str) -> None:
    assert shorten(value) == shown


def test_json_is_written_with_exact_decimals() -> None:
    value = {"a": Decimal("1.50"), "b": [Decimal("-0.0"), 1, True], "c": "é\ud800"}
    assert write_json(value) == '{"a": 1.50, "b": [-0.0, 1, true], "c": "é?"}'.encode()
    assert write_json({"a": 1}, indent=1) == b'{\n "a": 1\n}'
    for wrong in (Decimal("NaN"), Decimal("Infinity"), float("nan")):
        with pytest.raises(ValueError, match=r"NaN|Infinity|nan|JSON"):
            write_json(wrong)
    with pytest.raises(TypeError, match=r"^set has no JSON form$"):
        write_json({"a": set()})


DIV = '<div xmlns="http://www.w3.org/1999/xhtml">{}</div>'


@pytest.mark.parametrize(
    ("inner", "said"),
    [
        ("<p>a</p>", None),
        ("<script>a</script>", "it holds active content or what belongs around a page: the element script"),
        (f"<{'q' * 41}/>", f"the element {'q' * 40} is not allowed in a narrative"),
    ],
)
def test_what_a_narrative_may_not_hold(inner: str, said: str | None) -> None:
    assert xhtml_fault(DIV.format(inner)) == said
