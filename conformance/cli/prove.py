"""`gpconnect-assure prove`: the suite proven on the bundled provider's faults."""

from __future__ import annotations

import time
from pathlib import Path

import click

from conformance.core.errors import ExitCode


@click.command(name="prove")
@click.option("--edition", "-e", "only", help="Only this edition.")
@click.option("--quick", is_flag=True, help="Try only the scenarios that name a fault on it, no sample of the others.")
@click.option(
    "--sample", default=12, show_default=True, help="How many unrelated scenarios to try on each fault as well."
)
@click.option("--select", "-k", default="", help="Only faults whose name, or a scenario of theirs, holds this text.")
@click.option("--workers", default=2, show_default=True, help="Processes, each with a provider of its own.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the kill matrix (HTML and JSON).")
def command(only: str | None, quick: bool, sample: int, workers: int, select: str, out: Path | None) -> int:
    """Run the suite on the clean provider and on each of its faults; fail when a fault survives or a scenario is unproven."""
    from conformance.proving.engine import prove
    from conformance.proving.report import tell, write_matrix
    from conformance.spec import editions

    sound = True
    for name in [only] if only else editions():
        began = time.monotonic()
        proof = prove(name, sample=0 if quick else sample, workers=workers, select=select)
        sound &= tell(proof, time.monotonic() - began)
        if out:
            write_matrix(proof, out)
    return int(ExitCode.CONFORMANT if sound else ExitCode.NON_CONFORMANT)
