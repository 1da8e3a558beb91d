"""`gpconnect-assure run`: the scenarios against a provider, through pytest, with reports."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from conformance.cli.offers import offers
from conformance.cli.selection_options import choice_of, selection_options
from conformance.cli.shared_options import (
    config_option,
    gate_options,
    keyword_option,
    packs_option,
    read_only_option,
    set_option,
    since_option,
    waivers_option,
    xlsx_option,
)
from conformance.core.gates import Gates
from conformance.engine.selection_options import Choice

if TYPE_CHECKING:
    from conformance.config.model import Config
    from conformance.pytest_plugin.choosing import Wanted


@click.command(name="run")
@config_option()
@keyword_option
@selection_options
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the run's outputs.")
@set_option
@click.option("--strict", is_flag=True, help="SHALLs that are only derived from the text fail instead of warning.")
@click.option("--html/--no-html", default=True, show_default=True, help="Also write the pytest-html page.")
@click.option(
    "--resume",
    metavar="RUN",
    type=click.Path(path_type=Path),
    shell_complete=offers("runs"),
    help="Go on with the run that ended early in RUN.",
)
@packs_option("Only a pack: smoke, core or full. May be repeated.")
@click.option("--shard", metavar="K/N", help="Only one shard of the selection: 2/5 is the second of five (see merge).")
@read_only_option("Only scenarios that send nothing but what reads; nothing else is sent.")
@click.option("--first-failure", "-x", is_flag=True, help="Stop at the first failure.")
@gate_options
@click.option(
    "--workers", type=click.IntRange(1, 64), metavar="N", help="Play scenarios in N processes at the same time."
)
@click.option(
    "--max-rate", type=click.FloatRange(0), metavar="N", help="Requests a second that the provider sees at the most."
)
@click.option(
    "--max-connections", type=click.IntRange(0, 64), metavar="N", help="Connections that it sees at the most."
)
@waivers_option
@since_option
@xlsx_option
@click.option("--watch", is_flag=True, help="Stay, and run again on a key or when the provider comes back.")
def command(
    config: Path | None,
    select: str,
    out: Path | None,
    overrides: tuple[str, ...],
    strict: bool,
    html: bool,
    resume: Path | None,
    first_failure: bool,
    fail_on: tuple[str, ...],
    min_verified: float | None,
    waivers: Path | None,
    since: Path | None,
    xlsx: bool,
    watch: bool,
    packs: tuple[str, ...],
    read_only: bool,
    shard: str | None,
    workers: int | None,
    max_rate: float | None,
    max_connections: int | None,
) -> int:
    """Drive the scenarios against the configured provider, judge them and write the reports.

    With --shard K/N one of N parts of the selection is run, which the facts of the scenarios decide alone. `merge` makes one
    run of all of them. Gates on the whole (--min-verified) are given to merge.

    With --resume a run that ended early (the provider went away, the run was stopped) goes on in its folder: scenarios that
    ended are kept, the rest is run, and the outputs are those of the whole. The configuration is that of the run, unless
    another is named; --set values have to be given again.
    """
    from conformance.cli.cleanup import offer
    from conformance.config.loading import load_config, pairs
    from conformance.core.errors import UsageError
    from conformance.planning.sharding import read_shard
    from conformance.pytest_plugin.choosing import Wanted
    from conformance.pytest_plugin.launch import launch
    from conformance.pytest_plugin.resume import configuration_of

    bounds = {"run.workers": workers, "run.max_rate": max_rate, "run.max_connections": max_connections}
    overrides += tuple(f"{key}={value}" for key, value in bounds.items() if value is not None)
    part = read_shard(shard) if shard is not None else None
    wanted = Wanted(packs, read_only, choice_of(click.get_current_context()), part)
    if resume is not None and (select or out or wanted != Wanted()):
        raise UsageError(
            "--resume goes on in the folder of a run, with its selection: leave options that choose scenarios and --out out"
        )
    if config is None and resume is None:
        raise click.UsageError("Missing option '--config' / '-c'.")
    if part and min_verified is not None:
        raise UsageError("--min-verified is about the whole run: give it to gpconnect-assure merge")
    if watch and (resume is not None or out is not None):
        raise UsageError("--watch makes a new folder for each run: leave --resume and --out out")
    options: dict[str, Any] = {
        "overrides": overrides,
        "strict": strict,
        "html": html,
        "first_failure": first_failure,
        "gates": Gates(frozenset(fail_on), min_verified),
        "waivers": waivers,
        "since": since,
        "workbook": xlsx,
    }
    file = config or configuration_of(resume or Path())
    loaded = load_config(file, overrides=pairs(overrides))
    if resume is None and not read_only:
        offer(loaded, file, out, overridden=bool(overrides))
    if watch:
        return _watch(loaded, file, select, wanted, options)
    return launch(loaded, file, select=select, wanted=wanted, out=out, resume=resume, **options)


def _watch(config: Config, file: Path, select: str, wanted: Wanted, options: dict[str, Any]) -> int:
    """Run again and again; the configuration is read anew for each run, as it may have been changed in between."""
    from conformance.cli.watching import Watch, keys, provider_at
    from conformance.config.loading import load_config, pairs
    from conformance.pytest_plugin.launch import launch
    from conformance.pytest_plugin.run import output_folder

    last: list[Path] = []

    def run(only_failed: bool) -> int:
        chosen = replace(wanted, choice=Choice({"failed-from": (str(last[-1]),)})) if only_failed and last else wanted
        folder = output_folder(config)
        try:
            now = load_config(file, overrides=pairs(options["overrides"]))
            code = launch(
                now, file, select="" if chosen is not wanted else select, wanted=chosen, out=folder, **options
            )
        finally:
            with suppress(OSError):
                folder.rmdir()  # made for a run that did not take place: nothing is in it
        last.append(folder)
        return code

    return Watch(run, provider_at(config.provider.base_url), keys(), click.echo).watch()
