"""A gateway in front of a provider: it passes bytes on untouched, except where its rules say what to do instead.

It also stands in for the Spine proxy, which gets the provider's whole URL in the path (`Gateway.proxy_url`).
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import urlsplit

_PAGE = b"<html><head><title>Gateway</title></head><body>Bad gateway</body></html>"


@dataclass(frozen=True)
class Sent:
    """A request that came through: its number from 1, its method, its path and query, its head and body."""

    number: int
    method: str
    target: str
    head: bytes
    body: bytes


@dataclass(frozen=True)
class Respond:
    """Respond in the provider's place; `after` passes the request on first, and drops what the provider said."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = _PAGE
    media_type: str = "text/html"
    after: bool = False

    def wire(self) -> bytes:
        """The response as bytes."""
        lines = {"Content-Type": self.media_type, "Content-Length": str(len(self.body)), **self.headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return f"HTTP/1.1 {self.status} Gateway\r\n{head}\r\n".encode() + self.body


class Reset:
    """Reset the connection in place of a response."""


class Silence:
    """Say nothing until the other side gives up."""


@dataclass(frozen=True)
class Pause:
    """Pass the response on with a pause (seconds) in its middle."""

    seconds: float


@dataclass(frozen=True)
class Headers:
    """Pass the request on with further header lines, and the response with some taken out (`drops`) and others added."""

    request: tuple[bytes, ...] = ()
    response: tuple[bytes, ...] = ()
    drops: frozenset[bytes] = frozenset()


Action = Respond | Reset | Silence | Pause | Headers | None
Decide = Callable[[Sent], Action]


class Gateway:
    """Listens on loopback and passes requests on to a provider. `decide` is called for each; None passes it on."""

    def __init__(self, base_url: str, decide: Decide = lambda _: None, *, drops: str = "", port: int = 0) -> None:
        parts = urlsplit(base_url)
        self._upstream = (parts.hostname or "", parts.port or 80)
        self._path = parts.path
        self._decide = decide
        self._drops = drops.lower().encode()  # a header that it takes out of responses
        self._lock = threading.Lock()
        self.seen: list[Sent] = []
        self._listener = socket.create_server(("127.0.0.1", port))
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def base_url(self) -> str:
        """The service root through the gateway."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}{self._path}"

    @property
    def proxy_url(self) -> str:
        """The URL to configure where it stands in for the Spine proxy."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        """Stop listening and close what is open: from now on connections are refused."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for client in self._open:
                _reset(client)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._open.add(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError), client, socket.create_connection(self._upstream) as upstream:
            coming, going = client.makefile("rb"), upstream.makefile("rb")
            while head := _head(coming):
                sent = self._note(head, _body(coming, head))
                action = self._decide(sent)
                if _passes(action):
                    upstream.sendall(_headed(sent.head, action) + sent.body)
                    response = self._without_dropped(_response(going, sent.method))
                    if not response:
                        return
                if isinstance(action, Reset):
                    _reset(client)
                    return
                if isinstance(action, Silence):
                    coming.read(1)
                    return
                if isinstance(action, Pause):
                    client.sendall(response[: len(response) // 2])
                    time.sleep(action.seconds)
                    response = response[len(response) // 2 :]
                client.sendall(action.wire() if isinstance(action, Respond) else _dressed(response, action))
        with self._lock:
            self._open.discard(client)

    def _without_dropped(self, response: bytes) -> bytes:
        head, end, body = response.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        kept = [line for line in lines if not self._drops or line.partition(b":")[0].strip().lower() != self._drops]
        return b"\r\n".join(kept) + end + body

    def _note(self, head: bytes, body: bytes) -> Sent:
        method, target, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
        if target.startswith(("/http://", "/https://")):  # as requests to the proxy have it
            head = head.replace(
                target.encode("latin-1"), (wanted := "/" + target.split("/", 4)[4]).encode("latin-1"), 1
            )
            target = wanted
        with self._lock:
            sent = Sent(len(self.seen) + 1, method, target, head, body)
            self.seen.append(sent)
        return sent


class _Environment(Protocol):
    """A variant, as far as it brings a gateway."""

    @property
    def gateway(self) -> Callable[[], Decide] | None:
        """What makes the gateway's decisions, None for no gateway."""


@contextmanager
def standing_before(base_url: str, variants: Iterable[_Environment]) -> Iterator[list[Gateway]]:
    """Start the gateways that variants bring, each before the one that came before it; they end with the block."""
    with ExitStack() as stack:
        gateways: list[Gateway] = []
        for variant in variants:
            if variant.gateway:
                behind = gateways[-1].base_url if gateways else base_url
                gateways.append(stack.enter_context(Gateway(behind, variant.gateway())))
        yield gateways


def _passes(action: Action) -> bool:
    """Whether a request reaches the provider."""
    return action is None or isinstance(action, Pause | Headers) or (isinstance(action, Respond) and action.after)


def _headed(head: bytes, action: Action) -> bytes:
    """The head of a request with what a proxy adds."""
    if not isinstance(action, Headers):
        return head
    return head[:-2] + b"".join(line + b"\r\n" for line in action.request) + b"\r\n"


def _dressed(response: bytes, action: Action) -> bytes:
    """A response with what a proxy takes out and adds."""
    if not isinstance(action, Headers):
        return response
    head, end, body = response.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    kept = [line for line in lines if line.partition(b":")[0].strip().lower() not in action.drops]
    return b"\r\n".join((first, *kept, *action.response)) + end + body


def _reset(client: socket.socket) -> None:
    with suppress(OSError):
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.shutdown(socket.SHUT_RD)
    client.close()


def _head(stream: object) -> bytes:
    lines = []
    while line := stream.readline():  # type: ignore[attr-defined]
        lines.append(line)
        if line == b"\r\n":
            return b"".join(lines)
    return b""


def _header(head: bytes, name: bytes) -> bytes:
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == name:
            return value.strip()
    return b""


def _body(stream: object, head: bytes) -> bytes:
    if _header(head, b"transfer-encoding").lower() == b"chunked":
        return _chunks(stream)
    length = _header(head, b"content-length")
    return stream.read(int(length)) if length.isdigit() else b""  # type: ignore[attr-defined]


def _chunks(stream: object) -> bytes:
    parts = []
    while line := stream.readline():  # type: ignore[attr-defined]
        parts.append(line)
        size = int(line.split(b";")[0], 16)
        parts.append(stream.read(size + 2))  # type: ignore[attr-defined]
        if size == 0:
            break
    return b"".join(parts)


def _response(stream: object, method: str) -> bytes:
    head = _head(stream)
    status = head.split(b" ", 2)[1:2]
    if not head or method == "HEAD" or status in ([b"204"], [b"304"]):
        return head
    if _header(head, b"content-length") or _header(head, b"transfer-encoding"):
        return head + _body(stream, head)
    return head + stream.read()  # type: ignore[attr-defined, no-any-return]
