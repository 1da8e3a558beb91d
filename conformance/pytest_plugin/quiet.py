"""What pytest prints of its own and is of no use to people who assure a provider."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest


def mute(config: pytest.Config) -> io.StringIO:
    """Let pytest's terminal reporter write into a buffer, and return that: a fault inside pytest is described there."""
    buffer = io.StringIO()
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        reporter._tw = type(config.get_terminal_writer())(buffer)
    return buffer


@contextmanager
def without_lines(reporter: Any, beginning: str) -> Iterator[None]:
    """Keep a terminal reporter from printing separating lines whose title begins so."""
    usual = reporter.write_sep

    def write_sep(sep: str, title: str | None = None, *rest: Any, **markup: Any) -> None:
        if not (title or "").startswith(beginning):
            usual(sep, title, *rest, **markup)

    reporter.write_sep = write_sep
    try:
        yield
    finally:
        del reporter.write_sep
