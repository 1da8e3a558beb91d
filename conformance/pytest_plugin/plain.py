"""What plain pytest does as the console command does it: the pytest-html page, the last words, the exit code."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.core.errors import ExitCode, UsageError
from conformance.core.gates import Gates
from conformance.pytest_plugin.options import BOUNDS

if TYPE_CHECKING:
    from conformance.pytest_plugin.marking import Marks
    from conformance.pytest_plugin.run import Run

_PAGE = "pytest.html"
OUTPUTS = ("report.html", _PAGE, "results.json", "junit.xml", "requirements.xlsx", "evidence.sqlite")
"""The files that a run may have written into its folder."""

_CODES: dict[int, ExitCode] = {
    pytest.ExitCode.NO_TESTS_COLLECTED: ExitCode.USAGE,
    pytest.ExitCode.USAGE_ERROR: ExitCode.USAGE,
    pytest.ExitCode.INTERNAL_ERROR: ExitCode.OUR_FAULT,
    pytest.ExitCode.INTERRUPTED: ExitCode.INTERRUPTED,
}


def without_run(exitstatus: int) -> int:
    """Return our exit code for one of pytest's own where no scenario was run."""
    return int(_CODES.get(exitstatus, exitstatus))


def own_page(config: pytest.Config, folder: Path) -> None:
    """Let pytest-html write its page into the run's folder where plain pytest is called with --gpc-config."""
    named = config.getoption("htmlpath", "absent")
    if named is None and config.getoption("--gpc-config") and not config.option.collectonly:
        config.option.htmlpath = str(folder / _PAGE)
        config.option.self_contained_html = True


def leave_nothing(config: pytest.Config, folder: Path) -> None:
    """Remove what was made for a run that did not take place: pytest-html's page, and the folder where it is ours."""
    with suppress(OSError):
        (folder / _PAGE).unlink(missing_ok=True)
        if config.getoption("--gpc-out") is None:
            folder.rmdir()


def note_share(run: Run, scenarios: int) -> None:
    """Let a run say how many of the edition's scenarios it is of, where pytest chose fewer by node ids, --lf and the like."""
    if run.earlier is not None or run.info.settings.keys() & {"selection", "pack", "shard"}:
        return
    from conformance.engine.collection import collect

    whole = sum(entry.case.runs_in(run.edition) for entry in collect())
    if scenarios < whole:
        run.info.settings["scenarios"] = f"{scenarios} of {whole}"


def gates_of(config: pytest.Config) -> Gates:
    """Return the gates of the call. Raises UsageError for a percentage that is none."""
    least = config.getoption("--gpc-min-verified")
    if least is not None and not 0 <= least <= 100:
        raise UsageError(f"--gpc-min-verified {least:g}: a percentage is from 0 to 100")
    if least is not None and config.getoption("--gpc-shard"):
        raise UsageError("--gpc-min-verified is about the whole run: give --min-verified to gpconnect-assure merge")
    return Gates(frozenset(config.getoption("--gpc-fail-on")), least)


def marks_of(config: pytest.Config, edition: str) -> Marks:
    """Return the waivers and the older run that the call names. Raises UsageError where they cannot be used."""
    from conformance.pytest_plugin.marking import Marks

    read: Marks | None = getattr(config, "gpc_marks", None)  # by the console command
    if read is not None:
        return read
    named = (config.getoption(f"--gpc-{name}") for name in ("waivers", "since"))
    waivers, since = (Path(value) if value else None for value in named)
    return Marks.read(waivers, since, edition)


def bounds_of(config: pytest.Config) -> dict[str, str]:
    """Return what the options that bound a run say, as overrides of its configuration. UsageError for xdist's own workers."""
    if getattr(config.option, "numprocesses", None) or getattr(config.option, "tx", None):
        raise UsageError("scenarios are not played by workers of -n or --tx", fix="Give --gpc-workers N in its place.")
    given = {name: config.getoption(f"--gpc-{name}") for name in BOUNDS}
    return {f"run.{name.replace('-', '_')}": str(value) for name, value in given.items() if value is not None}


def workbook_of(config: pytest.Config) -> bool:
    """Return whether the call wants a workbook. Raises UsageError where it cannot be written."""
    if config.getoption("--gpc-xlsx"):
        from conformance.reporting.xlsx import check_installed

        check_installed()
    return bool(config.getoption("--gpc-xlsx"))


def summary(terminalreporter: Any, run: Run) -> None:
    """Print the overall verdict, the gates that were missed, and the files that were written."""
    terminalreporter.section("gpconnect-assure")
    for line in run.last_words:
        terminalreporter.write_line(line)
    for name in OUTPUTS:
        if (run.folder / name).exists() or name == _PAGE == Path(
            terminalreporter.config.getoption("htmlpath", None) or ""
        ).name:
            terminalreporter.write_line(f"  {run.folder / name}")
