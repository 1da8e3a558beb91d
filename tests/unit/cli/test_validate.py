"""`gpconnect-assure validate`: what goes in, what comes out, and how the process ends."""

from __future__ import annotations

import io
import json
import os
import sys
import threading
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from conformance.cli import main, validate_inputs
from conformance.cli.definitions import load_edition, open_definitions
from conformance.fhir.formats.json_writer import write_json
from conformance.fhir.formats.xml import to_xml
from tests.support.messages import messages

STU3 = "https://fhir.nhs.uk/STU3/StructureDefinition/GPConnect-Slot-1"
DSTU2 = "https://fhir-test.nhs.uk/StructureDefinition/gpconnect-slot-1"
SLOT: dict[str, Any] = {
    "resourceType": "Slot",
    "id": "1",
    "meta": {"versionId": "1", "profile": [STU3]},
    "schedule": {"reference": "Schedule/1"},
    "status": "free",
    "start": "2018-01-01T10:00:00+00:00",
    "end": "2018-01-01T10:10:00+00:00",
}


def slot(**changes: Any) -> bytes:
    """A sound STU3 slot, with members changed; None takes one out."""
    changed = {key: value for key, value in (SLOT | changes).items() if value is not None}
    return json.dumps(changed, indent=1).encode()


def line_with(data: bytes, text: bytes) -> int:
    return data[: data.index(text)].count(b"\n") + 1


class Ran:
    """How a call ended: exit code, standard output and error."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    def run(*arguments: object, stdin: bytes | None = None) -> Ran:
        if stdin is not None:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as ended:
            main([str(one) for one in arguments])
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return Ran(int(ended.value.code or 0), said.out, said.err)

    return run


def written(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


# -- what goes in ------------------------------------------------------------------------------------------------------


def test_a_sound_file_is_conformant(cli: Any, tmp_path: Path) -> None:
    ran = cli("validate", written(tmp_path, "slot.json", slot()))
    assert ran.code == 0
    assert "slot.json: conformant" in ran.out
    assert f"checked against: {STU3}" in ran.out


def test_an_error_is_told_with_line_and_path(cli: Any, tmp_path: Path) -> None:
    data = slot(start="2018-02-30T10:00:00Z")
    ran = cli("validate", written(tmp_path, "slot.json", data))
    assert ran.code == 1
    assert f"error: line {line_with(data, b'start')}: Slot.start" in ran.out
    assert "2018-02-30T10:00:00Z" in ran.out


def test_xml_is_recognised_and_gives_the_same_verdict(cli: Any, tmp_path: Path) -> None:
    definitions = open_definitions(load_edition("stu3"))
    assert cli("validate", written(tmp_path, "a.xml", to_xml(SLOT, definitions))).code == 0
    broken = to_xml({**SLOT, "status": "wrong"}, definitions).replace(b"><", b">\n<")
    ran = cli("validate", written(tmp_path, "b.txt", broken))
    assert ran.code == 1
    assert f"error: line {line_with(broken, b'<status')}: Slot.status" in ran.out


def test_folders_are_searched_and_every_file_judged(cli: Any, tmp_path: Path) -> None:
    written(tmp_path, "a/good.json", slot())
    written(tmp_path, "b/bad.json", slot(status="wrong"))
    written(tmp_path, "b/readme.txt", b"not looked at")
    ran = cli("validate", tmp_path)
    assert ran.code == 1
    assert [line.rsplit("/", 1)[1] for line in ran.out.splitlines() if line.startswith("/")] == [
        "good.json: conformant",
        "bad.json: not conformant (1 error)",
    ]


@pytest.mark.parametrize("arguments", [["-"], []])
def test_standard_input_is_read(cli: Any, arguments: list[str]) -> None:
    ran = cli("validate", *arguments, stdin=slot(status=None))
    assert ran.code == 1
    assert "standard input: not conformant" in ran.out


@pytest.mark.parametrize("profile", [DSTU2, "https://fhir.nhs.uk/StructureDefinition/gpconnect-slot-1"])
def test_the_edition_is_told_from_the_profiles_named(cli: Any, profile: str) -> None:
    data = slot(meta={"versionId": "1", "profile": [profile]}, status=None, freeBusyType="free")
    assert cli("validate", stdin=data).code == 0
    assert cli("validate", "-e", "stu3", stdin=data).code == 1


def test_without_a_profile_fhirs_own_rules_hold_and_this_is_said(cli: Any) -> None:
    ran = cli("validate", "-e", "stu3", stdin=slot(meta=None))
    assert ran.code == 0
    assert "checked against: FHIR's own rules alone" in ran.out
    assert cli("validate", "-e", "stu3", stdin=slot(meta=None, zz=1)).code == 1


def test_profiles_of_the_resources_inside_are_named_too(cli: Any) -> None:
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"fullUrl": "http://x/Slot/1", "resource": SLOT}],
    }
    assert f"checked against: {STU3}" in cli("validate", stdin=json.dumps(bundle).encode()).out


def test_a_profile_can_be_asked_for(cli: Any) -> None:
    data = json.dumps(
        {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "invalid"}]}
    ).encode()
    profile = "https://fhir.nhs.uk/STU3/StructureDefinition/GPConnect-OperationOutcome-1"
    assert cli("validate", "-e", "stu3", stdin=data).code == 0
    ran = cli("validate", "-e", "stu3", "--profile", profile, stdin=data)
    assert ran.code == 1
    assert f"in {profile}" in ran.out


def test_definitions_can_be_added_and_take_precedence(cli: Any, tmp_path: Path) -> None:
    strict = {
        "resourceType": "StructureDefinition",
        "url": STU3,
        "name": "Strict",
        "status": "draft",
        "kind": "resource",
        "abstract": False,
        "type": "Slot",
        "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Slot",
        "derivation": "constraint",
        "differential": {
            "element": [{"id": "Slot", "path": "Slot"}, {"id": "Slot.comment", "path": "Slot.comment", "min": 1}]
        },
    }
    path = written(tmp_path, "strict.json", json.dumps(strict).encode())
    ran = cli("validate", "-d", path, stdin=slot())
    assert ran.code == 1
    assert "Slot.comment" in ran.out


# -- what comes out ----------------------------------------------------------------------------------------------------


def test_json_output(cli: Any) -> None:
    ran = cli("validate", "--format", "json", stdin=slot(status="wrong"))
    report = json.loads(ran.out)
    assert ran.code == 1
    assert report["conformant"] is False
    (file,) = report["files"]
    assert file["profiles"] == [STU3]
    assert [issue["pointer"] for issue in file["issues"]] == ["/status"]
    assert json.loads(cli("validate", "--format", "json", stdin=slot()).out)["conformant"] is True


def test_an_outcome_is_a_resource_of_the_edition_and_conforms(cli: Any) -> None:
    ran = cli("validate", "--format", "outcome", stdin=slot(status="wrong"))
    assert json.loads(ran.out)["issue"][0]["expression"] == ["Slot.status"]
    assert cli("validate", "-e", "stu3", stdin=ran.out.encode()).code == 0


def test_several_outcomes_come_in_a_bundle(cli: Any, tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        written(tmp_path, name, slot())
    bundle = cli("validate", "--format", "outcome", tmp_path).out
    assert [entry["resource"]["resourceType"] for entry in json.loads(bundle)["entry"]] == ["OperationOutcome"] * 2
    assert cli("validate", "-e", "stu3", stdin=bundle.encode()).code == 0


# -- verdicts ----------------------------------------------------------------------------------------------------------

OBSERVATION = json.dumps({"resourceType": "Observation", "zz": 1}).encode()
UNKNOWN_PROFILE = slot(meta={"profile": [STU3, "https://x.test/StructureDefinition/other"]})
UNKNOWN_EXTENSION = slot(extension=[{"url": "https://x.test/e", "valueCode": "a"}])


@pytest.mark.parametrize("data", [OBSERVATION, UNKNOWN_PROFILE, UNKNOWN_EXTENSION])
def test_what_is_not_fully_checked_says_so_and_exits_with_5(cli: Any, data: bytes) -> None:
    ran = cli("validate", "-e", "stu3", stdin=data)
    assert ran.code == 5
    assert "standard input: not fully checked (" in ran.out
    assert cli("validate", "-e", "stu3", "--allow-unchecked", stdin=data).code == 0


def test_an_error_outweighs_what_is_not_checked(cli: Any) -> None:
    data = slot(extension=[{"url": "https://x.test/e", "valueCode": "a"}], status="wrong")
    ran = cli("validate", stdin=data)
    assert ran.code == 1
    assert "not conformant (1 error, 1 rule not checked)" in ran.out
    assert cli("validate", "--allow-unchecked", stdin=data).code == 1


def test_verdicts_of_several_files_make_one_exit_code(cli: Any, tmp_path: Path) -> None:
    written(tmp_path, "a.json", slot())
    written(tmp_path, "b.json", UNKNOWN_EXTENSION)
    assert cli("validate", tmp_path).code == 5
    written(tmp_path, "c.json", slot(status="wrong"))
    assert cli("validate", tmp_path).code == 1


def test_held_to_names_only_what_was_applied(cli: Any) -> None:
    assert "checked against: nothing" in cli("validate", "-e", "stu3", stdin=OBSERVATION).out
    assert cli("validate", stdin=UNKNOWN_PROFILE).out.endswith(f"checked against: {STU3}\n")
    assert f"checked against: {STU3}\n" in cli("validate", stdin=slot(meta={"profile": [STU3 + "|9"]})).out


def test_the_verdict_is_in_the_json_too(cli: Any) -> None:
    report = json.loads(cli("validate", "--format", "json", stdin=UNKNOWN_PROFILE).out)
    (file,) = report["files"]
    assert (file["verdict"], file["conformant"], report["conformant"]) == ("not fully checked", False, False)
    assert file["profiles"] == [STU3]


def test_other_peoples_files_in_a_folder_are_no_fhir_resource(cli: Any, tmp_path: Path) -> None:
    written(tmp_path, "package.json", b'{"name": "x", "version": "1.0.0"}')
    written(tmp_path, "list.json", b"[1, 2]")
    written(tmp_path, "number.json", b"1")
    written(tmp_path, "pom.xml", b"<project xmlns='http://maven.apache.org/POM/4.0.0'/>")
    ran = cli("validate", tmp_path)
    assert ran.code == 2
    assert "none of the files is a FHIR resource" in ran.err
    written(tmp_path, "slot.json", slot())
    ran = cli("validate", tmp_path)
    assert ran.code == 0
    shown = {line.rsplit("/", 1)[1] for line in ran.out.splitlines() if line.startswith("/")}
    assert shown == {"package.json: no FHIR resource", "list.json: no FHIR resource", "number.json: no FHIR resource",
                     "pom.xml: no FHIR resource", "slot.json: conformant"}  # fmt: skip
    listed = json.loads(cli("validate", "--format", "json", tmp_path).out)
    assert len(listed["no_resource"]) == 4
    assert len(listed["files"]) == 1


def test_a_file_named_by_itself_has_to_be_a_resource(cli: Any, tmp_path: Path) -> None:
    ran = cli("validate", "-e", "stu3", written(tmp_path, "package.json", b'{"name": "x"}'))
    assert ran.code == 1
    assert "[resource-type-missing]" in ran.out


def test_annotations_for_github(cli: Any, tmp_path: Path) -> None:
    data = slot(status="wrong", extension=[{"url": "https://x.test/e,f%", "valueCode": "a"}])
    path = written(tmp_path, "a,b.json", data)
    ran = cli("validate", "--format", "github", path)
    assert ran.code == 1
    lines = ran.out.splitlines()
    line = line_with(data, b'"status"')
    shown = str(path).replace(",", "%2C")
    assert any(
        one.startswith(f"::error file={shown},line={line},title=binding-required::Slot.status: ") for one in lines
    )
    assert any(one.startswith("::notice ") and "https://x.test/e,f%25" in one for one in lines)
    assert all(one.startswith("::") for one in lines)
    assert cli("validate", "--format", "github", stdin=slot()).out == ""


# -- odd files ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"{", b"[", b"<", b"x", b"1", b'"', b"\xff", b"\xef", b" ", b"\0", b""])
def test_one_byte_is_no_resource(cli: Any, tmp_path: Path, data: bytes) -> None:
    ran = cli("validate", "-e", "stu3", written(tmp_path, "a.json", data))
    assert ran.code == 1
    assert "a.json: not conformant (1 error)" in ran.out


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_named_pipe_is_read(cli: Any, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(slot(status="wrong"),))
    writer.start()
    ran = cli("validate", pipe)
    writer.join()
    assert ran.code == 1
    assert "[binding-required]" in ran.out


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_named_pipe_that_nobody_writes_to_does_not_hang(
    cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validate_inputs, "PATIENCE", 0.1)
    os.mkfifo(tmp_path / "pipe.json")
    ran = cli("validate", tmp_path / "pipe.json")
    assert ran.code == 2
    assert "nobody writes to" in ran.err
    written(tmp_path, "slot.json", slot())
    assert cli("validate", tmp_path).code == 0, "in a folder a pipe is no file"


def test_a_folder_that_holds_itself_is_searched_once(cli: Any, tmp_path: Path) -> None:
    written(tmp_path, "a/slot.json", slot())
    try:
        (tmp_path / "a" / "again").symlink_to(tmp_path, target_is_directory=True)
        (tmp_path / "a" / "itself.json").symlink_to(tmp_path / "a" / "itself.json")
    except OSError:
        pytest.skip("this system makes no links")
    ran = cli("validate", tmp_path)
    assert ran.code == 0
    assert ran.out.count("slot.json: conformant") == 1
    assert cli("validate", tmp_path / "a" / "itself.json").code == 2


# -- usage -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "stdin", "said"),
    [
        (["absent.json"], None, "absent.json: there is no such file"),
        (["-"], b'{"resourceType": "Slot"}', "the edition is unknown"),
        (["-"], b"<Slot xmlns='http://hl7.org/fhir'/>", "the edition is unknown"),
        (["-e", "r4", "-"], b"{}", "no edition 'r4'"),
        (["--profile", "https://x/GPConnect-Slot-2", "-"], slot(), f"Did you mean {STU3}?"),
        (["-d", "absent", "-"], slot(), "no such file or folder of definitions"),
        (["--limit-size", "many", "-"], b"{}", "'many' is no size"),
        (["--format", "yaml", "-"], b"{}", "'yaml'"),
    ],
)
def test_a_wrong_call_says_how_to_fix_it(cli: Any, arguments: list[str], stdin: bytes | None, said: str) -> None:
    ran = cli("validate", *arguments, stdin=stdin)
    assert ran.code == 2
    assert said in ran.err


def test_one_file_of_unknown_edition_does_not_hide_the_verdicts_on_the_others(cli: Any, tmp_path: Path) -> None:
    written(tmp_path, "a.json", b'{"resourceType": "Slot"}')
    written(tmp_path, "b.json", slot())
    ran = cli("validate", tmp_path)
    assert ran.code == 2
    assert "b.json: conformant" in ran.out
    assert "the edition is unknown" in ran.err
    assert "a.json" in ran.err
    assert len(json.loads(cli("validate", "--format", "json", tmp_path).out)["files"]) == 1


def test_an_empty_folder_is_a_wrong_call(cli: Any, tmp_path: Path) -> None:
    assert cli("validate", tmp_path).code == 2


def test_a_damaged_definition_is_named(cli: Any, tmp_path: Path) -> None:
    path = written(tmp_path, "damaged.json", b"{")
    ran = cli("validate", "-d", path, stdin=slot())
    assert ran.code == 2
    assert "damaged.json: is not JSON" in ran.err


def test_a_breakdown_of_ours_is_never_an_error_of_the_content(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("conformance.fhir.validation.validator.Validator.check_document", broken)
    ran = cli("validate", stdin=slot())
    assert ran.code == 4
    assert "validation broke down (ZeroDivisionError: oops)" in ran.err


# -- bad input ---------------------------------------------------------------------------------------------------------


def nested(count: int) -> bytes:
    return b'{"resourceType": "Slot", "a": ' + b"[" * count + b"]" * count + b"}"


BOMB = b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><Slot xmlns="http://hl7.org/fhir"><id value="&c;"/></Slot>"""


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not-json"),
        (b"no json", "not-json"),
        (b'{"resourceType": "Slot"', "not-json"),
        (nested(100_000), "too-deep"),
        (b"<a>" * 100_000, "too-deep"),
        (BOMB, "doctype"),
        (slot().replace(b'"free"', b"NaN"), "not-a-number"),
        (slot().replace(b"free", b"\xff"), "not-utf8"),
        (slot()[:-1] + b', "id": "2"}', "duplicate-key"),
        (slot(resourceType="Slott"), "resource-type-unknown"),
        (slot(schedule=[{"reference": "Schedule/1"}]), "list-unexpected"),
        (b"[]", "wrong-json-type"),
        (b'"text"', "wrong-json-type"),
        (b"{}", "resource-type-missing"),
    ],
)
@pytest.mark.parametrize("edition", [["-e", "stu3"], ["-e", "dstu2"]])
def test_bad_input_is_an_issue_with_a_place(cli: Any, data: bytes, code: str, edition: list[str]) -> None:
    ran = cli("validate", *edition, "--format", "json", stdin=data)
    assert ran.code == 1
    issues = json.loads(ran.out)["files"][0]["issues"]
    found = [issue for issue in issues if issue["code"] == code]
    assert found, issues
    assert found[0]["line"] >= 1
    assert found[0]["message"]


def test_what_cannot_be_read_needs_no_edition(cli: Any) -> None:
    assert cli("validate", stdin=b"{").code == 1
    assert cli("validate", stdin=b"<!DOCTYPE a><a/>").code == 1


def test_too_large_a_file_is_refused_unread(cli: Any, tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    tracemalloc.start()
    ran = cli("validate", "-e", "stu3", path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert ran.code == 1
    assert "[too-large]" in ran.out
    assert peak < 20_000_000


def test_the_limit_can_be_set(cli: Any, tmp_path: Path) -> None:
    path = written(tmp_path, "slot.json", slot())
    assert cli("validate", "--limit-size", "100", path).code == 1
    assert cli("validate", "--limit-size", "1K", path).code == 0
    assert "[too-large]" in cli("validate", "--limit-size", "100", stdin=slot()).out


def test_a_bundle_of_ten_thousand_entries_is_judged_entry_by_entry(cli: Any, tmp_path: Path) -> None:
    entry = {"fullUrl": "http://x/Slot/{}", "resource": {**SLOT, "id": "{}"}}
    text = json.dumps(entry)
    entries = [text.replace("{}", str(number)) for number in range(10_000)]
    entries[9_999] = entries[9_999].replace('"free"', '"wrong"')
    bundle = '{"resourceType": "Bundle", "type": "collection", "entry": [\n' + ",\n".join(entries) + "]}"
    ran = cli("validate", "--format", "json", written(tmp_path, "bundle.json", bundle.encode()))
    assert ran.code == 1
    (issue,) = json.loads(ran.out)["files"][0]["issues"]
    assert issue["pointer"] == "/entry/9999/resource/status"
    assert issue["line"] == 10_001


# -- the examples, and speed -------------------------------------------------------------------------------------------


def test_errors_of_several_files_are_told_with_their_place(cli: Any, tmp_path: Path) -> None:
    own = messages("stu3")
    own["read_location-Location-0"]["address"] = [own["read_location-Location-0"]["address"]]
    own["get_capability_statement-CapabilityStatement-0"]["software"] = {"name": "x", "releaseDate": "soon"}
    for name, value in own.items():
        if "OperationOutcome" not in name:
            written(tmp_path, f"{name}.json", write_json(value))
    ran = cli("validate", "-e", "stu3", "--format", "json", tmp_path)
    found = {
        Path(file["file"]).stem: [(one["code"], one["path"]) for one in file["issues"] if one["severity"] == "error"]
        for file in json.loads(ran.out)["files"]
    }
    assert len(found) >= 20
    assert {name: errors for name, errors in found.items() if errors} == {
        "read_location-Location-0": [("list-unexpected", "Location.address")],
        "get_capability_statement-CapabilityStatement-0": [
            ("primitive-format", "CapabilityStatement.software.releaseDate")
        ],
    }
    assert ran.code == 1


@pytest.mark.parametrize("profile", [
    "https://fhir.nhs.uk/STU3/StructureDefinition/GPConnect-Appointment-1",
    "https://fhir.nhs.uk/StructureDefinition/gpconnect-appointment-1",
])  # fmt: skip
def test_the_profile_requested_says_the_edition_where_the_content_does_not(cli: Any, profile: str) -> None:
    assert cli("validate", "-", "--profile", profile, stdin=b'{"resourceType": "Appointment"}').code == 1
