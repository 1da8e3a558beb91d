"""The capability statement (STU3) or conformance statement (DSTU2): its availability, and what it must declare."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from conformance.checks import capability_statement as said
from conformance.checks.comparison import unlike
from conformance.checks.json_values import every
from conformance.checks.response import success
from conformance.consumer.request_mutations import method, query, without_header
from conformance.consumer.response import Response
from conformance.core.results import Severity
from conformance.engine.context import ScenarioContext
from conformance.engine.effects import UNSTABLE
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.refusals import expect_refused

METADATA = "get_capability_statement"
_TIMES = 3


def _statement(context: ScenarioContext) -> str:
    return context.edition.interactions[METADATA].response


def _fetched(context: ScenarioContext) -> Response:
    response = context.send(context.requests.capability())
    context.need(response, success(_statement(context)), what="there is no statement to judge")
    return response


THERE = table(
    METADATA,
    case("metadata.answered", "The request for the capability statement returns 200", "STU3-META-003 DSTU2-META-002",
         faults="metadata.unavailable metadata.not-a-statement"),
    case("metadata.always", "The capability statement is always available, and always the same", "STU3-META-005", times=_TIMES,
         faults="metadata.unavailable metadata.date-of-today"),
    why="Consumer developers first look at the provider's capabilities.",
    fix="Serve /metadata at any time; it depends on no record.",
)  # fmt: skip


@scenarios(THERE)
def test_there(context: ScenarioContext, case: Case) -> None:
    responses = [context.send(context.requests.capability()) for _ in range(case.get("times", 1))]
    good = [context.judge(response, success(_statement(context))) for response in responses]
    if not all(good):
        return
    changes = [list(_CHANGED(one, other)) for one, other in pairwise(responses)]
    for finding in changes[-1] if changes else ():
        if all(finding.location in {one.location for one in found} for found in changes):
            context.findings.keep((finding,))


_CHANGED = unlike("the statement changes between each two requests", "changed", ignoring=UNSTABLE)


def _of(name: str, title: str, verifies: str, *checks: Any, faults: str, **more: Any) -> dict[str, Any]:
    return case(f"metadata.{name}", f"The capability statement {title}", verifies, checks=checks, faults=faults, **more)


_FOUNDATIONS = ("Patient", "Practitioner", "Organization", "Location")
_DIARY = ("Appointment", "Schedule", "Slot")
_REGISTER = "https://fhir.nhs.uk/STU3/OperationDefinition/GPConnect-RegisterPatient-Operation-1"


def _declares(kind: str, number: int) -> dict[str, Any]:
    name = {"Organization": "organisations"}.get(kind, f"{kind.lower()}s")
    checks = (said.serves(kind, "read", "search-type"), said.searches(kind, identifier="token"))
    return _of(
        f"{kind.lower()}",
        f"declares that {name} can be read and found by identifier",
        f"STU3-META-{number:03}",
        *checks,
        faults=f"metadata.without-{kind.lower()} metadata.without-search-parameters"
        + (" metadata.no-patient-search" if kind == "Patient" else ""),
    )


BASICS = table(
    METADATA,
    _of("complete", "has status, date, kind, fhirVersion, acceptUnknown, format and rest", "STU3-META-004 DSTU2-META-004",
        said.has("status", "date", "fhirVersion", "acceptUnknown", "format", "rest"),
        faults="metadata.without-status metadata.without-date metadata.without-format metadata.without-rest"),
    _of("kind", "has a kind and the element that this kind requires", "STU3-META-004", said.kind_completed,
        faults="metadata.without-kind metadata.without-implementation"),
    _of("kind-said", "has a kind", "DSTU2-META-004", said.has("kind", severity=Severity.WARN),
        faults="metadata.without-kind", noted="The page's example lacks the mandatory element, so its absence is a warning."),
    _of("date", "has a date in FHIR's format", "STU3-META-004 DSTU2-META-004", said.dated,
        faults="metadata.without-date metadata.british-date"),
    _of("json", "declares JSON", "STU3-META-007 STU3-FHIR-008 DSTU2-META-005", said.formats("json"),
        faults="metadata.without-format metadata.formats-of-another-version"),
    _of("xml", "declares XML", "DSTU2-META-005", said.formats("xml"), faults="metadata.json-only"),
    _of("release", "names the supported release of GP Connect", "STU3-META-008", said.release,
        faults="metadata.other-version"),
    _of("fhir-version", "has the FHIR version", "STU3-META-009", said.says("fhirVersion", "3.0.1", tolerated=("3.0.2",)),
        faults="metadata.other-fhir-version"),
    _of("fhir-version-of-root", "has the FHIR version of the base URL", "DSTU2-META-003",
        said.says("fhirVersion", "1.0.2", "1.0.1", "1.0.0"), faults="metadata.other-fhir-version"),
    _of("accept-unknown", "accepts unknown elements and extensions (acceptUnknown: both)", "STU3-META-010 DSTU2-META-010",
        said.says("acceptUnknown", "both"), faults="metadata.ignores-unknown"),
    _of("filled-in", "names software, publisher and contact, without placeholders", "STU3-META-011", said.filled_in,
        faults="metadata.without-software metadata.placeholders"),
    why="Consumer developers and tools read the statement first.",
    fix="Generate the statement from what your server implements.",
)  # fmt: skip

DECLARED = table(
    METADATA,
    _of("profiles-foundations", "lists the profiles of Patient, Practitioner, Organization and Location",
        "STU3-META-012 STU3-META-006 DSTU2-META-009",
        said.profiles(*_FOUNDATIONS, "PractitionerRole"), faults="metadata.without-profiles metadata.without-patient-profile"),
    _of("profiles-appointments", "lists the profiles of Appointment, Schedule and Slot",
        "STU3-META-012 STU3-META-006 DSTU2-META-009", said.profiles(*_DIARY),
        faults="metadata.without-profiles metadata.without-appointment-profile"),
    _of("profile-outcome", "lists the profile of OperationOutcome", "STU3-META-012 DSTU2-META-009",
        said.profiles("OperationOutcome"), faults="metadata.without-profiles metadata.without-outcome-profile"),
    _of("resources", "lists the supported resource types with their interactions", "STU3-META-006",
        said.has("rest.resource.interaction.code"),
        faults="metadata.without-rest metadata.without-interactions"),
    _declares("Patient", 13),
    _declares("Organization", 14),
    _declares("Practitioner", 15),
    _of("location", "declares read of Location", "STU3-META-016", said.serves("Location", "read"),
        faults="metadata.without-location"),
    *(
        _of(f"{kind.lower()}-found", f"declares that {kind} can be read and found by identifier", "DSTU2-META-007",
            said.identifier_searches(kind), faults=f"metadata.without-{kind.lower()} metadata.without-search-parameters")
        for kind in _FOUNDATIONS
    ),
    _of("appointment", "declares read, create, update and search of Appointment",
        "STU3-META-017 STU3-FHIR-028", said.serves("Appointment", "read", "create", "update", "search-type"),
        faults="metadata.without-appointment metadata.no-updates metadata.no-creates", noted="C-META-APPT"),
    _of("appointment-declared", "declares read, create, update and search of Appointment",
        "DSTU2-META-006 DSTU2-FHIR-021",
        said.serves("Appointment", "read", "create", "update", "search-type", mild=("search-type",)),
        faults="metadata.without-appointment metadata.no-updates metadata.no-creates"),
    _of("update-creates-nothing", "declares that an update creates no Appointment", "STU3-META-017 DSTU2-META-011",
        said.never("Appointment", "updateCreate", True), faults="metadata.creates-by-update"),
    _of("versioning", "declares versioned Appointments without history", "DSTU2-META-011",
        said.never("Appointment", "versioning", "no-version", None), said.never("Appointment", "readHistory", True),
        faults="metadata.without-versioning metadata.reads-history"),
    _of("slot", "declares search of Slot", "STU3-META-018", said.serves("Slot", "search-type"),
        faults="metadata.without-slot"),
    _of("slot-search", "declares search of Slot", "DSTU2-META-008", said.slots_searchable,
        faults="metadata.without-slot"),
    _of("slot-parameters", "declares the parameters of the slot search", "STU3-META-019",
        said.searches("Slot", start="date", end="date", status="token", searchFilter="token"),
        faults="metadata.without-search-parameters metadata.without-slot"),
    _of("slot-includes", "declares the includes of the slot search", "STU3-META-020",
        said.includes("Slot", "Slot:schedule", "Schedule:actor:Practitioner", "Schedule:actor:Location",
                      "Location:managingOrganization"), faults="metadata.without-includes"),
    _of("register", "declares the operation gpc.registerpatient", "STU3-META-021 DSTU2-META-012",
        said.operates("gpc.registerpatient"), faults="metadata.without-operation"),
    _of("register-definition", "refers to the definition of gpc.registerpatient", "STU3-META-021",
        said.operates("gpc.registerpatient", _REGISTER), faults="metadata.without-operation metadata.other-operation"),
    why="A careful consumer uses only what is declared, and fails on what is declared wrongly.",
    fix="Declare each resource type with its interactions and parameters under rest, mode server.",
)  # fmt: skip


@scenarios(BASICS, DECLARED)
def test_declared(context: ScenarioContext, case: Case) -> None:
    context.judge(_fetched(context), *case["checks"])


READ_ONLY = table(
    METADATA,
    case("metadata.read-only-post", "A POST of a capability statement is refused", "STU3-META-006 DSTU2-META-004",
         verb="POST", faults="errors.wrong-verb-is-200 errors.wrong-verb-is-server-error"),
    case("metadata.read-only-put", "A PUT of a capability statement is refused", "STU3-META-006 DSTU2-META-004", verb="PUT",
         faults="errors.wrong-verb-is-200 errors.wrong-verb-is-server-error"),
    case("metadata.read-only-delete", "A DELETE of the capability statement is refused", "STU3-META-006 DSTU2-META-004",
         verb="DELETE", faults="errors.wrong-verb-is-200 errors.wrong-verb-is-server-error"),
    why="Only the server itself may change its statement.",
    fix="Return 400 BAD_REQUEST or 405 with an OperationOutcome for every method but GET.",
    expect=refused("400 BAD_REQUEST", also=["405"], tolerated=["4xx", "501"], because="Pages differ on unexpected methods."),
)  # fmt: skip


@scenarios(READ_ONLY)
def test_read_only(context: ScenarioContext, case: Case) -> None:
    expect_refused(context, context.send(context.requests.capability(), method(case["verb"])), case["expect"])


FORMATS = table(
    METADATA,
    case("metadata.format-json", "The capability statement is returned in JSON when _format requests it",
         "STU3-META-022 DSTU2-META-013",
         form="json", faults="metadata.refuses-format"),
    case("metadata.format-json-alone", "The capability statement is returned in JSON when only _format requests it",
         "STU3-META-022 DSTU2-META-013", form="json", alone=True, faults="metadata.refuses-format"),
    case("metadata.format-xml", "The capability statement is returned in XML when _format requests it and it is declared",
         "STU3-META-022 DSTU2-META-013", form="xml", faults="metadata.refuses-format format.always-json",
         noted="C-XML"),
    why="A browser cannot set Accept, so developers view the statement with _format.",
    fix="Give _format precedence over Accept, on /metadata as everywhere.",
)  # fmt: skip


@scenarios(FORMATS)
def test_formats(context: ScenarioContext, case: Case) -> None:
    form = case["form"]
    media = context.edition.media_type(form)
    if form == "xml" and context.edition.may_leave_out("xml"):
        declared = [str(value) for value in every(_fetched(context).value, "format")]
        if not any(value.partition(";")[0].strip() in (media, "xml") for value in declared):
            context.omit("this provider does not declare XML")
    changes = [query("_format", media), *([without_header("Accept")] if case.get("alone") else [])]
    response = context.send(context.requests.capability(), *changes)
    if context.judge(response, success(_statement(context))) and response.form != form:
        context.findings.fail(
            "the statement is not returned in the format that _format requests",
            location="header Content-Type",
            found=response.exchange.media_type or "none",
            expected=media,
            exchange=response.number,
            code="format",
        )
