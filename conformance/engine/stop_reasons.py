"""How a scenario ends early: it could not be tested, or it does not apply. Neither is a pass."""

from __future__ import annotations

from typing import NoReturn

from conformance.core.results import Blame


class CannotTest(Exception):  # noqa: N818 - it is a verdict, not an error
    """What the scenario needs is missing: verdict skip, with the reason and whose it likely is."""

    def __init__(self, reason: str, blame: Blame = Blame.TEST_DATA) -> None:
        super().__init__(reason)
        self.reason = reason
        self.blame = blame


class DoesNotApply(Exception):  # noqa: N818 - it is a verdict, not an error
    """The scenario does not apply to this provider or configuration: verdict omit, with the reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def cannot(reason: str, blame: Blame = Blame.TEST_DATA) -> NoReturn:
    """End the scenario: it cannot be tested here."""
    raise CannotTest(reason, blame)


def omit(reason: str) -> NoReturn:
    """End the scenario: it does not apply here."""
    raise DoesNotApply(reason)
