"""Register a patient: the answer to a valid request, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.checks import people
from conformance.checks.answers import success
from conformance.checks.entries import Rule, holds, lacks
from conformance.checks.headers import fhir_content_type, no_store
from conformance.checks.places import organisation_code
from conformance.checks.values import every, first
from conformance.config.model import Patient
from conformance.consumer.deviations import body_without
from conformance.harness.case import Case, case, scenarios, table
from conformance.harness.expect import refused
from conformance.harness.scene import Scene
from conformance.scenarios.foundations import ORGANIZATION, PATIENT, identifiers, keeps, look_up, readable
from conformance.scenarios.registering import (
    ADDRESSES,
    REGISTER,
    SENT,
    TELECOMS,
    Registered,
    matches,
    newcomer,
    person_of,
    registered,
    registered_well,
    request_for,
)

Look = Callable[[Scene, Registered], None]


def _answered(scene: Scene, made: Registered) -> None:
    scene.judge(made.reply, success("Bundle"))


def _one_patient(scene: Scene, made: Registered) -> None:
    scene.need(made.reply, success("Bundle"), what="the registration does not succeed")
    entries = list(made.reply.entries())
    numbers = [number for one in made.reply.entries("Patient") for number in identifiers(scene, PATIENT, one)]
    if len(entries) != 1 or numbers != [made.person.nhs_number] or not first(entries, "id"):
        scene.fail("the answer does not hold exactly the patient who was registered", location="Bundle.entry",
                   found=f"{len(entries)} entries", expected="one Patient with the NHS number sent, and an id",
                   exchange=made.reply.number, code="found")  # fmt: skip


def _searchset(scene: Scene, made: Registered) -> None:
    profile = scene.edition.profile("Bundle")
    scene.need(made.reply, success("Bundle"), what="the registration does not succeed")
    claimed = [str(value) for value in every(made.reply.value, "meta.profile")]
    if profile and not set(claimed) & set(profile.accepted):
        scene.fail("the Bundle does not name its profile", location="Bundle.meta.profile",
                   found=", ".join(claimed) or "nothing", expected=profile.canonical, exchange=made.reply.number,
                   code="profile-claim")  # fmt: skip


def _lean(scene: Scene, made: Registered) -> None:
    scene.need(made.reply, success("Bundle"), what="the registration does not succeed")
    rule = lacks("total", "link", "signature", "entry.search", "entry.request", "entry.response")
    keeps(scene, made.reply, made.reply.resource, rule)


def _headers(scene: Scene, made: Registered) -> None:
    scene.judge(made.reply, no_store, fhir_content_type)


ANSWER = table(
    REGISTER,
    case("register.succeeds", "A registration is answered 200 with a searchset Bundle", "STU3-REG-007 DSTU2-REG-005",
         look=_answered, faults="register.created register.not-a-searchset"),
    case("register.one-patient", "The answer holds exactly the patient who was registered",
         "STU3-REG-008 STU3-REG-010 DSTU2-REG-006", look=_one_patient, faults="register.empty register.twice",
         noted="C-REG-RESPONSE"),
    case("register.bundle-profile", "The Bundle of the answer names its profile", "STU3-REG-008 STU3-RES-027 DSTU2-REG-006",
         look=_searchset, faults="register.without-bundle-profile"),
    case("register.bundle-lean", "The Bundle of the answer has none of the elements that its profile excludes",
         "STU3-RES-027", look=_lean, faults="register.with-link register.with-total"),
    case("register.headers", "The answer to a registration may not be cached and says that it is FHIR in UTF-8",
         "STU3-REG-036", look=_headers, faults="register.may-be-cached register.unlabelled"),
    why="The answer is where the consumer learns the id for which it books next.",
    mend="Answer 200 (not 201) with a searchset Bundle of exactly the Patient registered.",
)  # fmt: skip


@scenarios(ANSWER)
def test_answer(scene: Scene, case: Case) -> None:
    case["look"](scene, registered(scene))


def _shows(name: str, title: str, verifies: str, *rules: Any, faults: str) -> dict[str, Any]:
    return case(f"register.{name}", f"A patient who was just registered {title}", verifies, rules=rules, faults=faults)


_ABSENT: tuple[tuple[str, str, Rule], ...] = (
    ("ethnic-category", "ethnic category", people.lacks_extension("EthnicCategory-1")),
    ("religious-affiliation", "religion", people.lacks_extension("ReligiousAffiliation-1")),
    ("cadaveric-donor", "consent to donate organs", people.lacks_extension("adavericDonor")),
    ("residential-status", "residential status", people.lacks_extension("ResidentialStatus-1")),
    ("treatment-category", "treatment category", people.lacks_extension("TreatmentCategory-1")),
    ("birth-place", "place of birth", people.lacks_extension("birthPlace")),
    ("marital-status", "marital status", lacks("maritalStatus")),
    ("multiple-birth", "multiple birth", lacks("multipleBirthBoolean", "multipleBirthInteger")),
)

SHOWN = table(
    REGISTER,
    _shows("official-name", "has exactly one official name", "STU3-REG-010", people.official_name,
           faults="register.two-names register.without-name"),
    _shows("version", "has a version", "STU3-REG-010", holds("meta.versionId"), faults="register.without-version"),
    _shows("gender-told", "has a gender of FHIR's list", "STU3-REG-010 DSTU2-REG-007", people.gender,
           faults="register.loses-gender"),
    _shows("birth-date-told", "has a whole birth date", "STU3-REG-010 DSTU2-REG-007", people.birth_date,
           faults="register.british-birth-date register.without-birth-date"),
    _shows("type", "has a registration type", "STU3-REG-013 DSTU2-REG-008", people.registration_type,
           faults="register.without-type register.without-details"),
    _shows("not-regular", "is no regular patient", "STU3-REG-015", people.not_regular, faults="register.as-regular"),
    _shows("period", "has a registration period that has begun", "DSTU2-REG-008", people.registration_period,
           faults="register.without-period register.without-details"),
    _shows("verified", "has a verified NHS number", "STU3-REG-010", people.verified_number,
           faults="register.number-unverified"),
    *(
        _shows(f"no-{name}", f"does not show {words}", "STU3-REG-014", rule, faults=f"register.with-{name}")
        for name, words, rule in _ABSENT
    ),
    why="The consumer shows the new record to its user, who confirms that it is the right person.",
    mend="Answer with the whole new record: what was sent, completed from PDS, and the temporary registration.",
)  # fmt: skip


@scenarios(SHOWN)
def test_shown(scene: Scene, case: Case) -> None:
    made = registered_well(scene)
    keeps(scene, made.reply, made.patient, *case["rules"])


SENT_BACK = table(
    REGISTER,
    case("register.same-family", "The family name is answered as it was sent", "STU3-REG-009 DSTU2-REG-007",
         path="name.family", of=lambda person: person.family, faults="register.other-family register.without-name"),
    case("register.same-given", "The given name is answered as it was sent, first among those that PDS holds", "STU3-REG-009",
         path="name.given", of=lambda person: person.given, faults="register.other-given register.without-name"),
    case("register.same-birth-date", "The birth date is answered as it was sent", "STU3-REG-009 DSTU2-REG-007",
         path="birthDate", of=lambda person: person.birth_date,
         faults="register.british-birth-date register.without-birth-date"),
    case("register.same-gender", "The gender is answered as it was sent", "STU3-REG-009 DSTU2-REG-007", path="gender",
         of=lambda person: person.gender, faults="register.loses-gender register.other-gender"),
    why="A registration that changes who somebody is registers another person.",
    mend="Keep name, birth date and gender as sent, which PDS has confirmed.",
)  # fmt: skip


@scenarios(SENT_BACK)
def test_sent_back(scene: Scene, case: Case) -> None:
    made = registered_well(scene)
    wanted = case["of"](made.person)
    if not wanted:
        scene.cannot("the configuration does not name it for the person registered")
    found = [str(value) for value in every(made.patient, case["path"])]
    if not found or found[0].casefold() != wanted.casefold():
        scene.fail("it is not answered as it was sent", location=f"Patient.{case['path']}",
                   found="nothing" if not found else "another value", expected="the value sent",
                   exchange=made.reply.number, code="kept")  # fmt: skip


MANAGER = table(
    REGISTER,
    case("register.managing-organisation", "The managing organisation of a new patient is that of the base URL",
         "STU3-REG-012 STU3-RES-030", faults="register.without-manager register.other-manager"),
    why="The consumer tells by it which practice the patient is registered with for now.",
    mend="Let managingOrganization be the practice whose ODS code stands in the base URL.",
)  # fmt: skip


@scenarios(MANAGER)
def test_managing_organisation(scene: Scene, case: Case) -> None:
    made = registered_well(scene)
    reference = first(made.patient, "managingOrganization.reference")
    read = readable(scene, ORGANIZATION, reference, "Patient.managingOrganization", made.reply.number)
    if read is not None:
        keeps(scene, read, read.resource, organisation_code)


# What comes of it


def _can_be_found(scene: Scene, made: Registered) -> None:
    found = [str(one.get("id")) for one in matches(scene, made.person.nhs_number)]
    if found != [str(made.patient.get("id"))]:
        scene.fail("a search does not find exactly the patient who was registered", location="Bundle.entry",
                   found=f"{len(found)} patients", expected="the one registered", exchange=scene.exchanges[-1].number,
                   code="found")  # fmt: skip


def _can_be_read(scene: Scene, made: Registered) -> None:
    reply = look_up(scene, PATIENT, str(made.patient.get("id")))
    if scene.judge(reply, success("Patient")):
        keeps(scene, reply, reply.resource, people.shows_number(made.person.nhs_number), people.birth_date)


def _can_be_booked_for(scene: Scene, made: Registered) -> None:
    patient = Patient(made.person.nhs_number)
    slot = scene.slot()
    reply = scene.send(scene.booking(slot, patient=patient))
    scene.booked_by(reply, patient, (slot,))
    if scene.judge(reply, success("Appointment", 201)):
        scene.no_longer_free(slot)


COMES_OF_IT = table(
    REGISTER,
    case("register.can-be-found", "A patient who was registered is found from then on, once",
         "STU3-REG-016 STU3-REG-009 DSTU2-REG-010", look=_can_be_found, faults="register.stays-inactive"),
    case("register.can-be-read", "A patient who was registered can be read by the id answered",
         "STU3-REG-009 DSTU2-REG-010", look=_can_be_read, faults="register.stays-inactive register.other-id"),
    case("register.can-be-booked-for", "An appointment can be booked for a patient who was registered",
         "STU3-REG-016 DSTU2-REG-010", look=_can_be_booked_for, faults="register.cannot-be-booked-for"),
    why="Registration serves one thing: an appointment for somebody who is not on the books.",
    mend="Make the new record active at once, and usable by every interaction.",
)  # fmt: skip


@scenarios(COMES_OF_IT)
def test_comes_of_it(scene: Scene, case: Case) -> None:
    case["look"](scene, registered_well(scene))


# Registering with more and with less


def _kept_address(scene: Scene, made: Registered) -> None:
    home = next(item for item in ADDRESSES if item["use"] == "home")
    held = [item for item in every(made.patient, "address") if first(item, "use") == "home"]
    _compare(scene, made, "address", home["postalCode"], [str(first(item, "postalCode")) for item in held])


def _kept_telecoms(scene: Scene, made: Registered) -> None:
    held = [str(value) for value in every(made.patient, "telecom.value")]
    for item in TELECOMS:
        _compare(scene, made, "telecom", item["value"], held)


def _kept_language(scene: Scene, made: Registered) -> None:
    parts = [part for item in people.speaks(made.patient) for part in every(item, "extension")]
    codes = [str(code) for part in parts for code in every(part, "valueCodeableConcept.coding.code")]
    _compare(scene, made, "extension(nhsCommunication)", "fr", codes)
    flags = [str(part.get("valueBoolean")) for part in parts if first(part, "url") == "interpreterRequired"]
    _compare(scene, made, "extension(nhsCommunication).interpreterRequired", "True", flags)


def _compare(scene: Scene, made: Registered, path: str, wanted: str, held: list[str]) -> None:
    if wanted not in held:
        scene.fail("what was sent is not answered", location=f"Patient.{path}", found=f"{len(held)} others",
                   expected="the value sent", exchange=made.reply.number, code="kept")  # fmt: skip


FULL = table(
    REGISTER,
    case("register.all-accepted", "A registration with a home and a temporary address and a telecom of every use is accepted",
         "STU3-REG-029", faults="register.refuses-temporary-address register.refuses-work-number"),
    case("register.keeps-address", "The home address sent is answered", "STU3-REG-011", look=_kept_address,
         faults="register.loses-address"),
    case("register.keeps-telecoms", "The telephone numbers and the e-mail address sent are answered", "STU3-REG-011",
         look=_kept_telecoms, faults="register.loses-telecom"),
    case("register.keeps-language", "The language sent is answered, and whether an interpreter is needed", "STU3-REG-011",
         look=_kept_language, faults="register.loses-language"),
    why="The practice needs to reach the patient, who may be away from home; that is what a temporary registration is for.",
    mend="Keep addresses, telecoms and the language as sent, and answer with them.",
)  # fmt: skip


@scenarios(FULL)
def test_full(scene: Scene, case: Case) -> None:
    look: Look | None = case.get("look")
    if look is None:
        scene.judge(registered(scene, "full").reply, success("Bundle"))
    else:
        look(scene, registered_well(scene, "full"))


LESS = table(
    REGISTER,
    case("register.without-gender", "A registration without gender is accepted, and the gender completed from PDS",
         "STU3-REG-030", faults="register.loses-gender register.demands-gender"),
    why="Gender is no must of the request; PDS knows it.",
    mend="Take what the request may leave out from PDS.",
)  # fmt: skip


@scenarios(LESS)
def test_without_gender(scene: Scene, case: Case) -> None:
    person = newcomer(scene)
    request = request_for(scene, person)
    reply = scene.send(request, body_without(f"{SENT}.gender")) if person.gender else scene.send(request)
    if not scene.judge(reply, success("Bundle")):
        return
    one = next(reply.entries("Patient"), None)
    if one is None:
        scene.cannot("the registration answers without a Patient")
    else:
        keeps(scene, reply, one, people.gender)


# Registering again


def _again(name: str, title: str, verifies: str, role: str, faults: str) -> dict[str, Any]:
    return case(f"register.{name}", title, verifies, role=role, faults=faults)


AGAIN = table(
    REGISTER,
    _again("second-time", "A patient who was just registered is not registered a second time", "STU3-REG-018 DSTU2-REG-011",
           "", "stu3:register.accepts-duplicates stu3:register.duplicate-is-bad-request register.duplicate-has-another-id"),
    _again("of-regular-patient", "A regular patient of the practice is not registered as a temporary one",
           "STU3-REG-018 DSTU2-REG-011", "bookable",
           "stu3:register.accepts-duplicates stu3:register.duplicate-is-bad-request register.duplicate-has-another-id"),
    _again("of-temporary-patient", "A temporary patient of the practice is not registered again",
           "STU3-REG-018 DSTU2-REG-011", "temporary",
           "stu3:register.accepts-duplicates stu3:register.duplicate-is-bad-request register.duplicate-has-another-id"),
    why="Two records of one person split their history, and a regular patient made temporary loses their place.",
    mend="Look the NHS number up first; answer 409 DUPLICATE_REJECTED (STU3) for an active patient of any kind.",
)  # fmt: skip


@scenarios(AGAIN)
def test_again(scene: Scene, case: Case) -> None:
    person = person_of(scene, scene.patient(case["role"]).nhs_number) if case["role"] else registered_well(scene).person
    before = matches(scene, person.nhs_number)
    if len(before) != 1:
        scene.cannot("the patient is not found once, so that nothing can be said of a second record")
    reply = scene.send(request_for(scene, person))
    if scene.edition.name == "dstu2" and reply.status == 200:
        scene.note(
            "answered 200 again, which the page leaves open: no second record may come of it", exchange=reply.number
        )
    else:
        scene.expect(reply, refused("409 DUPLICATE_REJECTED") if scene.edition.name == "stu3" else refused("4xx"))
    after = matches(scene, person.nhs_number)
    if [one.get("id") for one in after] != [one.get("id") for one in before]:
        scene.fail("after the second registration the patient is not the same single record", location="Bundle.entry",
                   found=f"{len(after)} patients", expected="the one there was", exchange=scene.exchanges[-1].number,
                   code="duplicate")  # fmt: skip


ANEW = table(
    REGISTER,
    case("register.anew", "Somebody who has left is registered anew: their record is made active again, as a temporary one",
         "STU3-REG-017 STU3-REG-011 DSTU2-REG-011", faults="register.refuses-leavers register.stays-inactive"),
    why="The record of somebody who comes back must go on, not begin a second time.",
    mend="Make the inactive record active again, as a temporary registration, under the same id.",
)  # fmt: skip


@scenarios(ANEW)
def test_anew(scene: Scene, case: Case) -> None:
    person = newcomer(scene, inactive=True)
    reply = scene.send(request_for(scene, person))
    if not scene.judge(reply, success("Bundle")):
        return
    one = next(reply.entries("Patient"), None)
    found = matches(scene, person.nhs_number)
    if one is None or [item.get("id") for item in found] != [one.get("id")]:
        scene.fail("the patient is not found once, under the id answered", location="Bundle.entry",
                   found=f"{len(found)} patients", expected="1", exchange=scene.exchanges[-1].number, code="found")  # fmt: skip
    elif scene.edition.name == "stu3":
        keeps(scene, reply, one, people.registration_type, people.not_regular, people.shows_number(person.nhs_number))
