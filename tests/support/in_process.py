"""A bundled provider called in this process, without a socket, and sessions that send their requests to it."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qsl, unquote

import httpx

from conformance.config.model import Config
from conformance.consumer.client import Client
from conformance.engine.session import Session
from conformance.engine.values import Values
from conformance.provider.clock import Clock
from conformance.provider.faults import seams_for
from conformance.provider.http import Call
from conformance.provider.provider import Provider
from conformance.spec import load
from tests.support.configs import config_for

ORIGIN = "http://provider.test"
WEEK = {"data.window.end_days": "7"}
"""Overrides for slots of a week: enough for nearly all scenarios, and found with two searches instead of four."""


class InProcess(httpx.BaseTransport):
    """Hands each request to a provider as its server would, and the response back. `base_url` is the service root."""

    def __init__(
        self,
        edition: str,
        faults: Sequence[str] = (),
        *,
        clock: Clock | None = None,
        options: Mapping[str, str] | None = None,
    ) -> None:
        self.provider = Provider(load(edition, options or {}), clock=clock)
        self.provider.seams = seams_for(faults, edition)
        self.base_url = ORIGIN + self.provider.root

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Serve one request."""
        target = request.extensions.get("target", request.url.raw_path).decode("latin-1")
        path, _, query = target.partition("?")
        root = self.provider.root
        status, headers, body = self.provider.respond(
            Call(
                provider=self.provider,
                method=request.method,
                path=unquote(path).removeprefix(root) if path.startswith(f"{root}/") else f"//{path}",
                base_url=self.base_url,
                query=parse_qsl(query, keep_blank_values=True),
                headers=[(name.decode().lower(), value.decode("latin-1")) for name, value in request.headers.raw],
                body=request.read(),
                target=target,
            )
        )
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            body, headers = gzip.compress(body, 1), {**headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        headers = {"Content-Length": str(len(body)), **headers}
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))

    def reset(self) -> None:
        """Forget everything that happened; faults stay."""
        self.provider.reset()

    def stop(self) -> None:
        """Remove what was temporary. `close`, which ends a session's connections, leaves the provider as it is."""
        self.provider.store.close()


def session_with(provider: httpx.BaseTransport, config: Config, clock: Callable[[], datetime] | None = None) -> Session:
    """Return a session whose requests go to the provider in this process."""
    session = Session(config, values=Values(clock) if clock else None)
    session.client.close()
    session.client = Client(
        session.edition, config, session.recorder, shapes=session.definitions_for, transport=provider
    )
    return session


@contextmanager
def session_on(
    edition: str, folder: Path, *faults: str, now: datetime | None = None, overrides: Mapping[str, str] | None = None
) -> Iterator[Session]:
    """Start a provider with faults and a session with the configuration that fits it; `now` stops the clocks of both."""
    clock = (lambda: now) if now else None
    provider = InProcess(edition, faults, clock=Clock(clock) if clock else None)
    session = session_with(provider, config_for(edition, provider.base_url, folder, overrides=overrides), clock)
    try:
        yield session
    finally:
        session.close()
        provider.stop()
