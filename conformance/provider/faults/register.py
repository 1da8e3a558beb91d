"""Faults in registering a patient."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from typing import Any

from conformance.provider.faults.effects import (
    alter,
    bundle,
    change,
    content,
    drop_extension,
    misanswer,
    put,
    refuses,
    skip,
    status,
    store,
    without,
)
from conformance.provider.faults.fault import DSTU2, EVERY, STU3, Fault
from conformance.provider.http import Call

_ON = "register"


def _doc(name: str, value: Any) -> Any:
    return lambda doc: doc | {name: value}


def _sent(pattern: bytes) -> Callable[[Call], bool]:
    return lambda call: re.search(pattern, call.body) is not None


def _wrapped(body: Any) -> Any:
    bare = isinstance(body, dict) and body.get("resourceType") == "Patient"
    parameter = {"name": "registerPatient", "resource": body}
    return {"resourceType": "Parameters", "parameter": [parameter]} if bare else body


def _has_left(call: Call) -> bool:
    numbers = [number.decode() for number in re.findall(rb"\b\d{10}\b", call.body)]
    rows = [call.provider.store.patient_by_nhs_number(number) for number in numbers]
    return any(row is not None and row["status"] == "left" for row in rows)


_ANSWERED = (
    ("other-id", "gives another id", EVERY, put("id", "other")),
    ("other-manager", "names another managing organisation", STU3,
     put("managingOrganization.reference", "Organization/org-branch-owner")),
    ("other-family", "gives another family name", EVERY, put("name.family", "Changed")),
    ("other-given", "gives another given name", STU3, put("name.given", ["Changed"])),
    ("other-gender", "gives another gender", EVERY, put("gender", "male")),
    ("british-birth-date", "writes the birth date as dd/mm/yyyy", EVERY,
     alter("birthDate", lambda text: "/".join(reversed(text.split("-"))))),
    ("without-birth-date", "omits the birth date", EVERY, without("birthDate")),
    ("without-name", "omits the name", EVERY, without("name")),
    ("without-version", "omits meta.versionId", STU3, without("meta.versionId")),
    ("two-names", "has two official names", STU3, alter("name", lambda value: value * 2)),
    ("number-unverified", "does not say that the NHS number is verified", STU3, without("identifier.extension")),
)  # fmt: skip

FAULTS = (
    Fault("register.accepts-duplicates", "registers active patients again", skip("register.not-active"), STU3),
    Fault("register.accepts-deceased", "registers the deceased", skip("register.not-deceased"), STU3),
    Fault(
        "register.accepts-sensitive", "registers patients flagged as sensitive", skip("register.not-sensitive"), STU3
    ),
    Fault(
        "register.accepts-unknown",
        "registers people whom PDS does not know",
        skip("register.on-pds", "register.verified"),
    ),
    Fault("register.accepts-unverified", "does not compare with PDS", skip("register.verified")),
    Fault(
        "register.accepts-superseded", "registers superseded and invalid numbers", skip("register.number-current"), STU3
    ),
    Fault(
        "register.accepts-bad-number",
        "does not check the NHS number",
        skip("register.number-valid", "register.on-pds", "register.verified", "register.follows-profile"),
    ),
    Fault(
        "register.accepts-missing-birth-date",
        "does not need the birth date",
        skip("register.has-birth-date", "register.verified"),
    ),
    Fault(
        "register.accepts-missing-name",
        "does not need an official name",
        skip("register.one-official-name", "register.name-complete", "register.follows-profile"),
        STU3,
    ),
    Fault(
        "register.accepts-incomplete-name",
        "does not need family and given name",
        skip("register.name-complete", "register.follows-profile"),
        STU3,
    ),
    Fault(
        "register.accepts-prohibited",
        "takes elements that must not be sent",
        skip("register.nothing-prohibited", "register.follows-profile"),
        STU3,
    ),
    Fault(
        "register.accepts-registration-details",
        "takes registration details",
        skip("register.no-registration-details"),
        STU3,
    ),
    Fault("register.accepts-two-addresses", "takes two home addresses", skip("register.addresses-once"), STU3),
    Fault(
        "register.accepts-two-telecoms", "takes two telephone numbers of a use", skip("register.telecoms-once"), STU3
    ),
    Fault("register.accepts-two-languages", "takes two languages", skip("register.language-once"), STU3),
    Fault("register.accepts-other-parameters", "takes parameters of any name", skip("register.one-parameter")),
    Fault("register.accepts-other-body", "takes a bare Patient", content(_wrapped, on=_ON)),
    Fault(
        "register.cannot-be-booked-for",
        "refuses bookings for people who were just registered",
        refuses(_sent(rb"Patient/Pat-"), "INVALID_RESOURCE", on="book"),
    ),
    Fault("register.as-regular", "registers as a regular patient", store(_ON, doc=_doc("registration", "R")), STU3),
    Fault(
        "register.without-type",
        "does not say how the patient is registered",
        store(_ON, doc=_doc("registration", None)),
    ),
    Fault("register.loses-telecom", "does not keep telecoms", store(_ON, doc=_doc("telecom", [])), STU3),
    Fault("register.loses-address", "does not keep the address", store(_ON, doc=_doc("address", [])), STU3),
    Fault("register.loses-gender", "does not complete the gender from PDS", store(_ON, doc=_doc("gender", None))),
    Fault("register.stays-inactive", "does not activate the patient", store(_ON, status="left")),
    Fault("register.created", "returns 201", status(201, on=_ON)),
    Fault("register.without-bundle-profile", "leaves meta.profile out of the Bundle", bundle(without("meta"), on=_ON)),
    Fault("register.not-a-searchset", "sends a collection", bundle(put("type", "collection"), on=_ON)),
    Fault(
        "register.with-link",
        "has a link in the Bundle",
        bundle(put("link", [{"relation": "self", "url": "https://beeches.example/"}]), on=_ON),
        STU3,
    ),
    Fault("register.empty", "returns an empty Bundle", bundle(without("entry"), on=_ON)),
    Fault(
        "register.without-details",
        "omits the registration details",
        change("Patient", drop_extension("RegistrationDetails"), on=_ON),
    ),
    Fault(
        "register.without-manager",
        "omits the managing organisation",
        change("Patient", without("managingOrganization"), on=_ON),
        STU3,
    ),
    Fault(
        "register.duplicate-is-bad-request",
        "returns 400 for a duplicate",
        misanswer("register.not-active", code="BAD_REQUEST", status=400),
        STU3,
    ),
    Fault(
        "register.untraced-is-not-found",
        "returns 422 for a failed trace",
        misanswer("register.on-pds", code="INVALID_RESOURCE", status=422),
    ),
    Fault(
        "register.invalid-is-server-error",
        "returns 500 for an invalid request",
        tuple(
            misanswer(f"register.{name}", code="INTERNAL_SERVER_ERROR", status=500)
            for name in ("is-parameters", "one-parameter", "one-number", "number-valid", "has-birth-date")
        ),
    ),
    Fault(
        "register.invalid-is-200",
        "returns 200 for an invalid request",
        tuple(misanswer(f"register.{name}", status=200) for name in ("is-parameters", "one-parameter", "is-patient")),
    ),
    Fault(
        "register.profile-is-server-error",
        "returns 500 for a Patient that breaks its profile",
        misanswer("register.follows-profile", code="INTERNAL_SERVER_ERROR", status=500),
    ),
    Fault(
        "register.accepts-odd-values",
        "takes values that the profile forbids",
        skip("register.follows-profile", "register.verified"),
    ),
    Fault(
        "register.duplicate-has-another-id",
        "gives a patient who is registered again another id",
        (*skip("register.not-active"), store(_ON, id=lambda _: f"Pat-{secrets.token_hex(6)}")),
    ),
    Fault("register.refuses-leavers", "refuses people who have left", refuses(_has_left, "INVALID_RESOURCE", on=_ON)),
    Fault(
        "register.refuses-several-given-names",
        "refuses people with several given names",
        refuses(_sent(rb'"given":\s*\[[^\]]*,'), "INVALID_RESOURCE", on=_ON),
    ),
    Fault(
        "register.refuses-temporary-address",
        "refuses what is of use temp",
        refuses(_sent(rb'"use":\s*"temp"'), "INVALID_RESOURCE", on=_ON),
        STU3,
    ),
    Fault(
        "register.refuses-work-number",
        "refuses what is of use work",
        refuses(_sent(rb'"use":\s*"work"'), "INVALID_RESOURCE", on=_ON),
        STU3,
    ),
    Fault(
        "register.demands-gender",
        "refuses requests without gender",
        refuses(lambda call: b'"gender"' not in call.body, "INVALID_RESOURCE", on=_ON),
        STU3,
    ),
    Fault("register.loses-language", "does not keep the language", store(_ON, doc=_doc("spoken", [])), STU3),
    Fault("register.without-period", "does not say since when", store(_ON, doc=_doc("registered", None)), DSTU2),
    Fault("register.twice", "returns the patient twice", bundle(alter("entry", lambda value: value * 2), on=_ON)),
    Fault("register.with-total", "has a total in the Bundle", bundle(put("total", 1), on=_ON), STU3),
    *(
        Fault(f"register.{name}", f"{about} in the response", change("Patient", edit, on=_ON), editions)
        for name, about, editions, edit in _ANSWERED
    ),
)
