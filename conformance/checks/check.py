"""What a check is: a small named function over one response that yields its findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TypeVar

from conformance.consumer.response import Response
from conformance.core.results import Finding
from conformance.spec import Edition

if TYPE_CHECKING:
    from conformance.config.model import Config
    from conformance.fhir.validation.validator import Validator


class Context(Protocol):
    """What a check may know of the run (engine.session.Session is one)."""

    @property
    def edition(self) -> Edition:
        """The edition of the run."""

    @property
    def config(self) -> Config:
        """The configuration of the run."""

    @property
    def validator(self) -> Validator:
        """The validator over the edition's definitions."""

    def now(self) -> datetime:
        """The present in UK time."""


Check = Callable[[Response, Context], Iterable[Finding]]
C = TypeVar("C", bound=Check)
Subject = Callable[[Response], bool]


def about(subject: Subject) -> Callable[[C], C]:
    """Say what a check judges: `subject` returns whether a response has any of it.

    A scenario whose checks saw none of what they judge has tested nothing, though they found nothing wrong.
    """

    def mark(check: C) -> C:
        check.subject = subject  # type: ignore[attr-defined]
        return check

    return mark


def subject_of(check: Check) -> Subject | None:
    """Return what a check judges; None where that is the response itself, whatever it holds."""
    return getattr(check, "subject", None)


def sees(check: Check, response: Response) -> bool:
    """Whether a response holds any of what a check judges."""
    subject = subject_of(check)
    return response.status is not None and (subject is None or subject(response))


def a_body(response: Response) -> bool:
    """A subject: a body, of whatever kind."""
    return bool(response.exchange.response_body)


def a_resource(response: Response) -> bool:
    """A subject: a FHIR resource."""
    return response.is_resource


def entries_of(kind: str) -> Subject:
    """Return a subject: entries of a Bundle, of one resource type."""
    return lambda response: any(response.entries(kind))
