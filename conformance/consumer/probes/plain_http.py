"""Send a request in the clear where only TLS should be spoken, and report what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from conformance.consumer.probes.raw_http import TURNED_AWAY, header_of, is_whole, resource_type_of, status_of
from conformance.consumer.probes.tls_probe import Outcome, Place, UnreachableError, exchange

_NOT_CONNECTED = {
    "refused": "refused: nothing listens there",
    "timeout": "dropped: no connection came about in time",
}
_CLOSED = {"eof": "refused: connection closed without a response", "reset": "refused: connection reset"}


@dataclass(frozen=True, slots=True)
class PlainResponse:
    """What came of a request. `outcome` is AGREED when an HTTP response came that neither turns away nor leads to TLS.

    `how` is for people; `status` is None when no HTTP response came; `resource_type` is that of a FHIR response.
    """

    outcome: Outcome
    how: str
    status: int | None = None
    location: str = ""
    resource_type: str = field(default="")

    @property
    def leads_to_tls(self) -> bool:
        """Whether the response is a redirect to https."""
        return self.status in (301, 302, 303, 307, 308) and self.location.lower().startswith("https:")


def request_plainly(place: Place, request: bytes) -> PlainResponse:
    """Send a request in the clear and return what came of it, within the place's patience."""
    try:
        data, ending = exchange(place, request, is_whole)
    except UnreachableError as error:
        how = _NOT_CONNECTED.get(error.kind)
        return PlainResponse(Outcome.REFUSED, how) if how else PlainResponse(Outcome.UNCLEAR, str(error))
    status = status_of(data)
    if status is not None:
        return _returned(data, status)
    if data[:2] == b"\x15\x03":
        return PlainResponse(Outcome.REFUSED, "refused: a TLS alert")
    if not data and ending in _CLOSED:
        return PlainResponse(Outcome.REFUSED, _CLOSED[ending])
    return PlainResponse(
        Outcome.UNCLEAR, "the response is not HTTP" if data else "no response in time: the server hangs"
    )


def _returned(data: bytes, status: int) -> PlainResponse:
    location = header_of(data, "location")
    kind = resource_type_of(data.partition(b"\r\n\r\n")[2])
    how = f"HTTP {status}{f' to {location}' if location else ''}{f' with {kind}' if kind else ''}"
    response = PlainResponse(Outcome.AGREED, f"returned: {how}", status, location, kind)
    if not kind and (status in TURNED_AWAY or response.leads_to_tls):
        return PlainResponse(Outcome.REFUSED, f"refused: {how}", status, location)
    return response
