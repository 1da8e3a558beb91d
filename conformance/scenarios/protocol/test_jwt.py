"""The bearer token on every interaction: absent, expired, or malformed as a whole."""

from __future__ import annotations

from typing import Any

from conformance.consumer.header_values import http_date
from conformance.consumer.request import Change
from conformance.consumer.request_mutations import (
    add_header,
    claim,
    expired,
    header,
    no_token,
    signed_token,
    token_encoding,
    token_header,
    token_text,
)
from conformance.core.results import Severity
from conformance.engine.context import ScenarioContext
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.interaction_names import SHORT
from conformance.scenarios.steps.jwt import (
    EITHER,
    LENIENT,
    REFUSED,
    as_array,
    both_scopes,
    identifiers_reduced,
    parts_of_token,
    payload,
    row,
    times,
    without_scheme,
    without_smartcard,
)
from conformance.scenarios.steps.refusals import expect_refused, send_refused
from conformance.scenarios.steps.valid_requests import send_valid, settled, valid_request

_WHOLE = "STU3-JWT-005 DSTU2-JWT-016 DSTU2-JWT-014"

EVERYWHERE = table(
    "",
    *(
        row(short, "no-token", "without a token is refused",
            f"STU3-JWT-004 {'STU3-JWT-040' if short == 'metadata' else ''} DSTU2-JWT-015 DSTU2-JWT-014",
            change=no_token(), faults="jwt.accepts-missing jwt.forbidden jwt.server-error"
            f"{' jwt.not-on-metadata' if short == 'metadata' else ''}")
        for short in SHORT
    ),
    *(
        row(short, "expired", "with a token that expired five minutes ago is refused", "STU3-JWT-017 DSTU2-JWT-021",
            change=expired(300), faults="jwt.accepts-expired")
        for short in SHORT
    ),
    expect=REFUSED, wire=True,
    why="The token says on whose behalf a request is sent; a provider that skips the check on one interaction leaves its "
        "records open.",
    fix="Check the token first on every interaction, including the capability statement, and return 400.",
)  # fmt: skip


# What is wrong with a token as a whole: name, in words, fault, what is expected, how it is made wrong.
_WRONG: tuple[tuple[str, str, str, Any, Change], ...] = (
    ("other-scheme", "an authorisation scheme other than Bearer", "jwt.accepts-other-scheme", REFUSED,
     header("Authorization", "Basic dXNlcjpwYXNz")),
    ("no-scheme", "a token but no authorisation scheme", "jwt.accepts-other-scheme", REFUSED,
     without_scheme()),
    ("bearer-alone", "the scheme Bearer but no token", "jwt.accepts-other-scheme", REFUSED,
     header("Authorization", "Bearer")),
    ("two-tokens", "two Authorization headers", "jwt.takes-the-first", LENIENT,
     add_header("Authorization")),
    ("one-part", "a token of one part", "jwt.accepts-unreadable", REFUSED,
     parts_of_token("token of one part", lambda parts: parts[:1])),
    ("two-parts", "a token without a payload", "jwt.accepts-unreadable", REFUSED,
     parts_of_token("token without payload", lambda parts: [parts[0], parts[2]])),
    ("four-parts", "a token of four parts", "jwt.accepts-unreadable", REFUSED,
     parts_of_token("token of four parts", lambda parts: [*parts, "AAAA"])),
    ("no-last-dot", "a token without its final dot", "jwt.accepts-two-parts", LENIENT,
     token_text("token without its last dot", lambda text: text.rstrip("."))),
    ("not-encoded", "a token that is not base64url-encoded", "jwt.accepts-unreadable", REFUSED,
     token_encoding("plain")),
    ("not-base64", "a token that has characters outside base64url", "jwt.accepts-unreadable", REFUSED,
     parts_of_token("payload outside base64url", lambda parts: [parts[0], "*%!~", parts[2]])),
    ("payload-cut", "a token whose payload is cut short", "jwt.accepts-unreadable", REFUSED,
     parts_of_token("payload cut", lambda parts: [parts[0], parts[1][: len(parts[1]) // 2], parts[2]])),
    ("payload-not-json", "a token whose payload is not JSON", "jwt.accepts-unreadable", REFUSED,
     payload(b"not JSON", "payload that is not JSON")),
    ("payload-array", "a token whose payload is a JSON array", "jwt.accepts-unreadable", REFUSED,
     as_array()),
    ("payload-empty", "a token without any claim", "jwt.accepts-unreadable", REFUSED,
     payload(b"{}", "payload without claims")),
    ("garbage", "the token a.b.c", "jwt.accepts-unreadable", REFUSED,
     parts_of_token("garbage", lambda _: ["a", "b", "c"])),
    ("signed", "a signed token", "jwt.accepts-signed", LENIENT,
     signed_token()),
    ("other-algorithm", "a token that names a signing algorithm but has no signature", "jwt.accepts-signed", LENIENT,
     token_header("alg", "HS256")),
)  # fmt: skip

MALFORMED = table(
    "",
    *(
        row(short, name, f"with {what} is refused", _WHOLE, change=change, expect=expect, faults=fault)
        for short in ("search", "book")
        for name, what, fault, expect, change in _WRONG
    ),
    wire=True,
    why="A token that cannot be read identifies no user, so the request is not authorised.",
    fix="Expect three base64url parts: two JSON objects and an empty third part. Return 400 BAD_REQUEST otherwise.",
)  # fmt: skip


def _times(short: str) -> list[dict[str, Any]]:
    return [
        row(
            short,
            "expired-yesterday",
            "with a token that expired yesterday is refused",
            "STU3-JWT-017 DSTU2-JWT-021",
            change=expired(86400),
            faults="jwt.accepts-expired",
            expect=REFUSED,
        ),
        row(
            short,
            "expired-in-the-past-century",
            "with a token that expired in 1970 is refused",
            "STU3-JWT-017 DSTU2-JWT-021",
            change=claim("exp", 1),
            faults="jwt.accepts-any-times",
            expect=REFUSED,
        ),
        row(
            short,
            "lives-an-hour",
            "with a token valid for an hour is accepted or refused as the edition says",
            "STU3-JWT-019 DSTU2-JWT-022",
            change=times("token of an hour", iat=0, exp=3600),
            expect={"stu3": EITHER["stu3"], "dstu2": REFUSED["dstu2"]},
            faults="jwt.lifetime-is-server-error dstu2:jwt.accepts-long-lived",
        ),
        row(
            short,
            "lives-a-second-longer",
            "with a token valid for 301 seconds is accepted or refused as the edition says",
            "STU3-JWT-019 DSTU2-JWT-022",
            change=times("token of 301 seconds", iat=0, exp=301),
            expect=EITHER,
            faults="jwt.lifetime-is-server-error dstu2:jwt.accepts-long-lived",
        ),
        row(
            short,
            "lives-a-second-less",
            "with a token valid for 299 seconds is accepted or refused as the edition says",
            "STU3-JWT-019 DSTU2-JWT-022",
            change=times("token of 299 seconds", iat=0, exp=299),
            expect=EITHER,
            faults="jwt.lifetime-is-server-error dstu2:jwt.accepts-long-lived",
        ),
        row(
            short,
            "ends-before-it-begins",
            "with a token whose exp is before its iat is accepted or refused as the edition says",
            "STU3-JWT-019 DSTU2-JWT-022",
            change=times("token that ends before it begins", iat=200, exp=100),
            expect=EITHER,
            faults="jwt.lifetime-is-server-error dstu2:jwt.accepts-any-times",
        ),
        row(
            short,
            "made-in-the-future",
            "with a token issued ten minutes in the future is refused",
            "DSTU2-JWT-023",
            change=times("token of the future", iat=600, exp=900),
            expect=REFUSED,
            faults="dstu2:jwt.accepts-future",
        ),
    ]


TIMES = table(
    "", *(entry for short in ("search", "book") for entry in _times(short)), wire=True,
    why="A token with a long lifetime can be replayed by anyone who obtains it.",
    fix="Compare exp with the clock and refuse an expired token with 400 BAD_REQUEST.",
)  # fmt: skip


@scenarios(EVERYWHERE, MALFORMED, TIMES)
def test_refused(context: ScenarioContext, case: Case) -> None:
    send_refused(context, case["short"], context.parameter("expect"), case["change"])


def _accepted(short: str) -> list[dict[str, Any]]:
    return [
        row(
            short,
            "user-without-smartcard",
            "for a user whose SDS user id and role profile id are UNK succeeds",
            "STU3-JWT-038",
            changes=(without_smartcard(),),
            faults="jwt.knows-few-users",
        ),
        row(
            short,
            "user-with-one-identifier",
            "for a user with only an SDS user id succeeds",
            "STU3-JWT-038",
            changes=(identifiers_reduced(),),
            faults="jwt.demands-role-profile",
        ),
        row(
            short,
            "further-claims",
            "whose token has additional claims succeeds",
            "DSTU2-JWT-028",
            changes=(claim("audit_event_id", "1f2e3d4c"), claim("favourite_colour", {"name": "blue"})),
            faults="jwt.refuses-further-claims",
        ),
        row(
            short,
            "two-scopes",
            "whose token requests two scopes succeeds",
            "DSTU2-JWT-029",
            changes=(both_scopes(),),
            faults="jwt.one-scope-only",
        ),
    ]


ACCEPTED = table(
    "",
    *(entry for short in ("search", "book", "read") for entry in _accepted(short)),
    row("search", "made-a-little-ahead", "with a token issued 200 seconds in the future succeeds", "STU3-JWT-020",
        changes=(times("token issued in the future", iat=200, exp=500),), faults="stu3:jwt.refuses-future"),
    row("book", "made-a-little-ahead", "with a token issued 200 seconds in the future succeeds", "STU3-JWT-020",
        changes=(times("token issued in the future", iat=200, exp=500),), faults="stu3:jwt.refuses-future"),
    why="Live consumers send such tokens, and the specification allows them.",
    fix="Check the claims that the edition requires, and ignore the rest of the token.",
)  # fmt: skip


@scenarios(ACCEPTED)
def test_accepted(context: ScenarioContext, case: Case) -> None:
    send_valid(context, case["short"], *case["changes"])


CHALLENGE = table(
    SHORT["metadata"],
    case("jwt.challenge", "A 401 for the token of a capability statement request has a WWW-Authenticate challenge for Bearer",
         "STU3-JWT-006 DSTU2-JWT-027", faults="jwt.bare-unauthorised",
         why="By RFC 6750 the challenge shows a client that the token is the reason for the refusal.",
         fix="Send WWW-Authenticate: Bearer with error=\"invalid_token\" whenever you return 401."),
    wire=True,
)  # fmt: skip


@scenarios(CHALLENGE)
def test_challenge(context: ScenarioContext, case: Case) -> None:
    severity = Severity.FAIL if context.edition.capabilities.requires_bearer_challenge else Severity.WARN
    request = valid_request(context, SHORT["metadata"]).request
    changes = (no_token(), expired(300), payload(b"{}", "payload without claims"))
    responses = [context.send(request, settled(context, change)) for change in changes]
    if not any(response.status == 401 for response in responses):
        context.omit("no refusal of a token has the status 401, so no challenge is due")
    for response in responses:
        found = ", ".join(response.exchange.headers("WWW-Authenticate"))
        if response.status == 401 and not found.strip().lower().startswith("bearer"):
            _report(context, severity, found, response.number)


def _report(context: ScenarioContext, severity: Severity, found: str, number: int) -> None:
    report = context.findings.fail if severity is Severity.FAIL else context.findings.warn
    report(
        "the 401 has no challenge for a bearer token",
        location="header WWW-Authenticate",
        found=found or "none",
        expected="Bearer …",
        exchange=number,
        code="challenge",
    )


JUST_EXPIRED = table(
    SHORT["search"],
    case("jwt.search-just-expired", "A slot search with a token that expired two seconds ago is refused",
         "STU3-JWT-017 DSTU2-JWT-021", faults="jwt.accepts-expired"),
    wire=True,
    why="A token must be refused from the time in its exp.",
    fix="Allow no grace period for exp: clocks are synchronised.",
)  # fmt: skip


@scenarios(JUST_EXPIRED)
def test_just_expired(context: ScenarioContext, case: Case) -> None:
    sent_at = http_date(context.send(valid_request(context, SHORT["metadata"]).request).exchange.header("Date"))
    if sent_at is None or abs((sent_at - context.now()).total_seconds()) > 1.5:
        context.omit("the provider's clock is not within a second of the tester's, so the response would prove nothing")
    expect_refused(
        context,
        context.send(valid_request(context, SHORT["search"]).request, expired(2)),
        context.edition.pick(REFUSED),
    )
