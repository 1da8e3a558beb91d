"""`gpconnect-assure demo`: the bundled provider assured in every edition, side by side."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from conformance.cli.offers import offers
from conformance.config.bundled import people
from conformance.core.errors import ExitCode
from conformance.core.resources import data_path
from conformance.reporting.heartbeat import EVERY_SECONDS
from conformance.spec import editions, load

_PATIENCE = 15.0  # seconds that an interrupted run has to write its outputs


@dataclass
class EditionRun:
    """One edition's run in a process of its own: what it prints goes to a file, so that it never waits for a reader."""

    edition: str
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def done(self) -> int:
        """How many scenarios the journal holds so far."""
        journal = self.folder / "journal.jsonl"
        return max(0, journal.read_bytes().count(b"\n") - 1) if journal.exists() else 0


@click.command(name="demo")
@click.option("--out", type=click.Path(path_type=Path), default=Path("reports"), show_default=True, help="Folder.")
@click.option("--edition", "-e", "only", shell_complete=offers("editions"), help="Only this edition.")
@click.option("--select", "-k", default="", help="Only scenarios whose name matches this pytest -k expression.")
@click.option(
    "--tls", is_flag=True, help="Over mutual TLS, with certificates created for it, so that TLS is tested too."
)
@click.option("--html/--no-html", default=True, help="Also write the pytest-html pages.")
def command(out: Path, only: str | None, select: str, tls: bool, html: bool) -> int:
    """Start the bundled provider on free loopback ports, run every scenario against it, and name the reports."""
    from conformance.provider.server_process import Apart

    names = [only] if only else list(editions())
    more = (["--select", select] if select else []) + ([] if html else ["--no-html"])
    began = time.monotonic()
    with ExitStack() as stack:
        certificates = _certificates(stack) if tls else None
        providers = {name: stack.enter_context(Apart(name, tls=certificates)) for name in names}
        addresses = {name: provider.address for name, provider in providers.items()}
        runs = [
            _launch(name, address.base_url, out / f"demo-{name}", [*more, *_settings(certificates, address.plain_port)])
            for name, address in addresses.items()
        ]
        with _ending(runs):
            _wait(runs)
    for run in runs:
        click.echo(f"\n{load(run.edition).title}")
        click.echo(_printed(run.folder).read_text(encoding="utf-8", errors="replace").rstrip())
    click.echo(f"\n{time.monotonic() - began:.1f} s in all")
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
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "journal.jsonl").unlink(missing_ok=True)
    arguments = ["run", "--config", str(data_path("config.example.yaml")), "--out", str(folder), *more]
    arguments += ["--set", f"edition={edition}", "--set", f"provider.base_url={base_url}"]
    arguments += [part for key, value in people().items() for part in ("--set", f"{key}={value}")]
    with _printed(folder).open("wb") as printed:
        process = subprocess.Popen(
            [sys.executable, "-m", "conformance", *arguments],
            stdout=printed,
            stderr=subprocess.STDOUT,
            env=os.environ | {"PYTHONIOENCODING": "utf-8"},  # as it is read here, whatever the system's own encoding
        )
    return EditionRun(edition, folder, process)


def _printed(folder: Path) -> Path:
    return folder / "console.txt"


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


def _wait(runs: Sequence[EditionRun]) -> None:
    """Wait for all runs, saying how many scenarios each has done: all the time on a terminal, else now and then."""
    live, said = sys.stderr.isatty(), time.monotonic()
    while any(run.process.poll() is None for run in runs):
        line = "   ".join(f"{run.edition}: {run.done} scenarios" for run in runs)
        if live:
            click.echo(f"\r{line}", err=True, nl=False)
        elif time.monotonic() - said >= EVERY_SECONDS:
            said = time.monotonic()
            click.echo(line, err=True)
        time.sleep(0.1)
    if live:
        click.echo("", err=True)
