"""Paths and verbs: what is asked for in another spelling, with another verb, or is not there at all."""

from __future__ import annotations

from typing import Any

from conformance.checks.robustness import calm, silent_about
from conformance.consumer.request import Change
from conformance.consumer.request_mutations import chain, header, method, no_body, path
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.interaction_names import NAMES, SHORT
from conformance.scenarios.steps.valid_requests import send_refused, valid_request

_VERB = "The error page gives 400 BAD_REQUEST, the page on FHIR lists 405."
WRONG_VERB = refused("BAD_REQUEST", also=["405", "501"], tolerated=["4xx"], because=_VERB)
_NO_ID = "No interaction id exists for such a request, so that one who looks at the headers first answers 400."
NOT_IMPLEMENTED = refused("NOT_IMPLEMENTED", tolerated=["400", "404"], because=_NO_ID)
SENSITIVE = {
    "stu3": refused(["4xx", "501"]),
    "dstu2": refused(
        ["4xx", "501"], tolerated=["2xx"], because="The page says what URLs are, not that others are refused."
    ),
}


def _respelt(old: str, new: str) -> Change:
    """Spell a part of the path otherwise."""
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
    why="URLs are case-sensitive; a server that forgives letters lets consumers come to rely on what others refuse.",
    fix="Compare paths letter by letter and answer 404 or 501 for what is not there.",
)  # fmt: skip

UNIMPLEMENTED = table(
    "",
    _row("patient-find", "unknown-type", "A search for resources of a type that is not implemented is answered 501",
         "DSTU2-SSP-018 DSTU2-FHIR-032", "errors.not-implemented-is-server-error errors.not-implemented-is-200 errors.empty",
         expect=NOT_IMPLEMENTED, change=path("/Encounter")),
    why="501 tells a consumer that it asks for what this provider has not, rather than for something that it lacks today.",
    fix="Answer 501 NOT_IMPLEMENTED with an OperationOutcome for types and operations that you do not serve.",
)  # fmt: skip


@scenarios(CASED, UNIMPLEMENTED)
def test_paths(context: ScenarioContext, case: Case) -> None:
    send_refused(context, case["short"], context.parameter("expect"), case["change"])


def _slashed(where: str) -> Change:
    return Change("with a slash at the end", lambda request: request.with_(path=f"{request.path}{where}"))


SLASHED = table(
    "",
    *(
        _row(short, f"{short}-trailing-slash", f"{NAMES[short].capitalize()} with a slash at its end is served or refused",
             "STU3-HTTP-025 DSTU2-HTTP-001", "http.unknown-path-is-server-error", change=_slashed("/"), checks=(calm,))
        for short in ("metadata", "read", "patient-find", "organization-read")
    ),
    _row("patient-find", "two-slashes", "A patient search with two slashes before its path is served or refused",
         "STU3-HTTP-025 DSTU2-HTTP-001", "http.unknown-path-is-server-error", change=path("//Patient"), checks=(calm,)),
    why="No page speaks of a slash at the end. Either answer will do, a breakdown or a redirection will not.",
    fix="Serve such a path or answer 404; do not redirect, since the proxy does not follow.",
)  # fmt: skip

HARMLESS = table(
    "",
    _row("metadata", "head", "HEAD is answered without a breakdown", "STU3-HTTP-001 DSTU2-HTTP-001",
         "http.head-is-server-error", change=method("HEAD"), checks=(calm,)),
    _row("read", "head-on-appointment", "HEAD on an appointment is answered without a breakdown",
         "STU3-HTTP-001 DSTU2-HTTP-001", "http.head-is-server-error", change=method("HEAD"), checks=(calm,)),
    _row("metadata", "options", "OPTIONS is answered without a breakdown", "STU3-HTTP-001 DSTU2-HTTP-001",
         "errors.wrong-verb-is-server-error", change=method("OPTIONS"), checks=(calm,)),
    _row("amend", "options-on-appointment", "OPTIONS on an appointment changes nothing", "STU3-HTTP-001 DSTU2-HTTP-001",
         "errors.wrong-verb-is-server-error", change=chain(method("OPTIONS"), no_body()), checks=(calm,)),
    _row("metadata", "invented-verb", "A verb that HTTP does not know is answered without a breakdown",
         "STU3-HTTP-001 DSTU2-HTTP-001", "errors.wrong-verb-is-server-error", change=method("BOOK"), checks=(calm,)),
    _row("metadata", "trace", "TRACE does not give the request back", "STU3-HTTP-001 DSTU2-HTTP-001", "http.traces",
         change=chain(method("TRACE"), header("X-Unheard-Of", "traced-7d1c")), checks=(silent_about("traced-7d1c"),)),
    wire=True,
    why="Such requests come from scanners and browsers; they must do no harm and open no door.",
    fix="Answer HEAD like GET, OPTIONS with Allow, and all others with an error; switch TRACE off.",
)  # fmt: skip


@scenarios(SLASHED, HARMLESS)
def test_answers(context: ScenarioContext, case: Case) -> None:
    prepared = valid_request(context, SHORT[case["short"]])
    response = context.send(prepared.request, case["change"])
    context.judge(response, *case["checks"])
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
    _verb("book", "put-on-appointments", "PUT on the appointments, without an id, is refused and nothing is booked", "PUT"),
    _verb("amend", "post-on-appointment", "POST on an appointment is refused and changes nothing", "POST"),
    why="A create is a POST without an id, an update a PUT with one; the other pairs are neither.",
    fix="Answer 400 BAD_REQUEST or 405 with an OperationOutcome for verbs that a path does not have.",
)  # fmt: skip


@scenarios(VERBS)
def test_verbs(context: ScenarioContext, case: Case) -> None:
    send_refused(context, case["short"], WRONG_VERB, case["change"])


DELETE = table(
    "",
    _row("read", "delete-on-appointment", "DELETE does not remove an appointment", "STU3-HTTP-013 DSTU2-HTTP-015",
         "errors.wrong-verb-is-200 errors.wrong-verb-is-server-error"),
    why="Appointments are cancelled with a reason, and stay readable; no interaction deletes them.",
    fix="Answer DELETE with 405 or 501 and an OperationOutcome.",
)  # fmt: skip


@scenarios(DELETE)
def test_delete(context: ScenarioContext, case: Case) -> None:
    booked = context.arrange.booked()
    request = context.requests.read("Appointment", booked.id, nhs_number=booked.patient.nhs_number)
    context.expect(context.send(request, method("DELETE")), WRONG_VERB)
    context.effects.unchanged(booked)
