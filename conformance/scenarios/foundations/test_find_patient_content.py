"""What a patient shows of themselves, found and read: who they are, how to reach them, and what is nobody's business."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from conformance.checks import demographics
from conformance.checks.addresses_and_identifiers import address_parts, each_has, organisation_code, telecom_parts
from conformance.checks.bundle_entries import Rule, lacks
from conformance.checks.json_values import differences, every, first
from conformance.checks.response import success
from conformance.core.results import Severity
from conformance.engine.context import ScenarioContext
from conformance.engine.effects import UNSTABLE
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.foundations import (
    LOCATION,
    ORGANIZATION,
    PATIENT,
    Resource,
    Shown,
    asked,
    found_and_read,
    keeps,
    readable,
)

WARN = Severity.WARN


def _said(name: str, title: str, verifies: str, *rules: Any, faults: str, **more: Any) -> dict[str, Any]:
    return case(f"patient.{name}", title, verifies, rules=rules, faults=faults, **more)


IDENTITY = table(
    PATIENT.read,
    _said("official-name", "A patient has exactly one official name, with family and given name, found and read",
          "STU3-PAT-020 STU3-RES-026", demographics.official_name,
          faults="patient.two-names patient.name-without-use patient.name-without-family"),
    _said("family-name", "A patient's names have a family name, found and read", "DSTU2-PAT-010 DSTU2-PAT-015",
          demographics.has_family, faults="patient.name-without-family patient.without-name"),
    _said("birth-date", "A patient has a birth date of year, month and day, found and read",
          "STU3-PAT-021 DSTU2-PAT-010 DSTU2-PAT-015", demographics.birth_date,
          faults="patient.without-birth-date patient.birth-date-as-british patient.birth-year-only"),
    _said("gender", "A patient has a gender of FHIR's list, found and read", "STU3-PAT-022 DSTU2-PAT-010 DSTU2-PAT-015",
          demographics.gender, faults="patient.without-gender patient.odd-gender"),
    _said("number-verified", "A patient's NHS number is marked as verified, found and read", "STU3-RES-026",
          demographics.verified_number, faults="patient.number-unverified patient.number-said-untraced"),
    _said("active", "A patient who is found is neither inactive nor deceased by what they show",
          "STU3-PAT-007 DSTU2-PAT-006", demographics.alive_and_active, faults="patient.says-inactive patient.says-deceased"),
    why="A consumer shows these so that its user can be sure that the appointment is for the right person.",
    fix="Fill the Patient from the record as it agrees with PDS, and in FHIR's forms.",
)  # fmt: skip


@scenarios(IDENTITY)
def test_identity(context: ScenarioContext, case: Case) -> None:
    for shown in found_and_read(context, PATIENT):
        keeps(context, shown.response, shown.resource, *case["rules"])


NUMBER = table(
    PATIENT.read,
    case("patient.nhs-number", "A patient shows the NHS number by which they were found, once, found and read",
         "STU3-PAT-019 STU3-RES-028 DSTU2-PAT-009 DSTU2-PAT-015",
         faults="patient.without-number patient.other-number patient.number-in-other-system"),
    why="Without the number a consumer cannot be sure that the response is about the patient it asked for.",
    fix="Send identifier with the NHS number and its system.",
)  # fmt: skip


@scenarios(NUMBER)
def test_number(context: ScenarioContext, case: Case) -> None:
    number = context.arrange.patient().nhs_number
    for shown in found_and_read(context, PATIENT, number):
        keeps(context, shown.response, shown.resource, demographics.shows_number(number))


# What is there only for patients who have it: looked for in all who may be booked for

_REACH = "Where the practice holds it, it belongs in the response: the consumer checks it with the patient."

HELD = table(
    PATIENT.read,
    _said("address", "A patient's address is told in parts, found and read", "STU3-PAT-025 STU3-RES-003",
          address_parts(), faults="patient.without-address patient.address-with-state patient.address-with-empty-line",
          path="address"),
    _said("address-use", "A patient's address says which address it is, found and read", "STU3-RES-005",
          each_has("address", "use"), faults="patient.address-without-use", path="address"),
    _said("address-text", "A patient's address is not repeated as text, found and read", "STU3-RES-004",
          lacks("address.text", severity=WARN), faults="patient.address-as-text", path="address"),
    _said("telecom", "A patient's telephone numbers have a system and a value, found and read", "STU3-PAT-025 STU3-RES-007",
          telecom_parts(), faults="patient.without-telecom patient.telecom-without-system", path="telecom"),
    _said("telecom-use", "A patient's telephone numbers say which they are, found and read", "STU3-RES-008",
          demographics.telecom_uses("telecom"), faults="patient.telecom-without-use", path="telecom"),
    _said("contact", "A patient's contacts have a name and say what they are to the patient, found and read",
          "STU3-PAT-025 STU3-RES-010", demographics.contacts_named,
          faults="patient.without-contact patient.contact-unrelated patient.contact-nameless", path="contact"),
    _said("contact-coding", "The relationship of a patient's contact is not coded, found and read", "STU3-RES-011",
          lacks("contact.relationship.coding"), faults="patient.contact-coded", path="contact"),
    _said("contact-telecom", "The telephone numbers of a patient's contact have system, value and use, found and read",
          "STU3-RES-012 STU3-RES-008", telecom_parts("contact.telecom"), demographics.telecom_uses("contact.telecom"),
          faults="patient.contact-telecom-without-use patient.contact-telecom-without-system", path="contact.telecom"),
    _said("language", "A patient's language is told, found and read", "STU3-PAT-025", demographics.languages_complete,
          faults="patient.without-language patient.language-uncoded", path="language"),
    why=_REACH,
    fix="Fill in what the record holds, with system, value and use, and in parts.",
)  # fmt: skip


@scenarios(HELD)
def test_held(context: ScenarioContext, case: Case) -> None:
    seen = 0
    for patient in context.config.data.patients_with("bookable"):
        for shown in found_and_read(context, PATIENT, patient.nhs_number):
            seen += bool(_at(shown.resource, case["path"]))
            keeps(context, shown.response, shown.resource, *case["rules"])
    if not seen:
        context.findings.warn(
            "none of the configured patients shows it: either it is left out though it is held, or the test data "
            "cannot show it",
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
        _said(f"no-{name}", f"A patient's {words} is not told, found and read", "STU3-PAT-026", rule,
              faults=f"patient.with-{name}")
        for name, words, rule in _ABSENT
    ),
    _said("no-photo", "A patient's photo, animal and communication are not told, found and read", "STU3-RES-026",
          lacks("photo", "animal", "communication"), faults="patient.with-photo"),
    why="An appointment needs none of it, and what is not sent cannot be lost.",
    fix="Leave the element out of every Patient that you return.",
)  # fmt: skip


@scenarios(ABSENT)
def test_absent(context: ScenarioContext, case: Case) -> None:
    for patient in context.config.data.patients_with("bookable")[:3]:
        for shown in found_and_read(context, PATIENT, patient.nhs_number):
            keeps(context, shown.response, shown.resource, *case["rules"])


# What a patient refers to

REFERS = table(
    PATIENT.read,
    case("patient.managing-organisation", "A patient's managing organisation can be read and is that of the base URL",
         "STU3-PAT-023 STU3-RES-030", faults="patient.without-manager patient.other-manager patient.manager-dangles"),
    why="The consumer tells its user which practice it speaks to by this reference.",
    fix="Let managingOrganization be the practice whose ODS code stands in the base URL, for temporary patients as well.",
)  # fmt: skip


@scenarios(REFERS)
def test_managing_organisation(context: ScenarioContext, case: Case) -> None:
    for shown in found_and_read(context, PATIENT):
        reference = first(shown.resource, "managingOrganization.reference")
        read = readable(context, ORGANIZATION, reference, "Patient.managingOrganization", shown.response.number)
        if read is not None:
            keeps(context, read, read.resource, organisation_code)


BRANCH = table(
    PATIENT.read,
    case("patient.preferred-branch", "A patient's preferred branch is a location that can be read", "STU3-PAT-024 STU3-RES-031",
         faults="patient.without-branch patient.branch-dangles"),
    case("patient.branch-in-diary", "The preferred branch of a patient is a location as the schedules name it", "STU3-RES-031",
         in_schedules=True, faults="patient.branch-elsewhere"),
    why="A consumer offers first what is free at the branch that the patient prefers; the ids must be the same for that.",
    fix="Fill in preferredBranchSurgery of the registrationDetails extension with the Location that schedules name.",
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
    named = {str(branch) for shown in _all_found(context) for branch in _branches(context, shown)}
    if not named:
        context.cannot("no configured patient shows a preferred branch")
    if not named & offered:
        context.findings.warn(
            "no patient's preferred branch is a location at which anything is free: the ids may be of another space",
            location="Patient.extension(preferredBranchSurgery)",
            found=", ".join(sorted(named))[:120],
            expected=", ".join(sorted(offered))[:120],
            code="branch",
        )


def _all_found(context: ScenarioContext) -> Iterator[Shown]:
    for patient in context.config.data.patients_with("bookable"):
        response = context.send(asked(context, PATIENT, patient.nhs_number))
        context.need(response, success("Bundle"), what="a patient cannot be found")
        yield from (Shown(response, one, "found") for one in response.entries("Patient"))


SAME = table(
    PATIENT.read,
    case("patient.same-version", "A patient has the same version found and read", "STU3-PAT-018 DSTU2-PAT-015",
         faults="patient.find-differs-from-read", compare=lambda value: first(value, "meta.versionId")),
    case("patient.same", "A patient is told alike, found and read", "STU3-PAT-027", faults="patient.find-tells-less",
         compare=lambda value: value),
    why="Two responses about one version of a patient that differ leave a consumer to guess which is right.",
    fix="Make both responses of the same mapping.",
)  # fmt: skip


@scenarios(SAME)
def test_same(context: ScenarioContext, case: Case) -> None:
    compare: Callable[[Resource], Any] = case["compare"]
    found, read = found_and_read(context, PATIENT)
    for path in differences(compare(found.resource), compare(read.resource), ignoring=UNSTABLE):
        context.findings.fail(
            "found and read differ", location=f"Patient.{path}", exchange=read.response.number, code="differs"
        )


DISPLAYS = table(
    PATIENT.read,
    _said("reference-display", "The references of a patient have a display, found and read", "DSTU2-FHIR-006",
          demographics.displays("managingOrganization", "careProvider"), faults="patient.references-without-display"),
    why="A display lets a consumer show what is referred to without asking again.",
    fix="Fill in Reference.display with a short name.",
)  # fmt: skip


@scenarios(DISPLAYS)
def test_displays(context: ScenarioContext, case: Case) -> None:
    for shown in found_and_read(context, PATIENT):
        keeps(context, shown.response, shown.resource, *case["rules"])
