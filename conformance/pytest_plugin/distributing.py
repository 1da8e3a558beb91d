"""pytest-xdist for the workers of a run: it starts them once the run is open, and each plays the scenarios of its share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from xdist.dsession import DSession, Interrupted
from xdist.scheduler import EachScheduling

from conformance.core.results import Verdict
from conformance.pytest_plugin.worker import INPUT

if TYPE_CHECKING:
    from conformance.pytest_plugin.run import Run
    from conformance.workers.crew import Crew
    from conformance.workers.hub import Hub


class Workers(DSession):  # type: ignore[misc]  # xdist has no types
    """xdist's session for the part of a run that workers play. Each collects, and plays, the scenarios of its own share."""

    def __init__(self, config: pytest.Config, crew: Crew, hub: Hub) -> None:
        config.option.tx, config.option.dist = ["popen"] * crew.number, "each"
        config.option.maxworkerrestart = "0"  # what a lost worker leaves is played in this process
        super().__init__(config)
        if self.terminal:  # it would say that nodes are brought up
            config.pluginmanager.unregister(self.trdist)
            self.terminal: Any = None
        self._crew, self._hub = crew, hub

    @pytest.hookimpl
    def pytest_configure_node(self, node: Any) -> None:
        """Give a worker the address and the key of the run."""
        node.workerinput[INPUT] = (self._hub.address, self._hub.key)

    @pytest.hookimpl
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> EachScheduling:
        """Let each worker play all that it has collected."""
        return EachScheduling(config, log)

    def worker_testreport(self, node: Any, rep: pytest.TestReport) -> None:
        """Pass a report on, unless its scenario is played again."""
        if getattr(rep, "gpc_case", "") not in self._crew.again:
            super().worker_testreport(node, rep)

    def worker_errordown(self, node: Any, error: object | None) -> None:
        """A worker is gone."""
        self._crew.lost(node.gateway.id)
        super().worker_errordown(node, error)

    def handle_crashitem(self, nodeid: str, worker: Any) -> None:
        """Report nothing of the scenario that a lost worker was at: it is played in this process."""


class Reports:
    """Completes the reports of workers, which carry id and verdict alone, before any other plugin sees them."""

    def __init__(self, run: Run, *, with_html: bool) -> None:
        self._run, self._with_html = run, with_html

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: Any) -> None:
        """Hang on a worker's report what the process of the run knows of its scenario."""
        if not hasattr(report, "node") or not hasattr(report, "gpc_verdict"):
            return
        shown = self._run.shown[report.gpc_case]
        report.gpc_verdict = shown.verdict.value
        if report.failed and shown.verdict not in (Verdict.FAIL, Verdict.ERROR):  # waived
            report.outcome, report.longrepr = "passed", None
        elif report.failed:
            report.longrepr = self._run.explain(shown)
        self._run.decorate(report, shown, with_html=self._with_html)


def play_with_workers(session: pytest.Session, run: Run, crew: Crew) -> None:
    """Have the workers play their shares, and end the tests where one of them met what ends a run."""
    failed, collected = session.testsfailed, session.testscollected
    manager = session.config.pluginmanager
    reports = Reports(run, with_html=bool(session.config.getoption("htmlpath", None)))
    with crew.working() as hub:
        workers = Workers(session.config, crew, hub)
        for plugin in (workers, reports):
            manager.register(plugin)
        try:
            _play(workers, session)
        except BaseException:
            hub.close()
            raise
        finally:
            workers.pytest_sessionfinish()
            for plugin in (workers, reports):
                manager.unregister(plugin)
            session.testscollected = collected
    crew.failed, session.testsfailed = session.testsfailed, failed
    _stop_as_they_did(session, run)
    crew.finish()


def _play(workers: Workers, session: pytest.Session) -> None:
    workers.pytest_sessionstart(session)
    try:
        workers.pytest_runtestloop()
    except Interrupted:  # as -x has it, or because the run stops: the caller knows
        return
    except RuntimeError:
        if workers._active_nodes:
            raise  # else all of them are gone


def _stop_as_they_did(session: pytest.Session, run: Run) -> None:
    stopped = run.broken_off.message if run.broken_off else run.full
    if stopped:
        session.shouldstop = stopped
        raise session.Interrupted(stopped)
    if run.gone:
        session.shouldfail = "the provider cannot be reached any more"
    if session.shouldfail:
        raise session.Failed(session.shouldfail)
