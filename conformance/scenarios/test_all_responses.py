"""What must hold of every response: judged at the end, interaction by interaction, over all exchanges of the run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from conformance.checks import all_responses, operation_outcome
from conformance.checks.appointments import uk_times
from conformance.checks.check import Check
from conformance.checks.framing import framed
from conformance.checks.headers import etag, fhir_content_type, no_store
from conformance.checks.profile_conformance import conforms
from conformance.engine.all_responses import came, failed, judge_all_responses, responded, succeeded
from conformance.engine.context import ScenarioContext
from conformance.engine.response_rules import ResponseRule, Which
from conformance.engine.scenario import Case, case, running, scenarios, table
from conformance.scenarios.steps.interaction_names import NAMES, SHORT, SHORT_OF
from conformance.scenarios.steps.valid_requests import one_of_each

# The requirements on what each interaction returns: conforming to its profile, and naming it.
CONFORMS = {
    "search": "STU3-SLOT-046 STU3-RES-021 STU3-RES-022 STU3-RES-023 STU3-RES-024 STU3-RES-025 DSTU2-SLOT-027",
    "book": "STU3-BOOK-019 STU3-RES-015 STU3-RES-020 DSTU2-BOOK-015",
    "retrieve": "STU3-RES-015 DSTU2-RETRIEVE-023 DSTU2-FHIR-002",
    "read": "STU3-READ-003 STU3-RES-015 DSTU2-READ-003",
    "amend": "STU3-AMEND-006 DSTU2-AMEND-007",
    "cancel": "STU3-CANCEL-006 DSTU2-CANCEL-007",
    "metadata": "STU3-FHIR-041 DSTU2-META-004",
    "patient-find": "STU3-PAT-016 STU3-RES-026 DSTU2-PAT-007",
    "patient-read": "STU3-PAT-016 STU3-RES-026 DSTU2-PAT-015",
    "register": "STU3-REG-008 STU3-RES-027 DSTU2-REG-006 DSTU2-REG-007",
    "practitioner-find": "STU3-PRAC-008 STU3-RES-023 DSTU2-PRAC-003",
    "practitioner-read": "STU3-PRAC-008 STU3-RES-023 DSTU2-PRAC-003",
    "organization-find": "STU3-ORG-008 STU3-RES-025 DSTU2-ORG-003",
    "organization-read": "STU3-ORG-008 STU3-RES-025 DSTU2-ORG-003",
    "location-find": "DSTU2-LOC-003",
    "location-read": "STU3-LOC-004 STU3-RES-024 DSTU2-LOC-003",
}
CLAIMS = {
    "search": "STU3-FHIR-021 DSTU2-SLOT-027 DSTU2-FHIR-007",
    "book": "STU3-BOOK-020 DSTU2-BOOK-016",
    "retrieve": "STU3-RETRIEVE-009 DSTU2-RETRIEVE-006",
    "read": "STU3-READ-003 DSTU2-READ-004",
    "amend": "STU3-AMEND-006 DSTU2-AMEND-008",
    "cancel": "STU3-CANCEL-006 DSTU2-CANCEL-008",
    "patient-find": "STU3-PAT-017 DSTU2-PAT-007",
    "patient-read": "STU3-PAT-017 DSTU2-PAT-015",
    "register": "STU3-REG-008 DSTU2-REG-006 DSTU2-REG-007",
    "practitioner-find": "STU3-PRAC-008 DSTU2-PRAC-003",
    "practitioner-read": "STU3-PRAC-008 DSTU2-PRAC-003",
    "organization-find": "STU3-ORG-008 DSTU2-ORG-003",
    "organization-read": "STU3-ORG-008 DSTU2-ORG-003",
    "location-find": "DSTU2-LOC-003",
    "location-read": "STU3-LOC-004 DSTU2-LOC-003",
}
UK_TIMES = {
    "search": "STU3-SLOT-047",
    "book": "STU3-BOOK-077",
    "retrieve": "STU3-RETRIEVE-022",
    "read": "STU3-READ-007",
    "amend": "STU3-BOOK-077",
    "cancel": "STU3-BOOK-077",
}
SINGLE = ("book", "read", "amend", "cancel", "patient-read", "practitioner-read", "organization-read", "location-read")


@dataclass(frozen=True)
class Rule:
    """One rule that is judged on every interaction it concerns. `{phrase}` in the title stands for the interaction."""

    name: str
    title: str
    which: Which
    checks: tuple[Check, ...]
    verifies: str | dict[str, str]
    fault: str
    why: str
    fix: str
    shorts: Sequence[str] = tuple(SHORT)


_TIMES = uk_times(
    "start", "end", "created", "entry.resource.start", "entry.resource.end", "entry.resource.created",
    "entry.resource.planningHorizon.start", "entry.resource.planningHorizon.end",
)  # fmt: skip

RULES = (
    Rule("conforms", "Every resource returned by {phrase} conforms to the StructureDefinition of its profile", succeeded,
         (conforms,),
         CONFORMS, "unknown-element",
         "Consumers rely on the profile: a resource that breaks it will be misread or refused.",
         "Validate your responses against the profile; the finding says which element breaks which rule.",
         tuple(CONFORMS)),
    Rule("profile-claimed", "Every resource returned by {phrase} names its GP Connect profile in meta.profile", succeeded,
         (all_responses.claims_profile,), CLAIMS, "claims-no-profile",
         "From meta.profile a consumer knows which rules the resource follows.",
         "Add the canonical URL of the profile to meta.profile of the resource and of each entry.", tuple(CLAIMS)),
    Rule("uncacheable", "Every response to {phrase} forbids caching", responded, (no_store,),
         "STU3-HTTP-020 STU3-ERR-030 STU3-SEC-013 DSTU2-HTTP-013", "may-be-cached",
         "Patient data in a cache can be disclosed, and a stale response misleads.",
         "Send Cache-Control: no-store with every response, errors included."),
    Rule("labelled", "Every response to {phrase} has a FHIR media type and charset UTF-8 in Content-Type", responded,
         (fhir_content_type,),
         "STU3-FHIR-009 DSTU2-HTTP-009 DSTU2-HTTP-023", "unlabelled",
         "Without it a consumer has to guess how to read the body.",
         "Send Content-Type with the edition's media type and charset=utf-8."),
    Rule("versioned", "Every resource returned by {phrase} has a version in meta.versionId", succeeded,
         (all_responses.versioned,),
         "STU3-FHIR-019 DSTU2-FHIR-008", "unversioned",
         "Without meta.versionId a consumer cannot amend safely.", "Fill in meta.versionId, and change it with each update.",
         tuple(short for short in SHORT if short != "metadata")),
    Rule("etag", "Every success of {phrase} has the version of its resource as a weak ETag", succeeded, (etag,),
         "STU3-FHIR-014 STU3-FHIR-015 DSTU2-FHIR-009", "no-etag-header",
         "The ETag is what a consumer sends back as If-Match.", 'Send ETag: W/"<meta.versionId>".', SINGLE),
    Rule("identified", "Every resource returned by {phrase} has a well-formed logical id, unique in its Bundle", succeeded,
         (all_responses.identified,), "STU3-RES-002 STU3-HTTP-015 DSTU2-FHIR-023", "odd-ids",
         "Resources are referenced and read by their ids.", "Use 1 to 64 letters, digits, hyphens and dots.",
         tuple(short for short in SHORT if short != "metadata")),
    Rule("references-relative", "Every reference returned by {phrase} is relative to the service root", succeeded,
         (all_responses.relative_references,), "STU3-FHIR-024 DSTU2-FHIR-005", "absolute-references",
         "Consumers reach the provider through a proxy, so they cannot resolve absolute URLs.",
         "Write references as Type/id.",
         ("search", "book", "retrieve", "read", "amend", "cancel", "patient-find", "patient-read", "register",
          "location-find", "location-read", "dstu2:practitioner-find", "dstu2:practitioner-read")),
    Rule("status-listed",
         "Every response to {phrase} has an HTTP status that the specification lists, and none is a server error",
         responded, (all_responses.listed_status,), "STU3-HTTP-014 DSTU2-HTTP-019 DSTU2-ERR-018", "unlisted-status",
         "Consumers handle only the listed statuses.", "Map every condition to a listed status."),
    Rule("framed", "Every response to {phrase} is well-formed HTTP and ends where it says that it ends", came, (framed,),
         "STU3-HTTP-001 DSTU2-HTTP-001", "surplus-bytes",
         "What comes behind a response is taken for the response to the next request: one patient's data for another's.",
         "Let the HTTP server state the length; send nothing behind a response, and no body with HEAD, 204 and 304."),
    Rule("dated", "Every response to {phrase} has a Date header", responded, (all_responses.dated,),
         "STU3-HTTP-001 DSTU2-HTTP-001",
         "undated", "HTTP requires it of a server with a clock; without it clocks cannot be compared.",
         "Let the HTTP server send Date."),
    Rule("outcome", "Every error response to {phrase} is an OperationOutcome", failed, (operation_outcome.is_outcome,),
         "STU3-ERR-001 DSTU2-ERR-002 DSTU2-ERR-003", "error-empty",
         "A consumer can tell its user what is wrong only from the OperationOutcome.",
         "Return an OperationOutcome with every error, including those of the web server."),
    Rule("outcome-conforms", "Every OperationOutcome returned by {phrase} conforms to its profile and names it", failed,
         (conforms, all_responses.claims_profile), "STU3-ERR-001 DSTU2-ERR-028",
         "error-without-profile",
         "The profile defines where the error code is.", "Validate your OperationOutcomes against the profile."),
    Rule("outcome-severity", "Every issue of an error response to {phrase} has the severity error", failed,
         (operation_outcome.severities,),
         "STU3-ERR-002 DSTU2-ERR-030", "error-as-warning",
         "Consumers show warnings and errors differently.", "Set issue.severity to error."),
    Rule("outcome-coding", "Every issue of an error response to {phrase} has one error code of the edition's code system",
         failed,
         (operation_outcome.codings,),
         "STU3-ERR-004 STU3-ERR-005 DSTU2-ERR-029 DSTU2-ERR-031", "error-other-system",
         "A consumer's program acts on the code.", "Give issue.details exactly one coding, with system and code."),
    Rule("outcome-display", "Every error code returned by {phrase} has a display", failed, (operation_outcome.displays,),
         "STU3-ERR-006",
         "error-without-display", "A consumer may show the display to its user.", "Fill in coding.display."),
    Rule("outcome-issue-type", "Every error response to {phrase} has the issue type that the error table lists for its code",
         failed,
         (operation_outcome.issue_types,), "STU3-ERR-003 DSTU2-ERR-002 DSTU2-ERR-030", "error-other-type",
         "Consumers test against the rows of the error table.", "Set issue.code as the error table says."),
    Rule("outcome-status", "Every error response to {phrase} has the HTTP status that the error table lists for its code",
         failed,
         (operation_outcome.statuses,), "STU3-ERR-020 STU3-ERR-021 STU3-ERR-024 DSTU2-ERR-002", "error-other-status",
         "A status that contradicts the code leaves a consumer to guess.", "Set the HTTP status as the error table says."),
    Rule("outcome-diagnostics", "Every error response to {phrase} says in issue.diagnostics what is wrong", failed,
         (operation_outcome.diagnostics,),
         "STU3-ERR-007 STU3-ERR-023 DSTU2-ERR-003", "stu3:error-without-diagnostics dstu2:error-unexplained",
         "The code alone does not show a developer which element or value is wrong.", "Fill in issue.diagnostics."),
    Rule("nothing-leaks", "No response to {phrase} shows a stack trace, a database message or an HTML page", responded,
         (operation_outcome.leaks_nothing,), "STU3-ERR-007 DSTU2-ERR-003", "stu3:error-shows-inside dstu2:error-page",
         "Internal details help only attackers.",
         "Catch unexpected errors and return 500 with an OperationOutcome."),
    Rule("uk-times", "Every time returned by {phrase} is UK local time in whole seconds with the UK's offset on that day",
         succeeded,
         (_TIMES,), UK_TIMES, "odd-times",
         "Mixed offsets have moved appointments by an hour around the clock change.",
         "Write times as yyyy-mm-ddThh:mm:ss+00:00 in winter and +01:00 in summer.", tuple(UK_TIMES)),
)  # fmt: skip


# Faults of every response to any request, each with one scenario that must detect it.
EVERYWHERE = {
    "search.every-answer-conforms": "fhir.address-state fhir.telecom-without-system fhir.long-ids stu3:fhir.full-urls "
    "dstu2:fhir.without-full-urls",
    "read.every-answer-conforms": "fhir.duplicate-keys",
    "read.every-answer-profile-claimed": "fhir.without-profiles",
    "read.every-answer-versioned": "fhir.without-versions",
    "read.every-answer-dated": "http.without-date",
    "read.every-answer-labelled": "http.without-content-type http.other-edition http.without-charset http.plain-json",
    "search.every-answer-uncacheable": "http.cacheable http.cacheable-successes http.cacheable-errors http.private-cache",
    "search.every-answer-references-relative": "fhir.absolute-references",
}


def _named(faults: str, short: str) -> Iterator[str]:
    for name in faults.split():
        edition, colon, kind = name.rpartition(":")
        yield f"{edition}{colon}{short}.{kind}"


def _cases(rule: Rule) -> Sequence[Case]:
    rows = []
    for interaction, short in SHORT_OF.items():
        only = next((name.rpartition(":")[0] for name in rule.shorts if name.rpartition(":")[2] == short), None)
        if only is not None:
            verifies = rule.verifies if isinstance(rule.verifies, str) else rule.verifies[short]
            name = f"{short}.every-answer-{rule.name}"
            faults = " ".join((*_named(rule.fault, short), EVERYWHERE.get(name, "")))
            rows.append(
                case(
                    name,
                    rule.title.format(phrase=NAMES[short]),
                    verifies,
                    interaction=interaction,
                    editions=only,
                    rule=ResponseRule(rule.which, rule.checks),
                    faults=faults,
                )
            )
    return running(table("", *rows, why=rule.why, fix=rule.fix))


@scenarios(*(_cases(rule) for rule in RULES))
def test_every_answer(context: ScenarioContext, case: Case) -> None:
    judge_all_responses(context, one_of_each(case.interaction))
