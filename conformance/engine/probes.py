"""The probes below HTTP as scenarios use them: what each saw goes through the run's values, so that it is recorded.

A run that is judged again has no provider to look at: each method then returns what was seen when the run took place. What is
looked at is named in words, with all that distinguishes one look from another.
"""

from __future__ import annotations

import base64
import select
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from conformance.config.model import KeyPair, Tls
from conformance.consumer.probes import probe_calibration
from conformance.consumer.probes.client_certificate_probe import Admission, context_for, probe_admission
from conformance.consumer.probes.plain_http import PlainResponse, request_plainly
from conformance.consumer.probes.server_certificate import chain_objection, name_objection
from conformance.consumer.probes.tls_probe import HelloResponse, Outcome, Place, UnreachableError, offer
from conformance.core.errors import UsageError
from conformance.engine.values import Values
from conformance.tls.suites import suite_name, version_name

_RESOURCE = b'{"resourceType":"%s"}'
_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Listener:
    """A port of this machine that nobody else knows. `connected` says whether anybody connected to it."""

    host: str
    port: int
    connected: Callable[[], bool]


class Probes:
    """Looks at a provider below HTTP, or at a calibration server of ours, and notes what was seen."""

    def __init__(self, values: Values) -> None:
        self._values = values

    def hello(
        self, place: Place, version: int, suites: tuple[int, ...] = (), *, whole_flight: bool = False
    ) -> HelloResponse:
        """Offer just this version and these suites (tls_probe.offer)."""
        what = f"{_at(place)}: hello {version_name(version)} {' '.join(map(suite_name, suites))}"
        found = self._values.observed(
            f"{what}{', the whole flight' if whole_flight else ''}",
            lambda: _plain_hello(offer(place, version, suites, whole_flight=whole_flight)),
        )
        chain = tuple(base64.b64decode(one) for one in found["chain"])
        return HelloResponse(**{**found, "outcome": Outcome(found["outcome"]), "chain": chain})

    def admission(self, place: Place, tls: Tls, request: bytes, *, version: str = "", shows: str) -> Admission:
        """Send a request with the client certificate of `tls`; `shows` names it (client_certificate_probe.probe_admission).

        UsageError for certificates that this machine cannot present.
        """

        def look() -> Any:
            try:
                context = context_for(tls, version)
            except UsageError as error:
                return {"unusable": error.message}
            return _plain_admission(probe_admission(place, context, request))

        line = request.partition(b"\r\n")[0].decode("latin-1")
        found = self._values.observed(f"{_at(place)}: {line} with {shows}, {version or 'any version'}", look)
        if "unusable" in found:
            raise UsageError(found["unusable"])
        body = _RESOURCE % found["body"].encode() if found["body"] else b""
        return Admission(**{**found, "outcome": Outcome(found["outcome"]), "body": body})

    def plain(self, place: Place, request: bytes) -> PlainResponse:
        """Send a request in the clear (plain_http.request_plainly)."""
        found = self._values.observed(f"{_at(place)}: plain HTTP", lambda: asdict(request_plainly(place, request)))
        return PlainResponse(**{**found, "outcome": Outcome(found["outcome"])})

    def chain_objection(self, place: Place, tls: Tls) -> str:
        """Why the server's certificate does not chain to the configured authorities, "" when it does; UnreachableError."""
        return self._objection(f"{_at(place)}: chain", lambda: chain_objection(place, tls))

    def name_objection(self, place: Place, tls: Tls, own: bytes) -> str:
        """Why the server's own certificate does not fit the host's name, "" when it does; UnreachableError."""
        return self._objection(f"{_at(place)}: name", lambda: name_objection(place, tls, own))

    def _objection(self, what: str, look: Callable[[], str]) -> str:
        def seen() -> Any:
            try:
                return {"objection": look()}
            except UnreachableError as error:
                return {"unreachable": str(error), "kind": error.kind}

        found = self._values.observed(what, seen)
        if "unreachable" in found:
            raise UnreachableError(found["unreachable"], found["kind"])
        return str(found["objection"])

    @contextmanager
    def listening(self) -> Iterator[Listener]:
        """Listen on a port of this machine, to see whether a provider follows a URL that names it."""
        opened: list[socket.socket] = []
        with ExitStack() as stack:

            def open_one() -> int:
                opened.append(stack.enter_context(socket.create_server((_LOOPBACK, 0))))
                return int(opened[0].getsockname()[1])

            port = self._values.observed("the port that this machine listens on", open_one)
            look = partial(self._values.observed, "whether anybody connected", lambda: bool(_ready(opened)))
            yield Listener(_LOOPBACK, port, look)

    # whether a probe can see the fault, on a server of ours

    def blind_to_hello(self, version: int, suites: Sequence[int]) -> str:
        """Why a probe would not see that a server agrees to this hello, "" when it does."""
        what = f"calibration: hello {version_name(version)} {' '.join(map(suite_name, suites))}"
        return str(self._values.observed(what, lambda: probe_calibration.can_see(version, tuple(suites))))

    def blind_to_admission(self, pair: KeyPair | None, password: str, version: str, *, shows: str) -> str:
        """Why a request with a client certificate (None: without) would not see that it is let in, "" when it does."""
        what = f"calibration: {shows}, {version}"
        return str(self._values.observed(what, lambda: probe_calibration.sees_admission(pair, password, version)))

    def blind_to_plain_http(self) -> str:
        """Why a plain HTTP request would not see a server that responds, "" when it does."""
        return str(self._values.observed("calibration: plain HTTP", probe_calibration.sees_plain_http))


def _ready(sockets: list[socket.socket]) -> list[socket.socket]:
    return select.select(sockets, [], [], 0)[0]


def _at(place: Place) -> str:
    return f"{place.host} port {place.port}"


def _plain_hello(seen: HelloResponse) -> dict[str, Any]:
    return {**asdict(seen), "chain": [base64.b64encode(one).decode() for one in seen.chain]}


def _plain_admission(seen: Admission) -> dict[str, Any]:
    return {**asdict(seen), "body": seen.resource_type}  # what else a body says is about people, and counts for nothing
