"""Reads FHIR NPM packages (.tgz). Source: FHIR package specification, "Structure of a package".

A package comes from elsewhere, so nothing is ever unpacked to disk: its files are read one after the other from the
stream, within limits, and anything a package has no business to hold (links, paths that lead out) refuses it whole.
"""

from __future__ import annotations

import gzip
import json
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

from conformance.fhir.definitions import files
from conformance.fhir.errors import DefinitionError

_FOLDER = "package"


@dataclass(frozen=True, slots=True)
class PackageLimits:
    """What a package may hold: bytes in all and in one file (unpacked), and a number of files."""

    total: int = 1_000_000_000
    file: int = 50_000_000
    files: int = 50_000


DEFAULT = PackageLimits()


def resources_of(source: Path, limits: PackageLimits = DEFAULT) -> Iterator[tuple[str, dict[str, Any]]]:
    """File name and JSON form of each resource in the package folder. Raises DefinitionError for a package unfit."""
    for name, data in _files(source, limits):
        if name.suffix in files.SUFFIXES and name.name not in ("package.json", ".index.json"):
            origin = f"{source.name}: {name.name}"
            yield name.name, files.parse_text(_text(data, origin), origin)


def manifest_of(source: Path, limits: PackageLimits = DEFAULT) -> dict[str, Any]:
    """The package.json of a package: its name, version and dependencies. Raises DefinitionError."""
    for name, data in _files(source, limits):
        if name.name == "package.json":
            return files.parse_text(_text(data, str(source)), f"{source.name}: package.json")
    raise DefinitionError(f"{source}: is no FHIR package: it has no {_FOLDER}/package.json")


def canonicals_in(source: Path, limits: PackageLimits = DEFAULT) -> dict[str, str | None]:
    """The canonical URLs a package defines, with their versions. Raises DefinitionError."""
    headings = (files.heading_of(resource) for _, resource in resources_of(source, limits))
    return {heading.url: heading.version for heading in headings if heading is not None}


def lacking(value: set[str], wanted: dict[str, str | None]) -> list[str]:
    """The wanted canonical URLs (with the version wanted, for the message) that are not held, sorted."""
    return sorted(url + (f"|{version}" if version else "") for url, version in wanted.items() if url not in value)


def _files(source: Path, limits: PackageLimits) -> Iterator[tuple[PurePosixPath, bytes]]:
    """The regular files directly in the package folder, with their content."""
    try:
        with source.open("rb") as raw, gzip.GzipFile(fileobj=raw) as unzipped:
            stream = cast("IO[bytes]", _Limited(unzipped, limits.total, source))
            with tarfile.open(fileobj=stream, mode="r|") as archive:
                yield from _members(archive, source, limits)
    except OSError as error:
        raise DefinitionError(f"{source}: cannot be read as a package ({error.strerror or error})") from error
    except (tarfile.TarError, EOFError, zlib.error, ValueError, OverflowError) as error:
        raise DefinitionError(f"{source}: is no .tgz package, or a damaged one ({error})") from error


def _members(archive: tarfile.TarFile, source: Path, limits: PackageLimits) -> Iterator[tuple[PurePosixPath, bytes]]:
    for count, member in enumerate(archive, 1):
        name = PurePosixPath(member.name)
        if count > limits.files:
            raise DefinitionError(f"{source}: holds more than {limits.files:,} files")
        if name.is_absolute() or ".." in name.parts:
            raise DefinitionError(
                f"{source}: holds a path that leads out of it ({member.name[:80]!r}); it was not used"
            )
        if not (member.isfile() or member.isdir()):
            raise DefinitionError(f"{source}: holds a link or a device ({member.name[:80]!r}); it was not used")
        if member.size > limits.file:
            raise DefinitionError(f"{source}: the file {member.name[:80]!r} is larger than {limits.file:,} bytes")
        if member.isfile() and name.parent == PurePosixPath(_FOLDER):
            content = archive.extractfile(member)
            if content is not None:
                yield name, content.read()


def _text(data: bytes, origin: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DefinitionError(f"{origin}: is not UTF-8 (byte {error.start})") from error


class _Limited:
    """A stream that ends in an error rather than yield more than it may: a small archive can unpack to terabytes."""

    def __init__(self, stream: gzip.GzipFile, limit: int, source: Path) -> None:
        self._stream = stream
        self._left = limit
        self._source = source
        self._limit = limit

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(min(size, self._left + 1) if size >= 0 else self._left + 1)
        self._left -= len(data)
        if self._left < 0:
            raise DefinitionError(f"{self._source}: unpacks to more than {self._limit:,} bytes")
        return data


def read_cached_json(path: Path) -> Any:
    """A JSON file of the cache, None where it is absent or damaged: the cache may always be made again."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
