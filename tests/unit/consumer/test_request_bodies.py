"""Bodies are valid by the edition's profiles, and by a second opinion for STU3."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from conformance.config.model import Config
from conformance.consumer import request_bodies
from conformance.core.errors import InternalError
from conformance.core.resources import profiles
from conformance.spec import Edition, load
from tests.unit.consumer.conftest import NOW, slot


def booking(edition: Edition, config: Config, **more: Any) -> dict[str, Any]:
    given = {"slots": [slot()], "patient_id": "1", "location_id": "2", "now": NOW}
    return request_bodies.booking(edition, config, **(given | more))


def every_body(edition: Edition, config: Config) -> dict[str, dict[str, Any]]:
    made = booking(edition, config, practitioner_id="3")
    held = {**made, "id": "9", "meta": {**made["meta"], "versionId": "1"}}
    return {
        "booking": made,
        "bare booking": booking(edition, config, comment=None),
        "amendment": request_bodies.amendment(held, comment="changed"),
        "cancellation": request_bodies.cancellation(edition, held),
        "registration": request_bodies.registration(edition, config.data.registrations[0]),
    }


def test_booking_of_stu3(config: Config, edition: Edition) -> None:
    body = booking(edition, config, practitioner_id="3")
    actors = [item["actor"]["reference"] for item in body["participant"]]
    assert actors == ["Patient/1", "Location/2", "Practitioner/3"]
    assert body["meta"]["profile"] == [edition.profile("Appointment").to_send]
    assert (body["start"], body["end"]) == ("2026-07-06T09:00:00+01:00", "2026-07-06T09:10:00+01:00")
    assert "reason" not in body
    assert "specialty" not in body
    if edition.name == "dstu2":
        assert not {"contained", "extension", "created"} & set(body)
        return
    assert body["created"] == "2026-07-02T00:30:00+01:00"
    organization = body["contained"][0]
    assert body["extension"][0]["valueReference"]["reference"] == f"#{organization['id']}"
    assert organization["identifier"][0]["value"] == "Y99901"
    assert organization["type"][0]["coding"][0]["code"] == "gp-practice"


def test_adjacent_slots_in_any_order(config: Config, edition: Edition) -> None:
    body = booking(edition, config, slots=[slot("b", "09:10", "09:20"), slot("a")])
    assert [item["reference"] for item in body["slot"]] == ["Slot/a", "Slot/b"]
    assert (body["start"][11:16], body["end"][11:16]) == ("09:00", "09:20")


def test_a_slot_that_cannot_be_booked_is_our_slip(config: Config, edition: Edition) -> None:
    for broken in ({}, slot() | {"id": ""}, slot() | {"start": "2026-07-06"}):
        with pytest.raises(InternalError):
            booking(edition, config, slots=[broken])


def test_amendment_leaves_the_original_alone() -> None:
    original = {"id": "1", "comment": "a", "meta": {"profile": ["p"]}}
    before = copy.deepcopy(original)
    assert request_bodies.amendment(original, comment=None, description="d") == {
        "id": "1",
        "meta": {"profile": ["p"]},
        "description": "d",
    }
    assert original == before


@pytest.mark.parametrize("extension", [None, [], [{"url": "other"}], "nonsense", [3]])
def test_cancellation_adds_its_reason_once(edition: Edition, extension: Any) -> None:
    held = {"id": "1", "status": "booked"} | ({} if extension is None else {"extension": extension})
    once = request_bodies.cancellation(edition, held, "first")
    twice = request_bodies.cancellation(edition, once, "second")
    url = edition.extension("cancellation_reason").to_send
    reasons = [item for item in twice["extension"] if isinstance(item, dict) and item["url"] == url]
    assert reasons == [{"url": url, "valueString": "second"}]
    assert twice["status"] == "cancelled"


def test_a_second_opinion_finds_stu3_bodies_sound(config: Config, edition: Edition) -> None:
    if edition.generation != "stu3":
        pytest.skip("fhir.resources 8 carries the STU3 models only")
    from fhir.resources.STU3.appointment import Appointment
    from fhir.resources.STU3.parameters import Parameters

    for name, body in every_body(edition, config).items():
        model = Parameters if name == "registration" else Appointment
        assert model.model_validate(body).get_resource_type() == body["resourceType"]


def test_our_validator_finds_all_bodies_sound(config: Config, edition: Edition) -> None:
    validators = pytest.importorskip("conformance.fhir.validation.validator")
    from conformance.fhir.definitions.store import Definitions
    from conformance.fhir.terminology.value_sets import OfflineTerminology

    definitions = Definitions(edition.generation).open(profiles(edition.name))
    validator = validators.Validator(definitions, terminology=OfflineTerminology(definitions))
    for name, body in every_body(edition, config).items():
        errors = [issue for issue in validator.validate(body) if issue.is_error]
        assert not errors, name


def test_editions_without_an_extension_say_so() -> None:
    with pytest.raises(InternalError, match="no extension booking_organization"):
        request_bodies.extension_url(load("dstu2"), "booking_organization")
