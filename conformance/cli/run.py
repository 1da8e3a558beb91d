"""`gpconnect-assure run`: the scenarios against a provider, through pytest, with reports."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(name="run")
@click.option("--config", "-c", "config", type=click.Path(path_type=Path), help="Configuration (YAML).")
@click.option("--select", "-k", default="", help="Only scenarios whose name matches this pytest -k expression.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the run's outputs.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override a configured value.")
@click.option("--strict", is_flag=True, help="SHALLs that are only derived from the text fail instead of warning.")
@click.option("--html/--no-html", default=True, show_default=True, help="Also write the pytest-html page.")
@click.option(
    "--resume", metavar="RUN", type=click.Path(path_type=Path), help="Go on with the run that ended early in RUN."
)
@click.option(
    "--pack", "packs", multiple=True, metavar="NAME", help="Only a pack: smoke, core or full. May be repeated."
)
@click.option(
    "--read-only", is_flag=True, help="Only scenarios that send nothing but what reads; nothing else is sent."
)
@click.option("--first-failure", "-x", is_flag=True, help="Stop at the first failure.")
def command(
    config: Path | None,
    select: str,
    out: Path | None,
    overrides: tuple[str, ...],
    strict: bool,
    html: bool,
    resume: Path | None,
    first_failure: bool,
    packs: tuple[str, ...],
    read_only: bool,
) -> int:
    """Drive the scenarios against the configured provider, judge them and write the reports.

    With --resume a run that ended early (the provider went away, the run was stopped) goes on in its folder: scenarios that
    ended are kept, the rest is run, and the outputs are those of the whole. The configuration is that of the run, unless
    another is named; --set values have to be given again.
    """
    from conformance.cli.cleanup import offer
    from conformance.core.errors import UsageError
    from conformance.pytest_plugin.choosing import Wanted
    from conformance.pytest_plugin.launch import launch
    from conformance.pytest_plugin.resume import configuration_of

    if resume is not None and (select or out or packs or read_only):
        raise UsageError(
            "--resume goes on in the folder of a run, with its selection: leave --select, --pack, --read-only and --out out"
        )
    if config is None and resume is None:
        raise click.UsageError("Missing option '--config' / '-c'.")
    if config is not None and resume is None:
        offer(config, overrides, out)
    return launch(
        config or configuration_of(resume or Path()),
        select=select,
        out=out,
        overrides=overrides,
        strict=strict,
        html=html,
        resume=resume,
        first_failure=first_failure,
        wanted=Wanted(packs, read_only),
    )
