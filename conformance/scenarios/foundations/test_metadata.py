"""The capability statement (STU3) or conformance statement (DSTU2): that it is there, and what it must declare."""

from __future__ import annotations

from typing import Any

from conformance.checks import capability_statement as said
from conformance.checks.json_values import differences, every
from conformance.checks.response import success
from conformance.consumer.request_mutations import method, query, without_header
from conformance.consumer.response import Response
from conformance.core.results import Severity
from conformance.engine.context import ScenarioContext
from conformance.engine.effects import UNSTABLE
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case, case, scenarios, table

METADATA = "get_capability_statement"
_TIMES = 3


def _statement(context: ScenarioContext) -> str:
    return context.edition.interactions[METADATA].response


def _fetched(context: ScenarioContext) -> Response:
    response = context.send(context.requests.capability())
    context.need(response, success(_statement(context)), what="there is no statement to look at")
    return response


THERE = table(
    METADATA,
    case("metadata.answered", "The statement returns 200", "STU3-META-003 DSTU2-META-002",
         faults="metadata.unavailable metadata.not-a-statement"),
    case("metadata.always", "The statement is accepted time and again, and is the same", "STU3-META-005", times=_TIMES,
         faults="metadata.unavailable metadata.date-of-today"),
    why="The first thing that a consumer's developer asks of a provider is what it can do.",
    fix="Serve /metadata at any time; it depends on no record.",
)  # fmt: skip


@scenarios(THERE)
def test_there(context: ScenarioContext, case: Case) -> None:
    responses = [context.send(context.requests.capability()) for _ in range(case.get("times", 1))]
    good = [context.judge(response, success(_statement(context))) for response in responses]
    if not all(good):
        return
    for response in responses[1:]:
        for path in differences(responses[0].value, response.value, ignoring=UNSTABLE):
            context.findings.fail(
                "the statement changes from one moment to the next",
                location=path,
                exchange=response.number,
                code="changed",
            )


def _of(name: str, title: str, verifies: str, *checks: Any, faults: str, **more: Any) -> dict[str, Any]:
    return case(f"metadata.{name}", f"The statement {title}", verifies, checks=checks, faults=faults, **more)


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
    _of("complete", "has status, date, kind, FHIR version, acceptUnknown, format and rest", "STU3-META-004 DSTU2-META-004",
        said.has("status", "date", "fhirVersion", "acceptUnknown", "format", "rest"),
        faults="metadata.without-status metadata.without-date metadata.without-format metadata.without-rest"),
    _of("kind", "says what it describes, and describes it", "STU3-META-004", said.kind_completed,
        faults="metadata.without-kind metadata.without-implementation"),
    _of("kind-said", "says of what kind it is", "DSTU2-META-004", said.has("kind", severity=Severity.WARN),
        faults="metadata.without-kind", noted="The page's sample lacks the mandatory element, so its absence only warns."),
    _of("date", "has a date in FHIR's form", "STU3-META-004 DSTU2-META-004", said.dated,
        faults="metadata.without-date metadata.british-date"),
    _of("json", "declares JSON", "STU3-META-007 STU3-FHIR-008 DSTU2-META-005", said.formats("json"),
        faults="metadata.without-format metadata.formats-of-another-version"),
    _of("xml", "declares XML", "DSTU2-META-005", said.formats("xml"), faults="metadata.json-only"),
    _of("release", "names the release of GP Connect that it keeps", "STU3-META-008", said.release,
        faults="metadata.other-version"),
    _of("fhir-version", "names the version of FHIR", "STU3-META-009", said.says("fhirVersion", "3.0.1", tolerated=("3.0.2",)),
        faults="metadata.other-fhir-version"),
    _of("fhir-version-of-root", "names the version of FHIR that the base URL names", "DSTU2-META-003",
        said.says("fhirVersion", "1.0.2", "1.0.1", "1.0.0"), faults="metadata.other-fhir-version"),
    _of("accept-unknown", "says that unknown elements and extensions are taken", "STU3-META-010 DSTU2-META-010",
        said.says("acceptUnknown", "both"), faults="metadata.ignores-unknown"),
    _of("filled-in", "names software, publisher and contact, without placeholders", "STU3-META-011", said.filled_in,
        faults="metadata.without-software metadata.placeholders"),
    why="A consumer's developer and tools read the statement before they read anything else.",
    fix="Fill the statement in from what your server really does.",
)  # fmt: skip

DECLARED = table(
    METADATA,
    _of("profiles-foundations", "lists the profiles of people and places", "STU3-META-012 STU3-META-006 DSTU2-META-009",
        said.profiles(*_FOUNDATIONS, "PractitionerRole"), faults="metadata.without-profiles metadata.without-patient-profile"),
    _of("profiles-appointments", "lists the profiles of appointments and of the diary",
        "STU3-META-012 STU3-META-006 DSTU2-META-009", said.profiles(*_DIARY),
        faults="metadata.without-profiles metadata.without-appointment-profile"),
    _of("profile-outcome", "lists the profile of OperationOutcome", "STU3-META-012 DSTU2-META-009",
        said.profiles("OperationOutcome"), faults="metadata.without-profiles metadata.without-outcome-profile"),
    _of("resources", "says by resource type what can be done", "STU3-META-006", said.has("rest.resource.interaction.code"),
        faults="metadata.without-rest metadata.without-interactions"),
    _declares("Patient", 13),
    _declares("Organization", 14),
    _declares("Practitioner", 15),
    _of("location", "declares that locations can be read", "STU3-META-016", said.serves("Location", "read"),
        faults="metadata.without-location"),
    *(
        _of(f"{kind.lower()}-found", f"declares that {kind} can be read and found by identifier", "DSTU2-META-007",
            said.identifier_searches(kind), faults=f"metadata.without-{kind.lower()} metadata.without-search-parameters")
        for kind in _FOUNDATIONS
    ),
    _of("appointment", "declares that appointments can be read, created, updated and searched for",
        "STU3-META-017 STU3-FHIR-028", said.serves("Appointment", "read", "create", "update", "search-type"),
        faults="metadata.without-appointment metadata.no-updates metadata.no-creates", noted="C-META-APPT"),
    _of("appointment-declared", "declares that appointments can be read, created, updated and searched for",
        "DSTU2-META-006 DSTU2-FHIR-021",
        said.serves("Appointment", "read", "create", "update", "search-type", mild=("search-type",)),
        faults="metadata.without-appointment metadata.no-updates metadata.no-creates"),
    _of("update-creates-nothing", "declares that updating an appointment creates none", "STU3-META-017 DSTU2-META-011",
        said.never("Appointment", "updateCreate", True), faults="metadata.creates-by-update"),
    _of("versioning", "declares that appointments have versions, and no history to read", "DSTU2-META-011",
        said.never("Appointment", "versioning", "no-version", None), said.never("Appointment", "readHistory", True),
        faults="metadata.without-versioning metadata.reads-history"),
    _of("slot", "declares that slots can be searched for", "STU3-META-018", said.serves("Slot", "search-type"),
        faults="metadata.without-slot"),
    _of("slot-search", "declares that slots can be searched for", "DSTU2-META-008", said.slots_searchable,
        faults="metadata.without-slot"),
    _of("slot-parameters", "declares the parameters of the search for slots", "STU3-META-019",
        said.searches("Slot", start="date", end="date", status="token", searchFilter="token"),
        faults="metadata.without-search-parameters metadata.without-slot"),
    _of("slot-includes", "declares what the search for slots can include", "STU3-META-020",
        said.includes("Slot", "Slot:schedule", "Schedule:actor:Practitioner", "Schedule:actor:Location",
                      "Location:managingOrganization"), faults="metadata.without-includes"),
    _of("register", "declares the registration of patients", "STU3-META-021 DSTU2-META-012",
        said.operates("gpc.registerpatient"), faults="metadata.without-operation"),
    _of("register-definition", "names the definition of the registration of patients", "STU3-META-021",
        said.operates("gpc.registerpatient", _REGISTER), faults="metadata.without-operation metadata.other-operation"),
    why="What is not declared a careful consumer does not use; what is declared and not so it trips over.",
    fix="Declare each resource type with its interactions and parameters under rest, mode server.",
)  # fmt: skip


@scenarios(BASICS, DECLARED)
def test_declared(context: ScenarioContext, case: Case) -> None:
    context.judge(_fetched(context), *case["checks"])


READ_ONLY = table(
    METADATA,
    case("metadata.read-only-post", "A statement that is sent by POST is refused", "STU3-META-006 DSTU2-META-004",
         verb="POST", faults="errors.wrong-verb-is-200 errors.wrong-verb-is-server-error"),
    case("metadata.read-only-put", "A statement that is sent by PUT is refused", "STU3-META-006 DSTU2-META-004", verb="PUT",
         faults="errors.wrong-verb-is-200 errors.wrong-verb-is-server-error"),
    case("metadata.read-only-delete", "A request to delete the statement is refused", "STU3-META-006 DSTU2-META-004",
         verb="DELETE", faults="errors.wrong-verb-is-200 errors.wrong-verb-is-server-error"),
    why="The statement is the server's own word about itself.",
    fix="Respond to every verb but GET with 400 BAD_REQUEST or 405, and an OperationOutcome.",
    expect=refused("400 BAD_REQUEST", also=["405"], tolerated=["4xx", "501"], because="Pages differ on wrong verbs."),
)  # fmt: skip


@scenarios(READ_ONLY)
def test_read_only(context: ScenarioContext, case: Case) -> None:
    context.expect(context.send(context.requests.capability(), method(case["verb"])), case["expect"])


FORMATS = table(
    METADATA,
    case("metadata.format-json", "The statement returns JSON where _format asks for it", "STU3-META-022 DSTU2-META-013",
         form="json", faults="metadata.refuses-format"),
    case("metadata.format-json-alone", "The statement returns JSON where only _format asks for it",
         "STU3-META-022 DSTU2-META-013", form="json", alone=True, faults="metadata.refuses-format"),
    case("metadata.format-xml", "The statement returns XML where _format asks for it and it is declared",
         "STU3-META-022 DSTU2-META-013", form="xml", faults="metadata.refuses-format format.always-json",
         noted="C-XML"),
    why="A browser cannot set Accept: _format is how a developer looks at the statement.",
    fix="Let _format go before Accept, on /metadata as everywhere.",
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
            "the statement is accepted in another format than _format asks for",
            location="header Content-Type",
            found=response.exchange.media_type or "none",
            expected=media,
            exchange=response.number,
            code="format",
        )
