"""Faults of Bundles, of profile claims, and of where extensions stand and what their URLs are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from mutation_kinds import Kind, Mutation, Surroundings, put, register, warned
from mutation_places import Item, Object, Place

from conformance.fhir.definitions.effective import child

SERVER = "http://example.org/fhir/"
UUID = "3b241101-e2bb-4255-8caf-4136c566a962"

# What becomes of a fullUrl: from the resource's type and id.
FULL_URLS: dict[str, Callable[[str, str], str]] = {
    "of-another-type": lambda kind, identity: f"{SERVER}{'Patient' if kind != 'Patient' else 'Slot'}/{identity}",
    "of-another-id": lambda kind, identity: f"{SERVER}{kind}/{identity}x",
    "of-another-case": lambda kind, identity: f"{SERVER}{kind}/{identity.swapcase()}x",
    "relative": lambda kind, identity: f"{kind}/{identity}",
    "without-server": lambda kind, identity: f"/{kind}/{identity}",
    "without-scheme": lambda kind, identity: f"example.org/fhir/{kind}/{identity}",
    "with-history": lambda kind, identity: f"{SERVER}{kind}/{identity}/_history/1",
    "uuid-too-short": lambda _, __: "urn:uuid:1",
    "uuid-without-hyphens": lambda _, __: "urn:uuid:" + UUID.replace("-", ""),
    "uuid-with-braces": lambda _, __: f"urn:uuid:{{{UUID}}}",
    "uuid-of-other-letters": lambda _, __: "urn:uuid:" + UUID.replace("a", "z"),
    "uuid-too-long": lambda _, __: f"urn:uuid:{UUID}0",
    "oid-that-is-none": lambda _, __: "urn:oid:9.9",
    "bare-id": lambda _, identity: identity,
    "fragment": lambda _, identity: f"#{identity}",
    "with-space": lambda kind, identity: f"{SERVER}{kind}/{identity} ",
}


def _entries(place: Place, near: Surroundings) -> Iterator[tuple[Item, dict[str, Any]]]:
    """The entry a place is, with its resource, where it has a type and an id."""
    if (
        isinstance(place, Item)
        and len(place.pointer) == 2
        and place.pointer[0] == "entry"
        and isinstance(place.value, dict)
    ):
        resource = place.value.get("resource")
        if (
            near.resource["resourceType"] == "Bundle"
            and isinstance(resource, dict)
            and isinstance(resource.get("id"), str)
        ):
            yield place, resource


def _full_url_kind(make: Callable[[str, str], str]) -> Kind:
    def kind(place: Place, near: Surroundings) -> Iterator[Mutation]:
        for entry, resource in _entries(place, near):
            where = (*entry.pointer, "fullUrl")
            yield put(where, make(resource["resourceType"], resource["id"]), where, entry.pointer)

    return kind


def _no_id(place: Place, near: Surroundings) -> Iterator[Mutation]:
    for entry, resource in _entries(place, near):
        url, without = (
            f"{SERVER}{resource['resourceType']}/1",
            {key: value for key, value in resource.items() if key != "id"},
        )
        yield put(entry.pointer, {**entry.value, "fullUrl": url, "resource": without}, entry.pointer)


def _no_full_url(place: Place, near: Surroundings) -> Iterator[Mutation]:
    for entry, _ in _entries(place, near):
        without = {key: value for key, value in entry.value.items() if key != "fullUrl"}
        yield warned(put(entry.pointer, without, entry.pointer, ()))


# -- claims ------------------------------------------------------------------------------------------------------------

CLAIMS: dict[str, Callable[[str], str]] = {
    "with-a-slash": lambda url: url + "/",
    "in-small-letters": lambda url: url.lower(),
    "in-capitals": lambda url: url.replace("StructureDefinition", "STRUCTUREDEFINITION"),
}


def _claim_kind(change: Callable[[str], str]) -> Kind:
    def kind(place: Place, _: Surroundings) -> Iterator[Mutation]:
        named = isinstance(place, Item) and place.pointer[-3:-1] == ("meta", "profile") and isinstance(place.value, str)
        if named and isinstance(place, Item) and change(place.value) != place.value:
            yield warned(put(place.pointer, change(place.value)))

    return kind


# -- extensions --------------------------------------------------------------------------------------------------------

URLS: dict[str, Callable[[str], str]] = {
    "with-a-version": lambda url: url + "|1.0.0",
    "with-a-history": lambda url: url + "/_history/1",
    "with-two-versions": lambda url: url + "|1|2",
}
NEARLY: dict[str, Callable[[str], str]] = {
    "with-a-slash": lambda url: url + "/",
    "of-another-scheme": lambda url: (
        url.replace("https:", "http:") if "https:" in url else url.replace("http:", "https:")
    ),
    "a-letter-short": lambda url: url[:-4] + url[-3:],
    "letters-swapped": lambda url: url[:-4] + url[-3] + url[-4] + url[-2:],
    "in-small-letters": lambda url: url.lower(),
    "of-another-number": lambda url: url[:-1] + "9",
}


def _known(place: Place, near: Surroundings) -> Item | None:
    """The place, if it is an extension whose definition is loaded and that no slice asks for."""
    if not isinstance(place, Item) or place.code != "Extension" or not isinstance(place.value, dict):
        return None
    url = place.value.get("url")
    known = isinstance(url, str) and ":" in url and near.has_structure(url)
    return place if known and place.facts.min < 1 else None


def _url_kind(change: Callable[[str], str]) -> Kind:
    def kind(place: Place, near: Surroundings) -> Iterator[Mutation]:
        if found := _known(place, near):
            yield put((*found.pointer, "url"), change(found.value["url"]), found.pointer)

    return kind


def _nearly_kind(change: Callable[[str], str]) -> Kind:
    def kind(place: Place, near: Surroundings) -> Iterator[Mutation]:
        found = _known(place, near)
        if found and found.pointer[-2] == "extension" and not near.has_structure(change(found.value["url"])):
            yield Mutation((((*found.pointer, "url"), change(found.value["url"])),), (found.pointer,), unchecked=True)

    return kind


def _as_modifier(place: Place, near: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Object) and "modifierExtension" not in place.value and child(place.view, "modifierExtension"):
        for extension in place.value.get("extension") or ():
            if isinstance(extension.get("url"), str) and near.has_structure(extension["url"]):
                yield put((*place.pointer, "modifierExtension"), [extension])
                return


def _unknown_extension(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if (
        isinstance(place, Object)
        and place.is_resource
        and "extension" not in place.value
        and child(place.view, "extension")
    ):
        where = (*place.pointer, "extension")
        complex_one = {"url": "http://example.org/complex", "extension": [{"url": "a", "valueString": "x"}]}
        yield Mutation(((where, [complex_one]),), (where,), unchecked=True)


for _name, _make in FULL_URLS.items():
    register(f"full-url-{_name}", _full_url_kind(_make))
register("full-url-of-a-resource-without-id", _no_id)
register("full-url-absent", _no_full_url)
for _name, _change in CLAIMS.items():
    register(f"profile-claim-{_name}", _claim_kind(_change))
for _name, _change in URLS.items():
    register(f"extension-url-{_name}", _url_kind(_change))
for _name, _change in NEARLY.items():
    register(f"extension-url-nearly-{_name}", _nearly_kind(_change))
register("extension-as-modifier", _as_modifier)
register("unknown-complex-extension", _unknown_extension)
