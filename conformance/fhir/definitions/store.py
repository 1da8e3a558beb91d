"""The store of definitions: StructureDefinitions, ValueSets and CodeSystems by canonical URL, parsed when needed.

A `Definitions` is opened on folders and files. Later sources take precedence over earlier ones, file by file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from conformance.fhir.addresses import read_canonical
from conformance.fhir.definitions import files
from conformance.fhir.definitions.element_definitions import ElementDef
from conformance.fhir.definitions.type_shapes import TypeShape, shapes_of
from conformance.fhir.errors import DefinitionError, UnknownDefinitionError
from conformance.fhir.similar_urls import nearest, spelling_key

Generation = Literal["dstu2", "stu3"]
CORE = "http://hl7.org/fhir/StructureDefinition/"


@dataclass(slots=True, eq=False)
class Structure:
    """A StructureDefinition in one form for both generations.

    `kind` is primitive, complex, resource or logical; `base` the canonical URL it builds on; `constrains` is True for a
    profile (a constraint on `type`) and False for a type of its own; `contexts` says where an extension may stand.
    """

    url: str
    version: str | None
    name: str
    kind: str
    type: str
    base: str | None
    constrains: bool
    abstract: bool
    snapshot: tuple[ElementDef, ...]
    differential: tuple[ElementDef, ...]
    contexts: tuple[tuple[str, str], ...]
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Claim:
    """The definition that a text names: its own URL and version, whether the text spells the URL so, and its version there."""

    url: str
    version: str | None
    exact: bool
    asked_version: str

    @property
    def is_other_version(self) -> bool:
        """True where the text names a version that is not the one held."""
        return self.asked_version not in ("", self.version)


@dataclass(slots=True)
class _Held:
    """One resource of the store: where it came from, and its content once parsed."""

    heading: files.Heading
    origin: str
    path: Path | None
    resource: dict[str, Any] | None


class Definitions:
    """Definitions of one FHIR generation ("dstu2" or "stu3"). Nothing is read from a network."""

    def __init__(self, generation: Generation) -> None:
        self.generation: Generation = generation
        self.problems: list[str] = []
        self._held: dict[str, dict[str, list[_Held]]] = {}
        self._aliases: dict[str, str] = {}
        self._by_spelling: dict[str, str] | None = None
        self._structures: dict[int, Structure] = {}
        self._shapes: dict[str, dict[str, TypeShape]] = {}

    # -- filling ---------------------------------------------------------------------------------------------------

    def open(self, *sources: Path) -> Definitions:
        """Add folders (searched with their subfolders), single JSON or XML files, and .tgz packages; returns itself.

        A file that cannot be read or is no definition is noted in `problems`; a source that does not exist raises
        DefinitionError.
        """
        for source in sources:
            if source.is_dir():
                for path in sorted(source.rglob("*")):
                    if path.suffix in files.SUFFIXES and path.is_file():
                        self._index(path)
            elif source.name.endswith((".tgz", ".tar.gz")):
                self._open_package(source)
            elif source.is_file():
                self._index(source)
            else:
                raise DefinitionError(f"{source}: there is no such file or folder of definitions")
        return self

    def add(self, resource: dict[str, Any], origin: str = "given in memory") -> None:
        """Add one resource in JSON form; it takes precedence over what was there."""
        heading = files.heading_of(resource)
        if heading is None:
            raise DefinitionError(f"{origin}: holds no StructureDefinition, ValueSet or CodeSystem with a url")
        self._hold(_Held(heading, origin, None, resource))

    def alias(self, url: str, canonical: str) -> None:
        """Accept `url` as another spelling of `canonical`."""
        self._aliases[url] = canonical
        self._by_spelling = None

    def _index(self, path: Path) -> None:
        try:
            heading = files.scan(path)
        except DefinitionError as error:
            self.problems.append(str(error))
            return
        if heading is not None and heading.resource_type in files.CONFORMANCE_TYPES:
            self._hold(_Held(heading, str(path), path, None))

    def _open_package(self, source: Path) -> None:
        from conformance.fhir.packages.npm_packages import resources_of

        for name, resource in resources_of(source):
            if files.heading_of(resource) is not None:
                self.add(resource, f"{source.name}: {name}")

    def _hold(self, value: _Held) -> None:
        by_url = self._held.setdefault(value.heading.resource_type, {})
        by_url.setdefault(value.heading.url, []).append(value)
        self._by_spelling = None
        self._shapes.clear()

    # -- asking ----------------------------------------------------------------------------------------------------

    def canonical(self, url: str) -> str:
        """The canonical spelling of a URL: without its version, aliases followed."""
        plain = read_canonical(url).url if "|" in url or "/_history/" in url else url
        return self._aliases.get(plain, plain)

    def accepted(self, url: str) -> str:
        """As `canonical`, but a version stays: it makes another URI of it where a URI is compared."""
        return self._aliases.get(url, url)

    def claimed(self, text: str) -> Claim | None:
        """The StructureDefinition that a claim means, in whatever version and spelling; None where none is held."""
        named = read_canonical(text)
        plain = self.canonical(text)
        known = self._held.get("StructureDefinition", {})
        exact = plain in known
        url = plain if exact else self._spellings().get(spelling_key(named.url), "")
        if url not in known:
            return None
        value = self._search("StructureDefinition", f"{url}|{named.version}") or known[url][-1]
        return Claim(url, value.heading.version, exact, named.version)

    def nearest_extension(self, url: str) -> str | None:
        """The URL of an extension held that `url` was perhaps meant to be; None where there is none."""
        found = nearest(url, (one for one in self._held.get("StructureDefinition", ()) if one != url))
        try:
            return found if found is not None and self.structure(found).type == "Extension" else None
        except DefinitionError:
            return None

    def _spellings(self) -> dict[str, str]:
        if self._by_spelling is None:
            self._by_spelling = {spelling_key(alias): canonical for alias, canonical in self._aliases.items()}
            self._by_spelling |= {spelling_key(url): url for url in self._held.get("StructureDefinition", ())}
        return self._by_spelling

    def structure(self, canonical: str) -> Structure:
        """The StructureDefinition of a URL, `|version` respected. Raises UnknownDefinitionError, DefinitionError."""
        value = self._find("StructureDefinition", canonical)
        if id(value) not in self._structures:
            self._structures[id(value)] = read_structure(self._resource(value), self.generation, value.origin)
        return self._structures[id(value)]

    def has_structure(self, canonical: str) -> bool:
        """True where `structure` would find a definition."""
        return self._search("StructureDefinition", canonical) is not None

    def type_definition(self, name: str) -> Structure:
        """FHIR's own definition of a type, such as "Appointment" or "dateTime". Raises UnknownDefinitionError."""
        return self.structure(CORE + name)

    def has_type(self, name: str) -> bool:
        """True where FHIR's own definition of the type is loaded."""
        return self.has_structure(CORE + name)

    def value_set(self, url: str) -> dict[str, Any]:
        """The ValueSet in JSON form. Raises UnknownDefinitionError."""
        return self._resource(self._find("ValueSet", url))

    def code_system(self, url: str) -> dict[str, Any]:
        """The CodeSystem in JSON form. Raises UnknownDefinitionError."""
        return self._resource(self._find("CodeSystem", url))

    def all(self, resource_type: str = "StructureDefinition") -> Iterator[tuple[str, str | None, str]]:
        """URL, version and origin of everything held of a resource type; the entry in force comes last of its URL."""
        for entries in self._held.get(resource_type, {}).values():
            for value in entries:
                yield value.heading.url, value.heading.version, value.origin

    def in_force(self) -> Iterator[tuple[str, str, str, str, str]]:
        """Resource type, URL, version ("" for none), origin and SHA-256 of each definition in force.

        The hash is of the file; of what came in a package or was given in memory, of its JSON with sorted keys.
        """
        for resource_type, by_url in self._held.items():
            for url, entries in by_url.items():
                value = entries[-1]
                yield resource_type, url, value.heading.version or "", value.origin, _digest(value)

    def origin(self, canonical: str, resource_type: str = "StructureDefinition") -> str:
        """Where the definition in force was read from. Raises UnknownDefinitionError."""
        return self._find(resource_type, canonical).origin

    def shape(self, name: str) -> TypeShape:
        """The shape of a type ("Slot"), a backbone element ("Bundle.entry") or, by URL, of a profile's type.

        Raises UnknownDefinitionError.
        """
        if "/" in name:
            name = self.structure(name).type
        root = name.partition(".")[0]
        if root not in self._shapes:
            structure = self.type_definition(root)
            self._shapes[root] = shapes_of(structure.snapshot or structure.differential, structure.kind)
        try:
            return self._shapes[root][name]
        except KeyError:
            raise UnknownDefinitionError(f"{name}: {root} has no such element with content of its own") from None

    def _search(self, resource_type: str, canonical: str) -> _Held | None:
        entries = self._held.get(resource_type, {}).get(self.canonical(canonical))
        if not entries:
            return None
        version = read_canonical(canonical).version
        if version:
            return next((value for value in reversed(entries) if value.heading.version == version), None)
        return entries[-1]

    def _find(self, resource_type: str, canonical: str) -> _Held:
        value = self._search(resource_type, canonical)
        if value is None:
            raise UnknownDefinitionError(f"{canonical}: no {resource_type} with this URL is loaded")
        return value

    def _resource(self, value: _Held) -> dict[str, Any]:
        if value.resource is None:
            assert value.path is not None
            value.resource = files.parse(value.path)
        return value.resource


def _digest(value: _Held) -> str:
    data = value.path.read_bytes() if value.path else json.dumps(value.resource, sort_keys=True).encode()
    return hashlib.sha256(data).hexdigest()


_KINDS = {"primitive-type": "primitive", "complex-type": "complex", "resource": "resource", "logical": "logical"}


def read_structure(raw: dict[str, Any], generation: Generation, origin: str) -> Structure:
    """A StructureDefinition's JSON form as a Structure. Raises DefinitionError naming the definition and the fault."""
    url = raw.get("url", origin)
    try:
        snapshot = _elements(raw, "snapshot", generation)
        differential = _elements(raw, "differential", generation)
        if not snapshot and not differential:
            raise ValueError("it has neither a snapshot nor a differential")
        root = (snapshot or differential)[0].path.partition(".")[0]
        constrains = _constrains(raw, generation)
        type_name = raw.get("constrainedType") if generation == "dstu2" else raw.get("type")
        return Structure(
            url=url,
            version=raw.get("version"),
            name=raw.get("name", ""),
            kind=_kind(raw, root),
            type=type_name or root,
            base=raw.get("base") if generation == "dstu2" else raw.get("baseDefinition"),
            constrains=constrains,
            abstract=raw.get("abstract") is True,
            snapshot=snapshot,
            differential=differential,
            contexts=tuple((raw.get("contextType", "resource"), one) for one in raw.get("context") or ()),
            raw=raw,
        )
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise DefinitionError(f"{url} ({origin}): {error}") from error


def _elements(raw: dict[str, Any], part: str, generation: Generation) -> tuple[ElementDef, ...]:
    listed = (raw.get(part) or {}).get("element") or ()
    return tuple(ElementDef.read(one, generation) for one in listed)


def _constrains(raw: dict[str, Any], generation: Generation) -> bool:
    if generation == "dstu2":
        return bool(raw.get("constrainedType"))
    return raw.get("derivation") == "constraint"


def _kind(raw: dict[str, Any], root: str) -> str:
    """DSTU2 says "datatype" of primitive and complex types alike; FHIR's primitives start with a small letter."""
    kind = raw.get("kind", "")
    if kind == "datatype":
        return "primitive" if root[:1].islower() else "complex"
    return _KINDS.get(kind, "complex")
