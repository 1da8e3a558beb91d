"""`gpconnect-assure verify`: whether a run is as it was when it was sealed."""

from __future__ import annotations

from pathlib import Path

import click

from conformance.cli.offers import offers
from conformance.core.counting import counted
from conformance.core.errors import ExitCode


@click.command(name="verify")
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path), shell_complete=offers("runs"))
@click.option("--seal", default="", metavar="HEX", help="The seal that you were given: 64 hexadecimal digits.")
@click.option(
    "--key", type=click.Path(path_type=Path), help="PEM file with the Ed25519 public key of whoever signed it."
)
def command(folder: Path, seal: str, key: Path | None) -> int:
    """Compare the folder of a run with its manifest, and name each file that changed.

    Exit codes: 0 nothing changed, 1 something did, 2 the folder has no manifest that can be read. Whoever changes a file
    can write a new manifest too: compare the seal with the one that you were given (--seal), or check the signature (--key).
    """
    from conformance.evidence.seal import verify

    found = verify(folder, expected=seal, public_key=key)
    for change in found.changes:
        click.echo(change)
    click.echo(f"run {found.sealed.run}: {_verdict(found.intact, found.files, len(found.changes))}")
    click.echo(f"seal {found.sealed.seal}{'' if seal else ' (not compared: give the one you know with --seal)'}")
    for parent in found.sealed.parents:
        click.echo(f"made from run {parent.run}, seal {parent.seal}")
    if found.key:
        click.echo(
            f"signed by the key with SHA-256 {found.key}{'' if key else ' (not compared: name yours with --key)'}"
        )
    return ExitCode.CONFORMANT if found.intact else ExitCode.NON_CONFORMANT


def _verdict(intact: bool, files: int, changes: int) -> str:
    return f"nothing changed in {files} files" if intact else f"{counted(changes, 'change')} since it was sealed"
