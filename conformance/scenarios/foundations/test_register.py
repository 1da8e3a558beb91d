"""Register a patient: the response to a valid request, and its effects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.checks import demographics
from conformance.checks.addresses_and_identifiers import organisation_code
from conformance.checks.bundle_entries import Rule, claims_profile, holds, lacks
from conformance.checks.headers import fhir_content_type, no_store
from conformance.checks.json_values import every, first
from conformance.checks.response import success
from conformance.config.model import Patient
from conformance.consumer.request_mutations import body_without
from conformance.core.counting import counted
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.foundations import ORGANIZATION, PATIENT, identifiers, look_up, meets, readable
from conformance.scenarios.steps.refusals import expect_refused
from conformance.scenarios.steps.registration import (
    ADDRESSES,
    REGISTER,
    SENT,
    TELECOMS,
    Registered,
    person_of,
    person_to_register,
    registered,
    registered_well,
    request_for,
    returner,
)

Look = Callable[[ScenarioContext, Registered], None]


def _succeeded(context: ScenarioContext, made: Registered) -> None:
    context.judge(made.response, success("Bundle"))


def _one_patient(context: ScenarioContext, made: Registered) -> None:
    context.need(made.response, success("Bundle"), what="the registration does not succeed")
    entries = list(made.response.entries())
    numbers = [number for one in made.response.entries("Patient") for number in identifiers(context, PATIENT, one)]
    if len(entries) != 1 or numbers != [made.person.nhs_number] or not first(entries, "id"):
        context.findings.fail(
            "the response does not contain exactly the registered patient",
            location="Bundle.entry",
            found=f"{len(entries)} entries",
            expected="one Patient with the NHS number sent, and an id",
            exchange=made.response.number,
            code="found",
        )


def _searchset(context: ScenarioContext, made: Registered) -> None:
    context.need(made.response, success("Bundle"), what="the registration does not succeed")
    meets(context, made.response, made.response.resource, claims_profile)


def _lean(context: ScenarioContext, made: Registered) -> None:
    context.need(made.response, success("Bundle"), what="the registration does not succeed")
    rule = lacks("total", "link", "signature", "entry.search", "entry.request", "entry.response")
    meets(context, made.response, made.response.resource, rule)


def _headers(context: ScenarioContext, made: Registered) -> None:
    context.judge(made.response, no_store, fhir_content_type)


RESPONSE = table(
    REGISTER,
    case("register.succeeds", "A registration returns 200 with a searchset Bundle", "STU3-REG-007 DSTU2-REG-005",
         look=_succeeded, faults="register.created register.not-a-searchset"),
    case("register.one-patient", "A registration returns exactly the registered patient",
         "STU3-REG-008 STU3-REG-010 DSTU2-REG-006", look=_one_patient, faults="register.empty register.twice",
         noted="C-REG-RESPONSE"),
    case("register.bundle-profile", "A registration returns a Bundle that names its profile",
         "STU3-REG-008 STU3-RES-027 DSTU2-REG-006",
         look=_searchset, faults="register.without-bundle-profile"),
    case("register.bundle-lean", "A registration returns a Bundle without the elements that its profile prohibits",
         "STU3-RES-027", look=_lean, faults="register.with-link register.with-total"),
    case("register.headers", "The response to a registration forbids caching and has a FHIR media type with UTF-8",
         "STU3-REG-036", look=_headers, faults="register.may-be-cached register.unlabelled"),
    why="The consumer books next for the id in the response.",
    fix="Return 200 (not 201) with a searchset Bundle of exactly the registered Patient.",
)  # fmt: skip


@scenarios(RESPONSE)
def test_response(context: ScenarioContext, case: Case) -> None:
    case["look"](context, registered(context))


def _shows(name: str, title: str, verifies: str, *rules: Any, faults: str) -> dict[str, Any]:
    return case(f"register.{name}", f"A newly registered patient {title}", verifies, rules=rules, faults=faults)


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

SHOWN = table(
    REGISTER,
    _shows("official-name", "has exactly one official name", "STU3-REG-010", demographics.official_name,
           faults="register.two-names register.without-name"),
    _shows("version", "has a version", "STU3-REG-010", holds("meta.versionId"), faults="register.without-version"),
    _shows("gender-told", "has a gender from FHIR's value set", "STU3-REG-010 DSTU2-REG-007", demographics.gender,
           faults="register.loses-gender"),
    _shows("birth-date-told", "has a complete birth date", "STU3-REG-010 DSTU2-REG-007", demographics.birth_date,
           faults="register.british-birth-date register.without-birth-date"),
    _shows("type", "has a registration type", "STU3-REG-013 DSTU2-REG-008", demographics.registration_type,
           faults="register.without-type register.without-details"),
    _shows("not-regular", "is not a regular patient", "STU3-REG-015", demographics.not_regular, faults="register.as-regular"),
    _shows("period", "has a registration period that has started", "DSTU2-REG-008", demographics.registration_period,
           faults="register.without-period register.without-details"),
    _shows("verified", "has a verified NHS number", "STU3-REG-010", demographics.verified_number,
           faults="register.number-unverified"),
    *(
        _shows(f"no-{name}", f"does not show {words}", "STU3-REG-014", rule, faults=f"register.with-{name}")
        for name, words, rule in _ABSENT
    ),
    why="The consumer shows the new record to its user, who confirms the identity.",
    fix="Return the complete new record: what was sent, completed from PDS, and the temporary registration.",
)  # fmt: skip


@scenarios(SHOWN)
def test_shown(context: ScenarioContext, case: Case) -> None:
    made = registered_well(context)
    meets(context, made.response, made.patient, *case["rules"])


SENT_BACK = table(
    REGISTER,
    case("register.same-family", "A registration returns the family name as it was sent", "STU3-REG-009 DSTU2-REG-007",
         path="name.family", of=lambda person: person.family, faults="register.other-family register.without-name"),
    case("register.same-given", "A registration returns the given name as it was sent, first among those on PDS",
         "STU3-REG-009",
         path="name.given", of=lambda person: person.given, faults="register.other-given register.without-name"),
    case("register.same-birth-date", "A registration returns the birth date as it was sent", "STU3-REG-009 DSTU2-REG-007",
         path="birthDate", of=lambda person: person.birth_date,
         faults="register.british-birth-date register.without-birth-date"),
    case("register.same-gender", "A registration returns the gender as it was sent", "STU3-REG-009 DSTU2-REG-007",
         path="gender",
         of=lambda person: person.gender, faults="register.loses-gender register.other-gender"),
    why="A registration with changed identity registers another person.",
    fix="Store name, birth date and gender as sent and confirmed by PDS.",
)  # fmt: skip


@scenarios(SENT_BACK)
def test_sent_back(context: ScenarioContext, case: Case) -> None:
    made = registered_well(context)
    wanted = case["of"](made.person)
    if not wanted:
        context.cannot("the configuration does not name it for the person registered")
    found = [str(value) for value in every(made.patient, case["path"])]
    if not found or found[0].casefold() != wanted.casefold():
        context.findings.fail(
            "the value is not returned as it was sent",
            location=f"Patient.{case['path']}",
            found="nothing" if not found else "another value",
            expected="the value sent",
            exchange=made.response.number,
            code="kept",
        )


MANAGER = table(
    REGISTER,
    case("register.managing-organisation", "A registration returns the practice of the base URL as managing organisation",
         "STU3-REG-012 STU3-RES-030", faults="register.without-manager register.other-manager"),
    why="From it the consumer knows with which practice the patient is temporarily registered.",
    fix="Set managingOrganization to the practice whose ODS code is in the base URL.",
)  # fmt: skip


@scenarios(MANAGER)
def test_managing_organisation(context: ScenarioContext, case: Case) -> None:
    made = registered_well(context)
    reference = first(made.patient, "managingOrganization.reference")
    read = readable(context, ORGANIZATION, reference, "Patient.managingOrganization", made.response.number)
    if read is not None:
        meets(context, read, read.resource, organisation_code)


# Effects


def _can_be_found(context: ScenarioContext, made: Registered) -> None:
    found = [str(one.get("id")) for one in context.effects.patients(made.person.nhs_number)]
    if found != [str(made.patient.get("id"))]:
        context.findings.fail(
            "a search does not find exactly the registered patient",
            location="Bundle.entry",
            found=counted(len(found), "patient"),
            expected="the one registered",
            exchange=context.sender.exchanges[-1].number,
            code="found",
        )


def _can_be_read(context: ScenarioContext, made: Registered) -> None:
    response = look_up(context, PATIENT, str(made.patient.get("id")), made.person.nhs_number)
    if context.judge(response, success("Patient")):
        meets(
            context,
            response,
            response.resource,
            demographics.shows_number(made.person.nhs_number),
            demographics.birth_date,
        )


def _can_be_booked_for(context: ScenarioContext, made: Registered) -> None:
    patient = Patient(made.person.nhs_number)
    slot = context.arrange.slot()
    response = context.send(context.arrange.booking(slot, patient=patient))
    context.arrange.booked_by(response, patient, (slot,))
    if context.judge(response, success("Appointment", 201)):
        context.effects.no_longer_free(slot)


COMES_OF_IT = table(
    REGISTER,
    case("register.can-be-found", "A registered patient is found by a search, once",
         "STU3-REG-016 STU3-REG-009 DSTU2-REG-010", look=_can_be_found, faults="register.stays-inactive"),
    case("register.can-be-read", "A registered patient can be read by the id that the registration returned",
         "STU3-REG-009 DSTU2-REG-010", look=_can_be_read, faults="register.stays-inactive register.other-id"),
    case("register.can-be-booked-for", "An appointment can be booked for a registered patient",
         "STU3-REG-016 DSTU2-REG-010", look=_can_be_booked_for, faults="register.cannot-be-booked-for"),
    why="The purpose of registration is an appointment for a person who is not a patient of the practice.",
    fix="Activate the new record immediately, for every interaction.",
)  # fmt: skip


@scenarios(COMES_OF_IT)
def test_comes_of_it(context: ScenarioContext, case: Case) -> None:
    case["look"](context, registered_well(context))


# Registering with more and with less


def _kept_address(context: ScenarioContext, made: Registered) -> None:
    home = next(item for item in ADDRESSES if item["use"] == "home")
    returned = [item for item in every(made.patient, "address") if first(item, "use") == "home"]
    _compare(context, made, "address", home["postalCode"], [str(first(item, "postalCode")) for item in returned])


def _kept_telecoms(context: ScenarioContext, made: Registered) -> None:
    returned = [str(value) for value in every(made.patient, "telecom.value")]
    for item in TELECOMS:
        _compare(context, made, "telecom", item["value"], returned)


def _kept_language(context: ScenarioContext, made: Registered) -> None:
    parts = [part for item in demographics.speaks(made.patient) for part in every(item, "extension")]
    codes = [str(code) for part in parts for code in every(part, "valueCodeableConcept.coding.code")]
    _compare(context, made, "extension(nhsCommunication)", "fr", codes)
    flags = [str(part.get("valueBoolean")) for part in parts if first(part, "url") == "interpreterRequired"]
    _compare(context, made, "extension(nhsCommunication).interpreterRequired", "True", flags)


def _compare(context: ScenarioContext, made: Registered, path: str, wanted: str, returned: list[str]) -> None:
    if wanted not in returned:
        context.findings.fail(
            "what was sent is not returned",
            location=f"Patient.{path}",
            found=f"{len(returned)} others",
            expected="the value sent",
            exchange=made.response.number,
            code="kept",
        )


FULL = table(
    REGISTER,
    case("register.all-accepted", "A registration with a home and a temporary address and a telecom of every use is accepted",
         "STU3-REG-029", faults="register.refuses-temporary-address register.refuses-work-number"),
    case("register.keeps-address", "A registration returns the home address sent", "STU3-REG-011", look=_kept_address,
         faults="register.loses-address"),
    case("register.keeps-telecoms", "A registration returns the telephone numbers and the e-mail address sent", "STU3-REG-011",
         look=_kept_telecoms, faults="register.loses-telecom"),
    case("register.keeps-language", "A registration returns the language sent, and whether an interpreter is needed",
         "STU3-REG-011",
         look=_kept_language, faults="register.loses-language"),
    why="The practice needs to contact the patient, who is probably away from home.",
    fix="Store addresses, telecoms and the language as sent, and return them.",
)  # fmt: skip


@scenarios(FULL)
def test_full(context: ScenarioContext, case: Case) -> None:
    look: Look | None = case.get("look")
    if look is None:
        context.judge(registered(context, "full").response, success("Bundle"))
    else:
        look(context, registered_well(context, "full"))


LESS = table(
    REGISTER,
    case("register.without-gender", "A registration without gender is accepted, and the gender completed from PDS",
         "STU3-REG-030", faults="register.loses-gender register.demands-gender"),
    why="Gender is optional in the request; PDS has it.",
    fix="Take optional elements missing from the request from PDS.",
)  # fmt: skip


@scenarios(LESS)
def test_without_gender(context: ScenarioContext, case: Case) -> None:
    person = person_to_register(context, "without gender")
    request = request_for(context, person)
    response = context.send(request, body_without(f"{SENT}.gender")) if person.gender else context.send(request)
    if not context.judge(response, success("Bundle")):
        return
    one = next(response.entries("Patient"), None)
    if one is None:
        context.cannot("the registration returned no Patient")
    else:
        meets(context, response, one, demographics.gender)


# Registering again


def _again(name: str, title: str, verifies: str, role: str, faults: str) -> dict[str, Any]:
    return case(f"register.{name}", title, verifies, role=role, faults=faults)


AGAIN = table(
    REGISTER,
    _again("second-time", "A newly registered patient is not registered a second time", "STU3-REG-018 DSTU2-REG-011",
           "", "stu3:register.accepts-duplicates stu3:register.duplicate-is-bad-request register.duplicate-has-another-id"),
    _again("of-regular-patient", "A regular patient of the practice is not registered as a temporary one",
           "STU3-REG-018 DSTU2-REG-011", "bookable",
           "stu3:register.accepts-duplicates stu3:register.duplicate-is-bad-request register.duplicate-has-another-id"),
    _again("of-temporary-patient", "A temporary patient of the practice is not registered again",
           "STU3-REG-018 DSTU2-REG-011", "temporary",
           "stu3:register.accepts-duplicates stu3:register.duplicate-is-bad-request register.duplicate-has-another-id"),
    why="Two records split a person's history, and a regular patient re-registered as temporary loses their place.",
    fix="Look the NHS number up first; return 409 DUPLICATE_REJECTED (STU3) for an active patient of any kind.",
)  # fmt: skip


@scenarios(AGAIN)
def test_again(context: ScenarioContext, case: Case) -> None:
    person = (
        person_of(context, context.arrange.patient(case["role"]).nhs_number)
        if case["role"]
        else registered_well(context).person
    )
    before = context.effects.patients(person.nhs_number)
    if len(before) != 1:
        context.cannot("the patient is not found exactly once, so a second record cannot be recognised")
    response = context.send(request_for(context, person))
    refuses = context.edition.capabilities.refuses_repeated_registrations
    if not refuses and response.status == 200:
        context.findings.note(
            "returned 200 again, which the page leaves open: it must not create a second record",
            exchange=response.number,
        )
    else:
        expect_refused(context, response, refused("409 DUPLICATE_REJECTED" if refuses else "4xx"))
    after = context.effects.patients(person.nhs_number)
    if [one.get("id") for one in after] != [one.get("id") for one in before]:
        context.findings.fail(
            "after the second registration the patient is not the same single record",
            location="Bundle.entry",
            found=counted(len(after), "patient"),
            expected="the same record",
            exchange=context.sender.exchanges[-1].number,
            code="duplicate",
        )


ANEW = table(
    REGISTER,
    case("register.anew", "A registration of a person who has left reactivates their record as a temporary patient",
         "STU3-REG-017 STU3-REG-011 DSTU2-REG-011", faults="register.refuses-leavers register.stays-inactive"),
    why="The record of a returning patient must be continued, not duplicated.",
    fix="Reactivate the inactive record as a temporary registration, with the same id.",
)  # fmt: skip


@scenarios(ANEW)
def test_anew(context: ScenarioContext, case: Case) -> None:
    person = returner(context)
    response = context.send(request_for(context, person))
    if not context.judge(response, success("Bundle")):
        return
    one = next(response.entries("Patient"), None)
    found = context.effects.patients(person.nhs_number)
    if one is None or [item.get("id") for item in found] != [one.get("id")]:
        context.findings.fail(
            "the patient is not found exactly once, with the id returned",
            location="Bundle.entry",
            found=counted(len(found), "patient"),
            expected="1",
            exchange=context.sender.exchanges[-1].number,
            code="found",
        )
    elif context.edition.capabilities.shows_registration_type:
        meets(
            context,
            response,
            one,
            demographics.registration_type,
            demographics.not_regular,
            demographics.shows_number(person.nhs_number),
        )
