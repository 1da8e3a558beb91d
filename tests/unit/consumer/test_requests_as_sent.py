"""Requests as they go out, whole: one of each interaction in each edition, and its changes, approved line by line."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path

import pytest

from conformance.consumer import request_bodies
from conformance.consumer.request import Request
from conformance.consumer.request_builder import RequestBuilder
from conformance.spec import editions, load
from tests.support.approved import approve
from tests.support.configs import config_for
from tests.unit.consumer.conftest import NOW, ROOT_URL

TRACE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


BOOKED = {
    "resourceType": "Appointment",
    "id": "1",
    "meta": {"versionId": "1"},
    "status": "booked",
    "description": "Cough",
    "comment": "Since Monday",
    "start": "2026-07-06T09:00:00+01:00",
    "end": "2026-07-06T09:10:00+01:00",
    "slot": [{"reference": "Slot/1"}],
    "participant": [{"actor": {"reference": "Patient/2"}, "status": "accepted"}],
}


def shown(request: Request) -> str:
    """Method, target, headers and body, the trace id and the token's bytes left out; the token's claims as JSON."""
    headers = [f"{name}: {value}" for name, value in request.wire_headers() if name != "Authorization"]
    body = request.wire_body(lambda _: b"").decode()
    claims = json.dumps(request.token.claims, ensure_ascii=False) if request.token else "no token"
    lines = [f"{request.method} {request.target(ROOT_URL)}", *headers, claims, body, f"deviant: {request.deviant}"]
    return TRACE.sub("TRACE", "\n".join(lines))


def requests_of(edition: str, folder: Path) -> dict[str, Request]:
    config = config_for(edition, ROOT_URL, folder)
    builder = RequestBuilder(load(edition), config, clock=lambda: NOW)
    found = {}
    for key, interaction in builder.edition.interactions.items():
        found[key] = builder.of(key, **({"id": "1"} if "{id}" in interaction.path else {}))
    day = NOW.date()
    found["search for free slots"] = builder.search_free_slots(day, day)
    found["retrieve between days"] = builder.retrieve("2", day, day, nhs_number="9990010072")
    booked = copy.deepcopy(BOOKED)
    found["amend"] = builder.amend(request_bodies.amendment(booked, comment="Later"), 'W/"1"', nhs_number="9990010072")
    cancelled = request_bodies.cancellation(builder.edition, booked, "Better")
    found["cancel"] = builder.cancel(cancelled, 'W/"1"', nhs_number="9990010072")
    person = next(person for person in config.data.registrations if not person.refused)
    found["register"] = builder.register(request_bodies.registration(builder.edition, person), nhs_number="9990010072")
    return found


@pytest.mark.parametrize("edition", editions())
def test_each_request_is_as_approved(edition: str, tmp_path: Path) -> None:
    found = requests_of(edition, tmp_path)
    assert len(found) > 18
    approve(f"requests-{edition}.txt", "\n\n".join(f"== {name}\n{shown(found[name])}" for name in sorted(found)))
