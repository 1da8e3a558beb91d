"""The capability statement (STU3) or conformance statement (DSTU2). Source: the Foundations page; META requirements."""

from __future__ import annotations

from typing import Any

from conformance import __version__
from conformance.provider.http import Answer, Call, Json
from conformance.spec.model import Edition

_IDENTIFIER: Json = {"name": "identifier", "type": "token"}
_SLOT_INCLUDES = (
    "Slot:schedule",
    "Schedule:actor:Practitioner",
    "Schedule:actor:Location",
    "Location:managingOrganization",
)


def get_capability_statement(call: Call) -> Answer:
    """Answer with what this server can do."""
    return call.provider.single(call, statement(call))


def statement(call: Call) -> Json:
    """The statement of an edition."""
    edition = call.provider.edition
    stu3 = edition.name == "stu3"
    return {
        "resourceType": "CapabilityStatement" if stu3 else "Conformance",
        "id": "statement",
        "meta": {"versionId": "1"},
        "version": edition.release,
        "name": "GP Connect",
        "status": "active",
        "date": "2020-01-15" if stu3 else "2017-09-25",
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
                "operation": [_operation(stu3)],
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


def _operation(stu3: bool) -> Json:
    base = "https://fhir.nhs.uk/STU3/OperationDefinition/GPConnect-RegisterPatient-Operation-1"
    url = base if stu3 else "https://fhir.nhs.uk/OperationDefinition/gpconnect-registerpatient-operation-1"
    return {"name": "gpc.registerpatient", "definition": {"reference": url}}


def _resources(edition: Edition) -> list[Json]:
    stu3 = edition.name == "stu3"
    location = ("read",) if stu3 else ("read", "search-type")
    slot_parameters = [
        {"name": "start", "type": "date"},
        {"name": "end", "type": "date"},
        {"name": edition.options.get("free_parameter") or "status", "type": "token"},
        *([{"name": "searchFilter", "type": "token"}] if stu3 else []),
    ]
    return [
        _resource("Patient", ("read", "search-type"), [_IDENTIFIER]),
        _resource("Organization", ("read", "search-type"), [_IDENTIFIER]),
        _resource("Practitioner", ("read", "search-type"), [_IDENTIFIER]),
        _resource("Location", location, [] if stu3 else [_IDENTIFIER]),
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
            searchInclude=list(_SLOT_INCLUDES if stu3 else _SLOT_INCLUDES[:3]),
        ),
    ]


def _resource(kind: str, interactions: tuple[str, ...], parameters: list[Json], **more: Any) -> Json:
    resource: Json = {"type": kind, "interaction": [{"code": code} for code in interactions], **more}
    if parameters:
        resource["searchParam"] = parameters
    return resource
