"""The words a scenario may use: arrange, send, judge, clean up. One `Scene` for each scenario of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from zlib import crc32

from conformance.checks.check import Check
from conformance.checks.json_values import differences
from conformance.config.model import Config, Patient
from conformance.consumer import request_bodies
from conformance.consumer.json_edit import copied
from conformance.consumer.request import Change, Request
from conformance.consumer.request_builder import RequestBuilder
from conformance.consumer.response import Response
from conformance.consumer.uk_time import uk_date
from conformance.core.exchange import Exchange
from conformance.core.results import Blame, Finding, Severity
from conformance.engine.expected_error import Refusal, check_refusal
from conformance.engine.scenario import Case
from conformance.engine.session import Session
from conformance.engine.slot_pool import FreeSlot, SlotPool
from conformance.engine.stop_reasons import CannotTest, DoesNotApply
from conformance.spec import Edition

# What may differ between two representations of an unchanged appointment.
UNSTABLE = frozenset({"meta.lastUpdated", "text"})
_AFTERWARDS = "Made by an assurance run"


@dataclass
class BookedAppointment:
    """An appointment that the scenario made. `value` is its latest known representation, `etag` that version's.

    `reply` is the answer to its booking; `readable` is False once a read has not answered with it.
    """

    value: dict[str, Any]
    etag: str | None
    patient: Patient
    slots: tuple[FreeSlot, ...]
    response: Response
    cancelled: bool = False
    readable: bool = True

    @property
    def id(self) -> str:
        """The logical id of the Appointment."""
        return str(self.value["id"])


class ScenarioContext:
    """One scenario's stage: what it sends is recorded, what it finds is kept, what it books is undone at the end."""

    def __init__(self, session: Session, case: Case) -> None:
        self.session = session
        self.case = case
        self.exchanges: list[Exchange] = []
        self.findings: list[Finding] = []
        self._booked: list[BookedAppointment] = []
        self._leased: list[FreeSlot] = []

    # what there is to work with

    @property
    def edition(self) -> Edition:
        """The edition of the run."""
        return self.session.edition

    @property
    def config(self) -> Config:
        """The configuration of the run."""
        return self.session.config

    @property
    def requests(self) -> RequestBuilder:
        """The builder of valid requests."""
        return self.session.requests

    @property
    def slot_pool(self) -> SlotPool:
        """The provider's free slots."""
        return self.session.slot_pool

    def parameter(self, name: str) -> Any:
        """Return a parameter of the case, the edition's own where it differs by edition."""
        return self.case.pick(name, self.edition)

    # send and judge

    def send(self, request: Request, *changes: Change) -> Response:
        """Send a request, changed as named, and record the exchange in this scenario."""
        for change in changes:
            request = change(request)
        return self._keep([self.session.send(request)])[0]

    def send_together(self, requests: Sequence[Request]) -> list[Response]:
        """Send requests at the same moment and record the exchanges."""
        return self._keep(self.session.send_together(requests))

    def _keep(self, responses: list[Response]) -> list[Response]:
        self.exchanges.extend(response.exchange for response in responses)
        return responses

    def judge(self, response: Response, *checks: Check) -> bool:
        """Hold an answer to checks, keeping all they find; True when nothing failed."""
        return self.keep(finding for check in checks for finding in self._run(check, response))

    def expect(self, response: Response, expected: Refusal) -> bool:
        """Hold an answer to a refusal; True when it is one that is accepted."""
        return self.keep(check_refusal(response, expected, self.edition))

    def keep(self, findings: Iterable[Finding]) -> bool:
        """Keep findings; True when none of them is a fail."""
        kept = list(findings)
        self.findings.extend(kept)
        return not any(finding.severity is Severity.FAIL for finding in kept)

    def fail(self, message: str, **details: Any) -> None:
        """Keep a failure seen by the scenario itself. `details` are fields of Finding."""
        self.findings.append(Finding(message, **details))

    def warn(self, message: str, **details: Any) -> None:
        """Keep a warning seen by the scenario itself."""
        self.findings.append(Finding(message, severity=Severity.WARN, **details))

    def note(self, message: str, **details: Any) -> None:
        """Keep a remark for the reader."""
        self.findings.append(Finding(message, severity=Severity.INFO, **details))

    def need(self, response: Response, *checks: Check, what: str) -> None:
        """Hold an answer that the scenario only builds on; CannotTest, naming `what`, when it does not hold."""
        for check in checks:
            for finding in self._run(check, response):
                if finding.severity is Severity.FAIL:
                    raise CannotTest(
                        f"{what}: {finding.message} ({finding.found or response.described})", Blame.PROVIDER
                    )

    def _run(self, check: Check, response: Response) -> Iterable[Finding]:
        for finding in check(response, self.session):
            yield finding if finding.exchange else replace(finding, exchange=response.number)

    def omit(self, reason: str) -> None:
        """End the scenario: it does not apply here."""
        raise DoesNotApply(reason)

    def cannot(self, reason: str, blame: Blame = Blame.TEST_DATA) -> None:
        """End the scenario: it cannot be tested here."""
        raise CannotTest(reason, blame)

    # arrange

    def patient(self, role: str = "bookable", index: int = 0) -> Patient:
        """Return a configured patient by role; CannotTest when the configuration names none.

        Which of several comes first depends on the scenario, so that no patient gathers the appointments of all.
        """
        having = self.config.data.patients_with(role)
        if having and role == "bookable":
            having += self.config.data.patients_with("spare")
        if len(having) <= index:
            ordinal = "" if index == 0 else f" number {index + 1}"
            raise CannotTest(f"the configuration names no patient{ordinal} with the role {role}", Blame.CONFIGURATION)
        return having[(crc32(self.case.id.encode()) + index) % len(having)]

    def patient_id(self, patient: Patient) -> str:
        """Return the provider's logical id of a patient."""
        return self.session.patient_id(patient.nhs_number)

    def slot(self, wanted: Callable[[FreeSlot], bool] = bool, *, what: str = "a free slot") -> FreeSlot:
        """Lease a free slot until the end of the scenario."""
        slot = self.slot_pool.take(wanted, what=what)
        self._leased.append(slot)
        return slot

    def slot_pair(self, fits: Callable[[FreeSlot, FreeSlot], bool], *, what: str) -> tuple[FreeSlot, FreeSlot]:
        """Lease two free slots of which `fits(first, second)` holds until the end of the scenario."""
        pair = self.slot_pool.take_run(fits, what=what)
        self._leased.extend(pair)
        return pair

    def booking(
        self, *slots: FreeSlot, patient: Patient | None = None, practitioner: bool = True, **more: Any
    ) -> Request:
        """Return a valid request to book slots (one leased here when none is given) for a patient."""
        chosen = slots or (self.slot(),)
        person = patient or self.patient()
        body = request_bodies.booking(
            self.edition,
            self.config,
            slots=[dict(slot.raw) for slot in chosen],
            patient_id=self.patient_id(person),
            location_id=chosen[0].location_id,
            practitioner_id=(chosen[0].practitioner_id or None) if practitioner else None,
            now=self.session.now(),
            **more,
        )
        return self.requests.book(body, nhs_number=person.nhs_number)

    def booked(self, *slots: FreeSlot, patient: Patient | None = None, **more: Any) -> BookedAppointment:
        """Book an appointment that the scenario builds on; CannotTest when the booking does not succeed.

        A slot leased here that turns out to be taken (by another consumer, say, or because a cancellation did not set it
        free) is replaced once by another of a fresh search. It is known as it is read, where it can be, so that what the
        scenario makes of it does not hang on the booking's answer (kept as `reply`): that is other scenarios' subject.
        Where bookings of the kind have read as they were answered so far, the answer is taken without reading.
        """
        made, response = self._book(slots or (self.slot(),), patient or self.patient(), more)
        if made is None and not slots:
            self.slot_pool.forget()
            made, response = self._book((self.slot(),), patient or self.patient(), more)
        if made is None:
            raise CannotTest(f"an appointment could not be booked to start from: {response.described}", Blame.PROVIDER)
        kind = (tuple(slot.kind for slot in made.slots), repr(sorted(more.items())))
        if not self.session.read_back.believes(kind):
            answered = (made.value, made.etag)
            self.refresh(made)
            alike = made.readable and (made.value, made.etag) == answered
            self.session.read_back.saw(kind, alike=alike)
        return made

    def _book(
        self, slots: tuple[FreeSlot, ...], patient: Patient, more: dict[str, Any]
    ) -> tuple[BookedAppointment | None, Response]:
        response = self.send(self.booking(*slots, patient=patient, **more))
        return self.booked_by(response, patient, slots), response

    def booked_by(self, response: Response, patient: Patient, slots: Sequence[FreeSlot]) -> BookedAppointment | None:
        """Take note of a booking that an answer shows to have been made, so that it is undone; None when it was not."""
        value = response.value
        if response.status not in (200, 201) or not isinstance(value, dict) or not isinstance(value.get("id"), str):
            return None
        made = BookedAppointment(copied(value), response.current, patient, tuple(slots), response)
        self._booked.append(made)
        return made

    def read(self, appointment_id: str, *changes: Change) -> Response:
        """Read an appointment."""
        whose = next((made.patient.nhs_number for made in self._booked if made.id == appointment_id), None)
        return self.send(self.requests.read("Appointment", appointment_id, nhs_number=whose), *changes)

    def refresh(self, booked: BookedAppointment) -> BookedAppointment:
        """Read an appointment of ours again so that its representation and version are the latest."""
        response = self.read(booked.id)
        booked.readable = (
            response.status == 200 and isinstance(response.value, dict) and response.value.get("id") == booked.id
        )
        if booked.readable:
            booked.value, booked.etag = copied(response.value), response.current
        return booked

    def cancelled(self, booked: BookedAppointment, reason: str = "No longer needed") -> BookedAppointment:
        """Cancel an appointment that the scenario builds on; CannotTest when the cancellation does not succeed."""
        response = self._cancel(booked, reason)
        if response.status != 200 or not isinstance(response.value, dict):
            raise CannotTest(
                f"the appointment could not be cancelled to start from: {response.described}", Blame.PROVIDER
            )
        booked.value, booked.etag, booked.cancelled = copied(response.value), response.current, True
        return booked

    def _cancel(self, booked: BookedAppointment, reason: str) -> Response:
        body = request_bodies.cancellation(self.edition, booked.value, reason)
        return self.send(self.requests.cancel(body, booked.etag, nhs_number=booked.patient.nhs_number))

    # effects

    def unchanged(self, booked: BookedAppointment) -> bool:
        """Read an appointment of ours and fail for every element, its version included, that is not as last known.

        CannotTest when it reads otherwise each time: that is no effect of what was refused.
        """
        response = self.read(booked.id)
        if response.status != 200 or not isinstance(response.value, dict):
            if not booked.readable:
                raise CannotTest(
                    f"the appointment could not be read before either: {response.described}", Blame.PROVIDER
                )
            self.fail(
                "the appointment cannot be read after the refusal", found=response.described, exchange=response.number
            )
            return False
        changed = list(differences(booked.value, response.value, ignoring=UNSTABLE))
        if changed and any(differences(response.value, self.read(booked.id).value, ignoring=UNSTABLE)):
            raise CannotTest("two reads of the appointment differ with nothing in between", Blame.PROVIDER)
        for path in changed:
            self.fail(
                "the refused request changed the appointment", location=path, exchange=response.number, code="changed"
            )
        return not changed

    def still_free(self, *slots: FreeSlot) -> bool:
        """Search the slots' day and fail for each of them that is no longer offered."""
        return self._offered(slots, True, "the slot is no longer offered though nothing was booked")

    def no_longer_free(self, *slots: FreeSlot) -> bool:
        """Search the slots' day and fail for each of them that is still offered."""
        return self._offered(slots, False, "the slot is still offered though it was booked")

    def _offered(self, slots: Sequence[FreeSlot], wanted: bool, message: str) -> bool:
        days = [uk_date(slot.start) for slot in slots]
        response = self.send(self.requests.search_free_slots(min(days), max(days)))
        self.need_searchset(response, "the effect cannot be seen in a search for free slots")
        offered = {entry.get("id") for entry in response.entries("Slot")}
        wrong = [slot for slot in slots if (slot.id in offered) is not wanted]
        if wrong or not wanted:
            self._need_others(offered, min(days), max(days))
        if wanted:  # a slot that is taken although it should be free is of no use to another scenario
            self._leased = [slot for slot in self._leased if slot not in wrong]
        for slot in wrong:
            self.fail(message, location=f"Slot/{slot.id}", exchange=response.number, code="slot-state")
        return not wrong

    def _need_others(self, offered: AbstractSet[Any], first: date, last: date) -> None:
        """CannotTest when a search of some days offers none of the slots known to be free on them: it tells nothing then."""
        others = {slot.id for slot in self.slot_pool.free() if first <= uk_date(slot.start) <= last}
        if others and not others & offered:
            raise CannotTest(
                "a search of the day shows none of the slots that the longer search showed", Blame.PROVIDER
            )

    def need_searchset(self, response: Response, what: str) -> None:
        """CannotTest, naming `what`, unless an answer is a 200 with a Bundle."""
        if response.status != 200 or response.resource_type != "Bundle":
            raise CannotTest(f"{what}: {response.described}", Blame.PROVIDER)

    # clean up

    def clean_up(self) -> None:
        """Cancel what was booked here and give the slots back. What cannot be undone is noted, never raised."""
        for booked in reversed(self._booked):
            if not booked.cancelled and not self._undo(booked):
                self._leased = [slot for slot in self._leased if slot not in booked.slots]
                self.note(
                    f"Appointment/{booked.id} could not be cancelled afterwards", blame=Blame.PROVIDER, code="left-over"
                )
        self.slot_pool.give_back(self._leased)

    def _undo(self, booked: BookedAppointment) -> bool:
        """Cancel with what is known; where reads tell what they should not, with what the booking was answered with."""
        if self._cancel(booked, _AFTERWARDS).status == 200:
            return True
        self.refresh(booked)
        if booked.value.get("status") == "cancelled":
            return True
        answered = booked.response
        ways = [(booked.value, booked.etag), (booked.value, answered.current), (answered.value, booked.etag)]
        ways = [way for number, way in enumerate(ways) if way not in ways[:number]]
        return any(
            self._cancel(replace(booked, value=copied(value), etag=etag), _AFTERWARDS).status == 200
            for value, etag in ways
        )
