"""Ways to be wrong in every answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from conformance.provider.faults.fault import STU3, Fault
from conformance.provider.faults.verbs import change, put, status

_UK_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)[+]0[01]:00")


def _texts(edit: Callable[[str, str], str]) -> Callable[[Any], Any]:
    """Change every text of a resource; the edit gets the element's name and its text."""

    def walk(value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: walk(item, key) for key, item in value.items()}
        if isinstance(value, list):
            return [walk(item, name) for item in value]
        return edit(name, value) if isinstance(value, str) else value

    return walk


def _absolute(name: str, text: str) -> str:
    return f"https://elsewhere.example/{text}" if name == "reference" and not text.startswith("#") else text


def _with_milliseconds(name: str, text: str) -> str:  # noqa: ARG001
    return _UK_TIME.sub(lambda match: match[0].replace(match[1], f"{match[1]}.000"), text)


FAULTS = (
    Fault(
        "fhir.unknown-element",
        "adds an element that FHIR does not know to every resource",
        change("", put("surprise", "!")),
    ),
    Fault("fhir.every-reference-absolute", "writes every reference as an absolute URL", change("", _texts(_absolute))),
    Fault("errors.always-400", "answers every error with 400, whatever its code", status(400, only="errors")),
    Fault("time.milliseconds", "writes times with fractions of a second", change("", _texts(_with_milliseconds)), STU3),
)
