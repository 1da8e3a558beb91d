"""Ways to be wrong about the bearer token."""

from __future__ import annotations

from conformance.provider.faults.fault import DSTU2, STU3, Fault
from conformance.provider.faults.verbs import misanswer, setting, skip

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

FAULTS = (
    Fault("jwt.accepts-missing", "does not need a token", skip("jwt.present", "jwt.bearer", "jwt.readable")),
    Fault("jwt.accepts-other-scheme", "takes any scheme of authorisation", skip("jwt.bearer", "jwt.readable")),
    Fault("jwt.accepts-unreadable", "does not read the token", skip("jwt.readable")),
    Fault("jwt.accepts-signed", "takes signed tokens", skip("jwt.unsecured")),
    Fault("jwt.accepts-expired", "takes expired tokens", skip("jwt.not-expired")),
    Fault("jwt.accepts-long-lived", "takes tokens that live longer than five minutes", skip("jwt.lifetime")),
    Fault("jwt.accepts-future", "takes tokens made in the future", skip("jwt.iat-not-future"), DSTU2),
    Fault("jwt.refuses-future", "looks at the time a token was made", setting("jwt.validates-iat", True), STU3),
    Fault("jwt.accepts-other-audience", "takes tokens for other services", skip("jwt.aud-own")),
    Fault("jwt.accepts-other-scope", "takes tokens of another scope", skip("jwt.scope-fits")),
    Fault("jwt.accepts-other-subject", "takes tokens whose sub is somebody else", skip("jwt.sub-is-user")),
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
        "answers a bad token with 403",
        tuple(
            misanswer(f"jwt.{name}", status=403) for name in ("present", "bearer", "readable", "not-expired", *_CLAIMS)
        ),
    ),
    Fault(
        "jwt.bare-unauthorised",
        "answers a bad token with 401 and no WWW-Authenticate",
        tuple(
            misanswer(f"jwt.{name}", status=401) for name in ("present", "bearer", "readable", "not-expired", *_CLAIMS)
        ),
    ),
    Fault(
        "jwt.server-error",
        "answers a bad token with 500",
        tuple(
            misanswer(f"jwt.{name}", code="INTERNAL_SERVER_ERROR", status=500)
            for name in ("present", "bearer", "readable", "not-expired", *_CLAIMS)
        ),
    ),
    Fault("jwt.not-on-metadata", "does not need a token for the statement", skip("jwt.on-metadata")),
)
