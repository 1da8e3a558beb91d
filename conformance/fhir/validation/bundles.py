"""Bundles: an index of their entries, made once, and the rules about entries that no invariant states.

Source: FHIR 1.0.2 and 3.0.1 "Bundle": resolving references in Bundles, fullUrl.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from conformance.fhir.addresses import Reference, read_reference
from conformance.fhir.definitions.element_tree import Node
from conformance.fhir.issues import Location, shorten
from conformance.fhir.validation import primitive_formats
from conformance.fhir.validation.context import WARNING, Object, Run
from conformance.fhir.validation.reference_resolution import server_of


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
        read = read_reference(reference)
        if not read.type:
            return None
        if not read.base and server:
            found = self.by_url.get(server + read.target)
        if found is None:
            found = self.by_key.get(read.target)
            if read.base and found is not None and ":" in self.urls.get(id(found), ""):
                return None  # of another server
        return found

    def is_expected(self, reference: Reference) -> bool:
        """True where the Bundle holds resources of that type from where the reference points to.

        The result of a search or a history is a selection: nothing outside it is missing.
        """
        servers = self.types.get(reference.type)
        if self.is_result or servers is None:
            return False
        return not reference.base or reference.base in servers


def check_entries(bundle: Object, location: Location, run: Run, node: Node, is_type: Callable[[str], bool]) -> None:
    """The fullUrl of each entry: there, absolute, of no version, and agreeing with the resource's type and id.

    `node` is the element in FHIR's own definition, `is_type` recognises resource types of this generation. (That no two are
    alike is the invariant bdl-7.)
    """
    for index, entry in enumerate(entries_of(bundle)):
        if not isinstance(entry, dict):
            continue
        place = ((location, "entry"), index)
        url = entry.get("fullUrl")
        if isinstance(url, str):
            _check_full_url(url, entry.get("resource"), (place, "fullUrl"), run, node, is_type)
        elif "fullUrl" not in entry and run.generation != "dstu2" and _wants_full_url(bundle, entry):
            message = (
                "An entry with a resource has a fullUrl, unless the resource is not identified (POST, operations)."
            )
            expected = "the absolute URL of the resource"
            run.report("bundle-full-url-missing", place, message, node=node, expected=expected, severity=WARNING)


def _wants_full_url(bundle: Object, entry: Object) -> bool:
    """True where STU3's prose requires a fullUrl; DSTU2 has the invariant bdl-6 for that."""
    request, resource, kind = entry.get("request"), entry.get("resource"), bundle.get("type")
    is_post = isinstance(request, dict) and request.get("method") == "POST"
    if is_post or not isinstance(resource, dict) or str(kind).endswith("-response"):
        return False
    return "id" in resource or kind in ("searchset", "history")


def _check_full_url(
    url: str, resource: Any, place: Location, run: Run, node: Node, is_type: Callable[[str], bool]
) -> None:
    read = read_reference(url)
    fault = _form_fault(read, run.generation)
    if fault:
        message, expected = fault
        run.report("bundle-full-url", place, message, node=node, found=url, expected=expected)
    if read.form == "absolute" and isinstance(resource, dict) and is_type(read.type):
        for code, message, expected in _disagreements(read, resource):
            run.report(code, place, message, node=node, found=url, expected=expected)


def _form_fault(read: Reference, generation: str) -> tuple[str, str] | None:
    """What is wrong with the URL as such, and what is wanted; None where nothing is."""
    if read.form not in ("absolute", "urn", "url"):
        return "A fullUrl is absolute; a relative one cannot be resolved outside this server.", "an absolute URL"
    scheme = next((name for name in ("uuid", "oid") if read.text.lower().startswith(f"urn:{name}:")), None)
    problem = primitive_formats.fault(scheme, read.text) if scheme else None
    if problem:
        return f"This is not a valid urn:{scheme}: {problem}.", f"a urn:{scheme}"
    if generation == "dstu2" and "/_history/" in read.text:  # STU3 has the invariant bdl-8 for that
        return "A fullUrl means the resource in any version, so it names none.", "a URL without /_history/"
    return None


def _disagreements(read: Reference, resource: Object) -> Iterator[tuple[str, str, str]]:
    """A URL of the RESTful form ends with the resource's type and id: code, message and what is wanted."""
    kind, identity = resource.get("resourceType"), resource.get("id")
    if isinstance(kind, str) and kind != read.type:
        message = f"The fullUrl names a {read.type}, the resource is a {shorten(kind)}."
        yield "bundle-full-url-type", message, f"a URL of a {shorten(kind)}"
    if identity is None:
        message = f"The fullUrl ends in {read.id}, and the resource has no id."
        yield "bundle-full-url-id", message, f"the id {read.id}"
    elif isinstance(identity, str) and read.id != identity:
        message = f"The fullUrl ends in {read.id}, the resource's id is {identity[:64]}."
        yield "bundle-full-url-id", message, f"a URL ending in /{identity[:64]}"
