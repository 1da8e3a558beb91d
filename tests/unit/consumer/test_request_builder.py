"""Valid requests: the edition's method, path, parameters, headers."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest

from conformance.config.model import Config
from conformance.consumer.request import Request
from conformance.consumer.request_builder import RequestBuilder, default_window
from conformance.core.errors import InternalError
from conformance.spec import Edition
from tests.unit.consumer.conftest import NOW, ROOT_URL

Make = Callable[..., RequestBuilder]


def pairs(request: Request) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(request.target(ROOT_URL)).query, keep_blank_values=True, strict_parsing=True)


def test_every_interaction_can_be_asked_for(builder: RequestBuilder, edition: Edition, config: Config) -> None:
    for key, interaction in edition.interactions.items():
        request = builder.of(key, **({"id": "a/b"} if "{id}" in interaction.path else {}))
        assert (request.method, request.interaction) == (interaction.method, interaction)
        assert "{" not in request.path
        assert request.deviant is False
        assert request.header("Ssp-InteractionID") == interaction.interaction_id
        assert (request.header("Ssp-From"), request.header("Ssp-To")) == (config.consumer.asid, config.provider.asid)
        assert request.header("Accept") == edition.content_type("json")
        assert request.header("Content-Type") is None
    assert builder.of("read_appointment", id="a/b").path == "/Appointment/a%2Fb"


def test_each_request_has_a_trace_id_of_its_own(builder: RequestBuilder) -> None:
    traces = {builder.capability().header("Ssp-TraceID") for _ in range(5)}
    assert len(traces) == 5
    assert all(str(uuid.UUID(trace)) == trace for trace in traces)


def test_slot_search_of_stu3(builder_of: Make) -> None:
    request = builder_of("stu3").search_free_slots(date(2026, 7, 6), date(2026, 7, 12))
    assert pairs(request) == [
        ("start", "ge2026-07-06"),
        ("end", "le2026-07-12"),
        ("status", "free"),
        ("_include", "Slot:schedule"),
        ("_include:recurse", "Schedule:actor:Practitioner"),
        ("_include:recurse", "Schedule:actor:Location"),
        ("_include:recurse", "Location:managingOrganization"),
        ("searchFilter", "https://fhir.nhs.uk/STU3/CodeSystem/GPConnect-OrganisationType-1|gp-practice"),
        ("searchFilter", "https://fhir.nhs.uk/Id/ods-organization-code|Y99901"),
    ]


@pytest.mark.parametrize("name", ["Slot.freeBusyType", "fb-type"])
def test_slot_search_of_dstu2(builder_of: Make, name: str) -> None:
    request = builder_of("dstu2", {"free_parameter": name}).search_free_slots(date(2026, 7, 6), date(2026, 7, 12))
    assert pairs(request) == [
        ("start", "ge2026-07-06"),
        ("end", "le2026-07-12"),
        (name, "free"),
        ("_include", "Slot:schedule"),
        ("_include:recurse", "Schedule:actor:Practitioner"),
        ("_include:recurse", "Schedule:actor:Location"),
    ]


def test_slot_search_with_moments_includes_and_filters_chosen(builder_of: Make) -> None:
    start, end = datetime(2026, 7, 6, 8, 0, tzinfo=UTC), datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
    request = builder_of("stu3").search_free_slots(start, end, includes=("Schedule:actor:Location",), filters=False)
    assert "start=ge2026-07-06T09:00:00%2B01:00&end=le2026-12-01T09:00:00%2B00:00" in request.target(ROOT_URL)
    assert [value for name, value in pairs(request) if name == "_include:recurse"] == ["Schedule:actor:Location"]
    assert not [value for name, value in pairs(request) if name == "searchFilter"]
    assert [name for name, _ in pairs(builder_of("stu3").search_free_slots(start, end, includes=()))].count(
        "_include:recurse"
    ) == 0


def test_a_consumer_without_type_sends_only_its_code_as_filter(builder_of: Make) -> None:
    builder = builder_of("stu3", consumer__organization__type='""')
    request = builder.search_free_slots(date(2026, 7, 6), date(2026, 7, 12))
    filters = [value for name, value in pairs(request) if name == "searchFilter"]
    assert filters == ["https://fhir.nhs.uk/Id/ods-organization-code|Y99901"]


def test_retrieve(builder_of: Make) -> None:
    stu3, dstu2 = builder_of("stu3"), builder_of("dstu2")
    # Today and the last day of the window, in the UK.
    assert pairs(stu3.retrieve("7")) == [("start", "ge2026-07-02"), ("start", "le2026-07-15")]
    assert pairs(stu3.retrieve("7", date(2026, 8, 1))) == [("start", "ge2026-08-01"), ("start", "le2026-08-01")]
    assert dstu2.retrieve("7").query == ()
    assert dstu2.retrieve("7").target("") == "/Patient/7/Appointment"
    assert pairs(dstu2.retrieve("7", date(2026, 1, 1))) == [("start", "ge2026-01-01")]
    assert pairs(dstu2.retrieve("7", None, date(2026, 1, 1))) == [("start", "le2026-01-01")]


def test_find_encodes_what_separates(builder: RequestBuilder, edition: Edition) -> None:
    system = edition.systems("nhs_number")[0]
    target = builder.find("find_patient", system, "1 +&=#é").target(ROOT_URL)
    assert target.endswith(f"/Patient?identifier={system}%7C1%20%2B%26%3D%23%C3%A9")


def test_updates_carry_if_match_and_a_content_type(builder: RequestBuilder, edition: Edition) -> None:
    appointment = {"resourceType": "Appointment", "id": "12"}
    for request in (builder.amend(appointment, 'W/"3"'), builder.cancel(appointment, 'W/"3"', form="xml")):
        assert request.path == "/Appointment/12"
        assert request.header("if-match") == 'W/"3"'
        assert request.header("Content-Type") == edition.content_type(request.form)
    assert builder.amend(appointment, None).header("If-Match") is None


def test_read_by_type(builder: RequestBuilder) -> None:
    assert builder.read("Location", "5").interaction.key == "read_location"
    with pytest.raises(InternalError, match="no interaction read_slot"):
        builder.read("Slot", "5")
    with pytest.raises(InternalError, match="nothing was given for id"):
        builder.of("read_patient")


def test_through_the_proxy(builder_of: Make) -> None:
    builder = builder_of("stu3", provider__via_proxy="true", provider__proxy_url="https://proxy.test")
    request = builder.capability()
    assert request.target(builder.config.provider.root) == f"https://proxy.test/{ROOT_URL}/metadata"
    assert request.token.claims["aud"] == ROOT_URL
    assert request.with_(base="http://other").target(builder.config.provider.root) == "http://other/metadata"


def test_default_window_keeps_the_longest_search(config: Config) -> None:
    assert default_window(config, 14, lambda: NOW) == (date(2026, 7, 3), date(2026, 7, 15))
    assert default_window(config, 5, lambda: NOW) == (date(2026, 7, 3), date(2026, 7, 8))
