"""FHIR JSON and XML in and out, with places, and narrative."""
