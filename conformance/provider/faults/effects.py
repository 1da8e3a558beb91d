"""Building blocks for faults: each creates an effect at one fault point.

`on` names the interactions concerned (all when left out); `only` is "success" or "errors" where the status matters.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.provider.fault_points import Effect, Seam
from conformance.provider.http import Call, Json, Response
from conformance.provider.refusal import Refusal, Reply, refuse, reworded
from conformance.spec import interactions

Edit = Callable[[Any], Any]
_FIRST_ERROR = 400
_NO_CONTENT = 204


def _same(value: Any, call: Call | None) -> Any:  # noqa: ARG001
    return value


def skip(*rules: str) -> tuple[Effect, ...]:
    """Do not check these rules."""
    return tuple(Effect(Seam.RULE, _same, of=rule) for rule in rules)


def misanswer(rule: str = "", *, on: str = "", **fields: Any) -> Effect:
    """Return another error for what breaks a rule (any rule when none is named).

    `fields` are those of a Reply, and `diagnostics`.
    """

    def apply(refusal: Refusal, call: Call | None) -> Refusal:  # noqa: ARG001
        anew = (
            {"status": 0, "issue_type": "", "display": ""} if "code" in fields else {}
        )  # what the table pairs with it
        return reworded(refusal, **{**anew, **fields})

    return Effect(Seam.REFUSAL, apply, of=rule, on=_keys(on))


def setting(name: str, value: Any, *, on: str = "") -> Effect:
    """Work with another value; a function is called instead of used."""
    return Effect(Seam.SETTING, lambda _old, _call: value() if callable(value) else value, of=name, on=_keys(on))


def change(kind: str, *edits: Edit, on: str = "", form: str = "") -> Effect:
    """Return changed resources of a type ("" for every type); `form` limits it to json or xml."""

    def apply(resource: Json, call: Call | None) -> Json:
        return resource if form and call and call.form != form else _edited(resource, edits)

    return Effect(Seam.RESOURCE, apply, of=kind, on=_keys(on))


def bundle(*edits: Edit, on: str = "") -> Effect:
    """Return changed Bundles."""
    return Effect(Seam.BUNDLE, lambda value, _call: _edited(value, edits), on=_keys(on))


def criteria(on: str = "", /, **changes: Any) -> Effect:
    """Search with other criteria; a function is given the old value."""

    def apply(present: Any, call: Call | None) -> Any:  # noqa: ARG001
        new = {name: value(getattr(present, name)) if callable(value) else value for name, value in changes.items()}
        return replace(present, **new)

    return Effect(Seam.SEARCH, apply, on=_keys(on))


def bounds(edit: Edit, *, on: str = "retrieve") -> Effect:
    """Search with other bounds: the edit gets the list of them."""
    return Effect(Seam.SEARCH, lambda value, _call: edit(value), on=_keys(on))


def found(edit: Edit, *, on: str = "") -> Effect:
    """Go on with other rows than were found."""
    return Effect(Seam.FOUND, lambda value, _call: edit(list(value)), on=_keys(on))


def store(on: str = "", /, **changes: Any) -> Effect:
    """Write other values; a function is given the old value."""

    def apply(values: Json, call: Call | None) -> Json:  # noqa: ARG001
        new = {
            name: value(copy.deepcopy(values.get(name))) if callable(value) else value
            for name, value in changes.items()
        }
        return values | new

    return Effect(Seam.STORE, apply, on=_keys(on))


def content(*edits: Edit, on: str = "") -> Effect:
    """Read something else in the body than was sent."""
    return Effect(Seam.CONTENT, lambda value, _call: _edited(value, edits), on=_keys(on))


def refuses(when: Callable[[Call], bool], reply: str | Reply, *, on: str = "") -> Effect:
    """Refuse calls that are right."""

    def apply(call: Call, same: Call | None) -> Call:  # noqa: ARG001
        if when(call):
            raise refuse("fault.refuses", reply, "refused without a reason")
        return call

    return Effect(Seam.CALL, apply, on=_keys(on))


def drop_parameter(name: str, *, on: str = "") -> Effect:
    """Overlook a query parameter."""

    def apply(call: Call, same: Call | None) -> Call:  # noqa: ARG001
        call.query = [pair for pair in call.query if pair[0] != name]
        return call

    return Effect(Seam.CALL, apply, on=_keys(on))


def header(name: str, value: str | Edit | None, *, on: str = "", only: str = "") -> Effect:
    """Send a changed header; None drops it, a function gets the old value."""

    def apply(wire: tuple[int, dict[str, str], bytes], call: Call | None) -> tuple[int, dict[str, str], bytes]:  # noqa: ARG001
        status, headers, body = wire
        if not _meant(status, only):
            return wire
        new = value(headers.get(name)) if callable(value) else value
        others = {key: present for key, present in headers.items() if key != name}
        return status, others if new is None else {**others, name: new}, body

    return Effect(Seam.WIRE, apply, on=_keys(on))


def drop_header(name: str, *, on: str = "", only: str = "") -> Effect:
    """Leave a header out."""
    return header(name, None, on=on, only=only)


def status(code: int, *, on: str = "", only: str = "success") -> Effect:
    """Send another status."""

    def apply(response: Response, call: Call | None) -> Response:  # noqa: ARG001
        if not _meant(response.status, only):
            return response
        return Response(code, None if code == _NO_CONTENT else response.resource, response.headers, response.body)

    return Effect(Seam.RESPONSE, apply, on=_keys(on))


def body(edit: Callable[[bytes], bytes], *, on: str = "", only: str = "") -> Effect:
    """Send other bytes."""

    def apply(wire: tuple[int, dict[str, str], bytes], call: Call | None) -> tuple[int, dict[str, str], bytes]:  # noqa: ARG001
        code, headers, sent = wire
        return (code, headers, edit(sent)) if _meant(code, only) else wire

    return Effect(Seam.WIRE, apply, on=_keys(on))


def html_page(code: int = 500, *, on: str = "", only: str = "") -> Effect:
    """Send a web server's error page, with a trace of the inside."""
    page = (
        b"<html><body><h1>Server Error</h1><pre>Traceback: NullReferenceException at Slots.Find()</pre></body></html>"
    )

    def apply(response: Response, call: Call | None) -> Response:  # noqa: ARG001
        if not _meant(response.status, only):
            return response
        return Response(code, None, {**response.headers, "Content-Type": "text/html"}, page)

    return Effect(Seam.RESPONSE, apply, on=_keys(on))


def delay(milliseconds: int, *, on: str = "") -> Effect:
    """Take longer."""

    def apply(call: Call, same: Call | None) -> Call:  # noqa: ARG001
        time.sleep(milliseconds / 1000)
        return call

    return Effect(Seam.CALL, apply, on=_keys(on))


# -- edits of JSON ---------------------------------------------------------------------------------------------------


def without(path: str) -> Edit:
    """Remove the element at a dotted path, in every item of every list on the way."""

    def edit(value: Any) -> Any:
        for holder, name in _holders(value, path):
            holder.pop(name, None)
        return value

    return edit


def put(path: str, new: Any) -> Edit:
    """Set the element at a dotted path; a function is given the old value. Nothing happens where the way is missing."""

    def edit(value: Any) -> Any:
        for holder, name in _holders(value, path):
            holder[name] = new(holder.get(name)) if callable(new) else copy.deepcopy(new)
        return value

    return edit


def alter(path: str, new: Edit) -> Edit:
    """Change the element at a dotted path where there is one."""

    def edit(value: Any) -> Any:
        for holder, name in _holders(value, path):
            if name in holder:
                holder[name] = new(holder[name])
        return value

    return edit


def capitals(value: Any) -> Any:
    """Return a text in capitals; what is no text, because another fault let it in, as it is."""
    return value.upper() if isinstance(value, str) else value


def drop_extension(part: str, path: str = "extension") -> Edit:
    """Remove the extensions whose URL holds a text."""
    return alter(path, lambda items: [item for item in items if part not in item.get("url", "")] or None)


def edit_extension(part: str, *edits: Edit, path: str = "extension") -> Edit:
    """Change the extensions whose URL holds a text."""
    return alter(path, lambda items: [_edited(item, edits) if part in item.get("url", "") else item for item in items])


def _holders(value: Any, path: str) -> list[tuple[Json, str]]:
    *way, name = path.split(".")
    holders = [value]
    for step in way:
        holders = [
            item for holder in holders for item in _items(holder.get(step) if isinstance(holder, dict) else None)
        ]
    return [(holder, name) for holder in holders if isinstance(holder, dict)]


def _items(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _edited(value: Any, edits: tuple[Edit, ...]) -> Any:
    value = copy.deepcopy(value)
    for edit in edits:
        value = edit(value)
    return _clean(value)


def _clean(value: Any) -> Any:
    """Omit what an edit set to None."""
    return {key: item for key, item in value.items() if item is not None} if isinstance(value, dict) else value


def _meant(code: int, only: str) -> bool:
    return not only or (only == "errors") == (code >= _FIRST_ERROR)


_KEYS = {short: interaction.key for short, interaction in interactions().items()}


def _keys(names: str) -> frozenset[str]:
    """Interactions by their short names, or their keys, separated by blanks."""
    return frozenset(_KEYS.get(name, name) for name in names.split())
