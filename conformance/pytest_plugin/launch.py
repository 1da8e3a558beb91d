"""Start pytest on the scenarios the way the console command does: our progress in place of pytest's dots."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from conformance.config.model import Config
from conformance.core.errors import AssureError, InternalError, InterruptedRunError, UsageError
from conformance.core.gates import Gates
from conformance.evidence.folders import make_folder
from conformance.pytest_plugin.choosing import Wanted, chosen_ids, from_words
from conformance.pytest_plugin.console_hooks import Console
from conformance.pytest_plugin.marking import Marks
from conformance.pytest_plugin.plain import OUTPUTS
from conformance.pytest_plugin.resume import read_earlier
from conformance.pytest_plugin.run import EVERYTHING, output_folder
from conformance.reporting.xlsx import check_installed

# Of other plugins only those that a run needs are loaded, whatever else is installed beside this tool.
_OWN, _HTML = ("gpconnect_assure", "xdist"), ("metadata", "html")  # names of entry points
_NO_OTHERS = "PYTEST_DISABLE_PLUGIN_AUTOLOAD"


def launch(
    loaded: Config,
    config: Path,
    *,
    select: str = "",
    gates: Gates | None = None,
    out: Path | None = None,
    overrides: Sequence[str] = (),
    strict: bool = False,
    html: bool = True,
    first_failure: bool = False,
    resume: Path | None = None,
    wanted: Wanted = EVERYTHING,
    waivers: Path | None = None,
    since: Path | None = None,
    workbook: bool = False,
) -> int:
    """Run the scenarios that `select` matches and return the exit code (core.errors.ExitCode).

    `loaded` is the configuration, `config` its file as the user named it, `overrides` the KEY=VALUE texts it was loaded
    with. `gates` are what makes the run fail beside a fail. `out` is the folder of the outputs. `resume` is the folder of a
    run that ended early: it goes on there, with its own selection. `wanted` chooses scenarios, too. `waivers` is a file of
    what is accepted for a while, `since` an older run beside which what is new is marked; `workbook` asks for an xlsx.
    """
    select = select or loaded.run.select
    if resume is not None:
        earlier = read_earlier(resume)
        wanted = Wanted.of_settings(earlier.run.settings)
        select, _ = from_words(earlier.selection)
    chosen_ids(wanted, [loaded.edition], reports=loaded.run.reports)  # a mistake is reported before anything starts
    _check_expression(select)
    console = Console(loaded, Marks.read(waivers, since, loaded.edition))
    if workbook:
        check_installed()
    folder = resume or out or output_folder(loaded)
    make_folder(folder)
    page = folder / "pytest.html"
    arguments = [
        *_usual_arguments(config, page if html else None),
        *(part for item in overrides for part in ("--gpc-set", item)),
        *(["-k", select] if select else []),
        *("--gpc-out", str(folder)),
        *wanted.arguments,
        *_gate_arguments(gates or Gates()),
        *(["--gpc-resume", str(folder)] if resume else []),
        *(["--gpc-xlsx"] if workbook else []),
        *(["--gpc-strict"] if strict else []),
        *(["-x"] if first_failure else []),
    ]
    code = _tests(arguments, console, page)
    with suppress(OSError):
        folder.rmdir()  # made for a run that did not take place: nothing is in it
    return _outcome(console, code, select, folder, config)


def _usual_arguments(config: Path, page: Path | None) -> list[str]:
    """Pytest's arguments for the scenarios and a configuration; `page` is what pytest-html writes, None for none."""
    return ["--pyargs", "conformance.scenarios", "--gpc-config", str(config), *page_arguments(page)]


def page_arguments(page: Path | None) -> list[str]:
    """Return pytest's arguments for any use of it here; `page` is what pytest-html writes, None for none."""
    plugins = (*_OWN, *(_HTML if page else ()))
    return [
        *("-c", os.devnull),
        *(part for name in plugins for part in ("-p", name)),
        *("-p", "no:cacheprovider"),  # no folder .pytest_cache where the user happens to be
        *("--noconftest", "--assert=plain"),  # nothing of the folder we happen to be in, nothing rewritten
        *("--rootdir", str(Path.cwd()), "--capture=no", "-qq", "--no-summary"),
        *(("--html", str(page), "--self-contained-html") if page else ()),
    ]


def _gate_arguments(gates: Gates) -> list[str]:
    least = [] if gates.min_verified is None else ["--gpc-min-verified", str(gates.min_verified)]
    return [*(part for name in sorted(gates.fail_on) for part in ("--gpc-fail-on", name)), *least]


def _outcome(console: Console, code: int, select: str, folder: Path, config: Path) -> int:
    """Name what a run wrote and left, and return its exit code. Raises AssureError where no run took place."""
    if code == pytest.ExitCode.INTERNAL_ERROR:
        print(console.muted.getvalue(), file=sys.stderr)  # noqa: T201 - where inside pytest it broke
    if console.error is not None:
        raise console.error
    if console.code is None:
        raise _without_run(code, select)
    _name_outputs(folder)
    if console.seal:
        print(f"  seal {console.seal} (gpconnect-assure verify {folder})")  # noqa: T201
    if console.left:
        print(f"\ngpconnect-assure cleanup {folder} --config {config} tries again to undo what is left.")  # noqa: T201
    if console.gone:
        print(f"\nThe run ended early; gpconnect-assure run --resume {folder} goes on with it.")  # noqa: T201
    return int(console.code)


def _check_expression(select: str) -> None:
    """UsageError for an expression that pytest cannot use, before it says so in its own way."""
    from _pytest.mark.expression import Expression

    try:
        Expression.compile(select or "all")
    except SyntaxError as error:
        fix = "It is as for pytest -k: book and not xml."
        raise UsageError(f"the selection {select!r} cannot be used: {error.msg}", fix=fix) from None


def _tests(arguments: list[str], console: Console, page: Path) -> int:
    """Let pytest run; UsageError where pytest-html cannot write its page, unless something was wrong before."""
    try:
        with only_plugins():
            return int(pytest.main(arguments, plugins=[console]))
    except OSError as error:
        raise console.error or UsageError(
            f"{page} cannot be written: {error.strerror or error}",
            fix=f"Make room; the other outputs are made from the evidence: gpconnect-assure report {page.parent}",
        ) from error


@contextmanager
def only_plugins() -> Iterator[None]:
    """Let pytest load no plugin that its arguments do not name. The variable is what every pytest from 8.3 on understands."""
    usual = os.environ.get(_NO_OTHERS)
    os.environ[_NO_OTHERS] = "1"
    try:
        yield
    finally:
        if usual is None:
            del os.environ[_NO_OTHERS]
        else:
            os.environ[_NO_OTHERS] = usual


def _without_run(code: int, select: str) -> AssureError:
    """Return what went wrong when pytest ended before there was a run."""
    if code == pytest.ExitCode.NO_TESTS_COLLECTED:
        return UsageError(f"no scenario matches {select!r}", fix="`gpconnect-assure scenarios` lists them.")
    if code == pytest.ExitCode.USAGE_ERROR and select:
        return UsageError(f"pytest cannot use the selection {select!r}", fix="It is an expression as for pytest -k.")
    if code == pytest.ExitCode.INTERRUPTED:
        return InterruptedRunError("interrupted")
    return InternalError(
        f"pytest ended with {code} before any scenario was run",
        fix="Install gpconnect-assure again: perhaps a package that it needs is not there.",
    )


def _name_outputs(folder: Path) -> None:
    written = [folder / name for name in OUTPUTS if (folder / name).exists()]
    for path in written:
        print(f"  {path}")  # noqa: T201 - the command's own output
