"""What practitioners, organisations and locations show of themselves, found and read."""

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
from conformance.checks.json_values import differences, first, targets
from conformance.checks.response import success
from conformance.core.results import Severity
from conformance.engine.context import ScenarioContext
from conformance.engine.effects import UNSTABLE
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.engine.slot_pool import FreeSlot
from conformance.scenarios.steps.foundations import (
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
          demographics.gender_known,
          faults="odd-gender"),
    _said(PRACTITIONER, "reference-display", "The references of a practitioner have a display", "DSTU2-FHIR-006",
          demographics.displays("practitionerRole.managingOrganization", "practitionerRole.location"),
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
          demographics.displays("managingOrganization"), faults="references-without-display"),
    why="It is what a consumer shows to the person who chooses an appointment, and no more than that.",
    fix="Fill in what the edition's page lists and leave out what it excludes.",
)  # fmt: skip


@scenarios(MUST)
def test_must(context: ScenarioContext, case: Case) -> None:
    for shown in found_and_read(context, case["kind"]):
        keeps(context, shown.response, shown.resource, *case["rules"])


HELD = table(
    PRACTITIONER.read,
    _said(PRACTITIONER, "gender", "A practitioner's gender is told where it is held", "STU3-PRAC-010", faults="without-gender",
          shows=lambda resource: resource.get("gender")),
    _said(PRACTITIONER, "language", "A practitioner's languages are told where they are held", "STU3-PRAC-010",
          demographics.languages_complete, faults="without-languages language-uncoded", shows=demographics.speaks),
    why="A patient may ask for a woman, or for somebody who speaks their language.",
    fix="Fill in gender and the nhsCommunication extension from the staff record.",
)  # fmt: skip


@scenarios(HELD)
def test_held(context: ScenarioContext, case: Case) -> None:
    seen = 0
    PRACTITIONER.known(context)
    for value in PRACTITIONER.values(context):
        for shown in found_and_read(context, PRACTITIONER, value):
            seen += bool(case["shows"](shown.resource))
            keeps(context, shown.response, shown.resource, *case["rules"])
    if not seen:
        context.findings.warn(
            "none of the configured practitioners shows it: either it is left out though it is held, or the test data "
            "cannot show it",
            location="Practitioner",
            found="nothing",
            expected="a practitioner who has it",
            code="not-shown",
        )


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
    why="Two responses about one version that differ leave a consumer to guess which is right.",
    fix="Make both responses of the same mapping.",
)  # fmt: skip


@scenarios(SAME)
def test_same(context: ScenarioContext, case: Case) -> None:
    case["kind"].known(context)
    found, read = found_and_read(context, case["kind"])
    for path in differences(found.resource, read.resource, ignoring=UNSTABLE):
        context.findings.fail(
            "found and read differ",
            location=f"{case['kind'].type}.{path}",
            exchange=read.response.number,
            code="differs",
        )


PLACES = table(
    LOCATION.read,
    case("location.managing-organisation", "A location's managing organisation can be read", "STU3-LOC-007",
         faults="location.without-manager location.manager-dangles"),
    case("location.practice-manages", "The locations at which the practice offers slots are managed by the practice",
         "STU3-RES-029", practice=True, faults="location.other-manager"),
    why="Whoever books must know which practice is responsible for the place.",
    fix="Let managingOrganization refer to the Organization of the practice, which can be read and bears its ODS code.",
)  # fmt: skip


@scenarios(PLACES)
def test_managing_organisation(context: ScenarioContext, case: Case) -> None:
    response = look_up(context, LOCATION, location_of_a_slot(context))
    context.need(response, success("Location"), what="the location of a free slot cannot be read")
    reference = first(response.value, "managingOrganization.reference")
    read = readable(context, ORGANIZATION, reference, "Location.managingOrganization", response.number)
    if read is not None and case.get("practice"):
        keeps(context, read, read.resource, organisation_code)


BOOKED = table(
    LOCATION.read,
    case("location.of-each-schedule", "Every location at which a slot is free can be read", "STU3-LOC-002 DSTU2-LOC-006",
         faults="location.branch-unreadable"),
    case("location.of-appointments", "The location of an appointment can be read, wherever it takes place", "STU3-LOC-009",
         booked=True, faults="location.branch-unreadable"),
    why="A patient who is told of an appointment has to be told where it is.",
    fix="Serve every Location that a Schedule or an Appointment names, branches and rooms included.",
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
