"""Whether a request had an effect: an appointment as it was or changed, a slot offered or not, a patient registered or not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from conformance.checks.json_values import differences
from conformance.consumer.request import Request
from conformance.consumer.request_builder import RequestBuilder
from conformance.consumer.response import Response
from conformance.consumer.uk_time import uk_date
from conformance.core.results import Blame
from conformance.engine.arrangement import Arrangement, BookedAppointment
from conformance.engine.findings import Findings
from conformance.engine.named_steps import NamedStep, Sender
from conformance.engine.slot_pool import FreeSlot, slots_of
from conformance.engine.stop_reasons import CannotTest, EnvironmentTrouble

# What may differ between two representations of an unchanged appointment.
UNSTABLE = frozenset({"meta.lastUpdated", "text"})


class Effects:
    """Observes effects for one scenario: reads and searches, and keeps a failure for what is not as it should be.

    An observation stands beside a response that is judged; one that cannot be made is a note. Where it is the `subject` of
    the scenario (as `no_longer_free` always is), CannotTest is raised.
    """

    def __init__(self, sender: Sender, arrange: Arrangement, findings: Findings) -> None:
        self._sender = sender
        self._arrange = arrange
        self._findings = findings

    def unchanged(
        self, booked: BookedAppointment, *, subject: bool = False, reads: NamedStep[None] | None = None
    ) -> bool:
        """Read an appointment of ours and fail for every element, its version included, that is not as last known.

        Not observed when it reads otherwise each time: that is no effect of what was refused. One that no read has shown yet
        counts as gone only where `reads`, a control that reads another appointment, succeeds.
        """
        return self._observed(lambda: self._unchanged(booked, reads), subject)

    def _unchanged(self, booked: BookedAppointment, reads: NamedStep[None] | None) -> bool:
        response = self._arrange.read(booked.id)
        if not response.carried_out or not isinstance(response.value, dict):
            if not booked.readable and reads is None:
                raise CannotTest(
                    f"no read has shown the appointment, nor does this one: {response.described}", Blame.PROVIDER
                )
            if not booked.readable and reads is not None:
                self._sender.once(reads)
            self._findings.fail(
                "the appointment cannot be read after the refusal", found=response.described, exchange=response.number
            )
            return False
        changed = list(differences(booked.value, response.value, ignoring=UNSTABLE))
        if changed and any(differences(response.value, self._arrange.read(booked.id).value, ignoring=UNSTABLE)):
            raise CannotTest("two reads of the appointment differ with nothing in between", Blame.PROVIDER)
        for path in changed:
            self._findings.fail(
                "the refused request changed the appointment", location=path, exchange=response.number, code="changed"
            )
        return not changed

    def still_free(self, *slots: FreeSlot, subject: bool = False) -> bool:
        """Repeat the search that showed the slots and fail for each of them that is no longer offered."""
        return self._observed(lambda: self._still_free(slots), subject)

    def _still_free(self, slots: Sequence[FreeSlot]) -> bool:
        offered, response = self._offered(slots)
        wrong = [slot for slot in slots if slot.id not in offered]
        if wrong:
            self._need_others(slots, offered)
        self._arrange.keep_leased(wrong)
        return self._report(wrong, response, "the slot is no longer offered though nothing was booked")

    def no_longer_free(self, *slots: FreeSlot) -> bool:
        """Repeat the search that showed the slots and fail for each of them that is still offered."""
        offered, response = self._offered(slots)
        self._need_others(slots, offered)
        wrong = [slot for slot in slots if slot.id in offered]
        return self._report(wrong, response, "the slot is still offered though it was booked")

    def offers(self, slots: Sequence[FreeSlot]) -> list[FreeSlot]:
        """Repeat the searches that showed some slots and return all slots offered; CannotTest when they show none of before."""
        found: list[FreeSlot] = []
        for request in _searches(slots, self._sender.session.requests):
            response = self._sender.send(request)
            need_searchset(response, "the effect cannot be seen in a search for free slots")
            found.extend(slots_of(response, request))
        self._need_others(slots, {slot.id for slot in found})
        return found

    def patients(self, nhs_number: str) -> list[dict[str, Any]]:
        """Return the patients found under an NHS number; CannotTest when the search does not work."""
        session = self._sender.session
        request = session.requests.find("find_patient", session.edition.systems("nhs_number")[0], nhs_number)
        response = self._sender.send(request)
        need_searchset(response, "it cannot be seen whether the patient is registered")
        return list(response.entries("Patient"))

    def registrations(self, nhs_number: str) -> list[tuple[Any, Any]]:
        """Return the ids and contents, without versions, of the patients found under an NHS number, in the order of the ids.

        CannotTest when the search does not work.
        """
        found = ((str(entry.get("id")), _content(entry)) for entry in self.patients(nhs_number))
        return sorted(found, key=lambda row: row[0])

    def not_registered(self, nhs_number: str, before: Sequence[tuple[Any, Any]] = (), *, subject: bool = False) -> bool:
        """Fail when another patient, or other content, is found under an NHS number than `before` the request."""
        return self._observed(lambda: self._not_registered(nhs_number, before), subject)

    def _not_registered(self, nhs_number: str, before: Sequence[tuple[Any, Any]]) -> bool:
        if not self._registered_otherwise(nhs_number, before):
            return True
        self._findings.fail(
            "the patient is registered now, though the registration was refused or not valid",
            location="Patient",
            found="registered",
            expected="not registered",
            exchange=self._sender.exchanges[-1].number,
            code="registered",
        )
        return False

    def _registered_otherwise(self, nhs_number: str, before: Sequence[tuple[Any, Any]]) -> bool:
        """Whether other patients are found, or the same with other content: content that is another each time is no effect."""
        after = self.registrations(nhs_number)
        if [row[0] for row in after] != [row[0] for row in before]:
            return True
        return after != list(before) and after == self.registrations(nhs_number)

    def _observed(self, observe: Callable[[], bool], subject: bool) -> bool:
        """Make an observation. Where it cannot be made, that is a note beside what is judged, or ends a scenario about it."""
        try:
            return observe()
        except EnvironmentTrouble:
            raise
        except CannotTest as stop:
            if subject:
                raise
            self._findings.note(f"not observed: {stop.reason}", blame=stop.blame, code="not-observed")
            return True

    def _offered(self, slots: Sequence[FreeSlot]) -> tuple[AbstractSet[Any], Response]:
        """Search again as the search did that showed the slots, and return the ids offered; each search is made once."""
        offered: set[Any] = set()
        for request in _searches(slots, self._sender.session.requests):
            response = self._sender.send(request)
            need_searchset(response, "the effect cannot be seen in a search for free slots")
            offered |= response.ids("Slot")
        return offered, response

    def _need_others(self, slots: Sequence[FreeSlot], offered: AbstractSet[Any]) -> None:
        """CannotTest when the same search offers none of the slots that it showed before: it shows nothing then."""
        searches = [slot.shown_by for slot in slots]
        others = {slot.id for slot in self._arrange.slot_pool.free() if slot.shown_by in searches}
        if others and not others & offered:
            raise CannotTest("the search shows none of the slots now that it showed before", Blame.PROVIDER)

    def _report(self, wrong: Sequence[FreeSlot], response: Response, message: str) -> bool:
        for slot in wrong:
            self._findings.fail(message, location=f"Slot/{slot.id}", exchange=response.number, code="slot-state")
        return not wrong


def _content(patient: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in patient.items() if key not in {"meta", "text"}}


def need_searchset(response: Response, what: str) -> None:
    """CannotTest, naming `what`, unless a response is a success with a Bundle."""
    if not response.carried_out or response.resource_type != "Bundle":
        raise CannotTest(f"{what}: {response.described}", Blame.PROVIDER)


def _searches(slots: Sequence[FreeSlot], requests: RequestBuilder) -> list[Request]:
    """The searches that showed some slots, made anew; of slots found in another way, a search of their days."""
    known = {slot.shown_by.target(""): slot.shown_by for slot in slots if slot.shown_by}
    unknown = [uk_date(slot.start) for slot in slots if not slot.shown_by]
    searches = [requests.renewed(request) for request in known.values()]
    return [*searches, *([requests.search_free_slots(min(unknown), max(unknown))] if unknown else [])]
