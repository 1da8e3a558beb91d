"""More faults in booking: what is demanded, overlooked or taken for something else in the request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.provider.appointments.body import Sent, objects, reference_of, split_reference
from conformance.provider.appointments.book import write_booking
from conformance.provider.appointments.book_slots import Booking
from conformance.provider.fault_points import Effect, Seam
from conformance.provider.faults.effects import alter, content, misanswer, put, setting, skip
from conformance.provider.faults.fault import DSTU2, STU3, Fault
from conformance.provider.http import Call, Json
from conformance.provider.refusal import Refusal, Reply, refuse
from conformance.provider.store import document

_ON = "book"
_KEYS = frozenset({"book_appointment"})
_BROKEN = Reply("INTERNAL_SERVER_ERROR")


def _rejects(when: Callable[[Sent], object], reply: str | Reply = "INVALID_RESOURCE") -> Effect:
    """Refuse bodies that are right, or break on wrong ones."""

    def apply(body: Any, call: Call | None) -> Any:
        assert call is not None
        if when(Sent(call, body)):
            raise refuse("fault.rejects", reply, "refused without a reason")
        return body

    return Effect(Seam.CONTENT, apply, on=_KEYS)


def _breaks(when: Callable[[Sent], object]) -> Effect:
    return _rejects(when, _BROKEN)


def _reads(edit: Callable[[Json], Json]) -> Effect:
    """Read something else than was sent, where it is an object."""

    def apply(body: Any, call: Call | None) -> Any:  # noqa: ARG001
        return edit(dict(body)) if isinstance(body, dict) else body

    return Effect(Seam.CONTENT, apply, on=_KEYS)


def _participants(edit: Callable[[list[Json]], list[Json]]) -> Effect:
    return _reads(lambda body: {**body, "participant": edit(objects(body.get("participant")))})


def _takes_part(participants: list[Json], kind: str) -> bool:
    return any(reference_of(item.get("actor")).startswith(kind) for item in participants)


def _participant(actor: str) -> Json:
    return {"actor": {"reference": actor}, "status": "accepted"}


def _with_patient(participants: list[Json]) -> list[Json]:
    """The participants, and the practice's first patient where there is none."""
    return participants if _takes_part(participants, "Patient/") else [_participant("Patient/pat-01"), *participants]


def _with_anybody(participants: list[Json]) -> list[Json]:
    """The participants, or a patient at an index chosen by the practice."""
    return participants or [_participant("Patient/pat-01"), _participant("Location/loc-main")]


def _patient_is(sent: Sent, test: Callable[[Json], bool]) -> bool:
    rows = [
        sent.call.provider.store.patient(item) for kind, item in map(split_reference, sent.actors) if kind == "Patient"
    ]
    return any(test(document(row)) for row in rows if row is not None)


def _unsound(sent: Sent) -> bool:
    """Whether a reference is none, is absolute, or leads to a slot by another type."""
    references = [*sent.actors, *sent.slot_references]
    patients = [item for item in sent.slot_references if item.startswith("Patient/")]
    return bool(patients) or any(item and not split_reference(item)[0] for item in references)


def _with_sent(element: str) -> Effect:
    """Return the consumer's own value of an element."""

    def apply(resource: Json, call: Call | None) -> Json:
        sent = call.content.get(element) if call and isinstance(call.content, dict) else None
        return {**resource, element: sent} if sent else resource

    return Effect(Seam.RESOURCE, apply, of="Appointment", on=_KEYS)


def _store_refused(refusal: Refusal, call: Call | None) -> Refusal:
    """Store the appointment although it is refused."""
    if call is not None and refusal.rule == "book.practitioner-known":
        sent = Sent(call, call.content)
        store = call.provider.store
        slots = store.slots([split_reference(item)[1] for item in sent.slot_references])
        with store.writing():
            write_booking(Booking(sent, slots))
    return refusal


def _no_xml(call: Call, same: Call | None) -> Call:  # noqa: ARG001
    if "xml" in call.header("Content-Type"):
        raise refuse("fault.rejects", Reply("BAD_REQUEST", 415), "XML cannot be read here")
    return call


_TIMES = ("book.has-start", "book.has-end", "book.start-of-slots", "book.end-of-slots", "book.start-not-past")

FAULTS = (
    # what is assumed where it is missing
    Fault("book.accepts-missing-times", "takes the slot's times where none are sent",
          skip(*_TIMES, "body.follows-profile")),
    Fault("book.breaks-without-slot", "breaks when no slot is named",
          _breaks(lambda sent: not sent.slot_references or not all(sent.slot_references))),
    Fault("book.assumes-the-patient", "books for some patient when none is named",
          (*skip("body.follows-profile"), _participants(_with_patient))),
    Fault("book.assumes-the-participants", "books for some patient at some place when there are no participants",
          (*skip("body.follows-profile", "book.location-of-schedule", "content.well-formed"), _participants(_with_anybody))),
    Fault("book.assumes-the-actor", "books for some patient when a participant has no actor",
          (*skip("body.follows-profile"),
           content(put("participant.actor", lambda value: value or {"reference": "Patient/pat-01"}), on=_ON))),
    Fault("book.drops-participants-without-actor", "passes over participants without an actor",
          (*skip("body.follows-profile"), _participants(lambda value: [item for item in value if "actor" in item]))),
    Fault("book.accepts-empty-description", "takes an empty text for a description",
          (*skip("body.follows-profile", "content.well-formed", "book.has-description"),
           content(alter("description", lambda text: text or "-"), on=_ON))),
    Fault("book.status-in-any-case", "does not heed the letter case of status",
          content(alter("status", lambda text: text.lower() if isinstance(text, str) else text), on=_ON)),
    Fault("book.ignores-times", "books the slot whatever times were sent", skip(*_TIMES)),
    Fault("book.reads-any-start", "takes the slot's start for one that cannot be read",
          skip("book.has-start", "book.start-of-slots", "body.follows-profile", "content.well-formed")),
    Fault("book.accepts-slot-object", "takes an object where slot must be a list",
          (*skip("body.follows-profile"),
           content(alter("slot", lambda value: value if isinstance(value, list) else [value]), on=_ON))),
    Fault("book.takes-numbers-for-texts", "takes a number for a text",
          (*skip("body.follows-profile"), content(alter("description", str), on=_ON))),
    Fault("book.breaks-without-profile", "breaks when the profile is another than its own, or none",
          _breaks(lambda sent: "ppointment" not in str(sent.json.get("meta"))), DSTU2),
    Fault("book.breaks-without-created", "breaks when created is missing",
          _breaks(lambda sent: "created" not in sent.json), STU3),
    Fault("book.breaks-on-unknown-element", "breaks on an element that it does not know",
          _breaks(lambda sent: "invalidField" in sent.json)),
    # what references lead to
    Fault("book.unknown-slot-is-server-error", "breaks when a slot does not exist",
          misanswer("book.slots-known", code="INTERNAL_SERVER_ERROR", status=500)),
    Fault("book.looks-at-ids-only", "looks at the id of a reference and not at its type",
          skip("book.slots-known", "body.follows-profile")),
    Fault("book.wrong-reference-is-500", "breaks on a reference that leads nowhere by its form", _breaks(_unsound)),
    Fault("book.accepts-any-actor", "lets anything take part, and anything be a reference",
          skip("body.follows-profile", "body.relative-references", "book.practitioner-known")),
    Fault("book.stores-before-it-checks", "stores the appointment and then looks whether the practitioner exists",
          Effect(Seam.REFUSAL, _store_refused, on=_KEYS)),
    Fault("book.takes-id-of-body", "gives the new appointment the id that the body carries", _with_sent("id")),
    Fault("book.ignores-restrictions", "books restricted slots for every organisation", skip("book.slot-is-open"), STU3),
    # what is refused though it is right
    Fault("book.refuses-adjacent", "books one slot at a time", _rejects(lambda sent: len(sent.slot_references) > 1)),
    Fault("book.two-slots-at-most", "books two slots at most",
          _rejects(lambda sent: len(sent.slot_references) > 2)),
    Fault("book.slots-in-order-only", "wants the slots in the order of time",
          _rejects(lambda sent: sent.slot_references != sorted(sent.slot_references))),
    Fault("book.demands-comment", "demands a comment", _rejects(lambda sent: "comment" not in sent.json)),
    Fault("book.demands-practitioner", "demands a practitioner",
          _rejects(lambda sent: not any(actor.startswith("Practitioner/") for actor in sent.actors))),
    Fault("book.refuses-displays", "refuses references with a display",
          _rejects(lambda sent: "display" in str(sent.json.get("slot")))),
    Fault("book.compares-times-as-text", "wants the times written as it writes them",
          _rejects(lambda sent: not str(sent.json.get("start")).endswith(("+00:00", "+01:00")))),
    Fault("book.refuses-priority", "refuses a priority", _rejects(lambda sent: "priority" in sent.json)),
    Fault("book.refuses-reason-code", "refuses a coded reason",
          _rejects(lambda sent: "coding" in str(sent.json.get("reason"))), DSTU2),
    Fault("book.refuses-participant-type", "refuses a participant's type",
          _rejects(lambda sent: any("type" in item for item in sent.objects("participant"))), DSTU2),
    Fault("book.extension-is-server-error", "breaks on extensions that it does not know",
          _rejects(lambda sent: any("example.org" in str(item.get("url")) for item in sent.objects("extension")),
                   "INTERNAL_SERVER_ERROR"), DSTU2),
    Fault("book.heeds-dissent", "refuses patients who dissent from sharing",
          _rejects(lambda sent: _patient_is(sent, lambda facts: "dissent" in facts.get("flags", ())), "NO_PATIENT_CONSENT"),
          STU3),
    Fault("book.refuses-temporary-patients", "refuses patients registered temporarily",
          _rejects(lambda sent: _patient_is(sent, lambda facts: facts.get("registration") == "T"))),
    Fault("book.takes-service-category", "takes the consumer's description of the schedule for its own",
          _with_sent("serviceCategory"), STU3),
    # bodies
    Fault("book.wrong-type-is-500", "breaks on a body of another type",
          misanswer("body.is-appointment", code="INTERNAL_SERVER_ERROR", status=500)),
    Fault("book.unwraps-bundles", "takes the first entry of a Bundle for the body",
          _reads(lambda body: body["entry"][0]["resource"] if body.get("entry") else body)),
    Fault("book.unreadable-is-500", "breaks on a body that cannot be read",
          (misanswer("content.well-formed", code="INTERNAL_SERVER_ERROR", status=500),
           misanswer("content.not-empty", code="INTERNAL_SERVER_ERROR", status=500))),
    Fault("book.unreadable-is-422", "calls a body that cannot be read an invalid resource",
          misanswer("content.well-formed", code="INVALID_RESOURCE", status=422)),
    Fault("book.xml-refused", "cannot read XML",
          Effect(Seam.CALL, _no_xml, on=_KEYS)),
    Fault("book.prefer-ignored", "does not heed Prefer", setting("http.honours-prefer", False, on=_ON)),
)  # fmt: skip
