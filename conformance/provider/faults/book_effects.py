"""More faults in booking: the response, and later responses and slots."""

from __future__ import annotations

import html
import time
from collections.abc import Callable
from typing import Any

from conformance.provider.fault_points import Effect, Seam
from conformance.provider.faults.effects import alter, capitals, change, content, found, header, put, without
from conformance.provider.faults.fault import DSTU2, STU3, Fault
from conformance.provider.http import Call, Json, Response

_ON = "book"
_LATER = "read retrieve"
_KEYS = frozenset({"book_appointment"})
_REFUSED = 400
_TEN_MINUTES = 600


def _says(*edits: Callable[[Any], Any]) -> Effect:
    return change("Appointment", *edits, on=_ON)


def _responds(edit: Callable[[Response, Call], Response]) -> Effect:
    """Return another response to a successful booking."""

    def apply(response: Response, call: Call | None) -> Response:
        assert call is not None
        return response if response.status >= _REFUSED else edit(response, call)

    return Effect(Seam.RESPONSE, apply, on=_KEYS)


def _nothing(response: Response, call: Call) -> Response:  # noqa: ARG001
    return Response(response.status, None, response.headers)


def _outcome(response: Response, call: Call) -> Response:
    outcome = call.provider.shapes.outcome("informational", {"code": "OK"}, "booked")
    return Response(response.status, outcome, response.headers)


def _nothing_if_preferred(response: Response, call: Call) -> Response:
    return _nothing(response, call) if call.header("Prefer") else response


def _unlocated(response: Response, call: Call) -> Response:  # noqa: ARG001
    kept = {name: value for name, value in response.headers.items() if name != "Location"}
    return response if response.resource else Response(response.status, None, kept)


def _actors_without(kind: str) -> Callable[[Any], Any]:
    return lambda value: [item for item in value if not item["actor"]["reference"].startswith(kind)]


def _led(kind: str, to: str) -> Callable[[Any], Any]:
    """Let references to a type lead elsewhere."""
    return lambda value: to if value.startswith(kind) else value


def _shorter(values: Json, call: Call | None) -> Json:  # noqa: ARG001
    return values | {"slots": values["slots"][:1], "end": values["start"] + _TEN_MINUTES}


def _neighbours_too(values: Json, call: Call | None) -> Json:
    """Mark all slots of the schedule as taken."""
    assert call is not None
    call.provider.store.database.execute(
        "UPDATE slot SET status = 'busy' WHERE schedule IN (SELECT schedule FROM slot WHERE id = ?)",
        (values["slots"][0],),
    )
    return values


def _of_all(rows: list[Any], call: Call | None) -> list[Any]:  # noqa: ARG001
    """The appointments of all patients."""
    assert call is not None
    return call.provider.store.rows("SELECT * FROM appointment ORDER BY start, id")


def _none(rows: list[Any]) -> list[Any]:
    return rows[:0]


def _moment(version: object) -> str:  # noqa: ARG001
    return str(time.time_ns())


def _without_comment_in_xml(body: Any, call: Call | None) -> Any:
    lost = call is not None and "xml" in call.header("Content-Type")
    return {key: value for key, value in body.items() if key != "comment"} if lost else body


FAULTS = (
    Fault("book.answers-without-body", "returns no body for a booking", _responds(_nothing)),
    Fault("book.answers-outcome", "returns an OperationOutcome for a booking", _responds(_outcome)),
    Fault("book.minimal-for-all", "leaves the body out whatever Prefer says", _responds(_nothing_if_preferred)),
    Fault("book.minimal-without-location", "leaves the Location out with the body", _responds(_unlocated)),
    Fault("book.answer-prohibited-element", "gives identifiers a use, which the profile prohibits",
          _says(put("identifier.use", "official"))),
    Fault("book.answer-without-description", "omits the description from the response", _says(without("description"))),
    Fault("book.profile-of-slot", "names the profile of another resource in the response",
          _says(alter("meta.profile", lambda value: [url.replace("ppointment", "nother") for url in value]))),
    Fault("book.strong-etag", "sends the version as a strong ETag",
          header("ETag", lambda value: value and value[2:], on=_ON)),
    Fault("book.end-missing", "omits the end from the response", _says(without("end"))),
    Fault("book.keeps-one-slot", "books the first of two slots, and its time", Effect(Seam.STORE, _shorter, on=_KEYS)),
    Fault("book.description-upper-case", "stores descriptions in capitals, as its screens show them",
          _says(alter("description", capitals))),
    Fault("book.participant-without-status", "omits the status of participants from the response",
          _says(without("participant.status"))),
    Fault("book.participants-missing", "omits the participants from the response", _says(without("participant"))),
    Fault("book.another-patient", "returns another patient",
          _says(alter("participant.actor.reference", _led("Patient/", "Patient/pat-05")))),
    Fault("book.drops-location", "omits the location from the response",
          _says(alter("participant", _actors_without("Location/")))),
    Fault("book.dangling-participant", "names a place that cannot be read",
          _says(alter("participant.actor.reference", _led("Location/", "Location/closed")))),
    Fault("book.identifier-without-system", "gives business identifiers without a system",
          _says(without("identifier.system"))),
    Fault("book.drops-created", "omits created from the response", _says(without("created")), STU3),
    Fault("book.service-type-fixed", "gives every slot type the same name",
          _says(put("serviceType", [{"text": "Appointment"}])), STU3),
    Fault("book.drops-organisation-telecom", "omits the booking organisation's telecom",
          _says(without("contained.telecom")), STU3),
    Fault("book.drops-organisation-name", "omits the booking organisation's name",
          _says(without("contained.name")), STU3),
    Fault("book.answer-other-organisation", "names itself as the booking organisation",
          _says(put("contained.name", "The Beeches")), STU3),
    Fault("book.organisation-versioned", "gives the contained Organization a version",
          _says(put("contained.meta.versionId", "1")), STU3),
    Fault("book.times-with-fractions", "writes fractions of seconds",
          _says(alter("start", lambda text: f"{text[:19]}.000{text[19:]}")), STU3),
    Fault("book.drops-type", "omits the type that was sent", _says(without("type")), DSTU2),
    Fault("book.drops-priority", "omits the priority", _says(without("priority")), DSTU2),
    Fault("book.xml-texts-lost", "loses the comment of a booking in XML",
          Effect(Seam.CONTENT, _without_comment_in_xml, on=_KEYS)),
    # what becomes of it
    Fault("book.stores-no-comment", "has lost the comment when the appointment is looked up",
          change("Appointment", without("comment"), on=_LATER)),
    Fault("book.read-without-slot", "leaves the slot out when an appointment is read",
          change("Appointment", without("slot"), on="read")),
    Fault("book.version-per-answer", "increments the version with every response",
          change("Appointment", put("meta.versionId", _moment))),
    Fault("book.not-retrieved", "does not list new appointments", found(_none, on="retrieve")),
    Fault("book.retrieve-without-comment", "leaves the comment out of lists",
          change("Appointment", without("comment"), on="retrieve")),
    Fault("book.retrieve-with-one-slot", "lists the first slot of an appointment only",
          change("Appointment", alter("slot", lambda value: value[:1]), on="retrieve")),
    Fault("book.retrieve-without-organisation", "leaves the booking organisation out of lists",
          change("Appointment", without("contained"), on="retrieve"), STU3),
    Fault("book.retrieved-for-all", "lists the appointments of all patients",
          Effect(Seam.FOUND, _of_all, on=frozenset({"retrieve_patient_appointments"}))),
    Fault("book.takes-neighbours", "takes all slots of the schedule", Effect(Seam.STORE, _neighbours_too, on=_KEYS)),
    Fault("book.escapes-markup", "stores texts with their markup escaped",
          content(alter("comment", lambda text: html.escape(text) if isinstance(text, str) else text), on=_ON)),
)  # fmt: skip
