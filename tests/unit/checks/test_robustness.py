"""Checks of how an answer behaves as HTTP: silent on a good one, one finding on a bad one."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.checks import empty_values, robustness
from conformance.checks.check import Check
from conformance.consumer.response import Response
from conformance.core.exchange import TransportFailure
from conformance.core.results import Blame
from tests.support.check_context import Context
from tests.support.responses import response


def codes(check: Check, answer: Response) -> list[str]:
    return [finding.code for finding in check(answer, Context())]


@pytest.mark.parametrize("status", [200, 201, 204, 400, 404, 405, 431, 501])
def test_served_or_refused_is_calm(status: int) -> None:
    assert not codes(robustness.calm, response({}, status))


@pytest.mark.parametrize("status", [301, 500, 502, 503])
def test_a_breakdown_or_a_redirection_is_not(status: int) -> None:
    assert codes(robustness.calm, response({}, status)) == ["status"]


def test_no_answer_at_all_is_the_environments() -> None:
    gone = response(None, None, failure=TransportFailure("reset", "reset"))
    gone = Response(type(gone.exchange)(**{**_fields(gone), "response_headers": ()}), lambda: None)  # type: ignore[arg-type,return-value]
    assert [finding.blame for finding in robustness.calm(gone, Context())] == [Blame.ENVIRONMENT]


def test_an_answer_that_breaks_off_is_the_providers() -> None:
    broken = response(None, None, failure=TransportFailure("protocol", "half a body"))
    assert [finding.blame for finding in robustness.calm(broken, Context())] == [Blame.PROVIDER]


def _fields(answer: Response) -> dict[str, Any]:
    return {name: getattr(answer.exchange, name) for name in type(answer.exchange).__dataclass_fields__}


@pytest.mark.parametrize(
    ("wanted", "header", "found"),
    [
        ("gzip", {"Content-Encoding": "gzip"}, []),
        ("gzip", {}, ["content-encoding"]),
        ("", {}, []),
        ("", {"Content-Encoding": "identity"}, []),
        ("", {"Content-Encoding": "br"}, ["content-encoding"]),
    ],
)
def test_content_codings(wanted: str, header: dict[str, str], found: list[str]) -> None:
    assert codes(robustness.coded(wanted), response({}, headers=header)) == found


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ({"Server": "nginx"}, []),
        ({"Server": "nginx/1.18.0 (Ubuntu)"}, ["software-told"]),
        ({"X-Powered-By": "PHP"}, ["software-told"]),
        ({"x-aspnet-version": "4.0.30319"}, ["software-told"]),
        ({"Via": "1.1 proxy"}, []),
    ],
)
def test_headers_that_tell_the_software(header: dict[str, str], found: list[str]) -> None:
    assert codes(robustness.nameless, response({}, headers=header)) == found


def test_what_an_answer_repeats() -> None:
    check = robustness.silent_about("evil.example")
    assert not codes(check, response({"url": "https://good.example"}))
    assert codes(check, response({"url": "https://evil.example/1"})) == ["repeated"]
    assert codes(check, response({}, headers={"Location": "https://evil.example/1"})) == ["repeated"]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"resourceType": "Slot", "id": "1", "text": {"div": " kept "}}, []),
        ({"resourceType": "Slot", "id": None}, ["empty-value"]),
        ({"resourceType": "Slot", "extension": []}, ["empty-value"]),
        ({"resourceType": "Slot", "meta": {}}, ["empty-value"]),
        ({"resourceType": "Slot", "status": "free "}, ["padded-value"]),
        ({"resourceType": "Slot", "meta": {"profile": [" urn:x"]}}, ["padded-value"]),
        ({"resourceType": "Slot", "identifier": [{"value": "urn:uuid:0B0C"}]}, ["uuid-case"]),
    ],
)
def test_tidy_values(body: dict[str, Any], found: list[str]) -> None:
    assert codes(empty_values.tidy, response(body)) == found


TRIMMED = """id code system url reference status start end created language versionId lastUpdated birthDate gender use type
mode fhirVersion profile"""


@pytest.mark.parametrize("name", TRIMMED.split())
def test_codes_ids_uris_and_dates_have_no_blanks_around_them(name: str) -> None:
    assert codes(empty_values.tidy, response({"resourceType": "X", "part": {name: "value"}})) == []
    assert codes(empty_values.tidy, response({"resourceType": "X", "part": {name: " value"}})) == ["padded-value"]
    assert codes(empty_values.tidy, response({"resourceType": "X", "part": [{name: ["value "]}]})) == ["padded-value"]


def test_a_code_that_is_the_word_null_warns() -> None:
    (finding,) = empty_values.tidy(response({"resourceType": "Slot", "type": [{"code": "null"}]}), Context())
    assert (finding.code, finding.severity.value, finding.location) == ("null-code", "warn", "Slot.type.code")
    assert codes(empty_values.tidy, response({"resourceType": "Slot", "comment": "null"})) == []


XHTML = '<div xmlns="http://www.w3.org/1999/xhtml">{}</div>'


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ({"status": "generated", "div": XHTML.format("<p>plain</p>")}, []),
        ({"status": "generated", "div": XHTML.format("<script>x</script>")}, ["narrative-active"]),
        ({"status": "generated", "div": XHTML.format('<p onclick="x">y</p>')}, ["narrative-active"]),
        *(
            ({"status": "generated", "div": XHTML.format(f"<{name} x='y'>z</{name}>")}, ["narrative-active"])
            for name in ("object", "iframe", "form", "link", "style", " Script")
        ),
        ({"status": "generated", "div": XHTML.format('<a href="JavaScript:x()">y</a>')}, ["narrative-active"]),
        ({"status": "generated", "div": XHTML.format("<p>the script, the form and the link on page = 1</p>")}, []),
        ({"status": "generated", "div": XHTML.replace("<div", "<h:div").format("x")}, []),
        ({"status": "generated", "div": "<div>no namespace</div>"}, ["narrative"]),
        ({"status": "generated", "div": 7}, ["narrative"]),
        ({"status": 1, "div": XHTML.format("x")}, ["narrative"]),
        ({"div": XHTML.format("x")}, ["narrative"]),
        ("text", ["narrative"]),
    ],
)
def test_narratives(text: Any, found: list[str]) -> None:
    assert codes(empty_values.narrative, response({"resourceType": "Patient", "text": text})) == found


def test_references_without_a_display() -> None:
    body = {
        "resourceType": "Appointment",
        "slot": [{"reference": "Slot/1"}, {"reference": "Slot/2", "display": "At ten"}],
    }
    assert codes(empty_values.displayed, response(body)) == ["display-missing"]


def test_texts_come_back_letter_by_letter() -> None:
    check = empty_values.holds_text("e\u0301 & <b>", "comment", "description")
    assert not codes(check, response({"resourceType": "Appointment", "comment": "e\u0301 & <b>"}))
    assert not codes(check, response({"resourceType": "Appointment", "description": "Both: e\u0301 & <b>"}))
    assert codes(check, response({"resourceType": "Appointment", "comment": "\u00e9 & <b>"})) == ["text-changed"]
    assert codes(check, response({"resourceType": "Appointment"})) == ["text-changed"]


def test_directives_against_caching() -> None:
    check = robustness.directive("Cache-Control", "no-cache")
    assert not codes(check, response({}, headers={"Cache-Control": "no-store, No-Cache"}))
    assert codes(check, response({}, headers={"Cache-Control": "no-store"})) == ["cache-directive"]
    assert codes(check, response({})) == ["cache-directive"]
