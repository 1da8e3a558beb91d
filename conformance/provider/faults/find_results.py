"""Faults in who is found and read, and in what a search by identifier accepts."""

from __future__ import annotations

from collections.abc import Callable

from conformance.provider.fault_points import Effect, Seam
from conformance.provider.faults.effects import change, misanswer, put, refuses, skip
from conformance.provider.faults.fault import DSTU2, STU3, Fault
from conformance.provider.http import Call, Pairs

_PATIENT = "find_patient read_patient"
_FINDS = "find_patient find_practitioner find_organization find_location"
_DISSENTING, _SENSITIVE, _TEMPORARY = ("9990010498", "pat-07"), ("9990010560", "pat-08"), ("9990010420", "pat-06")


def _about(number: str, identifier: str) -> Callable[[Call], bool]:
    return lambda call: call.id == identifier or any(value.endswith(number) for value in call.parameters("identifier"))


def _question(edit: Callable[[str, str], tuple[str, str]], *, on: str) -> Effect:
    """Read changed parameters of a search."""

    def apply(call: Call, same: Call | None) -> Call:  # noqa: ARG001
        changed: Pairs = [edit(name, value) for name, value in call.query]
        call.query = changed
        return call

    return Effect(Seam.CALL, apply, on=frozenset(on.split()))


def _tidied(name: str, value: str) -> tuple[str, str]:
    system, bar, number = value.rpartition("|")
    return name, f"{system}{bar}{number.replace(' ', '').replace('-', '')}"


_PATIENTS = (
    Fault("patient.finds-inactive", "finds patients who have left or died", skip("patient.find-active")),
    Fault("patient.finds-sensitive", "finds patients flagged as sensitive", skip("patient.find-sensitive"), STU3),
    Fault("patient.reads-inactive", "reads patients who have left or died", skip("patient.read-active"), DSTU2),
    Fault("patient.reads-sensitive", "reads patients flagged as sensitive", skip("patient.read-not-sensitive"), STU3),
    Fault(
        "patient.sensitive-is-forbidden",
        "says that a patient flagged as sensitive may not be seen",
        refuses(_about(*_SENSITIVE), "NO_PATIENT_CONSENT", on="find_patient"),
        STU3,
    ),
    Fault(
        "patient.refuses-dissent",
        "refuses for patients who dissent from sharing",
        refuses(_about(*_DISSENTING), "NO_PATIENT_CONSENT", on=_PATIENT),
        STU3,
    ),
    Fault(
        "patient.hides-temporary",
        "does not find temporary patients",
        refuses(_about(*_TEMPORARY), "PATIENT_NOT_FOUND", on=_PATIENT),
    ),
    Fault("patient.accepts-any-number", "does not check NHS numbers", skip("patient.value-form")),
    Fault(
        "patient.tidies-numbers",
        "removes blanks and hyphens from NHS numbers",
        _question(_tidied, on="find_patient"),
    ),
    Fault(
        "patient.invalid-number-is-empty",
        "returns 200 for an invalid NHS number",
        misanswer("patient.value-form", status=200),
    ),
    Fault(
        "patient.invalid-number-other-code",
        "returns BAD_REQUEST for an invalid NHS number",
        misanswer("patient.value-form", code="BAD_REQUEST"),
    ),
    Fault(
        "patient.find-differs-from-read",
        "finds another version than it reads",
        change("Patient", put("meta.versionId", "77"), on="find_patient"),
    ),
)

_IDENTIFIERS = (
    Fault(
        "patient.accepts-missing-identifier",
        "does not mind a search without identifier",
        misanswer("identifier.present", status=200),
    ),
    Fault(
        "patient.ignores-case-of-parameters",
        "takes parameters whatever the case of their names",
        _question(lambda name, value: (name.lower(), value), on=_FINDS),
    ),
    Fault("patient.accepts-two-identifiers", "takes the first of two identifiers", skip("identifier.once")),
    Fault("patient.accepts-bare-number", "does not need the identifier's system", skip("identifier.has-system")),
    Fault(
        "patient.splits-blindly",
        "fails inside where the identifier has no system",
        misanswer("identifier.has-system", code="INTERNAL_SERVER_ERROR", status=500),
    ),
    Fault("patient.accepts-other-system", "takes identifiers of any system", skip("identifier.system-known")),
    Fault(
        "patient.other-system-other-code",
        "returns another code for another identifier system",
        misanswer("identifier.system-known", code="BAD_REQUEST"),
    ),
    Fault(
        "patient.other-system-is-server-error",
        "returns 500 for another identifier system",
        misanswer("identifier.system-known", code="INTERNAL_SERVER_ERROR", status=500),
    ),
    Fault("patient.accepts-empty-value", "does not need the identifier's value", skip("identifier.has-value")),
    Fault(
        "patient.refuses-unknown-parameter",
        "refuses a parameter that it does not know",
        refuses(lambda call: {name for name, _ in call.query} != {"identifier"}, "INVALID_PARAMETER", on=_FINDS),
    ),
)

FAULTS = (*_PATIENTS, *_IDENTIFIERS)
