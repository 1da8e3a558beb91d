"""`gpconnect-assure report`: write a run's outputs again from what was recorded of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.cli.offers import offers
from conformance.cli.shared_options import since_option, waivers_option, xlsx_option

if TYPE_CHECKING:
    from conformance.reporting.overview import RequirementText


@click.command(name="report")
@click.argument("recorded", metavar="RUN", type=click.Path(path_type=Path), shell_complete=offers("runs"))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder (default: a new one beside a sealed run, else its own).",
)
@waivers_option
@since_option
@xlsx_option
def command(recorded: Path, out: Path | None, waivers: Path | None, since: Path | None, xlsx: bool) -> int:
    """Write results.json, junit.xml and report.html again from the evidence of a run (its folder, or evidence.sqlite).

    No request is sent. A run that was cut short is reported as incomplete. A sealed run stays as it is. What is
    written to another folder has a seal of its own, which names the seal of the run.

    Exit code 0; with --waivers 1 where a waiver is expired or unused, or where what it excuses passes now.
    """
    from conformance.core.errors import ExitCode, UsageError
    from conformance.evidence.reader import read_evidence
    from conformance.evidence.seal import UNSEALED, folder_beside, read_seal, seal
    from conformance.pytest_plugin.marking import Marks
    from conformance.reporting.outcome import outcome
    from conformance.reporting.writing import write_all
    from conformance.reporting.xlsx import FILE_NAME, check_installed

    result = read_evidence(recorded)
    if xlsx:
        check_installed()
    result = Marks.read(waivers, since, result.run.edition).on(result)
    source = recorded if recorded.is_dir() else recorded.parent
    parent = read_seal(source)
    folder = out or (folder_beside(source, "report") if parent else source)
    if read_seal(folder):
        raise UsageError(f"{folder} is sealed, and stays as it is", fix="Name a folder that does not exist yet.")
    apart = folder.resolve() != source.resolve()
    catalogue = _catalogue(result.run.edition)
    outputs = write_all(result, folder, catalogue=catalogue, seal=UNSEALED if apart else "", workbook=xlsx)
    if apart:
        seal(folder, result.run.id, parent=parent)
    verdict = outcome(result)
    click.echo(f"{verdict.word}: {verdict.sentence}")
    missed = [use.sentence for use in result.waivers if use.missed]
    for line in missed:
        click.echo(line)
    for path in (outputs.report, outputs.results, outputs.junit, *([folder / FILE_NAME] if xlsx else [])):
        click.echo(str(path))
    return ExitCode.NON_CONFORMANT if missed else ExitCode.CONFORMANT


def _catalogue(edition: str) -> dict[str, RequirementText]:
    """Return the requirement texts of an edition; none when the run is of an edition that this version lacks."""
    from conformance.pytest_plugin.requirement_texts import requirement_texts
    from conformance.spec import editions, load

    return requirement_texts(load(edition)) if edition in editions() else {}
