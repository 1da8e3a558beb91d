"""The selection options as click options, of the one table that they are listed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from conformance.cli.offers import offers
from conformance.engine.selection_options import OPTIONS, Choice

F = TypeVar("F", bound=Callable[..., Any])


def selection_options(function: F) -> F:
    """Add the options that choose scenarios; `choice_of` reads what they were given."""
    for option in reversed(OPTIONS):
        complete = offers(option.offers) if option.offers else None
        decorate = click.option(
            f"--{option.name}", multiple=True, metavar=option.metavar, help=option.help, shell_complete=complete,
            expose_value=False, callback=_note,
        )  # fmt: skip
        function = decorate(function)
    return function


def _note(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> None:
    name = (param.name or "").replace("_", "-")
    ctx.meta.setdefault(__name__, {})[name] = value


def choice_of(ctx: click.Context) -> Choice:
    """Return what the selection options of a call were given."""
    return Choice.of(ctx.meta.get(__name__, {}))
