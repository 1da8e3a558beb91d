"""Faults in the content of a patient, found, read or newly registered."""

from __future__ import annotations

from typing import Any

from conformance.provider.faults.effects import Edit, alter, change, drop_extension, edit_extension, put, without
from conformance.provider.faults.fault import DSTU2, EVERY, STU3, Fault

_BOTH_WAYS = "find_patient read_patient"
_GPC = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-CareConnect-GPC"
_HL7 = "http://hl7.org/fhir/StructureDefinition"
_CODED = {"valueCodeableConcept": {"text": "said"}}
_EMERGENCY = {"system": "http://hl7.org/fhir/v2/0131", "code": "C", "display": "Emergency Contact"}


def _fault(name: str, about: str, *edits: Edit, editions: tuple[str, ...] = EVERY, on: str = _BOTH_WAYS) -> Fault:
    return Fault(f"patient.{name}", about, change("Patient", *edits, on=on), editions)


def _extended(url: str, content: dict[str, Any]) -> Edit:
    return put("extension", lambda value: [*(value or []), {"url": url, **content}])


# What must not be disclosed, by name: how to add it. The same for patients found or read, and for newly registered ones.
_TOLD: tuple[tuple[str, str, Edit], ...] = (
    ("ethnic-category", "the ethnic category", _extended(f"{_GPC}-EthnicCategory-1", _CODED)),
    ("religious-affiliation", "the religion", _extended(f"{_GPC}-ReligiousAffiliation-1", _CODED)),
    ("cadaveric-donor", "the wish to donate organs", _extended(f"{_HL7}/patient-cadavericDonor", {"valueBoolean": True})),
    ("residential-status", "the residential status", _extended(f"{_GPC}-ResidentialStatus-1", _CODED)),
    ("treatment-category", "the treatment category", _extended(f"{_GPC}-TreatmentCategory-1", _CODED)),
    ("birth-place", "the place of birth", _extended(f"{_HL7}/birthPlace", {"valueAddress": {"city": "Leeds"}})),
    ("marital-status", "the marital status", put("maritalStatus", {"text": "Married"})),
    ("multiple-birth", "a multiple birth", put("multipleBirthBoolean", False)),
)  # fmt: skip

_FORBIDDEN = tuple(
    Fault(f"{area}.with-{name}", f"discloses {words}", change("Patient", edit, on=on), STU3)
    for area, on in (("patient", _BOTH_WAYS), ("register", "register"))
    for name, words, edit in _TOLD
)

_IDENTITY = (
    _fault("without-number", "omits the NHS number", without("identifier")),
    _fault("other-number", "returns another NHS number", put("identifier.value", "9990012245")),
    _fault(
        "number-in-other-system",
        "writes the NHS number in a system of its own",
        put("identifier.system", "https://beeches.example/Id/patient"),
    ),
    _fault(
        "number-unverified",
        "does not say that the NHS number is verified",
        without("identifier.extension"),
        editions=STU3,
    ),
    _fault(
        "number-said-untraced",
        "says that the NHS number is not verified",
        alter(
            "identifier.extension.valueCodeableConcept.coding", lambda value: [item | {"code": "03"} for item in value]
        ),
        editions=STU3,
    ),
    _fault("two-names", "has two official names", alter("name", lambda value: value * 2), editions=STU3),
    _fault("without-name", "omits the name", without("name"), editions=DSTU2),
    _fault("name-without-family", "omits the family name", without("name.family")),
    _fault("name-without-use", "does not say which name it is", without("name.use"), editions=STU3),
    _fault("without-birth-date", "omits the birth date", without("birthDate")),
    _fault("birth-year-only", "discloses the year of birth only", alter("birthDate", lambda text: text[:4])),
    _fault(
        "birth-date-as-british",
        "writes the birth date as dd/mm/yyyy",
        alter("birthDate", lambda text: "/".join(reversed(text.split("-")))),
    ),
    _fault("without-gender", "omits the gender", without("gender")),
    _fault("odd-gender", "has a gender that FHIR does not know", put("gender", "F")),
    _fault("says-inactive", "says that the patient is inactive", put("active", False)),
    _fault("says-deceased", "discloses a date of death", put("deceasedDateTime", "2020-06-01")),
)

_REFERENCES = (
    _fault("without-manager", "omits the managing organisation", without("managingOrganization"), editions=STU3),
    _fault(
        "other-manager",
        "names another managing organisation",
        put("managingOrganization.reference", "Organization/org-branch-owner"),
        editions=STU3,
    ),
    _fault(
        "manager-dangles",
        "names a managing organisation that cannot be read",
        put("managingOrganization.reference", "Organization/nowhere"),
        editions=STU3,
    ),
    _fault("without-branch", "omits the preferred branch", drop_extension("RegistrationDetails"), editions=STU3),
    _fault(
        "branch-dangles",
        "names a preferred branch that cannot be read",
        alter("extension.extension.valueReference.reference", lambda _: "Location/nowhere"),
        editions=STU3,
    ),
    _fault(
        "branch-elsewhere",
        "names a preferred branch where nothing takes place",
        alter("extension.extension.valueReference.reference", lambda _: "Location/loc-annexe"),
        editions=STU3,
    ),
    _fault(
        "references-without-display",
        "gives references no display",
        without("managingOrganization.display"),
        editions=DSTU2,
    ),
)

_REACH = (
    _fault("without-contact", "omits the contacts", without("contact"), editions=STU3),
    _fault("contact-coded", "codes the contact's relationship",
           put("contact.relationship", [{"text": "Husband", "coding": [_EMERGENCY]}]), editions=STU3),
    _fault("contact-unrelated", "does not say what contacts are to the patient", without("contact.relationship"),
           editions=STU3),
    _fault("contact-nameless", "does not name contacts", without("contact.name"), editions=STU3),
    _fault("contact-telecom-without-use", "does not say which telecom of a contact it is", without("contact.telecom.use"),
           editions=STU3),
    _fault("contact-telecom-without-system", "does not say what a telecom of a contact is",
           without("contact.telecom.system"), editions=STU3),
    _fault("without-language", "omits the language", drop_extension("NHSCommunication"), editions=STU3),
    _fault("language-uncoded", "does not code the language",
           edit_extension("NHSCommunication", without("extension.valueCodeableConcept.coding")), editions=STU3),
    _fault("without-address", "omits the address", without("address"), editions=STU3),
    _fault("address-without-use", "does not say which address it is", without("address.use"), editions=STU3),
    _fault("address-with-state", "writes the county into state", put("address.state", "West Yorkshire"), editions=STU3),
    _fault("address-with-empty-line", "sends an empty line of the address", put("address.line", [""]), editions=STU3),
    _fault("address-as-text", "repeats the address as text", put("address.text", "11 Saint-Honoré Court, Leeds"),
           editions=STU3),
    _fault("without-telecom", "omits the telecoms", without("telecom"), editions=STU3),
    _fault("telecom-without-use", "does not say which telecom it is", without("telecom.use"), editions=STU3),
    _fault("telecom-without-system", "does not say what a telecom is", without("telecom.system"), editions=STU3),
    _fault("with-photo", "sends a photo", put("photo", [{"title": "portrait"}]), editions=STU3),
)  # fmt: skip

FAULTS = (*_IDENTITY, *_REFERENCES, *_REACH, *_FORBIDDEN)
