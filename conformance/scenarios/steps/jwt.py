"""What the scenarios about the token share: what they expect, and the deviations that depend on the edition's claims."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from conformance.consumer.jwt import jwt_rules
from conformance.consumer.request import BEARER, Change, Request
from conformance.consumer.request_mutations import claim, claim_in, claim_without
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.scenario import case
from conformance.scenarios.steps.interaction_names import NAMES, SHORT
from conformance.scenarios.steps.valid_requests import Deviation

_BEARER_PAGE = (
    "The page on provenance requires the responses of RFC 6750, including 401; the error page requires 400 BAD_REQUEST."
)
_SPREADSHEET = f"{_BEARER_PAGE} The code is listed only in the spreadsheet."
_RESOURCE = "The error page lists a wrong resource in a claim under both codes."
_UNSAID = "No page says what a provider does about it."

REFUSED = {
    "stu3": refused("BAD_REQUEST", also=["401"], because=_BEARER_PAGE),
    "dstu2": refused("BAD_REQUEST", also=["401"], tolerated=["4xx"], because=_SPREADSHEET),
}
"""For a token that no provider may accept."""

LENIENT = {
    "stu3": refused("BAD_REQUEST", also=["401"], tolerated=["2xx"], because=_UNSAID),
    "dstu2": refused("BAD_REQUEST", also=["401"], tolerated=["4xx", "2xx"], because=_UNSAID),
}
"""For a token that a provider should not accept."""

EITHER = {
    "stu3": refused(["BAD_REQUEST", "2xx"], also=["401", "403"], because=_UNSAID),
    "dstu2": refused("BAD_REQUEST", also=["401", "403"], tolerated=["4xx", "2xx"], because=_UNSAID),
}
"""For what STU3 binds the consumer to and leaves the provider free to check."""

SCOPE = refused(
    ["BAD_REQUEST", "2xx"], also=["401", "403"], because="Scopes may be used to authorise; they need not be."
)
"""For a known scope that is not that of the interaction."""

WRONG_RESOURCE = {
    "stu3": refused(["BAD_REQUEST", "INVALID_RESOURCE"], also=["401"], because=_RESOURCE),
    "dstu2": refused(["BAD_REQUEST", "INVALID_RESOURCE"], also=["401"], tolerated=["4xx"], because=_RESOURCE),
}
"""For a resource in a claim that is none, or another."""


def row(short: str, name: str, title: str, verifies: str, **rest: Any) -> dict[str, Any]:
    """Return a case about the token of one interaction; the title goes on after the interaction's name."""
    return case(
        f"jwt.{short}-{name}",
        f"{NAMES[short].capitalize()} {title}",
        verifies,
        interaction=SHORT[short],
        short=short,
        **rest,
    )


def user_claim(context: ScenarioContext) -> str:
    """The claim of the edition's token that names the user."""
    return str(jwt_rules(context.edition)["user_claim"])


def of_user(make: Callable[[str], Change]) -> Deviation:
    """A deviation of the claim that names the user, which is another in each edition."""
    return lambda context: make(user_claim(context))


def for_claim(name: str, make: Callable[[str], Change]) -> Deviation:
    """A deviation of a claim, `user` standing for the one that names the user."""
    return of_user(make) if name == "user" else make(name)


def payload(text: bytes, label: str) -> Change:
    """Send these bytes, encoded, as the token's payload."""
    return _rewritten(label, lambda parts: [parts[0], _encoded(text), parts[2]])


def parts_of_token(label: str, edit: Callable[[list[str]], list[str]]) -> Change:
    """Send the token with its three parts edited and joined by dots again."""
    return _rewritten(label, edit)


def _rewritten(label: str, edit: Callable[[list[str]], list[str]]) -> Change:
    def apply(request: Request) -> Request:
        return request.with_(token=request.token.with_(raw=".".join(edit(request.token.render().split(".")))))

    return Change(label, apply)


def _encoded(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def as_array() -> Change:
    """Send the claims within a JSON array."""

    def apply(request: Request) -> Request:
        head, _, signature = request.token.render().split(".")
        held = _encoded(json.dumps([request.token.claims]).encode())
        return request.with_(token=request.token.with_(raw=f"{head}.{held}.{signature}"))

    return Change("claims in a JSON array", apply)


def without_scheme() -> Change:
    """Send the token without the word Bearer."""

    def apply(request: Request) -> Request:
        bare = tuple((key, request.token.render() if value == BEARER else value) for key, value in request.headers)
        return request.with_(headers=bare)

    return Change("token without Bearer", apply)


def times(label: str, *, iat: int, exp: int) -> Change:
    """Shift the times of the token: both in seconds from now."""

    def apply(request: Request) -> Request:
        now = request.token.claims["iat"]
        claims = request.token.claims | {"iat": now + iat, "exp": now + exp}
        return request.with_(token=request.token.with_(claims=claims))

    return Change(label, apply)


def without_smartcard() -> Deviation:
    """Name a user who has no smartcard, and so no SDS ids."""

    def make(context: ScenarioContext) -> Change:
        name = user_claim(context)

        def apply(request: Request) -> Request:
            user = request.token.claims[name]
            local = user["identifier"][-1:]
            unknown = [item | {"value": "UNK"} for item in user["identifier"][:-1]]
            who = {"id": "user-without-smartcard", "identifier": [*unknown, *local]}
            claims = request.token.claims | {name: user | who, "sub": "user-without-smartcard"}
            return request.with_(token=request.token.with_(claims=claims))

        return Change("user without a smartcard", apply)

    return make


def identifiers_reduced() -> Deviation:
    """Leave the user no more identifiers than the SDS user id."""

    def make(context: ScenarioContext) -> Change:
        name = user_claim(context)

        def apply(request: Request) -> Request:
            kept = request.token.claims[name]["identifier"][:1]
            return claim_in(f"{name}.identifier", kept)(request)

        return Change("user with one identifier", apply)

    return make


def scope_swapped(request_right: str = "") -> Change:
    """Ask for the scope of the same family with the other right, or of the other family with the same right."""

    def apply(request: Request) -> Request:
        who, _, right = request.interaction.scope.partition("/*.")
        other = {"read": "write", "write": "read"}[right] if not request_right else right
        family = {"patient": "organization", "organization": "patient"}[who] if request_right else who
        return claim("requested_scope", f"{family}/*.{other}")(request)

    return Change("scope of the other family" if request_right else "scope with the other right", apply)


def both_scopes() -> Change:
    """Ask for two scopes, that of the interaction second."""

    def apply(request: Request) -> Request:
        who, _, right = request.interaction.scope.partition("/*.")
        other = {"patient": "organization", "organization": "patient"}[who]
        return claim("requested_scope", f"{other}/*.{right} {request.interaction.scope}")(request)

    return Change("two scopes", apply)


def drop(name: str) -> Deviation:
    """Leave a claim out, `user` standing for the one that names the user."""
    return for_claim(name, claim_without)


def claim_added(name: str, element: str, value: Any) -> Change:
    """Add an element to the resource that a claim holds."""

    def apply(request: Request) -> Request:
        return claim(name, {**request.token.claims[name], element: value})(request)

    return Change(f"{name} with {element}", apply)
