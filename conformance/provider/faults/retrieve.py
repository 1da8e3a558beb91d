"""Ways to be wrong in retrieving a patient's appointments."""

from __future__ import annotations

from dataclasses import replace

from conformance.provider.call import Json
from conformance.provider.dates import Bound
from conformance.provider.faults.fault import DSTU2, STU3, Fault
from conformance.provider.faults.verbs import (
    Edit,
    alter,
    bounds,
    bundle,
    change,
    drop_extension,
    found,
    misanswer,
    put,
    refuses,
    skip,
    status,
    without,
)
from conformance.provider.store import Row

_ON = "retrieve"


def _without_prefix(prefix: str) -> Edit:
    return lambda held: [bound for bound in held if bound.prefix != prefix]


def _as_prefix(old: str, new: str) -> Edit:
    return lambda held: [replace(bound, prefix=new) if bound.prefix == old else bound for bound in held]


def _booked(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["status"] == "booked"]


def _excluding_last_day(held: list[Bound]) -> list[Bound]:
    return [replace(bound, prefix="lt") if bound.prefix == "le" else bound for bound in held]


def _ahead(held: list[Bound]) -> list[Bound]:
    return [replace(bound, low=bound.high) if bound.prefix == "ge" else bound for bound in held]


def _first_entry(held: Json) -> Json:
    return held | {"entry": held["entry"][:1]} if held.get("entry") else held


FAULTS = (
    Fault(
        "retrieve.accepts-one-start",
        "answers with one bound only",
        skip("retrieve.two-starts", "retrieve.prefixes"),
        STU3,
    ),
    Fault("retrieve.accepts-any-prefix", "takes bounds with the same prefix", skip("retrieve.prefixes")),
    Fault("retrieve.accepts-times", "takes bounds with a time", skip("retrieve.whole-days"), STU3),
    Fault("retrieve.accepts-bad-dates", "overlooks bounds that are no dates", skip("retrieve.start-form")),
    Fault("retrieve.accepts-reversed", "takes a range that ends before it starts", skip("retrieve.order")),
    Fault("retrieve.accepts-past", "takes a range in the past", skip("retrieve.not-past"), STU3),
    Fault("retrieve.overlooks-bounds", "answers with all appointments whatever the range", bounds(lambda _: [])),
    Fault("retrieve.overlooks-lower-bound", "answers with earlier appointments, too", bounds(_without_prefix("ge"))),
    Fault("retrieve.overlooks-upper-bound", "answers with later appointments, too", bounds(_without_prefix("le"))),
    Fault("retrieve.excludes-last-day", "leaves the last day out", bounds(_excluding_last_day)),
    Fault("retrieve.excludes-first-day", "leaves the first day out", bounds(_ahead)),
    Fault("retrieve.eq-as-ge", "takes eq for ge", bounds(_as_prefix("eq", "ge")), DSTU2),
    Fault("retrieve.gt-as-ge", "takes gt for ge", bounds(_as_prefix("gt", "ge")), DSTU2),
    Fault("retrieve.lt-as-le", "takes lt for le", bounds(_as_prefix("lt", "le")), DSTU2),
    Fault("retrieve.only-booked", "leaves cancelled appointments out", found(_booked, on=_ON)),
    Fault("retrieve.only-first", "stops at the first appointment", found(lambda rows: rows[:1], on=_ON)),
    Fault("retrieve.finds-nothing", "never finds any", found(lambda _: [], on=_ON)),
    Fault("retrieve.lists-twice", "lists every appointment twice", found(lambda rows: rows * 2, on=_ON)),
    Fault(
        "retrieve.everybody",
        "answers with other patients' appointments",
        change(
            "Appointment",
            put(
                "participant",
                [
                    {"actor": {"reference": "Patient/pat-05"}, "status": "accepted"},
                    {"actor": {"reference": "Location/loc-main"}, "status": "accepted"},
                ],
            ),
            on=_ON,
        ),
    ),
    Fault(
        "retrieve.only-gp-connect",
        "leaves out what was booked at the desk",
        found(lambda rows: [row for row in rows if row["id"].startswith("Apt-")], on=_ON),
    ),
    Fault(
        "retrieve.hides-earlier-today",
        "leaves out what was earlier today",
        found(lambda rows: [row for row in rows if "today" not in row["id"]], on=_ON),
    ),
    Fault(
        "retrieve.needs-bounds",
        "refuses to answer without bounds",
        refuses(lambda call: not call.parameters("start"), "INVALID_PARAMETER", on=_ON),
        DSTU2,
    ),
    Fault(
        "retrieve.refuses-unknown-parameter",
        "refuses a parameter that it does not know",
        refuses(lambda call: bool(call.parameters("foo")), "INVALID_PARAMETER", on=_ON),
    ),
    Fault(
        "retrieve.refuses-dissent",
        "refuses for patients who dissent from sharing",
        refuses(lambda call: call.id == "pat-07", "NO_PATIENT_CONSENT", on=_ON),
        STU3,
    ),
    Fault(
        "retrieve.unknown-patient-is-empty",
        "answers an unknown patient with an empty 200",
        misanswer("patient.known", on=_ON, status=200),
    ),
    Fault(
        "retrieve.unknown-patient-other-status",
        "answers an unknown patient with 422",
        misanswer("patient.known", on=_ON, code="INVALID_PARAMETER", status=422),
    ),
    Fault("retrieve.not-a-searchset", "sends a collection", bundle(put("type", "collection"), on=_ON)),
    Fault("retrieve.created", "answers 201", status(201, on=_ON)),
    Fault("retrieve.cuts-bundle", "sends the first entry only", bundle(_first_entry, on=_ON)),
    Fault("retrieve.without-full-url", "leaves fullUrl out", bundle(without("entry.fullUrl"), on=_ON), DSTU2),
    Fault(
        "retrieve.with-full-url",
        "fills fullUrl in",
        bundle(put("entry.fullUrl", "https://beeches.example/Appointment/1"), on=_ON),
        STU3,
    ),
    Fault(
        "retrieve.without-profile", "leaves meta.profile out", change("Appointment", without("meta.profile"), on=_ON)
    ),
    Fault(
        "retrieve.without-version",
        "leaves meta.versionId out",
        change("Appointment", without("meta.versionId"), on=_ON),
    ),
    Fault(
        "retrieve.stale-version", "always shows version 1", change("Appointment", put("meta.versionId", "1"), on=_ON)
    ),
    Fault(
        "retrieve.without-service",
        "leaves the slot type out",
        change("Appointment", without("serviceType"), on=_ON),
        STU3,
    ),
    Fault(
        "retrieve.without-organization",
        "leaves the booking organisation out",
        change("Appointment", without("contained"), drop_extension("BookingOrganisation"), on=_ON),
        STU3,
    ),
    Fault("retrieve.without-comment", "leaves the comment out", change("Appointment", without("comment"), on=_ON)),
    Fault(
        "retrieve.with-reason",
        "adds a reason",
        change("Appointment", put("reason", [{"text": "Headache"}]), on=_ON),
        STU3,
    ),
    Fault(
        "retrieve.in-utc",
        "writes times with Z",
        change(
            "Appointment",
            alter("start", lambda text: text[:19] + "Z"),
            alter("created", lambda text: text[:19] + "Z"),
            on=_ON,
        ),
    ),
    Fault(
        "retrieve.without-participants",
        "leaves the participants out",
        change("Appointment", without("participant"), on=_ON),
    ),
    Fault(
        "retrieve.error-without-diagnostics",
        "does not say what is wrong with the range",
        misanswer(on=_ON, diagnostics=""),
    ),
    Fault(
        "retrieve.error-is-bad-request",
        "answers a bad range with 400 BAD_REQUEST",
        misanswer(on=_ON, code="BAD_REQUEST", status=400),
    ),
)
