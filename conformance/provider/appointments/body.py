"""An Appointment as a consumer sent it: nothing about its shape is taken for granted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from conformance.provider.http import Call, Json
from conformance.provider.refusal import Reply
from conformance.provider.rules import Rules

_RELATIVE = re.compile(r"([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})")
BODY = Rules("body")


@dataclass(frozen=True)
class Sent:
    """The body of a request that writes an appointment."""

    call: Call
    body: Any

    @cached_property
    def json(self) -> Json:
        """The body as an object, empty when it is none."""
        return self.body if isinstance(self.body, dict) else {}

    def objects(self, name: str) -> list[Json]:
        """The objects in a list element."""
        return objects(self.json.get(name))

    @cached_property
    def actors(self) -> list[str]:
        """The references of the participants' actors; "" where there is none."""
        return [reference_of(item.get("actor")) for item in self.objects("participant")]

    @cached_property
    def slot_references(self) -> list[str]:
        """The references to slots; "" where there is none."""
        return [reference_of(item) for item in self.objects("slot")]

    def extension(self, name: str) -> Json | None:
        """The first extension of the edition's by its short name."""
        canonical = self.call.provider.edition.extension(name)
        urls = canonical.accepted if canonical else ()
        return next((item for item in self.objects("extension") if item.get("url") in urls), None)

    @property
    def organization(self) -> Json | None:
        """The contained Organization that the booking organisation's extension leads to."""
        extension = self.extension("booking_organization") or {}
        wanted = reference_of(extension.get("valueReference")).removeprefix("#")
        return next(
            (
                item
                for item in self.objects("contained")
                if item.get("resourceType") == "Organization" and wanted and item.get("id") == wanted
            ),
            None,
        )


def objects(value: Any) -> list[Json]:
    """The objects in a list; none when it is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def reference_of(value: Any) -> str:
    """The reference in a Reference, "" where there is none."""
    found = value.get("reference") if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""


def split_reference(reference: str) -> tuple[str, str]:
    """Type and id of a relative reference, two empty strings for anything else."""
    match = _RELATIVE.fullmatch(reference)
    return (match[1], match[2]) if match else ("", "")


def text_of(value: Any) -> str:
    """A text that says something, else ""."""
    return value if isinstance(value, str) and value.strip() else ""


def read_appointment_body(call: Call) -> Sent:
    """Return the Appointment that a request carries; raises Refusal where it is none."""
    sent = Sent(call, call.provider.bodies.read(call))
    BODY.enforce(call, sent)
    return sent


@BODY.rule("is-appointment", "INVALID_RESOURCE", dstu2=Reply("BAD_REQUEST"))
def _is_appointment(sent: Sent) -> str | None:
    """The body is an Appointment."""
    kind = sent.json.get("resourceType")
    return None if kind == "Appointment" else f"the body is a {str(kind)[:40]}, not an Appointment"


@BODY.rule("names-profile", stu3="INVALID_RESOURCE")
def _names_profile(sent: Sent) -> str | None:
    """The Appointment says which profile it follows."""
    canonical = sent.call.provider.edition.profile("Appointment")
    assert canonical is not None
    meta = sent.json.get("meta")
    named = meta.get("profile") if isinstance(meta, dict) else None
    fits = isinstance(named, list) and any(url in canonical.accepted for url in named)
    return None if fits else f"meta.profile does not name {canonical.canonical}"


@BODY.rule("follows-profile")
def _follows_profile(sent: Sent) -> str | None:
    """The Appointment follows its profile."""
    return sent.call.provider.bodies.wrong(sent.json, "Appointment")


@BODY.rule("relative-references")
def _relative_references(sent: Sent) -> str | None:
    """References are relative: Type/id, or #id for what is contained."""
    absolute = [item for item in (*sent.actors, *sent.slot_references) if item and not split_reference(item)[0]]
    return f"the reference {absolute[0][:80]} is not relative" if absolute else None
