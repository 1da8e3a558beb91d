"""`gpconnect-assure requirements`: the catalogue against the scenarios."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

import click

from conformance.cli.shared_options import edition_option


@click.command(name="requirements")
@edition_option("Only this edition.", "only")
@click.option("--open", "only_open", is_flag=True, help="Only what is neither verified nor explained.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def command(only: str | None, only_open: bool, as_json: bool) -> int:
    """Print each requirement with its level, the scenarios that verify it, and its status. Exit 1 when a SHALL is open."""
    from conformance.engine.coverage import OPEN, coverage
    from conformance.spec import editions, load

    rows = [(name, row) for name in ([only] if only else editions()) for row in coverage(load(name))]
    shown = [(name, row) for name, row in rows if row.status == OPEN or not only_open]
    if as_json:
        click.echo(
            json.dumps(
                {
                    "requirements": [
                        {
                            "edition": name,
                            "id": row.requirement.id,
                            "level": row.requirement.level,
                            "basis": row.requirement.basis,
                            "actor": row.requirement.actor,
                            "text": row.requirement.text,
                            "source": row.requirement.source,
                            "status": row.status,
                            "reason": row.reason,
                            "scenarios": list(row.scenarios),
                        }
                        for name, row in shown
                    ]
                },
                indent=1,
            )
        )
    else:
        for _, row in shown:
            scenarios = ", ".join(row.scenarios[:4]) + (
                f" and {len(row.scenarios) - 4} more" if len(row.scenarios) > 4 else ""
            )
            requirement = row.requirement
            click.echo(
                f"{requirement.id:20} {requirement.level:10} {row.status:9} {scenarios or row.reason or requirement.text}"
            )
    _summary(rows, as_json)
    binding = [row for _, row in rows if row.status == OPEN and row.requirement.level.startswith(("SHALL", "MUST"))]
    return 1 if binding else 0


def _summary(rows: Sequence[tuple[str, object]], quiet: bool) -> None:
    if quiet:
        return
    for name in sorted({name for name, _ in rows}):
        counts = Counter(getattr(row, "status", "") for of, row in rows if of == name)
        click.echo(f"{name}: " + ", ".join(f"{count} {status}" for status, count in sorted(counts.items())))
