"""Practices with little or much in them, other people at work in the same diary, and instants written otherwise."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from conformance.provider.appointments.search import open_to
from conformance.provider.fault_points import Effect, Seam
from conformance.provider.faults.effects import Edit, alter, refuses
from conformance.provider.faults.fault import DSTU2, STU3
from conformance.provider.fixture import Practice
from conformance.provider.http import Call, Json, Response
from conformance.provider.refusal import Refusal, Reply
from conformance.provider.store import Row
from conformance.provider.variants.effects import diary, every, everywhere, furnishes, shows
from conformance.provider.variants.variant import Expected, Variant

_DATA = "no page says how much a practice has: a suite tests what is there and says what it could not test"
_DAY = 86400  # seconds
_NOT_THERE = "what the practice does not have cannot be tested"

# -- little and much -----------------------------------------------------------------------------------------------


def _no_practitioner(practice: Practice) -> Practice:
    """Schedules of places only; the roles stay."""
    sessions = [
        {**row, "practitioner": None, "role": row.get("role") or practice.practitioners[row["practitioner"]]["role"]}
        for row in practice.diary["sessions"]
    ]
    return diary(practice, sessions=sessions)


def _one_location(practice: Practice) -> Practice:
    """Everything happens at the main surgery, which is the only one there is."""
    sessions = [{**row, "location": "loc-main"} for row in practice.diary["sessions"] if row["id"] != "branch"]
    locations = {key: row for key, row in practice.locations.items() if key != "loc-branch"}
    patients = tuple({**row, "branch": "loc-main"} for row in practice.patients)
    return replace(diary(practice, sessions=sessions), locations=locations, patients=patients)


def _few_slots(count: int, days: tuple[int, ...]) -> Callable[[Practice], Practice]:
    """So many free slots on those days, one after the other; what the desk has booked stays."""

    def edit(practice: Practice) -> Practice:
        kept = [{**row, "days": [day for day in _days_of(row) if day <= 0]} for row in practice.diary["sessions"]]
        kept = [row for row in kept if row["days"]]
        gp = next(row for row in practice.diary["sessions"] if row["id"] == "gp")
        per_day = count // len(days)
        few = {**gp, "id": "few", "days": list(days), "blocks": [{"at": "09:00", "minutes": 10, "count": per_day}]}
        few.pop("but", None)
        past = [row for row in practice.diary["appointments"] if row["day"] <= 0]
        return diary(practice, sessions=[*kept, few], appointments=past)

    return edit


def _days_of(session: Mapping[str, Any]) -> list[int]:
    return [day for day in session.get("days", range(-14, 29)) if day not in session.get("but", ())]


def _many_slots(practice: Practice) -> Practice:
    """Two thousand more slots within a fortnight, of fifty more practitioners."""
    people = {
        f"prac-more-{number}": {
            "id": f"prac-more-{number}",
            "sds_user": str(555_220_000_000 + number),
            "sds_roles": [str(555_220_001_000 + number)],
            "name": {"family": f"Doctor-{number}", "given": ["Many"], "prefix": ["Dr"]},
            "gender": "female",
            "role": {"code": "R0260", "display": "General Medical Practitioner"},
            "languages": [],
        }
        for number in range(50)
    }
    gp = next(row for row in practice.diary["sessions"] if row["id"] == "gp")
    more = [
        {**gp, "id": f"more{number}", "practitioner": name, "days": [1 + number % 12],
         "blocks": [{"at": "08:00", "minutes": 5, "count": 40}]}
        for number, name in enumerate(people)
    ]  # fmt: skip
    everyone = {**practice.practitioners, **people}
    return replace(diary(practice, sessions=[*practice.diary["sessions"], *more]), practitioners=everyone)


def _many_cancelled(practice: Practice) -> Practice:
    """Five hundred cancelled appointments of one patient, ahead."""
    rows = [
        {"id": f"apt-gone-{number}", "patient": "pat-01", "day": 1 + number % 12, "session": "gp", "at": "09:00",
         "description": f"Cancelled {number}", "status": "cancelled", "reason": "Patient request"}
        for number in range(500)
    ]  # fmt: skip
    return diary(practice, appointments=[*practice.diary["appointments"], *rows])


# -- others at work --------------------------------------------------------------------------------------------------


def _others_at_work(often: int) -> Effect:
    """Between requests, others book the last free slot of one day after another, and give back what they took before."""
    due, taken, days = every(often), itertools.cycle((True, False)), itertools.cycle(range(1, 14))

    def apply(call: Call, same: Call | None) -> Call:  # noqa: ARG001
        if call.method == "GET" and due():
            _take(call, next(days)) if next(taken) else _give_back(call)
        return call

    return Effect(Seam.CALL, apply)


def _take(call: Call, day: int) -> None:
    """Take the last slot that is free and offered to all within so many days from now."""
    with call.provider.store.writing() as database:
        database.execute(
            "UPDATE slot SET status = 'busy', version = version + 1, kept = ' ' WHERE id = (SELECT id FROM slot"
            " WHERE status = 'free' AND kept = '' AND only_type = '' AND only_ods = '' AND start < ?"
            " ORDER BY start DESC LIMIT 1)",
            (call.provider.clock.seconds() + day * _DAY,),
        )


def _give_back(call: Call) -> None:
    """Free what was taken in this way."""
    with call.provider.store.writing() as database:
        database.execute("UPDATE slot SET status = 'free', version = version + 1, kept = '' WHERE kept = ' '")


# -- slots kept for others -------------------------------------------------------------------------------------------


def _kept_for_urgent_care(rows: list[Row], call: Call | None) -> list[Row]:
    """One more slot for whoever searches as urgent care, of those that nobody else is shown."""
    assert call is not None
    if not rows or not any("urgent-care" in value for value in call.parameters("searchFilter")):
        return rows
    free = call.provider.store.rows("SELECT * FROM slot WHERE status = 'free' ORDER BY start")
    closed = [row for row in free if not open_to(call, row, ("gp-practice",), ("Y99901",))]
    return [*rows, *[row for row in closed if row["start"] >= rows[0]["start"]][:1]]


# -- identifiers that cannot be searched for -----------------------------------------------------------------------

_FINDS = "practitioner.find-* organization.find-* location.find-*"
_ERRORS_OF_FINDS = " ".join(
    f"{kind}-find.every-answer-outcome* formats.{kind}-find-error-*"
    for kind in ("practitioner", "organization", "location")
)
_KINDS = {"find_practitioner", "find_organization", "find_location"}


def _nothing_found(response: Response, call: Call | None) -> Response:
    """Nothing is found where an identifier other than a patient's cannot be searched for."""
    refused = (
        response.status in {400, 404, 422} and call is not None and call.on in _KINDS and call.parameters("identifier")
    )
    if not refused or call is None:
        return response
    codes = json.dumps(response.resource)
    unusable = any(code in codes for code in ("INVALID_IDENTIFIER", "INVALID_ODS_CODE", "INVALID_SDS_USERID"))
    if not unusable and len(call.parameters("identifier")) == 1:
        return response
    return Response(200, {"resourceType": "Bundle", "type": "searchset"}, response.headers)


# -- instants ----------------------------------------------------------------------------------------------------------


def _instants(zone: timezone | None, *names: str) -> Edit:
    """Write the same instants with another offset; None writes Z."""

    def write(name: str, value: Any) -> Any:
        if name not in names or not isinstance(value, str) or len(value) < len("2026-01-05T09:00"):
            return value
        moment = datetime.fromisoformat(value)
        return (
            moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            if zone is None
            else moment.astimezone(zone).isoformat()
        )

    return everywhere(write)


_ANY = ("start", "end", "created", "lastUpdated", "deceasedDateTime")
_INSTANT = "FHIR, instant and dateTime: an offset or Z; the same moment may be written with any"


def _variant(name: str, title: str, allowed: str, effects: Any, editions: tuple[str, ...] = (), **more: Any) -> Variant:
    return Variant(f"practice.{name}", title, allowed, effects, editions, **more)


def _skips(scenarios: str, why: str = _NOT_THERE) -> tuple[Expected, ...]:
    return (Expected("skip", scenarios, why),)


_ONE_PLACE = (
    "amend.changed-location cancel.changed-location book.nobody-assigned"
    " book.other-site book.two-places search.two-surgeries"
)
_NO_PRACTITIONER = (
    "*.changed-practitioner *.practitioner-added *.practitioner-removed *.participants book.practitioner book.no-practitioner"
    " read.*practitioner retrieve.practitioner search.*practitioner* search.include-all errors.book-reference-practitioner"
)
# What needs three days with slots, an evening, a second practitioner, or people and slots that the data leave out.
_FEW_SLOTS = (
    f"{_ONE_PLACE} *.changed-practitioner *.practitioner-added *.sensitive-patient *.own-screens *.not-for-gp-connect"
    " book.closed-slot book.restricted-slot book.two-* search.restricted-* search.filter-* search.embargoed search.not-bookable"
    " search.full-day time.evening-* retrieve.*-day retrieve.*-days retrieve.*-instant retrieve.*-instants retrieve.*-mixed"
    " retrieve.prefix* retrieve.from-* retrieve.until-far-future retrieve.upper-bound-first retrieve.without-period"
    " retrieve.after-all retrieve.month retrieve.year retrieve.instant-*"
)


_CODE = [
    {"system": "http://hl7.org/fhir/ValueSet/c80-practice-codes", "code": "394592004", "display": "Clinical oncology"}
]
_LANGUAGE = [
    {"coding": [{"system": "http://fhir.nhs.net/ValueSet/human-language-1", "code": "en", "display": "English"}]}
]


def _typed(resource: Json) -> Json:
    return (
        {**resource, "type": {**resource["type"], "coding": _CODE}}
        if isinstance(resource.get("type"), dict)
        else resource
    )


# -- people held already ---------------------------------------------------------------------------------------------

_SUPERSEDED = "9990011613"


def _holds_superseded(practice: Practice) -> Practice:
    """The practice has a record of a person whose NHS number PDS has replaced since."""
    known = practice.pds[_SUPERSEDED]
    record = {
        **{name: known[name] for name in ("nhs", "name", "gender", "born")},
        "id": "pat-replaced",
        "telecom": [],
        "address": [],
        "branch": "loc-main",
    }
    return replace(practice, patients=(*practice.patients, record))


def _number_first(refusal: Refusal, call: Call | None) -> Refusal:
    """PDS is searched before the practice's own list: a replaced number is refused as one."""
    if call is None or _SUPERSEDED.encode() not in call.body:
        return refusal
    return Refusal("register.number-current", Reply("INVALID_NHS_NUMBER"), "PDS holds this NHS number as superseded")


# Three people to book for instead of many, one of them named as a spare one, too.
_FEW_PEOPLE = (
    {"nhs_number": "9990010072", "roles": ["bookable"]},
    {"nhs_number": "9990010145", "roles": ["bookable"]},
    {"nhs_number": "9990010218", "roles": ["bookable", "spare"]},
    {"nhs_number": "9990010358", "roles": ["no-appointments"]},
    {"nhs_number": "9990010420", "roles": ["temporary"]},
    {"nhs_number": "9990010498", "roles": ["dissent"]},
    {"nhs_number": "9990010560", "roles": ["sensitive"], "logical_id": "pat-08"},
    {"nhs_number": "9990010633", "roles": ["deceased"], "logical_id": "pat-09"},
    {"nhs_number": "9990010773", "roles": ["inactive"], "logical_id": "pat-11"},
)
# The configuration of a practice that has less than the bundled one.
_ONE_SITE = {"data.locations": '["A20047001"]'}
_POOR = {
    **_ONE_SITE,
    "data.appointments.own_system": "",
    "data.appointments.sensitive": "",
}

VARIANTS = (
    _variant(
        "superseded-held",
        "holds a person already whose NHS number has been superseded, and whose registration it refuses",
        "register page: a superseded number is refused (INVALID_NHS_NUMBER), whether or not the practice has a record of it",
        (
            furnishes(_holds_superseded),
            Effect(Seam.REFUSAL, _number_first, of="register.not-active"),
        ),
        aspect="people",
    ),
    _variant(
        "two-roles",
        "is described by a configuration of few people, one of whom has two roles",
        "nothing forbids it: persons are distinguished by their NHS numbers",
        (),
        settings={"data.patients": json.dumps(_FEW_PEOPLE)},
    ),
    _variant(
        "no-practitioner",
        "has no practitioner in any schedule",
        _DATA,
        furnishes(_no_practitioner),
        aspect="diary",
        expects=_skips(_NO_PRACTITIONER),
    ),
    _variant(
        "one-location",
        "has one location",
        _DATA,
        furnishes(_one_location),
        settings=_ONE_SITE,
        aspect="diary",
        expects=_skips(_ONE_PLACE),
    ),
    _variant(
        "six-slots",
        "has six free slots on two days",
        _DATA,
        furnishes(_few_slots(6, (2, 7))),
        settings=_POOR,
        leaves_out=("restricted_slots", "closed_slot"),
        aspect="diary",
        expects=_skips(_FEW_SLOTS),
    ),
    _variant(
        "two-days",
        "has slots on two days only",
        _DATA,
        furnishes(_few_slots(40, (3, 9))),
        settings=_POOR,
        leaves_out=("restricted_slots", "closed_slot"),
        aspect="diary",
        expects=_skips(_FEW_SLOTS),
    ),
    _variant(
        "rich", "has 2,000 slots and 50 practitioners more", _DATA, furnishes(_many_slots), aspect="diary", slow=True
    ),
    _variant(
        "many-cancelled",
        "holds 500 cancelled appointments of one patient",
        _DATA,
        furnishes(_many_cancelled),
        aspect="diary",
        slow=True,
    ),
    _variant(
        "busy",
        "is used by others, who book and cancel all the time",
        "the pages describe one diary that many use at once",
        _others_at_work(3),
    ),
    _variant(
        "kept-for-others",
        "keeps some slots for organisations of another type",
        "slot availability page, Appointment availability control: slots may be restricted to types of organisation",
        Effect(Seam.FOUND, _kept_for_urgent_care, on=frozenset({"search_free_slots"})),
        STU3,
    ),
    _variant(
        "unusable-identifiers",
        "finds nothing where an identifier of a practitioner or place cannot be searched for, or where there are several",
        "find pages: not to find a record is no error; a refusal is named for example only, for systems and values not known",
        Effect(Seam.RESPONSE, _nothing_found),
        expects=(
            Expected(
                "warn", f"{_FINDS} errors.*-find-*", "a refusal is expected; finding nothing is a warning at most"
            ),
            *_skips(_ERRORS_OF_FINDS, "what finds nothing instead of refusing sends no error to look at"),
        ),
    ),
    _variant(
        "older-systems",
        "refuses identifiers of people in the older system",
        "find a practitioner page: only the system at fhir.nhs.uk is sure to be searched; others may be refused",
        refuses(
            lambda call: any("fhir.nhs.net" in text for text in call.parameters("identifier")),
            Reply("INVALID_IDENTIFIER_SYSTEM", 400),
            on="practitioner-find",
        ),
        DSTU2,
    ),
    _variant(
        "instants-zulu", "writes instants with Z", _INSTANT, shows("", _instants(None, *_ANY)), DSTU2, aspect="instants"
    ),
    _variant(
        "instants-offset",
        "writes instants with +01:00 all the year round",
        _INSTANT,
        shows("", _instants(timezone(timedelta(hours=1)), *_ANY)),
        DSTU2,
        aspect="instants",
    ),
    _variant(
        "instants-updated",
        "writes the time of the last change with Z and milliseconds",
        _INSTANT,
        shows("", alter("meta.lastUpdated", lambda text: f"{text[:19]}.000Z" if text.endswith("+00:00") else text)),
        DSTU2,
        aspect="lastUpdated",
    ),
    _variant(
        "as-the-example",
        "codes the type of slots and the languages of practitioners as the page's example does",
        "search for free slots page, Response body example (dstu2): it shows both, though the profiles prohibit them",
        (*shows("Slot", _typed), *shows("Practitioner", lambda resource: {**resource, "communication": _LANGUAGE})),
        DSTU2,
    ),
)
