"""What a check is: a small named function over one reply that yields what it found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol

from conformance.consumer.response import Response
from conformance.core.results import Finding
from conformance.spec import Edition

if TYPE_CHECKING:
    from conformance.config.model import Config
    from conformance.fhir.validation.validator import Validator


class Context(Protocol):
    """What a check may ask about the run (harness.session.Session is one)."""

    @property
    def edition(self) -> Edition:
        """The edition of the run."""

    @property
    def config(self) -> Config:
        """The configuration of the run."""

    @property
    def validator(self) -> Validator:
        """The validator over the edition's definitions."""


Check = Callable[[Response, Context], Iterable[Finding]]
