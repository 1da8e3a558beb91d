"""One request and what came back, whole: the evidence that every verdict points to."""

from __future__ import annotations

from dataclasses import dataclass, field

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TransportFailure:
    """Why there is no response. `kind` is one of dns, refused, unreachable, reset, eof, timeout, tls,
    protocol, too-large, unsendable, other.
    """

    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request as sent and its response as received, raw bytes included.

    `number` counts from 1 within a run. `interaction` is a key of the edition's interactions ("" when none applies).
    `label` says in a few words what was sent, the deviation included. `elapsed_ms` is the time from the first byte
    sent to the last byte read, in milliseconds. `status` is None when `failure` says why there was no response;
    `response_body` then holds the first bytes as they came, if they were no HTTP. `surplus` is what came behind the
    response that it did not announce, at most some of it. `below_fhir` says that a layer below FHIR may refuse the request.
    """

    number: int
    interaction: str
    label: str
    method: str
    url: str
    request_headers: Headers
    request_body: bytes
    started: str
    elapsed_ms: float
    status: int | None = None
    reason: str = ""
    http_version: str = ""
    response_headers: Headers = ()
    response_body: bytes = b""
    failure: TransportFailure | None = None
    deviant: bool = field(default=False)
    surplus: bytes = b""
    below_fhir: bool = False

    def header(self, name: str) -> str | None:
        """Return the first response header of that name (case ignored), or None."""
        return next(iter(self.headers(name)), None)

    def headers(self, name: str) -> list[str]:
        """Return all response headers of that name, in the order received."""
        wanted = name.lower()
        return [value for key, value in self.response_headers if key.lower() == wanted]

    def request_header(self, name: str) -> str | None:
        """Return the first request header of that name (case ignored), or None."""
        wanted = name.lower()
        return next((value for key, value in self.request_headers if key.lower() == wanted), None)

    @property
    def media_type(self) -> str:
        """The media type of the response in lower case, without parameters; "" when there is none."""
        return (self.header("Content-Type") or "").partition(";")[0].strip().lower()
