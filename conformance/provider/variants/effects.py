"""Building blocks for variants, beside those of faults/effects.py: what is shown otherwise is understood when it comes back."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from conformance.provider.fault_points import Effect, Instead, Seam
from conformance.provider.faults.effects import Edit, _edited
from conformance.provider.fixture import Practice
from conformance.provider.http import Call, Json, Response

Wire = tuple[int, dict[str, str], bytes]
Lines = list[tuple[bytes, bytes]]


def shows(kind: str, *edits: Edit, on: str = "") -> tuple[Effect, ...]:
    """Present resources of a type ("" for every type) otherwise; an update that sends this back changes nothing."""

    def apply(resource: Json, call: Call | None) -> Json:  # noqa: ARG001
        return _edited(resource, edits)  # type: ignore[no-any-return]

    shown = Effect(Seam.RESOURCE, apply, of=kind, on=_keys(on))
    return (shown, Effect(Seam.PRESENTED, apply)) if kind in ("", "Appointment") else (shown,)


def _keys(on: str) -> frozenset[str]:
    return frozenset(on.split())


def everywhere(edit: Callable[[str, Any], Any]) -> Edit:
    """Change every member of an object, at any depth: `edit(name, value)` returns the value."""

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: edit(name, walk(item)) for name, item in value.items()}
        return [walk(item) for item in value] if isinstance(value, list) else value

    return walk


def references(write: Callable[[str], str]) -> Edit:
    """Write references another way; those to contained resources stay."""
    return everywhere(
        lambda name, value: (
            write(value) if name == "reference" and isinstance(value, str) and not value.startswith("#") else value
        )
    )


def adds(name: str, *items: Any) -> Edit:
    """Put further items at the end of a list."""
    return lambda resource: {**resource, name: [*resource.get(name, ()), *items]}


def reverses(name: str) -> Edit:
    """Give a list in the opposite order."""
    return lambda resource: (
        {**resource, name: resource[name][::-1]} if isinstance(resource.get(name), list) else resource
    )


def wire(edit: Callable[[bytes], bytes], *, form: str = "") -> Effect:
    """Write the same body another way; `form` limits it to json or xml."""

    def apply(sent: Wire, call: Call | None) -> Wire:  # noqa: ARG001
        status, headers, body = sent
        meant = body and f"{form}" in headers.get("Content-Type", "")
        return (status, headers, edit(body)) if meant else sent

    return Effect(Seam.WIRE, apply)


def lines(edit: Callable[[Lines], Iterable[tuple[bytes, bytes]]]) -> Effect:
    """Send the same headers in other lines."""
    return Effect(Seam.SENT, lambda value, _call: list(edit(list(value))))


def furnishes(edit: Callable[[Practice], Practice]) -> Effect:
    """Serve another practice."""
    return Effect(Seam.PRACTICE, lambda value, _call: edit(value))


def diary(practice: Practice, **changes: Any) -> Practice:
    """Return a practice with other parts of its diary."""
    return replace(practice, diary={**practice.diary, **changes})


def container(when: Callable[[Call], bool], status: int = 400, page: bytes = b"") -> Effect:
    """Let the servlet container refuse some requests, before FHIR sees them, with a page of its own."""
    text = page or (
        b'<!doctype html><html lang="en"><head><title>HTTP Status 400</title></head>'
        b"<body><h1>HTTP Status 400</h1><p>Bad Request</p></body></html>"
    )
    headers = {"Content-Type": "text/html;charset=utf-8", "Content-Language": "en", "Connection": "close"}

    def apply(call: Call, same: Call | None) -> Call:  # noqa: ARG001
        if when(call):
            raise Instead(Response(status, None, dict(headers), text))
        return call

    return Effect(Seam.REQUEST, apply)


def every(count: int) -> Callable[[], bool]:
    """Return a function that is true at every so-manieth call."""
    numbers = itertools.count(1)
    return lambda: next(numbers) % count == 0


def chosen(mapping: Mapping[str, Any], edition: str) -> Any:
    """A value by edition."""
    return mapping[edition]
