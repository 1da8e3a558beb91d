"""What a run shares: edition, configuration, client, validator, and the records of its named steps."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from conformance.config.model import Config
from conformance.consumer.client import Client
from conformance.consumer.recording import Recorder
from conformance.consumer.request import Request
from conformance.consumer.request_builder import RequestBuilder
from conformance.consumer.response import Response
from conformance.consumer.uk_time import uk_now
from conformance.core.exchange import Exchange
from conformance.core.footprint import Footprint
from conformance.core.results import Blame, Finding
from conformance.engine.deadline import Deadline
from conformance.engine.definitions import open_definitions
from conformance.engine.environment import Environment
from conformance.engine.footprints import Watcher
from conformance.engine.step_record import StepRecord
from conformance.engine.stop_reasons import CannotTest
from conformance.spec import Edition, load

if TYPE_CHECKING:
    from conformance.fhir.definitions.store import Definitions
    from conformance.fhir.validation.validator import Validator

Clock = Callable[[], datetime]
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_MOST_KEPT = 128 * 1024 * 1024


class Session:
    """One run against one provider. Close it when done. `clock` returns the present as an aware datetime, `pause` waits.

    `made_by_invalid` names the resources (`Type/id`) that invalid requests of ours brought about, `sent_mildly` the exchanges
    (by number) of scenarios that come to a warning at most. `footprint` is what the run creates or changes at the provider,
    `mark` a text in each of its bookings that no other run has. With `read_only` nothing is sent that might change something.
    """

    def __init__(
        self,
        config: Config,
        *,
        clock: Clock = lambda: datetime.now(UTC),
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.config = config
        self.edition: Edition = load(config.edition, config.options)
        self.clock = clock
        self.recorder = Recorder()
        self.client = Client(self.edition, config, self.recorder, shapes=self.definitions_for)
        self.requests = RequestBuilder(self.edition, config, clock=clock)
        self.notices: list[Finding] = []
        self.steps: dict[str, StepRecord] = {}
        self.footprint = Footprint()
        self.mark = secrets.token_hex(4)
        self._watcher = Watcher(self.footprint, config)
        self._pause = pause
        self.deadline = Deadline(config.run.deadline)
        self.environment = Environment(self.requests, self.transmit, lambda: self.exchanges, self.wait)
        self.made_by_invalid: set[str] = set()
        self.sent_mildly: set[int] = set()
        self.read_only = False
        self._responses: dict[int, Response] = {}
        self._kept = 0

    def close(self) -> None:
        """End the connections."""
        self.client.close()

    @property
    def exchanges(self) -> Sequence[Exchange]:
        """All exchanges of the run so far."""
        return self.recorder.exchanges

    @cached_property
    def definitions(self) -> Definitions:
        """The definitions that responses are validated against, the edition's accepted spellings included."""
        chosen = self.config.definitions
        return open_definitions(self.edition, chosen.paths, prefer_added=chosen.prefer == "added")

    @cached_property
    def validator(self) -> Validator:
        """The validator over those definitions, its compiled profiles kept for the run."""
        from conformance.fhir.terminology.value_sets import OfflineTerminology
        from conformance.fhir.validation.validator import Options, Validator

        named = {kind: self.edition.profile(kind) for kind in self.edition.raw["profiles"] if kind != "Bundle"}
        profiles = {kind: profile.canonical for kind, profile in named.items() if profile}
        options = Options(entry_profiles=profiles)
        return Validator(self.definitions, terminology=OfflineTerminology(self.definitions), options=options)

    def response_to(self, exchange: Exchange) -> Response:
        """Return an exchange of the run as a response, read afresh the first time: the scenario that sent it has its own.

        What was read is kept for the scenarios that judge all responses, up to _MOST_KEPT bytes of bodies.
        """
        if exchange.number not in self._responses:
            self._kept += len(exchange.response_body)
            if self._kept > _MOST_KEPT:
                self._responses, self._kept = {}, len(exchange.response_body)
            self._responses[exchange.number] = self._response(exchange)
        return self._responses[exchange.number]

    def _response(self, exchange: Exchange) -> Response:
        return Response(exchange, self.definitions_for)

    def send(self, request: Request) -> Response:
        """Send one request and return its response; EnvironmentTrouble where the environment keeps it from coming."""
        return self.environment.send(request)

    def wait(self, seconds: float) -> None:
        """Wait before a repeat; CannotTest when the run's time is over."""
        self.deadline.check()
        self._pause(seconds)

    def _may_send(self, request: Request) -> None:
        """CannotTest for a request that might change something, where nothing may."""
        if self.read_only and request.method.upper() not in _READS:
            raise CannotTest(f"{request.label}: nothing that might change something is sent", Blame.CONFIGURATION)

    def transmit(self, request: Request) -> Response:
        """Send one request once and return what came of it; what it may change is in the footprint before it leaves."""
        self._may_send(request)
        key = self._watcher.leaving(request)
        response = self._response(self.client.send(request))
        self._watcher.came(key, response)
        return response

    def send_together(self, requests: Sequence[Request]) -> list[Response]:
        """Send requests at the same moment, each on a connection of its own; ResponseLost as for `send`."""
        for request in requests:
            self._may_send(request)
        keys = [self._watcher.leaving(request) for request in requests]
        responses = [self._response(exchange) for exchange in self.client.send_together(requests)]
        for key, response in zip(keys, responses, strict=True):
            self._watcher.came(key, response)
        self.environment.settle_together(requests, responses)
        return responses

    def definitions_for(self) -> Definitions:
        """Return the definitions; handed to responses so that only XML ones need load them."""
        return self.definitions

    def now(self) -> datetime:
        """The present in UK time."""
        return uk_now(self.clock)
