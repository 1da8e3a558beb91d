"""What checks ask of a response, in the words of their own docstrings."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable
from typing import Any

from conformance.checks.check import Check

_SHORT = 80


def in_words(checks: Iterable[Check]) -> list[str]:
    """Return a sentence for each check, each once: that of its docstring, and the values it was made with."""
    return list(dict.fromkeys(_sentence(check) for check in checks))


def _sentence(check: Check) -> str:
    function = getattr(check, "func", check)  # a partial
    maker = _maker(function)
    doc = inspect.getdoc(function) or inspect.getdoc(maker) or ""
    said = " ".join(doc.partition("\n\n")[0].split()) or _name(function).replace("_", " ")
    values = ", ".join(f"{name} {value}" for name, value in _values(function))
    return f"{said} Here: {values}." if values else said


def _maker(function: Callable[..., Any]) -> Any:
    """The function of its module that made a function, as `success` makes a check; the function itself otherwise."""
    module = sys.modules.get(getattr(function, "__module__", ""), None)
    return getattr(module, _name(function), function)


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__qualname__", type(function).__name__).partition(".")[0]


def _values(function: Callable[..., Any]) -> Iterable[tuple[str, str]]:
    """The plain values that a check was made with."""
    if not inspect.isfunction(function):
        return
    for name, value in inspect.getclosurevars(function).nonlocals.items():
        shown = _plain(value)
        if shown and len(shown) <= _SHORT:
            yield name.replace("_", " "), shown


def _plain(value: Any) -> str:
    if isinstance(value, str | int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, tuple | list | set | frozenset):
        return " or ".join(_plain(one) for one in value) if all(_plain(one) for one in value) else ""
    return ""
