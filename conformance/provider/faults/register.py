"""Ways to be wrong in registering a patient."""

from __future__ import annotations

from typing import Any

from conformance.provider.faults.fault import STU3, Fault
from conformance.provider.faults.verbs import (
    bundle,
    change,
    drop_extension,
    misanswer,
    put,
    skip,
    status,
    store,
    without,
)

_ON = "register"


def _doc(name: str, value: Any) -> Any:
    return lambda doc: doc | {name: value}


FAULTS = (
    Fault("register.accepts-duplicates", "registers active patients again", skip("register.not-active")),
    Fault("register.accepts-deceased", "registers the deceased", skip("register.not-deceased")),
    Fault("register.accepts-sensitive", "registers patients flagged as sensitive", skip("register.not-sensitive")),
    Fault(
        "register.accepts-unknown",
        "registers people whom PDS does not know",
        skip("register.on-pds", "register.verified"),
    ),
    Fault("register.accepts-unverified", "does not compare with PDS", skip("register.verified")),
    Fault("register.accepts-superseded", "registers superseded and invalid numbers", skip("register.number-current")),
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
        "register.accepts-registration-details", "takes registration details", skip("register.no-registration-details")
    ),
    Fault("register.accepts-two-addresses", "takes two home addresses", skip("register.addresses-once"), STU3),
    Fault(
        "register.accepts-two-telecoms", "takes two telephone numbers of a use", skip("register.telecoms-once"), STU3
    ),
    Fault("register.accepts-two-languages", "takes two languages", skip("register.language-once"), STU3),
    Fault("register.accepts-other-parameters", "takes parameters of any name", skip("register.one-parameter")),
    Fault("register.accepts-other-body", "takes a body of any type", skip("register.is-parameters")),
    Fault("register.as-regular", "registers as a regular patient", store(_ON, doc=_doc("registration", "R"))),
    Fault(
        "register.without-type",
        "does not say how the patient is registered",
        store(_ON, doc=_doc("registration", None)),
    ),
    Fault("register.loses-telecom", "does not keep telecoms", store(_ON, doc=_doc("telecom", []))),
    Fault("register.loses-address", "does not keep the address", store(_ON, doc=_doc("address", []))),
    Fault("register.loses-gender", "does not complete the gender from PDS", store(_ON, doc=_doc("gender", None))),
    Fault("register.stays-inactive", "does not make the patient active", store(_ON, status="left")),
    Fault("register.created", "answers 201", status(201, on=_ON)),
    Fault("register.without-bundle-profile", "leaves meta.profile out of the Bundle", bundle(without("meta"), on=_ON)),
    Fault("register.not-a-searchset", "sends a collection", bundle(put("type", "collection"), on=_ON)),
    Fault(
        "register.with-link",
        "has a link in the Bundle",
        bundle(put("link", [{"relation": "self", "url": "https://beeches.example/"}]), on=_ON),
    ),
    Fault("register.empty", "answers with an empty Bundle", bundle(without("entry"), on=_ON)),
    Fault(
        "register.without-profile",
        "leaves meta.profile out of the Patient",
        change("Patient", without("meta.profile"), on=_ON),
    ),
    Fault(
        "register.without-details",
        "leaves the registration details out",
        change("Patient", drop_extension("RegistrationDetails"), on=_ON),
    ),
    Fault(
        "register.without-manager",
        "leaves the managing organisation out",
        change("Patient", without("managingOrganization"), on=_ON),
        STU3,
    ),
    Fault(
        "register.duplicate-is-bad-request",
        "answers a duplicate with 400",
        misanswer("register.not-active", code="BAD_REQUEST", status=400),
    ),
    Fault(
        "register.untraced-is-not-found",
        "answers a failed trace with 422",
        misanswer("register.on-pds", code="INVALID_RESOURCE", status=422),
    ),
    Fault(
        "register.invalid-is-server-error",
        "answers an invalid request with 500",
        tuple(
            misanswer(f"register.{name}", code="INTERNAL_SERVER_ERROR", status=500)
            for name in ("is-parameters", "one-parameter", "one-number", "number-valid", "has-birth-date")
        ),
    ),
)
