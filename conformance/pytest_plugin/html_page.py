"""What this tool adds to the page that pytest-html writes."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from conformance.pytest_plugin.quiet import without_lines
from conformance.redaction.redactor import Redactor


class HtmlPage:
    """Our columns, title and summary on the page that pytest-html writes for a run whose redactor is given."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    def pytest_html_report_title(self, report: Any) -> None:
        """Name the page."""
        from conformance.reporting.pytest_html_page import TITLE

        report.title = TITLE

    def pytest_html_results_table_header(self, cells: list[str]) -> None:
        """Add the heads of our columns."""
        from conformance.reporting.pytest_html_page import table_header

        table_header(cells)

    def pytest_html_results_table_row(self, report: Any, cells: list[str]) -> None:
        """Add our columns to a row."""
        from conformance.reporting.pytest_html_page import table_row

        table_row(report, cells)

    def pytest_html_results_summary(self, prefix: list[str]) -> None:
        """Point to the assurance report."""
        from conformance.reporting.pytest_html_page import summary

        summary(prefix)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> Generator[None]:
        """Keep pytest-html from printing where its page is: our own last words name it."""
        with without_lines(terminalreporter, "Generated html report"):
            return (yield)

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """Add what the page lacks for screen readers, once it is written, and mask in it who became known since."""
        from conformance.reporting.pytest_html_page import complete_page

        masked = self._redactor.again if self._redactor.learnt_count else str
        complete_page(Path(config.getoption("htmlpath")), masked)
