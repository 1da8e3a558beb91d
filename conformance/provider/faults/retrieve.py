"""Faults in retrieving a patient's appointments: which are requested, which are found, what the Bundle contains."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from conformance.provider.clock import LONDON, midnight
from conformance.provider.dates import Bound, parse_bound
from conformance.provider.fault_points import Effect, Seam
from conformance.provider.faults.appointment_content import content_faults
from conformance.provider.faults.effects import (
    Edit,
    alter,
    bounds,
    bundle,
    change,
    found,
    misanswer,
    put,
    refuses,
    skip,
    status,
    without,
)
from conformance.provider.faults.fault import DSTU2, STU3, Fault
from conformance.provider.faults.requesters import organization_of
from conformance.provider.http import Call, Json, Response
from conformance.provider.refusal import refuse
from conformance.provider.store import Row

_ON = "retrieve"
_KEY = frozenset({"retrieve_patient_appointments"})
_CONSUMER = "Y99901"
_TWO_WEEKS = 14 * 86400

# -- bounds


def _without_prefix(*prefixes: str) -> Edit:
    return lambda value: [bound for bound in value if bound.prefix not in prefixes]


def _as_prefix(**new: str) -> Edit:
    """Take prefixes for others; `bare` stands for none."""
    names = {"" if old == "bare" else old: other for old, other in new.items()}
    return lambda value: [replace(bound, prefix=names.get(bound.prefix, bound.prefix)) for bound in value]


def _excluding_last_day(value: list[Bound]) -> list[Bound]:
    return [replace(bound, prefix="lt") if bound.prefix == "le" else bound for bound in value]


def _ahead(value: list[Bound]) -> list[Bound]:
    return [replace(bound, low=bound.high) if bound.prefix == "ge" else bound for bound in value]


def _until_close(value: list[Bound]) -> list[Bound]:
    return [replace(bound, high=bound.high - 6 * 3600) if bound.precision == "day" else bound for bound in value]


def _without_offset(value: list[Bound]) -> list[Bound]:
    return [_on_the_clock(bound) if bound.precision == "time" else bound for bound in value]


def _on_the_clock(bound: Bound) -> Bound:
    clock = bound.text.removeprefix(bound.prefix)[: len("2026-01-01T00:00:00")]
    low = int(datetime.fromisoformat(clock).replace(tzinfo=LONDON).timestamp())
    return replace(bound, low=low, high=low + bound.high - bound.low)


# -- calls


def _partial(call: Call) -> bool:
    return any(re.fullmatch(r"[a-z]*\d{4}(-\d\d)?", text) for text in call.parameters("start"))


def _any_start(fits: Callable[[str], bool]) -> Callable[[Call], bool]:
    return lambda call: any(fits(text) for text in call.parameters("start"))


def _long(call: Call) -> bool:
    """Whether a period goes further than two weeks from its beginning, or from today."""
    value = [bound for bound in map(parse_bound, call.parameters("start")) if bound]
    begins = (
        min(_today(call), *(bound.low for bound in value))
        if len(value) == 1
        else min([b.low for b in value], default=0)
    )
    return any(bound.high - begins > _TWO_WEEKS + 86400 for bound in value)


def _past(call: Call) -> bool:
    value = [bound for bound in map(parse_bound, call.parameters("start")) if bound]
    return any(bound.low < _today(call) for bound in value)


def _today(call: Call) -> int:
    return int(midnight(call.provider.clock.today()).timestamp())


def _trust(call: Call, _same: Call | None) -> Call:
    named = call.parameters("patient")
    call.id = named[0].rpartition("/")[2] if named else call.id
    return call


def _touch(call: Call, _same: Call | None) -> Call:
    with call.provider.store.writing() as database:
        database.execute("UPDATE appointment SET version = version + 1 WHERE patient = ?", (call.id,))
    return call


# -- rows


def _rows(choose: Callable[[Row, Call], bool]) -> Effect:
    """Keep the rows of which something holds."""

    def apply(rows: list[Row], call: Call | None) -> list[Row]:
        return [row for row in rows if call is None or choose(row, call)]

    return Effect(Seam.FOUND, apply, on=_KEY)


def _everybody(rows: list[Row], call: Call | None) -> list[Row]:
    return call.provider.store.rows("SELECT * FROM appointment ORDER BY start, id") if call else rows


def _own(row: Row, call: Call) -> bool:
    organization = json.loads(row["doc"]).get("organization") or {}
    codes = [item.get("value") for item in organization.get("identifier", [])]
    return organization_of(call) in codes


def _open_slot(row: Row, call: Call) -> bool:
    return not any(slot["kept"] for slot in call.provider.store.slots_of(row["id"]))


_TURN = itertools.cycle((False, True))


# -- Bundles and responses


def _first_entry(value: Json) -> Json:
    return value | {"entry": value["entry"][:1]} if value.get("entry") else value


def _none_found(value: Json) -> Json:
    if not value.get("entry"):
        raise refuse(
            "fault.none", "NO_RECORD_FOUND" if "link" not in value else "REFERENCE_NOT_FOUND", "there are none"
        )
    return value


def _with_patient(value: Json) -> Json:
    return value | {"entry": [*value.get("entry", []), {"resource": {"resourceType": "Patient", "id": "pat-01"}}]}


def _disclosing(response: Response, call: Call | None) -> Response:
    if call is None or response.status < 400 or response.resource is None:
        return response
    rows = call.provider.store.rows("SELECT id FROM appointment WHERE patient = ?", call.id)
    text = f"not among {', '.join(row['id'] for row in rows)}"
    issues = [issue | {"diagnostics": text} for issue in response.resource["issue"]]
    return replace(response, resource=response.resource | {"issue": issues})


QUESTIONS = (
    Fault(
        "retrieve.accepts-one-start",
        "accepts only one bound, or three",
        skip("retrieve.two-starts", "retrieve.prefixes"),
        STU3,
    ),
    Fault("retrieve.accepts-any-prefix", "takes prefixes that it does not know for eq", skip("retrieve.prefixes")),
    Fault(
        "retrieve.accepts-any-prefix-as-ge-le",
        "takes any two bounds for the first and the last day",
        (
            *skip("retrieve.prefixes"),
            bounds(
                lambda value: [
                    replace(bound, prefix=prefix) for bound, prefix in zip(value, ("ge", "le"), strict=False)
                ]
            ),
        ),
        STU3,
    ),
    Fault("retrieve.accepts-times", "takes bounds with a time, or without a day", skip("retrieve.whole-days"), STU3),
    Fault(
        "retrieve.accepts-bad-dates",
        "overlooks bounds that are no dates",
        skip("retrieve.start-form", "retrieve.prefixes"),
    ),
    Fault("retrieve.accepts-reversed", "takes a range that ends before it starts", skip("retrieve.order")),
    Fault("retrieve.accepts-past", "takes a range in the past", skip("retrieve.not-past"), STU3),
    Fault("retrieve.refuses-past", "refuses a range in the past", refuses(_past, "INVALID_PARAMETER", on=_ON), DSTU2),
    Fault(
        "retrieve.refuses-instants",
        "knows whole days only",
        refuses(_any_start(lambda text: "T" in text), "INVALID_PARAMETER", on=_ON),
        DSTU2,
    ),
    Fault(
        "retrieve.two-weeks-at-most",
        "refuses a range of more than two weeks",
        refuses(_long, "INVALID_PARAMETER", on=_ON),
    ),
    Fault(
        "retrieve.order-matters",
        "refuses the upper bound when it comes first",
        refuses(lambda call: call.parameters("start")[:1] > ["le"], "INVALID_PARAMETER", on=_ON),
    ),
    Fault(
        "retrieve.needs-bounds",
        "refuses retrievals without bounds",
        refuses(lambda call: not call.parameters("start"), "INVALID_PARAMETER", on=_ON),
        DSTU2,
    ),
    Fault(
        "retrieve.refuses-unknown-parameter",
        "refuses a parameter that it does not know",
        refuses(lambda call: bool(call.parameters("foo")), "INVALID_PARAMETER", on=_ON),
    ),
    Fault(
        "retrieve.refuses-sort",
        "refuses to sort",
        refuses(lambda call: bool(call.parameters("_sort")), "INVALID_PARAMETER", on=_ON),
    ),
    Fault(
        "retrieve.refuses-dissent",
        "refuses for patients who dissent from sharing",
        refuses(lambda call: call.id == "pat-07", "NO_PATIENT_CONSENT", on=_ON),
        STU3,
    ),
    Fault(
        "retrieve.refuses-other-organisations",
        "serves only one organisation",
        refuses(lambda call: organization_of(call) != _CONSUMER, "ACCESS_DENIED", on=_ON),
    ),
    Fault(
        "retrieve.trusts-patient-parameter",
        "retrieves for the patient named in the query",
        Effect(Seam.CALL, _trust, on=_KEY),
    ),
    Fault("retrieve.bumps-version", "increments the version with each read", Effect(Seam.CALL, _touch, on=_KEY)),
    Fault(
        "retrieve.unknown-patient-is-empty",
        "returns 200 for an unknown patient",
        misanswer("patient.known", on=_ON, status=200),
    ),
    Fault(
        "retrieve.unknown-patient-other-status",
        "returns 422 for an unknown patient",
        misanswer("patient.known", on=_ON, code="INVALID_PARAMETER", status=422),
    ),
    Fault(
        "retrieve.error-is-bad-request",
        "returns 400 INVALID_RESOURCE for a bad range",
        misanswer(on=_ON, code="INVALID_RESOURCE", status=400),
    ),
    Fault(
        "retrieve.discloses-when-refusing",
        "discloses appointments in a refusal",
        Effect(Seam.RESPONSE, _disclosing, on=_KEY),
    ),
)

FINDS = (
    Fault("retrieve.overlooks-bounds", "returns all appointments whatever the range", bounds(lambda _: [])),
    Fault("retrieve.overlooks-lower-bound", "returns earlier appointments, too", bounds(_without_prefix("ge"))),
    Fault("retrieve.overlooks-upper-bound", "returns later appointments, too", bounds(_without_prefix("le"))),
    Fault("retrieve.overlooks-gt", "overlooks gt", bounds(_without_prefix("gt")), DSTU2),
    Fault("retrieve.overlooks-lt", "overlooks lt", bounds(_without_prefix("lt")), DSTU2),
    Fault("retrieve.excludes-last-day", "omits the last day", bounds(_excluding_last_day)),
    Fault("retrieve.excludes-first-day", "omits the first day", bounds(_ahead)),
    Fault("retrieve.day-ends-early", "lets a day end at six in the evening", bounds(_until_close)),
    Fault("retrieve.overlooks-offset", "reads every time as UK time", bounds(_without_offset), DSTU2),
    Fault(
        "retrieve.refuses-partial-dates",
        "takes whole dates only",
        refuses(_partial, "INVALID_PARAMETER", on=_ON),
        DSTU2,
    ),
    Fault("retrieve.eq-as-ge", "takes eq for ge", bounds(_as_prefix(eq="ge")), DSTU2),
    Fault("retrieve.bare-as-ge", "takes no prefix for ge", bounds(_as_prefix(bare="ge")), DSTU2),
    Fault("retrieve.gt-as-ge", "takes gt for ge", bounds(_as_prefix(gt="ge")), DSTU2),
    Fault("retrieve.lt-as-le", "takes lt for le", bounds(_as_prefix(lt="le")), DSTU2),
    Fault(
        "retrieve.limited-without-bounds",
        "shows no more than one appointment without bounds",
        Effect(Seam.FOUND, lambda rows, call: rows if call and call.parameters("start") else rows[:1], on=_KEY),
        DSTU2,
    ),
    Fault("retrieve.only-booked", "omits cancelled appointments", _rows(lambda row, _: row["status"] == "booked")),
    Fault("retrieve.only-first", "stops at the first appointment", found(lambda rows: rows[:1], on=_ON)),
    Fault("retrieve.finds-nothing", "never finds any", found(lambda _: [], on=_ON)),
    Fault(
        "retrieve.flickers", "finds nothing every other time", found(lambda rows: [] if next(_TURN) else rows, on=_ON)
    ),
    Fault("retrieve.lists-twice", "lists every appointment twice", found(lambda rows: rows * 2, on=_ON)),
    Fault("retrieve.all-patients", "returns every patient's appointments", Effect(Seam.FOUND, _everybody, on=_KEY)),
    Fault("retrieve.own-bookings-only", "shows an organisation its own bookings only", _rows(_own), STU3),
    Fault(
        "retrieve.only-gp-connect",
        "omits what was booked at the desk",
        _rows(lambda row, _: row["id"].startswith("Apt-")),
    ),
    Fault("retrieve.hides-kept-slots", "omits appointments in slots that are not for GP Connect", _rows(_open_slot)),
    Fault(
        "retrieve.hides-earlier-today",
        "omits what was earlier today",
        _rows(lambda row, call: not _today(call) <= row["start"] < call.provider.clock.seconds()),
    ),
    Fault(
        "retrieve.hides-past",
        "omits what was before today",
        _rows(lambda row, call: row["start"] >= _today(call)),
        DSTU2,
    ),
)

BUNDLES = (
    Fault("retrieve.not-a-searchset", "sends a collection", bundle(put("type", "collection"), on=_ON)),
    Fault("retrieve.created", "returns 201", status(201, on=_ON)),
    Fault("retrieve.cuts-bundle", "sends the first entry only", bundle(_first_entry, on=_ON)),
    Fault("retrieve.empty-is-404", "returns an error for an empty result", bundle(_none_found, on=_ON)),
    Fault(
        "retrieve.empty-array",
        "writes an empty result as an empty array",
        bundle(lambda value: {"entry": [], **value}, on=_ON),
    ),
    Fault("retrieve.adds-patient", "adds the patient to the appointments", bundle(_with_patient, on=_ON)),
    Fault(
        "retrieve.wrong-total",
        "counts one too many",
        bundle(lambda value: value | {"total": len(value.get("entry", ())) + 1}, on=_ON),
    ),
    Fault(
        "retrieve.mode-include",
        "says of the matches that they are included",
        bundle(put("entry.search", {"mode": "include"}), on=_ON),
    ),
    Fault("retrieve.no-self-link", "has no self link", bundle(without("link"), on=_ON), DSTU2),
    Fault(
        "retrieve.self-link-without-period",
        "leaves the period out of the self link",
        bundle(alter("link.url", lambda url: url.partition("?")[0]), on=_ON),
        DSTU2,
    ),
    Fault("retrieve.without-full-url", "omits fullUrl", bundle(without("entry.fullUrl"), on=_ON), DSTU2),
    Fault(
        "retrieve.full-url-of-another",
        "has the fullUrl of another appointment",
        bundle(put("entry.fullUrl", "https://beeches.example/Appointment/1"), on=_ON),
        DSTU2,
    ),
    Fault(
        "retrieve.with-full-url",
        "fills fullUrl in",
        bundle(put("entry.fullUrl", "https://beeches.example/Appointment/1"), on=_ON),
        STU3,
    ),
    Fault(
        "retrieve.other-version",
        "shows versions of its own making",
        change("Appointment", put("meta.versionId", lambda value: f"{value}-r"), on=_ON),
    ),
)

FAULTS = (*QUESTIONS, *FINDS, *BUNDLES, *content_faults("retrieve"))
