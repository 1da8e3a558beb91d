"""The content of a Patient, found and read: identity, contact details, and what must not be disclosed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.checks import demographics
from conformance.checks.addresses_and_identifiers import address_parts, each_has, organisation_code, telecom_parts
from conformance.checks.bundle_entries import Rule, lacks
from conformance.checks.json_values import every, first
from conformance.checks.response import success
from conformance.core.results import Severity
from conformance.engine.context import ScenarioContext
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.fhir.addresses import read_reference
from conformance.scenarios.steps.foundations import (
    LOCATION,
    ORGANIZATION,
    PATIENT,
    Resource,
    Shown,
    found_and_read,
    found_as_read,
    meets,
    readable,
    search_for,
)

WARN = Severity.WARN


def _row(name: str, title: str, verifies: str, *rules: Any, faults: str, **more: Any) -> dict[str, Any]:
    return case(f"patient.{name}", title, verifies, rules=rules, faults=faults, **more)


IDENTITY = table(
    PATIENT.read,
    _row("official-name", "A patient found and read has exactly one official name, with family and given name",
          "STU3-PAT-020 STU3-RES-026", demographics.official_name,
          faults="patient.two-names patient.name-without-use patient.name-without-family"),
    _row("family-name", "A patient found and read has a family name in every name", "DSTU2-PAT-010 DSTU2-PAT-015",
          demographics.has_family, faults="patient.name-without-family patient.without-name"),
    _row("birth-date", "A patient found and read has a birth date of year, month and day",
          "STU3-PAT-021 DSTU2-PAT-010 DSTU2-PAT-015", demographics.birth_date,
          faults="patient.without-birth-date patient.birth-date-as-british patient.birth-year-only"),
    _row("gender", "A patient found and read has a gender from FHIR's value set", "STU3-PAT-022 DSTU2-PAT-010 DSTU2-PAT-015",
          demographics.gender, faults="patient.without-gender patient.odd-gender"),
    _row("number-verified", "A patient found and read has an NHS number marked as verified", "STU3-RES-026",
          demographics.verified_number, faults="patient.number-unverified patient.number-said-untraced"),
    _row("active", "A patient found and read is neither inactive nor deceased",
          "STU3-PAT-007 DSTU2-PAT-006", demographics.alive_and_active, faults="patient.says-inactive patient.says-deceased"),
    why="A consumer shows these to its user to confirm that the appointment is for the right person.",
    fix="Fill in the Patient from the record as synchronised with PDS, in FHIR's formats.",
)  # fmt: skip


@scenarios(IDENTITY)
def test_identity(context: ScenarioContext, case: Case) -> None:
    for shown in found_and_read(context, PATIENT):
        meets(context, shown.response, shown.resource, *case["rules"])


NUMBER = table(
    PATIENT.read,
    case("patient.nhs-number", "A patient found and read has the NHS number of the search, once",
         "STU3-PAT-019 STU3-RES-028 DSTU2-PAT-009 DSTU2-PAT-015",
         faults="patient.without-number patient.other-number patient.number-in-other-system"),
    why="Without the number a consumer cannot be sure that the response is about the requested patient.",
    fix="Return an identifier with the NHS number and its system.",
)  # fmt: skip


@scenarios(NUMBER)
def test_number(context: ScenarioContext, case: Case) -> None:
    number = context.arrange.patient().nhs_number
    for shown in found_and_read(context, PATIENT, number):
        meets(context, shown.response, shown.resource, demographics.shows_number(number))


# What only some patients have: checked on all bookable patients

_REACH = "If the practice records it, it belongs in the response: the consumer confirms it with the patient."

RECORDED = table(
    PATIENT.read,
    _row("address", "A patient found and read has an address in parts", "STU3-PAT-025 STU3-RES-003",
          address_parts(), faults="patient.without-address patient.address-with-state patient.address-with-empty-line",
          path="address"),
    _row("address-use", "A patient found and read has an address with a use", "STU3-RES-005",
          each_has("address", "use"), faults="patient.address-without-use", path="address"),
    _row("address-text", "A patient found and read has no address as text", "STU3-RES-004",
          lacks("address.text", severity=WARN), faults="patient.address-as-text", path="address"),
    _row("telecom", "A patient found and read has telecoms with a system and a value", "STU3-PAT-025 STU3-RES-007",
          telecom_parts(), faults="patient.without-telecom patient.telecom-without-system", path="telecom"),
    _row("telecom-use", "A patient found and read has telecoms with a use", "STU3-RES-008",
          demographics.telecom_uses("telecom"), faults="patient.telecom-without-use", path="telecom"),
    _row("contact", "A patient found and read has contacts with a name and a relationship",
          "STU3-PAT-025 STU3-RES-010", demographics.contacts_named,
          faults="patient.without-contact patient.contact-unrelated patient.contact-nameless", path="contact"),
    _row("contact-coding", "A patient found and read has contacts whose relationship is not coded", "STU3-RES-011",
          lacks("contact.relationship.coding"), faults="patient.contact-coded", path="contact"),
    _row("contact-telecom", "A patient found and read has contacts whose telecoms have system, value and use",
          "STU3-RES-012 STU3-RES-008", telecom_parts("contact.telecom"), demographics.telecom_uses("contact.telecom"),
          faults="patient.contact-telecom-without-use patient.contact-telecom-without-system", path="contact.telecom"),
    _row("language", "A patient found and read has a language", "STU3-PAT-025", demographics.languages_complete,
          faults="patient.without-language patient.language-uncoded", path="language"),
    why=_REACH,
    fix="Fill in what is recorded, with system, value and use, and in parts.",
)  # fmt: skip


@scenarios(RECORDED)
def test_recorded(context: ScenarioContext, case: Case) -> None:
    seen = 0
    for patient in context.config.data.patients_with("bookable"):
        for shown in found_and_read(context, PATIENT, patient.nhs_number):
            seen += bool(_at(shown.resource, case["path"]))
            meets(context, shown.response, shown.resource, *case["rules"])
    if not seen:
        context.findings.warn(
            "no configured patient shows it: either it is omitted although recorded, or the test data "
            "does not include it",
            location=f"Patient.{case['path']}",
            found="nothing",
            expected="a bookable patient who has it",
            code="not-shown",
        )


def _at(resource: Resource, path: str) -> list[Any]:
    return list(demographics.speaks(resource)) if path == "language" else list(every(resource, path))


# What must not be there

_ABSENT: tuple[tuple[str, str, Rule], ...] = (
    ("ethnic-category", "ethnic category", demographics.lacks_extension("EthnicCategory-1")),
    ("religious-affiliation", "religion", demographics.lacks_extension("ReligiousAffiliation-1")),
    ("cadaveric-donor", "consent to donate organs", demographics.lacks_extension("adavericDonor")),
    ("residential-status", "residential status", demographics.lacks_extension("ResidentialStatus-1")),
    ("treatment-category", "treatment category", demographics.lacks_extension("TreatmentCategory-1")),
    ("birth-place", "place of birth", demographics.lacks_extension("birthPlace")),
    ("marital-status", "marital status", lacks("maritalStatus")),
    ("multiple-birth", "multiple birth", lacks("multipleBirthBoolean", "multipleBirthInteger")),
)

ABSENT = table(
    PATIENT.read,
    *(
        _row(f"no-{name}", f"A patient found and read does not show {words}", "STU3-PAT-026", rule,
              faults=f"patient.with-{name}")
        for name, words, rule in _ABSENT
    ),
    _row("no-photo", "A patient found and read does not show photo, animal or communication", "STU3-RES-026",
          lacks("photo", "animal", "communication"), faults="patient.with-photo"),
    why="An appointment needs none of it, and data that is not sent cannot be disclosed.",
    fix="Omit the element from every Patient that you return.",
)  # fmt: skip


@scenarios(ABSENT)
def test_absent(context: ScenarioContext, case: Case) -> None:
    for patient in context.config.data.patients_with("bookable")[:3]:
        for shown in found_and_read(context, PATIENT, patient.nhs_number):
            meets(context, shown.response, shown.resource, *case["rules"])


# References of a patient

REFERS = table(
    PATIENT.read,
    case("patient.managing-organisation",
         "A patient found and read refers to a managing organisation that can be read and is the practice of the base URL",
         "STU3-PAT-023 STU3-RES-030", faults="patient.without-manager patient.other-manager patient.manager-dangles"),
    why="By this reference the consumer shows its user which practice it communicates with.",
    fix="Set managingOrganization to the practice whose ODS code is in the base URL, for temporary patients too.",
)  # fmt: skip


@scenarios(REFERS)
def test_managing_organisation(context: ScenarioContext, case: Case) -> None:
    for shown in found_and_read(context, PATIENT):
        reference = first(shown.resource, "managingOrganization.reference")
        read = readable(context, ORGANIZATION, reference, "Patient.managingOrganization", shown.response.number)
        if read is not None:
            meets(context, read, read.resource, organisation_code)


BRANCH = table(
    PATIENT.read,
    case("patient.preferred-branch", "A patient found and read refers to a preferred branch that can be read",
         "STU3-PAT-024 STU3-RES-031",
         faults="patient.without-branch patient.branch-dangles"),
    case("patient.branch-in-diary", "A patient found and read refers to a preferred branch by the id that schedules use",
         "STU3-RES-031",
         in_schedules=True, faults="patient.branch-elsewhere"),
    why="A consumer first offers slots at the patient's preferred branch, so the ids must match.",
    fix="Fill in preferredBranchSurgery of the registrationDetails extension with the Location that schedules refer to.",
)  # fmt: skip


@scenarios(BRANCH)
def test_preferred_branch(context: ScenarioContext, case: Case) -> None:
    if case.get("in_schedules"):
        _in_schedules(context)
        return
    for shown in found_and_read(context, PATIENT):
        for reference in _branches(context, shown) or [None]:
            readable(context, LOCATION, reference, "Patient.extension(preferredBranchSurgery)", shown.response.number)


def _branches(context: ScenarioContext, shown: Shown) -> list[Any]:
    held = demographics.details(shown.resource, context.session).get("preferredBranchSurgery", [])
    return [first(value, "reference") for value in held]


def _in_schedules(context: ScenarioContext) -> None:
    offered = {f"Location/{slot.location_id}" for slot in context.arrange.slot_pool.free() if slot.location_id}
    if not offered:
        context.cannot("no schedule with a free slot names a location")
    named = {read_reference(branch).target for shown in _all_found(context) for branch in _branches(context, shown)}
    if not named:
        context.cannot("no configured patient shows a preferred branch")
    if not named & offered:
        context.findings.warn(
            "no patient's preferred branch is a location with free slots: the ids may be of another kind",
            location="Patient.extension(preferredBranchSurgery)",
            found=", ".join(sorted(named))[:120],
            expected=", ".join(sorted(offered))[:120],
            code="branch",
        )


def _all_found(context: ScenarioContext) -> Iterator[Shown]:
    for patient in context.config.data.patients_with("bookable"):
        response = context.send(search_for(context, PATIENT, patient.nhs_number))
        context.need(response, success("Bundle"), what="a patient cannot be found")
        yield from (Shown(response, one, "found") for one in response.entries("Patient"))


SAME = table(
    PATIENT.read,
    case("patient.same-version", "A patient found has the same version as the patient read", "STU3-PAT-018 DSTU2-PAT-015",
         faults="patient.find-differs-from-read", path="meta.versionId"),
    case("patient.same", "A patient found has the same content as the patient read", "STU3-PAT-027",
         faults="patient.find-tells-less"),
    why="If two responses differ for one version of a patient, a consumer must guess which is right.",
    fix="Build both responses from the same mapping.",
)  # fmt: skip


@scenarios(SAME)
def test_same(context: ScenarioContext, case: Case) -> None:
    found_as_read(context, PATIENT, path=case.get("path", ""))


DISPLAYS = table(
    PATIENT.read,
    _row("reference-display", "A patient found and read has references with a display", "DSTU2-FHIR-006",
          demographics.displays("managingOrganization", "careProvider"), faults="patient.references-without-display"),
    why="A display lets a consumer show the referenced resource without another request.",
    fix="Fill in Reference.display with a short name.",
)  # fmt: skip


@scenarios(DISPLAYS)
def test_displays(context: ScenarioContext, case: Case) -> None:
    for shown in found_and_read(context, PATIENT):
        meets(context, shown.response, shown.resource, *case["rules"])
