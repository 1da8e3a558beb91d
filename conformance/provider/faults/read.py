"""Faults in reading an appointment: which is found, which version it is, and what is said of unknown ones."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from conformance.provider.clock import midnight
from conformance.provider.fault_points import Effect, Seam
from conformance.provider.faults.appointment_content import content_faults
from conformance.provider.faults.effects import (
    alter,
    capitals,
    change,
    drop_header,
    header,
    html_page,
    misanswer,
    put,
    refuses,
    skip,
    status,
)
from conformance.provider.faults.fault import DSTU2, STU3, Fault
from conformance.provider.faults.requesters import organization_of
from conformance.provider.http import Call, Json
from conformance.provider.refusal import Reply
from conformance.provider.store import Row

_ON = "read"
_KEY = frozenset({"read_appointment"})
_GONE = Reply("INVALID_RESOURCE", 404, "not-found")
_CONSUMER = "Y99901"


def _refuses(name: str, about: str, when: Callable[[Row, Call], bool], *editions: str) -> Fault:
    """Do not find appointments of which something holds."""

    def applies(call: Call) -> bool:
        row = call.provider.store.appointment(call.id)
        return row is not None and when(row, call)

    return Fault(f"read.{name}", about, refuses(applies, _GONE, on=_ON), editions or (*DSTU2, *STU3))


def _instead(name: str, about: str, query: str) -> Fault:
    """Find an appointment by another query with the id requested."""

    def apply(call: Call, _same: Call | None) -> Call:
        row = call.provider.store.one(query, call.id)
        call.id = row["id"] if row else call.id
        return call

    return Fault(f"read.{name}", about, Effect(Seam.CALL, apply, on=_KEY))


def _touch(call: Call, _same: Call | None) -> Call:
    with call.provider.store.writing() as database:
        database.execute("UPDATE appointment SET version = version + 1 WHERE id = ?", (call.id,))
    return call


def _today(call: Call) -> int:
    return int(midnight(call.provider.clock.today()).timestamp())


_COUNT = itertools.count(1)


def _numbered(value: list[Json]) -> list[Json]:
    return [item | {"value": f"{item['value']}-{next(_COUNT)}"} for item in value]


FAULTS = (
    # headers and status
    Fault("read.no-etag", "sends no ETag", drop_header("ETag", on=_ON)),
    Fault(
        "read.strong-etag",
        "sends a strong ETag",
        header("ETag", lambda value: value and value.removeprefix("W/"), on=_ON, only="success"),
    ),
    Fault(
        "read.unquoted-etag",
        "sends an ETag without quotes",
        header("ETag", lambda value: value and value.replace('"', ""), on=_ON, only="success"),
    ),
    Fault("read.other-etag", "sends the ETag of another version", header("ETag", 'W/"999"', on=_ON, only="success")),
    Fault("read.accepted", "returns 202", status(202, on=_ON)),
    Fault("read.bumps-version", "increments the version with each read", Effect(Seam.CALL, _touch, on=_KEY)),
    # which appointments are found
    _refuses("finds-nothing", "never finds any", lambda *_: True),
    _refuses(
        "forgets-amended",
        "does not find what was amended",
        lambda row, _: row["version"] > 1 and row["status"] == "booked",
    ),
    _refuses("hides-cancelled", "does not find what is cancelled", lambda row, _: row["status"] == "cancelled"),
    _refuses(
        "hides-kept-slots",
        "does not find what is in slots that are not for GP Connect",
        lambda row, call: any(slot["kept"] for slot in call.provider.store.slots_of(row["id"])),
    ),
    _refuses(
        "only-gp-connect", "does not find what was booked at the desk", lambda row, _: not row["id"].startswith("Apt-")
    ),
    _refuses(
        "hides-past", "does not find what was before today", lambda row, call: row["start"] < _today(call), *DSTU2
    ),
    Fault("read.accepts-past", "reads appointments of the past", skip("read.not-past"), STU3),
    Fault(
        "read.refuses-other-organisations",
        "serves only one organisation",
        refuses(lambda call: organization_of(call) != _CONSUMER, "ACCESS_DENIED", on=_ON),
    ),
    # ids
    Fault("read.other-id", "returns another id", change("Appointment", put("id", "Apt-0"), on=_ON)),
    Fault("read.id-in-capitals", "returns the id in capitals", change("Appointment", alter("id", capitals), on=_ON)),
    _instead(
        "ignores-case", "takes capitals for small letters", "SELECT id FROM appointment WHERE lower(id) = lower(?)"
    ),
    _instead(
        "matches-by-beginning", "overlooks what follows a known id", "SELECT id FROM appointment WHERE ? LIKE id || '%'"
    ),
    _instead(
        "completes-ids",
        "takes the beginning of an id for the whole",
        "SELECT id FROM appointment WHERE id LIKE ?1 || '%'",
    ),
    _instead("takes-wildcards", "takes an id for a pattern", "SELECT id FROM appointment WHERE id LIKE ?"),
    _instead(
        "follows-slot",
        "takes the id of a slot for that of its appointment",
        "SELECT appointment AS id FROM appointment_slot WHERE slot = ?",
    ),
    # what is said of unknown ones
    Fault("read.unknown-is-200", "returns 200 for an unknown id", misanswer("read.known", on=_ON, status=200)),
    Fault(
        "read.unknown-is-bad-request",
        "returns 400 for an unknown id",
        misanswer("read.known", on=_ON, code="BAD_REQUEST", status=400),
    ),
    Fault("read.unknown-is-gone", "returns 410 for an unknown id", misanswer("read.known", on=_ON, status=410)),
    Fault(
        "read.unknown-other-code",
        "returns PATIENT_NOT_FOUND for an unknown appointment",
        misanswer("read.known", on=_ON, code="PATIENT_NOT_FOUND"),
        STU3,
    ),
    Fault("read.unknown-is-html", "returns an HTML page for an unknown id", html_page(404, on=_ON, only="errors")),
    # what is read
    Fault(
        "read.identifier-changes",
        "gives a new business identifier each time",
        change("Appointment", alter("identifier", _numbered), on=_ON),
    ),
    Fault(
        "read.stale-comment",
        "shows the comment as first booked",
        change("Appointment", put("comment", "Booked by a conformance test; may be cancelled."), on=_ON),
    ),
    *content_faults("read"),
)
