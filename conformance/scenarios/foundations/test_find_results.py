"""Find a patient, practitioner, organisation or location: what is found, what is not, and additional parameters."""

from __future__ import annotations

from typing import Any

from conformance.checks import retrievals, searchsets
from conformance.checks.comparison import unlike
from conformance.checks.demographics import full_urls
from conformance.checks.json_values import every, first
from conformance.checks.response import success
from conformance.config.model import Patient
from conformance.consumer.request_mutations import add_query
from conformance.core.counting import counted
from conformance.engine.context import ScenarioContext
from conformance.engine.effects import UNSTABLE
from conformance.engine.expected_error import error_code, refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.foundations import (
    KINDS,
    LOCATION,
    PATIENT,
    PRACTITIONER,
    Kind,
    found,
    identifiers,
    search_for,
)
from conformance.scenarios.steps.refusals import expect_refused
from conformance.scenarios.steps.valid_requests import compare_with_usual

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
    """A row for every resource type; `{search}` in the title and `{kind}` in the faults stand for it."""
    return [
        case(
            f"{kind.short}.{name}",
            title.format(search=f"{_ARTICLES.get(kind.short, 'A')} {kind.words} search", plural=kind.plural),
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
    *_each("find-known", "{search} by identifier returns a searchset Bundle with exactly one match", _FOUND,
           "{kind}.finds-nothing {kind}.finds-twice {kind}.not-a-searchset"),
    *_each("find-each", "{search} finds each of the configured {plural}, and no other", _FOUND,
           "{kind}.finds-nothing {kind}.finds-other", each=True),
    why="Every consumer starts by finding the patient, the practice and its practitioners.",
    fix="Return 200 with a Bundle of type searchset with exactly the resource that has the identifier.",
)  # fmt: skip


@scenarios(KNOWN)
def test_known(context: ScenarioContext, case: Case) -> None:
    kind: Kind = case["kind"]
    kind.known(context)
    values = _all_values(context, kind) if case.get("each") else [kind.known(context)]
    for value in values:
        response = context.send(search_for(context, kind, value))
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
                    "the resource found does not have the requested identifier",
                    location=f"{kind.type}.identifier",
                    found=", ".join(identifiers(context, kind, one)) or "none",
                    expected="the requested identifier",
                    exchange=response.number,
                    code="identifier",
                )


def _all_values(context: ScenarioContext, kind: Kind) -> list[str]:
    if kind is not PATIENT:
        return kind.values(context)
    return [patient.nhs_number for patient in context.config.data.patients_with("bookable")]


NOBODY = table(
    "",
    *_each("find-unknown", "{search} by an unknown identifier returns an empty Bundle", _NOBODY,
           "{kind}.no-match-is-not-found {kind}.empty-entry-list"),
    why="No match is not an error: the consumer goes on to register the patient or to check the identifier.",
    fix="Return 200 with a searchset Bundle that has no entry; 404 is for reads.",
    noted="C-NOT-FOUND-SEARCH",
)  # fmt: skip


@scenarios(NOBODY)
def test_nobody(context: ScenarioContext, case: Case) -> None:
    kind: Kind = case["kind"]
    context.judge(context.send(search_for(context, kind, kind.unknown(context))), success("Bundle"), searchsets.empty)


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
            f"find-with-{name.strip('_')}", f"{{search}} ignores {words}", _IGNORED,
            "patient.refuses-unknown-parameter", parameter=name, value=value,
        )
    ),
    why="Consumers of a later version send more parameters; unknown ones must not cause a failure.",
    fix="Ignore unknown parameters.",
    noted="C-UNKNOWN-PARAM",
)  # fmt: skip


@scenarios(BESIDE)
def test_beside(context: ScenarioContext, case: Case) -> None:
    kind: Kind = case["kind"]
    value = kind.known(context)
    request = search_for(context, kind, value)
    plain = context.send(request)
    context.need(plain, searchsets.has(kind.type), what=f"the {kind.words} cannot be found")
    compare_with_usual(context, request, add_query(case["parameter"], case["value"]), compare=_CHANGED)


_CHANGED = unlike("the parameter changes the result", "changed", ignoring=UNSTABLE)


URLS = table(
    "",
    *_each("find-no-full-url", "{search} returns entries without fullUrl",
           {kind.short: "STU3-RES-013" for kind in KINDS if kind is not LOCATION}, "{kind}.with-full-url",
           holds=retrievals.no_full_urls),
    *_each("find-full-url", "{search} returns entries with the fullUrl of the resource",
           {"patient": "DSTU2-PAT-008", "practitioner": "DSTU2-PRAC-003", "organization": "DSTU2-ORG-003",
            "location": "DSTU2-LOC-003"}, "{kind}.without-full-url", holds=full_urls),
    why="The editions differ: one requires the URL of each entry, the other none, because of the proxy.",
    fix="Fill in Bundle.entry.fullUrl as the edition says.",
)  # fmt: skip


@scenarios(URLS)
def test_urls(context: ScenarioContext, case: Case) -> None:
    kind: Kind = case["kind"]
    response = context.send(search_for(context, kind, kind.known(context)))
    context.need(response, success("Bundle"), searchsets.has(kind.type), what=f"the {kind.words} cannot be found")
    context.judge(response, case["holds"])


_MAY_REFUSE = refused("400", also=["4xx"], because="A provider may refuse identifiers of other systems than its own.")

SPELLINGS = table(
    PRACTITIONER.find,
    case("practitioner.find-spelling-1", "A practitioner search by SDS user id in the current system returns it in that system",
         "DSTU2-PRAC-004", spelling=0, faults="practitioner.always-old-system"),
    case("practitioner.find-spelling-2",
         "A practitioner search by SDS user id in the older system is refused, finds nothing or returns it as sent",
         "DSTU2-PRAC-004", spelling=1, faults="practitioner.always-new-system"),
    why="The pages write the system of SDS user ids in two ways; a consumer expects the one it sent.",
    fix="Accept both spellings and return the identifier in the one that was sent.",
)  # fmt: skip


@scenarios(SPELLINGS)
def test_spelling(context: ScenarioContext, case: Case) -> None:
    value = PRACTITIONER.known(context)
    response = context.send(search_for(context, PRACTITIONER, value, system=case["spelling"]))
    if case["spelling"] and (response.status or 0) >= 400:
        expect_refused(context, response, _MAY_REFUSE)
        return
    if not context.judge(response, success("Bundle")):
        return
    if case["spelling"] and not any(response.entries("Practitioner")):
        usual = context.send(search_for(context, PRACTITIONER, value))
        in_use = "the practitioner is not found in the current system either"
        context.need(usual, success("Bundle"), searchsets.has("Practitioner"), what=in_use)
        context.findings.note(
            "nothing is found in the older system, which need not be searched", exchange=response.number
        )
        return
    if not context.judge(response, searchsets.has("Practitioner")):
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
            "the SDS user id is not returned in the system that was sent",
            location="Practitioner.identifier.system",
            found=", ".join(shown) or "none",
            expected=wanted,
            exchange=response.number,
            code="identifier-system",
        )


# Patients who must not be found, and those who must be


def _hidden(role: str, words: str, verifies: str, faults: str, **more: Any) -> dict[str, Any]:
    return case(
        f"patient.find-{role}", f"A patient search does not find {words}", verifies, role=role, faults=faults, **more
    )


HIDDEN = table(
    PATIENT.find,
    _hidden("inactive", "a patient who has left the practice", "STU3-PAT-007 DSTU2-PAT-006 DSTU2-ERR-026",
            "patient.finds-inactive"),
    _hidden("deceased", "a patient who has died", "STU3-PAT-007 DSTU2-PAT-006", "patient.finds-inactive"),
    _hidden("sensitive", "a patient flagged as sensitive", "STU3-PAT-009",
            "patient.finds-sensitive patient.sensitive-is-forbidden", not_found_too=True, noted="C-SFLAG"),
    why="Patients who have left or died, or whose whereabouts are protected, must not be booked for or disclosed.",
    fix="Find active patients only, none that PDS flags as sensitive; return 200 with an empty Bundle.",
)  # fmt: skip


@scenarios(HIDDEN)
def test_hidden(context: ScenarioContext, case: Case) -> None:
    patient = context.arrange.patient(case["role"])
    response = context.send(search_for(context, PATIENT, patient.nhs_number))
    if case.get("not_found_too") and response.status == 404 and error_code(response) == "PATIENT_NOT_FOUND":
        context.findings.note(
            "returned 404 PATIENT_NOT_FOUND, which is as acceptable as an empty Bundle", exchange=response.number
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
    case("patient.find-dissenting", "A patient search finds a patient who dissents from sharing", "STU3-PAT-010",
         role="dissent",
         faults="patient.refuses-dissent"),
    case("patient.find-temporary", "A patient search finds a patient who is registered temporarily",
         "STU3-PAT-004 STU3-PAT-005 DSTU2-PAT-004", role="temporary", faults="patient.finds-nothing patient.hides-temporary"),
    case("patient.find-without-appointments", "A patient search finds a patient who has no appointments",
         "STU3-PAT-004 STU3-PAT-005 DSTU2-PAT-004", role="no-appointments", faults="patient.finds-nothing"),
    why="Dissent concerns the record, not appointments; every actively registered patient may have appointments.",
    fix="Find every active patient, whatever their registration type or sharing preference.",
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
            found=counted(len(matches), "patient"),
            expected="1",
            code="found",
            exchange=context.sender.exchanges[-1].number,
        )
