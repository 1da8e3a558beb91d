"""Formats, HTTP, Spine headers and tokens."""

from __future__ import annotations

import gzip
import http.client
from typing import Any
from urllib.parse import urlsplit

import pytest

from conformance.fhir.formats.xml import read_xml
from conformance.fhir.formats.xml_writer import to_xml
from conformance.provider.interactions import HANDLERS
from tests.support.caller import Caller, encoded, refused

BAD = (400, "BAD_REQUEST")


def media(caller: Caller, form: str) -> str:
    return caller.edition.media_type(form)


# -- formats ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "format_", "wanted"),
    [
        (None, None, "json"),
        ("*/*", None, "json"),
        ("xml", None, "xml"),
        ("json", "xml", "xml"),
        ("xml", "json", "json"),
        ("text/plain", "xml", "xml"),
        ("text/html, */*", None, "json"),
    ],
)
def test_which_format_answers(caller: Caller, accept: str | None, format_: str | None, wanted: str) -> None:
    header = media(caller, accept) if accept in {"json", "xml"} else accept
    params = {"_format": media(caller, format_)} if format_ else {}
    reply = caller.call("read_patient", id="pat-01", params=params, headers={"Accept": header})
    assert reply.status_code == 200
    assert reply.headers["Content-Type"] == f"{media(caller, wanted)};charset=utf-8"


def test_qualities_are_weighed(caller: Caller) -> None:
    accept = f"{media(caller, 'json')};q=0.4, {media(caller, 'xml')};q=0.9"
    reply = caller.call("read_patient", id="pat-01", headers={"Accept": accept})
    assert reply.headers["Content-Type"].startswith(media(caller, "xml"))


@pytest.mark.parametrize("name", ["Accept", "_format"])
def test_unknown_formats(caller: Caller, name: str) -> None:
    if name == "Accept":
        reply = caller.call("get_capability_statement", headers={"Accept": "text/csv"})
    else:
        reply = caller.call("get_capability_statement", params={"_format": "text/csv"})
    assert refused(reply) == (415, "BAD_REQUEST")


def test_both_formats_say_the_same(caller: Caller) -> None:
    definitions = caller.provider.bodies.definitions
    caller.booked()
    paths = [("read_patient", "pat-01"), ("read_practitioner", "prac-ashworth"), ("read_location", "loc-branch")]
    for key, identifier in [*paths, ("retrieve_patient_appointments", "pat-01"), ("get_capability_statement", "")]:
        params = {"start": f"ge{caller.day(0)}"} if key.startswith("retrieve") and caller.name == "dstu2" else {}
        if key.startswith("retrieve") and not params:
            continue
        json_, xml = (
            caller.call(key, id=identifier, params=params, headers={"Accept": media(caller, form)})
            for form in ("json", "xml")
        )
        assert read_xml(xml.content, definitions).value == json_.json()


def test_bodies_in_xml(caller: Caller) -> None:
    body = to_xml(caller.booking(caller.free()[0]), caller.provider.bodies.definitions)
    headers = {"Content-Type": caller.edition.content_type("xml")}
    reply = caller.call("book_appointment", body=body, headers=headers)
    assert reply.status_code == 201
    assert reply.headers["Content-Type"].startswith(media(caller, "xml"))  # no Accept: as the body
    held = read_xml(reply.content, caller.provider.bodies.definitions).value
    assert held["description"] == "Zoë <b>&amp; £5"
    assert held == caller.read(held["id"]).json()


@pytest.mark.parametrize(
    ("content_type", "wanted"),
    [("text/plain", 415), ("application/pdf", 415), (None, 400), ("application/fhir+json;charset=latin-1", 415)],
)
def test_content_types(caller: Caller, content_type: str | None, wanted: int) -> None:
    reply = caller.call(
        "book_appointment", body=caller.booking(caller.free()[0]), headers={"Content-Type": content_type}
    )
    assert refused(reply) == (wanted, "BAD_REQUEST")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  ",
        b"{",
        b'{"resourceType": "Appointment", "resourceType": "Slot"}',
        b"\xff{}",
        b"<Appointment/>",
        b"[" * 9999,
    ],
)
def test_malformed_bodies(caller: Caller, body: bytes) -> None:
    assert refused(caller.call("book_appointment", body=body)) == BAD


def test_malformed_xml(caller: Caller) -> None:
    headers = {"Content-Type": caller.edition.content_type("xml"), "Accept": media(caller, "json")}
    for body in (
        b"<Appointment",
        b"{}",
        b'<!DOCTYPE a [<!ENTITY b "c">]><Appointment xmlns="http://hl7.org/fhir">&b;</Appointment>',
    ):
        assert refused(caller.call("book_appointment", body=body, headers=headers)) == BAD


def test_errors_are_in_the_format_asked_for(caller: Caller) -> None:
    reply = caller.call("read_patient", id="none", headers={"Accept": media(caller, "xml")})
    assert reply.headers["Content-Type"] == f"{media(caller, 'xml')};charset=utf-8"
    assert b"PATIENT_NOT_FOUND" in reply.content


# -- HTTP ------------------------------------------------------------------------------------------------------------


def test_headers_of_every_answer(caller: Caller) -> None:
    for reply in (caller.read("none"), caller.call("get_capability_statement"), caller.search()):
        assert "no-store" in reply.headers["Cache-Control"]
        assert reply.headers["Date"].endswith("GMT")
        assert "Server" not in reply.headers
        if caller.name == "dstu2":
            assert (reply.headers["Pragma"], reply.headers["Expires"]) == ("no-cache", "0")


def test_compression_when_asked_for(caller: Caller) -> None:
    path = urlsplit(caller.running.base_url)
    connection = http.client.HTTPConnection(path.netloc)
    headers = caller.headers("get_capability_statement") | {"Accept-Encoding": "gzip"}
    connection.request("GET", f"{path.path}/metadata", headers=headers)
    reply = connection.getresponse()
    assert reply.getheader("Content-Encoding") == "gzip"
    assert b"fhirVersion" in gzip.decompress(reply.read())
    connection.close()
    assert "Content-Encoding" not in caller.call("get_capability_statement").headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/Patient/pat-01", 400),
        ("PUT", "/Slot", 400),
        ("POST", "/Slot", 400),
        ("GET", "/Appointment", 400),
        ("GET", "/Patient/$gpc.registerpatient", 400),
        ("POST", "/metadata", 400),
        ("DELETE", "/Appointment/apt-local-1", 400),
        ("PATCH", "/Appointment/apt-local-1", 400),
        ("OPTIONS", "/metadata", 400),
        ("GET", "/Immunization/1", 501),
        ("GET", "/Slot/1", 501),
        ("POST", "/Patient/$gpc.unknown", 501),
        ("POST", "/Patient/pat-01/$gpc.registerpatient", 501),
        ("GET", "/Appointment/apt-local-1/_history/1", 501),
        ("GET", "/Metadata", 501),
        ("GET", "/metadatas", 404),
        ("GET", "/slot", 404),
        ("GET", "/patient/pat-01", 404),
        ("GET", "/metadata/", 404),
        ("GET", "", 404),
        ("GET", "/", 404),
    ],
)
def test_paths_and_verbs(caller: Caller, method: str, path: str, status: int) -> None:
    reply = caller.call("get_capability_statement", path=path or "?", method=method)
    codes = {
        400: "BAD_REQUEST",
        501: "NOT_IMPLEMENTED",
        404: "NO_RECORD_FOUND" if caller.name == "stu3" else "REFERENCE_NOT_FOUND",
    }
    assert refused(reply) == (status, codes[status])


def test_outside_the_service_root(caller: Caller) -> None:
    root = caller.running.base_url.partition("/A20047")[0]
    for path in ("/", "/A20047", "/robots.txt", "/A20047/STU3/1/gpconnects/metadata"):
        assert refused(caller.http.get(f"{root}{path}"))[0] == 404


def test_head_is_harmless(caller: Caller) -> None:
    reply = caller.call("get_capability_statement", method="HEAD")
    assert (reply.status_code, reply.content) == (200, b"")


def test_percent_encoding_and_chunks(caller: Caller) -> None:
    system = caller.edition.systems("nhs_number")[0]
    plain = caller.call("find_patient", path=f"/Patient?identifier={system}|9990010072")
    encoded_ = caller.call("find_patient", params={"identifier": f"{system}|9990010072"})
    assert plain.status_code == encoded_.status_code == 200
    assert plain.json()["entry"] == encoded_.json()["entry"]
    body = caller.edition.name.encode()
    url = f"{caller.running.base_url}/Appointment"
    headers = caller.headers("book_appointment") | {"Content-Type": caller.edition.content_type("json")}
    assert refused(caller.http.post(url, headers=headers, content=iter([body[:2], body[2:]]))) == BAD


def test_an_unforeseen_failure_shows_nothing_of_the_inside(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(call: object) -> Any:
        raise ZeroDivisionError("secret")

    monkeypatch.setitem(HANDLERS, "read_patient", fail)
    reply = caller.call("read_patient", id="pat-01")
    assert refused(reply) == (500, "INTERNAL_SERVER_ERROR")
    assert "secret" not in reply.text


# -- Spine headers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Ssp-TraceID", "Ssp-From", "Ssp-To", "Ssp-InteractionID"])
@pytest.mark.parametrize("value", [None, "", "not-one"])
def test_spine_headers(caller: Caller, name: str, value: str | None) -> None:
    assert refused(caller.call("read_patient", id="pat-01", headers={name: value})) == BAD


def test_spine_headers_of_others(caller: Caller) -> None:
    for headers in (
        {"Ssp-To": "918999198994"},
        {"Ssp-InteractionID": "urn:nhs:names:services:gpconnect:fhir:rest:read:nonsense"},
    ):
        assert refused(caller.call("read_patient", id="pat-01", headers=headers)) == BAD
    assert caller.call("read_patient", id="pat-01", headers={"Ssp-From": "200000000360"}).status_code == 200


def test_repeated_headers(caller: Caller) -> None:
    url = f"{caller.running.base_url}/metadata"
    headers = list(caller.headers("get_capability_statement").items())
    for name in ("Ssp-TraceID", "Ssp-From", "Ssp-To", "Ssp-InteractionID", "Authorization"):
        doubled = [*headers, *(pair for pair in headers if pair[0] == name)]
        assert refused(caller.http.get(url, headers=doubled)) == BAD


def test_header_names_in_any_case(caller: Caller) -> None:
    headers = {name.lower(): value for name, value in caller.headers("get_capability_statement").items()}
    assert caller.http.get(f"{caller.running.base_url}/metadata", headers=headers).status_code == 200


def test_interactions_of_others(caller: Caller) -> None:
    for key in ("read_patient", "find_patient", "book_appointment"):
        other = caller.edition.interactions[key].interaction_id
        assert refused(caller.call("get_capability_statement", headers={"Ssp-InteractionID": other})) == BAD


# -- tokens ----------------------------------------------------------------------------------------------------------

CLAIMS = ["iss", "sub", "aud", "exp", "iat", "reason_for_request", "requested_scope"]
CLAIMS += ["requesting_device", "requesting_organization"]


@pytest.mark.parametrize("claim", [*CLAIMS, "user"])
@pytest.mark.parametrize("value", [..., None, "", {}, 0, "odd"])
def test_claims(caller: Caller, claim: str, value: Any) -> None:
    name = caller.edition.raw["jwt"]["user_claim"] if claim == "user" else claim
    reply = caller.call("read_patient", id="pat-01", **{name: value})
    fine = claim == "iss" and value == "odd"
    assert reply.status_code == 200 if fine else refused(reply) == BAD


@pytest.mark.parametrize(
    ("changes", "fine"),
    [
        ({"exp": 300, "iat": 0}, ()),
        ({"exp": -300, "iat": -600}, ()),
        ({"exp": 3900, "iat": 300}, ()),
        ({"exp": 500, "iat": 200}, ("stu3",)),
        ({"iat": 0, "exp": 301}, ()),
        ({"iat": 0, "exp": 299}, ()),
    ],
)
def test_times_of_tokens(caller: Caller, changes: dict[str, int], fine: tuple[str, ...]) -> None:
    now = caller.provider.clock.seconds()
    wanted = 200 if caller.name in fine or changes == {"exp": 300, "iat": 0} else 400
    reply = caller.call("read_patient", id="pat-01", **{name: now + offset for name, offset in changes.items()})
    assert reply.status_code == wanted


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"requested_scope": "patient/*.write"}, 400),
        ({"requested_scope": "organization/*.read"}, 400),
        ({"requested_scope": "patient/*.read organization/*.read"}, 200),
        ({"requested_scope": "patient/Foo.read"}, 400),
        ({"requested_scope": ["patient/*.read"]}, 400),
        ({"reason_for_request": "secondaryuses"}, 400),
        ({"sub": "somebody"}, 400),
        ({"aud": "https://example.org/other"}, 400),
        ({"unknown_claim": {"a": 1}}, 200),
        ({"requesting_device": {"resourceType": "Organization"}}, 400),
        ({"requesting_device": {"resourceType": "Device", "model": 5}}, 400),
        ({"requesting_organization": {"resourceType": "Organization", "name": {"a": 1}}}, 400),
        ({"requesting_device": {"resourceType": "Device", "invalidField": "x"}}, 400),
    ],
)
def test_values_of_claims(caller: Caller, changes: dict[str, Any], status: int) -> None:
    assert caller.call("read_patient", id="pat-01", **changes).status_code == status


def test_tokens_that_are_none(caller: Caller) -> None:
    fine = caller.token("organization/*.read")
    head, claims, _ = fine.split(".")
    signed = caller.token("organization/*.read", {"alg": "HS256", "typ": "JWT"}) + "c2ln"
    bad = [
        "",
        "Bearer",
        f"Basic {fine}",
        fine,
        f"Bearer {head}.{claims}",
        f"Bearer {head}",
        "Bearer a.b.c",
        "Bearer ....",
    ]
    bad += [f"Bearer {head}.{encoded([1])}.", f"Bearer {head}.{{}}.", f"Bearer {signed}", f"Bearer {fine}c2ln"]
    for authorization in [None, *bad]:
        reply = caller.call("get_capability_statement", headers={"Authorization": authorization})
        assert refused(reply) == BAD, authorization


def test_the_published_revision_of_dstu2() -> None:
    from conformance.provider.server_thread import start
    from conformance.spec import load

    edition = load("dstu2", {"jwt_profile": "published", "free_parameter": "fb-type"})
    with start(edition) as running:
        caller = Caller(running)
        claims: dict[str, Any] = {
            "aud": edition.raw["jwt"]["audience"],
            "requested_record": {
                "resourceType": "Organization",
                "identifier": [{"value": running.provider.practice.ods}],
            },
        }
        assert caller.call("search_free_slots", params=caller.search_parameters(), **claims).status_code == 200
        for changes in ({"requested_record": ...}, {"aud": running.base_url}, {"requesting_practitioner": ...}):
            assert refused(caller.call("get_capability_statement", **(claims | changes))) == BAD
        caller.http.close()
