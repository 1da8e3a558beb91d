"""Logical ids and versions of every shape that FHIR allows, and references that name a version."""

from __future__ import annotations

import hashlib
import itertools
import re
import time
import uuid
from collections.abc import Callable, Iterator

from conformance.fhir.addresses import read_reference
from conformance.provider.fault_points import Effect, Seam
from conformance.provider.faults.effects import alter, content, without
from conformance.provider.faults.fault import STU3
from conformance.provider.http import Call, Json
from conformance.provider.variants.effects import everywhere, references, shows
from conformance.provider.variants.variant import Expected, Variant

_SPACE = uuid.UUID("6f0d4a52-3f0e-4a6b-9f7e-0a4b5f0f7d11")
_ID = (
    "FHIR, data type id: letters, digits, hyphen and dot, at most 64; general API guidance, Resource ID: ids are opaque"
)
_VERSION = "FHIR, Resource.meta.versionId: any id of at most 64 characters, opaque to the consumer"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def as_uuid(text: str) -> str:
    """An id as a UUID."""
    return str(uuid.uuid5(_SPACE, text))


def as_64(text: str) -> str:
    """An id of 64 characters."""
    return _digest(text)


def as_digits(text: str) -> str:
    """An id of 20 digits, which is more than 64 bits hold."""
    return str(10**19 + int(_digest(text), 16) % 10**19)


def as_dotted(text: str) -> str:
    """An id of groups with dots, hyphens and both cases."""
    found = _digest(text)
    return f"GP.{found[:8]}-{found[8:12].upper()}.{found[12:20]}"


# -- ids -----------------------------------------------------------------------------------------------------------


class Ids:
    """Shows every logical id another way, and reads what comes back. `looks` is a pattern that fits what is shown."""

    def __init__(self, show: Callable[[str], str], looks: str) -> None:
        self._show = show
        self._looks = re.compile(looks)
        self._known: dict[str, str] = {}

    def effects(self) -> tuple[Effect, ...]:
        """Resources out, requests in."""
        shown, *_ = shows("", references(self._reference), self._own)
        return (shown, Effect(Seam.REQUEST, self._read))

    def _reference(self, text: str) -> str:
        found = read_reference(text)
        return text.replace(f"/{found.id}", f"/{self._show(found.id)}", 1) if found.form == "relative" else text

    def _own(self, resource: Json) -> Json:
        """A resource with its own id shown; contained ones keep theirs."""
        hidden = "id" not in resource or resource["resourceType"] in {"CapabilityStatement", "Conformance"}
        return resource if hidden else {**resource, "id": self._show(resource["id"])}

    def _read(self, call: Call, same: Call | None) -> Call:  # noqa: ARG002
        call.path = self._looks.sub(lambda found: self._original(call, found[0]), call.path)
        text = call.body.decode("latin-1")
        call.body = self._looks.sub(lambda found: self._original(call, found[0]), text).encode("latin-1")
        return call

    def _original(self, call: Call, shown: str) -> str:
        if shown not in self._known:
            self._known |= {self._show(one): one for one in _all_ids(call)}
        return self._known.get(shown, shown)


def _all_ids(call: Call) -> Iterator[str]:
    store, practice = call.provider.store, call.provider.practice
    for table in ("patient", "schedule", "slot", "appointment"):
        yield from (row["id"] for row in store.rows(f"SELECT id FROM {table}"))  # noqa: S608 - names of our own
    yield from (*practice.organizations, *practice.locations, *practice.practitioners)


def _ids(name: str, title: str, show: Callable[[str], str], looks: str) -> Variant:
    return Variant(f"ids.{name}", title, _ID, Ids(show, looks).effects(), aspect="ids", shown_id=show)


# -- versions ------------------------------------------------------------------------------------------------------


def _versions(name: str, title: str, show: Callable[[str], str]) -> Variant:
    effects = (
        *shows("", alter("meta.versionId", show))[:1],
        Effect(Seam.SETTING, lambda value, _call: show(value), of="put.version"),
    )
    return Variant(f"versions.{name}", title, _VERSION, effects, aspect="versions", shown_version=show)


_reads = itertools.count(time.time_ns())


def _another(_: object) -> str:
    return str(next(_reads))


_UNSTABLE = Expected(
    "warn",
    "patient.read-again patient.same-version",
    "another versionId at each read of an unchanged patient is one warning",
)

# -- references ----------------------------------------------------------------------------------------------------

_REFERENCES = (
    "FHIR, Reference.reference: a relative URL may name a version (Type/id/_history/version); FHIR API guidance, Resource "
    "references: relative ones only"
)


def _plain(text: str) -> str:
    found = read_reference(text)
    return found.target if found.form == "relative" else text


VARIANTS = (
    _ids("uuid", "writes logical ids as UUIDs", as_uuid, r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    _ids("sixty-four", "writes logical ids of 64 characters", as_64, r"[0-9a-f]{64}"),
    _ids("digits", "writes logical ids as numbers of 20 digits", as_digits, r"(?<![0-9])1[0-9]{19}(?![0-9])"),
    _ids(
        "dotted",
        "writes logical ids with dots, hyphens and letters of both cases",
        as_dotted,
        r"GP\.[0-9a-f]{8}-[0-9A-F]{4}\.[0-9a-f]{8}",
    ),
    _versions("uuid", "numbers versions by UUIDs", as_uuid),
    _versions("sixty-four", "names versions by 64 characters", as_64),
    _versions("dotted", "counts versions with dots", lambda text: f"1.0.{text}"),
    _versions(
        "milliseconds", "names versions by milliseconds since 1970", lambda text: str(1_767_225_600_000 + int(text))
    ),
    _versions("digits", "counts versions with 20 digits", lambda text: str(10**19 + int(text))),
    Variant(
        "versions.unstable",
        "gives patients without lastUpdated another versionId at every read",
        "FHIR API guidance, Resource metadata: the version changes whenever the content does; no page says that it "
        "changes only then. An effect shows in existence and content",
        shows("Patient", without("meta.lastUpdated"), alter("meta.versionId", _another)),
        expects=(_UNSTABLE,),
    ),
    Variant(
        "references.versioned",
        "refers to people and places by a relative reference with a version",
        _REFERENCES,
        (
            *shows(
                "",
                references(
                    lambda text: (
                        f"{text}/_history/3"
                        if text.split("/")[0] in {"Organization", "Location", "Practitioner", "Patient"}
                        else text
                    )
                ),
            )[:1],
            content(references(_plain)),
        ),
        aspect="references",
    ),
    Variant(
        "references.all-versioned",
        "refers to slots and schedules by a relative reference with a version, too",
        _REFERENCES,
        (*shows("", references(lambda text: f"{text}/_history/1.2"))[:1], content(references(_plain))),
        aspect="references",
    ),
    Variant(
        "references.displayed",
        "writes a display beside every reference",
        "FHIR, Reference.display: text beside the reference, which a consumer may show and nothing compares",
        shows(
            "",
            everywhere(
                lambda name, value: (
                    {**value, "display": "Shown as text"}
                    if isinstance(value, dict) and isinstance(value.get("reference"), str) and name != "valueReference"
                    else value
                )
            ),
        ),
        STU3,
    ),
)
