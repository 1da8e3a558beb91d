"""What serves each interaction of the editions' tables."""

from __future__ import annotations

from conformance.provider.appointments.amend import amend_appointment
from conformance.provider.appointments.book import book_appointment
from conformance.provider.appointments.cancel import cancel_appointment
from conformance.provider.appointments.read import read_appointment
from conformance.provider.appointments.retrieve import retrieve_patient_appointments
from conformance.provider.appointments.search import search_free_slots
from conformance.provider.foundations.metadata import get_capability_statement
from conformance.provider.foundations.patient import find_patient, read_patient
from conformance.provider.foundations.places import (
    find_location,
    find_organization,
    find_practitioner,
    read_location,
    read_organization,
    read_practitioner,
)
from conformance.provider.foundations.register import register_patient
from conformance.provider.http import Handler

HANDLERS: dict[str, Handler] = {
    handler.__name__: handler
    for handler in (
        search_free_slots,
        book_appointment,
        retrieve_patient_appointments,
        read_appointment,
        amend_appointment,
        cancel_appointment,
        get_capability_statement,
        find_patient,
        read_patient,
        register_patient,
        find_practitioner,
        read_practitioner,
        find_organization,
        read_organization,
        find_location,
        read_location,
    )
}
