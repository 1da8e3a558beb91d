"""`gpconnect-assure scenarios`: what there is to run."""

from __future__ import annotations

import json

import click

from conformance.cli.selection_options import choice_of, selection_options
from conformance.cli.shared_options import edition_option


@click.command(name="scenarios")
@edition_option("Only this edition.")
@selection_options
@click.option("--modules", is_flag=True, help="Name the module of each scenario in place of its title.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def command(edition: str | None, modules: bool, as_json: bool) -> int:
    """List the scenarios with their requirements and the faults known to break them."""
    from conformance.engine.collection import collect
    from conformance.engine.scenario import weigh
    from conformance.pytest_plugin.choosing import Wanted, chosen_ids
    from conformance.spec import editions, load

    names = [edition] if edition else editions()
    chosen = chosen_ids(Wanted(choice=choice_of(click.get_current_context())), names)
    rows = []
    for name in names:
        loaded = load(name)
        for entry in collect():
            if entry.case.id in chosen[name]:
                rows.append(
                    {
                        "id": entry.case.id,
                        "title": entry.case.title,
                        "edition": name,
                        "interaction": entry.case.interaction,
                        "module": entry.function.__module__,
                        "level": weigh(entry.case, loaded).level,
                        "requirements": list(entry.case.requirement_ids(name)),
                        "faults": list(entry.case.fault_ids(name)),
                    }
                )
    if as_json:
        click.echo(json.dumps({"scenarios": rows}, indent=1))
        return 0
    for row in rows:
        click.echo(f"{row['edition']:6} {row['id']:58} {row['level']:6} {row['module' if modules else 'title']}")
    click.echo(f"{len(rows)} scenarios")
    return 0
