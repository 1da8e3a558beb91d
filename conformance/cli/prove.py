"""`gpconnect-assure prove`: the suite proven on the bundled provider's faults."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import click

from conformance.cli.offers import offers
from conformance.cli.shared_options import edition_option
from conformance.core.errors import ExitCode, UsageError


@click.command(name="prove")
@edition_option("Only this edition; may be repeated.", "only", multiple=True)
@click.option(
    "--quick",
    is_flag=True,
    help="Try on each fault only the scenarios that name it, and variants together on a sample.",
)
@click.option("--only", "part", type=click.Choice(["faults", "variants"]), help="Only this half of the proof.")
@click.option(
    "--near", type=click.IntRange(0), help="How many other scenarios of a fault's area to try.  [default: all]"
)
@click.option("--far", type=click.IntRange(0), default=12, show_default=True, help="How many of other areas to try.")
@click.option("--seed", default=1, show_default=True, help="What the scenarios and pairs are drawn by.")
@click.option("--pairs", type=click.IntRange(0), default=0, help="How many pairs of faults to try at once as well.")
@click.option(
    "--together",
    type=click.IntRange(0),
    help="How many pairs of variants, and half as many triples, to try.  [default: 100]",
)
@click.option(
    "--sample", type=click.IntRange(0), help="On how many scenarios to try each variant alone.  [default: all]"
)
@click.option("--disguised", type=click.IntRange(0), help="How many faults to try under variants.  [default: 200]")
@click.option(
    "--select",
    "-k",
    default="",
    shell_complete=offers("faults"),
    help="Only faults and variants whose name, or a scenario of theirs, holds this text.",
)
@click.option(
    "--workers", type=click.IntRange(0), default=0, help="Processes, each with its providers.  [default: cores]"
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the kill matrix: matrix-<edition>.html and matrix-<edition>.json.",
)
@click.option("--resume", is_flag=True, help="Go on with the proof that was interrupted in the folder of --out.")
@click.option(
    "--record", is_flag=True, help="Write what reports of runs say of each scenario: known faults and variants."
)
def command(
    only: tuple[str, ...],
    quick: bool,
    part: str | None,
    near: int | None,
    far: int,
    seed: int,
    pairs: int,
    together: int | None,
    sample: int | None,
    disguised: int | None,
    select: str,
    workers: int,
    out: Path | None,
    resume: bool,
    record: bool,
) -> int:
    """Run the suite on the clean provider, on each of its faults, and on variants of it that are right, too.

    Exit code 1 when a fault survives, a scenario is unproven, a scenario does not catch a fault that it names, breaks, or
    does not pass on the clean provider or a variant, other than its entry expects; 0 otherwise. Cascades, faults that fail
    scenarios of another area, are counted.
    """
    from conformance.proving.kept import Kept
    from conformance.proving.matrix import write_matrix
    from conformance.proving.progress import watching
    from conformance.proving.record import write_record
    from conformance.proving.report import lines, summary
    from conformance.proving.trials import Scope, prove
    from conformance.spec import editions

    if resume and not out:
        raise UsageError("--resume needs the folder of the proof", fix="Name it with --out.")
    pairs_of_variants = together if together is not None else 4 if quick else 100
    scope = Scope(
        near=0 if quick else near,
        far=0 if quick else far,
        select=select,
        seed=seed,
        pairs=pairs,
        faults=part != "variants",
    )
    if part != "faults":
        scope = replace(
            scope,
            variants="quick" if quick else "all",
            variant_sample=sample,
            variant_pairs=pairs_of_variants,
            variant_triples=pairs_of_variants // 2,
            disguised=disguised if disguised is not None else 20 if quick else 200,
        )
    kept = Kept(out, only or editions(), scope, resume=resume) if out else None
    began = time.monotonic()
    with watching() as watch:
        proofs = prove(only or editions(), scope, workers=workers, watch=watch, kept=kept)
    seconds = time.monotonic() - began
    for proof in proofs:
        for line in lines(proof):
            click.echo(line)
        for path in write_matrix(proof, scope, out) if out else ():
            click.echo(f"  {path}")
        if record:
            click.echo(f"  {write_record(proof, select)}")
    if kept:
        kept.remove()
    click.echo(summary(proofs, seconds))
    return int(ExitCode.CONFORMANT if all(proof.sound for proof in proofs) else ExitCode.NON_CONFORMANT)
