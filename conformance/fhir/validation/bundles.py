"""Bundles: an index of their entries, made once, and the rules about entries that no invariant states.

Source: FHIR 1.0.2 and 3.0.1 "Bundle": resolving references in Bundles, fullUrl.
"""

from __future__ import annotations

from typing import Any

from conformance.fhir.issues import Location
from conformance.fhir.validation.context import WARNING, Object, Run
from conformance.fhir.validation.reference_resolution import ABSOLUTE, REST, server_of

SPEC = "http://hl7.org/fhir/STU3/bundle.html"


def entries_of(bundle: Object) -> list[Any]:
    """The entries, whatever they are; an empty list where there is none."""
    listed = bundle.get("entry")
    return listed if isinstance(listed, list) else []


class BundleIndex:
    """Finds a Bundle's resources by fullUrl and by Type/id, each in constant time."""

    __slots__ = ("by_key", "by_url", "servers", "types", "urls")

    def __init__(self, bundle: Object) -> None:
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
        """True where the Bundle holds resources of that type from where the reference points to."""
        servers = self.types.get(kind)
        return servers is not None and (not ABSOLUTE.match(reference) or server_of(reference) in servers)


def check_entries(bundle: Object, location: Location, run: Run) -> None:
    """fullUrl: absolute, and agreeing with the resource's id. (That none occurs twice is the invariant bdl-7.)"""
    for index, entry in enumerate(entries_of(bundle)):
        if isinstance(entry, dict) and isinstance(entry.get("fullUrl"), str):
            place = (((location, "entry"), index), "fullUrl")
            _check_full_url(entry["fullUrl"], entry.get("resource"), place, run)


def _check_full_url(url: str, resource: Any, place: Location, run: Run) -> None:
    if not ABSOLUTE.fullmatch(url):
        message = "A fullUrl is absolute; relative ones cannot be resolved outside this server."
        run.report(
            "bundle-full-url", place, message, found=url, expected="an absolute URL", spec=SPEC, severity=WARNING
        )
    identity = resource.get("id") if isinstance(resource, dict) else None
    match = REST.fullmatch(url)
    if match and isinstance(identity, str) and match[2] != identity:
        named = identity[:64]
        message = f"The fullUrl ends in {match[2]}, the resource's id is {named}."
        run.report("bundle-full-url-id", place, message, found=url, expected=f"an URL ending in /{named}", spec=SPEC)
