"""Faults in amending and cancelling: a change that is not allowed returns 200 and nothing comes of it."""

from __future__ import annotations

from typing import Any

from conformance.provider.faults.amend_cancel_effects import Restore, overlooks
from conformance.provider.faults.fault import DSTU2, EVERY, STU3, Fault
from conformance.provider.http import Json


def _element(*names: str) -> Restore:
    def restore(sent: Json, stored: Json) -> None:
        for name in names:
            sent.pop(name, None)
            if name in stored:
                sent[name] = stored[name]

    return restore


def _actor(item: Any) -> str:
    return str(item["actor"]["reference"])


def _participants(kind: str) -> Restore:
    def restore(sent: Json, stored: Json) -> None:
        others = [item for item in sent.get("participant", []) if not _actor(item).startswith(kind)]
        sent["participant"] = [*others, *(item for item in stored["participant"] if _actor(item).startswith(kind))]

    return restore


def _statuses(sent: Json, stored: Json) -> None:
    known = {_actor(item): item["status"] for item in stored["participant"]}
    for item in sent.get("participant", []):
        item["status"] = known.get(_actor(item), item["status"])


def _contained(name: str) -> Restore:
    def restore(sent: Json, stored: Json) -> None:
        for mine, theirs in zip(sent.get("contained", []), stored.get("contained", []), strict=False):
            mine[name] = theirs[name]

    return restore


def _extension(part: str) -> Restore:
    def restore(sent: Json, stored: Json) -> None:
        others = [item for item in sent.get("extension", []) if part not in item["url"]]
        kept = [*others, *(item for item in stored.get("extension", []) if part in item["url"])]
        _element("extension")(sent, {"extension": kept} if kept else {})

    return restore


def _absolute(value: Any, _: Any = None) -> None:
    """Read the last two parts of a reference only."""
    for item in value if isinstance(value, list) else value.values() if isinstance(value, dict) else ():
        _absolute(item)
    if isinstance(value, dict) and isinstance(value.get("reference"), str) and "://" in value["reference"]:
        value["reference"] = "/".join(value["reference"].split("/")[-2:])


_ROWS: tuple[tuple[str, str, tuple[Restore, ...], tuple[str, ...]], ...] = (
    ("start", "another start", (_element("start"),), EVERY),
    ("end", "another end", (_element("end"),), EVERY),
    ("times", "another start and end", (_element("start", "end"),), EVERY),
    ("slots", "other slots", (_element("slot"),), EVERY),
    ("rescheduling", "another slot with its times", (_element("start", "end", "slot"),), EVERY),
    ("patient", "another patient", (_participants("Patient"),), EVERY),
    ("location", "another location", (_participants("Location"),), EVERY),
    ("practitioner", "another practitioner", (_participants("Practitioner"),), EVERY),
    ("participants", "other participants", (_element("participant"),), EVERY),
    ("participant-status", "a participant's other status", (_statuses,), EVERY),
    ("created", "another time of booking", (_element("created"),), STU3),
    ("organisation", "another booking organisation", (_element("contained"), _extension("BookingOrganisation")), STU3),
    ("organisation-name", "another name of the booking organisation", (_contained("name"),), STU3),
    ("organisation-code", "another ODS code of the booking organisation", (_contained("identifier"),), STU3),
    ("organisation-telecom", "another telephone of the booking organisation", (_contained("telecom"),), STU3),
    ("channel", "another delivery channel", (_extension("DeliveryChannel"),), STU3),
    ("role", "another practitioner role", (_extension("PractitionerRole"),), STU3),
    ("service-type", "another slot type", (_element("serviceType"),), STU3),
    ("service-category", "another schedule type", (_element("serviceCategory"),), STU3),
    ("identifier", "another identifier", (_element("identifier"),), EVERY),
    ("specialty", "a specialty", (_element("specialty"),), STU3),
    ("type", "another type", (_element("type"),), DSTU2),
    ("priority", "another priority", (_element("priority"),), EVERY),
    ("duration", "another duration", (_element("minutesDuration"),), DSTU2),
    ("unknown-properties", "an element that FHIR does not define", (_element("urgency"),), EVERY),
)
_AMEND_ONLY = (
    ("reason", "a reason", (_element("reason"),), STU3),
    ("status", "another status", (_element("status"),), EVERY),
    ("cancellation-reason", "a cancellation reason", (_extension("ancellation"),), EVERY),
)
_CANCEL_ONLY = (
    ("reason", "another reason", (_element("reason"),), DSTU2),
    ("comment", "another comment", (_element("comment"),), EVERY),
    ("description", "another description", (_element("description"),), EVERY),
)
# Nothing tries these: cancelling with another of them is refused as one with another organisation's name or identifier is.
_NOT_TRIED = {
    "cancel": {"created", "rescheduling", "organisation-telecom", "identifier", "specialty"},
    "amend": {"service-type", "service-category"},
}

FAULTS = (
    *(
        Fault(
            f"{area}.ignores-{name}",
            f"returns 200 for {what} and retains its own value",
            overlooks(*how, on=area),
            editions,
        )
        for area, more in (("amend", _AMEND_ONLY), ("cancel", _CANCEL_ONLY))
        for name, what, how, editions in (*_ROWS, *more)
        if name not in _NOT_TRIED[area]
    ),
    *(
        Fault(
            f"{area}.reads-absolute-references",
            "takes an absolute reference for a relative one",
            overlooks(_absolute, on=area),
        )
        for area in ("amend", "cancel")
    ),
)
