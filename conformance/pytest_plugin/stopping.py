"""How a run that cannot take place or go on ends: pytest with a message of ours, the console command in its own way."""

from __future__ import annotations

from typing import NoReturn

import pytest

from conformance.core.errors import AssureError, ExitCode

STOPPED: pytest.StashKey[ExitCode] = pytest.StashKey()
"""The exit code of a pytest that was ended here."""


class _Ended(pytest.exit.Exception):  # type: ignore[name-defined, misc]
    """Ends pytest with a message that pytest prints under our name in place of a class of its own."""


_Ended.__name__ = _Ended.__qualname__ = "gpconnect-assure"
_Ended.__module__ = "builtins"  # of which no name is printed


def stop(config: pytest.Config, error: AssureError) -> NoReturn:
    """End pytest. Its own 2 means interrupted, so the console command passes our code on by another way."""
    note_code(config, error.exit_code)
    config.stash[STOPPED] = error.exit_code
    raise _Ended(str(error), returncode=int(error.exit_code))


def fail(config: pytest.Config, error: AssureError) -> None:
    """Have no run: the console command reports why, plain pytest ends at once."""
    console = getattr(config, "gpc_console", None)
    if console is None:
        stop(config, error)
    console.error = error


def note_code(config: pytest.Config, code: ExitCode) -> None:
    """Give the console command, where there is one, our exit code."""
    console = getattr(config, "gpc_console", None)
    if console is not None:
        console.code = code
