"""Faults that amend and cancel share: one row for both, with the interactions that have it and the editions of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.provider.fault_points import Effect
from conformance.provider.faults.amend_cancel_effects import (
    checks_early,
    presents,
    takes_anything,
    understands,
    will_not,
)
from conformance.provider.faults.effects import (
    alter,
    change,
    drop_extension,
    drop_header,
    header,
    misanswer,
    put,
    skip,
    status,
    store,
    without,
)
from conformance.provider.faults.fault import EVERY, STU3, Fault
from conformance.provider.faults.requesters import organization_of
from conformance.provider.http import Call, Json
from conformance.provider.refusal import Reply, refuse

_BROKEN = Reply("INTERNAL_SERVER_ERROR", 500)

# What stands for the words in braces of a sentence.
_WORDS = {
    "amend": {"updates": "amends", "update": "amend", "an_update": "an amendment"},
    "cancel": {"updates": "cancels", "update": "cancel", "an_update": "a cancellation"},
}
_OWN_DESCRIPTION = {"amend": "Appointment", "cancel": "Cancelled"}

Effects = Effect | tuple[Effect, ...]


def _doc(name: str, value: Any) -> Any:
    return lambda doc: doc | {name: value(doc.get(name)) if callable(value) else value}


def _present(*edits: Any) -> Callable[[str], Effects]:
    """Return the appointment changed in this way."""
    return lambda on: change("Appointment", *edits, on=on)


def _refused_as(rule: str, **fields: Any) -> Callable[[str], Effects]:
    return lambda on: misanswer(rule, on=on, **fields)


def _without_omitted(resource: Json, call: Call) -> Json:
    omitted = [name for name in ("serviceType", "serviceCategory") if name not in call.content]
    return {name: value for name, value in resource.items() if name not in omitted}


def _requires_slot_type(sent: Json, call: Call) -> None:  # noqa: ARG001
    if "serviceType" not in sent:
        raise refuse("fault.refuses", _BROKEN, "something went wrong")


# Name, sentence, effect on the calls of an interaction, editions (of both, or of each).
_ROWS: tuple[tuple[str, str, Callable[[str], Effects], Any], ...] = (
    ("keeps-version", "does not increment the version",
     lambda on: store(on, version=lambda version: version - 1), EVERY),
    ("loses-comment", "does not store the comment", lambda on: store(on, doc=_doc("comment", None)), EVERY),
    ("loses-description", "stores a description of its own",
     lambda on: store(on, doc=_doc("description", _OWN_DESCRIPTION[on])), EVERY),
    ("drops-participants", "loses the second participant",
     lambda on: store(on, doc=_doc("participants", lambda stored: stored[:1])), EVERY),
    ("loses-organization", "loses the booking organisation", lambda on: store(on, doc=_doc("organization", None)), STU3),
    ("created", "returns 201", lambda on: status(201, on=on), EVERY),
    ("no-content", "returns 204", lambda on: status(204, on=on), EVERY),
    ("no-etag", "sends no ETag", lambda on: drop_header("ETag", on=on), EVERY),
    ("old-etag", "sends the ETag of the first version", lambda on: header("ETag", 'W/"1"', on=on, only="success"), EVERY),
    ("answers-other-id", "returns another appointment's id", _present(put("id", "Apt-0")), EVERY),
    ("answer-without-version", "omits meta.versionId from the response", _present(without("meta.versionId")), EVERY),
    ("answer-without-slot", "omits the slots from the response", _present(without("slot")),
     {"amend": EVERY, "cancel": STU3}),
    ("answer-without-service", "omits the slot type from the response", _present(without("serviceType")), STU3),
    ("answer-without-category", "omits the schedule type from the response", _present(without("serviceCategory")), STU3),
    ("answer-without-channel", "omits the delivery channel from the response",
     _present(drop_extension("DeliveryChannel")), STU3),
    ("answer-without-role", "omits the practitioner role from the response",
     _present(drop_extension("PractitionerRole")), STU3),
    ("answer-with-reason", "adds a reason to the response", _present(put("reason", [{"text": "Headache"}])), STU3),
    ("answer-with-specialty", "adds a specialty to the response",
     _present(put("specialty", [{"text": "General practice"}])), STU3),
    ("shifts-end", "returns another end", _present(alter("end", lambda text: f"{text[:11]}23:59:00{text[19:]}")), EVERY),
    ("renews-created", "returns another time of booking", _present(put("created", "2020-01-01T09:00:00+00:00")), STU3),
    ("loses-what-is-omitted", "returns no element that the consumer omitted",
     lambda on: presents(_without_omitted, on=on), STU3),
    ("accepts-stale-version", "{updates} although the version is not the current one",
     lambda _: skip("put.if-match-fits"), EVERY),
    ("accepts-older-version", "accepts an older version as the current one",
     lambda on: checks_early(on=on, older=True), EVERY),
    ("accepts-past", "{updates} an appointment in the past", lambda _: skip("put.not-past"), STU3),
    ("accepts-other-id", "does not compare the id in the body with the URL", lambda _: skip("put.id-fits"), EVERY),
    ("stale-is-invalid", "returns 422 for a stale version",
     _refused_as("put.if-match-fits", code="INVALID_RESOURCE", status=422), EVERY),
    ("unknown-is-server-error", "returns 500 for an unknown appointment",
     _refused_as("read.known", code="INTERNAL_SERVER_ERROR", status=500), EVERY),
    ("refuses-two-slots", "refuses to {update} an appointment of two slots",
     lambda on: will_not(lambda write: len(write.stored.slots) > 1, on=on), EVERY),
    ("only-own", "allows only the booking organisation to {update}",
     lambda on: will_not(lambda write: organization_of(write.call) == "B82617", on=on), STU3),
    ("takes-any-type", "accepts any body as {an_update}", lambda on: takes_anything(on=on), EVERY),
    ("guesses-broken-bodies", "accepts an unreadable body as {an_update}",
     lambda on: (*skip("content.well-formed", "content.not-empty"), takes_anything(on=on)), EVERY),
    ("malformed-is-invalid", "returns 422 for an unreadable body",
     lambda on: tuple(misanswer(rule, on=on, code="INVALID_RESOURCE", status=422)
                      for rule in ("content.well-formed", "content.not-empty")), EVERY),
    ("omitted-is-server-error", "fails when the slot type is omitted",
     lambda on: understands(_requires_slot_type, on=on), STU3),
)  # fmt: skip

FAULTS = tuple(
    Fault(
        f"{area}.{name}",
        about.format(**words),
        effects(area),
        editions[area] if isinstance(editions, dict) else editions,
    )
    for area, words in _WORDS.items()
    for name, about, effects, editions in _ROWS
)
