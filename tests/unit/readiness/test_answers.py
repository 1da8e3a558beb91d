"""Answers as a configuration: what is written can be read as a run reads it, and says what was found and what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.config.loading import load_config
from conformance.core.errors import UsageError
from conformance.readiness.answers import Answers, as_yaml, gap_lines, read_people
from conformance.tls.folder import make_folder

PLACES = {
    "edition": "stu3",
    "base_url": "https://gp.example.org/A20047/STU3/1/gpconnect",
    "provider_asid": "918999198993",
    "provider_ods": "A20047",
    "consumer_asid": "200000000359",
    "consumer_ods": "Y99901",
}


def answers() -> Answers:
    given = Answers(**PLACES)
    given.patient("9990010072", "bookable")
    return given


def written(folder: Path, given: Answers) -> Path:
    path = folder / "my.yaml"
    path.write_text(as_yaml(given, ["free slots: 3"], ["   4  data.closed_slot"]), encoding="utf-8")
    return path


def test_the_file_can_be_read_as_a_run_reads_it(tmp_path: Path) -> None:
    given = answers()
    given.patient("999 001 0560", "sensitive", "pat-08")
    given.more = {
        "practitioners": ["555210000101"],
        "empty_range": {"first": 21, "last": 23},
        "restricted_slots": {"days": {"first": 2, "last": 4}, "organization_type": "gp-practice"},
        "restricted_slots.embargoed": ["13:50"],
        "appointments.past": "apt-1",
    }
    path = written(tmp_path, given)
    config = load_config(path)
    assert config.provider.asid == "918999198993"
    assert not config.provider.may_write
    assert [(one.nhs_number, one.roles, one.logical_id) for one in config.data.patients] == [
        ("9990010072", ("bookable",), ""),
        ("9990010560", ("sensitive",), "pat-08"),
    ]
    assert config.data.practitioners == ("555210000101",)
    assert config.data.empty_range is not None
    assert config.data.restricted_slots is not None
    assert config.data.restricted_slots.embargoed == ("13:50",)
    assert config.data.appointments.past == "apt-1"
    text = path.read_text(encoding="utf-8")
    assert "#   free slots: 3\n" in text
    assert "#   4 data.closed_slot\n" in text


def test_a_patient_with_two_roles_is_one_patient() -> None:
    given = answers()
    given.patient("9990010072", "dissent")
    assert given.patients == [{"nhs_number": "9990010072", "roles": ["bookable", "dissent"]}]


def test_certificates_that_must_be_refused_are_found_in_their_folder(tmp_path: Path) -> None:
    make_folder(tmp_path)
    (tmp_path / "revoked.pem").unlink()
    given = answers()
    given.ca, given.certificate = str(tmp_path / "ca.pem"), str(tmp_path / "client.pem")
    given.key, given.bad_certificates = str(tmp_path / "client.key"), str(tmp_path)
    negative = load_config(written(tmp_path, given)).tls.negative
    assert negative.expired is not None
    assert negative.expired.certificate == tmp_path / "expired.pem"
    assert negative.revoked is None


def test_a_password_is_never_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_folder(tmp_path)
    monkeypatch.setenv("GPC_KEY_PASSWORD", "secret")
    given = answers()
    given.certificate, given.key, given.has_password = str(tmp_path / "client.pem"), str(tmp_path / "client.key"), True
    path = written(tmp_path, given)
    assert "secret" not in path.read_text(encoding="utf-8")
    assert "${GPC_KEY_PASSWORD:-}" in path.read_text(encoding="utf-8")


PEOPLE = """nhs_number,role,logical_id,family,given,birth_date,gender,refused,inactive
999 001 0072,bookable,,,,,,,
9990010072,dissent,,,,,,,
9990010560,sensitive,pat-08,,,,,,
9990300135,registration,,Newcomer,Nora,1988-06-06,female,,
9990330131,registration,,Returner,Nora,1975-03-03,male,,true
9990011478,registration,,Late,Lawrence,1940-01-01,male,deceased,
"""


def test_people_are_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8-sig")
    given = Answers(**PLACES)
    read_people(tmp_path / "people.csv", given)
    assert given.patients[0] == {"nhs_number": "9990010072", "roles": ["bookable", "dissent"]}
    data = load_config(written(tmp_path, given)).data
    assert [one.inactive for one in data.registrations] == [False, True, False]
    assert [one.refused for one in data.registrations] == ["", "", "deceased"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nhs_number,role\n9990010072,king\n", "line 2: there is no role 'king'"),
        ("nhs_number,rôle\n9990010072,bookable\n", "unknown columns rôle"),
        ("nhs_number,role\n9990010072,bookable\n9990010145,\n", "line 3: there is no role ''"),
    ],
)
def test_a_file_that_cannot_be_used_is_said_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "people.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_people(path, Answers())
    assert said in str(caught.value)
    assert "Known: " in caught.value.fix


def test_a_file_that_is_not_there_is_said() -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_people(Path("nowhere.csv"), Answers())


def test_what_is_missing_is_listed_the_largest_first() -> None:
    lines = gap_lines({"data.closed_slot": [1], "data.patients temporary": [1, 2, 3]})
    assert lines == ["   3  data.patients: one with the role temporary", "   1  data.closed_slot"]
