"""Find and read a patient. Source: the Foundations pages; STU3-PAT-*, DSTU2-PAT-*."""

from __future__ import annotations

from conformance.provider.foundations.identifiers import Kind, asked_identifier, register, valid_nhs_number
from conformance.provider.http import Call, Response
from conformance.provider.refusal import Reply, refuse
from conformance.provider.rules import Rules
from conformance.provider.store import Row, document

_WRONG = Reply("INVALID_NHS_NUMBER", 400, "value")
PATIENT = register(Kind("patient", "nhs_number", valid_nhs_number, _WRONG))
KNOWN = Rules("patient")


def find_patient(call: Call) -> Response:
    """Return the active patient who has the NHS number, or an empty Bundle."""
    question = asked_identifier(call, PATIENT)
    provider = call.provider
    row = provider.store.patient_by_nhs_number(question.value)
    hidden = [rule for rule in ("active", "sensitive") if row is not None and _hidden(call, row, rule)]
    found = [] if row is None or hidden else [row]
    return provider.searchset(call, [provider.shapes.patient(item) for item in found])


def _hidden(call: Call, row: Row, rule: str) -> bool:
    if call.provider.seams.skips(f"patient.find-{rule}"):
        return False
    return row["status"] != "active" if rule == "active" else sensitive(row)


def read_patient(call: Call) -> Response:
    """Return one patient."""
    row = known_patient(call, call.id)
    return call.provider.single(call, call.provider.shapes.patient(row), updated=row["updated"])


def known_patient(call: Call, identifier: str) -> Row:
    """Return a patient who may be spoken of; raises Refusal otherwise."""
    row = call.provider.store.patient(identifier)
    if row is None:
        raise refuse("patient.known", "PATIENT_NOT_FOUND", f"there is no patient {identifier[:80]} here")
    KNOWN.enforce(call, row)
    if call.on == "retrieve_patient_appointments":
        CONSENT.enforce(call, row)
    return row


CONSENT = Rules("patient")


@KNOWN.rule("read-active", "PATIENT_NOT_FOUND")
def _read_active(row: Row) -> str | None:
    """The patient is on the books: neither left nor deceased."""
    return None if row["status"] == "active" else f"there is no active patient {row['id']} here"


@KNOWN.rule("read-not-sensitive", "PATIENT_NOT_FOUND")
def _read_not_sensitive(row: Row) -> str | None:
    """The patient is not flagged as sensitive."""
    return f"there is no patient {row['id']} here" if sensitive(row) else None


APPOINTMENTS = Rules("appointments")


@APPOINTMENTS.rule("not-sensitive", "PATIENT_NOT_FOUND", dstu2=None)
def _appointments_not_sensitive(row: Row | None) -> str | None:
    """No appointment is managed for a sensitive patient: the response says that there is none (appointments_ig.md, S-Flag)."""
    return f"there is no patient {row['id']} here" if row is not None and sensitive(row) else None


@CONSENT.rule("consents", "NO_PATIENT_CONSENT", stu3=None)
def _consents(row: Row) -> str | None:
    """The patient does not dissent from sharing; STU3 lifts this for appointments."""
    return "the patient dissents from sharing" if dissents(row) else None


def sensitive(row: Row) -> bool:
    """Whether PDS flags the patient as sensitive."""
    return "sensitive" in document(row).get("flags", ())


def dissents(row: Row) -> bool:
    """Whether the patient dissents from sharing."""
    return "dissent" in document(row).get("flags", ())


def bookable(call: Call, row: Row | None) -> bool:
    """Whether appointments can be booked for a patient."""
    if row is None:
        return False
    return bool(row["status"] == "active") or call.provider.seams.skips("book.patient-active")
