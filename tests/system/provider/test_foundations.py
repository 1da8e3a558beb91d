from __future__ import annotations

from typing import Any

import pytest

from tests.support.caller import Caller, Json, refused


def find(caller: Caller, key: str, *identifiers: str, name: str = "identifier") -> Any:
    return caller.call(key, params=[(name, identifier) for identifier in identifiers])


def system(caller: Caller, use: str) -> str:
    return caller.edition.systems(use)[0]


def nhs(caller: Caller, number: str) -> str:
    return f"{system(caller, 'nhs_number')}|{number}"


FINDS = {
    "find_patient": ("nhs_number", "9990010072", "Patient", "pat-01"),
    "find_practitioner": ("sds_user", "555210000102", "Practitioner", "prac-okafor"),
    "find_organization": ("organization", "A20047", "Organization", "org-practice"),
    "find_location": ("site", "A20047002", "Location", "loc-branch"),
}


def finds(caller: Caller) -> list[str]:
    return [key for key in FINDS if key in caller.edition.interactions]


def test_found_by_identifier_as_read_by_id(caller: Caller) -> None:
    for key in finds(caller):
        use, value, kind, identifier = FINDS[key]
        reply = find(caller, key, f"{system(caller, use)}|{value}")
        assert reply.status_code == 200
        (found,) = caller.entries(reply, kind)
        read = caller.call(key.replace("find", "read"), id=identifier)
        assert (read.status_code, read.json()) == (200, found)
        assert read.headers["ETag"] == f'W/"{found["meta"]["versionId"]}"'


def test_no_match_is_no_error(caller: Caller) -> None:
    values = {
        "find_patient": "9990012245",
        "find_practitioner": "999999999999",
        "find_organization": "Z9Z9Z",
        "find_location": "Z9Z9Z001",
    }
    for key in finds(caller):
        reply = find(caller, key, f"{system(caller, FINDS[key][0])}|{values[key]}")
        assert (reply.status_code, "entry" in reply.json()) == (200, False)


def test_identifiers_that_cannot_be_searched_by(caller: Caller) -> None:
    parameter = (422, "INVALID_PARAMETER")
    missing = (400, "BAD_REQUEST") if caller.name == "stu3" else parameter
    for key in finds(caller):
        use, value, *_ = FINDS[key]
        good = f"{system(caller, use)}|{value}"
        assert refused(find(caller, key)) == missing
        assert refused(find(caller, key, good, name="Identifier")) == missing
        assert refused(find(caller, key, good, good)) == missing
        assert refused(find(caller, key, value)) == parameter
        assert refused(find(caller, key, f"|{value}")) == parameter
        assert refused(find(caller, key, f"{system(caller, use)}|")) == parameter
        assert refused(find(caller, key, f"https://example.org/Id/none|{value}")) == (400, "INVALID_IDENTIFIER_SYSTEM")


WRONG_VALUES = {
    "find_practitioner": {"stu3": "INVALID_IDENTIFIER_VALUE", "dstu2": "INVALID_SDS_USERID"},
    "find_organization": {"stu3": "INVALID_IDENTIFIER_VALUE", "dstu2": "INVALID_ODS_CODE"},
    "find_location": {"dstu2": "INVALID_IDENTIFIER_VALUE"},
}


def test_values_that_are_none(caller: Caller) -> None:
    for number in ("9990010073", "999001007", "99900100721", "ABCDEFGHIJ", "\uff19990010072"):
        assert refused(find(caller, "find_patient", nhs(caller, number))) == (400, "INVALID_NHS_NUMBER")
    for key, codes in WRONG_VALUES.items():
        if caller.name in codes:
            reply = find(caller, key, f"{system(caller, FINDS[key][0])}|!!!")
            assert refused(reply) == (400, codes[caller.name])


@pytest.mark.parametrize(
    ("key", "stu3", "dstu2"),
    [
        ("read_patient", "PATIENT_NOT_FOUND", "PATIENT_NOT_FOUND"),
        ("read_practitioner", "PRACTITIONER_NOT_FOUND", "PRACTITIONER_NOT_FOUND"),
        ("read_organization", "ORGANISATION_NOT_FOUND", "ORGANISATION_NOT_FOUND"),
        ("read_location", "NO_RECORD_FOUND", "REFERENCE_NOT_FOUND"),
    ],
)
def test_unknown_ids(caller: Caller, key: str, stu3: str, dstu2: str) -> None:
    for identifier in ("none", "z.as.dd", "x" * 65):
        assert refused(caller.call(key, id=identifier)) == (404, {"stu3": stu3, "dstu2": dstu2}[caller.name])


@pytest.mark.parametrize(
    ("number", "identifier"), [("9990010560", "pat-08"), ("9990010633", "pat-09"), ("9990010706", "pat-10")]
)
def test_patients_who_are_not_shown(caller: Caller, number: str, identifier: str) -> None:
    reply = find(caller, "find_patient", nhs(caller, number))
    assert (reply.status_code, caller.entries(reply, "Patient")) == (200, [])
    assert refused(caller.call("read_patient", id=identifier)) == (404, "PATIENT_NOT_FOUND")


def test_a_dissenting_patient_is_shown(caller: Caller) -> None:
    assert caller.entries(find(caller, "find_patient", nhs(caller, "9990010498")), "Patient")


def test_either_spelling_of_a_system(dstu2: Caller) -> None:
    for spelling in dstu2.edition.systems("sds_user"):
        (found,) = dstu2.entries(find(dstu2, "find_practitioner", f"{spelling}|555210000101"), "Practitioner")
        assert {"system": spelling, "value": "555210000101"} in found["identifier"]


def test_the_statement(caller: Caller) -> None:
    statement = caller.call("get_capability_statement").json()
    assert statement["fhirVersion"] == caller.edition.fhir_version
    (rest,) = statement["rest"]
    done = {item["type"]: {entry["code"] for entry in item["interaction"]} for item in rest["resource"]}
    assert done["Appointment"] == {"read", "create", "update", "search-type"}
    assert done["Slot"] == {"search-type"}


# -- registration ----------------------------------------------------------------------------------------------------


class Newcomer:
    def __init__(self, caller: Caller, index: int = 0) -> None:
        self.caller = caller
        alive = [row for row in caller.provider.practice.pds.values() if row["state"] == "alive"]
        self.facts = alive[index]
        self.number = str(self.facts["nhs"])

    def patient(self, **changes: Any) -> Json:
        stu3 = self.caller.name == "stu3"
        name = {
            "use": "official" if stu3 else "usual",
            "family": "Newcomer" if stu3 else ["Newcomer"],
            "given": [self.facts["name"]["given"][0]],
        }
        shapes = self.caller.provider.shapes
        held = {
            "resourceType": "Patient",
            "identifier": [shapes.nhs_number(self.number)],
            "name": [name],
            "birthDate": "1988-06-06",
            "telecom": [
                {"system": "phone", "value": "07700 900321", "use": "home"},
                {"system": "phone", "value": "1", "use": "temp"},
            ],
            "address": [{"use": "home", "line": ["1 Withins Lane"], "city": "Leeds", "postalCode": "LS18 1AE"}],
            "extension": [shapes.language({"code": "fr", "display": "French", "interpreter": True})],
        } | changes
        return {key: value for key, value in held.items() if value is not ...}

    def register(self, **changes: Any) -> Any:
        parameter = {"name": "registerPatient", "resource": self.patient(**changes)}
        return self.caller.call("register_patient", body={"resourceType": "Parameters", "parameter": [parameter]})


def test_a_newcomer_is_registered_found_and_booked_for(caller: Caller) -> None:
    newcomer = Newcomer(caller)
    assert caller.entries(find(caller, "find_patient", nhs(caller, newcomer.number)), "Patient") == []
    reply = newcomer.register()
    assert reply.status_code == 200
    (patient,) = caller.entries(reply, "Patient")
    assert patient["gender"] == "female"  # from PDS
    assert patient["telecom"][1]["period"]["end"]
    details, language = patient["extension"]
    assert details["extension"][1]["valueCodeableConcept"]["coding"][0]["code"] == "T"
    assert language == newcomer.patient()["extension"][0]
    assert caller.entries(find(caller, "find_patient", nhs(caller, newcomer.number)), "Patient") == [patient]
    assert caller.book(caller.free()[0], patient=patient["id"]).status_code == 201


def test_nobody_is_registered_twice(caller: Caller) -> None:
    newcomer = Newcomer(caller)
    assert newcomer.register().status_code == 200
    wanted = "DUPLICATE_REJECTED" if caller.name == "stu3" else "INVALID_RESOURCE"
    assert refused(newcomer.register()) == (409, wanted)
    newcomer.number = "9990010072"
    assert refused(newcomer.register()) == (409, wanted)


def test_who_has_left_comes_back_with_the_same_id(caller: Caller) -> None:
    newcomer = Newcomer(caller)
    newcomer.number = "9990010706"
    (patient,) = caller.entries(newcomer.register(birthDate="1977-04-04"), "Patient")
    assert (patient["id"], patient["active"], patient["meta"]["versionId"]) == ("pat-10", True, "2")


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("9990010633", "INVALID_PATIENT_DEMOGRAPHICS"),
        ("9990010560", "INVALID_PATIENT_DEMOGRAPHICS"),
        ("9990012245", "INVALID_PATIENT_DEMOGRAPHICS"),
        ("9990010073", "INVALID_NHS_NUMBER"),
        ("999", "INVALID_NHS_NUMBER"),
    ],
)
def test_who_cannot_be_registered(caller: Caller, number: str, code: str) -> None:
    newcomer = Newcomer(caller)
    newcomer.number = number
    assert refused(newcomer.register()) == (400, code)


def test_what_pds_flags(caller: Caller) -> None:
    wanted = {
        "deceased": "INVALID_PATIENT_DEMOGRAPHICS",
        "sensitive": "INVALID_PATIENT_DEMOGRAPHICS",
        "superseded": "INVALID_NHS_NUMBER",
        "invalid": "INVALID_NHS_NUMBER",
    }
    flagged = {row["state"]: row for row in caller.provider.practice.pds.values() if row["state"] != "alive"}
    assert set(flagged) == set(wanted)
    for state, row in flagged.items():
        newcomer = Newcomer(caller)
        newcomer.number = row["nhs"]
        assert refused(newcomer.register(birthDate=row["born"])) == (400, wanted[state])


def test_the_birth_date_decides(caller: Caller) -> None:
    newcomer = Newcomer(caller, 1)
    assert refused(newcomer.register(birthDate="1999-01-01")) == (400, "INVALID_PATIENT_DEMOGRAPHICS")
    assert newcomer.register(birthDate="1988-06-07").status_code == 200  # two parts of the date, and the name


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ...},
        {"birthDate": ...},
        {"birthDate": "22/02/1982"},
        {"invalidField": 1},
        {"photo": [{"title": "x"}]},
        {"resourceType": "Practitioner"},
    ],
)
def test_registrations_that_are_wrong(caller: Caller, changes: Json) -> None:
    status, found = refused(Newcomer(caller).register(**changes))
    assert (status, found) == (422, "INVALID_RESOURCE")


@pytest.mark.parametrize(
    "changes",
    [
        {"active": True},
        {"maritalStatus": {"text": "x"}},
        {"address": [{"use": "home", "city": "x"}] * 2},
        {"address": [{"use": "work", "city": "x"}]},
        {"telecom": [{"system": "phone", "value": "1", "use": "home"}] * 2},
        {"telecom": [{"system": "email", "value": "1", "use": "home"}, {"system": "email", "value": "2"}]},
        {"name": [{"use": "official", "family": "A", "given": ["B"]}] * 2},
        {"name": [{"use": "official", "family": "A"}]},
    ],
)
def test_what_stu3_refuses_beyond_that(stu3: Caller, changes: Json) -> None:
    assert refused(Newcomer(stu3).register(**changes)) == (422, "INVALID_RESOURCE")


def test_bodies_that_are_no_registration(caller: Caller) -> None:
    newcomer = Newcomer(caller)
    parameter = {"name": "registerPatient", "resource": newcomer.patient()}
    no_parameters = (422, "INVALID_RESOURCE") if caller.name == "stu3" else (400, "BAD_REQUEST")
    assert refused(caller.call("register_patient", body=newcomer.patient())) == no_parameters
    for parameters in (
        [],
        [parameter, parameter],
        [parameter | {"name": "registerPatien"}],
        [{"name": "registerPatient"}],
    ):
        body = {"resourceType": "Parameters", "parameter": parameters}
        assert refused(caller.call("register_patient", body=body)) == (422, "INVALID_RESOURCE")
    nameless = newcomer.register(identifier=[])
    assert refused(nameless) == (422, "INVALID_RESOURCE" if caller.name == "stu3" else "INVALID_PARAMETER")
