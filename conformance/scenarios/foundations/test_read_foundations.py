"""Read a patient, practitioner, organisation or location by logical id: known ids, unknown ids and malformed ids."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from conformance.checks.all_responses import versioned
from conformance.checks.headers import etag
from conformance.checks.json_values import first, spelled
from conformance.checks.response import success
from conformance.core.results import Blame
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import Refusal, refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.engine.stop_reasons import CannotTest
from conformance.scenarios.steps.foundations import (
    KINDS,
    LOCATION,
    ORGANIZATION,
    PATIENT,
    Kind,
    known_id,
    look_up,
    search_for,
)
from conformance.scenarios.steps.refusals import expect_refused
from conformance.scenarios.steps.registration import registered

Name = Callable[[ScenarioContext, Kind], str]

_READ = {
    "patient": "STU3-PAT-014 STU3-FHIR-030 DSTU2-PAT-014 DSTU2-FHIR-022",
    "practitioner": "STU3-PRAC-006 STU3-FHIR-030 DSTU2-PRAC-006 DSTU2-FHIR-022",
    "organization": "STU3-ORG-006 STU3-FHIR-030 DSTU2-ORG-006 DSTU2-FHIR-022",
    "location": "STU3-LOC-002 STU3-FHIR-030 DSTU2-LOC-006 DSTU2-FHIR-022",
}
_ETAG = {
    "patient": "STU3-PAT-014 DSTU2-PAT-015",
    "practitioner": "STU3-PRAC-006 DSTU2-PRAC-006",
    "organization": "STU3-ORG-006 DSTU2-ORG-006",
    "location": "STU3-LOC-002 DSTU2-LOC-006",
}
_NO_ONE = {
    "patient": "STU3-PAT-015 STU3-ERR-013 DSTU2-PAT-016",
    "practitioner": "STU3-PRAC-007 STU3-ERR-014 DSTU2-PRAC-007 DSTU2-ERR-011",
    "organization": "STU3-ORG-007 STU3-ERR-012 DSTU2-ORG-007 DSTU2-ERR-009",
    "location": "STU3-LOC-003 STU3-ERR-015 DSTU2-LOC-007",
}
_CODES = {
    "patient": "PATIENT_NOT_FOUND",
    "practitioner": "PRACTITIONER_NOT_FOUND",
    "organization": "ORGANISATION_NOT_FOUND",
    "location": "NO_RECORD_FOUND",
}


def _article(kind: Kind) -> str:
    return "An" if kind is ORGANIZATION else "A"


KNOWN = table(
    "",
    *(
        row
        for kind in KINDS
        for row in (
            case(f"{kind.short}.read-known", f"{_article(kind)} {kind.words} can be read by its logical id",
                 _READ[kind.short], interaction=kind.read, kind=kind,
                 faults=f"{kind.short}.other-id {kind.short}.unreadable"),
            case(f"{kind.short}.read-version", f"{_article(kind)} {kind.words} is read with its version as ETag",
                 _ETAG[kind.short], interaction=kind.read, kind=kind, versioned=True, faults=f"{kind.short}.no-etag"),
            case(f"{kind.short}.read-again", f"{_article(kind)} {kind.words} has the same version when read again",
                 _READ[kind.short], interaction=kind.read, kind=kind, again=True,
                 faults=f"{kind.short}.version-each-time time.versions-per-answer"),
        )
    ),
    why="A consumer follows references by id to show who and where.",
    fix="Return 200 with the resource whose id is in the path, and ETag W/\"<meta.versionId>\".",
)  # fmt: skip


@scenarios(KNOWN)
def test_known(context: ScenarioContext, case: Case) -> None:
    kind: Kind = case["kind"]
    wanted = known_id(context, kind)
    if case.get("again"):
        for known, number in ((wanted, ""), *(_registered(context) if kind is PATIENT else ())):
            _version_again(context, kind, known, number)
        return
    response = look_up(context, kind, wanted)
    if case.get("versioned"):
        context.need(response, success(kind.type), what=f"the {kind.words} cannot be read")
        context.judge(response, etag)
    elif context.judge(response, success(kind.type)) and first(response.value, "id") != wanted:
        context.findings.fail(
            "a resource other than the requested one is returned",
            location=f"{kind.type}.id",
            found=spelled(first(response.value, "id")),
            expected=wanted,
            exchange=response.number,
            code="id",
        )


def _version_again(context: ScenarioContext, kind: Kind, wanted: str, nhs_number: str) -> None:
    """Warn where two reads of a resource show two versions: no page forbids it, but a consumer takes it for a change."""
    one, other = (look_up(context, kind, wanted, nhs_number) for _ in range(2))
    context.need(one, success(kind.type), versioned, what=f"the {kind.words} cannot be read with its version")
    versions = [first(response.value, "meta.versionId") for response in (one, other)]
    if versions[0] != versions[1]:
        context.findings.warn(
            "the version changes although the content does not",
            location=f"{kind.type}.meta.versionId",
            found=spelled(versions[1]),
            expected=str(versions[0]),
            code="version",
            exchange=other.number,
        )


def _registered(context: ScenarioContext) -> Iterator[tuple[str, str]]:
    """The id and NHS number of the patient whom the run registers, if it does: they may be treated otherwise than old ones."""
    if "register_patient" in context.edition.interactions:
        with suppress(CannotTest):
            made = registered(context)
            if isinstance(made.patient.get("id"), str):
                yield str(made.patient["id"]), made.person.nhs_number


def _always(text: str) -> Name:
    return lambda _context, _kind: text


def _of_another(context: ScenarioContext, kind: Kind) -> str:
    return known_id(context, ORGANIZATION if kind is PATIENT else PATIENT)


def _longer(context: ScenarioContext, kind: Kind) -> str:
    return f"{known_id(context, kind)}9"[-64:]


def _shorter(context: ScenarioContext, kind: Kind) -> str:
    known = known_id(context, kind)
    if len(known) < 2:
        context.omit("the ids of this provider are of one character")
    return known[:-1]


def _business(context: ScenarioContext, kind: Kind) -> str:
    if kind is LOCATION and not kind.values(context):
        context.cannot("the configuration names no location by site code")
    return kind.known(context)


# id of the case, words, the id to read, whether it is malformed
_UNKNOWN: tuple[tuple[str, str, Name, bool], ...] = (
    ("unknown-id", "by an unknown id",
     lambda context, _kind: context.config.data.unknown.logical_id, False),
    ("unknown-uuid", "by an unknown UUID", _always("5c1b7c1e-93cf-4a5e-b8d3-0ac6e1e1a0c5"), False),
    ("unknown-letters", "by an unknown id of letters", _always("aaBA"), False),
    ("unknown-dotted", "by an unknown id with dots", _always("z.as.dd"), False),
    ("unknown-longest", "by an unknown id of 64 characters", _always("b" * 64), False),
    ("id-of-another-kind", "by the id of another resource type", _of_another, False),
    ("longer-id", "by an existing id with one more character", _longer, False),
    ("shorter-id", "by an existing id without its last character", _shorter, False),
    ("business-identifier", "by its business identifier", _business, False),
    ("id-too-long", "by an id of more than 64 characters", _always("b" * 65), True),
    ("id-of-marks", "by an id of exclamation marks", _always("!!"), True),
    ("id-with-quote", "by an id with SQL", _always("1' OR '1'='1"), True),
    ("id-with-wildcard", "by a wildcard as id", _always("%"), True),
)  # fmt: skip

_MALFORMED = "An id of that form may also count as a malformed request."


def _answers(kind: Kind, malformed: bool) -> dict[str, Refusal]:
    code = _CODES[kind.short]
    catch_all = [] if code == "NO_RECORD_FOUND" else ["404 NO_RECORD_FOUND"]
    also = ["400 BAD_REQUEST"] if malformed else []
    known = {"patient": code, "practitioner": code, "organization": code}
    return {
        "stu3": refused(f"404 {code}", also=also, tolerated=catch_all, because=_MALFORMED if malformed else ""),
        "dstu2": refused(
            f"404 {known[kind.short]}" if kind.short in known else "404",
            also=[*also, "404"],
            because="The page names no code for this response.",
        ),
    }


def _unknown(kind: Kind, row: tuple[str, str, Name, bool]) -> dict[str, Any]:
    name, words, id_of, malformed = row
    faults = f"{kind.short}.unknown-is-200 {kind.short}.unknown-is-server-error stu3:{kind.short}.unknown-other-code"
    return case(
        f"{kind.short}.read-{name}",
        f"A read of {_article(kind).lower()} {kind.words} {words} returns 404",
        _NO_ONE[kind.short],
        interaction=kind.read,
        kind=kind,
        id_of=id_of,
        expect=_answers(kind, malformed),
        faults=faults if malformed else f"{faults} {kind.short}.unknown-is-bad-request",
    )


UNKNOWN = table(
    "",
    *(_unknown(kind, row) for kind in KINDS for row in _UNKNOWN),
    why="A consumer must be able to distinguish a missing resource from a failure, and must never get another's data.",
    fix="Compare complete ids, case-sensitively; return 404 with an OperationOutcome and the code for the resource type.",
)  # fmt: skip


@scenarios(UNKNOWN)
def test_unknown(context: ScenarioContext, case: Case) -> None:
    kind: Kind = case["kind"]
    id_of: Name = case["id_of"]
    wanted = id_of(context, kind)
    response = look_up(context, kind, wanted)
    if response.status == 200 and first(response.value, "id") == wanted:
        context.omit(f"this provider has a {kind.words} with exactly that id")
    expect_refused(context, response, context.parameter("expect"))


# Patients by status. A logical id is needed; of patients who must not be found only a dissenting one has one.

STANDING = table(
    PATIENT.read,
    case("patient.read-dissenting", "A patient who dissents from sharing can be read", "STU3-PAT-010", role="dissent",
         faults="patient.refuses-dissent"),
    case("patient.read-temporary", "A patient who is registered temporarily can be read", "STU3-PAT-014 DSTU2-PAT-014",
         role="temporary", faults="patient.other-id patient.unreadable"),
    why="Dissent concerns the record, not appointments; a temporary patient needs appointments like everyone else.",
    fix="Return every active patient, whatever their registration type or sharing preference.",
)  # fmt: skip


@scenarios(STANDING)
def test_standing(context: ScenarioContext, case: Case) -> None:
    patient = context.arrange.patient(case["role"])
    found = context.send(search_for(context, PATIENT, patient.nhs_number))
    resource_id = next((str(one.get("id")) for one in found.entries("Patient")), "")
    if not resource_id:
        context.findings.fail(
            "the patient is not found, so their id is unknown",
            location="Bundle.entry",
            found=found.described,
            expected="one Patient",
            exchange=found.number,
            code="found",
        )
        return
    response = look_up(context, PATIENT, resource_id, patient.nhs_number)
    if context.judge(response, success("Patient")) and first(response.value, "id") != resource_id:
        context.findings.fail(
            "a patient other than the requested one is returned",
            location="Patient.id",
            found=spelled(first(response.value, "id")),
            expected=resource_id,
            exchange=response.number,
            code="id",
        )


def _hidden(role: str, words: str, verifies: str, fault: str) -> dict[str, Any]:
    return case(f"patient.read-{role}", f"{words} cannot be read", verifies, role=role, faults=fault)


HIDDEN = table(
    PATIENT.read,
    _hidden("inactive", "A patient who has left the practice", "DSTU2-ERR-026", "patient.reads-inactive"),
    _hidden("deceased", "A patient who has died", "DSTU2-ERR-026", "patient.reads-inactive"),
    _hidden("sensitive", "A patient flagged as sensitive", "STU3-PAT-009", "patient.reads-sensitive"),
    why="Patients who must not be found must not be readable by a previously known id either.",
    fix="Return 404 PATIENT_NOT_FOUND for reads of such patients, as if there were none.",
    expect=refused("404 PATIENT_NOT_FOUND"),
)


@scenarios(HIDDEN)
def test_hidden(context: ScenarioContext, case: Case) -> None:
    patient = context.arrange.patient(case["role"])
    if not patient.logical_id:
        context.cannot(
            f"the configuration names no logical id (logical_id) of the patient with the role {case['role']}",
            Blame.CONFIGURATION,
        )
    expect_refused(context, look_up(context, PATIENT, patient.logical_id, patient.nhs_number), case["expect"])
