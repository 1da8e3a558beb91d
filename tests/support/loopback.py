"""A server on the loopback that answers each connection with a script: for what no well-behaved server does."""

from __future__ import annotations

import os
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Script = Callable[[socket.socket, bytes], None]


def read_request(connection: socket.socket) -> bytes:
    """Read a request's head and its body by Content-Length."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk:
            return data
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0
    )
    while len(body) < length and (chunk := connection.recv(65536)):
        body += chunk
    return head + b"\r\n\r\n" + body


def reset(connection: socket.socket) -> None:
    """Close with a RST rather than a FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh" if os.name == "nt" else "ii", 1, 0))


@contextmanager
def serving(script: Script, context: ssl.SSLContext | None = None, greeting: bytes = b"") -> Iterator[str]:
    """Serve each connection in a thread: greet, read requests and hand them to the script. Yields the base URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    threads: list[threading.Thread] = []
    ended = threading.Event()

    def handle(connection: socket.socket) -> None:
        connection.settimeout(600)
        try:
            connection.sendall(greeting)
            with context.wrap_socket(connection, server_side=True) if context else connection as stream:
                while request := read_request(stream):
                    script(stream, request)
        except OSError:
            pass
        finally:
            connection.close()

    def accept() -> None:
        while True:
            connection, _ = listener.accept()
            if ended.is_set():
                connection.close()
                return
            threads.append(threading.Thread(target=handle, args=(connection,)))
            threads[-1].start()

    acceptor = threading.Thread(target=accept)
    acceptor.start()
    try:
        scheme = "https" if context else "http"
        yield f"{scheme}://localhost:{listener.getsockname()[1]}"
    finally:
        ended.set()  # a last connection wakes the thread: closing the listener does so on some systems only
        socket.create_connection(listener.getsockname()).close()
        acceptor.join()
        listener.close()
        for thread in threads:
            thread.join()


def free_port() -> int:
    """A port of the loopback on which nothing listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])
