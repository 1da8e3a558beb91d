"""The bearer token, claim by claim. Source: cross-organisation audit and provenance; STU3-JWT-*, DSTU2-JWT-*.

Every fault of a token is refused with 400 BAD_REQUEST, which the error pages ask for. Claims beyond the edition's are ignored.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from conformance.provider.appointments.body import objects, reference_of, split_reference
from conformance.provider.foundations.identifiers import valid_nhs_number
from conformance.provider.http import Call, Json
from conformance.provider.refusal import refuse
from conformance.provider.rules import Rules
from conformance.provider.store import document

TOKEN = Rules("jwt")
BEARER = Rules("jwt")
_SKEW = 60  # seconds that clocks may differ
_SCOPE = re.compile(r"(patient|organization)/(\*|[A-Za-z]+)\.(read|write|\*)")


@dataclass(frozen=True)
class Token:
    """A token as read, with the call that brought it."""

    call: Call
    header: Json
    claims: Json
    signature: str
    payload: str  # the claims as they came

    @property
    def user_claim(self) -> str:
        """The claim that names the user."""
        return str(self.rules["user_claim"])

    @property
    def rules(self) -> Mapping[str, Any]:
        """What the edition says of tokens."""
        return self.call.provider.edition.raw["jwt"]  # type: ignore[no-any-return]


def check_token(call: Call) -> None:
    """Raise Refusal unless the request carries a token that the edition allows."""
    if call.on == "get_capability_statement" and call.provider.seams.skips("jwt.on-metadata"):
        return
    BEARER.enforce(call, call)
    if call.provider.seams.skips("jwt.readable"):
        return
    parts = call.header("Authorization").removeprefix("Bearer").strip().split(".")
    if len(parts) == 2 and call.provider.seams.setting("jwt.forgives-last-dot", False, call):
        parts.append("")
    if len(parts) != 3:  # header, payload, signature
        raise refuse("jwt.readable", "BAD_REQUEST", "the bearer token has not three parts")
    header, claims = (_decoded(part, name) for part, name in zip(parts[:2], ("header", "payload"), strict=True))
    TOKEN.enforce(call, Token(call, header, claims, parts[2], parts[1]))


# Consumers send one token with many requests: what depends on its text alone is found once. Nothing changes what is read.
@lru_cache(maxsize=256)
def _decoded(part: str, name: str) -> Json:
    try:
        text = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
        value = json.loads(text)
    except (binascii.Error, ValueError, RecursionError) as error:
        raise refuse("jwt.readable", "BAD_REQUEST", f"the token's {name} is not base64url of a JSON object") from error
    if not isinstance(value, dict):
        raise refuse("jwt.readable", "BAD_REQUEST", f"the token's {name} is not a JSON object")
    return value


@BEARER.rule("present", "BAD_REQUEST")
def _present(call: Call) -> str | None:
    """There is one Authorization header."""
    found = len(call.header_values("Authorization"))
    return None if found == 1 else f"the Authorization header was sent {found} times; once is expected"


@BEARER.rule("bearer", "BAD_REQUEST")
def _bearer(call: Call) -> str | None:
    """The scheme is Bearer."""
    scheme, _, credentials = call.header("Authorization").strip().partition(" ")
    return None if scheme == "Bearer" and credentials.strip() else "the Authorization header is no bearer token"


@TOKEN.rule("unsecured", "BAD_REQUEST")
def _unsecured(token: Token) -> str | None:
    """The token is unsecured: algorithm none, no signature."""
    if token.header.get("alg") != "none":
        return "the token's algorithm is not none"
    return "the token is signed; an unsecured one is expected" if token.signature else None


@TOKEN.rule("typ", "BAD_REQUEST")
def _typ(token: Token) -> str | None:
    """The header says JWT."""
    return None if token.header.get("typ") == "JWT" else "the token's typ is not JWT"


def _text_claim(token: Token, name: str) -> str | None:
    value = token.claims.get(name)
    return None if isinstance(value, str) and value.strip() else f"the claim {name} is missing or no text"


@TOKEN.rule("iss", "BAD_REQUEST")
def _iss(token: Token) -> str | None:
    """The issuer is named."""
    return _text_claim(token, "iss")


@TOKEN.rule("sub", "BAD_REQUEST")
def _sub(token: Token) -> str | None:
    """The user is named."""
    return _text_claim(token, "sub")


@TOKEN.rule("aud", "BAD_REQUEST")
def _aud(token: Token) -> str | None:
    """The audience is named."""
    return _text_claim(token, "aud")


@TOKEN.rule("aud-own", "BAD_REQUEST")
def _aud_own(token: Token) -> str | None:
    """The audience is one that the edition accepts: the service root, the resource requested, or a fixed URL."""
    audience = str(token.claims.get("aud"))
    accepted = token.rules["accepted_audiences"]
    root, path = urlsplit(token.call.base_url).path, urlsplit(audience).path
    fits = (
        audience in accepted
        or ("base" in accepted and path.rstrip("/") == root)
        or ("request" in accepted and path.startswith(f"{root}/"))
    )
    return None if fits else "the claim aud is not this service"


def _whole(token: Token, name: str) -> int:
    """A claim that is a positive whole number, else 0."""
    value = token.claims.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _time_claim(token: Token, name: str) -> str | None:
    return None if _whole(token, name) else f"the claim {name} is missing or no positive whole number"


@TOKEN.rule("exp", "BAD_REQUEST")
def _exp(token: Token) -> str | None:
    """The time of expiry is a whole number of seconds."""
    return _time_claim(token, "exp")


@TOKEN.rule("iat", "BAD_REQUEST")
def _iat(token: Token) -> str | None:
    """The time of creation is a whole number of seconds."""
    return _time_claim(token, "iat")


@TOKEN.rule("not-expired", "BAD_REQUEST")
def _not_expired(token: Token) -> str | None:
    """The token has not expired."""
    expiry = _whole(token, "exp")
    return "the token has expired" if expiry and expiry <= token.call.provider.clock.seconds() else None


@TOKEN.rule("lifetime", "BAD_REQUEST")
def _lifetime(token: Token) -> str | None:
    """The token lives five minutes."""
    wanted = token.rules["lifetime_seconds"]
    expiry, made = _whole(token, "exp"), _whole(token, "iat")
    return f"exp is not iat + {wanted} seconds" if expiry and made and expiry - made != wanted else None


@TOKEN.rule("iat-not-future", "BAD_REQUEST")
def _iat_not_future(token: Token) -> str | None:
    """The token was not made in the future, where the edition lets providers look (not so STU3-JWT-020)."""
    refuses = token.call.provider.edition.capabilities.refuses_tokens_from_the_future
    looks = token.call.provider.seams.setting("jwt.validates-iat", refuses, token.call)
    if not looks:
        return None
    future = _whole(token, "iat") > token.call.provider.clock.seconds() + _SKEW
    return "the claim iat lies in the future" if future else None


@TOKEN.rule("reason", "BAD_REQUEST")
def _reason(token: Token) -> str | None:
    """The reason for the request is one that the edition knows."""
    known = token.rules["reasons"]
    reason = token.claims.get("reason_for_request")
    return None if isinstance(reason, str) and reason in known else "the claim reason_for_request is not known"


@TOKEN.rule("scope", "BAD_REQUEST")
def _scope(token: Token) -> str | None:
    """The scope is a list of known scopes."""
    scope = token.claims.get("requested_scope")
    if not isinstance(scope, str) or not scope.split():
        return "the claim requested_scope is missing or no text"
    strange = [item for item in scope.split() if not _SCOPE.fullmatch(item)]
    return f"the scope {strange[0][:60]} is not known" if strange else None


@TOKEN.rule("scope-fits", "BAD_REQUEST")
def _scope_fits(token: Token) -> str | None:
    """One of the scopes is that of the interaction."""
    assert token.call.interaction is not None
    who, _, right = token.call.interaction.scope.partition("/*.")
    for item in str(token.claims.get("requested_scope")).split():
        match = _SCOPE.fullmatch(item)
        if match and match[1] == who and match[2] == "*" and match[3] in {right, "*"}:
            return None
    return f"the scope does not cover this interaction, which needs {token.call.interaction.scope}"


def _resource_claim(token: Token, name: str, *kinds: str) -> str | None:
    value = token.claims.get(name)
    if not isinstance(value, dict) or not value:
        return f"the claim {name} is missing or no resource"
    if value.get("resourceType") not in kinds:
        return f"the claim {name} is no {' or '.join(kinds)}"
    return token.call.provider.bodies.wrong_claim(_claim_text(token.payload, name), name)


@lru_cache(maxsize=256)
def _claim_text(payload: str, name: str) -> str:
    """A claim of a payload as JSON in one order of keys, by which it is known again in other tokens."""
    return json.dumps(_decoded(payload, "payload")[name], sort_keys=True)


@TOKEN.rule("device", "BAD_REQUEST")
def _device(token: Token) -> str | None:
    """The requesting device is a Device."""
    return _resource_claim(token, "requesting_device", "Device")


@TOKEN.rule("organization", "BAD_REQUEST")
def _organization(token: Token) -> str | None:
    """The requesting organisation is an Organization; a patient acting for themself has none."""
    if token.claims.get("reason_for_request") == "patientfacing" and "requesting_organization" not in token.claims:
        return None
    return _resource_claim(token, "requesting_organization", "Organization")


@TOKEN.rule("user", "BAD_REQUEST")
def _user(token: Token) -> str | None:
    """The requesting person is a Practitioner, or for a patient-facing request a Person."""
    kinds = ["Person"] if token.claims.get("reason_for_request") == "patientfacing" else ["Practitioner"]
    return _resource_claim(token, token.user_claim, *kinds)


@TOKEN.rule("sub-is-user", "BAD_REQUEST")
def _sub_is_user(token: Token) -> str | None:
    """The user of the token is the requesting person."""
    user: Any = token.claims.get(token.user_claim)
    same = isinstance(user, dict) and user.get("id") == token.claims.get("sub")
    return None if same else f"the claim sub is not {token.user_claim}.id"


@TOKEN.rule("record", "BAD_REQUEST")
def _record(token: Token) -> str | None:
    """Where the edition has the claim, the record requested is a Patient or an Organization."""
    if "requested_record" not in token.rules["claims"]:
        return None
    return _resource_claim(token, "requested_record", "Patient", "Organization")


@TOKEN.rule("record-fits", "BAD_REQUEST")
def _record_fits(token: Token) -> str | None:
    """The record is of the kind that the scope is for, and it is the one that the request concerns: the strictest reading."""
    if "requested_record" not in token.rules["claims"]:
        return None
    assert token.call.interaction is not None
    record: Any = token.claims.get("requested_record")
    of_patient = token.call.interaction.scope.startswith("patient/")
    if record.get("resourceType") != ("Patient" if of_patient else "Organization"):
        return f"requested_record is no {'Patient' if of_patient else 'Organization'}, which the scope is for"
    named = {str(item.get("value")) for item in objects(record.get("identifier"))}
    wanted = concerned(token.call) if of_patient else {token.call.provider.practice.ods}
    return None if not wanted or named & wanted else "requested_record is another record than the one requested"


def concerned(call: Call) -> set[str]:
    """The NHS numbers of the patients whom a request concerns, as far as it shows before its body is checked."""
    store = call.provider.store
    identifiers = {value.rpartition("|")[2] for value in call.parameters("identifier")}
    if identifiers:
        return {value for value in identifiers if valid_nhs_number(value)}
    appointment = store.appointment(call.id) if call.path.startswith("/Appointment/") else None
    ids = [appointment["patient"]] if appointment else [call.id] if call.path.startswith("/Patient/") else []
    body = _body_of(call)
    ids += [split_reference(reference_of(item.get("actor")))[1] for item in objects(body.get("participant"))]
    rows = [row for row in map(store.patient, ids) if row is not None]
    return {document(row)["nhs"] for row in rows} | _registered(body)


def _registered(body: Json) -> set[str]:
    patients = [item.get("resource") for item in objects(body.get("parameter"))]
    value = [item for patient in patients if isinstance(patient, dict) for item in objects(patient.get("identifier"))]
    return {str(item.get("value")) for item in value if valid_nhs_number(str(item.get("value")))}


def _body_of(call: Call) -> Json:
    try:
        body = json.loads(call.body) if call.body else {}
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}
