"""What a scenario starts from: patients, free slots, appointments booked, read and cancelled, undone at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zlib import crc32

from conformance.config.model import Patient
from conformance.consumer import request_bodies
from conformance.consumer.json_edit import copied
from conformance.consumer.request import Change, Request
from conformance.consumer.response import Response
from conformance.consumer.usable_parts import logical_id
from conformance.core.results import Blame
from conformance.engine import people
from conformance.engine.named_steps import Sender
from conformance.engine.scenario import Case
from conformance.engine.slot_pool import FREE_SLOTS, FreeSlot, SlotPool, search_free_slots
from conformance.engine.stop_reasons import CannotTest, EnvironmentTrouble, ResponseLost

_AFTERWARDS = "Made by an assurance run"
_BOOK = "book_appointment"


@dataclass
class BookedAppointment:
    """An appointment that the scenario booked. `value` is its latest known representation, `etag` that version's.

    `response` is that to its booking; `readable` says whether the last read returned it; False before there was one.
    """

    value: dict[str, Any]
    etag: str | None
    patient: Patient
    slots: tuple[FreeSlot, ...]
    response: Response
    cancelled: bool = False
    readable: bool = False

    @property
    def id(self) -> str:
        """The logical id of the Appointment."""
        return str(self.value["id"])


class Arrangement:
    """What one scenario has leased and booked. Everything sent here is recorded by the scenario's sender."""

    def __init__(self, sender: Sender, case: Case) -> None:
        self._sender = sender
        self._session = sender.session
        self._case = case
        self._booked: list[BookedAppointment] = []
        self._unnamed: list[tuple[Response, tuple[FreeSlot, ...]]] = []
        self._leased: list[FreeSlot] = []

    # people and places

    def patient(self, role: str = "bookable", index: int = 0) -> Patient:
        """Return a configured patient by role; CannotTest when the configuration names none.

        Which of several comes first depends on the scenario, so that no patient gathers the appointments of all.
        """
        data = self._session.config.data
        having = data.patients_with(role)
        if having and role == "bookable":
            having += tuple(patient for patient in data.patients_with("spare") if patient not in having)
        if len(having) <= index:
            ordinal = "" if index == 0 else f" number {index + 1}"
            raise CannotTest(f"the configuration names no patient{ordinal} with the role {role}", Blame.CONFIGURATION)
        return having[(crc32(self._case.id.encode()) + index) % len(having)]

    def patient_id(self, patient: Patient) -> str:
        """Return the provider's logical id of a patient; CannotTest when it does not find the NHS number."""
        return people.logical_id(self._sender, people.PATIENT, patient.nhs_number)

    def practitioner_id(self, sds_user_id: str) -> str:
        """Return the provider's logical id of a practitioner; CannotTest when it does not find the SDS user id."""
        return people.logical_id(self._sender, people.PRACTITIONER, sds_user_id)

    def organization_id(self, ods_code: str) -> str:
        """Return the provider's logical id of an organisation; CannotTest when it does not find the ODS code."""
        return people.logical_id(self._sender, people.ORGANIZATION, ods_code)

    # slots

    @property
    def slot_pool(self) -> SlotPool:
        """The provider's free slots, searched for once a run; CannotTest when that search did not succeed."""
        return self._sender.once(FREE_SLOTS)

    def search_slots_again(self) -> None:
        """Search for free slots afresh: another consumer may have taken those that were free."""
        self.slot_pool.replace(search_free_slots(self._sender).free())

    def slot(self, wanted: Callable[[FreeSlot], bool] = bool, *, what: str = "a free slot") -> FreeSlot:
        """Lease a free slot until the end of the scenario."""
        slot = self.slot_pool.take(wanted, what=what)
        self._leased.append(slot)
        return slot

    def slot_for(self, kind: str) -> FreeSlot:
        """Lease a free slot for an appointment that refers to a resource of a type: which one matters for Practitioner only."""
        if kind != "Practitioner":
            return self.slot()
        return self.slot(lambda slot: bool(slot.practitioner_id), what="a slot of a schedule with a practitioner")

    def slot_pair(self, fits: Callable[[FreeSlot, FreeSlot], bool], *, what: str) -> tuple[FreeSlot, FreeSlot]:
        """Lease two free slots of which `fits(first, second)` holds until the end of the scenario."""
        pair = self.slot_pool.take_run(fits, what=what)
        self._leased.extend(pair)
        return pair

    def keep_leased(self, slots: Iterable[FreeSlot]) -> None:
        """Do not give these slots back at the end: they are taken, and of no use to another scenario."""
        taken = list(slots)
        self._leased = [slot for slot in self._leased if slot not in taken]

    # appointments

    def booking(
        self, *slots: FreeSlot, patient: Patient | None = None, practitioner: bool = True, **more: Any
    ) -> Request:
        """Return a valid request to book slots (one leased here when none is given) for a patient."""
        chosen = slots or (self.slot(),)
        person = patient or self.patient()
        body = request_bodies.booking(
            self._session.edition,
            self._session.config,
            slots=[dict(slot.raw) for slot in chosen],
            patient_id=self.patient_id(person),
            location_id=chosen[0].location_id,
            practitioner_id=(chosen[0].practitioner_id or None) if practitioner else None,
            now=self._session.now(),
            **{"description": f"{request_bodies.DESCRIPTION} {self._session.mark}", **more},
        )
        return self._session.requests.book(body, nhs_number=person.nhs_number)

    def booked(
        self, *slots: FreeSlot, patient: Patient | None = None, read: bool = True, **more: Any
    ) -> BookedAppointment:
        """Book an appointment that the scenario builds on; CannotTest when the booking does not succeed.

        A slot leased here that turns out to be taken (by another consumer, say, or because a cancellation did not set it
        free) is replaced once by another of a fresh search. The appointment is then read, so that what the scenario makes of
        it does not hang on the response to its booking (kept as `response`): that is other scenarios' subject. Without `read`
        it is not, for scenarios that only ask where it is found.
        """
        made, response = self._book(slots or (self.slot(),), patient or self.patient(), more)
        if made is None and not slots:
            self.search_slots_again()
            made, response = self._book((self.slot(),), patient or self.patient(), more)
        if made is None:
            raise CannotTest(f"an appointment could not be booked to start from: {response.described}", Blame.PROVIDER)
        return self.refresh(made) if read else made

    def _book(
        self, slots: tuple[FreeSlot, ...], patient: Patient, more: dict[str, Any]
    ) -> tuple[BookedAppointment | None, Response]:
        response = self._sender.send(self.booking(*slots, patient=patient, **more))
        return self.booked_by(response, patient, slots), response

    def booked_by(self, response: Response, patient: Patient, slots: Sequence[FreeSlot]) -> BookedAppointment | None:
        """Register a booking that a response confirms, so that it is cancelled afterwards; None when it does not.

        Where the response does not name what it confirms, that is looked up afterwards, unless it is registered otherwise.
        """
        value = response.value
        if not response.carried_out:
            return None
        if not isinstance(value, dict) or logical_id(value) is None:
            self._unnamed.append((response, tuple(slots)))
            return None
        made = BookedAppointment(copied(value), response.current, patient, tuple(slots), response)
        self._booked.append(made)
        return made

    def read(self, appointment_id: str, *changes: Change) -> Response:
        """Read an appointment."""
        whose = next((made.patient.nhs_number for made in self._booked if made.id == appointment_id), None)
        return self._sender.send(self._session.requests.read("Appointment", appointment_id, nhs_number=whose), *changes)

    def refresh(self, booked: BookedAppointment) -> BookedAppointment:
        """Read an appointment of ours again so that its representation and version are the latest."""
        response = self.read(booked.id)
        booked.readable = (
            response.carried_out and isinstance(response.value, dict) and response.value.get("id") == booked.id
        )
        if booked.readable:
            booked.value, booked.etag = copied(response.value), response.current
        return booked

    def amended(self, booked: BookedAppointment, **elements: Any) -> BookedAppointment:
        """Amend an appointment that the scenario builds on (None removes an element), known then as the response has it.

        CannotTest when the amendment does not succeed.
        """
        body = request_bodies.amendment(booked.value, **elements)
        request = self._session.requests.amend(body, booked.etag, nhs_number=booked.patient.nhs_number)
        response = self._sender.send(request)
        if not response.carried_out or response.resource_type != "Appointment":
            raise CannotTest(
                f"the appointment could not be amended to start from: {response.described}", Blame.PROVIDER
            )
        booked.value, booked.etag = copied(response.resource), response.current
        return booked

    def cancelled(self, booked: BookedAppointment, reason: str = "No longer needed") -> BookedAppointment:
        """Cancel an appointment that the scenario builds on; CannotTest when the cancellation does not succeed."""
        response = self._cancel(booked, reason)
        if not response.carried_out or logical_id(response.value) != booked.id:
            raise CannotTest(
                f"the appointment could not be cancelled to start from: {response.described}", Blame.PROVIDER
            )
        booked.value, booked.etag, booked.cancelled = copied(response.value), response.current, True
        return booked

    def _cancel(self, booked: BookedAppointment, reason: str) -> Response:
        body = request_bodies.cancellation(self._session.edition, booked.value, reason)
        return self._sender.send(self._session.requests.cancel(body, booked.etag, nhs_number=booked.patient.nhs_number))

    # afterwards

    def undo(self) -> list[BookedAppointment]:
        """Cancel what was booked here, give the slots back, and return the appointments that could not be cancelled."""
        left = [booked for booked in reversed(self._booked) if not booked.cancelled and not self._undone(booked)]
        for booked in left:
            self.keep_leased(booked.slots)
        self._settle_unnamed()
        spent = self._session.environment.spent_slots
        free = [slot for slot in self._leased if slot.id not in spent]
        if free:
            self.slot_pool.give_back(free)
        return left

    def _settle_unnamed(self) -> None:
        """Look up bookings whose response named no appointment. Slots that may be taken are of no use to another scenario."""
        named = {slot.id for booked in self._booked for slot in booked.slots}
        for response, slots in self._unnamed:
            request = self._sender.requests.get(response.number)
            if request is None or request.interaction.key != _BOOK or named & {slot.id for slot in slots}:
                continue
            if not self._session.environment.undo_unnamed(request):
                self.keep_leased(slots)

    def _undone(self, booked: BookedAppointment) -> bool:
        try:
            return self._undo(booked)
        except ResponseLost as lost:
            return lost.made
        except EnvironmentTrouble:
            return False

    def _undo(self, booked: BookedAppointment) -> bool:
        """Cancel with the last known representation; where reads return wrong content, with that of the booking."""
        if self._cancel(booked, _AFTERWARDS).carried_out:
            return True
        self.refresh(booked)
        if booked.value.get("status") == "cancelled":
            return True
        response = booked.response
        ways = [(booked.value, booked.etag), (booked.value, response.current), (response.value, booked.etag)]
        ways = [way for number, way in enumerate(ways) if way not in ways[:number]]
        return any(
            self._cancel(replace(booked, value=copied(value), etag=etag), _AFTERWARDS).carried_out
            for value, etag in ways
        )
