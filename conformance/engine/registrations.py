"""The registrations that a run leaves behind: no interaction of GP Connect takes one back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from conformance.core.exchange import Exchange
from conformance.core.results import Blame, Finding, Severity

_REGISTER = "register_patient"


def registrations_made(exchanges: Iterable[Exchange]) -> Iterator[Finding]:
    """Yield the notice of how many patients a run has registered, from its exchanges; nothing where it registered none."""
    made = sum(exchange.interaction == _REGISTER and exchange.status in (200, 201) for exchange in exchanges)
    if made:
        yield Finding(
            f"{made} of the people under data.registrations {'is' if made == 1 else 'are'} registered at the provider now, "
            "and cannot be registered anew until the provider is reset",
            Severity.INFO,
            blame=Blame.TEST_DATA,
            code="registrations",
        )
