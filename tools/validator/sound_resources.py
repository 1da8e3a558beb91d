"""Sound resources of both generations with the types of values that messages of GP Connect seldom have."""

from __future__ import annotations

from typing import Any

DIV = '<div xmlns="http://www.w3.org/1999/xhtml"><p>Text <b>and</b> more</p></div>'
SERVER = "http://example.org/fhir/"


def resources(generation: str) -> list[tuple[str, dict[str, Any]]]:
    """Name and JSON form of each."""
    return [("patient", _patient(generation)), ("location", _location()), ("bundle", _bundle()),
            ("appointment", _appointment()), ("binary", _binary())]  # fmt: skip


def _patient(generation: str) -> dict[str, Any]:
    older = generation == "dstu2"
    doctor: dict[str, Any] = {"careProvider" if older else "generalPractitioner": [{"reference": "#o"}]}
    return {
        "resourceType": "Patient",
        "id": "p",
        "meta": {"versionId": "1", "lastUpdated": "2018-01-01T10:00:00.5+01:00"},
        "language": "en",
        "text": {"status": "generated", "div": DIV},
        "contained": [
            {
                "resourceType": "Organization",
                "id": "o",
                "name": "Practice",
                "telecom": [{"system": "phone", "value": "1"}],
            }
        ],
        "identifier": [
            {"use": "official", "system": "http://example.org/id", "value": "1", "period": {"start": "2017-01-01"}}
        ],
        "active": True,
        "name": [
            {"use": "official", "family": ["Smith"] if older else "Smith", "given": ["Jane", "May"], "prefix": ["Ms"]}
        ],
        "telecom": [{"system": "phone", "value": "1", "use": "home", "rank": 1}],
        "gender": "female",
        "birthDate": "1980-02-29",
        "address": [{"use": "home", "line": ["1 High Street"], "city": "Leeds", "postalCode": "LS1 1AA"}],
        "multipleBirthInteger": 2,
        "photo": [{"contentType": "image/png", "data": "YWJj", "size": 3, "title": "Portrait"}],
        "contact": [{"name": {"text": "John"}, "telecom": [{"system": "phone", "value": "2"}], "gender": "male"}],
        "communication": [{"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": "en"}]}, "preferred": True}],
        **doctor,
        "managingOrganization": {"reference": "#o"},
    }


def _location() -> dict[str, Any]:
    return {
        "resourceType": "Location",
        "id": "l",
        "text": {"status": "additional", "div": DIV},
        "extension": [{"url": "http://example.org/StructureDefinition/other", "valueDecimal": 1.5}],
        "name": "Surgery",
        "description": "On the first floor",
        "mode": "instance",
        "address": {"line": ["1 High Street"], "city": "Leeds"},
        "position": {"longitude": -1.54, "latitude": 53.8, "altitude": 20},
        "managingOrganization": {"reference": "Organization/1"},
    }


def _bundle() -> dict[str, Any]:
    places = [{**_location(), "id": f"l{number}"} for number in range(2)]
    entries = [{"fullUrl": f"{SERVER}Location/{one['id']}", "resource": one, "search": {"mode": "match", "score": 0.5}}
               for one in places]  # fmt: skip
    return {"resourceType": "Bundle", "id": "b", "type": "searchset", "total": 2,
            "link": [{"relation": "self", "url": SERVER + "Location"}], "entry": entries}  # fmt: skip


def _appointment() -> dict[str, Any]:
    return {
        "resourceType": "Appointment",
        "id": "a",
        "text": {"status": "generated", "div": DIV},
        "status": "booked",
        "priority": 1,
        "description": "Check",
        "start": "2018-01-01T10:00:00Z",
        "end": "2018-01-01T10:10:00Z",
        "minutesDuration": 10,
        "slot": [{"reference": "Slot/1", "display": "Slot"}],
        "comment": "Bring a list",
        "participant": [{"actor": {"reference": "Patient/p"}, "required": "required", "status": "accepted"}],
    }


def _binary() -> dict[str, Any]:
    return {"resourceType": "Binary", "id": "y", "contentType": "text/plain", "content": "YWJj"}
