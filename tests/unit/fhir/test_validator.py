from __future__ import annotations

import copy
import json
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from conformance.fhir.definitions.store import Definitions
from conformance.fhir.formats.json_reader import read_json
from conformance.fhir.issues import Issue, Severity
from conformance.fhir.terminology.value_sets import OfflineTerminology
from conformance.fhir.validation.context import MAX_ISSUES
from conformance.fhir.validation.validator import Options, Validator
from tests.support.cases_runner import CASES, PROFILES
from tests.support.paths import SHARED, needs_shared
from tests.support.proof import sample

STU3 = "https://fhir.nhs.uk/STU3/StructureDefinition/"


def make(generation: Any, *sources: Path, prefer_snapshot: bool = False) -> Validator:
    definitions = Definitions(generation).open(*sources)
    options = Options(prefer_snapshot=prefer_snapshot)
    return Validator(definitions, terminology=OfflineTerminology(definitions), options=options)


@pytest.fixture(scope="module")
def validator() -> Validator:
    return make("stu3", PROFILES / "stu3")


def errors(issues: list[Issue]) -> list[tuple[str, str]]:
    return [(issue.code, issue.path) for issue in issues if issue.is_error]


def test_an_issue_says_where_what_and_by_which_rule(validator: Validator) -> None:
    patient = {"resourceType": "Patient", "gender": "man"}
    (issue,) = validator.validate(patient)
    assert (issue.severity, issue.code, issue.path, issue.pointer) == (
        Severity.ERROR,
        "binding-required",
        "Patient.gender",
        "/gender",
    )
    assert (issue.profile, issue.element) == ("http://hl7.org/fhir/StructureDefinition/Patient", "Patient.gender")
    assert (issue.found, issue.kind, issue.line) == ("man", "content", None)
    assert "administrative-gender" in (issue.expected or "")
    assert issue.spec == "http://hl7.org/fhir/STU3/patient-definitions.html#Patient.gender"


def test_lines_and_the_problems_of_the_text_come_with_a_document(validator: Validator) -> None:
    document = read_json(b'{"resourceType": "Patient",\n "active": true,\n "active": true,\n "nome": 1}')
    issues = validator.validate_document(document)
    assert [(issue.code, issue.line) for issue in issues] == [("duplicate-key", 3), ("unknown-element", 4)]


def test_text_that_is_no_json_has_only_its_own_problems(validator: Validator) -> None:
    issues = validator.validate_document(read_json(b"{"))
    assert issues
    assert all(issue.is_error for issue in issues)


def test_claims_can_be_left_aside(validator: Validator) -> None:
    slot = {
        "resourceType": "Slot",
        "meta": {"profile": [STU3 + "GPConnect-Slot-1"]},
        "schedule": {"reference": "Schedule/1"},
    }
    slot |= {"status": "busy-tentative", "start": "2020-01-01T10:00:00Z", "end": "2020-01-01T10:10:00Z", "comment": "x"}
    claimed, plain = validator.validate(slot), validator.validate(slot, claim=False)
    assert errors(plain) == []
    asked = validator.validate(slot, [STU3 + "GPConnect-Slot-1"], claim=False)
    assert errors(asked) == errors(claimed)


def test_claim_false_reaches_into_bundles(validator: Validator) -> None:
    location = {"resourceType": "Location", "id": "1", "meta": {"profile": ["http://nobody.test/p"]}, "name": "A"}
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": location}]}
    bundle["entry"][0]["fullUrl"] = "http://a.test/Location/1"  # type: ignore[index]
    assert [issue.code for issue in validator.validate(bundle)] == ["not-checked-profile"]
    assert validator.validate(bundle, claim=False) == []


def test_the_same_value_twice_gives_the_same_issues(validator: Validator) -> None:
    patient = {"resourceType": "Patient", "gender": "man", "birthDate": "2019-02-29", "name": [{"text": ""}]}
    before = copy.deepcopy(patient)
    assert validator.validate(patient) == validator.validate(patient)
    assert patient == before


PATIENT = {"resourceType": "Patient"}


def test_what_cannot_be_told_is_said_in_every_run() -> None:
    definitions = Definitions("stu3").open(PROFILES / "stu3" / "base")
    checking = Validator(definitions)  # no terminology: no binding can be checked
    patient = {"resourceType": "Patient", "gender": "male", "contact": [{"gender": "male", "name": {"text": "A"}}]}
    runs = [checking.validate(patient) for _ in range(3)]
    assert [[issue.code for issue in run] for run in runs] == [["not-checked-binding"]] * 3


HOSTILE: list[Any] = [
    None,
    1,
    "x",
    [],
    [[]],
    {},
    {"resourceType": None},
    {"resourceType": []},
    {"resourceType": ""},
    PATIENT,
    {"resourceType": "Bundle", "entry": {}},
    {"resourceType": "Bundle", "entry": [None, 1, [], {}]},
    {**PATIENT, "contained": {"resourceType": "Patient"}},
    {**PATIENT, "contained": [None, {"id": []}]},
    {**PATIENT, "meta": []},
    {**PATIENT, "meta": {"profile": "x"}},
    {**PATIENT, "meta": {"profile": [1, None, {}]}},
    {**PATIENT, "extension": [{"url": 1}, {"url": []}, None, []]},
    {**PATIENT, "extension": {"url": "http://a.test"}},
    {**PATIENT, "name": [{"given": {"a": 1}}], "_name": 3, "_gender": [None], "_active": "x"},
    {**PATIENT, "managingOrganization": {"reference": 5}},
    {**PATIENT, "managingOrganization": {"reference": "#"}},
    {**PATIENT, "maritalStatus": {"coding": {"code": "M"}}},
    {**PATIENT, "maritalStatus": {"coding": [None, {"code": []}]}},
    {"resourceType": "Appointment", "start": [], "end": {}, "status": {}, "minutesDuration": 10**4000},
    {"": 1, **PATIENT},
    {**PATIENT, "_": 1, "__proto__": {}, "a" * 10000: 1},
    {**PATIENT, "birthDate": float("nan")},
]


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_no_value_makes_it_raise(validator: Validator, value: Any) -> None:
    for issue in validator.validate(value):
        assert issue.message
        assert len(issue.path) < 1000


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {"url": "http://a.test", "valueCode": "a"}
    for _ in range(depth):
        value = {"url": "http://a.test", "extension": [value]}
    return {"resourceType": "Patient", "extension": [value]}


def test_nesting_as_deep_as_reading_lets_through_is_checked(validator: Validator) -> None:
    assert [issue.code for issue in validator.validate(nested(90))] == ["not-checked-extension"]


def test_nesting_that_cannot_be_followed_is_an_issue(validator: Validator) -> None:
    issues = validator.validate(nested(20_000))
    assert issues[-1].code == "nesting-too-deep"
    assert [issue.code for issue in issues if issue.is_error] == ["nesting-too-deep"]


def test_a_flood_of_faults_is_cut_off_and_counted(validator: Validator) -> None:
    patient = {"resourceType": "Patient", **{f"unknown{number}": 1 for number in range(MAX_ISSUES * 2)}}
    issues = validator.validate(patient)
    assert len(issues) == MAX_ISSUES + 1
    assert issues[-1].code == "more-issues"
    assert issues[-1].found == str(MAX_ISSUES)


def test_a_chain_of_references_is_not_followed_to_its_end(validator: Validator) -> None:
    profile = STU3 + "CareConnect-GPC-Organization-1"
    entries = [
        {
            "fullUrl": f"http://a.test/Organization/{n}",
            "resource": {
                "resourceType": "Organization",
                "id": str(n),
                "name": "A",
                "partOf": {"reference": f"Organization/{n + 1}"},
            },
        }
        for n in range(3000)
    ]
    entries[-1]["resource"].pop("partOf")
    definitions = Definitions("stu3").open(PROFILES / "stu3")
    checking = Validator(definitions, options=Options(entry_profiles={"Organization": profile}))
    assert errors(checking.validate({"resourceType": "Bundle", "type": "collection", "entry": entries})) == []


def test_many_contained_resources_that_refer_to_each_other_are_followed_once(validator: Validator) -> None:
    count = 4000
    part = {"resourceType": "Organization", "name": "A"}
    contained = [{**part, "id": str(n), "partOf": {"reference": f"#{(n + 1) % count}"}} for n in range(count)]
    patient = {"resourceType": "Patient", "contained": contained, "managingOrganization": {"reference": "#0"}}
    assert validator.validate(patient) == []


def test_random_damage_never_raises(validator: Validator) -> None:
    rng = random.Random(3)
    text = (CASES / "references.json").read_text("utf-8")
    seeds = [case["data"] for case in json.loads(text, parse_float=Decimal)["tests"]]
    junk: list[Any] = [None, True, 0, -1.5, "", "x", [], {}, [None], {"a": 1}, "#o", "http://a.test/Patient/1", 10**30]
    for _ in range(1500):
        value = copy.deepcopy(rng.choice(seeds))
        for _ in range(rng.randint(1, 3)):
            damage(rng, value, junk)
        assert all(issue.message and issue.code for issue in validator.validate(value))


def damage(rng: random.Random, value: Any, junk: list[Any]) -> None:
    while isinstance(value, dict | list) and value:
        key = rng.choice(list(value)) if isinstance(value, dict) else rng.randrange(len(value))
        if rng.random() < 0.3 or not isinstance(value[key], dict | list):
            value[key] = copy.deepcopy(rng.choice(junk))
            return
        value = value[key]


@needs_shared
@pytest.mark.parametrize("generation", ["dstu2", "stu3"])
def test_ours_the_publishers_and_their_snapshots_agree_on_every_example(generation: Any) -> None:
    assert SHARED is not None
    base, official = PROFILES / generation / "base", SHARED / "official" / generation
    judges = [
        make(generation, PROFILES / generation),
        make(generation, base, official),
        make(generation, base, official, prefer_snapshot=True),
    ]
    examples = sorted((SHARED / "examples" / generation).glob("*.json"))
    assert len(examples) >= 19
    for path in sample(examples, 6):
        document = read_json(path.read_bytes())
        if document.readable:
            verdicts = [
                sorted((i.severity.value, i.code, i.path) for i in j.validate(document.value) if i.kind == "content")
                for j in judges
            ]
            assert verdicts[0] == verdicts[1] == verdicts[2], path.name


@needs_shared
@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("read_location_response_example", [("list-unexpected", "Location.address")]),
        (
            "get_capability_statement_response_example",
            [("primitive-format", "CapabilityStatement.software.releaseDate")],
        ),
        (
            "search_for_free_slots_response_example",
            [
                ("list-expected", f"Bundle.entry[{n}].resource.{m}")
                for n, m in ((4, "telecom"), (5, "address"), (5, "telecom"))
            ],
        ),
        ("book_appt_response_example", []),
        ("retrieve_patients_appts_response_example", []),
    ],
)
def test_the_publishers_errors_are_found_and_no_others(
    validator: Validator, name: str, wanted: list[tuple[str, str]]
) -> None:
    assert SHARED is not None
    document = read_json((SHARED / "examples" / "stu3" / f"{name}.json").read_bytes())
    assert errors(validator.validate_document(document)) == wanted
