"""The content of practitioners, organisations and locations, found and read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.checks import demographics
from conformance.checks.addresses_and_identifiers import (
    address_parts,
    each_has,
    identified,
    one_name,
    organisation_code,
    single,
    telecom_parts,
)
from conformance.checks.bundle_entries import holds, lacks
from conformance.checks.json_values import first, targets
from conformance.checks.response import success
from conformance.core.results import Severity
from conformance.engine.context import ScenarioContext
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.engine.slot_pool import FreeSlot
from conformance.scenarios.steps.foundations import (
    LOCATION,
    ORGANIZATION,
    PRACTITIONER,
    Kind,
    found_and_read,
    found_as_read,
    location_of_a_slot,
    look_up,
    meets,
    readable,
)

WARN = Severity.WARN


def _row(kind: Kind, name: str, title: str, verifies: str, *rules: Any, faults: str, **more: Any) -> dict[str, Any]:
    faults = " ".join(f"{kind.short}.{fault}" if "." not in fault else fault for fault in faults.split())
    return case(
        f"{kind.short}.{name}", title, verifies, interaction=kind.read, kind=kind, rules=rules, faults=faults, **more
    )


MUST = table(
    "",
    _row(PRACTITIONER, "identifiers",
          "A practitioner found and read has one SDS user id, and otherwise only SDS role profiles",
          "STU3-PRAC-009 STU3-RES-023 STU3-RES-028 DSTU2-PRAC-004 DSTU2-PRAC-006", identified("sds_user", "sds_role_profile"),
          faults="without-identifier role-profiles-only two-user-ids identifier-of-other-system"),
    _row(PRACTITIONER, "name", "A practitioner found and read has exactly one name, with a family name",
          "STU3-PRAC-009 STU3-RES-023",
          one_name, faults="without-name without-family two-names"),
    *(
        _row(PRACTITIONER, f"no-{name}", f"A practitioner found and read does not show {words}", "STU3-PRAC-011", lacks(path),
              faults=f"with-{name}")
        for name, words, path in (
            ("telecom", "a telephone number", "telecom"), ("address", "address", "address"),
            ("birth-date", "birth date", "birthDate"), ("photo", "photo", "photo"),
            ("qualification", "qualification", "qualification"),
        )
    ),
    _row(PRACTITIONER, "gender-known", "A practitioner found and read has a gender from FHIR's value set, if any",
          "STU3-PRAC-010",
          demographics.gender_known,
          faults="odd-gender"),
    _row(PRACTITIONER, "reference-display", "A practitioner found and read has references with a display", "DSTU2-FHIR-006",
          demographics.displays("practitionerRole.managingOrganization", "practitionerRole.location"),
          faults="references-without-display"),
    _row(ORGANIZATION, "identifiers", "An organisation found and read has one ODS code",
          "STU3-ORG-009 STU3-RES-025 STU3-RES-028 DSTU2-ORG-004 DSTU2-ORG-006",
          identified("organization", besides="local-organization-identifier"),
          faults="without-identifier two-codes identifier-of-other-system"),
    _row(ORGANIZATION, "name", "An organisation found and read has a name", "STU3-ORG-009 STU3-RES-025 DSTU2-ORG-004",
          holds("name"),
          faults="without-name empty-name"),
    _row(ORGANIZATION, "address", "An organisation found and read has an address in parts", "STU3-ORG-010 STU3-RES-003",
          holds("address"), address_parts(), faults="without-address address-with-state"),
    _row(ORGANIZATION, "address-use", "An organisation found and read has an address with a use and without text",
          "STU3-RES-006 STU3-RES-004", each_has("address", "use", severity=WARN), lacks("address.text", severity=WARN),
          faults="address-without-use address-as-text"),
    _row(ORGANIZATION, "telecom", "An organisation found and read has a telephone number with system and value",
          "STU3-ORG-010 STU3-RES-007", holds("telecom"), telecom_parts(), faults="without-telecom telecom-without-system"),
    _row(ORGANIZATION, "telecom-use", "An organisation found and read has a telephone number with a use", "STU3-RES-009",
          each_has("telecom", "use", severity=WARN), faults="telecom-without-use"),
    _row(ORGANIZATION, "no-contact", "An organisation found and read does not show contacts", "STU3-ORG-011", lacks("contact"),
          faults="with-contact"),
    _row(ORGANIZATION, "no-endpoint", "An organisation found and read does not show endpoints", "STU3-ORG-011",
          lacks("endpoint"),
          faults="with-endpoint"),
    _row(LOCATION, "name", "A location that is read has a name", "STU3-LOC-005 DSTU2-LOC-004", holds("name"),
          faults="without-name empty-name"),
    _row(LOCATION, "address", "A location that is read has one address, in parts", "STU3-LOC-006 STU3-RES-003",
          holds("address"), address_parts(), faults="without-address address-with-state"),
    _row(LOCATION, "one-address", "A location that is read has its address as a single object, not a list",
          "STU3-RES-024 DSTU2-LOC-003",
          single("address"), faults="address-list", noted="C-EXAMPLE-SHAPES"),
    _row(LOCATION, "address-use", "A location that is read has an address with a use and without text",
          "STU3-RES-006 STU3-RES-004", each_has("address", "use", severity=WARN), lacks("address.text", severity=WARN),
          faults="address-without-use address-as-text"),
    _row(LOCATION, "telecom", "A location that is read has a telephone number with system and value",
          "STU3-LOC-006 STU3-RES-007",
          holds("telecom", severity=WARN), telecom_parts(), faults="without-telecom telecom-without-system"),
    _row(LOCATION, "telecom-use", "A location that is read has a telephone number with a use", "STU3-RES-009",
          each_has("telecom", "use", severity=WARN), faults="telecom-without-use"),
    _row(LOCATION, "no-endpoint", "A location that is read does not show endpoints", "STU3-LOC-008", lacks("endpoint"),
          faults="with-endpoint"),
    _row(LOCATION, "no-mode", "A location that is read has no mode", "STU3-RES-024", lacks("mode"),
          faults="with-mode"),
    _row(LOCATION, "site-code", "A location that is read has its ODS site code, if any, with NHS system and value",
          "STU3-RES-024 STU3-RES-028", identified("site", needed=False), faults="identifier-of-other-system",
          noted="C-SITECODE"),
    _row(LOCATION, "identifiers", "A location found by its site code has that site code when read",
          "DSTU2-LOC-004 DSTU2-LOC-006",
          identified("site", besides="local-location-identifier"), faults="without-identifier identifier-of-other-system"),
    _row(LOCATION, "reference-display", "A location that is read has references with a display", "DSTU2-FHIR-006",
          demographics.displays("managingOrganization"), faults="references-without-display"),
    why="A consumer shows exactly this to the person who chooses an appointment.",
    fix="Fill in what the edition's page lists and omit what it excludes.",
)  # fmt: skip


@scenarios(MUST)
def test_must(context: ScenarioContext, case: Case) -> None:
    for shown in found_and_read(context, case["kind"]):
        meets(context, shown.response, shown.resource, *case["rules"])


HELD = table(
    PRACTITIONER.read,
    _row(PRACTITIONER, "gender", "A practitioner found and read has a gender where it is recorded", "STU3-PRAC-010",
          faults="without-gender",
          shows=lambda resource: resource.get("gender")),
    _row(PRACTITIONER, "language", "A practitioner found and read has languages where they are recorded", "STU3-PRAC-010",
          demographics.languages_complete, faults="without-languages language-uncoded", shows=demographics.speaks),
    why="A patient may want a woman, or a practitioner who speaks their language.",
    fix="Fill in gender and the nhsCommunication extension from the staff record.",
)  # fmt: skip


@scenarios(HELD)
def test_held(context: ScenarioContext, case: Case) -> None:
    seen = 0
    PRACTITIONER.known(context)
    for value in PRACTITIONER.values(context):
        for shown in found_and_read(context, PRACTITIONER, value):
            seen += bool(case["shows"](shown.resource))
            meets(context, shown.response, shown.resource, *case["rules"])
    if not seen:
        context.findings.warn(
            "no configured practitioner shows it: either it is omitted although recorded, or the test data "
            "does not include it",
            location="Practitioner",
            found="nothing",
            expected="a practitioner who has it",
            code="not-shown",
        )


SAME = table(
    "",
    *(
        case(f"{kind.short}.same", f"{words} found has the same content as the one read", verifies, interaction=kind.read,
             kind=kind,
             faults=f"{kind.short}.find-tells-less")
        for kind, words, verifies in (
            (PRACTITIONER, "A practitioner", "STU3-PRAC-008 DSTU2-PRAC-006"),
            (ORGANIZATION, "An organisation", "STU3-ORG-008 DSTU2-ORG-006"),
            (LOCATION, "A location", "DSTU2-LOC-006"),
        )
    ),
    why="If two responses differ for one version, a consumer must guess which is right.",
    fix="Build both responses from the same mapping.",
)  # fmt: skip


@scenarios(SAME)
def test_same(context: ScenarioContext, case: Case) -> None:
    case["kind"].known(context)
    found_as_read(context, case["kind"])


PLACES = table(
    LOCATION.read,
    case("location.managing-organisation", "A location that is read refers to a managing organisation that can be read",
         "STU3-LOC-007",
         faults="location.without-manager location.manager-dangles"),
    case("location.practice-manages", "A location with free slots that is read has the practice as its managing organisation",
         "STU3-RES-029", practice=True, faults="location.other-manager"),
    why="The person who books must know which practice is responsible for the location.",
    fix="Let managingOrganization refer to the Organization of the practice, which can be read and has its ODS code.",
)  # fmt: skip


@scenarios(PLACES)
def test_managing_organisation(context: ScenarioContext, case: Case) -> None:
    response = look_up(context, LOCATION, location_of_a_slot(context))
    context.need(response, success("Location"), what="the location of a free slot cannot be read")
    reference = first(response.value, "managingOrganization.reference")
    read = readable(context, ORGANIZATION, reference, "Location.managingOrganization", response.number)
    if read is not None and case.get("practice"):
        meets(context, read, read.resource, organisation_code)


BOOKED = table(
    LOCATION.read,
    case("location.of-each-schedule", "Every location with a free slot can be read", "STU3-LOC-002 DSTU2-LOC-006",
         faults="location.branch-unreadable"),
    case("location.of-appointments", "The location of any appointment can be read", "STU3-LOC-009",
         booked=True, faults="location.branch-unreadable"),
    why="A patient needs to know where the appointment takes place.",
    fix="Serve every Location that a Schedule or Appointment refers to, including branches and rooms.",
)  # fmt: skip


@scenarios(BOOKED)
def test_locations_in_use(context: ScenarioContext, case: Case) -> None:
    places = sorted({slot.location_id for slot in context.arrange.slot_pool.free() if slot.location_id})
    if not places:
        context.cannot("no schedule with a free slot names a location")
    for place in places:
        references = [f"Location/{place}"]
        if case.get("booked"):
            booked = context.arrange.booked(context.arrange.slot(_at(place)))
            references = targets(booked.value, "participant.actor.reference", "Location") or ["nothing"]
        for reference in references:
            readable(
                context,
                LOCATION,
                reference,
                "participant.actor",
                context.sender.exchanges[-1].number if context.sender.exchanges else 0,
            )


def _at(place: str) -> Callable[[FreeSlot], bool]:
    return lambda slot: slot.location_id == place
