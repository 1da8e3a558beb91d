"""What pytest-html gets from us, and the page it makes of it."""

from __future__ import annotations

import base64
import json
import zlib
from html import escape
from pathlib import Path
from types import SimpleNamespace

import lxml.html

from conformance.core.results import Verdict
from conformance.reporting import html
from conformance.reporting.pytest_html_page import complete_page, html_extras, table_header, table_row
from tests.support.samples import hostile, large, lifelike, scenario

HEADER = ["<th>Result</th>", "<th>Test</th>", "<th>Duration</th>", "<th>Links</th>"]


def content(result: object) -> str:
    (extra,) = html_extras(result)  # type: ignore[arg-type]
    assert extra["format_type"] == "html"
    return str(extra["content"])


def test_findings_and_exchanges_are_attached() -> None:
    by_id = {result.id: result for result in lifelike().scenarios}
    shown = " ".join(lxml.html.fromstring(content(by_id["book.unknown-slot"])).text_content().split())
    for part in (
        "Fail: Booking an unknown slot",
        "wrong status",
        "found 500; expected 422",
        "the provider",
        "exchange 15",
        "Exchanges: 15",
    ):
        assert part in shown


def test_a_scenario_that_passed_leads_to_its_exchanges() -> None:
    passed = next(one for one in lifelike().scenarios if one.id == "book.one-slot")
    (link,) = lxml.html.fromstring(f"<p>{content(passed)}</p>").xpath("//a")
    assert link.get("href") == "report.html#scenario-book.one-slot"
    assert link.text == "Its exchange"
    assert 'id="scenario-book.one-slot"' in html.render(lifelike())


def test_hostile_text_is_text() -> None:
    for result in hostile().scenarios:
        made = content(result)
        assert "<script" not in made
        assert "<img" not in made
        assert "\u202e" not in made
        cells = ["<td>r</td>", "<td>t</td>", "<td>d</td>", "<td>l</td>"]
        table_row(SimpleNamespace(gpc_result=result), cells)
        assert not [cell for cell in cells if "<script" in cell or "\x00" in cell]


def test_columns_match() -> None:
    header, row, other = list(HEADER), ["<td>r</td>", "<td>t</td>", "<td>d</td>", "<td>l</td>"], ["a", "b", "c", "d"]
    table_header(header)
    table_row(SimpleNamespace(gpc_result=lifelike().scenarios[0]), row)
    table_row(SimpleNamespace(), other)
    assert len(header) == len(row) == len(other) == 6
    assert "find-patient.by-nhs-number: A patient is found" in row[2]
    assert "GPC-PAT-FIND-01" in row[3]
    table_row(SimpleNamespace(), empty := [])
    assert empty == []


def test_size_is_bounded() -> None:
    sweep = scenario("http.sweep", Verdict.FAIL, exchanges=tuple(range(1, 2_000)))
    assert len(content(sweep)) < 2_000
    assert "and 1991 more" in content(sweep)
    assert sum(len(content(result)) for result in large(60).scenarios) / 60 < 2_000


def test_verdict_words_cover_every_verdict() -> None:
    for verdict in Verdict:
        assert content(scenario("book.x", verdict))


def filters(outcomes: dict[str, int]) -> str:
    lines = (
        f'<input class="filter" type="checkbox" data-test-result="{name}" {"" if count else "disabled"}>'
        f'<span class="{name}">{count} Whatever,</span>'
        for name, count in outcomes.items()
    )
    return "\n".join(lines)


def written(
    path: Path, rows: list[dict[str, object]], outcomes: dict[str, int]
) -> tuple[lxml.html.HtmlElement, list[dict[str, object]]]:
    """A page as pytest-html writes it, completed: the page, and the rows that it unpacks."""
    data = escape(json.dumps({"tests": {"a": rows}}))
    path.write_text(
        f'<html><head></head><body>{filters(outcomes)}<div id="data-container" data-jsonblob="{data}"></div>'
        "<script>x()</script></body></html>",
        encoding="utf-8",
    )
    complete_page(path)
    page = lxml.html.document_fromstring(path.read_text(encoding="utf-8"))
    (packed,) = page.xpath("//@data-packed")
    return page, json.loads(zlib.decompress(base64.b64decode(packed)))["tests"]["a"]


def test_warnings_and_waived_have_filters_of_their_own(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {
            "result": result,
            "verdict": verdict,
            "resultsTableRow": [f'<td class="col-result">{result}</td>', "<td>b</td>"],
        }
        for result, verdict in (("Passed", "Pass"), ("Passed", "Warning"), ("XFailed", "Waived"), ("Failed", "Fail"))
    ]
    before = {"failed": 1, "passed": 2, "xfailed": 1, "xpassed": 0}
    page, found = written(tmp_path / "pytest.html", rows, before)
    assert [row["result"] for row in found] == ["Passed", "XPassed", "XFailed", "Failed"]
    assert found[1]["resultsTableRow"] == ['<td class="col-result">Warning</td>', "<td>b</td>"]
    labels = {box.get("data-test-result"): (box.get("aria-label"), box.get("disabled")) for box in page.iter("input")}
    assert labels["xpassed"] == ("show warnings", None)
    assert labels["xfailed"] == ("show waived", None)
    assert page.get("lang") == "en-GB"
    assert len(page.xpath("/html/body/main")) == 1
    texts = {span.get("class"): span.text for span in page.iter("span")}
    assert texts == {"failed": "1 Whatever,", "passed": "1 Passed,", "xfailed": "1 Waived,", "xpassed": "1 Warnings,"}


def test_without_warnings_their_filter_cannot_be_used(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"result": "Passed", "verdict": "Pass", "resultsTableRow": ["a"]}]
    page, found = written(tmp_path / "pytest.html", rows, {"passed": 1, "xpassed": 0})
    assert found == rows
    (box,) = page.xpath("//input[@data-test-result='xpassed']")
    assert box.get("disabled") is not None
