"""Bundles: an index of their entries, made once, and the rules about entries that no invariant states.

Source: FHIR 1.0.2 and 3.0.1 "Bundle": resolving references in Bundles, fullUrl.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from conformance.fhir.issues import Location, shorten
from conformance.fhir.validation import primitive_formats
from conformance.fhir.validation.context import WARNING, Object, Run
from conformance.fhir.validation.reference_resolution import ABSOLUTE, REST, server_of

SPEC = "http://hl7.org/fhir/STU3/bundle.html"


def entries_of(bundle: Object) -> list[Any]:
    """The entries, whatever they are; an empty list where there is none."""
    listed = bundle.get("entry")
    return listed if isinstance(listed, list) else []


class BundleIndex:
    """Finds a Bundle's resources by fullUrl and by Type/id, each in constant time."""

    __slots__ = ("by_key", "by_url", "is_result", "servers", "types", "urls")

    def __init__(self, bundle: Object) -> None:
        self.is_result = bundle.get("type") in ("searchset", "history")
        self.by_url: dict[str, Object] = {}
        self.by_key: dict[str, Object] = {}
        self.urls: dict[int, str] = {}
        self.servers: dict[int, str | None] = {}  # where each entry comes from, by its fullUrl
        self.types: dict[str, set[str | None]] = {}  # the servers that entries of a type come from
        for entry in entries_of(bundle):
            if not isinstance(entry, dict):
                continue
            resource = entry.get("resource")
            if isinstance(resource, dict):
                self._add(entry.get("fullUrl"), resource)

    def _add(self, url: Any, resource: Object) -> None:
        if isinstance(url, str):
            self.by_url.setdefault(url, resource)
            self.urls[id(resource)] = url
        server = server_of(url)
        self.servers[id(resource)] = server
        kind, identity = resource.get("resourceType"), resource.get("id")
        if isinstance(kind, str):
            self.types.setdefault(kind, set()).add(server)
        if isinstance(kind, str) and isinstance(identity, str):
            self.by_key.setdefault(f"{kind}/{identity}", resource)

    def resolve(self, reference: str, server: str | None) -> Object | None:
        """The entry a reference means. A relative one is first put behind the server of the entry it stands in."""
        found = self.by_url.get(reference)
        if found is not None:
            return found
        match = REST.fullmatch(reference)
        if match is None:
            return None
        relative = match.start(1) == 0
        if relative and server:
            found = self.by_url.get(f"{server}{match[1]}/{match[2]}")
        if found is None:
            found = self.by_key.get(f"{match[1]}/{match[2]}")
            if not relative and found is not None and ABSOLUTE.match(self.urls.get(id(found), "")):
                return None  # of another server
        return found

    def is_expected(self, kind: str, reference: str) -> bool:
        """True where the Bundle holds resources of that type from where the reference points to.

        The result of a search or a history is a selection: nothing outside it is missing.
        """
        if self.is_result:
            return False
        servers = self.types.get(kind)
        return servers is not None and (not ABSOLUTE.match(reference) or server_of(reference) in servers)


def check_entries(bundle: Object, location: Location, run: Run, is_type: Callable[[str], bool]) -> None:
    """The fullUrl of each entry: there, absolute, of no version, and agreeing with the resource's type and id.

    `is_type` tells resource types of this generation. (That no two are alike is the invariant bdl-7.)
    """
    for index, entry in enumerate(entries_of(bundle)):
        if not isinstance(entry, dict):
            continue
        place = ((location, "entry"), index)
        url = entry.get("fullUrl")
        if isinstance(url, str):
            _check_full_url(url, entry.get("resource"), (place, "fullUrl"), run, is_type)
        elif "fullUrl" not in entry and run.generation != "dstu2" and _wants_full_url(bundle, entry):
            message = (
                "An entry with a resource has a fullUrl, unless the resource is not identified (POST, operations)."
            )
            expected = "the absolute URL of the resource"
            run.report("bundle-full-url-missing", place, message, expected=expected, spec=SPEC, severity=WARNING)


def _wants_full_url(bundle: Object, entry: Object) -> bool:
    """True where STU3's prose asks for a fullUrl; DSTU2 has the invariant bdl-6 for that."""
    request, resource, kind = entry.get("request"), entry.get("resource"), bundle.get("type")
    is_post = isinstance(request, dict) and request.get("method") == "POST"
    if is_post or not isinstance(resource, dict) or str(kind).endswith("-response"):
        return False
    return "id" in resource or kind in ("searchset", "history")


def _check_full_url(url: str, resource: Any, place: Location, run: Run, is_type: Callable[[str], bool]) -> None:
    fault = _form_fault(url, run.generation)
    if fault:
        message, expected = fault
        run.report("bundle-full-url", place, message, found=url, expected=expected, spec=SPEC)
    match = REST.fullmatch(url)
    if match and match.start(1) and isinstance(resource, dict) and is_type(match[1]):
        _compare(match, resource, place, run)


def _form_fault(url: str, generation: str) -> tuple[str, str] | None:
    """What is wrong with the URL as such, and what is wanted; None where nothing is."""
    if not ABSOLUTE.fullmatch(url):
        return "A fullUrl is absolute; a relative one cannot be resolved outside this server.", "an absolute URL"
    scheme = next((name for name in ("uuid", "oid") if url.lower().startswith(f"urn:{name}:")), None)
    problem = primitive_formats.fault(scheme, url) if scheme else None
    if problem:
        return f"This is not a valid urn:{scheme}: {problem}.", f"a urn:{scheme}"
    if generation == "dstu2" and "/_history/" in url:  # STU3 has the invariant bdl-8 for that
        return "A fullUrl means the resource in any version, so it names none.", "a URL without /_history/"
    return None


def _compare(match: re.Match[str], resource: Object, place: Location, run: Run) -> None:
    """A URL of the RESTful form ends with the resource's type and id."""
    kind, identity = resource.get("resourceType"), resource.get("id")
    if isinstance(kind, str) and kind != match[1]:
        message = f"The fullUrl names a {match[1]}, the resource is a {shorten(kind)}."
        run.report(
            "bundle-full-url-type", place, message, found=match[0], expected=f"a URL of a {shorten(kind)}", spec=SPEC
        )
    if identity is None:
        message = f"The fullUrl ends in {match[2]}, and the resource has no id."
        run.report("bundle-full-url-id", place, message, found=match[0], expected=f"the id {match[2]}", spec=SPEC)
    elif isinstance(identity, str) and match[2] != identity:
        named = identity[:64]
        message = f"The fullUrl ends in {match[2]}, the resource's id is {named}."
        run.report(
            "bundle-full-url-id", place, message, found=match[0], expected=f"a URL ending in /{named}", spec=SPEC
        )
