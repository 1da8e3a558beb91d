"""`gpconnect-assure demo`: the bundled provider assured in every edition, side by side, over mutual TLS."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from conformance.cli.offers import offers
from conformance.cli.selection_options import choice_of, selection_options
from conformance.cli.shared_options import edition_option, keyword_option
from conformance.config.bundled import people
from conformance.core.errors import ExitCode
from conformance.core.resources import data_path
from conformance.evidence.folders import new_folder
from conformance.evidence.reader import scenarios_so_far
from conformance.reporting.heartbeat import EVERY_SECONDS
from conformance.spec import editions, load

_PACK = "core"
_PATIENCE = 15.0  # seconds that an interrupted run has to write its outputs


@dataclass
class EditionRun:
    """One edition's run in a process of its own: what it prints goes to a file, so that it never waits for a reader."""

    edition: str
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def done(self) -> int:
        """How many scenarios the evidence holds so far."""
        return scenarios_so_far(self.folder)


@click.command(name="demo")
@click.option("--out", type=click.Path(path_type=Path), default=Path("reports"), show_default=True, help="Folder.")
@edition_option("Only this edition.", "only")
@keyword_option
@selection_options
@click.option(
    "--pack",
    default="",
    shell_complete=offers("packs"),
    help="The scenarios to run: smoke, core or full  [default: core]",
)
@click.option(
    "--tls/--no-tls",
    default=True,
    show_default=True,
    help="Over mutual TLS, with certificates created for it; over plain HTTP TLS is not tested.",
)
@click.option("--html/--no-html", default=True, help="Also write the pytest-html pages.")
def command(out: Path, only: str | None, select: str, pack: str, tls: bool, html: bool) -> int:
    """Start the bundled provider on free loopback ports, run a pack of scenarios against it, and name the reports.

    With --select and no --pack the choice is among all scenarios.
    """
    from conformance.planning.packs import load_pack
    from conformance.provider.server_process import Apart

    names = [only] if only else list(editions())
    pack = load_pack(pack or ("full" if select or choice_of(click.get_current_context()) else _PACK)).name
    more = ["--pack", pack, *choice_of(click.get_current_context()).words(), *(["--select", select] if select else [])]
    more += [] if html else ["--no-html"]
    began = time.monotonic()
    with ExitStack() as stack:
        certificates = _certificates(stack) if tls else None
        providers = {name: stack.enter_context(Apart(name, tls=certificates)) for name in names}
        addresses = {name: provider.address for name, provider in providers.items()}
        runs: list[EditionRun] = []
        with _ending(runs):  # from the first on: a signal may come while the others are started
            for name, address in addresses.items():
                settings = [*more, *_settings(certificates, address.plain_port)]
                runs.append(_launch(name, address.base_url, new_folder(out / f"demo-{name}"), settings))
            _wait(runs, {name: _scenarios(name, pack) for name in names} if not select else {})
    for run in runs:
        click.echo(f"\n{load(run.edition).title}")
        click.echo(_printed(run.folder).read_text(encoding="utf-8", errors="replace").rstrip())
    click.echo(f"\n{time.monotonic() - began:.1f} s in all")
    if pack != "full":
        click.echo(f"That was pack {pack}: {load_pack(pack).about}. All scenarios: gpconnect-assure demo --pack full")
    return max((run.process.returncode for run in runs), default=int(ExitCode.CONFORMANT))


def _certificates(stack: ExitStack) -> Path:
    """Test certificates, there as long as the stack."""
    from conformance.tls.folder import make_folder

    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    make_folder(folder)
    return folder


def _settings(certificates: Path | None, plain_port: int) -> list[str]:
    """The overrides with which a run knows the certificates."""
    if certificates is None:
        return []
    from conformance.tls.folder import overrides

    settings = {**overrides(certificates), "tls.plain_port": str(plain_port)}
    return [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]


def _launch(edition: str, base_url: str, folder: Path, more: list[str]) -> EditionRun:
    arguments = ["run", "--config", str(data_path("config.example.yaml")), "--out", str(folder), *more]
    arguments += ["--set", f"edition={edition}", "--set", f"provider.base_url={base_url}"]
    arguments += [part for key, value in people().items() for part in ("--set", f"{key}={value}")]
    with _printed(folder).open("wb") as printed:
        process = subprocess.Popen(
            [sys.executable, "-m", "conformance", *arguments],
            stdout=printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C comes to us alone: we end the runs, and a second signal would cut them short
            env=os.environ | {"PYTHONIOENCODING": "utf-8"},  # as it is read here, whatever the system's own encoding
        )
    return EditionRun(edition, folder, process)


def _printed(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.console.txt")  # not in the folder, which the run seals


@contextmanager
def _ending(runs: Sequence[EditionRun]) -> Iterator[None]:
    """Let no run outlive this process: whatever ends the wait ends them, with time to write what they have."""
    try:
        yield
    finally:
        for run in runs:
            if run.process.poll() is None:
                run.process.terminate()
        for run in runs:
            try:
                run.process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                run.process.kill()


def _scenarios(edition: str, pack: str) -> int:
    """How many scenarios a pack has in an edition."""
    from conformance.engine.collection import collect
    from conformance.engine.selection import select
    from conformance.planning.packs import by_pack

    cases = [entry.case for entry in collect() if entry.case.runs_in(edition)]
    return len(select(cases, by_pack([pack], load(edition))))


def _wait(runs: Sequence[EditionRun], totals: Mapping[str, int]) -> None:
    """Wait for all runs, with a bar for each on a terminal, else a line now and then."""
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        _wait_with_bars(runs, totals)
        return
    said = time.monotonic()
    while any(run.process.poll() is None for run in runs):
        if time.monotonic() - said >= EVERY_SECONDS:
            said = time.monotonic()
            click.echo("   ".join(_so_far(run, totals.get(run.edition)) for run in runs), err=True)
        time.sleep(0.1)


def _so_far(run: EditionRun, total: int | None) -> str:
    return f"{run.edition}: {run.done}{f' of {total}' if total else ''} scenarios so far"


def _wait_with_bars(runs: Sequence[EditionRun], totals: Mapping[str, int]) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(32), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks = [(run, bars.add_task(run.edition, total=totals.get(run.edition))) for run in runs]
        while any(run.process.poll() is None for run in runs):
            for run, task in tasks:
                bars.update(task, completed=run.done)
            time.sleep(0.1)
