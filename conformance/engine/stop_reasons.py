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


class EnvironmentTrouble(CannotTest):
    """Something between us and the provider, or a provider that does not respond, keeps the scenario from being tested.

    `again` says that the scenario may be started again in this run, `code` is that of the finding.
    """

    code = "environment"

    def __init__(self, reason: str, *, again: bool = False, blame: Blame = Blame.ENVIRONMENT) -> None:
        super().__init__(reason, blame)
        self.again = again


class ResponseLost(EnvironmentTrouble):
    """A write was sent and its response did not come. `made` says whether it was carried out, as far as can be seen."""

    code = "response-lost"

    def __init__(self, reason: str, *, again: bool, made: bool) -> None:
        super().__init__(reason, again=again)
        self.made = made


class ProviderGone(EnvironmentTrouble):
    """The provider cannot be reached any more: the run ends."""

    code = "provider-gone"


def cannot(reason: str, blame: Blame = Blame.TEST_DATA) -> NoReturn:
    """End the scenario: it cannot be tested here."""
    raise CannotTest(reason, blame)


def omit(reason: str) -> NoReturn:
    """End the scenario: it does not apply here."""
    raise DoesNotApply(reason)
