"""Errors that are ours, the caller's or the environment's. A provider's wrongs are Findings, never exceptions."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process reports to its caller (docs/guide/verdicts.md)."""

    CONFORMANT = 0
    NON_CONFORMANT = 1
    USAGE = 2
    UNTESTABLE = 3
    OUR_FAULT = 4
    NOT_FULLY_CHECKED = 5
    INTERRUPTED = 130
    TERMINATED = 143


class AssureError(Exception):
    """A condition that stops the work: one message for a person, how to fix it, and the exit code of the process."""

    exit_code: ExitCode = ExitCode.OUR_FAULT

    def __init__(self, message: str, *, fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.message}\n  {self.fix}" if self.fix else self.message


class UsageError(AssureError):
    """The call, the configuration or a file handed to us cannot be used as it is."""

    exit_code = ExitCode.USAGE


class TargetError(AssureError):
    """The provider cannot be reached, or is in no state to be tested."""

    exit_code = ExitCode.UNTESTABLE


class InternalError(AssureError):
    """Something of ours is broken: a definition, a data file, an assumption."""


class InterruptedRunError(AssureError):
    """The user stopped the work."""

    exit_code = ExitCode.INTERRUPTED
