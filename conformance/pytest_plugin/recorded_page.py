"""pytest-html's page of a run that is not played here: pytest reports each recorded result as it would have been reported."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from conformance.core.errors import InternalError, UsageError
from conformance.core.results import RunResult, ScenarioResult, Verdict
from conformance.engine.collection import collect
from conformance.pytest_plugin.html_page import HtmlPage
from conformance.pytest_plugin.launch import only_plugins, page_arguments
from conformance.pytest_plugin.reports import decorate, described
from conformance.redaction.redactor import Redactor

_FINISHED = frozenset({pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED})


class RecordedScenario(pytest.Item):
    """A scenario that was played elsewhere: it ends as it did there."""

    result: ScenarioResult

    def runtest(self) -> None:
        """End as the scenario ended."""
        result = self.result
        if result.verdict in (Verdict.FAIL, Verdict.ERROR):
            pytest.fail(described(result), pytrace=False)
        if result.verdict is Verdict.WAIVED:
            pytest.xfail(f"waived: {described(result)}")
        if result.verdict in (Verdict.SKIP, Verdict.OMIT):
            pytest.skip(f"{result.verdict}: {result.reason}")


class _Recorded:
    """Puts the scenarios of a recorded run in the place of whatever was collected."""

    def __init__(self, run: RunResult) -> None:
        self._run = run

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """Take the recorded scenarios, under the names that they have in a run."""
        places = {entry.case.id: f"{entry.module.replace('.', '/')}.py::{entry.name}" for entry in collect()}
        items[:] = [self._item(session, places.get(one.id, one.id), one) for one in self._run.scenarios]

    def _item(self, session: pytest.Session, place: str, result: ScenarioResult) -> RecordedScenario:
        name = f"{result.edition}:{result.id}"
        item: RecordedScenario = RecordedScenario.from_parent(session, name=name, nodeid=f"{place}[{name}]")
        item.result = result
        return item

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Hang on a report what the page shows of the scenario, and how long it took."""
        report = yield
        if isinstance(item, RecordedScenario) and call.when == "call":
            decorate(report, item.result)
            report.duration = item.result.duration_ms / 1000
        return report

    @pytest.hookimpl(trylast=True, optionalhook=True)
    def pytest_html_results_table_row(self, report: Any, cells: list[str]) -> None:
        """Have no row of a set-up or tear-down."""
        if report.when != "call":
            cells.clear()


def write_page(run: RunResult, page: Path) -> None:
    """Write the page of a run that has ended. Raises UsageError where it cannot be written."""
    arguments = [str(page.parent), *page_arguments(page)]
    said = StringIO()
    plugins = [_Recorded(run), HtmlPage(Redactor(enabled=False))]
    try:
        with only_plugins(), redirect_stdout(said), redirect_stderr(said):
            code = pytest.main(arguments, plugins=plugins)
    except OSError as error:
        raise UsageError(f"{page} cannot be written: {error.strerror or error}", fix="Make room.") from error
    if code not in _FINISHED:
        raise InternalError(f"pytest-html wrote no page (pytest ended with {int(code)}): {said.getvalue()[-500:]}")
