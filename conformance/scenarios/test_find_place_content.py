"""What practitioners, organisations and locations show of themselves, found and read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.checks import people
from conformance.checks.answers import success
from conformance.checks.entries import holds, lacks
from conformance.checks.places import (
    address_parts,
    each_has,
    identified,
    one_name,
    organisation_code,
    single,
    telecom_parts,
)
from conformance.checks.values import differences, every, first
from conformance.core.results import Severity
from conformance.harness.case import Case, case, scenarios, table
from conformance.harness.diary import FreeSlot
from conformance.harness.scene import UNSTABLE, Scene
from conformance.scenarios.foundations import (
    LOCATION,
    ORGANIZATION,
    PRACTITIONER,
    Kind,
    found_and_read,
    keeps,
    location_of_a_slot,
    look_up,
    readable,
)

WARN = Severity.WARN


def _said(kind: Kind, name: str, title: str, verifies: str, *rules: Any, faults: str, **more: Any) -> dict[str, Any]:
    titled = f"{title}, found and read" if kind is not LOCATION else title
    faults = " ".join(f"{kind.short}.{fault}" if "." not in fault else fault for fault in faults.split())
    return case(
        f"{kind.short}.{name}", titled, verifies, interaction=kind.read, kind=kind, rules=rules, faults=faults, **more
    )


MUST = table(
    "",
    _said(PRACTITIONER, "identifiers", "A practitioner shows one SDS user id, beside it only SDS role profiles",
          "STU3-PRAC-009 STU3-RES-023 STU3-RES-028 DSTU2-PRAC-004 DSTU2-PRAC-006", identified("sds_user", "sds_role_profile"),
          faults="without-identifier role-profiles-only two-user-ids identifier-of-other-system"),
    _said(PRACTITIONER, "name", "A practitioner has exactly one name, with a family name", "STU3-PRAC-009 STU3-RES-023",
          one_name, faults="without-name without-family two-names"),
    *(
        _said(PRACTITIONER, f"no-{name}", f"A practitioner's {words} is not told", "STU3-PRAC-011", lacks(path),
              faults=f"with-{name}")
        for name, words, path in (
            ("telecom", "telephone number", "telecom"), ("address", "address", "address"),
            ("birth-date", "birth date", "birthDate"), ("photo", "photo", "photo"),
            ("qualification", "qualification", "qualification"),
        )
    ),
    _said(PRACTITIONER, "gender-known", "A practitioner's gender, where told, is one of FHIR's", "STU3-PRAC-010",
          people.gender_known,
          faults="odd-gender"),
    _said(PRACTITIONER, "reference-display", "The references of a practitioner have a display", "DSTU2-FHIR-006",
          people.displays("practitionerRole.managingOrganization", "practitionerRole.location"),
          faults="references-without-display"),
    _said(ORGANIZATION, "identifiers", "An organisation shows one ODS code",
          "STU3-ORG-009 STU3-RES-025 STU3-RES-028 DSTU2-ORG-004 DSTU2-ORG-006",
          identified("organization", besides="local-organization-identifier"),
          faults="without-identifier two-codes identifier-of-other-system"),
    _said(ORGANIZATION, "name", "An organisation has a name", "STU3-ORG-009 STU3-RES-025 DSTU2-ORG-004", holds("name"),
          faults="without-name empty-name"),
    _said(ORGANIZATION, "address", "An organisation's address is there and told in parts", "STU3-ORG-010 STU3-RES-003",
          holds("address"), address_parts(), faults="without-address address-with-state"),
    _said(ORGANIZATION, "address-use", "An organisation's address says which it is, and is not repeated as text",
          "STU3-RES-006 STU3-RES-004", each_has("address", "use", severity=WARN), lacks("address.text", severity=WARN),
          faults="address-without-use address-as-text"),
    _said(ORGANIZATION, "telecom", "An organisation's telephone number is there, with system and value",
          "STU3-ORG-010 STU3-RES-007", holds("telecom"), telecom_parts(), faults="without-telecom telecom-without-system"),
    _said(ORGANIZATION, "telecom-use", "An organisation's telephone number says which it is", "STU3-RES-009",
          each_has("telecom", "use", severity=WARN), faults="telecom-without-use"),
    _said(ORGANIZATION, "no-contact", "An organisation's contacts are not told", "STU3-ORG-011", lacks("contact"),
          faults="with-contact"),
    _said(ORGANIZATION, "no-endpoint", "An organisation's endpoints are not told", "STU3-ORG-011", lacks("endpoint"),
          faults="with-endpoint"),
    _said(LOCATION, "name", "A location has a name", "STU3-LOC-005 DSTU2-LOC-004", holds("name"),
          faults="without-name empty-name"),
    _said(LOCATION, "address", "A location's address is there, one, told in parts", "STU3-LOC-006 STU3-RES-003",
          holds("address"), address_parts(), faults="without-address address-with-state"),
    _said(LOCATION, "one-address", "A location's address is a single object, no list", "STU3-RES-024 DSTU2-LOC-003",
          single("address"), faults="address-list", noted="C-EXAMPLE-SHAPES"),
    _said(LOCATION, "address-use", "A location's address says which it is, and is not repeated as text",
          "STU3-RES-006 STU3-RES-004", each_has("address", "use", severity=WARN), lacks("address.text", severity=WARN),
          faults="address-without-use address-as-text"),
    _said(LOCATION, "telecom", "A location's telephone number is there, with system and value", "STU3-LOC-006 STU3-RES-007",
          holds("telecom", severity=WARN), telecom_parts(), faults="without-telecom telecom-without-system"),
    _said(LOCATION, "telecom-use", "A location's telephone number says which it is", "STU3-RES-009",
          each_has("telecom", "use", severity=WARN), faults="telecom-without-use"),
    _said(LOCATION, "no-endpoint", "A location's endpoints are not told", "STU3-LOC-008", lacks("endpoint"),
          faults="with-endpoint"),
    _said(LOCATION, "no-mode", "A location does not say whether it is one or a kind", "STU3-RES-024", lacks("mode"),
          faults="with-mode"),
    _said(LOCATION, "site-code", "A location's site code, where it has one, is of the NHS system and has a value",
          "STU3-RES-024 STU3-RES-028", identified("site", needed=False), faults="identifier-of-other-system",
          noted="C-SITECODE"),
    _said(LOCATION, "identifiers", "A location that is found by its site code shows it", "DSTU2-LOC-004 DSTU2-LOC-006",
          identified("site", besides="local-location-identifier"), faults="without-identifier identifier-of-other-system"),
    _said(LOCATION, "reference-display", "The references of a location have a display", "DSTU2-FHIR-006",
          people.displays("managingOrganization"), faults="references-without-display"),
    why="It is what a consumer shows to the person who chooses an appointment, and no more than that.",
    mend="Fill in what the edition's page lists and leave out what it excludes.",
)  # fmt: skip


@scenarios(MUST)
def test_must(scene: Scene, case: Case) -> None:
    for shown in found_and_read(scene, case["kind"]):
        keeps(scene, shown.reply, shown.resource, *case["rules"])


HELD = table(
    PRACTITIONER.read,
    _said(PRACTITIONER, "gender", "A practitioner's gender is told where it is held", "STU3-PRAC-010", faults="without-gender",
          shows=lambda resource: resource.get("gender")),
    _said(PRACTITIONER, "language", "A practitioner's languages are told where they are held", "STU3-PRAC-010",
          people.languages_complete, faults="without-languages language-uncoded", shows=people.speaks),
    why="A patient may ask for a woman, or for somebody who speaks their language.",
    mend="Fill in gender and the nhsCommunication extension from the staff record.",
)  # fmt: skip


@scenarios(HELD)
def test_held(scene: Scene, case: Case) -> None:
    seen = 0
    PRACTITIONER.known(scene)
    for value in PRACTITIONER.values(scene):
        for shown in found_and_read(scene, PRACTITIONER, value):
            seen += bool(case["shows"](shown.resource))
            keeps(scene, shown.reply, shown.resource, *case["rules"])
    if not seen:
        scene.warn("none of the configured practitioners shows it: either it is left out though it is held, or the test data "
                   "cannot show it", location="Practitioner", found="nothing", expected="a practitioner who has it",
                   code="not-shown")  # fmt: skip


SAME = table(
    "",
    *(
        case(f"{kind.short}.same", f"{words} is told alike, found and read", verifies, interaction=kind.read, kind=kind,
             faults=f"{kind.short}.find-tells-less")
        for kind, words, verifies in (
            (PRACTITIONER, "A practitioner", "STU3-PRAC-008 DSTU2-PRAC-006"),
            (ORGANIZATION, "An organisation", "STU3-ORG-008 DSTU2-ORG-006"),
            (LOCATION, "A location", "DSTU2-LOC-006"),
        )
    ),
    why="Two answers about one version that differ leave a consumer to guess which is right.",
    mend="Make both answers of the same mapping.",
)  # fmt: skip


@scenarios(SAME)
def test_same(scene: Scene, case: Case) -> None:
    case["kind"].known(scene)
    found, read = found_and_read(scene, case["kind"])
    for path in differences(found.resource, read.resource, ignoring=UNSTABLE):
        scene.fail("found and read differ", location=f"{case['kind'].type}.{path}", exchange=read.reply.number,
                   code="differs")  # fmt: skip


PLACES = table(
    LOCATION.read,
    case("location.managing-organisation", "A location's managing organisation can be read", "STU3-LOC-007",
         faults="location.without-manager location.manager-dangles"),
    case("location.practice-manages", "The locations at which the practice offers slots are managed by the practice",
         "STU3-RES-029", practice=True, faults="location.other-manager"),
    why="Whoever books must know which practice answers for the place.",
    mend="Let managingOrganization refer to the Organization of the practice, which can be read and bears its ODS code.",
)  # fmt: skip


@scenarios(PLACES)
def test_managing_organisation(scene: Scene, case: Case) -> None:
    reply = look_up(scene, LOCATION, location_of_a_slot(scene))
    scene.need(reply, success("Location"), what="the location of a free slot cannot be read")
    reference = first(reply.value, "managingOrganization.reference")
    read = readable(scene, ORGANIZATION, reference, "Location.managingOrganization", reply.number)
    if read is not None and case.get("practice"):
        keeps(scene, read, read.resource, organisation_code)


BOOKED = table(
    LOCATION.read,
    case("location.of-each-schedule", "Every location at which a slot is free can be read", "STU3-LOC-002 DSTU2-LOC-006",
         faults="location.branch-unreadable"),
    case("location.of-appointments", "The location of an appointment can be read, wherever it takes place", "STU3-LOC-009",
         booked=True, faults="location.branch-unreadable"),
    why="A patient who is told of an appointment has to be told where it is.",
    mend="Serve every Location that a Schedule or an Appointment names, branches and rooms included.",
)  # fmt: skip


@scenarios(BOOKED)
def test_locations_in_use(scene: Scene, case: Case) -> None:
    places = sorted({slot.location_id for slot in scene.diary.free() if slot.location_id})
    if not places:
        scene.cannot("no schedule with a free slot names a location")
    for place in places:
        references = [f"Location/{place}"]
        if case.get("booked"):
            booked = scene.booked(scene.slot(_at(place)))
            actors = [str(actor) for actor in every(booked.value, "participant.actor.reference")]
            references = [actor for actor in actors if actor.startswith("Location/")] or ["nothing"]
        for reference in references:
            readable(
                scene, LOCATION, reference, "participant.actor", scene.exchanges[-1].number if scene.exchanges else 0
            )


def _at(place: str) -> Callable[[FreeSlot], bool]:
    return lambda slot: slot.location_id == place
