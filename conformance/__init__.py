"""Conformance assurance for providers of the NHS GP Connect Appointment Management FHIR API."""

__version__ = "0.2.0"
