"""fleet.json, junit.xml and fleet.html of a fleet."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft202012Validator

from conformance.comparing import Kind
from conformance.core.errors import UsageError
from conformance.fleet import outputs, page
from conformance.fleet.model import Remark, State
from conformance.fleet.summary import since
from tests.support.paths import ROOT
from tests.unit.fleet.fleets import cause, record, summary

PACKAGE = ROOT / "conformance" / "fleet"
HOSTILE = "<script>alert(1)</script>\u202e\x00"
FLEET = summary(
    record("A1001"),
    record(
        "A1002", State.NOT_CONFORMANT, cause("C-1", found=HOSTILE), cause("C-2", "warn"), reason="1 scenario failed"
    ),
    record("A1003", State.NOT_TESTABLE, reason=f"nothing listens there {HOSTILE}"),
    record("A1004", State.CONFIGURATION, reason="data.patients: nobody"),
    record("A1005", State.NOT_RUN, reason="it has not been run", seconds=0),
    record("A1006", State.FAULT, reason="a fault"),
)
FLEET = replace(FLEET, remarks=(Remark("list.csv line 9", "A1009: asid is missing", left_out=True),))


def page_of(folder: Path) -> str:
    changed = since(summary(record("A1002"), record("A1007")), FLEET)
    return page.render(FLEET, changed, folder)


def test_the_page_names_what_there_is(tmp_path: Path) -> None:
    text = page_of(tmp_path)
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))
    for said in (
        "1 not conformant",
        "6 providers: 1 not conformant, 1 fault of this tool, 1 not testable, 1 wrong configuration, 1 not run",
        "Wrong in way C-1 C-1 found",
        "list.csv line 9: A1009: asid is missing. It was not run.",
        "What changed since the fleet of 29 November 2026",
        "A1002 worse",
        "A1007 gone",
        "evidence on host-1 in /elsewhere/A1001/1",
    ):
        assert said in words, said


def test_the_page_escapes_fetches_nothing_and_has_no_script(tmp_path: Path) -> None:
    text = page_of(tmp_path)
    assert "<script" not in text
    assert "\u202e" not in text
    assert "⟨U+202E⟩" in text
    assert not re.search(r'(src|href)="(?!#)', text)
    assert "default-src 'none'" in text
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(ids)


def test_what_lies_in_the_folder_of_the_fleet_is_linked(tmp_path: Path) -> None:
    run = tmp_path / "runs" / "A1001" / "1"
    run.mkdir(parents=True)
    (run / "report.html").write_text("", encoding="utf-8")
    text = page.render(summary(replace(record("A1001"), folder=str(run))), None, tmp_path)
    assert 'href="runs/A1001/1/report.html"' in text
    assert "evidence on" not in text


def test_a_page_of_nothing_wrong_says_so(tmp_path: Path) -> None:
    text = page.render(summary(record("A1001")), None, tmp_path)
    assert "None: nothing failed and nothing warned." in text
    assert 'id="untested"' not in text
    assert 'id="since"' not in text
    assert "Incomplete" in page.render(summary(record("A1001"), stopped="interrupted"), None, tmp_path)


def test_junit_has_a_case_for_each_provider() -> None:
    root = ET.fromstring(outputs.junit(FLEET))
    suite = root[0]
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "6", "failures": "1", "errors": "2", "skipped": "2",
    }  # fmt: skip
    cases = {case.get("name"): [child.tag for child in case] for case in suite}
    assert cases == {
        "A1001": [], "A1002": ["failure"], "A1003": ["skipped"], "A1004": ["error"], "A1005": ["skipped"], "A1006": ["error"],
    }  # fmt: skip
    failure = suite.find("testcase[@name='A1002']/failure")
    assert failure is not None
    assert failure.text
    assert "fail C-1 wrong in way C-1 (found <script>" in failure.text
    assert failure.get("message") == "Not conformant: 1 scenario failed"


def test_fleet_json_is_read_again(tmp_path: Path) -> None:
    outputs.writer(tmp_path, None)(FLEET)
    assert outputs.read(tmp_path) == FLEET
    document = json.loads((tmp_path / "fleet.json").read_bytes())
    assert (document["exit_code"], document["summary"]["not-conformant"], document["since"]) == (1, 1, None)
    assert [(one["id"], one["providers"]) for one in document["causes"]] == [("C-1", ["A1002"]), ("C-2", ["A1002"])]
    assert {path.name for path in tmp_path.iterdir()} == {"fleet.json", "fleet.html", "junit.xml"}


def test_fleet_json_is_as_its_schema_says() -> None:
    schema = json.loads((PACKAGE / "results.schema.json").read_text(encoding="utf-8"))
    for changed in (None, since(summary(record("A1002"), record("A1007", State.NOT_CONFORMANT, cause("C-9"))), FLEET)):
        document = json.loads(b"".join(outputs.pieces(FLEET, changed)))
        Draft202012Validator(schema).validate(document)
    assert set(schema["$defs"]["state"]["enum"]) == {state.value for state in State}
    assert set(schema["$defs"]["kind"]["enum"]) == {kind.value for kind in Kind}


def test_the_last_fleet_of_the_same_file_is_found(tmp_path: Path) -> None:
    for name, found in (
        ("one", FLEET),
        ("other", replace(FLEET, name="other.yaml")),
        ("early", replace(FLEET, stopped="interrupted")),
    ):
        outputs.writer(tmp_path / name, None)(found)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "fleet.json").write_text("{", encoding="utf-8")
    assert outputs.last_before(tmp_path / "new", "fleet.yaml") == FLEET
    assert outputs.last_before(tmp_path / "one", "fleet.yaml") is None


@pytest.mark.parametrize("text", ["{", "[]", '{"schema": 2}', '{"schema": 1}'])
def test_another_file_is_no_fleet(tmp_path: Path, text: str) -> None:
    (tmp_path / "fleet.json").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"is no fleet\.json of gpconnect-assure"):
        outputs.read(tmp_path)
    with pytest.raises(UsageError, match="cannot be read"):
        outputs.read(tmp_path / "absent")
