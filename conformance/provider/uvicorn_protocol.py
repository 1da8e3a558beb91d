"""The HTTP side of a connection: uvicorn's protocol, calm about clients that send no HTTP.

Over TLS a client that is not admitted gets a response that says so, and no request of it is looked at.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from conformance.provider.mutual_tls import ServerTls

_MOST_HEAD = 64 * 1024  # bytes, as uvicorn has it


class ProviderProtocol(H11Protocol):
    """uvicorn's protocol over h11. Bytes that the application puts into its scope as `surplus` go out behind a body."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.conn = _Connection(self)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP; where a response has begun already, close."""
        with suppress(h11.LocalProtocolError):
            super().send_400_response(msg)
        self.transport.close()


class _Connection(h11.Connection):
    """The server's side of HTTP, which can send more than it announced, in the same packet: a fault."""

    def __init__(self, protocol: ProviderProtocol) -> None:
        super().__init__(h11.SERVER, max_incomplete_event_size=_MOST_HEAD)
        self._protocol = protocol

    def send(self, event: h11.Event) -> bytes | None:  # type: ignore[override]
        """Return the bytes of an event as they go out."""
        data = super().send(event)
        if data is None or not isinstance(event, h11.Data) or not self._protocol.scope:
            return data
        return data + cast(bytes, self._protocol.scope.get("surplus", b""))


def protocol_for(door: ServerTls | None) -> type[ProviderProtocol]:
    """Return a protocol class for uvicorn; with a door its connections follow the door's rules."""
    return ProviderProtocol if door is None else _guarded(door)


def _guarded(door: ServerTls) -> type[ProviderProtocol]:
    class Guarded(ProviderProtocol):
        _certificate: Any = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            self._certificate = transport.get_extra_info("peercert")
            super().connection_made(transport)

        def data_received(self, data: bytes) -> None:
            objection = door.objection(self._certificate, _path(data))
            if objection:
                self.transport.write(_forbidden(objection))
                self.transport.close()
                return
            super().data_received(data)

    return Guarded


def _path(data: bytes) -> str:
    """The path of the request that begins here, as far as one begins."""
    parts = data.partition(b"\r\n")[0].split(b" ")
    return parts[1].partition(b"?")[0].decode("latin-1") if len(parts) == 3 else ""


def _forbidden(why: str) -> bytes:
    body = f"{why}\n".encode()
    head = (
        "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
