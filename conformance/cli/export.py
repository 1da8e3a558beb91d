"""`gpconnect-assure export`: the exchanges of a run or a scenario as an HTTP Archive, as curl commands or as files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.cli.offers import offers

if TYPE_CHECKING:
    from conformance.core.exchange import Exchange
    from conformance.core.results import RunResult


@click.command(name="export")
@click.argument("recorded", metavar="RUN", type=click.Path(path_type=Path), shell_complete=offers("runs"))
@click.option("--scenario", "scenarios", metavar="ID", multiple=True, help="Only of this scenario; may be repeated.")
@click.option("--as", "form", type=click.Choice(["har", "curl", "files"]), default="har", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="File, or folder for files (default: standard output).")
def command(recorded: Path, scenarios: tuple[str, ...], form: str, out: Path | None) -> int:
    """Write the exchanges of a run (its folder, or evidence.sqlite) for other tools.

    har is an HTTP Archive 1.2, curl a shell script, files a folder with a head and a body for each message. Tokens and
    patients are masked as in the evidence.
    """
    from conformance import __version__
    from conformance.core.errors import UsageError
    from conformance.evidence.reader import read_evidence
    from conformance.reporting import exchange_files, har
    from conformance.reporting.writing import write_whole

    exchanges = _chosen(read_evidence(recorded), scenarios)
    if form == "files":
        if out is None:
            raise UsageError("files need a folder", fix="Name it with --out DIR.")
        click.echo(f"{exchange_files.write_files(exchanges, out)} exchanges written to {out}")
        return 0
    pieces = har.pieces(exchanges, __version__) if form == "har" else exchange_files.curl_commands(exchanges)
    if out is None:
        for piece in pieces:
            click.echo(piece, nl=False)
    else:
        write_whole(out, *(piece.encode("utf-8", "backslashreplace") for piece in pieces))
    return 0


def _chosen(result: RunResult, scenarios: tuple[str, ...]) -> Iterator[Exchange]:
    """The exchanges of the scenarios named, of the whole run where none is; UsageError for one that the run lacks."""
    from conformance.core.errors import UsageError
    from conformance.core.near_names import did_you_mean

    known = {one.id: one for one in result.scenarios}
    for name in scenarios:
        if name not in known:
            raise UsageError(f"the run has no scenario {name!r}", fix=did_you_mean(name, known))
    numbers = (
        sorted({number for name in scenarios for number in known[name].exchanges}) if scenarios else result.exchanges
    )
    return (result.exchanges[number] for number in numbers if number in result.exchanges)
