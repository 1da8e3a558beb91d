"""Find a patient, practitioner, organisation or location: who is found, who is not, and what is asked beside."""

from __future__ import annotations

from typing import Any

from conformance.checks import retrievals, searchsets
from conformance.checks.answers import success
from conformance.checks.people import full_urls
from conformance.checks.values import differences, every, first
from conformance.config.model import Patient
from conformance.consumer.deviations import add_query
from conformance.harness.case import Case, case, scenarios, table
from conformance.harness.expect import error_code
from conformance.harness.scene import UNSTABLE, Scene
from conformance.scenarios.foundations import (
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
            verifies[kind.short], interaction=kind.find, kind=kind, faults=faults.format(kind=kind.short),
            editions="dstu2" if kind is LOCATION else "", **more,
        )
        for kind in KINDS
        if kind.short in verifies
    ]  # fmt: skip


KNOWN = table(
    "",
    *_each("find-known", "{kind} is found by identifier, alone, in a searchset Bundle", _FOUND,
           "{kind}.finds-nothing {kind}.finds-twice {kind}.not-a-searchset"),
    *_each("find-each", "Each of the {plural} of the practice is found, and no other with them", _FOUND,
           "{kind}.finds-nothing {kind}.finds-other", each=True),
    why="Everything that a consumer does for a patient begins with finding them, their practice and its people.",
    mend="Answer 200 with a Bundle of type searchset that holds exactly what has the identifier.",
)  # fmt: skip


@scenarios(KNOWN)
def test_known(scene: Scene, case: Case) -> None:
    kind: Kind = case["kind"]
    kind.known(scene)
    values = _all_values(scene, kind) if case.get("each") else [kind.known(scene)]
    for value in values:
        reply = scene.send(asked(scene, kind, value))
        if not scene.judge(reply, success("Bundle")):
            continue
        entries = list(reply.entries())
        theirs = [one for one in entries if one.get("resourceType") == kind.type]
        if len(theirs) != 1 or len(entries) != 1:
            scene.fail(f"not exactly one {kind.words} is found", location="Bundle.entry", found=str(len(entries)),
                       expected="1", exchange=reply.number, code="found")  # fmt: skip
        for one in theirs:
            if value not in identifiers(scene, kind, one):
                scene.fail("what is found does not have the identifier asked for", location=f"{kind.type}.identifier",
                           found=", ".join(identifiers(scene, kind, one)) or "none", expected="the identifier asked for",
                           exchange=reply.number, code="identifier")  # fmt: skip


def _all_values(scene: Scene, kind: Kind) -> list[str]:
    if kind is not PATIENT:
        return kind.values(scene)
    return [patient.nhs_number for patient in scene.config.data.patients_with("bookable")]


NOBODY = table(
    "",
    *_each("find-unknown", "A search for {plural} by an identifier that none has is answered with an empty Bundle", _NOBODY,
           "{kind}.no-match-is-not-found {kind}.empty-entry-list"),
    why="Not finding somebody is an answer, no error: the consumer goes on to register or to ask again.",
    mend="Answer 200 with a searchset Bundle that has no entry; 404 is for reads.",
    noted="C-NOT-FOUND-SEARCH",
)  # fmt: skip


@scenarios(NOBODY)
def test_nobody(scene: Scene, case: Case) -> None:
    kind: Kind = case["kind"]
    scene.judge(scene.send(asked(scene, kind, kind.unknown(scene))), success("Bundle"), searchsets.empty)


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
    mend="Ignore parameters that you do not know.",
    noted="C-UNKNOWN-PARAM",
)  # fmt: skip


@scenarios(BESIDE)
def test_beside(scene: Scene, case: Case) -> None:
    kind: Kind = case["kind"]
    value = kind.known(scene)
    plain = scene.send(asked(scene, kind, value))
    scene.need(plain, success("Bundle"), searchsets.has(kind.type), what=f"the {kind.words} cannot be found")
    reply = scene.send(asked(scene, kind, value), add_query(case["parameter"], case["value"]))
    if scene.judge(reply, success("Bundle")):
        before, after = (list(one.entries(kind.type)) for one in (plain, reply))
        for path in differences(before, after, ignoring=UNSTABLE):
            scene.fail("the parameter changes what is found", location=path, exchange=reply.number, code="changed")


URLS = table(
    "",
    *_each("find-no-full-url", "Entries of a search for {plural} have no fullUrl",
           {kind.short: "STU3-RES-013" for kind in KINDS if kind is not LOCATION}, "{kind}.with-full-url",
           holds=retrievals.no_full_urls),
    *_each("find-full-url", "Entries of a search for {plural} have a fullUrl that names the resource",
           {"patient": "DSTU2-PAT-008", "practitioner": "DSTU2-PRAC-003", "organization": "DSTU2-ORG-003",
            "location": "DSTU2-LOC-003"}, "{kind}.without-full-url", holds=full_urls),
    why="The editions differ: one wants the address of each entry, the other none, since a proxy stands between.",
    mend="Fill in Bundle.entry.fullUrl as the edition says.",
)  # fmt: skip


@scenarios(URLS)
def test_urls(scene: Scene, case: Case) -> None:
    kind: Kind = case["kind"]
    reply = scene.send(asked(scene, kind, kind.known(scene)))
    scene.need(reply, success("Bundle"), searchsets.has(kind.type), what=f"the {kind.words} cannot be found")
    scene.judge(reply, case["holds"])


SPELLINGS = table(
    PRACTITIONER.find,
    case("practitioner.find-spelling-1", "A practitioner found by the SDS user id in its present system shows that system",
         "DSTU2-PRAC-004", spelling=0, faults="practitioner.always-old-system"),
    case("practitioner.find-spelling-2", "A practitioner found by the SDS user id in its older system shows that system",
         "DSTU2-PRAC-004", spelling=1, faults="practitioner.always-new-system"),
    why="The pages write the system of SDS user ids in two ways; a consumer looks for the one it asked in.",
    mend="Accept both spellings and answer with the identifier in the one that was asked in.",
)  # fmt: skip


@scenarios(SPELLINGS)
def test_spelling(scene: Scene, case: Case) -> None:
    value = PRACTITIONER.known(scene)
    reply = scene.send(asked(scene, PRACTITIONER, value, system=case["spelling"]))
    if not scene.judge(reply, success("Bundle"), searchsets.has("Practitioner")):
        return
    wanted = scene.edition.systems(PRACTITIONER.use)[case["spelling"]]
    shown = [
        str(first(item, "system"))
        for one in reply.entries("Practitioner")
        for item in every(one, "identifier")
        if first(item, "value") == value
    ]
    if wanted not in shown:
        scene.fail("the SDS user id is not answered in the system that was asked in",
                   location="Practitioner.identifier.system", found=", ".join(shown) or "none", expected=wanted,
                   exchange=reply.number, code="identifier-system")  # fmt: skip


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
    mend="Find active patients only, none that PDS flags as sensitive; answer 200 with an empty Bundle.",
)  # fmt: skip


@scenarios(HIDDEN)
def test_hidden(scene: Scene, case: Case) -> None:
    patient = scene.patient(case["role"])
    reply = scene.send(asked(scene, PATIENT, patient.nhs_number))
    if case.get("not_found_too") and reply.status == 404 and error_code(reply) == "PATIENT_NOT_FOUND":
        scene.note("answered 404 PATIENT_NOT_FOUND, which is as defensible as an empty Bundle", exchange=reply.number)
        return
    if scene.judge(reply, success("Bundle")) and any(reply.entries()):
        scene.fail("the patient is disclosed", location="Bundle.entry", found=str(len(list(reply.entries()))),
                   expected="none", exchange=reply.number, code="disclosed")  # fmt: skip


SHOWN = table(
    PATIENT.find,
    case("patient.find-dissenting", "A patient who dissents from sharing is found", "STU3-PAT-010", role="dissent",
         faults="patient.refuses-dissent"),
    case("patient.find-temporary", "A patient who is registered temporarily is found",
         "STU3-PAT-004 STU3-PAT-005 DSTU2-PAT-004", role="temporary", faults="patient.finds-nothing patient.hides-temporary"),
    case("patient.find-without-appointments", "A patient who has no appointments is found",
         "STU3-PAT-004 STU3-PAT-005 DSTU2-PAT-004", role="no-appointments", faults="patient.finds-nothing"),
    why="Dissent concerns the record, not appointments; and every active registration gives a right to them.",
    mend="Find every active patient, whatever their registration or their wish not to share.",
)  # fmt: skip


@scenarios(SHOWN)
def test_shown(scene: Scene, case: Case) -> None:
    patient: Patient = scene.patient(case["role"])
    matches = found(scene, PATIENT, patient.nhs_number)
    numbers = [number for one in matches for number in identifiers(scene, PATIENT, one)]
    if numbers != [patient.nhs_number]:
        scene.fail("the patient is not found", location="Bundle.entry", found=f"{len(matches)} patients", expected="1",
                   code="found", exchange=scene.exchanges[-1].number)  # fmt: skip
