"""`gpconnect-assure provider`: serve the bundled reference provider until interrupted."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.cli.offers import offers
from conformance.cli.shared_options import edition_option
from conformance.core import stop_signals
from conformance.core.errors import UsageError
from conformance.spec import DEFAULT, load

if TYPE_CHECKING:
    from conformance.provider.practices import Served
    from conformance.spec import Edition

_MOST_SHOWN = 5  # practices with a fault that are named


@click.command(name="provider")
@edition_option("Edition to serve.", default=DEFAULT, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="Port; 0 takes a free one."
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="NAME",
    shell_complete=offers("faults"),
    help="Be wrong in this way; may be repeated.",
)
@click.option(
    "--variant",
    "variants",
    multiple=True,
    metavar="NAME",
    shell_complete=offers("variants"),
    help="Be different and right in this way; may be repeated.",
)
@click.option("--list", "list_all", is_flag=True, help="List the faults and the variants of the edition and stop.")
@click.option("--list-faults", is_flag=True, help="List the faults of the edition and stop.")
@click.option(
    "--database",
    type=click.Path(dir_okay=False, path_type=Path),
    help="SQLite file that keeps the state; a temporary one by default.",
)
@click.option(
    "--tls",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Serve mutual TLS with the certificates in DIR (gpconnect-assure certs make DIR).",
)
@click.option(
    "--practices",
    type=click.IntRange(1, 9999),
    metavar="N",
    help="Serve so many practices, each with its own path; every tenth has one of the faults (--fault), in turn.",
)
@click.option(
    "--csv", "listed", type=click.Path(dir_okay=False, path_type=Path), help="With --practices: write their list there."
)
@click.option("--option", "options", multiple=True, metavar="KEY=VALUE", help="An option of the edition's revision.")
def command(
    edition: str,
    host: str,
    port: int,
    faults: tuple[str, ...],
    variants: tuple[str, ...],
    list_all: bool,
    list_faults: bool,
    database: Path | None,
    tls: Path | None,
    options: tuple[str, ...],
    practices: int | None,
    listed: Path | None,
) -> None:
    """Serve the bundled reference provider: a practice with patients and an appointment book relative to today.

    It is written from the specification; with --fault it is wrong in a named way, so that you can see a report fail; with
    --variant it is different in a way that the specification allows, so that you can see that the report does not.
    """
    if list_all or list_faults:
        _list_faults(edition)
        if list_all:
            _list_variants(edition)
        return
    if practices is not None or listed is not None:
        alone = not (variants or database or tls)
        _serve_practices(load(edition, _options(options)), practices or 0, faults, host, port, listed, alone=alone)
        return
    from conformance.provider.app import create_app
    from conformance.provider.provider import Provider
    from conformance.provider.serving import Server
    from conformance.provider.variants import choose, seams_with
    from conformance.provider.variants.gateway import standing_before
    from conformance.tls.folder import CLIENT

    chosen = choose(variants, edition)
    wording = {name: value for variant in chosen for name, value in variant.options.items()} | _options(options)
    seams = seams_with(faults, chosen, edition)
    provider = Provider(load(edition, wording), database=database, seams=seams)
    try:
        door = None
        if tls is not None:
            from conformance.provider.mutual_tls import ServerTls

            door = ServerTls(tls, provider)
        server = Server(create_app(provider), host=host, port=port, tls=door)
        click.echo(f"Serving {provider.edition.title} at {server.address}{provider.root}")
        click.echo(f"ASID {provider.practice.asid}, practice {provider.practice.ods}. Ctrl-C ends it.")
        if door:
            click.echo(f"Mutual TLS with the certificates in {tls}; a client must present {CLIENT}.pem.")
        for kind, names in (("Fault", faults), ("Variant", variants)):
            for name in names:
                click.echo(f"{kind}: {name}")
        with standing_before(f"{server.address}{provider.root}", chosen) as gateways, suppress(KeyboardInterrupt):
            for gateway in gateways:
                click.echo(f"Behind a gateway, to be reached at {gateway.base_url}")
            server.run()
        stop_signals.expected()
    finally:
        provider.store.close()


def _serve_practices(
    edition: Edition, number: int, faults: tuple[str, ...], host: str, port: int, listed: Path | None, *, alone: bool
) -> None:
    if not number:
        raise UsageError("--csv lists practices", fix="Give --practices N, too.")
    if not alone:
        raise UsageError("--practices serves no variant, no database of yours and no TLS: leave those options out")
    from conformance.provider.practices import Practices, csv_lines, practices
    from conformance.provider.serving import Server
    from conformance.provider.variants import seams_with

    seams_with(faults, (), edition.name)  # an unknown name is said before anything is served
    served = practices(edition, number, faults)
    app = Practices(edition, served)
    server = Server(app, host=host, port=port)
    try:
        if listed is not None:
            _write(listed, "".join(f"{line}\n" for line in csv_lines(server.address, served)))
        click.echo(f"Serving {number} practices, {edition.title}, from {server.address}{served[0].root} on")
        wrong = [one for one in served if one.fault]
        click.echo(f"{len(wrong)} of them have a fault{': ' if wrong else ''}{_shown(wrong)}. Ctrl-C ends it.")
        with suppress(KeyboardInterrupt):
            server.run()
        stop_signals.expected()
    finally:
        app.close()


def _shown(wrong: Sequence[Served]) -> str:
    names = [f"{one.ods} ({one.fault})" for one in wrong[:_MOST_SHOWN]]
    return ", ".join(names) + (", …" if len(wrong) > _MOST_SHOWN else "")


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from error


def _list_faults(edition: str) -> None:
    from conformance.provider.faults import catalogue

    of = load(edition)
    found = [fault for fault in catalogue().values() if fault.exists_in(of)]
    width = max(len(fault.id) for fault in found)
    for fault in found:
        click.echo(f"{fault.id:{width}}  {fault.about}")
    click.echo(f"{len(found)} faults in edition {edition}")


def _list_variants(edition: str) -> None:
    from conformance.provider.variants import variants_of

    found = variants_of(edition)
    width = max(map(len, found))
    for name, variant in found.items():
        click.echo(f"{name:{width}}  {variant.title}")
        click.echo(f"{'':{width}}    allowed by {variant.allowed}")
    click.echo(f"{len(found)} variants in edition {edition}")


def _options(given: tuple[str, ...]) -> dict[str, str]:
    pairs = [item.partition("=") for item in given]
    for key, equals, _ in pairs:
        if not equals:
            raise UsageError(f"--option {key} has no value", fix="Write --option KEY=VALUE.")
    return {key: value for key, _, value in pairs}
