"""What the console command registers with pytest: our progress on the terminal in place of pytest's."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest

from conformance.core.errors import AssureError, ExitCode
from conformance.pytest_plugin.quiet import mute

if TYPE_CHECKING:
    from conformance.config.model import Config
    from conformance.pytest_plugin.marking import Marks


class Console:
    """Registered by the console command: our progress on the terminal in place of pytest's.

    `code` is our exit code once there is one, which pytest's own codes cannot express: None when no run took place. `error` is
    why none did, `gone` whether the provider went away during it, `seal` the seal of its folder, `muted` what pytest wrote.
    """

    code: ExitCode | None = None
    error: AssureError | None = None
    gone = False
    left = False  # whether something of the run is left at the provider
    seal = ""

    def __init__(self, loaded: Config, marks: Marks) -> None:
        self._loaded, self._marks = loaded, marks
        self.muted = io.StringIO()

    @pytest.hookimpl(tryfirst=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> None:
        """Hand to the run, before it is made, our progress and what the command has read already."""
        from conformance.reporting.console import make_progress

        config.gpc_progress = make_progress()  # type: ignore[attr-defined]
        config.gpc_loaded = self._loaded  # type: ignore[attr-defined]
        config.gpc_marks = self._marks  # type: ignore[attr-defined]
        config.gpc_console = self  # type: ignore[attr-defined]

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Show nothing that pytest prints of its own."""
        self.muted = mute(session.config)

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str]:
        """Print no letter for any test."""
        return (getattr(report, "gpc_verdict", report.outcome) if report.when == "call" else ""), "", ""

    @pytest.hookimpl(trylast=True, optionalhook=True)
    def pytest_html_results_table_row(self, report: Any, cells: list[str]) -> None:
        """Remove from pytest-html the row of a set-up or tear-down that passed and said nothing: it is not shown anyway."""
        if report.when in ("setup", "teardown") and report.outcome == "passed" and not report.sections:
            cells.clear()
