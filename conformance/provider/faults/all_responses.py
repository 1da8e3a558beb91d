"""Faults in every response of one interaction: each kind, once for each interaction."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from conformance.provider.fault_points import Effect, Seam
from conformance.provider.faults.effects import (
    alter,
    body,
    change,
    drop_header,
    html_page,
    misanswer,
    put,
    status,
    without,
)
from conformance.provider.faults.fault import DSTU2, EVERY, STU3, Fault
from conformance.spec import interactions

_UK_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)([+]0[01]:00)")

# The short names in the ids of faults, and the interaction that each stands for.
INTERACTIONS = {short: interaction.key for short, interaction in interactions().items()}


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
    return _UK_TIME.sub(r"\1.000\2", text)


def _coding(edit: Callable[[Any], Any], on: str) -> Effect:
    return change("OperationOutcome", edit, on=on)


_DETAILS = "issue.details.coding"
_TRACE = "Traceback (most recent call last): slots.py, line 12"

# What goes wrong, in words, and how; the name of the interaction is handed in.
KINDS: dict[str, tuple[str, Callable[[str], Effect]]] = {
    "unknown-element": ("adds an element that FHIR does not define", lambda on: change("", put("surprise", "!"), on=on)),
    "claims-no-profile": ("omits meta.profile", lambda on: change("", without("meta.profile"), on=on)),
    "may-be-cached": ("omits Cache-Control", lambda on: drop_header("Cache-Control", on=on)),
    "unlabelled": ("omits Content-Type", lambda on: drop_header("Content-Type", on=on)),
    "unversioned": ("omits meta.versionId", lambda on: change("", without("meta.versionId"), on=on)),
    "no-etag-header": ("omits ETag", lambda on: drop_header("ETag", on=on)),
    "odd-ids": ("has ids with underscores", lambda on: change("", alter("id", lambda old: f"{old}_"), on=on)),
    "absolute-references": ("writes references as URLs", lambda on: change("", _texts(_absolute), on=on)),
    "unlisted-status": ("returns an unlisted status", lambda on: status(299, on=on, only="")),
    "surplus-bytes": (
        "sends bytes after the response beyond its announced length",
        lambda on: Effect(Seam.SETTING, lambda *_: b"\r\nsurplus", of="http.surplus", on=frozenset({on})),
    ),
    "undated": ("sends no Date", lambda on: drop_header("Date", on=on)),
    "error-empty": ("returns errors without a body", lambda on: body(lambda _: b"", on=on, only="errors")),
    "error-without-profile": ("omits meta.profile from OperationOutcomes", lambda on: _coding(without("meta.profile"), on)),
    "error-as-warning": ("gives errors the severity warning", lambda on: _coding(put("issue.severity", "warning"), on)),
    "error-other-system": ("names another code system", lambda on: _coding(put(f"{_DETAILS}.system", "urn:other"), on)),
    "error-without-display": ("omits the display", lambda on: _coding(without(f"{_DETAILS}.display"), on)),
    "error-other-type": ("returns another issue type", lambda on: _coding(put("issue.code", "odd"), on)),
    "error-other-status": ("returns 403 for every error", lambda on: status(403, on=on, only="errors")),
    "error-without-diagnostics": ("omits diagnostics", lambda on: _coding(without("issue.diagnostics"), on)),
    "error-shows-inside": ("shows internal details", lambda on: _coding(put("issue.diagnostics", _TRACE), on)),
    "error-unexplained": (
        "returns BAD_REQUEST without diagnostics for every error",
        lambda on: misanswer(on=on, code="BAD_REQUEST", status=400, diagnostics=""),
    ),
    "error-page": ("returns a page of its web server for errors", lambda on: html_page(500, on=on, only="errors")),
    "odd-times": ("writes times with fractions of a second", lambda on: change("", _texts(_with_milliseconds), on=on)),
}  # fmt: skip

_SINGLE = ("book", "read", "amend", "cancel", "patient-read", "practitioner-read", "organization-read", "location-read")
# Kinds that show in some interactions only; all others show in every one.
_ONLY: dict[str, tuple[str, ...]] = {
    "no-etag-header": _SINGLE,
    "odd-times": ("search", "book", "retrieve", "read", "amend", "cancel"),
}
# Kinds that are wrong in one edition only: examples of DSTU2 have no display and invite debug details.
_IN: dict[str, tuple[str, ...]] = {
    "odd-times": STU3,
    "error-without-display": STU3,
    "error-without-diagnostics": STU3,
    "error-shows-inside": STU3,
    "error-unexplained": DSTU2,
    "error-page": DSTU2,
}
_NOT: dict[str, tuple[str, ...]] = {
    "claims-no-profile": ("metadata",),
    "unversioned": ("metadata",),
    "odd-ids": ("metadata",),
    "absolute-references": ("metadata", "organization-find", "organization-read"),
}


def _editions(kind: str, short: str) -> tuple[str, ...]:
    if short == "location-find" or (kind == "absolute-references" and short.startswith("practitioner")):
        return DSTU2
    return _IN.get(kind, EVERY)


FAULTS = tuple(
    Fault(
        f"{short}.{kind}", f"{about}, in response to {interactions()[short].phrase}", make(key), _editions(kind, short)
    )
    for kind, (about, make) in KINDS.items()
    for short, key in INTERACTIONS.items()
    if short in _ONLY.get(kind, (short,)) and short not in _NOT.get(kind, ())
    if not (short == "location-find" and _IN.get(kind) == STU3)  # STU3 finds no locations
)
