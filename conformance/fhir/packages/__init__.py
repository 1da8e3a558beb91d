"""FHIR packages: reading and downloading them."""
