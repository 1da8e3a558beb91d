"""requirements.xlsx, read back by openpyxl: what it holds, and that no cell can run anything."""

from __future__ import annotations

import io
import sys
import zipfile

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from conformance.causes import causes_of
from conformance.core.errors import UsageError
from conformance.core.results import Finding, RunResult, Severity, Verdict
from conformance.reporting import xlsx
from conformance.reporting.overview import RequirementText
from tests.support.samples import HOSTILE, RUN, hostile, large, lifelike, scenario

TEXTS = {
    "GPC-APPT-BOOK-09": RequirementText(
        "SHALL", "Of two bookings one succeeds.", "page", "provider", "blackbox", "https://a"
    ),
    "GPC-STAFF-01": RequirementText("SHALL", "Train staff.", "page", "provider", "inspection"),
    "GPC-STAFF-02": RequirementText("SHOULD", "Show it.", "page", "provider", "manual"),
    "GPC-NOT-01": RequirementText("SHALL", "Never tested.", "page", "provider", "blackbox"),
    "GPC-OTHER-01": RequirementText("SHALL", "Ask nicely.", "page", "consumer", "inspection"),
}


def sheets(run: RunResult, texts: dict[str, RequirementText] | None = None) -> dict[str, Worksheet]:
    book = openpyxl.load_workbook(io.BytesIO(xlsx.dumps(run, texts)))
    return {sheet.title: sheet for sheet in book.worksheets}


def table(sheet: Worksheet) -> list[dict[str, str]]:
    heading, *rows = ([cell or "" for cell in row] for row in sheet.iter_rows(values_only=True))
    return [dict(zip(heading, row, strict=True)) for row in rows]


def test_a_row_for_each_requirement_with_columns_to_fill_in() -> None:
    rows = {row["Requirement"]: row for row in table(sheets(lifelike(), TEXTS)["Requirements"])}
    assert set(TEXTS) - {"GPC-OTHER-01"} <= set(rows)
    assert "GPC-OTHER-01" not in rows
    booked = rows["GPC-APPT-BOOK-09"]
    assert (booked["Verdict"], booked["Level"], booked["Section"], booked["Source"]) == (
        "Fail",
        "SHALL",
        "APPT-BOOK",
        "https://a",
    )
    assert booked["Finding or reason"].startswith("both bookings of the same slot were accepted; found 201 and 201")
    assert booked["Scenarios"] == "book.double"
    assert booked["Evidence reference"] == f"run {RUN.id}, exchanges 14"
    assert rows["GPC-STAFF-01"]["Verified by"] == "to be attested, by inspection"
    assert rows["GPC-STAFF-02"]["Verified by"] == "to be attested, by witness"
    assert rows["GPC-NOT-01"]["Verified by"] == "no scenario of this run"
    assert rows["GPC-NOT-01"]["Verdict"] == ""
    empty = [heading for heading in booked if heading.startswith("Attested")]
    assert len(empty) == 4
    assert all(not row[heading] for row in rows.values() for heading in empty)


def test_causes_and_the_run_have_sheets() -> None:
    found = sheets(lifelike(), TEXTS)
    assert [row["Cause"] for row in table(found["Causes"])] == [cause.id for cause in causes_of(lifelike())]
    facts = {row["What"]: row["Value"] for row in table(found["Run"])}
    assert facts["Run"] == RUN.id
    assert facts["Verdict"].startswith("Not conformant: 2 scenarios")
    assert facts["product"] == "Example GP"


@pytest.mark.parametrize("run", [lifelike(), hostile(), large(40), RunResult(RUN, ())])
def test_no_cell_is_a_formula_a_link_or_begins_like_one(run: RunResult) -> None:
    data = xlsx.dumps(run, TEXTS)
    for sheet in openpyxl.load_workbook(io.BytesIO(data)).worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type in ("s", "n")
                assert cell.hyperlink is None
                assert not str(cell.value or "").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert not [name for name in names if "external" in name.lower() or "vba" in name.lower()]


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_what_begins_like_a_formula_gets_an_apostrophe(begin: str) -> None:
    text = f"{begin}HYPERLINK(1)"
    bad = scenario(
        "book.a",
        Verdict.FAIL,
        requirements=(text,),
        findings=(Finding(text, location=text, found=text, expected=text),),
    )
    run = RunResult(RUN, (bad,))
    found = sheets(run, {text: RequirementText("SHALL", text, text, "provider")})
    rows = table(found["Requirements"])
    assert rows[0]["Requirement"] == xlsx.cell(text)
    assert xlsx.cell(text).startswith("'")
    assert rows[0]["Description"] == xlsx.cell(text)


def test_the_heaviest_finding_is_named_and_not_a_note_before_it() -> None:
    findings = (Finding("a note", Severity.INFO), Finding("wrong", location="Slot.start", found="a"))
    run = RunResult(RUN, (scenario("book.a", Verdict.FAIL, findings=findings),))
    assert table(sheets(run)["Requirements"])[0]["Finding or reason"] == "wrong at Slot.start; found a"


def test_hostile_text_is_text_and_megabytes_are_cut_with_a_way_to_the_whole() -> None:
    assert "\u202e" not in xlsx.cell(HOSTILE)
    assert "⟨U+202E⟩" in xlsx.cell(HOSTILE)
    whole = "a" * 2_000_000
    run = RunResult(RUN, (scenario("book.a", Verdict.FAIL, findings=(Finding(whole, found=whole),)),))
    shown = table(sheets(run)["Requirements"])[0]["Finding or reason"]
    assert len(shown) < 32_767
    assert shown.endswith("the whole is in evidence.sqlite")
    assert table(sheets(RunResult(RUN, (scenario("_x0041_"),)))["Requirements"])[0]["Scenarios"] == "_x0041_"


def test_without_the_library_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(UsageError, match="needs XlsxWriter, which is not installed") as caught:
        xlsx.dumps(lifelike())
    assert "pip install 'gpconnect-assure[xlsx]'" in caught.value.fix
