"""Scenarios of errors, formats, HTTP, Spine headers, tokens, TLS, FHIR conventions and time."""
