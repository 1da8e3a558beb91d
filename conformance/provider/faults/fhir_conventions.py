"""Faults of the conventions of FHIR: formats, texts, references, what must be filled in."""

from __future__ import annotations

import itertools
import socket
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from conformance.provider.fault_points import Effect, Seam
from conformance.provider.faults.effects import alter, change, content, header, put, refuses, skip, status, without
from conformance.provider.faults.fault import DSTU2, STU3, Fault
from conformance.provider.http import Call

_COUNT = itertools.count(1)
_BMP = 0xFFFF
_SHORT_COLUMN = 255
_PRACTICE_CODES = "http://hl7.org/fhir/ValueSet/c80-practice-codes"  # as the retrieve page's example writes it


def _texts(edit: Callable[[str], str]) -> Effect:
    return change("Appointment", alter("description", edit), alter("comment", edit))


def _ever_new(_: Any) -> str:
    return f"r{next(_COUNT)}"


def _latin(text: str) -> str:
    return text.encode("latin-1", "replace").decode("latin-1")


def _links(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "reference" and isinstance(item, str) and item.startswith("http:"):
                yield item
            yield from _links(item)
    elif isinstance(value, list):
        for item in value:
            yield from _links(item)


def _own(participants: Any) -> Any:
    """What is elsewhere is taken for the resource of the same id here."""
    for item in participants:
        reference = item["actor"]["reference"]
        item["actor"]["reference"] = "/".join(reference.split("/")[-2:])
    return participants


def _follow(content: Any, call: Call | None) -> Any:  # noqa: ARG001
    for link in _links(content):
        parts = urlsplit(link)
        with suppress(OSError):
            socket.create_connection((parts.hostname or "", parts.port or 80), timeout=1).close()
    return content


FAULTS = (
    *(
        Fault(f"fhir.{short}-accepted", f"returns 202 for {short}", status(202, on=short))
        for short in ("search", "book", "retrieve", "read", "amend", "cancel", "metadata")
    ),
    Fault("fhir.latin-only", "keeps no letters beyond ISO 8859-1", _texts(_latin)),
    Fault(
        "fhir.drops-emoji",
        "drops letters beyond the first 65536",
        _texts(lambda text: "".join(letter for letter in text if ord(letter) <= _BMP)),
    ),
    Fault("fhir.composes-letters", "normalises letters", _texts(lambda text: unicodedata.normalize("NFC", text))),
    Fault(
        "fhir.escapes-twice",
        "escapes XML characters in texts",
        _texts(lambda text: text.replace("&", "&amp;").replace("<", "&lt;")),
    ),
    Fault("fhir.strips-tags", "removes what looks like markup", _texts(lambda text: text.split("<")[0])),
    Fault("fhir.one-line", "writes texts in one line", _texts(lambda text: " ".join(text.split()))),
    Fault(
        "fhir.drops-backslashes",
        "drops backslashes and quotes",
        _texts(lambda text: text.replace("\\", "").replace('"', "")),
    ),
    Fault("fhir.doubles-quotes", "doubles single quotes", _texts(lambda text: text.replace("'", "''"))),
    Fault(
        "fhir.unreadable-appointments",
        "cannot read what it amended",
        refuses(lambda call: bool(call.id), "NOT_IMPLEMENTED", on="read"),
    ),
    Fault(
        "fhir.accepts-absolute-references",
        "takes references to elsewhere for its own",
        content(alter("participant", _own)),
    ),
    Fault("fhir.cuts-texts", "cuts texts after 255 characters", _texts(lambda text: text[:_SHORT_COLUMN])),
    Fault(
        "fhir.mirrors-marks",
        "drops marks of writing direction",
        _texts(lambda text: "".join(letter for letter in text if unicodedata.category(letter) != "Cf")),
    ),
    Fault(
        "fhir.charset-blank",
        "has a blank before the charset",
        header("Content-Type", lambda value: value and value.replace(";", "; ")),
        STU3,
    ),
    Fault("fhir.follows-references", "connects to where an absolute reference leads", Effect(Seam.CONTENT, _follow)),
    Fault(
        "fhir.locations-unreadable",
        "refers to locations that cannot be read",
        refuses(lambda call: bool(call.id), "NO_RECORD_FOUND", on="read_location"),
        STU3,
    ),
    Fault(
        "fhir.locations-not-there",
        "refers to locations that cannot be read",
        refuses(lambda call: bool(call.id), "INVALID_RESOURCE", on="read_location"),
        DSTU2,
    ),
    Fault("fhir.padded-codes", "has blanks around codes", change("", put("language", " en "))),
    Fault(
        "fhir.null-codes",
        "writes the text null for the code of an appointment's type that it lacks",
        change("Appointment", put("type", {"coding": [{"system": _PRACTICE_CODES, "code": "null"}], "text": "GP"})),
        DSTU2,
    ),
    Fault("fhir.empty-texts", "writes empty texts", change("", put("implicitRules", ""))),
    Fault(
        "fhir.versions-every-read",
        "gives a new version to every read",
        change("Appointment", put("meta.versionId", _ever_new)),
    ),
    Fault("fhir.version-stands", "never gives a new version", change("Appointment", put("meta.versionId", "1"))),
    Fault("fhir.ignores-if-match", "does not look at If-Match", skip("put.if-match-fits")),
    Fault("fhir.no-channels", "omits the delivery channel", change("Slot", without("extension")), STU3),
    Fault("fhir.no-roles", "omits the practitioner's role", change("Schedule", without("extension")), STU3),
    Fault("fhir.nameless-locations", "omits names of locations", change("Location", without("name")), STU3),
    Fault("fhir.no-telecom", "omits telecoms of organisations", change("Organization", without("telecom")), STU3),
    Fault(
        "fhir.no-booking-organization",
        "forgets who booked",
        change("Appointment", without("extension"), without("contained")),
        STU3,
    ),
    Fault("fhir.no-genders", "omits genders", change("Patient", without("gender")), STU3),
    Fault(
        "fhir.breaks-on-megabytes",
        "breaks on bodies of a megabyte",
        refuses(lambda call: len(call.body) > 1_000_000, "INTERNAL_SERVER_ERROR"),
    ),
    Fault(
        "fhir.one-compartment",
        "finds nothing in a patient's compartment",
        Effect(Seam.FOUND, lambda rows, _call: rows[:0], on=frozenset({"retrieve_patient_appointments"})),
    ),
)
