"""Sending in an environment that is not perfect: repeats, controls, lost responses, circuit breakers, a provider that is gone.

Every request of a run but the TLS probes goes through `Environment.send`. It returns what the provider said, or raises an
EnvironmentTrouble: then the scenario is "not tested", and never blamed on the provider. A request that meets trouble each
time is the provider's all the same where its control (the same request without the deviation, else the last one of the
interaction that succeeded) succeeds in between: that response is returned, to be judged.
The bounds are the configuration's run.resilience; whatever is repeated is an exchange and a note of the scenario.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from conformance.consumer.repeats import Repeater, Trouble, is_safe, trouble_of
from conformance.consumer.request import Request
from conformance.consumer.request_builder import RequestBuilder
from conformance.consumer.response import Response
from conformance.core.results import Blame, Finding, Severity
from conformance.engine.attribution import is_proxy_failure
from conformance.engine.open_outcomes import Fate, Outcome, look_up, numbers_in, slots_in
from conformance.engine.stop_reasons import EnvironmentTrouble, ProviderGone, ResponseLost

_LOOK_EVERY = 2.0  # seconds between two looks whether the provider is back
_REFUSAL = 400
_REGISTER, _REGISTERED = "register_patient", (200, 201, 409)


class Environment:
    """What one run has seen of the way to the provider.

    `transmit` sends one request and records the exchange, `pause` waits for seconds.
    `notes` are findings for the scenario that is going on, `notices` those of the run, `broken` the reasons by interaction that
    is not tried any more, `gone` why the provider counts as gone ("" while it does not).
    """

    def __init__(
        self,
        requests: RequestBuilder,
        transmit: Callable[[Request], Response],
        pause: Callable[[float], None],
    ) -> None:
        self.notes: list[Finding] = []
        self.notices: list[Finding] = []
        self.broken: dict[str, str] = {}
        self.gone = ""
        self.spent_slots: set[str] = set()
        self._requests = requests
        self._via_proxy = requests.config.provider.via_proxy
        self._bounds = requests.config.run.resilience
        self._transmit = transmit
        self._registered: set[str] = set()
        self._pause = pause
        self._repeats_elsewhere = 0
        self._repeater = Repeater(self._bounds, self._sent, self.trouble_of, pause)
        self._good: dict[str, Request] = {}  # by interaction: the last valid request that succeeded, the latest last
        self._in_a_row: Counter[str] = Counter()  # by interaction: requests without a usable response
        self._lost: Counter[str] = Counter()  # by label: lost responses within the scenario that is going on
        self._open: list[Request] = []
        self._recurring: set[int] = set()

    @property
    def repeats(self) -> int:
        """How many requests of the run were sent again."""
        return self._repeater.made + self._repeats_elsewhere

    def take(self, broken: Mapping[str, str], gone: str, repeats: int) -> None:
        """Know what a worker of the run has met."""
        self.broken.update(broken)
        self.gone = self.gone or gone
        self._repeats_elsewhere += repeats

    def _sent(self, request: Request) -> Response:
        """Send a request once, and remember whom it has registered."""
        response = self._transmit(request)
        self._remember(request, response)
        return response

    def _remember(self, request: Request, response: Response) -> None:
        if request.interaction.key == _REGISTER and response.status in _REGISTERED:
            self._registered.update(numbers_in(request))

    def begin(self) -> None:
        """A scenario begins: what it meets is noted apart."""
        self.notes = []
        self._lost.clear()

    def trouble_of(self, response: Response) -> Trouble | None:
        """Return what kept a response of the provider from coming, None when it came."""
        return trouble_of(response, by_proxy=self._via_proxy and is_proxy_failure(response, self._requests.edition))

    def send(self, request: Request) -> Response:
        """Send a request and return the provider's response; EnvironmentTrouble when none can be had."""
        self._stop_where_broken(request)
        responses = self._repeater.send(request)
        response, trouble = responses[-1], self.trouble_of(responses[-1])
        if trouble is Trouble.UNREACHED:
            response = self._wait(request, response)
            trouble = self.trouble_of(response)
        elif len(responses) > 1:
            self._note_repeats(responses)
        if trouble is None:
            self._went_well(request, response)
            return response
        return self._safe(request, response, trouble) if is_safe(request) else self._write(request, response, trouble)

    def is_of_provider(self, response: Response) -> bool:
        """Whether a response of the run counts as the provider's: nothing came between, or what came is shown to be its own."""
        return response.number in self._recurring or self.trouble_of(response) is None

    def ask(self, request: Request) -> Response:
        """Send a request, again where needed, and return its last response, whatever it is; nothing is waited for."""
        return self._repeater.send(request)[-1]

    def settle_together(self, requests: Sequence[Request], responses: Sequence[Response]) -> None:
        """After simultaneous requests: ResponseLost where the response to a write did not come, once all are looked up."""
        for request, response in zip(requests, responses, strict=True):
            self._remember(request, response)
        lost = [
            (request, trouble)
            for request, response in zip(requests, responses, strict=True)
            if not is_safe(request) and (trouble := self.trouble_of(response))
        ]
        outcomes = [self._look_up(request, trouble) for request, trouble in lost]
        if outcomes:
            raise self._response_lost(lost[0][0], lost[0][1], outcomes[0])

    def undo_unnamed(self, request: Request) -> bool:
        """Look up a booking whose response named no appointment, and cancel it; whether its slots are free for certain."""
        try:
            outcome = look_up(request, self._requests, self._look, self._registered)
        except EnvironmentTrouble:
            return False
        if outcome.fate in (Fate.LEFT_OVER, Fate.UNKNOWN):
            self.notes.append(_left_over(request, outcome, "its response named no appointment", Blame.PROVIDER))
            return False
        return True

    def settle_open(self) -> None:
        """At the end of a run: look once more for writes that had not been carried out when they were looked up."""
        for request in self._open:
            outcome = look_up(request, self._requests, self._look, self._registered)
            if outcome.fate is not Fate.NOT_MADE:
                self.notices.append(_left_over(request, outcome))
        self._open = []

    # what goes well

    def _went_well(self, request: Request, response: Response) -> None:
        key = request.interaction.key
        self._in_a_row[key] = 0
        self._lost.pop(request.label, None)
        if not request.deviant and (response.status or _REFUSAL) < _REFUSAL:
            self._good.pop(key, None)
            self._good[key] = request

    def _note_repeats(self, responses: Sequence[Response]) -> None:
        troubles = [str(self.trouble_of(response) or "a response") for response in responses]
        self.notes.append(
            Finding(
                f"sent {len(responses)} times: {', then '.join(troubles)}",
                Severity.INFO,
                blame=Blame.ENVIRONMENT,
                code="repeated",
                exchange=responses[-1].number,
                evidence=f"first met {responses[0].described}",
            )
        )

    # what does not

    def _stop_where_broken(self, request: Request) -> None:
        if self.gone:
            raise ProviderGone(self.gone)
        if request.interaction.key in self.broken:
            raise EnvironmentTrouble(self.broken[request.interaction.key])

    def _safe(self, request: Request, response: Response, trouble: Trouble) -> Response:
        """A request that may be repeated met trouble each time: the provider's where its control succeeds."""
        control = self._control(request)
        if control is not None:
            self._lay_on_provider(response)
            self._note(
                f"{trouble} each time, while {control.exchange.label!r} succeeds: taken as the provider's own",
                Blame.PROVIDER,
                control.number,
            )
            return response
        self._count(request, trouble)
        raise EnvironmentTrouble(f"{request.label}: {trouble} each time ({response.described})")

    def _lay_on_provider(self, response: Response) -> None:
        response.recurs = True
        self._recurring.add(response.number)

    def _control(self, request: Request) -> Response | None:
        """Send the control of a request; its response when it succeeds, None when there is none or it does not."""
        candidates = (request.control, self._good.get(request.interaction.key))
        chosen = next((one for one in candidates if one is not None and is_safe(one)), None)
        if chosen is None:
            return None
        response = self._repeater.once_more(self._requests.renewed(chosen))
        return response if self._succeeded(response) else None

    def _succeeded(self, response: Response) -> bool:
        return self.trouble_of(response) is None and (response.status or _REFUSAL) < _REFUSAL

    def _write(self, request: Request, response: Response, trouble: Trouble) -> Response:
        """A write left its outcome open: look it up before anything else."""
        for _ in range(self._bounds.repeats + 1):
            outcome = self._look_up(request, trouble)
            if outcome.fate is not Fate.NOT_MADE or request.header("If-Match") is None:
                break
            # Conditional on a version that is still the present one: sent again, it cannot be carried out twice.
            self._pause(self._bounds.pause)
            response = self._repeater.once_more(request)
            if self.trouble_of(response) is None:
                if (response.status or _REFUSAL) >= _REFUSAL:  # perhaps because the first was carried out late
                    outcome = look_up(request, self._requests, self._look, self._registered)
                    if outcome.fate is not Fate.NOT_MADE:
                        break
                self._note("sent again: the first was not carried out", Blame.ENVIRONMENT, response.number)
                self._went_well(request, response)
                return response
        if outcome.fate is Fate.NOT_MADE and self._recurs(request):
            self._lay_on_provider(response)
            self._note(
                f"{trouble} each time, while other requests of the interaction succeed: taken as the provider's own",
                Blame.PROVIDER,
                response.number,
            )
            return response
        self._count(request, trouble)
        raise self._response_lost(request, trouble, outcome)

    def _look_up(self, request: Request, trouble: Trouble) -> Outcome:
        """What became of a write. Waits for a provider that is not there; the slots are not used again."""
        self._lost[request.label] += 1
        self.spent_slots.update(slots_in(request))
        try:
            outcome = look_up(request, self._requests, self._look, self._registered)
            if outcome.fate is Fate.UNKNOWN and not self._is_there(request):
                outcome = look_up(request, self._requests, self._look, self._registered)
        except ProviderGone:
            unknown = Outcome(Fate.UNKNOWN, "the provider could not be reached any more")
            self.notes.append(_left_over(request, unknown))
            raise
        if outcome.fate is Fate.NOT_MADE and request.method.upper() == "POST":
            self._open.append(request)
        if outcome.fate in (Fate.LEFT_OVER, Fate.UNKNOWN):
            self.notes.append(_left_over(request, outcome))
        else:
            self._note(f"{trouble} in place of the response; {outcome.fate}: {outcome.sentence}", Blame.ENVIRONMENT, 0)
        return outcome

    def _look(self, request: Request) -> Response:
        """Send a look-up, again where needed, and return its last response, whatever it is."""
        self._stop_where_broken(request)
        response = self.ask(request)
        return self._wait(request, response) if self.trouble_of(response) is Trouble.UNREACHED else response

    def _recurs(self, request: Request) -> bool:
        """Whether a write has met trouble at every start of its scenario, while its interaction has succeeded elsewhere."""
        return self._lost[request.label] > self._bounds.scenario_repeats and request.interaction.key in self._good

    def _response_lost(self, request: Request, trouble: Trouble, outcome: Outcome) -> ResponseLost:
        registered = request.interaction.key == "register_patient" and outcome.fate is not Fate.NOT_MADE
        made = outcome.fate in (Fate.MADE, Fate.UNDONE, Fate.LEFT_OVER)
        became = "what became of it is" if outcome.fate is Fate.UNKNOWN else "it was"
        reason = f"{request.label}: {trouble} in place of the response; {became} {outcome.fate}: {outcome.sentence}"
        return ResponseLost(reason, again=not registered, made=made)

    def _count(self, request: Request, trouble: Trouble) -> None:
        """Count a request without a usable response; after so many in a row its interaction is not tried again.

        Where nothing else of the provider responds either, it is waited for instead.
        """
        if not self._is_there(request):
            raise EnvironmentTrouble(f"{request.label}: {trouble}; the provider has come back since", again=True)
        key, title = request.interaction.key, request.interaction.title
        self._in_a_row[key] += 1
        if self._in_a_row[key] >= self._bounds.failures_in_a_row:
            seen = f"no usable response {self._in_a_row[key]} times in a row, last {trouble}"
            self.broken[key] = f"{title}: {seen}; it is not tried again in this run"
            self.notices.append(
                Finding(
                    f"{title}: {seen}; what needs it is not tested",
                    Severity.WARN,
                    blame=Blame.ENVIRONMENT,
                    code="interaction-broken",
                    evidence="other interactions responded meanwhile",
                )
            )

    # whether the provider is there at all

    def _is_there(self, request: Request) -> bool:
        """Whether another interaction that has worked works now. Where none does, wait; False when it is back then."""
        other = next((good for key, good in reversed(self._good.items()) if self._probes(key, request)), None)
        if other is None:
            return True
        response = self._repeater.once_more(self._requests.renewed(other))
        if self.trouble_of(response) is None:
            return True
        self._wait(other, response)
        return False

    def _probes(self, key: str, request: Request) -> bool:
        return key != request.interaction.key and is_safe(self._good[key]) and key not in self.broken

    def _wait(self, request: Request, response: Response) -> Response:
        """Send a safe or undelivered request until the provider responds; ProviderGone when that takes too long."""
        first = response
        for _ in self._looks():
            response = self._repeater.once_more(self._requests.renewed(request))
            if self.trouble_of(response) is None:
                self._note(f"the provider was away for a while: {first.described}", Blame.ENVIRONMENT, first.number)
                return response
            if not is_safe(request) and self.trouble_of(response) is not Trouble.UNREACHED:
                return response
        self.gone = f"the provider cannot be reached any more: {response.described}"
        self.notices.append(
            Finding(
                self.gone,
                Severity.WARN,
                blame=Blame.ENVIRONMENT,
                code=ProviderGone.code,
                exchange=response.number,
                evidence=f"waited {self._bounds.wait_for_provider:g} s (run.resilience.wait_for_provider)",
            )
        )
        raise ProviderGone(self.gone)

    def _looks(self) -> Iterator[None]:
        for _ in range(int(self._bounds.wait_for_provider / _LOOK_EVERY)):
            self._pause(_LOOK_EVERY)
            yield

    def _note(self, message: str, blame: Blame, exchange: int) -> None:
        self.notes.append(Finding(message, Severity.INFO, blame=blame, code="environment", exchange=exchange))


def _left_over(
    request: Request, outcome: Outcome, why: str = "its response was lost", blame: Blame = Blame.ENVIRONMENT
) -> Finding:
    if outcome.fate is Fate.UNDONE:
        message = f"{request.label}: {why}; it was carried out late, and has been undone"
    else:
        what = outcome.resource or (
            f"an appointment in slot {', '.join(slots_in(request))}" if slots_in(request) else ""
        )
        message = f"{request.label}: {why}; {what or 'something'} may be left over"
    return Finding(message, Severity.INFO, blame=blame, code="left-over", evidence=outcome.sentence)
