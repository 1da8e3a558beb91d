"""A request before it is sent: a value that deviations change and the client puts on the wire."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import quote

from conformance.consumer.json_edit import NothingToChangeError
from conformance.consumer.jwt import Token
from conformance.fhir.formats.json_writer import write_json
from conformance.spec import Interaction

Pairs = tuple[tuple[str, str], ...]
Form = Literal["json", "xml"]
Body = dict[str, Any] | list[Any] | str | bytes | None

# What RFC 3986 allows in a query as it is, without what separates parameters (& = ;) or may mean a blank (+).
_QUERY_SAFE = "-._~:/$,@!*()"

BEARER = "Bearer {token}"
"""The Authorization value that the client fills in with the rendered token; kept apart so that no token is ever logged."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `path` is relative to the root and is sent as it stands; `query` is percent-encoded when sent.

    `base` replaces the configured root. `raw_query` replaces the encoded query, "" meaning none at all. `label` says
    what is sent in a few words, `deviant` whether anything was made wrong on purpose, `control` the request before it was.
    `below_fhir` marks what a layer below FHIR may respond to, a servlet container or a load balancer: a URL, say, that it
    cannot parse or finds too long.
    """

    interaction: Interaction
    method: str
    path: str
    query: Pairs
    headers: Pairs
    body: Body
    form: Form
    token: Token
    label: str
    deviant: bool = False
    below_fhir: bool = False
    base: str | None = None
    raw_query: str | None = None
    control: Request | None = field(default=None, repr=False, compare=False)

    def with_(self, **fields: Any) -> Request:
        """Return the same request with other values in the fields named."""
        return replace(self, **fields)

    def header(self, name: str) -> str | None:
        """Return the first header of that name, case ignored, or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def parameter(self, name: str) -> str | None:
        """Return the first query parameter of that name, or None."""
        return next((value for key, value in self.query if key == name), None)

    def target(self, root: str) -> str:
        """Return the URL as sent: `base` or `root`, path and query."""
        text = encode_query(self.query) if self.raw_query is None else self.raw_query
        return f"{self.base or root}{self.path}{'?' if text else ''}{text}"

    def wire_headers(self) -> Pairs:
        """Return the headers as sent, the token rendered into Authorization."""
        return tuple(
            (key, value.replace(BEARER, f"Bearer {self.token.render()}") if BEARER in value else value)
            for key, value in self.headers
        )

    def wire_body(self, to_xml: Callable[[dict[str, Any]], bytes]) -> bytes:
        """Return the body as sent; `to_xml` writes FHIR XML from the JSON form."""
        if self.body is None:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        if isinstance(self.body, str):
            return self.body.encode()
        if self.form == "xml" and isinstance(self.body, dict):
            return to_xml(self.body)
        return json_bytes(self.body)


def json_bytes(value: Any) -> bytes:
    """Return a value as JSON in UTF-8, decimals exactly as they came."""
    return write_json(value)


def encode_query(pairs: Pairs) -> str:
    """Return a query percent-encoded by RFC 3986 in UTF-8: `+` is %2B, `|` is %7C, a blank is %20."""
    return "&".join(f"{quote(name, safe=_QUERY_SAFE)}={quote(value, safe=_QUERY_SAFE)}" for name, value in pairs)


@dataclass(frozen=True, slots=True)
class Change:
    """A named change of a request: call it with a request to get the changed one. `label` is a phrase for people."""

    label: str
    apply: Callable[[Request], Request]
    below_fhir: bool = False

    def __call__(self, request: Request) -> Request:
        """Return the changed request, marked deviant. Raises NothingToChangeError when nothing changes."""
        changed = self.apply(request)
        if changed == request:
            raise NothingToChangeError(f"the deviation {self.label!r} changes nothing in {request.label!r}")
        label = f"{request.label}, {self.label}" if request.label else self.label
        below = self.below_fhir or changed.below_fhir
        return replace(changed, label=label, deviant=True, below_fhir=below, control=request.control or request)
