"""FHIR of two generations: definitions, validation, terminology, XML and safe reading. Knows nothing of GP Connect.

As a library, for code that has resources to check:

    from conformance.fhir import Validator
    validator = Validator("stu3")                        # or "dstu2"; or opened Definitions of your own
    report = validator.check(path.read_bytes())          # JSON or XML; report.verdict, report.issues, report.profiles
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.fhir.definitions.store import Definitions
    from conformance.fhir.issues import Issue, Severity, Verdict
    from conformance.fhir.validation.validator import Options, Report, Validator

__all__ = ["Definitions", "Issue", "Options", "Report", "Severity", "Validator", "Verdict"]

# Where each name lies. They are imported when first used: most commands need little of this package.
_HOMES = {
    "Definitions": "conformance.fhir.definitions.store",
    "Issue": "conformance.fhir.issues",
    "Options": "conformance.fhir.validation.validator",
    "Report": "conformance.fhir.validation.validator",
    "Severity": "conformance.fhir.issues",
    "Validator": "conformance.fhir.validation.validator",
    "Verdict": "conformance.fhir.issues",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
