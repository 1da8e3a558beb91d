"""What an expression engine gives for an invariant: a function that evaluates it at a place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.fhir.issues import Location
from conformance.fhir.validation.context import Run

# Evaluates an expression on a value at a place: True, False, or None for "undefined". Raises CannotRunError.
Evaluate = Callable[[Any, Location, Run], "bool | None"]


class CannotRunError(Exception):
    """The engine cannot run an expression; the message says why."""
