"""`gpconnect-assure fleet`: many providers, a run each, and one page of what they came to."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.core.errors import AssureError, ExitCode, TargetError, UsageError

if TYPE_CHECKING:
    from conformance.fleet.model import Fleet
    from conformance.fleet.store import Store
    from conformance.fleet.summary import Summary

_PIP = "pip install 'gpconnect-assure[fleet]'"


@click.command(name="fleet")
@click.argument("fleet", metavar="FLEET.yaml", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the fleet's outputs.")
@click.option(
    "--resume", metavar="DIR", type=click.Path(path_type=Path), help="Go on with the fleet that ended early in DIR."
)
@click.option("--scheduler", default="", metavar="ADDRESS", help="A dask scheduler whose workers play the runs.")
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    metavar="N",
    help="Runs that go on at the same time on this machine (default: its cores).",
)
@click.option(
    "--since",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The earlier fleet to compare with (default: the last one beside this).",
)
def command(
    fleet: Path, out: Path | None, resume: Path | None, scheduler: str, workers: int | None, since: Path | None
) -> int:
    """Assure many providers: a run of a pack for each, in a process of its own, with a time limit.

    FLEET.yaml names a shared configuration, a pack, a time limit, and the providers as a list or as a CSV file. A run that
    its environment ended (exit code 3) is repeated once, after all others. The folder gets fleet.html, fleet.json, one
    junit.xml, and the folder of each run.

    Exit codes: 1 a provider has non-conformities, else 4 a fault of this tool, else 3 a provider could not be tested or was
    not run, else 2 a provider is wrongly configured or a row cannot be used, else 0.
    """
    if out is not None and resume is not None:
        raise UsageError("--resume goes on in the folder of a fleet: leave --out out")
    if workers and scheduler:
        raise UsageError("--workers is for this machine; the workers of a scheduler are started beside it")
    _check_installed()
    from conformance.fleet.reading import read_fleet

    described = read_fleet(fleet)
    for remark in described.remarks:
        click.echo(f"{remark}{' (left out)' if remark.left_out else ''}", err=True)
    store = _store(described, out, resume)
    return _played(described, store, scheduler, workers or 0, since)


def _check_installed() -> None:
    try:
        import distributed  # noqa: F401
    except ImportError:
        raise UsageError("a fleet needs dask.distributed, which is not installed", fix=f"Install it: {_PIP}") from None


def _store(fleet: Fleet, out: Path | None, resume: Path | None) -> Store:
    from conformance.evidence.folders import new_folder
    from conformance.fleet.store import Store

    if resume is not None:
        return Store.go_on(resume)
    stamp = datetime.now(UTC).astimezone().strftime("%Y%m%d-%H%M%S")
    return Store.begin(out or new_folder(fleet.reports / f"fleet-{stamp}"))


def _played(fleet: Fleet, store: Store, scheduler: str, workers: int, since: Path | None) -> int:
    from conformance.fleet.cluster import Cluster, connected
    from conformance.fleet.outputs import last_before, read, writer
    from conformance.fleet.running import FleetRun

    older = read(since) if since else last_before(store.folder, fleet.path.name)
    run = FleetRun(fleet, store, writer(store.folder, older), click.echo)
    again = f"gpconnect-assure fleet {fleet.path} --resume {store.folder} goes on with it."
    try:
        with connected(scheduler, workers) as client:
            summary = run.play(Cluster(client, click.echo))
    except AssureError:
        raise
    except KeyboardInterrupt:
        click.echo(again, err=True)
        raise
    return _said(summary, store.folder, again)


def _said(summary: Summary, folder: Path, again: str) -> ExitCode:
    click.echo(f"\n{summary.sentence}")
    for name in ("fleet.html", "fleet.json", "junit.xml"):
        click.echo(f"  {folder / name}")
    if summary.stopped:
        raise TargetError(f"the fleet ended early: {summary.stopped}", fix=again)
    return summary.code
