"""Every kind of answer holds to the profiles, in both formats."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest

from conformance.fhir.formats.json_reader import read_json
from conformance.fhir.formats.xml import read_xml
from conformance.fhir.issues import Issue, Severity
from conformance.spec import conceded
from tests.support.caller import Caller
from tests.system.provider.test_foundations import FINDS, Newcomer, find, finds, system


def answers(caller: Caller) -> Iterator[httpx.Response]:
    yield caller.search(-10, 4)
    yield caller.search()
    yield caller.search(*caller.provider.practice.empty)
    practitioner = {"actor": {"reference": "Practitioner/prac-ashworth"}, "status": "accepted"}
    slot = caller.free()[0]
    people = [*caller.booking(slot)["participant"], practitioner]
    booked = caller.book(slot, participant=people)
    yield booked
    yield caller.read(booked.json()["id"])
    yield caller.amend(booked.json(), comment="new")
    yield caller.cancel(caller.read(booked.json()["id"]).json())
    yield caller.retrieve("pat-01")
    yield caller.retrieve("pat-03")
    yield caller.retrieve("pat-05")
    yield caller.call("get_capability_statement")
    for row in caller.provider.practice.patients:
        yield caller.call("read_patient", id=row["id"])
    for key in finds(caller):
        use, value, *_ = FINDS[key]
        yield find(caller, key, f"{system(caller, use)}|{value}")
    for identifier in caller.provider.practice.practitioners:
        yield caller.call("read_practitioner", id=identifier)
    for identifier in caller.provider.practice.organizations:
        yield caller.call("read_organization", id=identifier)
    for identifier in caller.provider.practice.locations:
        yield caller.call("read_location", id=identifier)
    yield Newcomer(caller).register()
    yield Newcomer(caller).register()
    yield caller.book(slot, status="pending")
    yield caller.call("get_capability_statement", path="/Immunization/1")


def _issues(caller: Caller, reply: httpx.Response) -> list[Issue]:
    bodies = caller.provider.bodies
    xml = "xml" in reply.headers["Content-Type"]
    document = read_xml(reply.content, bodies.definitions) if xml else read_json(reply.content)
    value = document.value
    profile = caller.edition.profile(value["resourceType"])
    profiled = profile and (value["resourceType"] != "Bundle" or "meta" in value)
    found = bodies.validator.validate(value, [profile.canonical] if profile and profiled else [])
    return [*document.problems, *(issue for issue in found if conceded(issue, caller.edition) is None)]


@pytest.mark.parametrize("form", ["json", "xml"])
def test_every_kind_of_answer_conforms(caller: Caller, form: str) -> None:
    caller.http.headers["Accept"] = caller.edition.media_type(form)
    try:
        wrong = []
        for reply in _answers_in(caller, form):
            for issue in _issues(caller, reply):
                if issue.severity is not Severity.INFORMATION and issue.kind == "content":  # not a definition's fault
                    wrong.append(f"{reply.request.method} {reply.request.url}: {issue.path}: {issue.message}")
        assert wrong == []
    finally:
        del caller.http.headers["Accept"]


def _answers_in(caller: Caller, form: str) -> Iterator[httpx.Response]:
    """The answers in JSON, or the same questions asked again in XML where asking does no harm."""
    for reply in answers(caller) if form == "json" else _as_json(caller):
        if form == "xml":
            request = reply.request
            headers = {name: value for name, value in request.headers.items() if name.lower() != "accept"}
            reply = caller.http.get(request.url, headers=headers | {"Accept": caller.edition.media_type("xml")})
            assert reply.headers["Content-Type"].startswith(caller.edition.media_type("xml"))
        assert reply.content
        yield reply


def _as_json(caller: Caller) -> Iterator[httpx.Response]:
    accept = caller.http.headers.pop("Accept")
    yield from (reply for reply in answers(caller) if reply.request.method == "GET")
    caller.http.headers["Accept"] = accept


def test_identifiers_and_codes_are_never_empty(caller: Caller) -> None:
    for reply in answers(caller):
        assert not re.search(rb'(""|\[\]|\{\}|null)[,}\]]', reply.content.replace(b'\\"', b"")), reply.text
