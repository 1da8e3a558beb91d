"""Lets an option say what a shell may offer for it, without importing that before a shell asks."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Completer = Callable[[click.Context, click.Parameter, str], list["CompletionItem"]]


def offers(name: str) -> Completer:
    """Return a `shell_complete` that is the function `name` of conformance.cli.completion."""

    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        completion = importlib.import_module("conformance.cli.completion")
        found: list[CompletionItem] = getattr(completion, name)(ctx, param, incomplete)
        return found

    return complete
