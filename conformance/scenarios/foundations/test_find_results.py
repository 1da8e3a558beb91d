"""Find a patient, practitioner, organisation or location: who is found, who is not, and what is asked beside."""

from __future__ import annotations

from typing import Any

from conformance.checks import retrievals, searchsets
from conformance.checks.demographics import full_urls
from conformance.checks.json_values import differences, every, first
from conformance.checks.response import success
from conformance.config.model import Patient
from conformance.consumer.request_mutations import add_query
from conformance.engine.context import ScenarioContext
from conformance.engine.effects import UNSTABLE
from conformance.engine.expected_error import error_code
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.foundations import (
    KINDS,
    LOCATION,
    PATIENT,
    PRACTITIONER,
    Kind,
    asked,
    found,
    identifiers,
)

_FOUND = {
    "patient": "STU3-PAT-004 STU3-PAT-005 DSTU2-PAT-003 DSTU2-PAT-004 DSTU2-FHIR-029",
    "practitioner": "STU3-PRAC-003 DSTU2-PRAC-002",
    "organization": "STU3-ORG-003 DSTU2-ORG-002",
    "location": "DSTU2-LOC-002",
}
_NOBODY = {
    "patient": "STU3-PAT-006 DSTU2-PAT-005",
    "practitioner": "STU3-PRAC-004 DSTU2-PRAC-002",
    "organization": "STU3-ORG-004 DSTU2-ORG-002",
    "location": "DSTU2-LOC-002",
}
_ARTICLES = {"organization": "An"}


def _each(name: str, title: str, verifies: dict[str, str], faults: str, **more: Any) -> list[dict[str, Any]]:
    """A row for every kind; `{kind}` in the title and the faults stands for it."""
    return [
        case(
            f"{kind.short}.{name}",
            title.format(kind=f"{_ARTICLES.get(kind.short, 'A')} {kind.words}", plural=kind.plural),
            verifies[kind.short],
            interaction=kind.find,
            kind=kind,
            faults=faults.format(kind=kind.short),
            **more,
        )
        for kind in KINDS
        if kind.short in verifies
    ]


KNOWN = table(
    "",
    *_each("find-known", "{kind} is found by identifier, alone, in a searchset Bundle", _FOUND,
           "{kind}.finds-nothing {kind}.finds-twice {kind}.not-a-searchset"),
    *_each("find-each", "Each of the {plural} of the practice is found, and no other with them", _FOUND,
           "{kind}.finds-nothing {kind}.finds-other", each=True),
    why="Everything that a consumer does for a patient begins with finding them, their practice and its people.",
    fix="Return 200 with a Bundle of type searchset that holds exactly what has the identifier.",
)  # fmt: skip


@scenarios(KNOWN)
def test_known(context: ScenarioContext, case: Case) -> None:
    kind: Kind = case["kind"]
    kind.known(context)
    values = _all_values(context, kind) if case.get("each") else [kind.known(context)]
    for value in values:
        response = context.send(asked(context, kind, value))
        if not context.judge(response, success("Bundle")):
            continue
        entries = list(response.entries())
        theirs = [one for one in entries if one.get("resourceType") == kind.type]
        if len(theirs) != 1 or len(entries) != 1:
            context.findings.fail(
                f"not exactly one {kind.words} is found",
                location="Bundle.entry",
                found=str(len(entries)),
                expected="1",
                exchange=response.number,
                code="found",
            )
        for one in theirs:
            if value not in identifiers(context, kind, one):
                context.findings.fail(
                    "what is found does not have the identifier asked for",
                    location=f"{kind.type}.identifier",
                    found=", ".join(identifiers(context, kind, one)) or "none",
                    expected="the identifier asked for",
                    exchange=response.number,
                    code="identifier",
                )


def _all_values(context: ScenarioContext, kind: Kind) -> list[str]:
    if kind is not PATIENT:
        return kind.values(context)
    return [patient.nhs_number for patient in context.config.data.patients_with("bookable")]


NOBODY = table(
    "",
    *_each("find-unknown", "A search for {plural} by an identifier that none has returns an empty Bundle", _NOBODY,
           "{kind}.no-match-is-not-found {kind}.empty-entry-list"),
    why="Not finding somebody is a response, no error: the consumer goes on to register or to ask again.",
    fix="Return 200 with a searchset Bundle that has no entry; 404 is for reads.",
    noted="C-NOT-FOUND-SEARCH",
)  # fmt: skip


@scenarios(NOBODY)
def test_nobody(context: ScenarioContext, case: Case) -> None:
    kind: Kind = case["kind"]
    context.judge(context.send(asked(context, kind, kind.unknown(context))), success("Bundle"), searchsets.empty)


_BESIDE = (("foo", "bar", "an unknown parameter"), ("_count", "5", "_count"), ("_sort", "name", "_sort"))
_IGNORED = {
    "patient": "STU3-PAT-028 STU3-FHIR-037 DSTU2-FHIR-024",
    "practitioner": "STU3-FHIR-037 DSTU2-FHIR-024",
    "organization": "STU3-FHIR-037 DSTU2-FHIR-024",
    "location": "DSTU2-FHIR-024",
}

BESIDE = table(
    "",
    *(
        row
        for name, value, words in _BESIDE
        for row in _each(
            f"find-with-{name.strip('_')}", f"{{kind}} is found although {words} is sent as well", _IGNORED,
            "patient.refuses-unknown-parameter", parameter=name, value=value,
        )
    ),
    why="Consumers written for a later version send more; what is unknown must not get in their way.",
    fix="Ignore parameters that you do not know.",
    noted="C-UNKNOWN-PARAM",
)  # fmt: skip


@scenarios(BESIDE)
def test_beside(context: ScenarioContext, case: Case) -> None:
    kind: Kind = case["kind"]
    value = kind.known(context)
    plain = context.send(asked(context, kind, value))
    context.need(plain, success("Bundle"), searchsets.has(kind.type), what=f"the {kind.words} cannot be found")
    response = context.send(asked(context, kind, value), add_query(case["parameter"], case["value"]))
    if context.judge(response, success("Bundle")):
        before, after = (list(one.entries(kind.type)) for one in (plain, response))
        for path in differences(before, after, ignoring=UNSTABLE):
            context.findings.fail(
                "the parameter changes what is found", location=path, exchange=response.number, code="changed"
            )


URLS = table(
    "",
    *_each("find-no-full-url", "Entries of a search for {plural} have no fullUrl",
           {kind.short: "STU3-RES-013" for kind in KINDS if kind is not LOCATION}, "{kind}.with-full-url",
           holds=retrievals.no_full_urls),
    *_each("find-full-url", "Entries of a search for {plural} have a fullUrl that names the resource",
           {"patient": "DSTU2-PAT-008", "practitioner": "DSTU2-PRAC-003", "organization": "DSTU2-ORG-003",
            "location": "DSTU2-LOC-003"}, "{kind}.without-full-url", holds=full_urls),
    why="The editions differ: one wants the address of each entry, the other none, since a proxy stands between.",
    fix="Fill in Bundle.entry.fullUrl as the edition says.",
)  # fmt: skip


@scenarios(URLS)
def test_urls(context: ScenarioContext, case: Case) -> None:
    kind: Kind = case["kind"]
    response = context.send(asked(context, kind, kind.known(context)))
    context.need(response, success("Bundle"), searchsets.has(kind.type), what=f"the {kind.words} cannot be found")
    context.judge(response, case["holds"])


SPELLINGS = table(
    PRACTITIONER.find,
    case("practitioner.find-spelling-1", "A practitioner found by the SDS user id in its present system shows that system",
         "DSTU2-PRAC-004", spelling=0, faults="practitioner.always-old-system"),
    case("practitioner.find-spelling-2", "A practitioner found by the SDS user id in its older system shows that system",
         "DSTU2-PRAC-004", spelling=1, faults="practitioner.always-new-system"),
    why="The pages write the system of SDS user ids in two ways; a consumer looks for the one it asked in.",
    fix="Accept both spellings and return the identifier in the one that was asked in.",
)  # fmt: skip


@scenarios(SPELLINGS)
def test_spelling(context: ScenarioContext, case: Case) -> None:
    value = PRACTITIONER.known(context)
    response = context.send(asked(context, PRACTITIONER, value, system=case["spelling"]))
    if not context.judge(response, success("Bundle"), searchsets.has("Practitioner")):
        return
    wanted = context.edition.systems(PRACTITIONER.use)[case["spelling"]]
    shown = [
        str(first(item, "system"))
        for one in response.entries("Practitioner")
        for item in every(one, "identifier")
        if first(item, "value") == value
    ]
    if wanted not in shown:
        context.findings.fail(
            "the SDS user id is not returned in the system that was asked in",
            location="Practitioner.identifier.system",
            found=", ".join(shown) or "none",
            expected=wanted,
            exchange=response.number,
            code="identifier-system",
        )


# Patients who may not be found, and those who must be


def _hidden(role: str, words: str, verifies: str, faults: str, **more: Any) -> dict[str, Any]:
    return case(f"patient.find-{role}", f"{words} is not found", verifies, role=role, faults=faults, **more)


HIDDEN = table(
    PATIENT.find,
    _hidden("inactive", "A patient who has left the practice", "STU3-PAT-007 DSTU2-PAT-006 DSTU2-ERR-026",
            "patient.finds-inactive"),
    _hidden("deceased", "A patient who has died", "STU3-PAT-007 DSTU2-PAT-006", "patient.finds-inactive"),
    _hidden("sensitive", "A patient flagged as sensitive", "STU3-PAT-009",
            "patient.finds-sensitive patient.sensitive-is-forbidden", not_found_too=True, noted="C-SFLAG"),
    why="Who has left or died, or whose whereabouts are protected, must not be booked for, nor be disclosed.",
    fix="Find active patients only, none that PDS flags as sensitive; return 200 with an empty Bundle.",
)  # fmt: skip


@scenarios(HIDDEN)
def test_hidden(context: ScenarioContext, case: Case) -> None:
    patient = context.arrange.patient(case["role"])
    response = context.send(asked(context, PATIENT, patient.nhs_number))
    if case.get("not_found_too") and response.status == 404 and error_code(response) == "PATIENT_NOT_FOUND":
        context.findings.note(
            "returned 404 PATIENT_NOT_FOUND, which is as defensible as an empty Bundle", exchange=response.number
        )
        return
    if context.judge(response, success("Bundle")) and any(response.entries()):
        context.findings.fail(
            "the patient is disclosed",
            location="Bundle.entry",
            found=str(len(list(response.entries()))),
            expected="none",
            exchange=response.number,
            code="disclosed",
        )


SHOWN = table(
    PATIENT.find,
    case("patient.find-dissenting", "A patient who dissents from sharing is found", "STU3-PAT-010", role="dissent",
         faults="patient.refuses-dissent"),
    case("patient.find-temporary", "A patient who is registered temporarily is found",
         "STU3-PAT-004 STU3-PAT-005 DSTU2-PAT-004", role="temporary", faults="patient.finds-nothing patient.hides-temporary"),
    case("patient.find-without-appointments", "A patient who has no appointments is found",
         "STU3-PAT-004 STU3-PAT-005 DSTU2-PAT-004", role="no-appointments", faults="patient.finds-nothing"),
    why="Dissent concerns the record, not appointments; and every active registration gives a right to them.",
    fix="Find every active patient, whatever their registration or their wish not to share.",
)  # fmt: skip


@scenarios(SHOWN)
def test_shown(context: ScenarioContext, case: Case) -> None:
    patient: Patient = context.arrange.patient(case["role"])
    matches = found(context, PATIENT, patient.nhs_number)
    numbers = [number for one in matches for number in identifiers(context, PATIENT, one)]
    if numbers != [patient.nhs_number]:
        context.findings.fail(
            "the patient is not found",
            location="Bundle.entry",
            found=f"{len(matches)} patients",
            expected="1",
            code="found",
            exchange=context.sender.exchanges[-1].number,
        )
