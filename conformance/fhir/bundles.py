"""Bundles: an index of their entries, made once, and the rules about entries that no invariant states.

Source: FHIR 1.0.2 and 3.0.1 "Bundle": resolving references in Bundles, fullUrl.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urljoin

from conformance.fhir.issues import Location
from conformance.fhir.references import REST
from conformance.fhir.run import WARNING, Object, Run

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:\S+")
_UUID = re.compile(r"urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
SPEC = "http://hl7.org/fhir/STU3/bundle.html"


def entries_of(bundle: Object) -> list[Any]:
    """The entries, whatever they are; an empty list where there is none."""
    listed = bundle.get("entry")
    return listed if isinstance(listed, list) else []


class BundleIndex:
    """Finds a Bundle's resources by fullUrl and by Type/id, each in constant time."""

    __slots__ = ("by_key", "by_url", "urls")

    def __init__(self, bundle: Object) -> None:
        self.by_url: dict[str, Object] = {}
        self.by_key: dict[str, Object] = {}
        self.urls: dict[int, str] = {}
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
        kind, identity = resource.get("resourceType"), resource.get("id")
        if isinstance(kind, str) and isinstance(identity, str):
            self.by_key.setdefault(f"{kind}/{identity}", resource)

    def resolve(self, reference: str, base: str | None) -> Object | None:
        """The entry a reference means. A relative one is first put behind the server of the entry it stands in."""
        found = self.by_url.get(reference)
        if found is not None:
            return found
        match = REST.fullmatch(reference)
        if match is None:
            return None
        server = _server(base)
        if server and not _ABSOLUTE.match(reference):
            found = self.by_url.get(urljoin(server, f"{match[1]}/{match[2]}"))
        return found if found is not None else self.by_key.get(f"{match[1]}/{match[2]}")


def _server(full_url: str | None) -> str | None:
    match = REST.fullmatch(full_url) if full_url else None
    if match is None or full_url is None or not full_url.startswith("http"):
        return None
    return full_url[: match.start(1)]


def check_entries(bundle: Object, location: Location, run: Run) -> None:
    """fullUrl: absolute, agreeing with the resource's id, and once only for each version."""
    seen: set[tuple[str, str]] = set()
    for index, entry in enumerate(entries_of(bundle)):
        if isinstance(entry, dict) and isinstance(entry.get("fullUrl"), str):
            place = (((location, "entry"), index), "fullUrl")
            _check_full_url(entry["fullUrl"], entry.get("resource"), place, run, seen)


def _check_full_url(url: str, resource: Any, place: Location, run: Run, seen: set[tuple[str, str]]) -> None:
    if not _ABSOLUTE.fullmatch(url):
        message = "A fullUrl is absolute; relative ones cannot be resolved outside this server."
        run.report(
            "bundle-full-url", place, message, found=url, expected="an absolute URL", spec=SPEC, severity=WARNING
        )
    resource = resource if isinstance(resource, dict) else {}
    match = REST.fullmatch(url)
    identity = resource.get("id")
    if match and not _UUID.fullmatch(url) and isinstance(identity, str) and match[2] != identity:
        message = f"The fullUrl ends in {match[2]}, the resource's id is {identity[:64]}."
        run.report(
            "bundle-full-url-id", place, message, found=url, expected=f"an URL ending in /{identity[:64]}", spec=SPEC
        )
    meta = resource.get("meta")
    version = str(meta.get("versionId")) if isinstance(meta, dict) else ""
    if (url, version) in seen:
        run.report("bundle-full-url-repeated", place, "Another entry has the same fullUrl.", found=url, spec=SPEC)
    seen.add((url, version))
