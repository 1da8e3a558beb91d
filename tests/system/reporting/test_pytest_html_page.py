"""The page that pytest-html makes of our results, in a pytest of its own."""

from __future__ import annotations

import base64
import html
import json
import re
import zlib

import lxml.html
import pytest

from conformance.reporting.pytest_html_page import complete_page

pytest_plugins = ["pytester"]


def test_the_real_page(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        import pytest
        from conformance.reporting import pytest_html_page as page
        from tests.support.samples import hostile

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
    assert "report.html#exchange-1" in only["extras"][0]["content"]
    assert any("book.pass" in cell for cell in only["resultsTableRow"])
    assert "<script>alert" not in made
    complete_page(pytester.path / "page.html")
    complete_page(pytester.path / "absent.html")
    mended = lxml.html.document_fromstring((pytester.path / "page.html").read_text(encoding="utf-8"))
    assert mended.get("lang") == "en-GB"
    filters = mended.xpath("//input[@type='checkbox']")
    assert filters
    assert all(one.get("aria-label", "").startswith("show ") for one in filters)
    packed = mended.xpath("string(//div[@id='data-container']/@data-packed)")
    assert zlib.decompress(base64.b64decode(packed)).decode() == html.unescape(blob[1])
    (script,) = re.findall(r"data-jsonblob=.*?<script>(.*?)</script>", made, re.DOTALL)
    assert mended.xpath("string(//script[@id='page-script'])") == script
