"""How requirements.xlsx is laid out: what each column is called, that the head stays and can be filtered."""

from __future__ import annotations

import pytest
from openpyxl.utils import get_column_letter

from tests.support.samples import lifelike
from tests.unit.reporting.test_xlsx import TEXTS, sheets

HEADINGS = {
    "Requirements": "Requirement|Section|Level|Description|Source|Verified by|Verdict|Finding or reason|Scenarios"
    "|Evidence reference|Attested: met?|Attested: evidence|Attested: name|Attested: date|Remarks",
    "Causes": "Cause|Class|What is wrong|Found and expected|Requirement|Scenarios|Keeps from being tested"
    "|Evidence reference|Owner|Ticket|Remarks",
    "Run": "What|Value",
}


@pytest.mark.parametrize("name", HEADINGS)
def test_a_sheet_has_its_headings_and_a_filter_over_all_of_it(name: str) -> None:
    sheet = sheets(lifelike(), TEXTS)[name]
    headings = [str(cell.value) for cell in sheet[1]]
    assert headings == HEADINGS[name].split("|")
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == f"A1:{get_column_letter(len(headings))}{sheet.max_row}"
    assert sheet.page_setup.orientation == "landscape"
