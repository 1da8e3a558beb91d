"""What a run shares: edition, configuration, client, validator, and the records of its named steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from conformance.config.model import Config
from conformance.consumer.network import MOST_CONNECTIONS
from conformance.consumer.recording import Recorder
from conformance.consumer.repeats import TOO_MANY, pause_before
from conformance.consumer.request import Request
from conformance.consumer.request_builder import RequestBuilder
from conformance.consumer.response import Response
from conformance.consumer.uk_time import uk_now
from conformance.core.exchange import Exchange
from conformance.core.footprint import Footprint
from conformance.core.judged import Judged
from conformance.core.pace import Pace, Pacing
from conformance.core.results import Blame, Finding
from conformance.engine.attribution import is_of_provider
from conformance.engine.deadline import Deadline
from conformance.engine.definitions import open_definitions
from conformance.engine.environment import Environment
from conformance.engine.footprints import Watcher
from conformance.engine.response_rules import ResponseJudge
from conformance.engine.scenario import Case
from conformance.engine.step_record import StepRecord
from conformance.engine.stop_reasons import CannotTest
from conformance.engine.values import LATE_BYTES, Values, plain_bytes
from conformance.spec import Edition, load

if TYPE_CHECKING:
    from conformance.fhir.definitions.store import Definitions
    from conformance.fhir.validation.validator import Validator

_READS = frozenset({"GET", "HEAD", "OPTIONS"})


class Session:
    """One run against one provider. Close it when done. `values` is where it takes the clock and the responses from.

    `made_by_invalid` names the resources (`Type/id`) that invalid requests of ours brought about, `sent_mildly` the exchanges
    (by number) of scenarios that come to a warning at most. `footprint` is what the run creates or changes at the provider,
    `mark` a text in each of its bookings that no other run has. With `read_only` nothing is sent that might change something.
    `pace` bounds how fast requests leave.
    """

    def __init__(self, config: Config, *, values: Values | None = None, recorder: Recorder | None = None) -> None:
        self.config = config
        self.edition: Edition = load(config.edition, config.options)
        self.values = values or Values()
        self.clock = self.values.now
        self.recorder = recorder or Recorder()
        self.pace: Pacing = Pace(config.run.max_rate)
        self.client = self.values.client(self.edition, config, self.recorder, self.definitions_for)
        self.requests = RequestBuilder(self.edition, config, clock=self.clock, identifier=self.values.identifier)
        self.notices: list[Finding] = []
        self.steps: dict[str, StepRecord] = {}
        self.footprint = Footprint()
        self.mark = self.values.mark()
        self._watcher = Watcher(self.footprint, config)
        self._pause = self.values.pause
        self.deadline = Deadline(config.run.deadline, happened=self.values.happened)
        self.environment = Environment(self.requests, self.transmit, self.wait)
        self.made_by_invalid: set[str] = set()
        self.sent_mildly: set[int] = set()
        self.read_only = False
        self._providers_own: dict[int, bool] = {}
        self.judge = ResponseJudge(
            self,
            read=self.response_to,
            counts=self.environment.is_of_provider,
            made_by_invalid=self.made_by_invalid,
            sent_mildly=self.sent_mildly,
            late=lambda: dict(self.client.late_bytes),
        )

    def note_late_bytes(self) -> None:
        """Note, at the end of the run, what came behind responses after they were over."""
        self.values.observed(LATE_BYTES, lambda: plain_bytes(self.client.late_bytes))

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
        """Return an exchange of the run as a response, read afresh: the scenario that sent it has its own."""
        return Response(exchange, self.definitions_for)

    def watch(self, cases: Iterable[Case], earlier: Mapping[str, Judged], *, until: int = 0) -> None:
        """Judge what comes by the rules of these cases from now on; `earlier` is what they have seen before, of the exchanges
        up to number `until`.
        """
        for case in cases:
            if case.rule is not None:
                self.judge.watch(case.id, case.interaction, case.rule, earlier.get(case.id), until=until)

    def judged(self, case: Case) -> Judged:
        """Return what the rule of a case about all responses found so far, in what was received just now, too."""
        assert case.rule is not None
        self.judge.watch(case.id, case.interaction, case.rule)
        self.judge_received()
        return self.judge.judged(case.id, self.exchanges)

    def judge_received(self) -> None:
        """Judge what was received since the last scenario ended, by all rules about all responses."""
        self.judge.judge(self.recorder.unreleased)

    def is_providers(self, exchange: Exchange) -> bool:
        """Whether an error has what only the provider writes (engine/attribution.py)."""
        if exchange.number not in self._providers_own:
            self._providers_own[exchange.number] = is_of_provider(self.response_to(exchange), self.edition)
        return self._providers_own[exchange.number]

    def release(self) -> None:
        """A scenario has ended: judge what it received, then keep no body of it."""
        self.judge_received()
        if self.config.provider.via_proxy:
            # What a named step received is weighed again with each scenario that rests on it.
            for record in self.steps.values():
                for exchange in record.exchanges:
                    self.is_providers(exchange)
        bare = self.recorder.release()
        for name, record in self.steps.items():
            if any(exchange.number in bare for exchange in record.exchanges):
                exchanges = tuple(bare.get(exchange.number, exchange) for exchange in record.exchanges)
                self.steps[name] = replace(record, exchanges=exchanges)

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
        self.pace.admit()
        key = self._watcher.leaving(request)
        exchange = self.client.send(request)
        self.values.exchanged([exchange])
        response = self.response_to(exchange)
        self._watcher.came(key, response)
        self._slow_down([response])
        return response

    def _slow_down(self, responses: Iterable[Response]) -> None:
        """Let nothing leave for a while where the provider says that there are too many requests."""
        bounds = self.config.run.resilience
        waits = [pause_before(one, 1, bounds) for one in responses if one.status == TOO_MANY]
        if waits:
            self.pace.hold(max(waits))

    def send_together(self, requests: Sequence[Request]) -> list[Response]:
        """Send requests at the same moment, each on a connection of its own; ResponseLost as for `send`."""
        for request in requests:
            self._may_send(request)
        self._need_connections(len(requests))
        self.pace.admit(len(requests))
        keys = [self._watcher.leaving(request) for request in requests]
        exchanges = self.client.send_together(requests)
        self.values.exchanged(exchanges)
        responses = [self.response_to(exchange) for exchange in exchanges]
        for key, response in zip(keys, responses, strict=True):
            self._watcher.came(key, response)
        self._slow_down(responses)
        self.environment.settle_together(requests, responses)
        return responses

    def _need_connections(self, wanted: int) -> None:
        """CannotTest for more requests at once than there may be connections."""
        most = self.config.run.max_connections or MOST_CONNECTIONS
        if wanted > most:
            raise CannotTest(
                f"{wanted} requests at once need as many connections, and run.max_connections permits {most}",
                Blame.CONFIGURATION,
            )

    def definitions_for(self) -> Definitions:
        """Return the definitions; handed to responses so that only XML ones need load them."""
        return self.definitions

    def now(self) -> datetime:
        """The present in UK time."""
        return uk_now(self.clock)
