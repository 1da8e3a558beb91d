"""Where a finding is, without what differs from run to run: indexes, ids of resources, addresses."""

from __future__ import annotations

import re

_INDEX = re.compile(r"\[\d+\]")
_URL = re.compile(r"https?://[^\s)]+")
_NAMED = re.compile(r"\b([A-Z][A-Za-z]+)/[\w.?-]+ ?")
_ENTRY_OF = re.compile(r"^(?:Bundle\.)?entry\.resource\((\w+)\)")
_ENTRY = re.compile(r"^(?:Bundle\.)?entry\.resource\b")
_IN_BRACKETS = re.compile(r"\([^()]*\d[^()]*\)")
_BARE = re.compile(r"^[a-z]\w*(?=[.(:]|$)")
_NO_ELEMENT = ("status", "body", "header", "headers", "connection", "certificate", "client", "server")
_ELEMENT = re.compile(r"^([A-Z][A-Za-z]+)\.(\w+(?:\([^)]*\))?)")
_DEEP = ("issue", "meta", "rest")  # elements that hold unlike things: the whole path counts
_TLS_VERSION = re.compile(r",? ?TLS 1\.\d\b")
# The last word of an interaction's key → the resource that it is about.
_RESOURCES = {
    "appointment": "Appointment",
    "appointments": "Appointment",
    "slots": "Slot",
    "patient": "Patient",
    "practitioner": "Practitioner",
    "organization": "Organization",
    "location": "Location",
    "statement": "CapabilityStatement",
}


def place_of(location: str, interaction: str) -> str:
    """Return a finding's location in one spelling: `Slot/a1 start`, `entry[3].resource.start` → `Slot.start`.

    An element named without its resource is one of the resource that the interaction (a key) is about.
    """
    place = _TLS_VERSION.sub("", _IN_BRACKETS.sub("", _URL.sub("URL", _INDEX.sub("", location)))).strip()
    place = _NAMED.sub(r"\1.", place).rstrip(".")
    resource = _RESOURCES.get(interaction.rsplit("_", 1)[-1], "Resource")
    place = _ENTRY.sub(resource, _ENTRY_OF.sub(r"\1", place)).removeprefix("$this.")
    bare = _BARE.match(place)
    return f"{resource}.{place}" if bare and bare[0] not in _NO_ELEMENT else place


def element_of(place: str) -> tuple[str, str] | None:
    """Return the resource type and the element right below it that a place lies in; None where it is no element."""
    match = _ELEMENT.match(place)
    if not match or match[1] == "Bundle":
        return None
    return match[1], place.partition(".")[2] if match[2] in _DEEP else match[2]
