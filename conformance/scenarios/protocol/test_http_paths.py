"""Paths and methods: a path in another spelling, an unexpected method, and paths that do not exist."""

from __future__ import annotations

from typing import Any

from conformance.checks.robustness import calm, served_or_refused, silent_about
from conformance.consumer.request import Change
from conformance.consumer.request_mutations import below_fhir, chain, header, method, no_body, path
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.interaction_names import NAMES, SHORT
from conformance.scenarios.steps.refusals import expect_refused, rest_where_refused, send_refused
from conformance.scenarios.steps.valid_requests import valid_request

_VERB = "The error page gives 400 BAD_REQUEST, the page on FHIR lists 405."
WRONG_VERB = refused("BAD_REQUEST", also=["405", "501"], tolerated=["4xx"], because=_VERB)
_NO_ID = "No interaction id exists for such a request, so a provider that checks the headers first returns 400."
NOT_IMPLEMENTED = refused("NOT_IMPLEMENTED", tolerated=["400", "404"], because=_NO_ID)
SENSITIVE = {
    "stu3": refused(["4xx", "501"]),
    "dstu2": refused(
        ["4xx", "501"], tolerated=["2xx"], because="The page says what URLs are, not that others are refused."
    ),
}


def _respelt(old: str, new: str) -> Change:
    """Spell a part of the path differently."""
    return Change(f"at {new} for {old}", lambda request: request.with_(path=request.path.replace(old, new, 1)))


def _row(short: str, name: str, title: str, verifies: str, faults: str, **rest: Any) -> dict[str, Any]:
    return case(f"http.{name}", title, verifies, interaction=SHORT[short], short=short, faults=faults, **rest)


CASED = table(
    "",
    *(
        _row(short, f"{short}-path-in-other-case", f"{NAMES[short].capitalize()} at {new} is not served",
             "STU3-HTTP-009 DSTU2-HTTP-016", "http.any-case", change=_respelt(old, new), expect=SENSITIVE)
        for short, old, new in (
            ("metadata", "/metadata", "/Metadata"), ("search", "/Slot", "/slot"), ("book", "/Appointment", "/appointment"),
            ("read", "/Appointment", "/APPOINTMENT"), ("retrieve", "/Appointment", "/appointment"),
            ("patient-find", "/Patient", "/patient"), ("organization-find", "/Organization", "/organization"),
        )
    ),
    why="URLs are case-sensitive; a tolerant server lets consumers rely on URLs that other providers refuse.",
    fix="Compare paths case-sensitively and return 404 or 501 for paths that do not exist.",
)  # fmt: skip

UNIMPLEMENTED = table(
    "",
    _row("patient-find", "unknown-type", "A search for Encounters in place of a patient search returns 501",
         "DSTU2-SSP-018 DSTU2-FHIR-032", "errors.not-implemented-is-server-error errors.not-implemented-is-200 errors.empty",
         expect=NOT_IMPLEMENTED, change=path("/Encounter")),
    why="501 shows a consumer that this provider does not implement the resource type, rather than that no resource was found.",
    fix="Return 501 NOT_IMPLEMENTED with an OperationOutcome for types and operations that you do not serve.",
)  # fmt: skip


@scenarios(CASED, UNIMPLEMENTED)
def test_paths(context: ScenarioContext, case: Case) -> None:
    send_refused(context, case["short"], context.parameter("expect"), case["change"])


def _slashed(where: str) -> Change:
    return Change("with a slash at the end", lambda request: request.with_(path=f"{request.path}{where}"))


SLASHED = table(
    "",
    *(
        _row(short, f"{short}-trailing-slash",
             f"{NAMES[short].capitalize()} with a trailing slash is served or refused, without a server error",
             "STU3-HTTP-025 DSTU2-HTTP-001", "http.unknown-path-is-server-error", change=_slashed("/"),
             checks=(served_or_refused,))
        for short in ("metadata", "read", "patient-find", "organization-read")
    ),
    _row("patient-find", "two-slashes",
         "A patient search with two slashes before its path is served or refused, without a server error",
         "STU3-HTTP-025 DSTU2-HTTP-001", "http.unknown-path-is-server-error", change=below_fhir(path("//Patient")),
         checks=(served_or_refused,)),
    why="No page mentions trailing slashes. Serving and refusing are both acceptable; a server error or a redirect is not.",
    fix="Serve such a path or return 404; do not redirect, because the Spine Secure Proxy does not follow redirects.",
)  # fmt: skip

HARMLESS = table(
    "",
    _row("metadata", "head", "HEAD for the capability statement does not cause a server error", "STU3-HTTP-001 DSTU2-HTTP-001",
         "http.head-is-server-error", change=method("HEAD"), checks=(calm,)),
    _row("read", "head-on-appointment", "HEAD in place of GET to read an appointment does not cause a server error",
         "STU3-HTTP-001 DSTU2-HTTP-001", "http.head-is-server-error", change=method("HEAD"), checks=(calm,)),
    _row("metadata", "options", "OPTIONS for the capability statement does not cause a server error",
         "STU3-HTTP-001 DSTU2-HTTP-001",
         "errors.wrong-verb-is-server-error", change=method("OPTIONS"), checks=(calm,)),
    _row("amend", "options-on-appointment", "OPTIONS in place of PUT to amend an appointment changes nothing",
         "STU3-HTTP-001 DSTU2-HTTP-001",
         "errors.wrong-verb-is-server-error", change=chain(method("OPTIONS"), no_body()), checks=(calm,)),
    _row("metadata", "invented-verb",
         "An unknown HTTP method on the path of the capability statement does not cause a server error",
         "STU3-HTTP-001 DSTU2-HTTP-001", "errors.wrong-verb-is-server-error", change=method("BOOK"), checks=(calm,)),
    _row("metadata", "trace", "TRACE on the path of the capability statement does not echo the request",
         "STU3-HTTP-001 DSTU2-HTTP-001", "http.traces",
         change=chain(method("TRACE"), header("X-Unheard-Of", "traced-7d1c")), checks=(silent_about("traced-7d1c"),)),
    wire=True,
    why="Such requests come from scanners and browsers; they must neither change nor disclose anything.",
    fix="Respond to HEAD like GET without a body, to OPTIONS with Allow, and to all others with an error; disable TRACE.",
)  # fmt: skip


@scenarios(SLASHED, HARMLESS)
def test_methods(context: ScenarioContext, case: Case) -> None:
    prepared = valid_request(context, SHORT[case["short"]])
    response = context.send(prepared.request, case["change"])
    context.judge(response, *case["checks"])
    rest_where_refused(context, response)
    if case["short"] in ("book", "amend") and response.status and response.status >= 400:
        prepared.settle(response)


def _verb(short: str, name: str, title: str, verb: str) -> dict[str, Any]:
    return _row(
        short,
        name,
        title,
        "DSTU2-FHIR-038 STU3-HTTP-012",
        "errors.wrong-verb-is-200 errors.wrong-verb-is-server-error",
        change=method(verb),
    )


VERBS = table(
    "",
    _verb("book", "put-on-appointments",
          "PUT without an id in place of POST to book an appointment is refused and nothing is booked", "PUT"),
    _verb("amend", "post-on-appointment",
          "POST with an id in place of PUT to amend an appointment is refused and changes nothing", "POST"),
    why="A create is a POST without an id and an update is a PUT with an id; other combinations are invalid.",
    fix="Return 400 BAD_REQUEST or 405 with an OperationOutcome for methods that a path does not support.",
)  # fmt: skip


@scenarios(VERBS)
def test_verbs(context: ScenarioContext, case: Case) -> None:
    send_refused(context, case["short"], WRONG_VERB, case["change"])


DELETE = table(
    "",
    _row("read", "delete-on-appointment", "DELETE on the path that reads an appointment does not remove it",
         "STU3-HTTP-013 DSTU2-HTTP-015",
         "errors.wrong-verb-is-200 errors.wrong-verb-is-server-error"),
    why="Appointments are cancelled with a reason and remain readable; no interaction deletes them.",
    fix="Respond to DELETE with 405 or 501 and an OperationOutcome.",
)  # fmt: skip


@scenarios(DELETE)
def test_delete(context: ScenarioContext, case: Case) -> None:
    booked = context.arrange.booked()
    request = context.requests.read("Appointment", booked.id, nhs_number=booked.patient.nhs_number)
    expect_refused(context, context.send(request, method("DELETE")), WRONG_VERB)
    context.effects.unchanged(booked)
