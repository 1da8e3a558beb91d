"""Patterns over texts that a provider sends take time in proportion to the text.

Each text here would take a pattern that begins anew at every place from minutes to days.
"""

from __future__ import annotations

from typing import Any, cast

from conformance.checks.capability_statement import filled_in
from conformance.checks.empty_values import _DIV
from conformance.checks.operation_outcome import leaks_nothing
from conformance.engine.endpoint import page_title
from conformance.fhir.formats.json_reader import read_json
from conformance.fhir.formats.narrative import xhtml_fault
from conformance.spec import load
from tests.support.responses import response

NAMESPACE = "http://www.w3.org/1999/xhtml"


class Run:
    edition = load("stu3")


RUN = cast(Any, Run())


def test_a_narrative_of_unclosed_divs_is_searched_once() -> None:
    assert _DIV.search("<div " * 400_000) is None  # each one to the end of the text would be 10^11 steps
    assert _DIV.search("<div " * 10 + f'<h:div class="a" xmlns:h="{NAMESPACE}">') is not None
    assert _DIV.search(f'<div xmlns="{NAMESPACE}">') is not None


def test_long_numbers_before_one_that_is_too_long_are_passed_over_once() -> None:
    long = b"9" * 3_999
    text = b"[" + (long + b",\n") * 5_000 + b"1e99999999999999999999]"
    (issue,) = read_json(text).problems
    assert (issue.code, issue.line) == ("number-too-large", 5_001)
    assert (issue.found or "").startswith("1e9999")


def test_comments_of_a_style_that_never_end_are_passed_over_once() -> None:
    div = f'<div xmlns="{NAMESPACE}"><p style="{{}}">x</p></div>'
    assert xhtml_fault(div.format("/*a" * 400_000 + "expression(1)")) is None  # a comment up to the end
    assert xhtml_fault(div.format("/*a*/" * 10 + "exp/**/ression(1)")) is not None


def test_brackets_of_a_statement_that_never_close_are_passed_over_once() -> None:
    statement = {
        "software": {"name": "[" * 400_000, "version": "[version]"},
        "publisher": "x",
        "contact": [{"name": "x"}],
    }
    found = [finding.location for finding in filled_in(response(statement), RUN)]
    assert found == ["software.version"]


def test_names_of_packages_without_an_exception_are_passed_over_once() -> None:
    assert list(leaks_nothing(response(b"org." * 400_000 + b" Exception"), RUN)) == []
    (finding,) = leaks_nothing(response(b"org." * 10 + b"hibernate.QueryException: x"), RUN)
    assert finding.code == "leak"


def test_titles_of_a_page_that_never_end_are_passed_over_once() -> None:
    for text in (b"<title", b"<title>", b"<title> ", b"<title>a "):
        assert page_title(text * 400_000) == ""
    assert page_title(b"<title>" + b" " * 1_000_000 + b"x") == ""
    assert page_title(b"<html><TITLE lang='en'>\n  Sign in  \n</title>") == "Sign in"
