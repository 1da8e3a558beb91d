"""Before the first scenario: is the provider there, does it speak HTTP, and do the clocks agree?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from conformance.consumer.header_values import http_date
from conformance.consumer.response import Response
from conformance.core.errors import TargetError
from conformance.core.results import Blame, Finding, Severity
from conformance.engine.session import Session

_TOLERATED_SKEW_SECONDS = 60

_MENDS = {
    "dns": "Check the host name in provider.base_url.",
    "refused": "Nothing listens there: check provider.base_url and that the provider is running.",
    "timeout": "It did not answer in time: check the network, or raise run.connect_timeout or run.read_timeout.",
    "tls": "Check the tls section of the configuration: ca, certificate and key.",
}


def preflight(session: Session) -> Iterator[Finding]:
    """Ask for the capability statement and yield notices of the run; TargetError when the provider cannot be tested.

    Any HTTP answer short of a server error shows that the provider can be tested; what it says is for scenarios to judge.
    """
    response = session.send(session.requests.capability())
    failure = response.exchange.failure
    if failure is not None:
        raise TargetError(
            f"the provider cannot be reached at {session.config.provider.base_url}: {failure.message}",
            fix=_MENDS.get(failure.kind, "Check provider.base_url and the network."),
        )
    if response.status is not None and response.status >= 500 and response.resource_type != "OperationOutcome":
        raise TargetError(
            f"the provider is not fit to be tested: its first answer was {response.described}",
            fix="Look at the provider's own log; a gateway in between may have answered for it.",
        )
    yield from _clock_skew(response, session)


def _clock_skew(response: Response, session: Session) -> Iterator[Finding]:
    theirs = http_date(response.exchange.header("Date"))
    if theirs is None:
        return
    ours: datetime = session.clock()
    seconds = abs((ours - theirs).total_seconds())
    if seconds > _TOLERATED_SKEW_SECONDS:
        yield Finding(
            "this machine's clock and the provider's differ: judgements that depend on the present may be wrong",
            severity=Severity.WARN,
            location="header Date",
            found=f"{seconds:.0f} s apart",
            expected=f"at most {_TOLERATED_SKEW_SECONDS} s",
            blame=Blame.ENVIRONMENT,
            code="clock-skew",
            exchange=response.number,
        )
