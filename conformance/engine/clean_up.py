"""Undoes what a run left at the provider, from its footprint: at the end of the run, or later from its evidence.

Bookings are looked for among the appointments of the patients that they were made for, so that one is found whose response
never came, or that a refused request brought about. An appointment is cancelled only where its id or its marks show that the
run made it. What cannot be undone stays in the footprint as left, with the reason.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from conformance.checks.json_values import instant
from conformance.consumer import request_bodies
from conformance.consumer.json_edit import copied
from conformance.consumer.repeats import Trouble
from conformance.consumer.request import Request
from conformance.consumer.response import Response
from conformance.consumer.uk_time import uk_date
from conformance.consumer.usable_parts import logical_id
from conformance.core import stop_signals
from conformance.core.footprint import OPEN, Change, Kind, State
from conformance.engine.footprints import made_by, people_of
from conformance.engine.session import Session
from conformance.engine.stop_reasons import CannotTest

_REASON = "Made by an assurance run"
_LATE_SECONDS = 1.0  # for a request that the provider still works on when the run was stopped
_TIMES = 2
_NO_RESPONSE = frozenset({Trouble.UNREACHED, Trouble.BROKEN, Trouble.TIMEOUT})
_UNDECIDED = frozenset({State.INTENDED, State.UNKNOWN})


class _GaveUp(Exception):  # noqa: N818 - a way out, not an error
    """The provider does not respond, or the time for clean-up is over."""


@dataclass(frozen=True)
class _Found:
    """A booked appointment of ours: as the provider shows it, its id, and the booking that made it."""

    value: dict[str, Any]
    id: str
    made_by: Change


def clean_up(session: Session) -> None:
    """Undo what the run's footprint says may still be there. Never raises for what the provider does."""
    if not session.footprint.changes:
        return
    session.deadline.cleaning_up(True)
    try:
        _CleanUp(session).perform()
    except (_GaveUp, CannotTest) as stop:
        _give_up(session, str(stop))
    finally:
        session.deadline.cleaning_up(False)
    _settle_changes(session)


class _CleanUp:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._footprint = session.footprint
        self._people = people_of(session.config)

    def perform(self) -> None:
        """Look for what is there and cancel it, and look again whether it is gone."""
        found = self._look()
        if self._undecided():
            self._session.wait(_LATE_SECONDS)
            found = self._look()
        for _ in range(_TIMES):
            if not found:
                break
            for one in found:
                self._cancel(one)
            found = self._look()
        for one in found:
            self._leave(one)
        self._find_registrations()

    def _leave(self, found: _Found) -> None:
        """What still shows as booked is left, unless it reads as cancelled."""
        read = self._read(found.made_by, found.id)
        if read is not None and read.get("status") == "cancelled":
            self._footprint.undone(found.made_by.key)
            return
        change = self._footprint.changes[found.made_by.key]
        remark = change.remark or "it was cancelled, and is still booked"
        self._footprint.settle(change.key, State.LEFT, remark=remark)

    def _undecided(self) -> bool:
        return any(one.state in _UNDECIDED for one in self._of(Kind.BOOKING))

    def _of(self, kind: Kind) -> list[Change]:
        return [one for one in self._footprint.changes.values() if one.kind is kind]

    def _find_registrations(self) -> None:
        """Look up registrations whose response never came: they cannot be undone, but it is good to know."""
        requests = self._session.requests
        for one in self._of(Kind.REGISTRATION):
            number = self._number(one)
            if one.state not in _UNDECIDED or number is None:
                continue
            response = self._send(requests.find("find_patient", requests.edition.systems("nhs_number")[0], number))
            if response.status != 200 or response.resource_type != "Bundle":
                self._footprint.settle(
                    one.key, State.UNKNOWN, remark=f"it cannot be searched for: {response.described}"
                )
                continue
            shown = next(iter(response.by_id("Patient")), None)
            state = State.EXISTS if shown else State.NONE
            self._footprint.settle(one.key, state, resource=f"Patient/{shown}" if shown else "")

    # looking

    def _look(self) -> list[_Found]:
        """Return the appointments of ours that are booked, and settle what is known to be gone.

        Patients are looked at in the order of their ids, as which of several workers booked first is chance.
        """
        by_patient: dict[str, list[Change]] = defaultdict(list)
        for one in sorted(self._of(Kind.BOOKING), key=lambda one: one.patient):
            by_patient[one.patient].append(one)
        found: list[_Found] = []
        for patient, bookings in by_patient.items():
            shown = self._appointments(patient, bookings) if patient else None
            found += self._known(bookings, shown or {})
            found += self._unknown(bookings, shown) if shown is not None else ()
        return found

    def _appointments(self, patient: str, bookings: list[Change]) -> dict[str, dict[str, Any]] | None:
        """A patient's appointments in the days of the bookings, by id; None where they cannot be retrieved."""
        days = sorted(self._days(bookings))
        if not days:
            return None
        number = next((self._number(one) for one in bookings if one.person), None)
        requests = self._session.requests
        response = self._send(requests.retrieve(patient, days[0], days[-1], nhs_number=number))
        if response.status == 200 and response.resource_type == "Bundle":
            return response.by_id("Appointment")
        for one in bookings:
            if one.state in _UNDECIDED:
                remark = f"the patient's appointments cannot be retrieved: {response.described}"
                self._footprint.settle(one.key, State.UNKNOWN, remark=remark)
        return None

    def _days(self, bookings: Iterable[Change]) -> Iterator[date]:
        """The days of bookings, from today on: not every edition lets a consumer ask for past days."""
        today = self._session.now().date()
        moments = (moment for one in bookings for text in (one.start, one.end) if (moment := instant(text)))
        return (max(today, uk_date(moment)) for moment in moments)

    def _known(self, bookings: list[Change], shown: dict[str, dict[str, Any]]) -> Iterator[_Found]:
        """The appointments of ours whose ids are known: those that are still booked. What is not shown is read."""
        for one in list(bookings):
            one = self._footprint.changes[one.key]
            identifier = one.resource.removeprefix("Appointment/")
            value = shown.get(identifier)
            if value is None and identifier and one.state in OPEN:
                value = self._read(one, identifier)
            if value is None:
                continue
            if value.get("status") == "cancelled":
                self._footprint.undone(one.key)
            elif value.get("status") == "booked":
                self._footprint.settle(one.key, State.EXISTS)
                yield _Found(value, identifier, self._footprint.changes[one.key])

    def _read(self, change: Change, identifier: str) -> dict[str, Any] | None:
        response = self._send(self._session.requests.read("Appointment", identifier, nhs_number=self._number(change)))
        if response.status == 200 and logical_id(response.value) == identifier:
            return dict(copied(response.resource))
        self._footprint.settle(change.key, change.state, remark=f"it cannot be read: {response.described}")
        return None

    def _unknown(self, bookings: list[Change], shown: dict[str, dict[str, Any]]) -> Iterator[_Found]:
        """Appointments whose ids we were not given: those that the marks of a booking show to be ours."""
        known = {one.resource for one in self._footprint.changes.values() if one.kind is Kind.BOOKING}
        bookings = [self._footprint.changes[one.key] for one in bookings]
        others = {key: value for key, value in shown.items() if f"Appointment/{key}" not in known}
        for identifier, value in others.items():
            maker = next((one for one in _likeliest_first(bookings) if made_by(one, value)), None)
            if maker is None:
                continue
            key = maker.key if not maker.resource else self._footprint.intend(replace(maker, key=0, resource=""))
            state = State.EXISTS if value.get("status") == "booked" else State.UNDONE
            self._footprint.settle(key, state, resource=f"Appointment/{identifier}")
            bookings = [self._footprint.changes[one.key] for one in bookings]
            if state is State.EXISTS:
                yield _Found(value, identifier, self._footprint.changes[key])
        self._decide(bookings, others)

    def _decide(self, bookings: list[Change], others: dict[str, dict[str, Any]]) -> None:
        """What was not found was not made, unless an appointment is in its slot that may be ours or another's."""
        for one in bookings:
            if one.state not in _UNDECIDED:
                continue
            doubtful = [
                f"Appointment/{identifier}"
                for identifier, value in others.items()
                if value.get("status") == "booked" and made_by(one, value) is None
            ]
            if doubtful:
                remark = f"{', '.join(doubtful)} has the slot, and nothing shows whether this run made it"
                self._footprint.settle(one.key, State.UNKNOWN, remark=remark)
            else:
                self._footprint.settle(one.key, State.NONE)

    # cancelling

    def _cancel(self, found: _Found) -> None:
        """Cancel an appointment: as it reads now, else as it was shown."""
        number = self._number(found.made_by)
        requests, edition = self._session.requests, self._session.edition
        read = self._send(requests.read("Appointment", found.id, nhs_number=number))
        if read.status == 200 and read.resource.get("status") == "cancelled":
            self._footprint.undone(found.made_by.key)
            return
        readable = read.status == 200 and logical_id(read.value) == found.id
        version = (
            (found.value.get("meta") or {}).get("versionId") if isinstance(found.value.get("meta"), dict) else None
        )
        ways = [(copied(read.resource), read.current)] if readable else []
        ways += [(copied(found.value), f'W/"{version}"' if isinstance(version, str) else read.current)]
        for number_of_way, (value, etag) in enumerate(ways):
            if (value, etag) in ways[:number_of_way]:
                continue
            body = request_bodies.cancellation(edition, value, _REASON)
            response = self._send(requests.cancel(body, etag, nhs_number=number))
            if response.status == 200:
                return
            self._footprint.settle(
                found.made_by.key, State.EXISTS, remark=f"its cancellation returned {response.described}"
            )

    def _number(self, change: Change) -> str | None:
        return self._people.get(change.person)

    def _send(self, request: Request) -> Response:
        """Send a request, again where it met trouble; give up where no response comes. After a signal it is sent once."""
        response = self._once(request)
        if self._trouble(response) and stop_signals.received() is None:
            self._session.wait(self._session.config.run.resilience.pause)
            response = self._once(request)
        if self._trouble(response) in _NO_RESPONSE:
            raise _GaveUp(f"the provider did not respond while the run cleaned up: {response.described}")
        return response

    def _once(self, request: Request) -> Response:
        self._session.deadline.check()
        fresh = self._session.requests.renewed(request)
        return self._session.transmit(fresh.with_(label=f"clean-up: {fresh.label}"))

    def _trouble(self, response: Response) -> Trouble | None:
        return self._session.environment.trouble_of(response)


def _likeliest_first(bookings: list[Change]) -> list[Change]:
    """Bookings without a known outcome before those that were refused, before those whose appointment is known."""
    return sorted(bookings, key=lambda one: (bool(one.resource), one.state not in _UNDECIDED))


def _give_up(session: Session, why: str) -> None:
    for one in session.footprint.open:
        if one.kind is Kind.BOOKING:
            state = State.LEFT if one.state is State.EXISTS else one.state
            session.footprint.settle(one.key, State.UNKNOWN if state is State.INTENDED else state, remark=why)


def _settle_changes(session: Session) -> None:
    """What was changed on a booking of ours went with it; what was changed on another's appointment is left."""
    ours = {one.resource: one.state for one in session.footprint.changes.values() if one.kind is Kind.BOOKING}
    for one in session.footprint.open:
        if one.kind is Kind.BOOKING:
            continue
        if one.resource in ours:
            if ours[one.resource] is State.UNDONE and one.state in _UNDECIDED:
                session.footprint.undone(one.key)
        elif one.state is State.EXISTS and one.resource:
            remark = "the run did not book it, and what was changed cannot be taken back"
            session.footprint.settle(one.key, State.LEFT, remark=remark)
