"""`gpconnect-assure merge`: one run of all its shards."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.cli.offers import offers
from conformance.cli.shared_options import gate_options, since_option, waivers_option, xlsx_option
from conformance.core.gates import Gates

if TYPE_CHECKING:
    from conformance.core.results import RunResult
    from conformance.pytest_plugin.marking import Marks

_PAGE = "pytest.html"


@click.command(name="merge")
@click.argument("folders", metavar="RUN...", nargs=-1, type=click.Path(path_type=Path), shell_complete=offers("runs"))
@click.option("--out", type=click.Path(path_type=Path), help="A new folder (default: RUN-merged-1 beside the first).")
@click.option("--html/--no-html", default=True, show_default=True, help="Also write the pytest-html page.")
@gate_options
@waivers_option
@since_option
@xlsx_option
@click.option(
    "--signing-key", type=click.Path(path_type=Path), metavar="FILE", help="Sign the seal with this Ed25519 key (PEM)."
)
def command(
    folders: tuple[Path, ...],
    out: Path | None,
    html: bool,
    fail_on: tuple[str, ...],
    min_verified: float | None,
    waivers: Path | None,
    since: Path | None,
    xlsx: bool,
    signing_key: Path | None,
) -> int:
    """Make one run of all its shards (run --shard K/N), with every output that a run has. Nothing is sent.

    Verdicts, finding codes and causes are those of a run of the whole selection: what must hold of all responses is judged
    over the responses of all shards. The new folder is sealed, and its manifest names the seals of the shards, which stay as
    they are.

    Exit codes: those of a run; 2 where a shard is missing, named twice, changed or not sealed, or where the shards are not of
    one selection, provider, configuration and version.
    """
    from conformance.evidence.folders import new_folder
    from conformance.evidence.seal import folder_beside, seal
    from conformance.merging.run import merge
    from conformance.merging.shards import read_shards
    from conformance.pytest_plugin.fingerprints import of_tool
    from conformance.pytest_plugin.marking import Marks
    from conformance.reporting.xlsx import check_installed

    shards = read_shards(folders, of_tool())
    marks = Marks.read(waivers, since, shards[0].run.edition)
    if xlsx:
        check_installed()
    folder = out or new_folder(folder_beside(shards[0].folder, "merged"))
    run = merge(shards, folder)
    result = _write(run, folder, marks, html=html, workbook=xlsx)
    sealed = seal(folder, run.run.id, parents=[one.seal for one in shards], key=signing_key)
    click.echo(f"{len(shards)} shards merged: {len(run.scenarios)} scenarios")
    code = _end(result, Gates(frozenset(fail_on), min_verified))
    for path in sorted(path for path in folder.iterdir() if path.suffix in (".html", ".json", ".xml", ".sqlite")):
        click.echo(f"  {path}")
    click.echo(f"  seal {sealed.seal} (gpconnect-assure verify {folder})")
    return code


def _write(run: RunResult, folder: Path, marks: Marks, *, html: bool, workbook: bool) -> RunResult:
    """Write the outputs of a run and return it with its marks."""
    from conformance.evidence.seal import UNSEALED
    from conformance.pytest_plugin.recorded_page import write_page
    from conformance.pytest_plugin.requirement_texts import requirement_texts
    from conformance.reporting.writing import write_all
    from conformance.spec import load

    result = marks.on(run)
    write_all(result, folder, catalogue=requirement_texts(load(run.run.edition)), seal=UNSEALED, workbook=workbook)
    if html:
        write_page(result, folder / _PAGE)
    return result


def _end(result: RunResult, gates: Gates) -> int:
    """Say what a run came to, and return its exit code."""
    from conformance.pytest_plugin.exit_codes import exit_code
    from conformance.reporting import job_annotations
    from conformance.reporting.outcome import outcome

    verdict, missed = outcome(result), tuple(gates.missed(result))
    said = (*missed, *(job_annotations.lines(result) if job_annotations.wanted() else ()))
    for line in (f"{verdict.word}: {verdict.sentence}", *said):
        click.echo(line)
    broken = any(notice.code == "interaction-broken" for notice in result.run.notices)
    return exit_code(result, broken=broken, missed=missed)
