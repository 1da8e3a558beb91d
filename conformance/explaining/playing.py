"""A scenario played on the bundled provider while what it sends and what it accepts is noted.

What a scenario sends depends on what the provider holds: free slots, patients, ids. So nothing about it is written down
twice: it is played once, against the bundled provider without faults, in this process.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from conformance.checks.check import Check
from conformance.consumer.json_edit import NothingToChangeError
from conformance.consumer.request import Request
from conformance.consumer.response import Response
from conformance.consumer.usable_parts import UnusableResponseError
from conformance.core.exchange import Exchange
from conformance.engine.collection import Entry
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import Refusal
from conformance.engine.scenario import Case
from conformance.engine.session import Session
from conformance.engine.stop_reasons import CannotTest, DoesNotApply, EnvironmentTrouble
from conformance.proving.proof import area
from conformance.proving.provider_setup import Stage

_STOPS = (CannotTest, DoesNotApply, EnvironmentTrouble, NothingToChangeError, UnusableResponseError)


@dataclass(slots=True)
class Judged:
    """A response that a scenario judged: what it expects of it, one refusal at most and any number of checks."""

    exchange: Exchange
    refusal: Refusal | None = None
    checks: list[Check] = field(default_factory=list)


@dataclass(slots=True)
class Play:
    """What a scenario did: all exchanges in order, those that it judged, the controls it rests on, why it stopped early.

    `requests` are the requests by the number of the exchange, where this scenario sent them itself; `root` is the service
    root that they were sent to.
    """

    root: str
    interaction: str
    exchanges: tuple[Exchange, ...]
    judged: list[Judged]
    requests: dict[int, Request]
    controls: tuple[str, ...]
    stopped: str = ""


class WatchedContext(ScenarioContext):
    """A context that notes what is judged, and how."""

    def __init__(self, session: Session, case: Case) -> None:
        super().__init__(session, case)
        self.judged: dict[int, Judged] = {}

    def judge(self, response: Response, *checks: Check) -> bool:
        """Note the checks, and judge."""
        self._of(response).checks.extend(checks)
        return super().judge(response, *checks)

    def expect(self, response: Response, expected: Refusal) -> bool:
        """Note the refusals that are accepted, and judge."""
        self._of(response).refusal = expected
        return super().expect(response, expected)

    def _of(self, response: Response) -> Judged:
        return self.judged.setdefault(response.number, Judged(response.exchange))


def play(entry: Entry, edition: str) -> Play:
    """Play a scenario on a bundled provider of an edition, started for it, and return what it did."""
    with ExitStack() as stack:
        stage = Stage(edition, stack, tls=area(entry.case.id) == "tls")
        session = Session(stage.config)
        stack.callback(session.close)
        return _played(entry, session, stage.provider.base_url)


def _played(entry: Entry, session: Session, root: str) -> Play:
    context = WatchedContext(session, entry.case)
    stopped = ""
    try:
        entry.function(context, entry.case)
    except _STOPS as stop:
        stopped = getattr(stop, "reason", "") or str(stop)
    exchanges = _in_order(context.sender.exchanges)
    return Play(
        root,
        entry.case.interaction,
        exchanges,
        list(context.judged.values()),
        dict(context.sender.requests),
        tuple(sorted(context.controls)),
        stopped,
    )


def _in_order(exchanges: Sequence[Exchange]) -> tuple[Exchange, ...]:
    return tuple(sorted(exchanges, key=lambda exchange: exchange.number))
