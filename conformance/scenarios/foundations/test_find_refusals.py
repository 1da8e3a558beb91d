"""Find a patient, practitioner, organisation or location by an identifier that is missing, malformed or of another system."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.consumer.request import Change
from conformance.consumer.request_mutations import add_query, chain, query, without_query
from conformance.core.nhs_numbers import invalid_like
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import Refusal, refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.foundations import KINDS, PATIENT, Kind, expect_refused_or_nothing, search_for

Slip = Callable[[str, str], Change]

_OPEN = "No page defines the code for a search without a usable identifier."
_SYSTEM = "400 INVALID_IDENTIFIER_SYSTEM"
_VALUE = "400 INVALID_IDENTIFIER_VALUE"
_NUMBER = "400 INVALID_NHS_NUMBER"
_UNUSABLE = ["400 BAD_REQUEST", "422 INVALID_PARAMETER"]
_ELSEWHERE = "https://example.org/Id/none"

# What each search must refuse, by the area of its requirements.
MALFORMED = {
    "patient": "STU3-PAT-013 DSTU2-PAT-013",
    "practitioner": "STU3-PRAC-005 DSTU2-PRAC-005",
    "organization": "STU3-ORG-005 DSTU2-ORG-005",
    "location": "DSTU2-LOC-005",
}
SYSTEMS = {
    "patient": "STU3-PAT-011 STU3-ERR-008 DSTU2-PAT-011 DSTU2-ERR-004",
    "practitioner": "STU3-PRAC-005 STU3-ERR-008 DSTU2-PRAC-005 DSTU2-ERR-004",
    "organization": "STU3-ORG-005 STU3-ERR-008 DSTU2-ORG-005 DSTU2-ERR-004",
    "location": "DSTU2-LOC-005 DSTU2-ERR-004",
}
# The codes that an edition has for a bad value of each kind, in addition to the general one.
VALUES = {
    "patient": [_NUMBER, _VALUE],
    "practitioner": [_VALUE],
    "organization": [_VALUE],
    "location": [_VALUE],
}
DSTU2_VALUES = {
    **VALUES,
    "practitioner": ["400 INVALID_SDS_USERID", _VALUE],
    "organization": ["400 INVALID_ODS_CODE", _VALUE],
}


def _unusable(kind: Kind) -> dict[str, Refusal]:
    return {
        "stu3": refused(_UNUSABLE, also=[_SYSTEM, *VALUES[kind.short]], because=_OPEN),
        "dstu2": refused(_UNUSABLE, also=[_SYSTEM, *DSTU2_VALUES[kind.short]], because=_OPEN),
    }


# What is sent in place of `identifier=system|value`: id, words, the error, the fault that accepts it, and whether an
# empty searchset is tolerated with a warning (the search then discloses nothing, but is not refused either).
_UNUSABLE_ROWS: tuple[tuple[str, str, Slip, str, bool], ...] = (
    ("without-identifier", "without identifier",
     lambda _s, _v: without_query("identifier"), "accepts-missing-identifier", False),
    ("identifier-in-capitals", "with Identifier in place of identifier",
     lambda s, v: chain(without_query("identifier"), add_query("Identifier", f"{s}|{v}")), "ignores-case-of-parameters", False),
    ("without-system", "whose identifier has no system", lambda _s, v: query("identifier", v), "accepts-bare-number", True),
    ("empty-system", "whose identifier has an empty system", lambda _s, v: query("identifier", f"|{v}"), "accepts-bare-number",
     True),
    ("without-bar", "whose identifier has no bar between system and value", lambda s, v: query("identifier", f"{s}{v}"),
     "splits-blindly", True),
    ("empty-identifier", "whose identifier is empty", lambda _s, _v: query("identifier", ""), "splits-blindly", True),
    ("identifier-twice", "with the same identifier twice", lambda s, v: query("identifier", f"{s}|{v}", f"{s}|{v}"),
     "accepts-two-identifiers", True),
)  # fmt: skip


def _row(kind: Kind, row: tuple[str, str, Slip, str, bool]) -> dict[str, Any]:
    name, words, slip, fault, empty = row
    return case(
        f"{kind.short}.find-{name}",
        f"A search for {kind.plural} {words} is refused",
        MALFORMED[kind.short],
        interaction=kind.find,
        kind=kind,
        slip=slip,
        expect=_unusable(kind),
        empty=empty or kind is not PATIENT,
        faults=f"patient.{fault}",
    )


def _two(kind: Kind) -> dict[str, Any]:
    return case(
        f"{kind.short}.find-two-identifiers",
        f"A search for {kind.plural} with two identifiers is refused",
        MALFORMED[kind.short],
        interaction=kind.find,
        kind=kind,
        two=True,
        expect=_unusable(kind),
        empty=True,
        faults="patient.accepts-two-identifiers",
    )


UNUSABLE = table(
    "",
    *(_row(kind, row) for kind in KINDS for row in _UNUSABLE_ROWS),
    *(_two(kind) for kind in KINDS),
    why="A search that is accepted though invalid looks as if there was no match, or finds the wrong resource.",
    fix="Require exactly one parameter identifier of the form system|value; return 400 BAD_REQUEST or 422 INVALID_PARAMETER.",
)  # fmt: skip


def _value(kind: Kind, name: str, words: str, slip: Slip, verifies: str, **more: Any) -> dict[str, Any]:
    best = {"stu3": VALUES[kind.short], "dstu2": DSTU2_VALUES[kind.short]}
    accepted = {edition: refused(codes, also=more.get("also", ())) for edition, codes in best.items()}
    more = {"expect": accepted, "empty": False, **{key: item for key, item in more.items() if key != "also"}}
    return case(
        f"{kind.short}.find-{name}",
        f"A search for {kind.plural} {words} is refused",
        verifies,
        interaction=kind.find,
        kind=kind,
        slip=slip,
        **more,
    )


def _empty_value(kind: Kind) -> dict[str, Any]:
    verifies = {"patient": "STU3-PAT-013 DSTU2-PAT-012"}.get(kind.short, MALFORMED[kind.short])
    return _value(
        kind,
        "empty-value",
        "whose identifier has no value",
        lambda s, _v: query("identifier", f"{s}|"),
        verifies,
        also=_UNUSABLE,
        empty={"stu3": True, "dstu2": kind is not PATIENT},
        faults="patient.accepts-empty-value",
    )


def _odd_value(kind: Kind) -> dict[str, Any]:
    verifies = {
        "practitioner": "STU3-PRAC-005 STU3-ERR-009 DSTU2-PRAC-005 DSTU2-ERR-005 DSTU2-ERR-012",
        "organization": "STU3-ORG-005 STU3-ERR-009 DSTU2-ORG-005 DSTU2-ERR-010",
        "location": "DSTU2-LOC-005 DSTU2-ERR-005",
    }
    return _value(
        kind,
        "odd-value",
        "by a value of exclamation marks",
        lambda s, _v: query("identifier", f"{s}|!!!"),
        verifies[kind.short],
        empty=True,
        faults=f"{kind.short}.accepts-odd-value {kind.short}.odd-value-is-server-error",
        noted="No format is published for these identifiers, so an empty Bundle is only a warning.",
    )


ODD = table(
    "",
    *(_empty_value(kind) for kind in KINDS),
    *(_odd_value(kind) for kind in KINDS if kind is not PATIENT),
    why="An impossible value is the caller's error and should be reported.",
    fix="Check that the value is valid in its system before searching; return 400 with the code for the identifier.",
)  # fmt: skip

_PAT = "STU3-PAT-012 STU3-ERR-010 DSTU2-PAT-012 DSTU2-ERR-008"
_NUMBER_FAULTS = "patient.accepts-any-number patient.invalid-number-is-empty patient.invalid-number-other-code"

NUMBERS = table(
    "",
    _value(PATIENT, "nine-digits", "by an NHS number of nine digits", lambda s, v: query("identifier", f"{s}|{v[:9]}"), _PAT,
           faults=_NUMBER_FAULTS),
    _value(PATIENT, "eleven-digits", "by an NHS number of eleven digits", lambda s, v: query("identifier", f"{s}|{v}1"), _PAT,
           faults=_NUMBER_FAULTS),
    _value(PATIENT, "letters", "by an NHS number of letters", lambda s, _v: query("identifier", f"{s}|ABCDEFGHIJ"), _PAT,
           faults=_NUMBER_FAULTS),
    _value(PATIENT, "letter-among-digits", "by an NHS number with a letter in it",
           lambda s, v: query("identifier", f"{s}|{v[:4]}O{v[5:]}"), _PAT, faults=_NUMBER_FAULTS),
    _value(PATIENT, "number-with-blanks", "by an NHS number with spaces",
           lambda s, v: query("identifier", f"{s}|{v[:3]} {v[3:6]} {v[6:]}"), _PAT,
           faults=f"{_NUMBER_FAULTS} patient.tidies-numbers"),
    _value(PATIENT, "number-with-hyphens", "by an NHS number with hyphens",
           lambda s, v: query("identifier", f"{s}|{v[:3]}-{v[3:6]}-{v[6:]}"), _PAT,
           faults=f"{_NUMBER_FAULTS} patient.tidies-numbers"),
    _value(PATIENT, "wildcard", "by the first digits of an NHS number and an asterisk",
           lambda s, v: query("identifier", f"{s}|{v[:6]}*"), _PAT, faults=_NUMBER_FAULTS),
    _value(PATIENT, "wrong-check-digit", "by an NHS number whose check digit is wrong",
           lambda s, v: query("identifier", f"{s}|{invalid_like(v)}"), _PAT, empty={"stu3": True, "dstu2": False},
           faults=_NUMBER_FAULTS,
           noted="STU3 names the number of digits as its only example: there an empty Bundle is only a warning."),
    why="A mistyped number must be distinguished from an unknown one: only the caller can correct it.",
    fix="Require ten digits and a valid check digit (modulus 11); return 400 INVALID_NHS_NUMBER.",
)  # fmt: skip


def _system(kind: Kind, name: str, words: str, slip: Slip, fault: str) -> dict[str, Any]:
    return case(
        f"{kind.short}.find-{name}",
        f"A search for {kind.plural} by an identifier of {words} is refused",
        SYSTEMS[kind.short],
        interaction=kind.find,
        kind=kind,
        slip=slip,
        expect=refused("INVALID_IDENTIFIER_SYSTEM"),
        empty=True,
        faults=fault,
    )


_SYSTEM_FAULTS = "patient.accepts-other-system patient.other-system-other-code patient.other-system-is-server-error"


def _of_another(kind: Kind) -> Slip:
    other = (
        "https://fhir.nhs.uk/Id/nhs-number" if kind is not PATIENT else "https://fhir.nhs.uk/Id/ods-organization-code"
    )
    return lambda _s, v: query("identifier", f"{other}|{v}")


OTHER_SYSTEMS = table(
    "",
    *(
        row
        for kind in KINDS
        for row in (
            _system(kind, "other-system", "an unknown system",
                    lambda _s, v: query("identifier", f"{_ELSEWHERE}|{v}"), _SYSTEM_FAULTS),
            _system(kind, "system-of-another-kind", "the system of another resource type", _of_another(kind),
                    _SYSTEM_FAULTS),
            _system(kind, "system-cut-short", "its system without the last character",
                    lambda s, v: query("identifier", f"{s[:-1]}|{v}"), _SYSTEM_FAULTS),
        )
    ),
    why="The same value identifies something else in another system.",
    fix="Compare the complete system; return 400 INVALID_IDENTIFIER_SYSTEM for one that you do not support.",
    noted="The pages say such a search may be an error: an empty Bundle is only a warning.",
)  # fmt: skip


@scenarios(UNUSABLE, ODD, NUMBERS, OTHER_SYSTEMS)
def test_find_refused(context: ScenarioContext, case: Case) -> None:
    kind: Kind = case["kind"]
    value = kind.known(context)
    system = context.edition.systems(kind.use)[0]
    if case.get("two"):
        change = query("identifier", f"{system}|{value}", f"{system}|{_another(context, kind, value)}")
    else:
        change = case["slip"](system, value)
    response = context.send(search_for(context, kind, value), change)
    empty = bool(context.parameter("empty"))
    expect_refused_or_nothing(context, kind, response, context.parameter("expect"), empty=empty)


def _another(context: ScenarioContext, kind: Kind, value: str) -> str:
    return next((other for other in kind.values(context) if other != value), kind.unknown(context))
