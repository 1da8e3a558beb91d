"""The capability statement (STU3) or conformance statement (DSTU2). Source: the Foundations page; META requirements."""

from __future__ import annotations

from typing import Any

from conformance import __version__
from conformance.provider.http import Call, Json, Response
from conformance.spec.model import Edition

_IDENTIFIER: Json = {"name": "identifier", "type": "token"}


def get_capability_statement(call: Call) -> Response:
    """Return what this server can do."""
    return call.provider.single(call, statement(call))


def statement(call: Call) -> Json:
    """The statement of an edition."""
    edition = call.provider.edition
    shapes = call.provider.shapes
    return {
        "resourceType": edition.interactions["get_capability_statement"].response,
        "id": "statement",
        "meta": {"versionId": "1"},
        "version": edition.release,
        "name": "GP Connect",
        "status": "active",
        "date": shapes.statement_date,
        "publisher": "gpconnect-assure",
        "contact": [{"name": "The maintainers of gpconnect-assure"}],
        "description": f"Reference provider for {edition.title}",
        "kind": "instance",
        **_software(call),
        "fhirVersion": edition.fhir_version,
        "acceptUnknown": "both",
        "format": [edition.media_type("json"), edition.media_type("xml")],
        "profile": [{"reference": url} for url in _profiles(edition)],
        "rest": [
            {
                "mode": "server",
                "security": {"cors": True},
                "resource": list(_resources(edition)),
                "operation": [_operation(shapes.register_operation)],
            }
        ],
    }


def _software(call: Call) -> Json:
    return {
        "software": {"name": "gpconnect-assure reference provider", "version": __version__},
        "implementation": {"description": "The bundled practice, invented for tests", "url": call.base_url},
    }


def _profiles(edition: Edition) -> list[str]:
    found = (edition.profile(kind) for kind in edition.raw["profiles"] if kind != "Bundle")
    return [profile.canonical for profile in found if profile]


def _operation(url: str) -> Json:
    return {"name": "gpc.registerpatient", "definition": {"reference": url}}


def _resources(edition: Edition) -> list[Json]:
    finds_locations = "find_location" in edition.interactions
    location = ("read", "search-type") if finds_locations else ("read",)
    slot_parameters = [
        {"name": "start", "type": "date"},
        {"name": "end", "type": "date"},
        {"name": edition.raw["slots"]["status_parameter"], "type": "token"},
        *([{"name": "searchFilter", "type": "token"}] if edition.capabilities.filters_by_organization else []),
    ]
    return [
        _resource("Patient", ("read", "search-type"), [_IDENTIFIER]),
        _resource("Organization", ("read", "search-type"), [_IDENTIFIER]),
        _resource("Practitioner", ("read", "search-type"), [_IDENTIFIER]),
        _resource("Location", location, [_IDENTIFIER] if finds_locations else []),
        _resource(
            "Appointment",
            ("read", "create", "update", "search-type"),
            [{"name": "start", "type": "date"}],
            versioning="versioned",
            readHistory=False,
            updateCreate=False,
        ),
        _resource(
            "Slot",
            ("search-type",),
            slot_parameters,
            searchInclude=[value for name, value in edition.raw["slots"]["query"] if name.startswith("_include")],
        ),
    ]


def _resource(kind: str, interactions: tuple[str, ...], parameters: list[Json], **more: Any) -> Json:
    resource: Json = {"type": kind, "interaction": [{"code": code} for code in interactions], **more}
    if parameters:
        resource["searchParam"] = parameters
    return resource
