"""Ways to be wrong in finding and reading patients, and in searches by identifier."""

from __future__ import annotations

from conformance.provider.call import Call
from conformance.provider.faults.fault import STU3, Fault
from conformance.provider.faults.verbs import (
    alter,
    bundle,
    change,
    drop_extension,
    drop_header,
    misanswer,
    put,
    refuses,
    skip,
    without,
)

_PATIENT = "find_patient read_patient"
_FINDS = "find_patient find_practitioner find_organization find_location"


def _unmatched(call: Call) -> bool:
    number = next(iter(call.parameters("identifier")), "").rpartition("|")[2]
    return call.provider.store.patient_by_nhs_number(number) is None


_PATIENTS = (
    Fault("patient.finds-inactive", "finds patients who have left or died", skip("patient.find-active")),
    Fault("patient.finds-sensitive", "finds patients flagged as sensitive", skip("patient.find-sensitive")),
    Fault("patient.reads-inactive", "reads patients who have left or died", skip("patient.read-active")),
    Fault("patient.reads-sensitive", "reads patients flagged as sensitive", skip("patient.read-not-sensitive")),
    Fault(
        "patient.no-match-is-not-found",
        "answers a search without match with 404",
        refuses(_unmatched, "PATIENT_NOT_FOUND", on="find_patient"),
    ),
    Fault(
        "patient.refuses-dissent",
        "refuses for patients who dissent from sharing",
        refuses(
            lambda call: (
                any(value.endswith("9990010498") for value in call.parameters("identifier")) or call.id == "pat-07"
            ),
            "NO_PATIENT_CONSENT",
            on=_PATIENT,
        ),
    ),
    Fault("patient.accepts-any-number", "does not check NHS numbers", skip("patient.value-form")),
    Fault(
        "patient.invalid-number-is-empty",
        "answers an invalid NHS number with 200",
        misanswer("patient.value-form", status=200),
    ),
    Fault(
        "patient.invalid-number-other-code",
        "answers an invalid NHS number with BAD_REQUEST",
        misanswer("patient.value-form", code="BAD_REQUEST"),
    ),
    Fault(
        "patient.unknown-is-no-record",
        "answers an unknown patient with another code",
        misanswer("patient.known", on="read_patient", code="NOT_IMPLEMENTED", status=404),
    ),
    Fault(
        "patient.unknown-is-200",
        "answers an unknown patient with 200",
        misanswer("patient.known", on="read_patient", status=200),
    ),
    Fault(
        "patient.without-profile", "leaves meta.profile out", change("Patient", without("meta.profile"), on=_PATIENT)
    ),
    Fault(
        "patient.without-version",
        "leaves meta.versionId out",
        change("Patient", without("meta.versionId"), on=_PATIENT),
    ),
    Fault("patient.without-number", "leaves the NHS number out", change("Patient", without("identifier"), on=_PATIENT)),
    Fault(
        "patient.other-number",
        "answers with another NHS number",
        change("Patient", put("identifier.value", "9990010145"), on="find_patient"),
    ),
    Fault(
        "patient.number-unverified",
        "does not say that the NHS number is verified",
        change("Patient", without("identifier.extension"), on=_PATIENT),
    ),
    Fault(
        "patient.two-names",
        "has two official names",
        change("Patient", alter("name", lambda held: held * 2), on=_PATIENT),
    ),
    Fault(
        "patient.name-without-family",
        "leaves the family name out",
        change("Patient", without("name.family"), on=_PATIENT),
    ),
    Fault(
        "patient.name-without-use", "does not say which name it is", change("Patient", without("name.use"), on=_PATIENT)
    ),
    Fault(
        "patient.without-birth-date", "leaves the birth date out", change("Patient", without("birthDate"), on=_PATIENT)
    ),
    Fault(
        "patient.birth-date-as-british",
        "writes the birth date as dd/mm/yyyy",
        change("Patient", alter("birthDate", lambda text: "/".join(reversed(text.split("-")))), on=_PATIENT),
    ),
    Fault("patient.without-gender", "leaves the gender out", change("Patient", without("gender"), on=_PATIENT)),
    Fault(
        "patient.odd-gender", "has a gender that FHIR does not know", change("Patient", put("gender", "F"), on=_PATIENT)
    ),
    Fault(
        "patient.without-manager",
        "leaves the managing organisation out",
        change("Patient", without("managingOrganization"), on=_PATIENT),
    ),
    Fault(
        "patient.other-manager",
        "names another managing organisation",
        change("Patient", put("managingOrganization.reference", "Organization/org-branch-owner"), on=_PATIENT),
    ),
    Fault(
        "patient.without-branch",
        "leaves the preferred branch out",
        change("Patient", drop_extension("RegistrationDetails"), on=_PATIENT),
        STU3,
    ),
    Fault("patient.without-contact", "leaves the contacts out", change("Patient", without("contact"), on=_PATIENT)),
    Fault(
        "patient.contact-coded",
        "codes the contact's relationship",
        change(
            "Patient",
            put(
                "contact.relationship",
                [{"coding": [{"system": "http://hl7.org/fhir/v2/0131", "code": "C", "display": "Emergency Contact"}]}],
            ),
            on=_PATIENT,
        ),
        STU3,
    ),
    Fault(
        "patient.without-language",
        "leaves the language out",
        change("Patient", drop_extension("NHSCommunication"), on=_PATIENT),
        STU3,
    ),
    Fault("patient.without-address", "leaves the address out", change("Patient", without("address"), on=_PATIENT)),
    Fault(
        "patient.address-without-use",
        "does not say which address it is",
        change("Patient", without("address.use"), on=_PATIENT),
    ),
    Fault(
        "patient.telecom-without-use",
        "does not say which telecom it is",
        change("Patient", without("telecom.use"), on=_PATIENT),
    ),
    Fault(
        "patient.with-marital-status",
        "tells the marital status",
        change(
            "Patient",
            put(
                "maritalStatus",
                {"coding": [{"system": "http://hl7.org/fhir/v3/MaritalStatus", "code": "M", "display": "Married"}]},
            ),
            on=_PATIENT,
        ),
        STU3,
    ),
    Fault(
        "patient.with-multiple-birth",
        "tells about multiple birth",
        change("Patient", put("multipleBirthBoolean", False), on=_PATIENT),
        STU3,
    ),
    Fault("patient.with-photo", "sends a photo", change("Patient", put("photo", [{"title": "portrait"}]), on=_PATIENT)),
    Fault("patient.no-etag", "sends no ETag", drop_header("ETag", on="read_patient")),
    Fault(
        "patient.find-differs-from-read",
        "finds another version than it reads",
        change("Patient", put("meta.versionId", "77"), on="find_patient"),
    ),
    Fault("patient.not-a-searchset", "sends a collection", bundle(put("type", "collection"), on="find_patient")),
    Fault(
        "patient.finds-twice",
        "finds the patient twice",
        bundle(alter("entry", lambda held: held * 2), on="find_patient"),
    ),
)

_IDENTIFIERS = (
    Fault(
        "patient.accepts-missing-identifier",
        "does not mind a search without identifier",
        misanswer("identifier.present", status=200),
    ),
    Fault("patient.accepts-two-identifiers", "takes the first of two identifiers", skip("identifier.once")),
    Fault("patient.accepts-bare-number", "does not need the identifier's system", skip("identifier.has-system")),
    Fault("patient.accepts-other-system", "takes identifiers of any system", skip("identifier.system-known")),
    Fault(
        "patient.other-system-other-code",
        "answers another identifier system with another code",
        misanswer("identifier.system-known", code="BAD_REQUEST"),
    ),
    Fault(
        "patient.other-system-is-server-error",
        "answers another identifier system with 500",
        misanswer("identifier.system-known", code="INTERNAL_SERVER_ERROR", status=500),
    ),
    Fault("patient.accepts-empty-value", "does not need the identifier's value", skip("identifier.has-value")),
    Fault(
        "patient.refuses-unknown-parameter",
        "refuses a parameter that it does not know",
        refuses(lambda call: bool(call.parameters("foo")), "INVALID_PARAMETER", on=_FINDS),
    ),
)


FAULTS = (*_PATIENTS, *_IDENTIFIERS)
