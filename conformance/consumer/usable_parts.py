"""What of a response a run may build on: the one place where parts of a response become typed.

Checks look at a body as it came. What goes into the next request, into sets and into paths goes through here first, and what
does not fit is named: a logical id that is an object, an entry that is a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from conformance.core.errors import AssureError

# What may stand in a segment of a path as it is (RFC 3986 section 3.3). FHIR's own rule is narrower, and a check's to judge.
_ID = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9\-._~!$&'()*+,;=:@]{1,256}")
_VERSION = re.compile(r"[!#-~]{1,256}")  # what an entity tag may hold, in ASCII (RFC 9110 section 8.8.3)


class UnusableResponseError(AssureError):
    """A response holds something that no request can carry. The scenario that builds on it cannot be tested."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """A part of a response that does not fit where it stands. `found` says what it is, without its content."""

    path: str
    message: str
    found: str


def logical_id(resource: Any) -> str | None:
    """Return a resource's logical id if it can name the resource in a URL, else None."""
    found = resource.get("id") if isinstance(resource, dict) else None
    return found if isinstance(found, str) and _ID.fullmatch(found) else None


def version(resource: Any) -> str | None:
    """Return a resource's meta.versionId if it can stand in an entity tag, else None."""
    meta = resource.get("meta") if isinstance(resource, dict) else None
    found = meta.get("versionId") if isinstance(meta, dict) else None
    return found if isinstance(found, str) and _VERSION.fullmatch(found) else None


def misfits(body: Any) -> Iterator[Misfit]:
    """Yield the parts of a body in the JSON form that cannot be used, whatever a profile says of them; none of None."""
    kind = body.get("resourceType") if isinstance(body, dict) else None
    if body is None:
        return
    if not isinstance(kind, str):
        yield Misfit("$this", "the body is no resource", kind_of(body))
        return
    yield from _of_resource(body, kind)
    entries = body.get("entry") if kind == "Bundle" else None
    if entries is not None and not isinstance(entries, list):
        yield Misfit("Bundle.entry", "the entries are no list", kind_of(entries))
    for number, entry in enumerate(entries if isinstance(entries, list) else ()):
        yield from _of_entry(entry, f"Bundle.entry[{number}]")


def _of_entry(entry: Any, path: str) -> Iterator[Misfit]:
    resource = entry.get("resource") if isinstance(entry, dict) else entry
    if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
        if isinstance(entry, dict) and "resource" not in entry:
            return
        yield Misfit(path, "the entry holds no resource", kind_of(resource))
    else:
        yield from _of_resource(resource, f"{path}.resource")


def _of_resource(resource: dict[str, Any], path: str) -> Iterator[Misfit]:
    if "id" in resource and logical_id(resource) is None:
        yield Misfit(f"{path}.id", "the logical id cannot stand in a URL", kind_of(resource["id"]))
    meta = resource.get("meta")
    if meta is not None and not isinstance(meta, dict):
        yield Misfit(f"{path}.meta", "meta is no object", kind_of(meta))
    elif meta and "versionId" in meta and version(resource) is None:
        yield Misfit(f"{path}.meta.versionId", "the version cannot stand in an ETag", kind_of(meta["versionId"]))


def kind_of(value: Any) -> str:
    """Return in words what a JSON value is, with nothing of its content."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return (
            f"a text of {len(value):,} characters"
            if value.strip()
            else "a text of blanks"
            if value
            else "an empty text"
        )
    names = {dict: "an object", list: "a list"}
    return next((name for type_, name in names.items() if isinstance(value, type_)), "a number")
