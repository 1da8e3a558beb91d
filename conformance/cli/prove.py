"""`gpconnect-assure prove`: the suite proven on the bundled provider's faults."""

from __future__ import annotations

import time
from pathlib import Path

import click

from conformance.cli.offers import offers
from conformance.core.errors import ExitCode


@click.command(name="prove")
@click.option(
    "--edition",
    "-e",
    "only",
    multiple=True,
    shell_complete=offers("editions"),
    help="Only this edition; may be repeated.",
)
@click.option("--quick", is_flag=True, help="Try on each fault only the scenarios that name it: --near 0 --far 0.")
@click.option(
    "--near", type=click.IntRange(0), help="How many other scenarios of a fault's area to try.  [default: all]"
)
@click.option("--far", type=click.IntRange(0), default=12, show_default=True, help="How many of other areas to try.")
@click.option("--seed", default=1, show_default=True, help="What the scenarios and pairs are drawn by.")
@click.option("--pairs", type=click.IntRange(0), default=0, help="How many pairs of faults to try at once as well.")
@click.option(
    "--select",
    "-k",
    default="",
    shell_complete=offers("faults"),
    help="Only faults whose name, or a scenario of theirs, holds this text.",
)
@click.option(
    "--workers", type=click.IntRange(0), default=0, help="Processes, each with its providers.  [default: cores]"
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the kill matrix: matrix-<edition>.html and matrix-<edition>.json.",
)
def command(
    only: tuple[str, ...],
    quick: bool,
    near: int | None,
    far: int,
    seed: int,
    pairs: int,
    select: str,
    workers: int,
    out: Path | None,
) -> int:
    """Run the suite on the clean provider and on each of its faults.

    Exit code 1 when a fault survives, a scenario is unproven, a scenario does not catch a fault that it names, breaks, or
    does not pass on the clean provider; 0 otherwise. Cascades, faults that fail scenarios of another area, are counted.
    """
    from conformance.proving.matrix import write_matrix
    from conformance.proving.progress import watching
    from conformance.proving.report import lines, summary
    from conformance.proving.trials import Scope, prove
    from conformance.spec import editions

    scope = Scope(near=0 if quick else near, far=0 if quick else far, select=select, seed=seed, pairs=pairs)
    began = time.monotonic()
    with watching() as watch:
        proofs = prove(only or editions(), scope, workers=workers, watch=watch)
    seconds = time.monotonic() - began
    for proof in proofs:
        for line in lines(proof):
            click.echo(line)
        for path in write_matrix(proof, scope, out) if out else ():
            click.echo(f"  {path}")
    click.echo(summary(proofs, seconds))
    return int(ExitCode.CONFORMANT if all(proof.sound for proof in proofs) else ExitCode.NON_CONFORMANT)
