"""Downloads FHIR packages and single definitions from a registry the user names, into a cache folder.

A download that broke off goes on where it stopped (`Range`); what arrives is checked against the registry's checksum and
remembered with our own. Source: the NPM registry protocol as FHIR package servers speak it; FHIR search by `url`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urljoin, urlsplit

from conformance.fhir.errors import DefinitionError
from conformance.fhir.formats.json_reader import Limits, read_json
from conformance.fhir.formats.json_writer import write_json
from conformance.fhir.packages.npm_packages import canonicals_in, manifest_of, read_cached_json

if TYPE_CHECKING:
    import httpx

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,200}")
_LIMITS = Limits(size=30_000_000, depth=100)  # of a listing or a Bundle
_MOST_TRIED = 20  # packages of a catalogue that are looked into for one definition
_DEFINITION_TYPES = ("StructureDefinition", "ValueSet", "CodeSystem")


class DownloadError(DefinitionError):
    """A registry that cannot be reached or does not have what was requested."""


class UnfitError(DefinitionError):
    """What a registry sent is not what it should be: no JSON, of another shape, too large, no package. It is not kept."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file in the cache: `reused` if it was there before, `notes` about what could not be verified."""

    path: Path
    sha256: str
    source: str
    reused: bool = False
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Registry:
    """A registry at a base URL; `cache` keeps what was fetched. Sizes in bytes, `timeout` in seconds."""

    base_url: str
    cache: Path
    client: httpx.Client | None = None
    timeout: float = 30.0
    max_size: int = 300_000_000
    attempts: int = 3
    _own: bool = field(default=False, init=False)

    def package(self, name: str, version: str | None = None) -> Fetched:
        """A package by name and version ("latest" where none is given). Raises DownloadError."""
        _check_name(name)
        stated = self._json(f"{self._base()}{quote(name)}", f"the package {name}")
        version = _choose_version(stated, name, version)
        dist = _object(_object(_object(stated.get("versions")).get(version)).get("dist"))
        tarball = dist.get("tarball") or f"{quote(name)}/{quote(version)}"
        if not isinstance(tarball, str):
            raise UnfitError(f"the registry does not say in words where the package {name} is")
        url = _joined(self._base(), tarball)
        return self._fetch(url, self.cache / "packages" / f"{name}#{version}.tgz", dist)

    def definition(self, canonical: str) -> Fetched:
        """A definition by canonical URL: by FHIR search, or else out of the package that the registry says has it.

        Raises DownloadError.
        """
        url, _, version = canonical.partition("|")
        tried: list[str] = []
        for kind in _DEFINITION_TYPES:
            resource = self._search(kind, url, version, tried)
            if resource is not None:
                return self._keep(resource, url)
        return self._from_catalogue(url, tried)

    def _base(self) -> str:
        if urlsplit(self.base_url).scheme not in ("http", "https"):
            raise DownloadError(f"the registry {self.base_url!r} is no http or https URL")
        return self.base_url.rstrip("/") + "/"

    # -- single definitions ----------------------------------------------------------------------------------------

    def _search(self, kind: str, url: str, version: str, tried: list[str]) -> dict[str, Any] | None:
        query = f"{self._base()}{kind}?url={quote(url, safe='')}" + (f"&version={quote(version)}" if version else "")
        try:
            bundle = self._json(query, url)
        except (DownloadError, UnfitError) as error:
            tried.append(str(error))
            return None
        entries = _object(bundle).get("entry")
        value = entries if isinstance(entries, list) else []
        found = (_object(one.get("resource")) for one in value if isinstance(one, dict))
        return next((one for one in found if one.get("url") == url and one.get("resourceType") == kind), None)

    def _from_catalogue(self, url: str, tried: list[str]) -> Fetched:
        try:
            listed = self._json(f"{self._base()}catalog?op=find&canonical={quote(url, safe='')}", url)
        except DownloadError as error:
            tried.append(str(error))
            listed = []
        for one in listed[:_MOST_TRIED] if isinstance(listed, list) else ():
            name = one.get("Name") or one.get("name") if isinstance(one, dict) else None
            if isinstance(name, str):
                fetched = self.package(name)
                if url in canonicals_in(fetched.path):
                    return fetched
                tried.append(f"the package {name} lacks it")
        reasons = "; ".join(dict.fromkeys(tried)) or "its response was empty"
        raise DownloadError(f"the registry has no definition {url} ({reasons})")

    def _keep(self, resource: dict[str, Any], url: str) -> Fetched:
        data = write_json(resource, indent=1)
        slug = re.sub(r"[^A-Za-z0-9]+", "-", url)[-80:].strip("-")
        path = self.cache / "definitions" / f"{slug}-{hashlib.sha256(url.encode()).hexdigest()[:8]}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return Fetched(path, hashlib.sha256(data).hexdigest(), url)

    # -- files -----------------------------------------------------------------------------------------------------

    def _fetch(self, url: str, target: Path, dist: dict[str, Any]) -> Fetched:
        if urlsplit(url).scheme not in ("http", "https"):
            raise UnfitError(f"the registry points to {url[:200]!r}, which is no http or https URL")
        record = target.with_name(target.name + ".sha256")
        if (
            target.is_file()
            and record.is_file()
            and record.read_text(encoding="ascii").strip() == _digest(target, "sha256")
        ):
            return Fetched(target, record.read_text(encoding="ascii").strip(), url, reused=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(target.name + ".part")
        self._download(url, part)
        notes = _verify(part, dist, url)
        _check_fit(part, url)
        digest = _digest(part, "sha256")
        part.replace(target)
        _etag_file(part).unlink(missing_ok=True)
        record.write_text(digest + "\n", encoding="ascii")
        return Fetched(target, digest, url, notes=notes)

    def _download(self, url: str, part: Path) -> None:
        """Into the part file; a connection that breaks is taken up again where it broke."""
        for attempt in range(self.attempts):
            try:
                self._download_rest(url, part)
            except UnfitError:
                raise
            except _failures() as error:
                if attempt == self.attempts - 1:
                    value = part.stat().st_size if part.exists() else 0
                    message = (
                        f"{url}: the download broke off ({_said(error)}); {value:,} bytes are kept, call again to go on"
                    )
                    raise DownloadError(message) from error
            else:
                return

    def _download_rest(self, url: str, part: Path) -> None:
        headers = {"Accept-Encoding": "identity", **_range_headers(part)}
        with self._open() as client, client.stream("GET", url, headers=headers, follow_redirects=True) as response:
            if response.status_code not in (200, 206):
                _drop(part)
                raise DownloadError(f"{url}: the registry responded with {response.status_code}")
            _etag_file(part).write_text(json.dumps(response.headers.get("etag")), encoding="utf-8")
            with part.open("ab" if response.status_code == 206 else "wb") as out:
                for chunk in response.iter_bytes():
                    out.write(chunk)
                    if out.tell() > self.max_size:
                        break
                else:
                    return
        _drop(part)
        raise UnfitError(f"{url}: is larger than {self.max_size:,} bytes")

    def _json(self, url: str, what: str) -> Any:
        """A JSON document of bounded size and depth. Raises DownloadError, UnfitError."""
        try:
            status, data = self._get(url)
        except _failures() as error:
            raise DownloadError(f"{url}: the registry cannot be reached ({_said(error)})") from error
        if status == 404:
            raise DownloadError(f"the registry does not know {what} (404 at {url})")
        if status != 200:
            raise DownloadError(f"{url}: the registry responded with {status}")
        document = read_json(data, _LIMITS)
        if document.value is None:
            why = document.problems[0].message if document.problems else "it is empty"
            raise UnfitError(f"{url}: the registry's response cannot be read: {why}")
        return document.value

    def _get(self, url: str) -> tuple[int, bytes]:
        """Status and body of a response; the body no further than just over the limit."""
        headers = {"Accept": "application/fhir+json, application/json"}
        data = bytearray()
        with self._open() as client, client.stream("GET", url, headers=headers, follow_redirects=True) as response:
            for chunk in response.iter_bytes():
                data += chunk
                if len(data) > _LIMITS.size:
                    break
            return response.status_code, bytes(data)

    @contextmanager
    def _open(self) -> Iterator[httpx.Client]:
        import httpx

        if self.client is not None:
            yield self.client
            return
        with httpx.Client(timeout=self.timeout) as client:
            yield client


def _failures() -> tuple[type[Exception], ...]:
    """What a client raises for a server that is not there, breaks off, or names no place that can be reached."""
    import httpcore
    import httpx

    own = (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, httpcore.UnsupportedProtocol)
    return (httpx.HTTPError, httpx.InvalidURL, *own)


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _joined(base: str, reference: str) -> str:
    try:
        return urljoin(base, reference)
    except ValueError as error:
        raise UnfitError(f"the registry points to {reference[:80]!r}, which is no URL") from error


def _check_fit(part: Path, url: str) -> None:
    """Drop a file that is no package whose resources can be read."""
    try:
        manifest_of(part)
        canonicals_in(part)
    except DefinitionError as error:
        _drop(part)
        raise UnfitError(f"{url}: is no FHIR package that can be used, and was not kept: {error}") from error


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise DownloadError(f"{name[:80]!r} is no package name: letters, digits, dots and dashes are wanted")


def _choose_version(stated: Any, name: str, version: str | None) -> str:
    versions = stated.get("versions") if isinstance(stated, dict) else None
    if not isinstance(versions, dict) or not versions:
        raise UnfitError(f"the registry's response about the package {name} lists no versions")
    if version in (None, "latest"):
        latest = _object(stated.get("dist-tags")).get("latest")
        version = latest if isinstance(latest, str) else list(versions)[-1]
    if version not in versions or not _NAME.fullmatch(str(version)):
        raise DownloadError(f"the package {name} has no version {version}; it has {', '.join(sorted(versions)[-8:])}")
    return str(version)


def _verify(part: Path, dist: dict[str, Any], url: str) -> tuple[str, ...]:
    """Checks the file against what the registry states; a file that differs is thrown away."""
    integrity, shasum = dist.get("integrity"), dist.get("shasum")
    if isinstance(integrity, str) and "-" in integrity:
        algorithm, _, wanted = integrity.partition("-")
        if algorithm in ("sha256", "sha384", "sha512"):
            found = base64.b64encode(bytes.fromhex(_digest(part, algorithm))).decode()
            return _compare(part, algorithm, found, wanted.strip(), url)
    if isinstance(shasum, str):
        return _compare(part, "sha1", _digest(part, "sha1"), shasum.lower(), url)
    return ("the registry states no checksum for it: ours is of what arrived",)


def _compare(part: Path, algorithm: str, found: str, wanted: str, url: str) -> tuple[str, ...]:
    if found == wanted:
        return ()
    part.unlink(missing_ok=True)
    _etag_file(part).unlink(missing_ok=True)
    raise UnfitError(f"{url}: the {algorithm} checksum is {found}, the registry states {wanted}; the file was dropped")


def _digest(path: Path, algorithm: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def _range_headers(part: Path) -> dict[str, str]:
    """What requests the rest of a file, where the server can tell that it is still the same file."""
    etag = read_cached_json(_etag_file(part)) if part.exists() else None
    if not isinstance(etag, str) or etag.startswith("W/") or not part.stat().st_size:
        return {}
    return {"Range": f"bytes={part.stat().st_size}-", "If-Range": etag}


def _drop(part: Path) -> None:
    part.unlink(missing_ok=True)
    _etag_file(part).unlink(missing_ok=True)


def _etag_file(part: Path) -> Path:
    return part.with_name(part.name + ".etag")
