"""FHIR of two generations: definitions, validation, terminology, XML and safe reading. Knows nothing of GP Connect."""
