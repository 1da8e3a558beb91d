"""Every issue code of the validator and its readers occurs in a case: in JSON and in XML, where both can have the fault."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any

import conformance.fhir
from conformance.fhir import Validator
from conformance.fhir.formats.json_reader import Limits, read_json
from conformance.fhir.validation.context import MAX_ISSUES
from tests.support.cases_runner import all_rows

PACKAGES = ("validation", "formats", "invariants")
_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+|html|doctype|invariant")
# Constants of that form which are no codes of ours.
OTHERS = frozenset({"batch-response", "transaction-response", "not-checked", "us-ascii", "utf-8"})

# What only one form can have: JSON's lists, nulls and types of value, its keys and numbers; XML's attributes, order, names.
JSON_ONLY = frozenset({
    "byte-order-mark", "duplicate-key", "empty-list", "list-expected", "list-unexpected", "lone-surrogate", "not-a-number",
    "not-a-resource", "not-json", "null-value", "number-too-large", "shadow-length", "wrong-json-type", "nesting-too-deep",
})  # fmt: skip
XML_ONLY = frozenset({
    "attribute-expected", "doctype", "empty-slot", "missing-value", "more-problems", "not-xml", "second-resource",
    "text-not-allowed", "too-many-elements", "unknown-attribute", "wrong-namespace", "wrong-order",
})  # fmt: skip

OPEN = '<Patient xmlns="http://hl7.org/fhir">'
UNKNOWN = "".join(f'<u{number} value="x"/>' for number in range(MAX_ISSUES + 1))


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(depth):
        value = {"extension": [value]}
    return {"resourceType": "Patient", **value}


# Too large for a case file: content and limits, each drawing the code.
LARGE: list[tuple[str, str, Any, Limits]] = [
    ("too-large", "json", b'{"resourceType": "Patient"}', Limits(size=10)),
    ("too-large", "xml", b"<Patient/>" * 10, Limits(size=10)),
    ("too-deep", "xml", (OPEN + "<a>" * 300).encode(), Limits()),
    ("too-many-elements", "xml", (OPEN + "<active/>" * 50).encode(), Limits(elements=10)),
    ("more-problems", "xml", (OPEN + '<name x="y"/>' * 1001).encode(), Limits()),
    ("more-issues", "xml", (OPEN + UNKNOWN + "</Patient>").encode(), Limits()),
    (
        "more-issues",
        "json",
        {"resourceType": "Patient", **{f"u{number}": 1 for number in range(MAX_ISSUES + 1)}},
        Limits(),
    ),
    ("nesting-too-deep", "json", nested(20_000), Limits()),
]
# What the reader of JSON says of bytes that no case file can hold, or that `check` would read as XML.
BYTES = [("html", b"<html><body/></html>"), ("not-utf8", b'{"resourceType": "\xff"}')]


@cache
def codes() -> set[str]:
    """Every code in the source."""
    assert conformance.fhir.__file__
    found: set[str] = set()
    for package in PACKAGES:
        for path in (Path(conformance.fhir.__file__).parent / package).glob("*.py"):
            nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            found |= {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    return {text for text in found if _CODE.fullmatch(text)} - OTHERS


@cache
def shown() -> set[tuple[str, str]]:
    """Code and form of every issue that a case draws."""
    found = {(issue.code, row.form) for row in all_rows() for issue in row.issues()}
    validator = Validator("stu3")
    for code, form, content, limits in LARGE:
        drawn = {issue.code for issue in validator.check(content, limits=limits).issues}
        assert code in drawn, f"{code}: {sorted(drawn)[:5]}"
        found.add((code, form))
    for code, data in BYTES:
        assert [problem.code for problem in read_json(data).problems] == [code]
        found.add((code, "json"))
    return found


def test_every_code_occurs_in_a_case_in_json() -> None:
    assert codes() - XML_ONLY - {code for code, form in shown() if form == "json"} == set()


def test_every_code_occurs_in_a_case_in_xml() -> None:
    assert codes() - JSON_ONLY - {code for code, form in shown() if form == "xml"} == set()


def test_what_is_said_to_be_of_one_form_is_of_no_other() -> None:
    assert {code for code, form in shown() if form == "xml"} & JSON_ONLY == set()
    assert {code for code, form in shown() if form == "json"} & XML_ONLY == set()


def test_no_case_draws_a_code_that_the_source_does_not_have() -> None:
    assert {code for code, _ in shown()} <= codes()
