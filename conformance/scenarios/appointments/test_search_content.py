"""Search for free slots: the content of slots, schedules, practitioners, locations and organisations in the response."""

from __future__ import annotations

from typing import Any

from conformance.checks.addresses_and_identifiers import (
    address_parts,
    each_has,
    identified,
    one_name,
    organisation_code,
    someone_identified,
    telecom_parts,
)
from conformance.checks.bundle_entries import claims_profile, each, holds, keeps_profile, lacks
from conformance.checks.json_values import first
from conformance.checks.searchsets import has, referred
from conformance.checks.slots import (
    covers_slots,
    has_channel,
    has_role,
    in_uk_time,
    instants,
    lasts,
    no_overlap,
    takes_place,
)
from conformance.core.results import Severity
from conformance.engine.context import ScenarioContext
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.slot_search import SEARCH, many_free_days, need, search, search_few_days

WARN = Severity.WARN

_RES = {
    "Slot": "STU3-RES-021 DSTU2-SLOT-029",
    "Schedule": "STU3-RES-022 DSTU2-SLOT-030",
    "Practitioner": "STU3-RES-023 DSTU2-PRAC-003",
    "Location": "STU3-RES-024 DSTU2-LOC-003",
    "Organization": "STU3-RES-025 DSTU2-ORG-003",
}


def _profiled(kind: str, faults: str) -> dict[str, Any]:
    return case(
        f"search.{kind.lower()}-profile",
        f"Every {kind} returned by a slot search conforms to its profile",
        f"STU3-SLOT-046 DSTU2-SLOT-027 {_RES[kind]}",
        kind=kind,
        rules=(keeps_profile,),
        faults=faults,
    )


def _claimed(kind: str) -> dict[str, Any]:
    return case(
        f"search.{kind.lower()}-claim",
        f"Every {kind} returned by a slot search names its profile",
        "STU3-SLOT-046 DSTU2-SLOT-027",
        kind=kind,
        rules=(claims_profile,),
        faults=f"search.{kind.lower()}-claims-nothing search.{kind.lower()}-claims-base",
    )


PROFILES = table(
    SEARCH,
    _profiled("Slot", "search.slot-start-missing stu3:search.slot-category search.slot-unknown-element"),
    _profiled("Schedule", "search.schedule-actor-patient search.schedule-no-actor"),
    _profiled("Practitioner", "search.practitioner-bad-gender"),
    _profiled("Location", "search.location-mode-wrong"),
    _profiled("Organization", "search.organization-nameless"),
    *map(_claimed, _RES),
    why="Every consumer relies on the profiles; a consumer that validates rejects the whole response.",
    fix="Validate each entry against the profile of its type; the finding says which element breaks which rule.",
)  # fmt: skip


def _row(id: str, title: str, kind: str, verifies: str, *rules: Any, faults: str, **more: Any) -> dict[str, Any]:  # noqa: A002
    return case(f"search.{id}", title, verifies, kind=kind, rules=more.pop("by_edition", rules), faults=faults, **more)


SLOTS = table(
    SEARCH,
    _row("slot-id", "Every slot returned by a slot search has a logical id", "Slot", "STU3-RES-002 DSTU2-FHIR-023", holds("id"),
          faults="search.slot-without-id"),
    _row("slot-version", "Every slot returned by a slot search has a version", "Slot", "DSTU2-SLOT-028",
         holds("meta.versionId"),
          faults="search.slot-without-version"),
    _row("slot-times-in-order", "Every slot returned by a slot search starts before it ends", "Slot",
         "STU3-RES-021 DSTU2-SLOT-025",
          lasts, faults="search.slot-ends-at-start search.slot-start-missing"),
    _row("slot-times-uk",
         "Every slot returned by a slot search has start and end in UK local time, in whole seconds with the UK's offset",
         "Slot",
          "STU3-SLOT-047", in_uk_time("start", "end"),
          faults="search.slot-times-zulu search.slot-times-fraction search.slot-times-other-offset "
                 "search.slot-times-no-offset search.slot-times-no-seconds"),
    _row("slot-times-instants", "Every slot returned by a slot search has start and end as instants with seconds and offset",
         "Slot",
          "DSTU2-SLOT-029", instants("start", "end"),
          faults="search.slot-times-no-offset search.slot-times-no-seconds"),
    _row("slot-service-type", "Every slot returned by a slot search has a text for its service type", "Slot",
          "STU3-SLOT-048", holds("serviceType.text"),
          faults="search.slot-without-service search.slot-service-coded-only search.slot-service-empty"),
    _row("slot-specialty", "No slot returned by a slot search has a specialty", "Slot", "STU3-SLOT-052", lacks("specialty"),
          faults="search.slot-specialty"),
    _row("slot-channel", "Every slot returned by a slot search has a delivery channel", "Slot",
          "STU3-SLOT-056", has_channel,
          faults="search.slot-without-channel search.slot-channel-made-up search.slot-two-channels"),
    why="The person who books chooses by what the search shows: time, purpose, place and delivery channel.",
    fix="Fill in the slot from the practice's appointment book; the search page lists the mandatory elements.",
)  # fmt: skip

SCHEDULES = table(
    SEARCH,
    _row("schedule-id", "Every schedule returned by a slot search has a logical id", "Schedule",
         "STU3-RES-002 DSTU2-FHIR-023", holds("id"),
          faults="search.schedule-without-id"),
    _row("schedule-horizon-uk",
         "Every schedule returned by a slot search has its planning horizon in UK local time, in whole seconds", "Schedule",
          "STU3-SLOT-047", in_uk_time("planningHorizon.start", "planningHorizon.end"),
          faults="search.horizon-zulu search.horizon-date"),
    _row("schedule-horizon-start", "Every schedule returned by a slot search has the start of its planning horizon", "Schedule",
          "STU3-RES-022", holds("planningHorizon.start"), faults="search.horizon-endless"),
    _row("schedule-horizon-instants", "Every planning horizon returned by a slot search consists of instants", "Schedule",
          "DSTU2-SLOT-030", instants("planningHorizon.start", "planningHorizon.end"), faults="search.horizon-date"),
    _row("schedule-actors",
         "Every schedule returned by a slot search has one location, and apart from it only practitioners as actors",
          "Schedule",
          "STU3-SLOT-055 STU3-SLOT-053 STU3-RES-022 DSTU2-SLOT-030", takes_place,
          faults="search.schedule-no-location search.schedule-actor-patient stu3:search.schedule-two-locations"),
    _row("schedule-specialty", "No schedule returned by a slot search has a specialty", "Schedule", "STU3-SLOT-052",
         lacks("specialty"),
          faults="search.schedule-specialty"),
    _row("schedule-role", "Every schedule returned by a slot search has the role of its practitioner", "Schedule",
          "STU3-SLOT-056", has_role, faults="search.schedule-without-role search.schedule-role-uncoded"),
    _row("schedule-service-type", "No schedule returned by a slot search has a service type: that is on the slots", "Schedule",
          "STU3-RES-022", lacks("serviceType", "active"), faults="search.schedule-service-type search.schedule-active"),
    why="The location, practitioner and role of an appointment come from the schedule of its slot.",
    fix="Compare the schedule with the profile and the search page.",
)  # fmt: skip

PEOPLE = table(
    SEARCH,
    _row("practitioner-name", "Every practitioner returned by a slot search has one name, with a family name", "Practitioner",
          "STU3-SLOT-054 STU3-PRAC-009 STU3-RES-023 DSTU2-PRAC-004", one_name,
          faults="search.practitioner-nameless stu3:search.practitioner-two-names"),
    _row("practitioner-identifier",
          "Practitioners returned by a slot search have no NHS identifiers but an SDS user id and SDS role profiles",
          "Practitioner", "STU3-RES-028 STU3-RES-023 STU3-PRAC-009 DSTU2-PRAC-004",
          identified("sds_user", "sds_role_profile", needed=False),
          faults="search.practitioner-ods-id search.practitioner-two-user-ids"),
    _row("practitioner-gender", "Every practitioner returned by a slot search has a gender", "Practitioner", "STU3-PRAC-010",
          holds("gender", severity=WARN),
          faults="search.practitioner-genderless"),
    *(_row(f"practitioner-{element.lower()}", f"No practitioner returned by a slot search has {what}", "Practitioner",
            "STU3-SLOT-054 STU3-PRAC-011",
            lacks(element), faults=f"search.practitioner-{element.lower()}")
      for element, what in (("telecom", "a telephone number or e-mail address"), ("address", "an address"),
      ("birthDate", "a date of birth"),
                            ("photo", "a photo"), ("qualification", "qualifications"))),
    why="The person who books needs to know who the practitioner is, and nothing more about them.",
    fix="Populate practitioners as for Read a practitioner: identifiers, name, gender and languages, no personal details.",
)  # fmt: skip

PLACES = table(
    SEARCH,
    _row("location-name", "Every location returned by a slot search has a name", "Location",
          "STU3-SLOT-053 STU3-SLOT-054 STU3-LOC-005 DSTU2-LOC-004",
          holds("name"), faults="search.location-nameless"),
    _row("location-address", "Every location returned by a slot search has an address", "Location",
         "STU3-SLOT-053 STU3-LOC-006",
          holds("address"),
          faults="search.location-without-address"),
    _row("location-manager", "Every location returned by a slot search refers to its managing organisation", "Location",
          "STU3-SLOT-053 STU3-RES-029 STU3-LOC-007",
          holds("managingOrganization.reference"), faults="search.location-unmanaged"),
    _row("location-identifier", "Locations returned by a slot search have no NHS identifier but an ODS site code", "Location",
          "STU3-RES-028 STU3-RES-024 DSTU2-LOC-004", faults="search.location-ods-code",
          by_edition={"stu3": (identified("site", needed=False),),
                      "dstu2": (identified("site", needed=False, besides="local-location-identifier"),)}),
    _row("location-address-parts",
         "Location addresses returned by a slot search have only lines, city, county, postcode and country, none empty",
          "Location", "STU3-RES-003", address_parts(),
          faults="search.location-address-empty-line search.location-state"),
    _row("location-address-text", "Location addresses returned by a slot search have no text", "Location", "STU3-RES-004",
          lacks("address.text"), faults="search.location-address-text fhir.address-text"),
    _row("location-address-use", "Location addresses returned by a slot search have a use", "Location", "STU3-RES-006",
          each_has("address", "use"), faults="search.location-address-useless"),
    _row("location-telecom", "Location telecoms returned by a slot search have a system and a value", "Location",
         "STU3-RES-007 STU3-LOC-006",
          holds("telecom", severity=WARN), telecom_parts(),
          faults="search.location-telecom-bare search.location-telecom-empty"),
    _row("location-telecom-use", "Location telecoms returned by a slot search have a use", "Location", "STU3-RES-009",
          each_has("telecom", "use"), faults="search.location-telecom-useless"),
    _row("location-endpoint", "No location returned by a slot search has endpoints", "Location", "STU3-SLOT-054 STU3-LOC-008",
          lacks("endpoint"),
          faults="search.location-endpoint"),
    why="The patient has to find the surgery by the location that the consumer shows.",
    fix="Populate locations as for Read a location.",
)  # fmt: skip

ORGANISATIONS = table(
    SEARCH,
    _row("organization-name", "The organisation returned by a slot search has a name", "Organization",
          "STU3-SLOT-054 STU3-ORG-009 STU3-RES-025 DSTU2-ORG-004",
          holds("name"), faults="search.organization-nameless"),
    _row("organization-identifier", "The organisation returned by a slot search has one identifier, its ODS code",
         "Organization",
          "STU3-ORG-009 STU3-RES-028 STU3-RES-025 DSTU2-ORG-004", identified("organization"), organisation_code,
          faults="search.organization-without-ods search.organization-two-ods"),
    _row("organization-address", "The organisation returned by a slot search has an address and a telephone number",
         "Organization",
          "STU3-ORG-010",
          holds("address"), holds("telecom"),
          faults="search.organization-without-address search.organization-without-telecom"),
    _row("organization-address-parts",
          "Organisation addresses returned by a slot search have only lines, city, county, postcode and country, none empty",
          "Organization", "STU3-RES-003", address_parts(),
          faults="search.organization-address-empty-line search.organization-state"),
    _row("organization-address-text", "Organisation addresses returned by a slot search have no text", "Organization",
          "STU3-RES-004",
          lacks("address.text"), faults="search.organization-address-text"),
    _row("organization-address-use", "Organisation addresses returned by a slot search have a use", "Organization",
         "STU3-RES-006",
          each_has("address", "use"), faults="search.organization-address-useless"),
    _row("organization-telecom", "Organisation telecoms returned by a slot search have a system and a value", "Organization",
         "STU3-RES-007",
          telecom_parts(), faults="search.organization-telecom-bare search.organization-telecom-empty"),
    _row("organization-telecom-use", "Organisation telecoms returned by a slot search have a use", "Organization",
         "STU3-RES-009",
          each_has("telecom", "use"), faults="search.organization-telecom-useless"),
    *(_row(f"organization-{element}", f"No organisation returned by a slot search has {what}", "Organization",
           "STU3-SLOT-054 STU3-ORG-011",
            lacks(element), faults=f"search.organization-{element}")
      for element, what in (("contact", "contacts"), ("endpoint", "endpoints"))),
    why="From the organisation a patient learns whose surgery it is and how to reach it.",
    fix="Populate organisations as for Read an organisation.",
)  # fmt: skip


@scenarios(PROFILES, SLOTS, SCHEDULES, PEOPLE, PLACES, ORGANISATIONS)
def test_content(context: ScenarioContext, case: Case) -> None:
    kind = case["kind"]
    response = search_few_days(context)
    need(context, response, kind)
    context.judge(response, each(kind, *context.parameter("rules")))


TOGETHER = table(
    SEARCH,
    case("search.practitioner-sds", "A slot search returns the SDS user id of practitioners who have one",
         "STU3-PRAC-009 DSTU2-PRAC-004",
         kind="Practitioner", checks=(someone_identified("Practitioner", "sds_user"),), configured="practitioners",
         why="The SDS user id distinguishes practitioners of the same name.",
         fix="Return the SDS user id that the practice records for each practitioner.",
         faults="search.practitioner-no-user-id"),
    case("search.no-overlap",
         "Slots of one schedule returned by a slot search do not overlap, so that adjacent slots can be recognised",
         "DSTU2-SLOT-025",
         kind="Slot", checks=(no_overlap,), faults="search.slots-overlap"),
    case("search.horizon-covers", "The planning horizon of every schedule returned by a slot search covers its slots",
         "STU3-RES-022 DSTU2-SLOT-030",
         kind="Slot", checks=(covers_slots,), faults="search.horizon-of-yesterday"),
    why="A consumer offers adjacent slots for one longer appointment and ignores slots outside the planning horizon.",
    fix="Derive start, end and planning horizon from the same appointment book.",
)  # fmt: skip


@scenarios(TOGETHER)
def test_together(context: ScenarioContext, case: Case) -> None:
    configured = case.get("configured")
    if configured and not getattr(context.config.data, configured):
        context.cannot(f"the configuration names no {configured} of the practice (data.{configured})")
    response = search_few_days(context)
    need(context, response, case["kind"])
    context.judge(response, *case["checks"])


NAMED = table(
    SEARCH,
    case("search.session-name",
         "Schedules returned by a slot search have the practice's name of the session, where it has one", "STU3-SLOT-049",
         faults="search.schedule-nameless"),
    case("search.two-surgeries", "Branch and main surgery returned by a slot search have different names and addresses",
         "STU3-SLOT-053", faults="search.main-surgery-everywhere search.location-main-name"),
    why="Patients who go to the wrong surgery miss their appointment.",
    fix="Return for each schedule its own location, with name and address, and its own session name.",
)  # fmt: skip


@scenarios(NAMED)
def test_named(context: ScenarioContext, case: Case) -> None:
    response = search(context, *many_free_days(context))
    need(context, response, "Slot")
    context.judge(response, has("Schedule"))
    if case.id == "search.session-name":
        if not any(first(schedule, "serviceCategory.text") for schedule in response.entries("Schedule")):
            context.findings.warn(
                "no schedule has a description, though practices name their sessions",
                location="Schedule.serviceCategory.text",
                found="nothing",
                expected="the session's name",
                code="session-name",
            )
        return
    if len(context.config.data.locations) < 2:
        context.cannot("the configuration names one surgery only (data.locations)")
    places = referred(response, "Location")
    surgeries = {_name_and_address(place) for place in response.entries("Location") if place.get("id") in places}
    if len(places) < 2:
        context.findings.warn(
            "all slots take place at one surgery, though the configuration names several",
            location="Location",
            found=", ".join(places),
            expected="two or more",
            code="surgeries",
        )
    elif len(surgeries) < len(places):
        context.findings.fail(
            "two surgeries have the same name and address",
            location="Location",
            found=f"{len(places)} locations",
            expected="each its own name and address",
            code="surgeries",
        )


def _name_and_address(place: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str(first(place, path)) for path in ("name", "address.line", "address.postalCode"))
