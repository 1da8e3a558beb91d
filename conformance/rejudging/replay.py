"""Plays recorded responses back to a run that is judged again: nothing is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import httpx

from conformance.config.model import Config
from conformance.consumer.client import Client
from conformance.consumer.recording import Recorder
from conformance.consumer.request import Request
from conformance.core.errors import InternalError
from conformance.core.exchange import Exchange
from conformance.rejudging.comparison import Sent, difference
from conformance.rejudging.renaming import Renaming, text_of
from conformance.spec import Edition


class Recording(Protocol):
    """What was recorded of a session (playback.PlayedValues)."""

    @property
    def renaming(self) -> Renaming:
        """What stands in it for values of ours."""

    @property
    def late_bytes(self) -> Mapping[int, bytes]:
        """What came behind responses after they were over."""

    def next_exchange(self) -> tuple[Exchange | None, int]:
        """Return the next exchange of the part that is going on, None where there is none, and which one it is."""

    def differs(self, reason: str) -> Exception:
        """Return what to raise where a part does not go as it was recorded."""


class _NoNetwork(httpx.BaseTransport):
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        raise InternalError(f"a run that is judged again must not send anything ({request.method})")


class Replay:
    """Stands in place of the client. Each request is compared with the recorded one, whose response is then returned."""

    def __init__(
        self, values: Recording, edition: Edition, config: Config, recorder: Recorder, shapes: Callable[[], Any]
    ) -> None:
        self._values = values
        self._recorder = recorder
        self._client = Client(edition, config, recorder, shapes=shapes, transport=_NoNetwork())

    def send(self, request: Request) -> Exchange:
        """Return the exchange that was recorded; CannotJudgeAgain where the request is another one now."""
        recorded, place = self._values.next_exchange()
        named = f"request {place} ({request.label or request.interaction.title or request.method})"
        if recorded is None:
            raise self._values.differs(f"{named} was not sent when the run was recorded")
        found = difference(self._sent(request), recorded, self._values.renaming)
        if found:
            raise self._values.differs(f"{named} differs from the recorded one in {found}")
        return self._recorder.keep(
            replace(
                recorded,
                deviant=request.deviant,
                below_fhir=request.below_fhir,
                response_headers=tuple((name, self._back(value)) for name, value in recorded.response_headers),
                response_body=self._back_in(recorded.response_body),
            )
        )

    def _back(self, text: str) -> str:
        return self._values.renaming.back(text)

    def _back_in(self, body: bytes) -> bytes:
        text, encoding = text_of(body)
        back = self._back(text)
        return body if back == text else back.encode(encoding)

    def send_together(self, requests: Sequence[Request]) -> list[Exchange]:
        """Return the exchanges that were recorded, in the order of the requests."""
        return [self.send(request) for request in requests]

    def _sent(self, request: Request) -> Sent:
        outgoing = self._client.prepare(request)
        headers = tuple((name.decode("latin-1"), _text(value)) for name, value in outgoing.wire.headers.raw)
        return Sent(request.method, outgoing.url, headers, outgoing.body)

    def close(self) -> None:
        """Nothing is open."""

    @property
    def late_bytes(self) -> Mapping[int, bytes]:
        """What came on a connection after the exchange with that number was over."""
        return self._values.late_bytes

    @property
    def waiting(self) -> tuple[str, float] | None:
        """Nothing is waited for."""
        return None


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")
