"""`gpconnect-assure cleanup`: undo what an earlier run left at the provider, from the footprint in its evidence."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.cli.offers import offers
from conformance.cli.shared_options import config_option, set_option
from conformance.core.errors import AssureError, ExitCode, UsageError

if TYPE_CHECKING:
    from conformance.config.model import Config
    from conformance.core.footprint import Receipt
    from conformance.core.results import RunInfo


@click.command(name="cleanup")
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path), shell_complete=offers("runs"))
@config_option(required=True)
@set_option
def command(run: Path, config: Path, overrides: tuple[str, ...]) -> int:
    """Cancel the bookings that a run left at the provider, also those of a run that was killed.

    RUN is the run's folder, or its evidence.sqlite; give the configuration and the --set values that the run had. Bookings
    are looked for among the appointments of the run's patients. Only what the run made is cancelled: an appointment that may
    be another's is named and stays. Registrations are named; GP Connect has no way to undo them. It can be run again at any
    time, but is refused while the run is still going on. What is done is noted in the run's evidence, or where the run is
    sealed in a copy in RUN-cleanup-1 (2, 3, …), whose seal names that of the run; `report` writes the report from it.

    Exit codes: 0 nothing is left, 3 something is left or the provider does not respond, 2 usage or configuration.
    """
    from conformance.config.loading import load_config, pairs

    return clean(run, load_config(config, overrides=pairs(overrides)))


def clean(run: Path, config: Config) -> int:
    """Undo what a run left with a configuration read already; say what was done and return the exit code."""
    from conformance.evidence.left_behind import file_to_update
    from conformance.evidence.reader import close_evidence, read_evidence
    from conformance.redaction.run_key import kept_key

    recorded = read_evidence(run)
    close_evidence(recorded)
    _need_same_provider(recorded.run, run, config)
    folder = run if run.is_dir() else run.parent
    with file_to_update(run) as path:
        before, after = _cleaned(config, path, kept_key(folder))
    undone = [one for one in after.cancelled if one not in before.cancelled]
    click.echo(f"Cancelled: {', '.join(undone)}" if undone else "There was nothing to cancel.")
    for line in after.sentences[1:]:
        click.echo(line)
    click.echo(f"{len(after.left)} left at the provider." if after.left else "Nothing is left at the provider.")
    if path.parent != folder:
        click.echo(f"The run is sealed and stays as it is; this is noted in {path}")
    return ExitCode.UNTESTABLE if after.left else ExitCode.CONFORMANT


def _cleaned(config: Config, path: Path, key: bytes | None) -> tuple[Receipt, Receipt]:
    """Undo what the footprint in an evidence file says, and return the receipts before and after."""
    from conformance.core.footprint import receipt
    from conformance.engine.clean_up import clean_up
    from conformance.engine.session import Session
    from conformance.evidence.footprint import FootprintFile, keep_footprint
    from conformance.pytest_plugin.redacting import redactor_of

    file = FootprintFile(path)
    session = Session(config)
    try:
        keep_footprint(session.footprint, file, redactor_of(config, key))
        before = receipt(session.footprint.changes.values())
        clean_up(session)
        return before, receipt(file.changes)
    finally:
        session.close()
        file.close()


def _need_same_provider(run: RunInfo, folder: Path, config: Config) -> None:
    if run.provider != config.provider.base_url:
        raise UsageError(
            f"the run in {folder} was against {run.provider}, and the configuration names {config.provider.base_url}",
            fix="Give the configuration of that run, and its --set values.",
        )
    if run.edition != config.edition:
        raise UsageError(
            f"the run in {folder} was in edition {run.edition}, and the configuration says {config.edition}",
            fix="Give the configuration of that run, and its --set values.",
        )


def offer(config: Config, file: Path, out: Path | None, *, overridden: bool) -> None:
    """Before a run: where the last one against the same provider left something, ask whether to undo it, or say how.

    `file` is the configuration as the user named it, `overridden` whether --set values were given beside it.
    """
    from conformance.evidence.left_behind import last_left

    runs = out.resolve().parent if out else Path(config.run.reports)
    left = last_left(runs, config.provider.base_url, config.edition)
    if left is None:
        return
    what = f"The run in {left.folder} left {len(left.receipt.left)} at the provider: {'; '.join(left.receipt.left[:3])}"
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        more = " with the same --set values" if overridden else ""
        click.echo(f"{what}. To undo it{more}: gpconnect-assure cleanup {left.folder} --config {file}", err=True)
        return
    click.echo(what)
    if click.confirm("Undo it now?", default=True):
        try:
            clean(left.folder, config)
        except AssureError as error:
            click.echo(str(error), err=True)
