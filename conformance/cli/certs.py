"""`gpconnect-assure certs`: test certificates, good and bad."""

from __future__ import annotations

from pathlib import Path

import click


@click.group(name="certs")
def command() -> None:
    """Make test certificates, good and bad."""


@command.command(name="make")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace the certificates that DIR holds.")
def make(folder: Path, force: bool) -> None:
    """Make an authority, server and client certificates, client certificates that must be refused, and a CRL in DIR.

    The bundled provider serves mutual TLS with them (provider --tls DIR); DIR/config-tls.yaml is the section of the
    configuration that fits.
    """
    from conformance.tls.folder import NEGATIVE, make_folder

    written = make_folder(folder, force=force)
    click.echo(f"{len(written)} files in {folder}; README.md says what each is.")
    click.echo(f"Client certificates that must be refused: {', '.join(name.replace('_', '-') for name in NEGATIVE)}.")
    click.echo(f"Serve: gpconnect-assure provider --tls {folder}")
    click.echo(f"Configure: {folder / 'config-tls.yaml'}")
