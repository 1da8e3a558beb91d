"""Faults in the content of practitioners, organisations and locations."""

from __future__ import annotations

from typing import Any

from conformance.provider.faults.effects import (
    Edit,
    alter,
    change,
    drop_extension,
    edit_extension,
    put,
    refuses,
    without,
)
from conformance.provider.faults.fault import DSTU2, EVERY, STU3, Fault
from conformance.provider.http import Json
from conformance.provider.refusal import Reply

_NEW, _OLD = "https://fhir.nhs.uk/Id/sds-user-id", "http://fhir.nhs.net/sds-user-id"
_MORE = {"system": "https://fhir.nhs.uk/Id/something-else", "value": "1"}

# name, words, editions, how it comes about; for the type whose faults they are
_Row = tuple[str, str, tuple[str, ...], Edit]


def _in_system(system: str) -> Edit:
    def edit(value: list[Json]) -> list[Json]:
        return [item | {"system": system} if item["system"] in (_NEW, _OLD) else item for item in value]

    return alter("identifier", edit)


_PRACTITIONER: tuple[_Row, ...] = (
    ("without-identifier", "omits the identifiers", EVERY, without("identifier")),
    ("role-profiles-only", "shows role profiles only", EVERY, alter("identifier", lambda value: value[1:])),
    ("two-user-ids", "shows the SDS user id twice", EVERY, alter("identifier", lambda value: [value[0], *value])),
    ("identifier-of-other-system", "adds an identifier of another NHS system", EVERY,
     alter("identifier", lambda value: [*value, _MORE])),
    ("without-name", "omits the name", STU3, without("name")),
    ("without-family", "omits the family name", STU3, without("name.family")),
    ("two-names", "has two names", STU3, alter("name", lambda value: value * 2)),
    ("with-telecom", "discloses telephone numbers", STU3, put("telecom", [{"system": "phone", "value": "07700 900999"}])),
    ("with-address", "discloses addresses", STU3, put("address", [{"city": "Leeds"}])),
    ("with-birth-date", "discloses birth dates", STU3, put("birthDate", "1970-01-01")),
    ("with-photo", "shows photos", STU3, put("photo", [{"title": "portrait"}])),
    ("with-qualification", "discloses qualifications", STU3, put("qualification", [{"code": {"text": "MBBS"}}])),
    ("without-gender", "omits the gender", STU3, without("gender")),
    ("odd-gender", "has a gender that FHIR does not know", STU3, put("gender", "F")),
    ("without-languages", "omits the languages", STU3, drop_extension("NHSCommunication")),
    ("language-uncoded", "does not code languages", STU3,
     edit_extension("NHSCommunication", without("extension.valueCodeableConcept.coding"))),
    ("references-without-display", "gives references no display", DSTU2,
     without("practitionerRole.managingOrganization.display")),
    ("always-new-system", "writes SDS user ids in the new system whatever was requested", DSTU2, _in_system(_NEW)),
    ("always-old-system", "writes SDS user ids in the old system whatever was requested", DSTU2, _in_system(_OLD)),
)  # fmt: skip

_REACH: tuple[_Row, ...] = (
    ("without-address", "omits the address", STU3, without("address")),
    ("address-with-state", "writes the county into state", STU3, put("address.state", "West Yorkshire")),
    ("address-without-use", "does not say which address it is", STU3, without("address.use")),
    ("address-as-text", "repeats the address as text", STU3, put("address.text", "1 Beech Grove, Leeds")),
    ("without-telecom", "omits the telecoms", STU3, without("telecom")),
    ("telecom-without-system", "does not say what a telecom is", STU3, without("telecom.system")),
    ("telecom-without-use", "does not say which telecom it is", STU3, without("telecom.use")),
    ("with-endpoint", "discloses endpoints", STU3, put("endpoint", [{"reference": "Endpoint/1"}])),
    ("without-name", "omits the name", EVERY, without("name")),
    ("empty-name", "has an empty name", EVERY, put("name", "")),
    ("identifier-of-other-system", "adds an identifier of another NHS system", EVERY,
     alter("identifier", lambda value: [*value, _MORE])),
)  # fmt: skip

_ORGANIZATION: tuple[_Row, ...] = (
    *_REACH,
    ("without-identifier", "omits the identifiers", EVERY, without("identifier")),
    ("two-codes", "shows the ODS code twice", EVERY, alter("identifier", lambda value: value * 2)),
    ("with-contact", "discloses contacts", STU3, put("contact", [{"name": {"text": "Desk"}}])),
)

_LOCATION: tuple[_Row, ...] = (
    *_REACH,
    ("without-identifier", "omits the identifiers", DSTU2, without("identifier")),
    ("address-list", "writes the address as a list", EVERY, alter("address", lambda value: [value])),
    ("without-manager", "omits the managing organisation", STU3, without("managingOrganization")),
    ("other-manager", "names another managing organisation", STU3,
     put("managingOrganization.reference", "Organization/org-branch-owner")),
    ("manager-dangles", "names a managing organisation that cannot be read", STU3,
     put("managingOrganization.reference", "Organization/nowhere")),
    ("with-mode", "has a mode", STU3, put("mode", "instance")),
    ("references-without-display", "gives references no display", DSTU2, without("managingOrganization.display")),
)  # fmt: skip


def _faults(name: str, kind: str, rows: tuple[_Row, ...]) -> tuple[Fault, ...]:
    on = f"find_{name} read_{name}"
    words = {"organization": "organisations"}.get(name, f"{name}s")
    return tuple(
        Fault(f"{name}.{what}", f"{about} of {words}", change(kind, edit, on=on), editions)
        for what, about, editions, edit in rows
    )


def _at_branch(call: Any) -> bool:
    return bool(call.id == "loc-branch")


FAULTS = (
    *_faults("practitioner", "Practitioner", _PRACTITIONER),
    *_faults("organization", "Organization", _ORGANIZATION),
    *_faults("location", "Location", _LOCATION),
    Fault(
        "location.branch-unreadable",
        "reads the main surgery only",
        refuses(_at_branch, Reply("INVALID_RESOURCE", 404, "not-found"), on="read_location"),
    ),
)
