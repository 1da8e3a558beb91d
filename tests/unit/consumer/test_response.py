"""Replies: the body in either form, and nothing a provider sends can break them."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.consumer import xml_bodies
from conformance.consumer.response import Response
from conformance.core.exchange import Exchange, TransportFailure
from conformance.spec import load

OUTCOME = b'{"resourceType": "OperationOutcome", "issue": [{"details": {"coding": [{"code": "BAD_REQUEST"}]}}]}'
JSON, XML = "application/fhir+json", "application/fhir+xml"


def response(body: bytes, content_type: str = JSON, status: int | None = 200, **more: Any) -> Response:
    headers = (("content-type", content_type), ("ETag", 'W/"1"')) if content_type else ()
    exchange = Exchange(
        7, "read_appointment", "x", "GET", "http://h", (), b"", "", 1.0, status, "OK", "HTTP/1.1", headers, body, **more
    )
    return Response(exchange, lambda: xml_bodies.base_types(load("stu3")))


def test_json_and_xml_give_the_same_value() -> None:
    json = response(b'{"resourceType":"Slot","id":"1","overbooked":true}')
    xml = response(b'<Slot xmlns="http://hl7.org/fhir"><id value="1"/><overbooked value="true"/></Slot>', XML)
    assert json.value == xml.value == {"resourceType": "Slot", "id": "1", "overbooked": True}
    assert (json.form, xml.form) == ("json", "xml")
    assert json.resource_type == xml.resource_type == "Slot"
    assert json.problems == xml.problems == []
    assert (json.number, json.status, json.etag, json.unreachable) == (7, 200, 'W/"1"', False)


@pytest.mark.parametrize(
    ("content_type", "body", "form"),
    [
        ("application/xml+fhir;charset=utf-8", b"{}", "xml"),
        ("application/json+fhir", b"<a/>", "json"),
        ("text/xml", b"{}", "xml"),
        ("application/json", b"", "json"),
        ("text/html", b" <html>", "xml"),
        ("", b'{"a": 1}', "json"),
    ],
)
def test_the_form_is_as_said_or_as_it_looks(content_type: str, body: bytes, form: str) -> None:
    assert response(body, content_type).form == form


@pytest.mark.parametrize("body", [b"", b" \r\n"])
def test_an_empty_body_is_no_problem(body: bytes) -> None:
    made = response(body, status=304)
    assert (made.value, made.problems, made.resource, made.resource_type) == (None, [], {}, None)
    assert list(made.entries()) == []


@pytest.mark.parametrize(
    "body",
    [b"{", b"<html><body>oops", b"\xff\xfe", b"null", b"[1]", b'"x"', b"3", b"[" * 100_000, b'{"resourceType": []}',
     b'{"resourceType": "Bundle", "entry": {}}',
     b'{"resourceType": "Bundle", "entry": [3, {}, {"resource": 4}, {"resource": []}]}',
     b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'],
)  # fmt: skip
@pytest.mark.parametrize("content_type", [JSON, XML, "text/html", ""])
def test_whatever_comes_is_borne(body: bytes, content_type: str) -> None:
    made = response(body, content_type)
    assert list(made.entries("Slot")) == []
    assert isinstance(made.described, str)
    assert isinstance(made.resource, dict)
    assert made.problems or made.value is not None


def test_entries_by_type() -> None:
    slot, schedule = b'{"resourceType":"Slot","id":"1"}', b'{"resourceType":"Schedule"}'
    body = b'{"resourceType":"Bundle","entry":[{"resource":%s},{"resource":%s}]}' % (slot, schedule)
    assert [entry["id"] for entry in response(body).entries("Slot")] == ["1"]
    assert len(list(response(body).entries())) == 2
    assert list(response(body.replace(b"Bundle", b"Basic")).entries()) == []


def test_descriptions() -> None:
    assert response(OUTCOME, status=400).described == "400 OK with OperationOutcome BAD_REQUEST"
    assert response(b"<html>", "text/html; x", 500).described == "500 OK with 6 bytes of text/html"
    assert response(b"x", "", 500).described == "500 OK with 1 bytes of no stated type"
    assert response(b"").described == "200 OK with an empty body"
    assert response(b'{"resourceType":"OperationOutcome","issue":3}').described == "200 OK with OperationOutcome"
    reset = TransportFailure("reset", "the provider reset the connection")
    gone = response(b"", "", status=None, failure=reset)
    assert (gone.described, gone.unreachable, gone.status) == ("the provider reset the connection", True, None)
    broken_off = response(b"", status=None, failure=reset)
    assert (broken_off.unreachable, broken_off.status) == (False, None)
