"""Faults of the bearer token."""

from __future__ import annotations

from conformance.provider.fault_points import Effect
from conformance.provider.faults.effects import misanswer, refuses, setting, skip
from conformance.provider.faults.fault import DSTU2, STU3, Fault
from conformance.provider.faults.requesters import claims_of, user_identifiers

_CLAIMS = ("iss", "sub", "aud", "exp", "iat", "reason", "scope", "device", "organization", "user")
_NAMES = {
    "reason": "reason_for_request",
    "scope": "requested_scope",
    "device": "requesting_device",
    "organization": "requesting_organization",
    "user": "the user's claim",
}
_BESIDE = {
    "sub": ("sub-is-user",),
    "aud": ("aud-own",),
    "exp": ("not-expired", "lifetime"),
    "iat": ("lifetime", "iat-not-future"),
    "scope": ("scope-fits",),
    "user": ("sub-is-user",),
}

_PUBLISHED = {"jwt_profile": "published"}  # the claims of the published release of DSTU2


def _server_error(rule: str) -> Effect:
    return misanswer(f"jwt.{rule}", code="INTERNAL_SERVER_ERROR", status=500)


FAULTS = (
    Fault("jwt.accepts-missing", "does not need a token", skip("jwt.present", "jwt.bearer", "jwt.readable")),
    Fault("jwt.accepts-other-scheme", "takes any scheme of authorisation", skip("jwt.bearer", "jwt.readable")),
    Fault("jwt.accepts-unreadable", "does not read the token", skip("jwt.readable")),
    Fault("jwt.accepts-signed", "takes signed tokens", skip("jwt.unsecured")),
    Fault("jwt.accepts-expired", "takes expired tokens", skip("jwt.not-expired")),
    Fault("jwt.accepts-long-lived", "takes tokens that live longer than five minutes", skip("jwt.lifetime"), DSTU2),
    Fault("jwt.accepts-future", "accepts tokens issued in the future", skip("jwt.iat-not-future"), DSTU2),
    Fault("jwt.refuses-future", "refuses tokens issued in the future", setting("jwt.validates-iat", True), STU3),
    Fault("jwt.accepts-other-audience", "takes tokens for other services", skip("jwt.aud-own"), DSTU2),
    Fault("jwt.accepts-other-subject", "accepts tokens whose sub is another user", skip("jwt.sub-is-user"), DSTU2),
    *(
        Fault(
            f"jwt.accepts-missing-{name}",
            f"does not need the claim {_NAMES.get(name, name)}",
            skip(f"jwt.{name}", *(f"jwt.{rule}" for rule in _BESIDE.get(name, ()))),
        )
        for name in _CLAIMS
    ),
    Fault(
        "jwt.forbidden",
        "returns 403 for a bad token",
        tuple(
            misanswer(f"jwt.{name}", status=403) for name in ("present", "bearer", "readable", "not-expired", *_CLAIMS)
        ),
    ),
    Fault(
        "jwt.bare-unauthorised",
        "returns 401 and no WWW-Authenticate for a bad token",
        tuple(
            misanswer(f"jwt.{name}", status=401) for name in ("present", "bearer", "readable", "not-expired", *_CLAIMS)
        ),
    ),
    Fault(
        "jwt.server-error",
        "returns 500 for a bad token",
        tuple(
            misanswer(f"jwt.{name}", code="INTERNAL_SERVER_ERROR", status=500)
            for name in ("present", "bearer", "readable", "not-expired", *_CLAIMS)
        ),
    ),
    Fault(
        "jwt.accepts-patient-facing",
        "serves patients themselves",
        skip("jwt.reason", "jwt.user", "jwt.sub-is-user"),
        STU3,
    ),
    Fault("jwt.takes-the-first", "takes the first of several tokens", skip("jwt.present")),
    Fault("jwt.accepts-two-parts", "forgives a missing last dot", setting("jwt.forgives-last-dot", True)),
    Fault(
        "jwt.accepts-any-times",
        "does not look at the times of a token",
        skip("jwt.not-expired", "jwt.lifetime", "jwt.iat-not-future"),
    ),
    *(
        Fault(f"jwt.{name}-is-server-error", f"returns 500 for {about}", _server_error(rule))
        for name, rule, about in (
            ("lifetime", "lifetime", "a token that does not live five minutes"),
            ("iat", "iat", "a strange time of creation"),
            ("subject", "sub-is-user", "a sub that is not the user"),
            ("audience", "aud-own", "a token for another service"),
            ("scope", "scope-fits", "a scope that does not fit"),
        )
    ),
    Fault(
        "jwt.knows-few-users",
        "refuses users without a smartcard",
        refuses(lambda call: "UNK" in user_identifiers(call), "BAD_REQUEST", on="search book read"),
        STU3,
    ),
    Fault(
        "jwt.demands-role-profile",
        "refuses users with a single identifier",
        refuses(lambda call: len(user_identifiers(call)) < 2, "BAD_REQUEST"),
        STU3,
    ),
    Fault(
        "jwt.refuses-further-claims",
        "refuses tokens with claims that it does not know",
        refuses(lambda call: "audit_event_id" in claims_of(call), "BAD_REQUEST"),
        DSTU2,
    ),
    Fault(
        "jwt.one-scope-only",
        "takes two scopes for nonsense",
        refuses(lambda call: " " in str(claims_of(call).get("requested_scope")), "BAD_REQUEST"),
        DSTU2,
    ),
    Fault(
        "jwt.accepts-missing-record",
        "does not need the claim requested_record",
        skip("jwt.record", "jwt.record-fits"),
        DSTU2,
        _PUBLISHED,
    ),
    Fault(
        "jwt.accepts-other-record",
        "takes tokens that name another record than the one requested",
        skip("jwt.record-fits"),
        DSTU2,
        _PUBLISHED,
    ),
    Fault("jwt.not-on-metadata", "does not need a token for the statement", skip("jwt.on-metadata")),
)
