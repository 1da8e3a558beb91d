"""Other readings of the pages, where two of them differ or one leaves the choice: the plain provider takes one of each.

Sources: the contradictions of each edition (spec/data/EDITION/contradictions.yaml), by their ids.
"""

from __future__ import annotations

from datetime import date
from http import HTTPStatus

from conformance.provider.fault_points import Effect, Seam
from conformance.provider.faults.effects import change, header, misanswer, refuses, skip
from conformance.provider.faults.fault import DSTU2, EVERY, STU3
from conformance.provider.foundations.patient import sensitive
from conformance.provider.http import Call, Json, Response
from conformance.provider.refusal import Refusal, Reply, reworded
from conformance.provider.variants.effects import everywhere
from conformance.provider.variants.variant import Expected, Variant

_RESOURCES = ("device", "organization", "user", "record")
_TOKENS = "tokens refused"
_SHORTENED = ("CareConnect-NHSNumberVerificationStatus-1", "CareConnect-RegistrationType-1")

# The scenarios that send an older version, or several changes at once.
_STALE = (
    "amend.at-once amend.at-once-five cancel.at-once cancel.at-once-with-amend amend.stale cancel.stale amend.older "
    "cancel.older amend.if-match-list-without cancel.if-match-list-without fhir.version-mismatch"
)


def _of_tokens(refusal: Refusal, call: Call | None) -> Refusal:  # noqa: ARG001
    """401 for a token that cannot be used, 403 for one whose scope does not suffice."""
    if not refusal.rule.startswith("jwt."):
        return refusal
    status = HTTPStatus.FORBIDDEN if refusal.rule == "jwt.scope-fits" else HTTPStatus.UNAUTHORIZED
    return reworded(refusal, status=int(status))


def _challenge(response: Response, call: Call | None) -> Response:
    """A 401 says how to authorise; of a request without a token it names no error (RFC 6750 section 3.1)."""
    if response.status == HTTPStatus.UNAUTHORIZED:
        error = ', error="invalid_token"' if call and call.header("Authorization") else ""
        response.headers["WWW-Authenticate"] = f'Bearer realm="GP Connect"{error}'
    return response


def _of_resources(refusal: Refusal, call: Call | None) -> Refusal:  # noqa: ARG001
    """A resource that is not what it should be; a claim that is missing or null stays a malformed request."""
    absent = "is missing or no resource" in refusal.diagnostics
    other_reason = "is no Person" in refusal.diagnostics  # it is the reason that was changed
    return (
        refusal
        if absent or other_reason
        else reworded(refusal, status=0, issue_type="", display="", code="INVALID_RESOURCE")
    )


def _to_verbs(refusal: Refusal, call: Call | None) -> Refusal:
    """405, or 501 for a verb that no part of the service knows."""
    known = call is None or call.method in {"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"}
    return reworded(refusal, status=405 if known else 501)


def _days_apart(call: Call) -> int:
    """How many days lie between two dates of a slot search; 0 where one of them is no whole date."""
    try:
        start, end = (date.fromisoformat(call.parameters(name)[0][2:]) for name in ("start", "end"))
    except (ValueError, IndexError):
        return 0
    return (end - start).days


def _finds_sensitive(call: Call) -> bool:
    numbers = [value.rpartition("|")[2] for value in call.parameters("identifier")]
    found = [call.provider.store.patient_by_nhs_number(number) for number in numbers]
    return any(row is not None and sensitive(row) for row in found)


def _without_text_of_the_desk(resource: Json, call: Call | None) -> Json:
    texts = {row["description"] for row in call.provider.practice.diary["appointments"]} if call else set()
    return {key: value for key, value in resource.items() if key != "description" or value not in texts}


def _partial_start(call: Call) -> bool:
    return any(len(value.lstrip("abcdefghijklmnopqrstuvwxyz")) in {4, 7} for value in call.parameters("start"))


def _reading(
    name: str,
    title: str,
    allowed: str,
    effects: Effect | tuple[Effect, ...],
    editions: tuple[str, ...] = EVERY,
    *,
    aspect: str = "",
    expects: tuple[Expected, ...] = (),
) -> Variant:
    return Variant(f"reading.{name}", title, allowed, effects, editions, aspect, expects)


VARIANTS = (
    _reading(
        "bearer-errors",
        "refuses tokens with 401 or 403 and WWW-Authenticate",
        "provenance page, Bearer token: errors as in RFC 6750 section 3.1, where the error handling page has 400 (C-JWT-401)",
        (Effect(Seam.REFUSAL, _of_tokens), Effect(Seam.RESPONSE, _challenge)),
        aspect=_TOKENS,
    ),
    _reading(
        "claims-as-resources",
        "refuses a wrong resource in a claim with 422 INVALID_RESOURCE",
        "error handling page: a resource in a claim that is not valid stands under INVALID_RESOURCE and under BAD_REQUEST "
        "(C-JWT-RESOURCE)",
        tuple(Effect(Seam.REFUSAL, _of_resources, of=f"jwt.{name}") for name in _RESOURCES),
        aspect=_TOKENS,
    ),
    _reading(
        "scopes-ignored",
        "does not authorise by scope",
        "security page, Authorisation of access to endpoints: a provider MAY examine the scope (C-SCOPE)",
        skip("jwt.scope-fits"),
    ),
    _reading(
        "claims-recorded",
        "records issuer, audience, subject and lifetime of tokens without comparing them",
        "provenance page: how the consumer fills in these claims; only an expired token SHALL be refused (C-JWT-300)",
        skip("jwt.aud-own", "jwt.sub-is-user", "jwt.lifetime"),
        STU3,
    ),
    _reading(
        "asid-for-audit",
        "takes requests that name another ASID",
        "endpoint registration page, 3.7: ASID headers are for audit and debugging only (C-ASID)",
        skip("ssp.to-own"),
        STU3,
        expects=(Expected("warn", "ssp.*-to-another ssp.*-to-no-asid", "the security page requires a refusal"),),
    ),
    _reading(
        "code-list-url",
        "names the value set as the system of error codes",
        "error handling page: its examples have this URL, the profile that of the code system (C-OO-SYSTEM)",
        misanswer(system="https://fhir.nhs.uk/STU3/ValueSet/Spine-ErrorOrWarningCode-1"),
        STU3,
    ),
    _reading(
        "displays",
        "writes a display of its own beside error codes",
        "error handling page: table, examples and code list each have other texts (C-OO-DISPLAY)",
        misanswer(display="The request was refused"),
    ),
    _reading(
        "verbs",
        "refuses verbs with 405 or 501",
        "FHIR API guidance, Response codes: 405 for a method that is not allowed; error handling page: 400 (C-VERB)",
        Effect(Seam.REFUSAL, _to_verbs, of="http.verb"),
    ),
    _reading(
        "stale-precondition",
        "refuses a change of an older version with 412",
        "FHIR API guidance, Responses: 409 and 412 stand side by side (C-IFMATCH)",
        misanswer("put.if-match-fits", status=412),
        aspect="if-match",
        expects=(Expected("warn", _STALE, "409 is preferred: general API guidance, Managing resource contention"),),
    ),
    _reading(
        "search-bad-request",
        "refuses incomplete slot searches with 400 BAD_REQUEST",
        "search page, Error handling: neither status nor code is named for what is missing (C-SLOT-CODES)",
        tuple(
            misanswer(f"search.{name}", code="BAD_REQUEST")
            for name in ("has-start", "has-end", "has-status", "status-free", "includes-schedule")
        ),
        STU3,
    ),
    _reading(
        "two-weeks-counted",
        "refuses a slot search of dates two weeks apart, which are fifteen days",
        "search page: more than two weeks is refused, and whether the last day counts is open (C-TWO-WEEKS)",
        refuses(lambda call: _days_apart(call) == 14, Reply("INVALID_PARAMETER"), on="search"),
        STU3,
        expects=(Expected("warn", "search.two-weeks-by-dates", "fourteen days by subtraction, fifteen by counting"),),
    ),
    _reading(
        "sensitive-not-found",
        "refuses a search for a sensitive patient with 404 PATIENT_NOT_FOUND",
        "information governance pages: an error; find a patient page: an empty Bundle (C-SFLAG)",
        refuses(_finds_sensitive, Reply("PATIENT_NOT_FOUND"), on="patient-find"),
        STU3,
    ),
    _reading(
        "long-texts",
        "stores texts of any length whole",
        "book and amend pages: a text that is too long is an error, or it is kept whole (C-TEXT-LIMIT)",
        skip("book.description-length", "book.comment-length", "amend.description-length", "amend.comment-length"),
        STU3,
    ),
    _reading(
        "short-extension-systems",
        "writes the systems of registration extensions without the edition",
        "examples of patients: https://fhir.nhs.uk/CareConnect-…, where the code systems have another URL (C-VERIF-SYSTEM)",
        change(
            "Patient",
            everywhere(
                lambda name, value: (
                    value.replace("/STU3/CodeSystem/", "/")
                    if name == "system" and isinstance(value, str) and value.endswith(_SHORTENED)
                    else value
                )
            ),
        ),
        STU3,
    ),
    _reading(
        "blank-before-charset",
        "writes a blank before charset",
        "register a patient page: its example has one; general API guidance: there should be none (C-CHARSET-SPACE)",
        header("Content-Type", lambda value: (value or "").replace(";charset", "; charset")),
        STU3,
        aspect="charset",
        expects=(Expected("warn", "fhir.no-blank-before-charset", "general API guidance advises against the blank"),),
    ),
    _reading(
        "partial-dates",
        "refuses years and months for the dates of a patient's appointments",
        "retrieve page, Error handling: what defines no valid date range; whether a month does is open (C-PARTIAL-DATES)",
        refuses(_partial_start, Reply("INVALID_PARAMETER"), on="retrieve"),
        DSTU2,
        expects=(
            Expected(
                "warn", "retrieve.year retrieve.month", "data types of the FHIR API guidance: dates may be partial"
            ),
        ),
    ),
    _reading(
        "texts-of-old",
        "shows appointments that the practice booked itself without a description",
        "retrieve page: its example has none, where the profile asks for one (C-DESCRIPTION)",
        Effect(Seam.RESOURCE, _without_text_of_the_desk, of="Appointment"),
        DSTU2,
    ),
)
