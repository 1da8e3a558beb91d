"""Which format a request is in and which it wants. Source: development_general_api_guidance, content types.

`_format` goes before `Accept`, `Accept` before the request's `Content-Type`, and JSON is what is left. An unknown format is
refused with 415 (STU3-FHIR-003 to -009, DSTU2-HTTP-002 to -009).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from conformance.provider.http import Call
from conformance.provider.refusal import Reply
from conformance.provider.rules import Rules

FORMS = ("json", "xml")
_UNSUPPORTED = Reply("BAD_REQUEST", 415, "not-supported")
FORMAT = Rules("format")
CONTENT = Rules("content")


def choose_form(call: Call) -> None:
    """Set the format of the response; raises Refusal for one that is not supported."""
    setting = call.provider.seams.setting
    first, second = setting("format.precedence", ("_format", "accept"), call)
    wishes = {"_format": _format_parameter(call), "accept": _asked_by_header(call)}
    content = _form_of(call, call.header("Content-Type")) if setting("format.follows-body", True, call) else ""
    chosen = wishes[first] or wishes[second] or content or setting("format.default", "json", call)
    call.form = setting("format.responses", chosen, call)
    FORMAT.enforce(call, call)


def _format_parameter(call: Call) -> str:
    wanted = next(iter(call.parameters("_format")), "")
    return _form_of(call, wanted.replace(" ", "+")) or ""  # an unescaped plus arrives as a blank


def _asked_by_header(call: Call) -> str:
    return next((form for form in _accepted(call) if form), "")


def _accepted(call: Call) -> Iterator[str]:
    """The known formats of the Accept header, best first; a wildcard leaves the choice to the rest ("")."""
    for name in _offers(",".join(call.header_values("Accept"))):
        yield _form_of(call, name)


@lru_cache(maxsize=64)
def _offers(header: str) -> tuple[str, ...]:
    """The media types of an Accept header, best first, without those that are not wanted."""
    offers = []
    for offer in header.split(","):
        name, *parameters = (part.strip() for part in offer.split(";"))
        offers.append((_quality(parameters), name))
    return tuple(name for quality, name in sorted(offers, key=lambda offer: -offer[0]) if quality > 0)


def _quality(parameters: list[str]) -> float:
    try:
        return float(next((item[2:] for item in parameters if item.startswith("q=")), "1"))
    except ValueError:
        return 0.0


def _form_of(call: Call, media_type: str) -> str:
    name = media_type.partition(";")[0].strip().lower()
    known = call.provider.seams.setting("format.media-types", call.provider.media_types, call)
    return str(known.get(name, ""))


@FORMAT.rule("accepts", _UNSUPPORTED)
def _accepts(call: Call) -> str | None:
    """The Accept header names a format that is spoken here, or leaves it open."""
    header = ",".join(call.header_values("Accept"))
    if not header.strip() or _format_parameter(call) or _asked_by_header(call):
        return None
    names = {offer.partition(";")[0].strip() for offer in header.split(",")}
    return None if names & {"*/*", "application/*"} else f"Accept: {header[:80]} is no format of this server"


@FORMAT.rule("_format", _UNSUPPORTED)
def _parameter(call: Call) -> str | None:
    """The _format parameter names a format that is spoken here."""
    wanted = call.parameters("_format")
    if not wanted or _format_parameter(call):
        return None
    return f"_format={wanted[0][:80]} is no format of this server"


@CONTENT.rule("type-present", "BAD_REQUEST")
def _type_present(call: Call) -> str | None:
    """A request with a body says what it is."""
    return None if call.header("Content-Type") else "the Content-Type header is missing"


@CONTENT.rule("type-known", _UNSUPPORTED)
def _type_known(call: Call) -> str | None:
    """The Content-Type is a format that is spoken here."""
    header = call.header("Content-Type")
    return None if _form_of(call, header) else f"Content-Type: {header[:80]} is no format of this server"


@CONTENT.rule("charset", _UNSUPPORTED)
def _charset(call: Call) -> str | None:
    """The body is in UTF-8."""
    for parameter in call.header("Content-Type").split(";")[1:]:
        name, _, value = parameter.strip().partition("=")
        if name.lower() == "charset" and value.strip('"').lower() not in {"utf-8", "utf8"}:
            return f"charset {value[:40]} is not supported; send UTF-8"
    return None


@CONTENT.rule("not-empty", "BAD_REQUEST")
def _not_empty(call: Call) -> str | None:
    """There is a body where one is needed."""
    return None if call.body.strip() else "the request has no body"


def content_form(call: Call) -> str:
    """The format of the request's body by its Content-Type."""
    return _form_of(call, call.header("Content-Type")) or "json"
