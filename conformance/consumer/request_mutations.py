"""Every way in which a scenario makes a valid request wrong: one named change each, and nowhere else.

A deviation that would change nothing (no such header, no such path, the value that is there already) raises
InternalError: a negative scenario that sends a valid request would be a check that cannot do its work.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.consumer.json_edit import add_at, copied, remove_at, set_at, value_at
from conformance.consumer.jwt import Token
from conformance.consumer.request import BEARER, Change, Form, Request
from conformance.core.errors import InternalError

_SIGNING_KEY = "not a secret: a signature that nobody should accept"


def chain(*changes: Change) -> Change:
    """Return several changes as one, applied in order; each of them has to change something."""

    def apply(request: Request) -> Request:
        changed = request
        for change in changes:
            changed = change(changed)
        return changed.with_(label=request.label, deviant=request.deviant)

    return Change(" and ".join(change.label for change in changes), apply, any(change.below_fhir for change in changes))


def below_fhir(change: Change) -> Change:
    """Return a change that may never reach the FHIR layer: the response of a container or a load balancer need not be FHIR."""
    return replace(change, below_fhir=True)


# Query


def without_query(name: str) -> Change:
    """Leave out every parameter of that name."""
    return Change(
        f"without the parameter {name}",
        lambda request: request.with_(query=tuple(pair for pair in request.query if pair[0] != name)),
    )


def query(name: str, *values: str) -> Change:
    """Replace all parameters of that name, in the place of the first (at the end when there is none)."""

    def apply(request: Request) -> Request:
        names = [pair[0] for pair in request.query]
        at = names.index(name) if name in names else len(names)
        rest = [pair for pair in request.query if pair[0] != name]
        return request.with_(query=(*rest[:at], *((name, value) for value in values), *rest[at:]))

    return Change(" and ".join(f"{name}={value}" for value in values), apply)


def add_query(name: str, value: str, *, first: bool = False) -> Change:
    """Add a parameter at the end (or in the first place) and leave the others."""
    pair = ((name, value),)
    return Change(
        f"with {name}={value} added",
        lambda request: request.with_(query=(*pair, *request.query) if first else (*request.query, *pair)),
    )


def raw_query(text: str) -> Change:
    """Send this text after the question mark as it stands, unencoded."""
    return Change(f"query {text}", lambda request: request.with_(raw_query=text))


# Headers


def without_header(name: str) -> Change:
    """Leave out every header of that name, case ignored."""
    return Change(
        f"without the header {name}",
        lambda request: request.with_(headers=tuple(pair for pair in request.headers if not _same(pair[0], name))),
    )


def header(name: str, value: str) -> Change:
    """Set a header to a value, in the place of the one there was (at the end when there was none)."""
    return Change(f"{name}: {value}", lambda request: request.with_(headers=_set_header(request, name, value)))


def add_header(name: str, value: str | None = None) -> Change:
    """Send a header twice: again with the same value, or with another one."""

    def apply(request: Request) -> Request:
        again = request.header(name) if value is None else value
        if again is None:
            raise InternalError(f"there is no header {name} to send twice in {request.label!r}")
        return request.with_(headers=(*request.headers, (name, again)))

    return Change(f"{name} twice" if value is None else f"with {name}: {value} added", apply)


def accept(value: str) -> Change:
    """Set the header Accept."""
    return header("Accept", value)


def content_type(value: str) -> Change:
    """Set the header Content-Type; the body stays as it is."""
    return header("Content-Type", value)


def interaction_id(value: str) -> Change:
    """Set the header Ssp-InteractionID."""
    return header("Ssp-InteractionID", value)


def as_xml() -> Change:
    """Send and ask for FHIR XML."""
    return _as_form("json", "xml")


def as_json() -> Change:
    """Send and ask for FHIR JSON, of a request that was in XML."""
    return _as_form("xml", "json")


def _as_form(old: Form, new: Form) -> Change:
    def apply(request: Request) -> Request:
        headers = tuple(
            (key, value.replace(old, new) if key.lower() in {"accept", "content-type"} else value)
            for key, value in request.headers
        )
        return request.with_(headers=headers, form=new)

    return Change(f"in {new.upper()}", apply)


# Body


def body_without(path: str) -> Change:
    """Leave out what lies at a path of the body."""
    return Change(f"without {path}", lambda request: _edit_body(request, lambda body: remove_at(body, path)))


def body_set(path: str, value: Any) -> Change:
    """Give what lies at a path of the body another value."""
    return Change(
        f"{path} = {_short(value)}", lambda request: _edit_body(request, lambda body: set_at(body, path, value))
    )


def body_add(path: str, value: Any) -> Change:
    """Add an element that is not there yet, or an item at the end of a list (index = its length)."""
    label = f"with {path} = {_short(value)} added"
    return Change(label, lambda request: _edit_body(request, lambda body: add_at(body, path, value)))


def raw_body(data: bytes, label: str) -> Change:
    """Send these bytes as the body."""
    return Change(label, lambda request: request.with_(body=data))


def no_body() -> Change:
    """Send no body; Content-Type stays."""
    return Change("without a body", lambda request: request.with_(body=None))


# Request line


def method(verb: str) -> Change:
    """Use another verb."""
    return Change(f"with {verb}", lambda request: request.with_(method=verb))


def path(text: str) -> Change:
    """Use another path, sent as it stands."""
    return Change(f"at {text}", lambda request: request.with_(path=text))


def chunked() -> Change:
    """Send the body in chunks, without a Content-Length."""
    return Change("with a chunked body", header("Transfer-Encoding", "chunked").apply)


# Token


def claim(name: str, value: Any) -> Change:
    """Set a claim, present before or not."""
    return _claims(f"claim {name} = {_short(value)}", lambda claims: claims.__setitem__(name, copied(value)))


def claim_in(path: str, value: Any) -> Change:
    """Set what lies at a path within a claim (`requesting_device.resourceType`), which must be there."""
    return _claims(f"claim {path} = {_short(value)}", lambda claims: set_at(claims, path, value))


def claim_without(path: str) -> Change:
    """Leave out a claim, or what lies at a path within one."""
    return _claims(f"without the claim {path}", lambda claims: remove_at(claims, path))


def claim_renamed(name: str, other: str) -> Change:
    """Send a claim under another name (another letter case, say)."""

    def edit(claims: dict[str, Any]) -> None:
        value = value_at(claims, name)
        remove_at(claims, name)
        claims[other] = value

    return _claims(f"claim {name} as {other}", edit)


def expired(seconds: int) -> Change:
    """Shift the token's times so that it ran out this many seconds ago."""

    def edit(claims: dict[str, Any]) -> None:
        shift = claims["exp"] - claims["iat"] + seconds
        claims["exp"] -= shift
        claims["iat"] -= shift

    return _claims(f"token expired {seconds} seconds ago", edit)


def token_header(name: str, value: Any) -> Change:
    """Set a field of the token's header; None leaves it out."""

    def apply(token: Token) -> Token:
        fields = {key: item for key, item in token.header.items() if key != name}
        return token.with_(header=fields if value is None else {**fields, name: value})

    label = f"token header without {name}" if value is None else f"token header {name} = {_short(value)}"
    return _token(label, apply)


def token_raw(text: str, label: str = "") -> Change:
    """Send this text as the token."""
    return _token(label or f"token {_short(text)}", lambda token: token.with_(raw=text))


def token_text(label: str, edit: Callable[[str], str]) -> Change:
    """Send the rendered token as edited (without its last dot, cut short, …)."""
    return _token(label, lambda token: token.with_(raw=edit(token.render())))


def token_encoding(encoding: str) -> Change:
    """Encode the token's parts otherwise: `padded`, `base64` or `plain`."""
    return _token(f"token encoded as {encoding}", lambda token: token.with_(encoding=encoding))


def signed_token() -> Change:
    """Sign the token (HS256), where an unsecured one is requested."""
    return _token(
        "signed token",
        lambda token: token.with_(header={**token.header, "alg": "HS256"}, signing_key=_SIGNING_KEY),
    )


def no_token() -> Change:
    """Send no Authorization header."""
    return Change("without a token", without_header("Authorization").apply)


def _claims(label: str, edit: Callable[[dict[str, Any]], None]) -> Change:
    def apply(token: Token) -> Token:
        claims = copied(token.claims)
        edit(claims)
        return token.with_(claims=claims)

    return _token(label, apply)


def _token(label: str, edit: Callable[[Token], Token]) -> Change:
    def apply(request: Request) -> Request:
        if not any(BEARER in value for _, value in request.headers):
            raise InternalError(f"the deviation {label!r} changes a token that {request.label!r} does not send")
        changed = edit(request.token)
        if changed.render() == request.token.render():
            raise InternalError(f"the deviation {label!r} leaves the token of {request.label!r} as it was")
        return request.with_(token=changed)

    return Change(label, apply)


def _edit_body(request: Request, edit: Callable[[Any], None]) -> Request:
    if not isinstance(request.body, dict | list):
        raise InternalError(f"{request.label!r} has no body whose elements could be changed")
    body = copied(request.body)
    edit(body)
    return request.with_(body=body)


def _set_header(request: Request, name: str, value: str) -> tuple[tuple[str, str], ...]:
    at = next((index for index, pair in enumerate(request.headers) if _same(pair[0], name)), len(request.headers))
    rest = [pair for pair in request.headers if not _same(pair[0], name)]
    return (*rest[:at], (name, value), *rest[at:])


def _same(one: str, other: str) -> bool:
    return one.lower() == other.lower()


def _short(value: Any, limit: int = 60) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"
