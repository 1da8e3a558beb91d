"""`gpconnect-assure check`: whether a run may begin, what it would test, and what it would cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.cli.shared_options import config_option, packs_option, read_only_option, set_option
from conformance.core.errors import ExitCode

if TYPE_CHECKING:
    from conformance.config.model import Config
    from conformance.engine.scenario import Case
    from conformance.engine.session import Session
    from conformance.planning.facts import ScenarioFacts
    from conformance.readiness.checkup import Checkup


@click.command(name="check")
@config_option(required=True)
@set_option
@packs_option("For a pack: smoke, core or full.")
@read_only_option("For the scenarios that send nothing but what reads.")
def command(config: Path, overrides: tuple[str, ...], packs: tuple[str, ...], read_only: bool) -> int:
    """Look whether a provider can be tested with a configuration, before anything is tested.

    Says what is in order and what is not, which scenarios will run and which key the others want, and what a run costs the
    provider. Changes nothing there. Exit code 0: ready; 3: not fit, and the key is named.
    """
    from conformance.config.loading import load_config, pairs
    from conformance.engine.collection import collect
    from conformance.engine.selection import select
    from conformance.engine.session import Session
    from conformance.planning.cost import cost_of, wanting
    from conformance.planning.facts import read_facts
    from conformance.pytest_plugin.choosing import Wanted
    from conformance.readiness.checkup import checkup
    from conformance.readiness.discovery import completed, discover, missing

    loaded = load_config(config, overrides=pairs(overrides))
    wanted = Wanted(packs, read_only)
    session = Session(loaded)
    session.read_only = True
    every = [entry.case for entry in collect() if entry.case.runs_in(loaded.edition)]
    cases = select(every, wanted.criteria(session.edition))
    facts = dict(read_facts(session.edition))
    try:
        seen = checkup(session, cases, facts)
        filled: tuple[str, ...] = ()
        if seen.latency is not None:
            data, filled = completed(loaded.data, discover(session, missing(loaded)))
            loaded = replace(loaded, data=data)
        will_run = [case for case in cases if not wanting(case, loaded, facts)]
        seen = replace(seen, cost=cost_of(will_run, facts, loaded))
    finally:
        session.close()
    _say(seen, loaded, session, cases, facts, filled)
    return ExitCode.CONFORMANT if seen.fit else ExitCode.UNTESTABLE


def _say(
    seen: Checkup,
    config: Config,
    session: Session,
    cases: Sequence[Case],
    facts: Mapping[str, ScenarioFacts],
    filled: Sequence[str],
) -> None:
    click.echo(f"{session.edition.title} at {config.provider.base_url}\n")
    for row in seen.rows:
        click.echo(
            f"  {row.state:8} {row.what}: {row.said}{f' ({row.key})' if row.key and row.key not in row.said else ''}"
        )
    if filled:
        click.echo(f"\nLeft out of the configuration and found at the provider: {', '.join(filled)}")
    _say_groups(config, session, cases, facts)
    _say_cost(seen)
    keys = list(dict.fromkeys(row.key for row in seen.rows if row.state == "NOT FIT" and row.key))
    verdict = "Ready." if seen.fit else f"Not fit{': see ' + ', '.join(keys) if keys else ''}."
    click.echo(f"\n{verdict}")


def _say_groups(config: Config, session: Session, cases: Sequence[Case], facts: Mapping[str, ScenarioFacts]) -> None:
    from conformance.planning.cost import by_want, wanting
    from conformance.planning.needs import in_words

    click.echo("\nWhat will run")
    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault(case.interaction, []).append(case)
    for key, group in groups.items():
        run = sum(not wanting(case, config, facts) for case in group)
        click.echo(f"  {session.edition.interactions[key].title:34}{run:5} of {len(group)}")
    lacking = by_want(cases, config, facts)
    if lacking:
        click.echo("\nWhat will not run, by what the configuration lacks")
        for need, lost in sorted(lacking.items(), key=lambda row: -len(row[1])):
            click.echo(f"  {len(lost):5}  {in_words(need)}")


def _say_cost(seen: Checkup) -> None:
    from conformance.planning.cost import MOST_REQUESTS, suggested_workers

    cost = seen.cost
    click.echo("\nWhat a run costs the provider")
    click.echo(f"  {_counted(cost.requests, 'request')}, of which {cost.writes} may change something")
    click.echo(f"  {cost.mean:.2f} requests a scenario in the mean; the budget is {MOST_REQUESTS:g}")
    click.echo(f"  {_counted(cost.bookings, 'booking')}, {cost.at_once} at once at the most, each cancelled again")
    stay = ", to be undone by the practice alone: no interaction takes them back" if cost.registrations else ""
    click.echo(f"  {_counted(cost.registrations, 'registration')}{stay}")
    if seen.latency is not None:
        minutes = cost.minutes(seen.latency)
        click.echo(
            f"  about {max(minutes, 0.1):.1f} minutes at {seen.latency * 1000:.0f} ms a response, played one by one"
        )
        workers = suggested_workers(seen.latency)
        if workers > 1:
            click.echo(
                f"  --workers {workers} would suit that latency: a run has as many unless run.workers says otherwise"
            )


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
