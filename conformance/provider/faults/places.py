"""Ways to be wrong in finding and reading practitioners, organisations and locations."""

from __future__ import annotations

from conformance.provider.faults.fault import DSTU2, STU3, Fault
from conformance.provider.faults.verbs import (
    alter,
    bundle,
    change,
    drop_extension,
    drop_header,
    found,
    misanswer,
    put,
    skip,
    without,
)

_PRACTITIONER = "find_practitioner read_practitioner"
_ORGANIZATION = "find_organization read_organization"
_LOCATION = "find_location read_location"


def _place(kind: str, name: str, keys: str, unknown: str) -> tuple[Fault, ...]:
    """What can be wrong with a resource that is found by identifier and read by id."""
    find, read = keys.split()
    article = {"organization": "organisation"}.get(name, name)
    return (
        Fault(
            f"{name}.without-profile",
            f"leaves meta.profile out of each {article}",
            change(kind, without("meta.profile"), on=keys),
        ),
        Fault(
            f"{name}.without-version",
            f"leaves meta.versionId out of each {article}",
            change(kind, without("meta.versionId"), on=keys),
        ),
        Fault(
            f"{name}.without-identifier",
            f"leaves the identifiers out of each {article}",
            change(kind, without("identifier"), on=keys),
        ),
        Fault(f"{name}.without-name", f"leaves the name out of each {article}", change(kind, without("name"), on=keys)),
        Fault(f"{name}.other-id", f"reads each {article} with another id", change(kind, put("id", "other"), on=read)),
        Fault(f"{name}.no-etag", f"sends no ETag with the {article}", drop_header("ETag", on=read)),
        Fault(f"{name}.finds-nothing", f"never finds the {article}", found(lambda _: [], on=find)),
        Fault(f"{name}.finds-twice", f"finds each {article} twice", found(lambda rows: rows * 2, on=find)),
        Fault(f"{name}.accepts-odd-value", f"takes any value to find the {article} by", skip(f"{name}.value-form")),
        Fault(
            f"{name}.odd-value-is-server-error",
            f"answers an odd value for the {article} with 500",
            misanswer(f"{name}.value-form", code="INTERNAL_SERVER_ERROR", status=500),
        ),
        Fault(
            f"{name}.unknown-is-200", f"answers an unknown {article} with 200", misanswer(f"{name}.known", status=200)
        ),
        Fault(
            f"{name}.unknown-is-bad-request",
            f"answers an unknown {article} with 400",
            misanswer(f"{name}.known", code="BAD_REQUEST", status=400),
        ),
        Fault(
            f"{name}.unknown-other-code",
            f"answers an unknown {article} with another code",
            misanswer(f"{name}.known", code=unknown, status=404),
        ),
        Fault(
            f"{name}.not-a-searchset",
            f"finds the {article} in a collection",
            bundle(put("type", "collection"), on=find),
        ),
    )


FAULTS = (
    *_place("Practitioner", "practitioner", _PRACTITIONER, "PATIENT_NOT_FOUND"),
    Fault(
        "practitioner.with-telecom",
        "tells practitioners' telephone numbers",
        change("Practitioner", put("telecom", [{"system": "phone", "value": "07700 900999"}]), on=_PRACTITIONER),
        STU3,
    ),
    Fault(
        "practitioner.with-address",
        "tells practitioners' addresses",
        change("Practitioner", put("address", [{"city": "Leeds"}]), on=_PRACTITIONER),
        STU3,
    ),
    Fault(
        "practitioner.with-birth-date",
        "tells practitioners' birth dates",
        change("Practitioner", put("birthDate", "1970-01-01"), on=_PRACTITIONER),
        STU3,
    ),
    Fault(
        "practitioner.with-qualification",
        "tells practitioners' qualifications",
        change("Practitioner", put("qualification", [{"code": {"text": "MBBS"}}]), on=_PRACTITIONER),
        STU3,
    ),
    Fault(
        "practitioner.without-gender",
        "leaves practitioners' gender out",
        change("Practitioner", without("gender"), on=_PRACTITIONER),
        STU3,
    ),
    Fault(
        "practitioner.without-languages",
        "leaves practitioners' languages out",
        change("Practitioner", drop_extension("NHSCommunication"), on=_PRACTITIONER),
        STU3,
    ),
    Fault(
        "practitioner.one-role-profile",
        "has one identifier of each practitioner only",
        change("Practitioner", alter("identifier", lambda held: held[1:]), on=_PRACTITIONER),
    ),
    *_place("Organization", "organization", _ORGANIZATION, "PATIENT_NOT_FOUND"),
    Fault(
        "organization.with-contact",
        "tells organisations' contacts",
        change("Organization", put("contact", [{"name": {"text": "Desk"}}]), on=_ORGANIZATION),
        STU3,
    ),
    Fault(
        "organization.with-endpoint",
        "tells organisations' endpoints",
        change("Organization", put("endpoint", [{"reference": "Endpoint/1"}]), on=_ORGANIZATION),
        STU3,
    ),
    Fault(
        "organization.without-address",
        "leaves organisations' address out",
        change("Organization", without("address"), on=_ORGANIZATION),
        STU3,
    ),
    Fault(
        "organization.without-telecom",
        "leaves organisations' telecom out",
        change("Organization", without("telecom"), on=_ORGANIZATION),
        STU3,
    ),
    Fault(
        "organization.two-codes",
        "has two ODS codes",
        change("Organization", alter("identifier", lambda held: held * 2), on=_ORGANIZATION),
    ),
    *(
        fault
        if fault.id.split(".")[1]
        in {
            "without-profile",
            "without-version",
            "without-name",
            "other-id",
            "no-etag",
            "unknown-is-200",
            "unknown-is-bad-request",
        }
        else Fault(fault.id, fault.about, fault.effects, DSTU2)
        for fault in _place("Location", "location", _LOCATION, "INVALID_ODS_CODE")
    ),
    Fault(
        "location.without-address",
        "leaves locations' address out",
        change("Location", without("address"), on=_LOCATION),
        STU3,
    ),
    Fault(
        "location.address-list",
        "writes the address as a list",
        change("Location", alter("address", lambda held: [held]), on=_LOCATION),
    ),
    Fault(
        "location.without-telecom",
        "leaves locations' telecom out",
        change("Location", without("telecom"), on=_LOCATION),
        STU3,
    ),
    Fault(
        "location.without-manager",
        "leaves locations' managing organisation out",
        change("Location", without("managingOrganization"), on=_LOCATION),
        STU3,
    ),
    Fault(
        "location.with-endpoint",
        "tells locations' endpoints",
        change("Location", put("endpoint", [{"reference": "Endpoint/1"}]), on=_LOCATION),
        STU3,
    ),
    Fault("location.with-mode", "has a mode", change("Location", put("mode", "instance"), on=_LOCATION)),
    Fault(
        "location.unknown-is-patient",
        "answers an unknown location with PATIENT_NOT_FOUND",
        misanswer("location.known", code="PATIENT_NOT_FOUND"),
        STU3,
    ),
)
