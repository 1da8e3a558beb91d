"""The HTTP side of a TLS connection: a client that may not come in is told so, and no request of it is looked at."""

from __future__ import annotations

import asyncio
from typing import Any

from conformance.provider.joined import JoiningProtocol
from conformance.provider.mutual_tls import ServerTls


def guarded(door: ServerTls) -> type[JoiningProtocol]:
    """Return a protocol class for uvicorn whose connections are held to the door's rules."""

    class Guarded(JoiningProtocol):
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
