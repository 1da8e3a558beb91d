"""Paths and verbs: what is asked for in another spelling, with another verb, or is not there at all."""

from __future__ import annotations

from typing import Any

from conformance.checks.wire import calm, silent_about, turned_away
from conformance.consumer.deviations import chain, header, interaction_id, method, no_body, path
from conformance.consumer.request import Change
from conformance.harness.case import Case, case, scenarios, table
from conformance.harness.expect import refused
from conformance.harness.scene import Scene
from conformance.scenarios.wire import NAMES, SHORT, ready, refusal

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
    mend="Compare paths letter by letter and answer 404 or 501 for what is not there.",
)  # fmt: skip

UNIMPLEMENTED = table(
    "",
    *(
        _row("patient-find", name, f"{told} is answered 501", "STU3-ERR-027 DSTU2-ERR-019 DSTU2-SSP-018",
             "errors.not-implemented-is-server-error errors.not-implemented-is-200", expect=NOT_IMPLEMENTED,
             change=chain(path(where), interaction_id(f"urn:nhs:names:services:gpconnect:fhir:{what}"), *more))
        for name, told, where, what, more in (
            ("unknown-type-read", "The read of a resource of a type that is not implemented", "/Immunization/1",
             "rest:read:immunization-1", ()),
            ("unknown-type-search", "A search for resources of a type that is not implemented", "/Encounter",
             "rest:search:encounter-1", ()),
            ("unknown-type-create", "The creation of a resource of a type that is not implemented", "/Observation",
             "rest:create:observation-1", (method("POST"),)),
            ("unknown-operation", "An operation that is not implemented", "/Patient/$gpc.unknown",
             "operation:gpc.unknown-1", (method("POST"),)),
        )
    ),
    why="501 tells a consumer that it asks for what this provider has not, rather than for something that it lacks today.",
    mend="Answer 501 NOT_IMPLEMENTED with an OperationOutcome for types and operations that you do not serve.",
)  # fmt: skip


@scenarios(CASED, UNIMPLEMENTED)
def test_paths(scene: Scene, case: Case) -> None:
    refusal(scene, case["short"], scene.parameter("expect"), case["change"])


MISSPELT = table(
    "",
    _row("metadata", "misspelt-metadata", "A request for /metadatas is refused", "STU3-HTTP-025 DSTU2-HTTP-016",
         "errors.unknown-path-is-200 http.forgives-plurals", change=path("/metadatas"), checks=(turned_away,)),
    _row("book", "misspelt-appointment", "A booking at /Appointmentss is refused", "STU3-HTTP-025 DSTU2-HTTP-016",
         "errors.not-implemented-is-200 http.unknown-path-is-server-error", change=path("/Appointmentss"),
         checks=(turned_away,)),
    _row("search", "misspelt-slot", "A slot search at /Slots is refused", "STU3-HTTP-025 DSTU2-HTTP-016",
         "errors.not-implemented-is-200 http.forgives-plurals", change=path("/Slots"), checks=(turned_away,)),
    _row("metadata", "no-path", "A request for the service root itself is refused", "STU3-HTTP-025 DSTU2-HTTP-016",
         "errors.unknown-path-is-200", change=path(""), checks=(turned_away,)),
    _row("metadata", "path-above-the-root", "A path that leads above the service root is refused",
         "STU3-HTTP-025 DSTU2-HTTP-016", "errors.unknown-path-is-200", change=path("/../../../etc/passwd"),
         checks=(turned_away,)),
    why="A server that answers where nothing is hides the slip of a consumer.",
    mend="Answer a path that you do not know with 404 or 501 and an OperationOutcome.",
)  # fmt: skip


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
    mend="Serve such a path or answer 404; do not redirect, since the proxy does not follow.",
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
    why="Such requests come from scanners and browsers; they must do no harm and open no door.",
    mend="Answer HEAD like GET, OPTIONS with Allow, and all others with an error; switch TRACE off.",
)  # fmt: skip


@scenarios(MISSPELT, SLASHED, HARMLESS)
def test_answers(scene: Scene, case: Case) -> None:
    prepared = ready(scene, case["short"])
    reply = scene.send(prepared.request, case["change"])
    scene.judge(reply, *case["checks"])
    if case["short"] in ("book", "amend") and reply.status and reply.status >= 400:
        prepared.after(reply)


def _verb(short: str, name: str, title: str, verb: str, *more: Change, dstu2: str = "DSTU2-HTTP-015") -> dict[str, Any]:
    return _row(short, name, title, f"STU3-ERR-025 {dstu2}", "errors.wrong-verb-is-200 errors.wrong-verb-is-server-error",
                change=chain(method(verb), *more) if more else method(verb))  # fmt: skip


_COLLECTION = "DSTU2-FHIR-038 DSTU2-HTTP-015"

VERBS = table(
    "",
    _verb("patient-read", "post-on-patient", "POST on a patient is refused", "POST"),
    _verb("search", "put-on-slots", "PUT on the slots is refused", "PUT"),
    _verb("search", "post-on-slots", "POST on the slots is refused", "POST"),
    _verb("book", "get-on-appointments", "GET on all appointments is refused", "GET", no_body()),
    _verb("book", "put-on-appointments", "PUT on the appointments, without an id, is refused and nothing is booked", "PUT",
          dstu2=_COLLECTION),
    _verb("amend", "post-on-appointment", "POST on an appointment is refused and changes nothing", "POST", dstu2=_COLLECTION),
    _verb("amend", "patch-on-appointment", "PATCH on an appointment is refused and changes nothing", "PATCH"),
    _verb("register", "get-on-register", "GET on the operation that registers patients is refused", "GET", no_body()),
    _verb("metadata", "post-on-metadata", "POST on the capability statement is refused", "POST"),
    why="A verb that is taken for another does what nobody asked for.",
    mend="Answer 400 BAD_REQUEST or 405 with an OperationOutcome for verbs that a path does not have.",
)  # fmt: skip


@scenarios(VERBS)
def test_verbs(scene: Scene, case: Case) -> None:
    refusal(scene, case["short"], WRONG_VERB, case["change"])


DELETE = table(
    "delete",
    _row("read", "delete-on-appointment", "DELETE does not remove an appointment", "STU3-HTTP-013 DSTU2-HTTP-015",
         "errors.wrong-verb-is-200 errors.wrong-verb-is-server-error"),
    why="Appointments are cancelled with a reason, and stay readable; no interaction deletes them.",
    mend="Answer DELETE with 405 or 501 and an OperationOutcome.",
)  # fmt: skip


@scenarios(DELETE)
def test_delete(scene: Scene, case: Case) -> None:
    booked = scene.booked()
    request = scene.requests.read("Appointment", booked.id, nhs_number=booked.patient.nhs_number)
    scene.expect(scene.send(request, method("DELETE")), WRONG_VERB)
    scene.unchanged(booked)
