"""What a run does once: named steps, and the sender that records which requests a scenario or a step rests on.

A step is performed when the first scenario needs it, always with the same requests, on a sender of its own, so that it does
not depend on which scenario that is. Its exchanges are listed with every scenario that rests on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar, cast

from conformance.consumer.request import Change, Request
from conformance.consumer.response import Response
from conformance.core.exchange import Exchange
from conformance.core.results import Blame, Finding
from conformance.core.taken import step_part
from conformance.engine.remarks import remarks_on
from conformance.engine.session import Session
from conformance.engine.step_record import StepRecord
from conformance.engine.stop_reasons import CannotTest, EnvironmentTrouble

T = TypeVar("T")


@dataclass(frozen=True)
class NamedStep(Generic[T]):
    """Something that a run does once. `perform` returns what it is for, or raises CannotTest.

    A `control` shows that the provider accepts what is right; it is performed again at the end of the run
    (see `repeat_controls`).
    """

    name: str
    perform: Callable[[Sender], T]
    control: bool = False


class Sender:
    """Sends the requests of one scenario, or of one named step, and records the exchanges in order.

    `binding` says whether failures of the scenario weigh as such: no scenario about all responses weighs its exchanges harder.
    """

    def __init__(self, session: Session, step: str = "", *, binding: bool = True) -> None:
        self.session = session
        self.exchanges: list[Exchange] = []
        self.remarks: list[Finding] = []
        self.requests: dict[int, Request] = {}  # by the number of the exchange
        self._step = step
        self._binding = binding

    def send(self, request: Request, *changes: Change) -> Response:
        """Send a request, changed as named; EnvironmentTrouble where the environment keeps the response from coming.

        CannotTest when the request holds what the provider sent and HTTP cannot carry it.
        """
        self.session.deadline.check()
        for change in changes:
            request = change(request)
        return self._record([request], [self.session.send(self._labelled(request))])[0]

    def send_together(self, requests: Sequence[Request]) -> list[Response]:
        """Send requests at the same moment, each on a connection of its own."""
        self.session.deadline.check()
        return self._record(requests, self.session.send_together([self._labelled(request) for request in requests]))

    def once(self, step: NamedStep[T]) -> T:
        """Return what a named step of the run came to; CannotTest with its reason when it could not be performed."""
        record = self.session.steps.get(step.name) or perform(step, self.session)
        self.rest_on(record.exchanges)
        if isinstance(record.stopped, EnvironmentTrouble):
            raise record.stopped  # not what the step comes to: the next scenario that needs it tries again
        self.session.steps[step.name] = record
        if record.stopped is not None:
            raise CannotTest(record.stopped.reason, record.stopped.blame)
        return cast(T, record.value)

    def rest_on(self, exchanges: Iterable[Exchange]) -> None:
        """List exchanges that were made outside with those that were sent here, each once."""
        known = {exchange.number for exchange in self.exchanges}
        self.exchanges.extend(exchange for exchange in exchanges if exchange.number not in known)

    def _record(self, requests: Sequence[Request], responses: list[Response]) -> list[Response]:
        self.requests.update((response.number, request) for request, response in zip(requests, responses, strict=True))
        self.exchanges.extend(response.exchange for response in responses)
        if not self._binding:
            self.session.sent_mildly.update(response.number for response in responses)
        for response in responses:
            self.remarks.extend(remarks_on(response))
            failure = response.exchange.failure
            if failure is not None and failure.kind == "unsendable":
                raise CannotTest(f"a request built from what the provider sent: {failure.message}", Blame.PROVIDER)
        return responses

    def _labelled(self, request: Request) -> Request:
        return request.with_(label=f"{self._step}: {request.label}") if self._step else request


def perform(step: NamedStep[T], session: Session) -> StepRecord:
    """Perform a step now and return what came of it; it is started again where the environment cost it a response."""
    sender = Sender(session, step.name)
    with session.values.part(step_part(step.name)):
        record = _attempt(step, sender)
        for _ in range(session.config.run.resilience.scenario_repeats):
            if not (isinstance(record.stopped, EnvironmentTrouble) and record.stopped.again):
                break
            record = _attempt(step, sender)
    return record


def _attempt(step: NamedStep[T], sender: Sender) -> StepRecord:
    value, stopped = None, None
    try:
        value = step.perform(sender)
    except CannotTest as stop:
        stopped = stop
    again = partial(perform, step, sender.session)
    return StepRecord(step.name, value, tuple(sender.exchanges), stopped, step.control, again)


def repeat_controls(session: Session) -> Iterator[tuple[StepRecord, StepRecord]]:
    """Perform the controls of a run again, at its end, and yield each with what it came to first."""
    for record in list(session.steps.values()):
        if record.control:
            yield record, record.again()
