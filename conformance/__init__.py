"""Conformance assurance for providers of the NHS GP Connect Appointment Management FHIR API."""

__version__ = "0.1.0"
