"""What `init` prompts for, and what an answer must look like. A wrong one is said and asked for again."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import click

from conformance.core import nhs_numbers, stop_signals
from conformance.core.errors import UsageError


class Asker:
    """Prompts, unless an option has the answer or nothing is to be asked. Enter skips what can be skipped, Ctrl-D all of it."""

    def __init__(self, *, asks: bool) -> None:
        self.asks = asks

    def must(self, name: str, text: str, given: str | None, check: Callable[[str], str], default: str = "") -> str:
        """Return an answer that is needed; UsageError, naming the option, where there is none."""
        if given:
            return checked(name, given, check)
        if not self.asks:
            if default:
                return default
            raise UsageError(f"--{name} is needed", fix=f"It is: {text}.")
        return self._prompt(text, check, default or None)

    def may(self, text: str, given: str | None = None, check: Callable[[str], str] = str) -> str:
        """Return an answer, "" where there is none."""
        if given:
            return checked(text, given, check)
        return (
            self._prompt(f"{text} (Enter: none)", lambda value: check(value) if value else "", "") if self.asks else ""
        )

    def _prompt(self, text: str, check: Callable[[str], str], default: str | None) -> str:
        def proc(value: str) -> str:
            try:
                return check(value.strip())
            except ValueError as error:
                raise click.BadParameter(str(error)) from error

        try:
            return str(click.prompt(text, default=default, value_proc=proc, show_default=bool(default)))
        except click.Abort:
            if stop_signals.received() is not None:
                raise
            if default is not None:  # Ctrl-D, or the end of what is read: the rest is skipped
                self.asks = False
                return default
            raise UsageError(
                f"the input ended before this was answered: {text}", fix="Answer it, or name its option (init --help)."
            ) from None


def checked(name: str, value: str, check: Callable[[str], str]) -> str:
    """Return an answer that an option gave, as `check` returns it; UsageError where it is wrong."""
    try:
        return check(value.strip())
    except ValueError as error:
        raise UsageError(f"{name}: {error}") from error


def asid(value: str) -> str:
    """Return an ASID. Raises ValueError."""
    return fits(value, r"[0-9]{12}", "an ASID has twelve digits")


def ods(value: str) -> str:
    """Return an ODS code. Raises ValueError."""
    return fits(value, r"[A-Za-z0-9]{3,12}", "an ODS code has 3 to 12 letters and digits")


def service_root(value: str) -> str:
    """Return a service root, /metadata behind it left out. Raises ValueError."""
    value = re.sub(r"/metadata/*$", "", value.rstrip("/"))
    return fits(value, r"https?://[^\s/?#]+[^\s?#]*", "the URL begins with http:// or https:// and has no query")


def fits(value: str, pattern: str, said: str) -> str:
    """Return a value that a pattern matches whole. Raises ValueError with what to say."""
    if not re.fullmatch(pattern, value):
        raise ValueError(said)
    return value


def nhs_number(value: str) -> str:
    """Return an NHS number without blanks. Raises ValueError."""
    digits = "".join(value.split())
    problem = nhs_numbers.problem_with(digits)
    if problem:
        raise ValueError(f"{value}: {problem}")
    return digits


def file(value: str) -> str:
    """Return the absolute path of a file or folder that is there. Raises ValueError."""
    path = Path(value).expanduser()
    if not path.exists():
        raise ValueError(f"there is no file {path}")
    return str(path.absolute())


def slot(value: str) -> str:
    """Return the five values that say where a slot is. Raises ValueError."""
    if len(value.split()) != 5 or not value.split()[1].isdecimal():
        raise ValueError("five values with blanks between, as: slot-7 6 15:20 15:30 location-1")
    return value
