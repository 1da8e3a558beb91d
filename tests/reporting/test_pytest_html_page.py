"""What pytest-html gets from us, and the page it makes of it."""

from __future__ import annotations

import html
import json
import re
from types import SimpleNamespace

import lxml.html
import pytest

from conformance.core.results import Verdict
from conformance.reporting.pytest_html_page import html_extras, mend_page, table_header, table_row
from tests.reporting.samples import exchange, hostile, large, lifelike, scenario

pytest_plugins = ["pytester"]
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
        "Exchange 15",
    ):
        assert part in shown


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
    sweep = scenario("http.sweep", exchanges=tuple(exchange(number) for number in range(1, 2_000)))
    assert len(content(sweep)) < 20_000
    assert "1997 more exchanges in report.html" in content(sweep)
    assert sum(len(content(result)) for result in large(60).scenarios) / 60 < 10_000


def test_the_real_page(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        import pytest
        from conformance.reporting import pytest_html_page as page
        from tests.reporting.samples import hostile

        def pytest_html_report_title(report):
            report.title = page.TITLE

        def pytest_html_results_summary(prefix):
            page.summary(prefix)

        def pytest_html_results_table_header(cells):
            page.table_header(cells)

        def pytest_html_results_table_row(report, cells):
            page.table_row(report, cells)

        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_makereport(item, call):
            report = yield
            if call.when == "call":
                report.gpc_result = hostile().scenarios[0]
                report.extras = page.html_extras(report.gpc_result)
            return report
        """
    )
    pytester.makepyfile("def test_one(): pass")
    pytester.runpytest_subprocess(
        "--html=page.html", "--self-contained-html", "-p", "no:cacheprovider"
    ).assert_outcomes(passed=1)
    made = (pytester.path / "page.html").read_text(encoding="utf-8")
    assert "GP Connect conformance: scenarios" in made
    assert '<a href="report.html">' in made
    blob = re.search(r'data-jsonblob="([^"]*)"', made)
    assert blob
    tests = json.loads(html.unescape(blob[1]))["tests"]
    (only,) = next(iter(tests.values()))
    assert "Exchange 1" in only["extras"][0]["content"]
    assert any("book.pass" in cell for cell in only["resultsTableRow"])
    assert "<script>alert" not in made
    mend_page(pytester.path / "page.html")
    mend_page(pytester.path / "absent.html")
    mended = lxml.html.document_fromstring((pytester.path / "page.html").read_text(encoding="utf-8"))
    assert mended.get("lang") == "en-GB"
    filters = mended.xpath("//input[@type='checkbox']")
    assert filters
    assert all(one.get("aria-label", "").startswith("show ") for one in filters)
    assert mended.xpath("string(//*[@data-jsonblob]/@data-jsonblob)") == html.unescape(blob[1])


def test_verdict_words_cover_every_verdict() -> None:
    for verdict in Verdict:
        assert content(scenario("book.x", verdict))
