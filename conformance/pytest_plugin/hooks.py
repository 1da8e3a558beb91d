"""pytest's hooks, kept thin: what a run does is in `run.py`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.core.errors import AssureError, ExitCode, UsageError
from conformance.core.results import Verdict
from conformance.core.stop_signals import finishing
from conformance.engine.selection_options import OPTIONS
from conformance.pytest_plugin.html_page import HtmlPage
from conformance.pytest_plugin.node_ids import SCENARIOS, NodeIds, take_out
from conformance.pytest_plugin.options import add_options
from conformance.pytest_plugin.plain import (
    bounds_of,
    gates_of,
    leave_nothing,
    marks_of,
    note_share,
    own_page,
    summary,
    without_run,
    workbook_of,
)
from conformance.pytest_plugin.stopping import STOPPED, fail, note_code, stop

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from conformance.core.results import ScenarioResult
    from conformance.pytest_plugin.run import Run
    from conformance.pytest_plugin.worker import WorkerRun

_STATUS = {
    "warn": ("warned", "w", "WARN"),
    "error": ("error", "E", "ERROR"),
    "omit": ("omitted", "o", "OMIT"),
    "waived": ("waived", "x", "WAIVED"),
}
_RUN: pytest.StashKey[Run] = pytest.StashKey()
_WORKER: pytest.StashKey[WorkerRun] = pytest.StashKey()
_RESULT: pytest.StashKey[ScenarioResult] = pytest.StashKey()
_NODES: pytest.StashKey[NodeIds] = pytest.StashKey()
_CHOSEN: pytest.StashKey[Mapping[str, frozenset[str]]] = pytest.StashKey()
_OTHERS_FAILED: pytest.StashKey[bool] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of a run."""
    add_options(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Make the run when there is a configuration; anything wrong with it ends pytest with the documented code."""
    config.args, config.stash[_NODES] = take_out(config.args, config.invocation_params.dir)
    if hasattr(config, "workerinput"):
        _join(config)
        return
    path = _configuration(config)
    if not path:
        if config.getoption("--gpc-shard"):
            stop(config, UsageError("--gpc-shard needs --gpc-config FILE"))
        return
    from conformance.config.loading import pairs
    from conformance.pytest_plugin.choosing import Wanted, in_words
    from conformance.pytest_plugin.run import Run

    try:
        config.stash[_RUN] = Run.start(
            path,
            overrides=pairs(config.getoption("--gpc-set")) | bounds_of(config),
            out=config.getoption("--gpc-out") or ("" if config.option.collectonly else None),  # "": makes no folder
            strict=config.getoption("--gpc-strict"),
            selection=in_words(config.getoption("keyword") or "", Wanted.of(config).choice),
            loaded=getattr(config, "gpc_loaded", None),
            progress=getattr(config, "gpc_progress", None),
            resume=config.getoption("--gpc-resume"),
            wanted=Wanted.of(config),
        )
        config.stash[_RUN].gates = gates_of(config)
        config.stash[_RUN].workbook = workbook_of(config)
        config.stash[_RUN].marks = marks_of(config, config.stash[_RUN].edition)
    except AssureError as error:
        stop(config, error)
    own_page(config, config.stash[_RUN].folder)
    if config.getoption("htmlpath", None):
        config.pluginmanager.register(HtmlPage(config.stash[_RUN].redactor), "gpconnect-assure-html")
    config.pluginmanager.register(Sealing(), "gpconnect-assure-seal")


def _join(config: pytest.Config) -> None:
    """Join a run as one of its workers, where this process was started for that; other processes of xdist have no run."""
    from conformance.pytest_plugin.worker import INPUT, WorkerRun

    given: Any = config.workerinput  # type: ignore[attr-defined]
    if INPUT in given:
        config.stash[_WORKER] = worker = WorkerRun(given)
        config.stash[_CHOSEN] = {worker.edition: worker.ids}


@pytest.fixture
def context() -> None:
    """Stands for the context that the plugin hands to a scenario's function (engine.context.ScenarioContext)."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test of each case, in the edition of the run, or of every edition where there is no run."""
    if not _of_scenarios(metafunc.function):
        return
    from conformance.pytest_plugin.project import entries_of

    entries = entries_of(metafunc.function)
    chosen = _chosen(metafunc.config)
    cases = [(name, entry.case) for name in _editions(metafunc.config) for entry in entries]
    metafunc.parametrize(
        "case",
        [
            pytest.param(case, id=f"{name}:{case.id}")
            for name, case in cases
            if (case.runs_in(name) if chosen is None else case.id in chosen[name])
        ],
    )


def _of_scenarios(function: Any) -> bool:
    """Whether a test function stands for scenarios (engine.scenario.scenarios, pytest_plugin.project)."""
    return hasattr(function, "gpc_cases") or hasattr(function, "gpc_globs")


def pytest_collection(session: pytest.Session) -> None:
    """Before anything is collected: see what the options choose, as a mistake in them ends pytest."""
    _chosen(session.config)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the files of scenarios that hold none of those named by node ids."""
    nodes = config.stash.get(_NODES, None)
    return True if nodes is not None and nodes.ignores(collection_path) else None


def _configuration(config: pytest.Config) -> Path | None:
    """The configuration file of the run: the option's, else that of pytest's own configuration file, relative to it."""
    given = config.getoption("--gpc-config")
    named = config.getini("gpc_config")
    if given:
        return Path(given)
    return (config.inipath or Path()).parent / named if named else None


def _editions(config: pytest.Config) -> Sequence[str]:
    """The editions whose scenarios there are: that of the run, the one of --gpc-edition, or every one."""
    from conformance.spec import editions

    run = config.stash.get(_RUN, None) or config.stash.get(_WORKER, None)
    only = run.edition if run else config.getoption("--gpc-edition")
    return [only] if only else editions()


def _chooses(config: pytest.Config) -> bool:
    """Whether the call has options that choose scenarios: looked at first, so that other calls import nothing for it."""
    names = ("--gpc-pack", "--gpc-read-only", *(f"--gpc-{option.name}" for option in OPTIONS))
    return any(config.getoption(name) for name in names)


def _chosen(config: pytest.Config) -> Mapping[str, frozenset[str]] | None:
    """The ids that the selection options choose, by edition; None without such options."""
    if _CHOSEN not in config.stash and _chooses(config):
        from conformance.pytest_plugin.choosing import Wanted, chosen_ids

        run = config.stash.get(_RUN, None)
        try:
            config.stash[_CHOSEN] = chosen_ids(
                Wanted.of(config), _editions(config), reports=run.config.run.reports if run else None
            )
        except AssureError as error:
            stop(config, error)
    return config.stash.get(_CHOSEN, None)


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Generator[None, None, None]:
    """Put the cases that judge all exchanges last. A case's function is never called, so it needs no fixtures set up.

    For a table without cases in the edition pytest makes a test that it skips, and no report should mention that. What belongs
    to other shards, or has ended before, is left out of what the options choose.
    """
    from conformance.engine.scenario import running_order

    nodes = config.stash[_NODES]
    items[:] = [
        item
        for item in items
        if (_case(item) or not (isinstance(item, pytest.Function) and _of_scenarios(item.function)))
        and (nodes.takes(item.nodeid) or not item.path.is_relative_to(SCENARIOS))
    ]
    run = config.stash.get(_RUN, None)
    for item in items:
        if isinstance(item, pytest.Function) and _case(item):
            item.funcargs.update(dict.fromkeys(("case", "context")))
    items.sort(key=lambda item: running_order(case) if (case := _case(item)) else False)
    worker = config.stash.get(_WORKER, None)
    if worker is not None:
        items[:] = sorted((item for item in items if _case(item)), key=lambda item: worker.place(_case(item)))
    try:
        yield
    except pytest.UsageError as error:  # a wrong -k or -m
        config.stash[STOPPED] = ExitCode.USAGE
        if run is None or hasattr(config, "gpc_console"):  # the command says it in its own way
            raise
        stop(config, UsageError(f"pytest cannot use the selection: {error}"))
    if run is not None:
        _leave_out(config, run, items)


def _leave_out(config: pytest.Config, run: Run, items: list[pytest.Item]) -> None:
    """Leave out what belongs to other shards, and what ended in the run that this one goes on with."""
    try:
        wanted = run.wanted_of([case for item in items if (case := _case(item))])
    except AssureError as error:
        fail(config, error)
        wanted = frozenset()
    items[:] = [item for item in items if (case := _case(item)) is None or case.id in wanted]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Before the first scenario: look whether the provider is there and fit to be tested."""
    if (
        session.config.option.collectonly
        or STOPPED in session.config.stash
        or _WORKER in session.config.stash
        or not any(_case(item) for item in session.items)
    ):
        return
    run = session.config.stash.get(_RUN, None)
    if run is None:
        raise pytest.UsageError("scenarios need --gpc-config FILE (or --collect-only to list them)")
    cases = [case for item in session.items if (case := _case(item))]
    note_share(run, len(cases))
    try:
        run.open(cases)
    except AssureError as error:
        fail(session.config, error)
        session.items.clear()


def _case(item: pytest.Item) -> Any:
    callspec = getattr(item, "callspec", None)
    from conformance.engine.scenario import Case

    found = callspec.params.get("case") if callspec else None
    return found if isinstance(found, Case) else None


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a scenario in place of calling its function; report a fail or skip in the way of pytest."""
    case = _case(pyfuncitem)
    run = pyfuncitem.config.stash.get(_RUN, None) or pyfuncitem.config.stash.get(_WORKER, None)
    if case is None or run is None:
        return None
    from conformance.pytest_plugin.project import function_of

    try:
        result = run.play(function_of(pyfuncitem.obj, case), case)
    except AssureError as error:  # nothing can be written any more
        run.break_off(error)
        pyfuncitem.session.shouldstop = error.message
        pytest.skip(error.message)
    if result is None:
        pytest.skip("played again in the process of the run")
    pyfuncitem.stash[_RESULT] = result
    if run.full:
        pyfuncitem.session.shouldstop = run.full
    if run.gone:
        pyfuncitem.session.shouldfail = "the provider cannot be reached any more"
    if result.verdict in (Verdict.FAIL, Verdict.ERROR):
        pytest.fail(run.explain(result), pytrace=False)
    if result.verdict is Verdict.WAIVED:
        pytest.xfail(f"waived: {run.explain(result)}")
    if result.verdict in (Verdict.SKIP, Verdict.OMIT):
        pytest.skip(f"{result.verdict}: {result.reason}")
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Hang the scenario's verdict and, for the pytest-html page, its findings and exchanges on pytest's report."""
    report = yield
    if report.failed and _case(item) is None:
        item.config.stash[_OTHERS_FAILED] = True
    case, result = _case(item), item.stash.get(_RESULT, None)
    if case is not None and call.when == "call":
        report.gpc_case = case.id  # type: ignore[attr-defined]
    if result is not None and call.when == "call":
        report.gpc_verdict = result.verdict.value  # type: ignore[attr-defined]
        if _RUN in item.config.stash:
            item.config.stash[_RUN].decorate(report, result, with_html=bool(item.config.getoption("htmlpath", None)))
    return report


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """Show a warn and an error of ours as what they are, not as a pass and a fail."""
    verdict = getattr(report, "gpc_verdict", "") if report.when == "call" else ""
    return _STATUS.get(verdict)


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Let workers play what may be played beside other scenarios, and play the rest here, one after the other."""
    run, worker = session.config.stash.get(_RUN, None), session.config.stash.get(_WORKER, None)
    crew = run.crew if run is not None and run.opened else None
    if crew is not None and run is not None:
        from conformance.pytest_plugin.distributing import play_with_workers

        play_with_workers(session, run, crew)
        session.items[:] = [item for item in session.items if (case := _case(item)) is None or crew.remaining(case)]
    done = yield
    if crew is not None:
        session.testsfailed += crew.failed
    if worker is not None:
        worker.leave()
    return done


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write the outputs, also of a run cut short, and set the exit code."""
    config = session.config
    if _WORKER in config.stash:
        return
    run = config.stash.get(_RUN, None)
    if run is None or not run.opened:
        if config.getoption("--gpc-config") and not hasattr(config, "gpc_console"):  # which reads pytest's own code
            session.exitstatus = config.stash.get(STOPPED, without_run(exitstatus))
        return
    interrupted = exitstatus == pytest.ExitCode.INTERRUPTED and not session.shouldstop
    code = ExitCode.USAGE
    try:
        with finishing():
            code = run.finish(complete=not (interrupted or session.shouldfail or session.shouldstop))
    except AssureError as error:
        run.break_off(error)
    if run.broken_off and not interrupted:
        fail(config, run.broken_off)
        code = run.broken_off.exit_code
    if code is ExitCode.CONFORMANT and config.stash.get(_OTHERS_FAILED, False):
        code = ExitCode.NON_CONFORMANT  # tests of the user's own, run beside the scenarios
    code = ExitCode.INTERRUPTED if interrupted else code
    note_code(config, code)
    console = getattr(config, "gpc_console", None)
    if console is not None:
        console.gone, console.left = run.gone, run.left
    session.exitstatus = int(code)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say what the run came to, and which files were written."""
    run = config.stash.get(_RUN, None)
    if run is not None and run.opened and not hasattr(config, "gpc_console"):
        summary(terminalreporter, run)


class Sealing:
    """Seals the run once every plugin has written its output, or removes what was written of none: called last by pytest."""

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """Seal the folder of a run that wrote its outputs; leave nothing of one that did not take place."""
        run = config.stash.get(_RUN, None)
        if run is not None and not run.opened and not config.option.collectonly:
            leave_nothing(config, run.folder)
        if run is None or run.outputs is None or run.broken_off:
            return
        try:
            sealed = run.seal()
        except AssureError as error:
            stop(config, error)
        console = getattr(config, "gpc_console", None)
        if console is not None:
            console.seal = sealed
