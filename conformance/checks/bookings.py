"""Checks of the Appointment returned by a booking, against what was sent and the slots it was sent for.

A slot here is anything with `raw` (the Slot), `schedule` (its Schedule), `start` and `end`, as engine.slot_pool has them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from conformance.checks.check import Check, Context
from conformance.checks.json_values import every, extensions, first, targets
from conformance.checks.profile_conformance import conforms
from conformance.consumer.response import Response
from conformance.consumer.uk_time import parse_instant
from conformance.core.results import Finding, Severity
from conformance.fhir.addresses import read_reference

Json = Mapping[str, Any]


class Bookable(Protocol):
    """A free slot with its schedule."""

    @property
    def raw(self) -> Json:
        """The Slot."""

    @property
    def schedule(self) -> Json:
        """The Schedule."""

    @property
    def start(self) -> datetime:
        """When it begins (aware)."""

    @property
    def end(self) -> datetime:
        """When it ends (aware)."""


def times_of(slots: Sequence[Bookable]) -> Check:
    """Start is the first slot's start and end the last slot's end, as instants."""
    wanted = {"start": min(slot.start for slot in slots), "end": max(slot.end for slot in slots)}

    def check(response: Response, context: Context) -> Iterator[Finding]:
        for path, moment in wanted.items():
            found = first(response.value, path)
            if parse_instant(found) != moment:
                yield _finding(
                    "time-differs",
                    path,
                    "the appointment is at another time than its slots",
                    [found],
                    moment.isoformat(),
                )

    return check


def slots_of(sent: Json) -> Check:
    """The appointment refers to exactly the slots that were sent."""
    wanted = sorted(targets(sent, "slot.reference"))

    def check(response: Response, context: Context) -> Iterator[Finding]:
        found = sorted(targets(response.value, "slot.reference"))
        if found != wanted:
            yield _finding(
                "slots-differ", "slot", "the appointment is for other slots than were booked", found, ", ".join(wanted)
            )

    return check


def texts_kept(sent: Json) -> Check:
    """Each of description and comment that was sent is stored in full, in its own element or joined with the other."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        found = [str(value) for path in ("description", "comment") for value in every(response.value, path)]
        for path in ("description", "comment"):
            text = sent.get(path)
            if isinstance(text, str) and not any(text in value for value in found):
                yield _finding("text-lost", path, "a text that was sent is not stored in full", found, _short(text))

    return check


def texts_exactly(sent: Json, *paths: str) -> Check:
    """Each text that was sent at these top-level elements is stored in that element as it was sent."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        for path in paths:
            found = first(response.value, path)
            if found != sent.get(path):
                yield _finding(
                    "element-lost",
                    path,
                    "the appointment does not hold what was sent",
                    [found],
                    _short(str(sent.get(path))),
                )

    return check


def participants_complete(response: Response, context: Context) -> Iterator[Finding]:
    """There are participants, and each says who takes part and with what status."""
    found = list(every(response.value, "participant"))
    if not found:
        yield _finding("no-participants", "participant", "the appointment has no participants", [], "at least two")
    for number, participant in enumerate(found):
        for path in ("actor.reference", "status"):
            if not first(participant, path):
                yield _finding(
                    "participant-incomplete",
                    f"participant[{number}].{path}",
                    "a participant lacks what every participant has",
                    [],
                    path,
                )


def only_patient(patient: str) -> Check:
    """There is exactly one patient among the participants: the one with this logical id."""
    return _participants(
        "Patient", [f"Patient/{patient}"], "the appointment is not for exactly the patient it was booked for"
    )


def only_location(location: str) -> Check:
    """There is exactly one location among the participants: the one with this logical id."""
    return _participants(
        "Location", [f"Location/{location}"], "the appointment is not at exactly the location it was booked at"
    )


def _participants(kind: str, wanted: Sequence[str], message: str) -> Check:
    def check(response: Response, context: Context) -> Iterator[Finding]:
        of_kind = targets(response.value, "participant.actor.reference", kind)
        if of_kind != list(wanted):
            yield _finding("participants-differ", "participant", message, of_kind, ", ".join(wanted))

    return check


def service_type_of(slots: Sequence[Bookable]) -> Check:
    """serviceType.text is the practice's description of the slot type."""
    return _practice_text("serviceType", [text for slot in slots for text in every(slot.raw, "serviceType.text")])


def service_category_of(slots: Sequence[Bookable]) -> Check:
    """serviceCategory.text is the practice's description of the schedule."""
    return _practice_text(
        "serviceCategory", [text for slot in slots for text in every(slot.schedule, "serviceCategory.text")]
    )


def _practice_text(element: str, known: Sequence[Any]) -> Check:
    def check(response: Response, context: Context) -> Iterator[Finding]:
        found = [str(value) for value in every(response.value, f"{element}.text")]
        wanted = {str(text) for text in known}
        if not found or not set(found) <= wanted:
            yield _finding(
                "practice-text",
                f"{element}.text",
                "the practice's own description is not given",
                found,
                " or ".join(sorted(wanted)),
            )

    return check


def lacks(*elements: str) -> Check:
    """None of these elements is in the appointment."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        for element in elements:
            if element in response.resource:
                yield _finding(
                    "element-prohibited", element, "an element is given that must not be there", ["present"], "absent"
                )

    return check


def extension_of(name: str, held_by: Iterable[Json], value: str) -> Check:
    """The appointment has the extension `name` with the same `value` (path in the extension) as the slot or schedule."""
    holders = list(held_by)

    def check(response: Response, context: Context) -> Iterator[Finding]:
        canonical = context.edition.extension(name)
        urls = canonical.accepted if canonical else ()
        wanted = {str(item) for holder in holders for ext in extensions(holder, *urls) for item in every(ext, value)}
        found = {str(item) for ext in extensions(response.value, *urls) for item in every(ext, value)}
        if not wanted or found != wanted:
            yield _finding(
                "extension-differs",
                f"extension({name})",
                "what the slot or its schedule says is not carried on the appointment",
                sorted(found),
                ", ".join(sorted(wanted)) or "a value on the slot or schedule",
            )

    return check


def created_close_to(sent: Json, *, seconds: int = 600) -> Check:
    """`created` is there, and no further from the one sent than a provider's own clock may be."""
    wanted = parse_instant(sent.get("created"))

    def check(response: Response, context: Context) -> Iterator[Finding]:
        found = parse_instant(first(response.value, "created"))
        if found is None or wanted is None or abs((found - wanted).total_seconds()) > seconds:
            yield _finding(
                "created-differs",
                "created",
                "the appointment does not have its time of booking",
                [first(response.value, "created")],
                str(sent.get("created")),
            )

    return check


def identifiers_complete(response: Response, context: Context) -> Iterator[Finding]:
    """Every business identifier, where there are any, has a system and a value."""
    for number, identifier in enumerate(every(response.value, "identifier")):
        for part in ("system", "value"):
            if not first(identifier, part):
                yield _finding(
                    "identifier-incomplete",
                    f"identifier[{number}].{part}",
                    "an identifier lacks a part without which it identifies nothing",
                    [],
                    part,
                )


def _finding(code: str, path: str, message: str, actual: Sequence[Any], wanted: str, **more: Any) -> Finding:
    where = f"Appointment.{path}" if path else "Appointment"
    found = ", ".join(_short(str(value)) for value in actual if value is not None) or "nothing"
    return Finding(message, location=where, found=found, expected=wanted, code=code, **more)


def _short(text: str, limit: int = 120) -> str:
    return text if len(text) <= limit else f"{text[:60]} … {text[-40:]} ({len(text)} characters)"


def booking_organisation(sent: Json, *, missing_type: Severity = Severity.FAIL) -> Check:
    """The booking organisation is stored completely (STU3-BOOK-028).

    `missing_type` is what a missing organisation type weighs: the book page's own example leaves it out of the response.
    """
    wanted = _organisation(sent)

    def check(response: Response, context: Context) -> Iterator[Finding]:
        canonical = context.edition.extension("booking_organization")
        links = extensions(response.value, *(canonical.accepted if canonical else ()))
        named = [read_reference(text).id for link in links for text in every(link, "valueReference.reference")]
        found = [
            item for item in every(response.value, "contained") if isinstance(item, dict) and item.get("id") in named
        ]
        if len(links) != 1 or len(found) != 1 or found[0].get("resourceType") != "Organization":
            yield _finding(
                "organisation-lost",
                "extension(booking_organization)",
                "the booking organisation is not in the appointment",
                named,
                "one extension that refers to one contained Organization",
            )
            return
        for path in _ORGANISATION_PARTS:
            sent_values, stored = list(every(wanted, path)), list(every(found[0], path))
            if any(value not in stored for value in sent_values):
                severity = missing_type if path.startswith("type") and not stored else Severity.FAIL
                yield _finding(
                    "organisation-differs",
                    f"contained(Organization).{path}",
                    "part of the booking organisation is not stored as it was sent",
                    stored,
                    ", ".join(map(str, sent_values)),
                    severity=severity,
                )

    return check


_ORGANISATION_PARTS = (
    "identifier.system",
    "identifier.value",
    "name",
    "telecom.system",
    "telecom.value",
    "type.coding.code",
)


def _organisation(body: Json) -> Any:
    found = [item for item in every(body, "contained") if first(item, "resourceType") == "Organization"]
    return found[0] if found else {}


def organisation_conforms(response: Response, context: Context) -> Iterator[Finding]:
    """The contained Organization conforms to its profile and carries no version of its own (FHIR's rule dom-4)."""
    found = _organisation(response.resource)
    if not found:
        yield _finding("organisation-lost", "contained", "there is no contained Organization", [], "one")
        return
    for part in ("versionId", "lastUpdated"):
        if first(found, f"meta.{part}"):
            yield _finding(
                "contained-versioned",
                f"contained(Organization).meta.{part}",
                "a contained resource has no version of its own",
                ["present"],
                "absent",
            )
    yield from conforms(response.part(found), context)


def has_actor(kind: str, logical_id: str) -> Check:
    """Check that this actor is among the participants."""
    wanted = f"{kind}/{logical_id}"

    def check(response: Response, context: Context) -> Iterator[Finding]:
        found = targets(response.value, "participant.actor.reference")
        if wanted not in found:
            yield _finding("participant-lost", "participant", "a participant that was sent is missing", found, wanted)

    return check


def located(response: Response) -> str:
    """Return the logical id that the Location header names, "" when it names none."""
    found = read_reference(response.exchange.header("Location"))
    return found.id if found.leads_to("Appointment") else ""


def minimal(code: int) -> Check:
    """The response to Prefer: return=minimal has the status, Location and ETag, and no body."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        if response.status != code:
            yield Finding(
                "the status is another than expected",
                location="status",
                found=response.described,
                expected=str(code),
                code="status",
            )
            return
        for name in ("Location", "ETag"):
            if not response.exchange.header(name):
                yield Finding(
                    "a header is missing", location=f"header {name}", found="none", expected=name, code="header-missing"
                )
        if response.exchange.response_body:
            yield Finding(
                "the response has a body though none was requested",
                Severity.WARN,
                "body",
                found=response.described,
                expected="no body",
                code="body-unwanted",
            )

    return check
