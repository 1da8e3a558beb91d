"""Start pytest on the scenarios the way the console command does: our progress in place of pytest's dots."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from conformance.config.loading import load_config
from conformance.core.errors import ExitCode
from conformance.plugin import hooks
from conformance.plugin.run import output_folder, pairs


def launch(
    config: Path,
    *,
    select: str = "",
    out: Path | None = None,
    overrides: Sequence[str] = (),
    strict: bool = False,
    html: bool = True,
    first_failure: bool = False,
) -> int:
    """Run the scenarios that `select` matches and return the exit code (core.errors.ExitCode).

    `overrides` are KEY=VALUE texts for the configuration; `out` is the folder of the outputs.
    """
    folder = out or output_folder(load_config(config, overrides=pairs(overrides)))
    arguments = ["--pyargs", "conformance.scenarios", "-c", os.devnull, "-p", "no:cacheprovider", "-p", "no:warnings"]
    arguments += ["--rootdir", str(Path.cwd()), "--gpc-config", str(config), "--capture=no", "-qq", "--no-summary"]
    arguments += [part for item in overrides for part in ("--gpc-set", item)]
    arguments += ["-k", select] if select else []
    arguments += ["--gpc-out", str(folder)]
    arguments += ["--gpc-strict"] if strict else []
    arguments += ["-x"] if first_failure else []
    page = folder / "pytest.html"
    arguments += ["--html", str(page), "--self-contained-html"] if html else []
    console = hooks.Console()
    code = int(pytest.main(arguments, plugins=[console]))
    if console.stopped is not None:
        return int(console.stopped)
    _name_outputs(folder)
    return _exit_code(code)


def _name_outputs(folder: Path) -> None:
    names = ("report.html", "pytest.html", "results.json", "junit.xml", "journal.jsonl")
    written = [folder / name for name in names if (folder / name).exists()]
    for path in written:
        print(f"  {path}")  # noqa: T201 - the command's own output


def _exit_code(code: int) -> int:
    """Return our exit code for pytest's: its own meanings of 2 to 5 are not ours when no run took place."""
    if code == pytest.ExitCode.INTERRUPTED:
        return ExitCode.INTERRUPTED
    if code == pytest.ExitCode.NO_TESTS_COLLECTED:
        return ExitCode.USAGE
    return code
