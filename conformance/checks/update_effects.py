"""Checks of an Appointment after it was amended or cancelled, against what it was before and what was sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.checks.check import Check, Context
from conformance.checks.json_values import differences, every, extensions, first, spelled
from conformance.consumer.response import Response
from conformance.core.results import Finding, Severity

Json = Mapping[str, Any]

# What every change of an appointment changes with it, or may.
_WITH_EVERY_CHANGE = frozenset({"meta.versionId", "meta.lastUpdated", "text"})


def untouched(before: Json, *changed: str) -> Check:
    """Every element but those changed (dotted paths without indexes) is as it was; extensions by their URL."""
    ignoring = _WITH_EVERY_CHANGE | {"extension", *changed}

    def check(response: Response, context: Context) -> Iterator[Finding]:
        paths = [*differences(_ordered(before), _ordered(response.value), ignoring=ignoring)]
        for path in (*paths, *_changed_extensions(before, response.value, _reason_urls(context))):
            yield Finding(
                "an element changed that the request did not change",
                location=f"Appointment.{path}",
                found=_shown(every(response.value, path)),
                expected=_shown(every(before, path)),
                code="also-changed",
            )

    return check


def kept(before: Json, *paths: str) -> Check:
    """What was at these dotted paths is there still; `extension:<name>` stands for the edition's extension of that name."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        for path in paths:
            was, now = held_at(before, path, context), held_at(response.value, path, context)
            if was != now:
                yield Finding(
                    "an element that was there before the change is no longer as it was",
                    location=f"Appointment.{path}",
                    found=_shown(now),
                    expected=_shown(was),
                    code="not-kept",
                )

    return check


def held_at(value: Any, path: str, context: Context) -> list[Any]:
    """Return what an appointment holds at a path as `kept` takes it, extensions without their URL; empty for nothing."""
    kind, _, name = path.partition(":")
    if kind != "extension" or not name:
        return list(every(value, path))
    canonical = context.edition.extension(name)
    return [_content(item) for item in extensions(value, *(canonical.accepted if canonical else ()))]


def _content(extension: Json) -> Json:
    return {key: value for key, value in extension.items() if key != "url"}


def _ordered(value: Any) -> Any:
    """An appointment with its participants and slots in one order: theirs carries no meaning."""
    if not isinstance(value, Mapping):
        return value
    return {
        key: sorted(found, key=str) if key in ("participant", "slot") and isinstance(found, list) else found
        for key, found in value.items()
    }


def _reason_urls(context: Context) -> Sequence[str]:
    canonical = context.edition.extension("cancellation_reason")
    return canonical.accepted if canonical else ()


def _changed_extensions(before: Any, after: Any, passed_over: Sequence[str]) -> Iterator[str]:
    was, now = _by_url(before), _by_url(after)
    for url in sorted(was.keys() | now.keys()):
        if url not in passed_over and was.get(url) != now.get(url):
            yield f"extension({url})"


def _by_url(value: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for item in every(value, "extension"):
        if isinstance(item, dict):
            found.setdefault(str(item.get("url")), []).append(_content(item))
    return found


def same_appointment(before: Json) -> Check:
    """The response is the updated appointment: its logical id is the same."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        if first(response.value, "id") != before.get("id"):
            yield Finding(
                "the response is another appointment than the one that was changed",
                location="Appointment.id",
                found=spelled(first(response.value, "id")),
                expected=str(before.get("id")),
                code="other-appointment",
            )

    return check


def texts_replaced(before: Json, sent: Json, *elements: str) -> Check:
    """Each of these elements is stored as it was sent, and nothing of its old text remains.

    Where the edition lets a provider with one text field join description and comment, they are looked for in either.
    """

    def check(response: Response, context: Context) -> Iterator[Finding]:
        joined = bool(context.edition.raw["amend"].get("texts_may_be_joined"))
        for element in elements:
            found = [first(response.value, element)]
            everywhere = [first(response.value, name) for name in ("description", "comment")] if joined else found
            if not any(_holds(value, sent.get(element), joined=joined) for value in everywhere):
                yield _text("the text is not stored as it was sent", element, found, sent.get(element), "text-lost")
            elif _lingers(before.get(element), sent.get(element), everywhere):
                yield _text(
                    "the old text is still there beside the new one", element, found, sent.get(element), "text-lingers"
                )
            elif found[0] != sent.get(element):
                yield Finding(
                    "description and comment are stored joined in one text, as is allowed",
                    Severity.INFO,
                    f"Appointment.{element}",
                    _short(found[0]),
                    _short(sent.get(element)),
                    code="texts-joined",
                )

    return check


def _holds(value: Any, wanted: Any, *, joined: bool) -> bool:
    if joined and isinstance(value, str) and isinstance(wanted, str):
        return wanted in value
    return bool(value == wanted)


def _lingers(old: Any, new: Any, found: Sequence[Any]) -> bool:
    if not isinstance(old, str) or not isinstance(new, str) or old in new:
        return False
    return any(isinstance(value, str) and old in value for value in found)


def _text(message: str, element: str, found: Sequence[Any], wanted: Any, code: str) -> Finding:
    return Finding(message, location=f"Appointment.{element}", found=_shown(found), expected=_short(wanted), code=code)


def element_is(element: str, wanted: Any) -> Check:
    """A top-level element is exactly this value, with no part of an older value left; None means that it is gone."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        found = response.resource.get(element)
        if found != wanted:
            yield Finding(
                "the element was not replaced as a whole by what was sent",
                location=f"Appointment.{element}",
                found=_short(found),
                expected=_short(wanted),
                code="not-replaced",
            )

    return check


def reason_begins(sent: str) -> Check:
    """The cancellation reason is what was sent, or a leading part of it that is not empty (STU3-CANCEL-008)."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        found = [item.get("valueString") for item in extensions(response.value, *_reason_urls(context))]
        text = found[0] if len(found) == 1 else None
        if not isinstance(text, str) or not text.strip() or not sent.startswith(text.rstrip(" .…")):
            yield Finding(
                "the cancellation reason is not what was sent, or the beginning of it",
                location="Appointment.extension(cancellation reason)",
                found=_shown(found),
                expected=_short(sent),
                code="cancellation-reason",
            )
        elif text != sent:
            yield Finding(
                f"the first {len(text)} of {len(sent)} characters of the reason are stored, as is allowed",
                Severity.INFO,
                "Appointment.extension(cancellation reason)",
                code="reason-shortened",
            )

    return check


def _shown(values: Any) -> str:
    return ", ".join(_short(value) for value in values if value is not None) or "nothing"


def _short(value: Any, limit: int = 120) -> str:
    text = spelled(value)
    return text if len(text) <= limit else f"{text[:70]} … {text[-30:]} ({len(text)} characters)"
