"""`gpconnect-assure profiles`: which definitions there are, getting others, and comparing ours with the publisher's."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from conformance.cli.definitions import load_edition, open_definitions
from conformance.cli.shared_options import config_option, edition_option
from conformance.core import resources
from conformance.core.errors import ExitCode, TargetError, UsageError

if TYPE_CHECKING:
    from conformance.fhir.definitions.compare import Difference
    from conformance.fhir.definitions.store import Definitions, Generation
    from conformance.fhir.packages.registry import Fetched

_SHOWN = 3
KINDS = ("StructureDefinition", "ValueSet", "CodeSystem")
_PACKAGE = re.compile(r"(?P<name>[^#@/:]+)(?:[#@](?P<version>[^#@/:]+))?")
_EDITION = edition_option("dstu2 or stu3; both where not given.", multiple=True)
_DEFINITIONS = click.option(
    "--definitions", "-d", multiple=True, type=click.Path(path_type=Path), metavar="PATH",
    help="More definitions (folder, file, .tgz package); they take precedence over ours.",
)  # fmt: skip


@click.group(name="profiles")
def command() -> None:
    """List, download and verify StructureDefinitions, ValueSets and CodeSystems."""


# -- list --------------------------------------------------------------------------------------------------------------


@command.command(name="list")
@_EDITION
@_DEFINITIONS
@click.option("--base", is_flag=True, help="FHIR's own types and code lists too.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def list_command(edition: tuple[str, ...], definitions: tuple[Path, ...], base: bool, as_json: bool) -> int:
    """Show what is loaded: kind, canonical URL, version and where it comes from; what is in force, if several."""
    rows = []
    for name in _editions(edition):
        loaded = open_definitions(load_edition(name), definitions)
        rows += [row for row in _rows(name, loaded) if base or not row["base"]]
    if as_json:
        click.echo(json.dumps({"definitions": rows}, indent=1))
        return 0
    for row in rows:
        version = f"|{row['version']}" if row["version"] else ""
        note = "" if row["in_force"] else "  (another takes precedence)"
        click.echo(f"{row['edition']:6} {row['kind']:19} {row['url']}{version}  {row['origin']}{note}")
    click.echo(f"{len(rows)} definitions" + ("" if base else "; --base shows FHIR's own too"))
    return 0


def _editions(chosen: Sequence[str]) -> Sequence[str]:
    from conformance.spec import editions

    for name in chosen:
        load_edition(name)
    return chosen or editions()


def _rows(edition: str, loaded: Definitions) -> list[dict[str, Any]]:
    shipped = resources.profiles(load_edition(edition).generation)
    rows = []
    for kind in KINDS:
        for url, version, origin in loaded.all(kind):
            path = Path(origin)
            ours = path.is_relative_to(shipped)
            rows.append(
                {
                    "edition": edition,
                    "kind": kind,
                    "url": url,
                    "version": version,
                    "origin": f"shipped: {path.relative_to(shipped).as_posix()}" if ours else origin,
                    "base": ours and path.is_relative_to(shipped / "base"),
                    "in_force": loaded.origin(url, kind) == origin,
                }
            )
    return rows


# -- download ----------------------------------------------------------------------------------------------------------


@command.command(name="download")
@click.argument("wanted", nargs=-1, required=True, metavar="PACKAGE#VERSION|URL...")
@config_option(text="Configuration that names the registry.")
@click.option(
    "--registry",
    envvar="GPCONNECT_ASSURE_REGISTRY",
    metavar="URL",
    help="Base URL of the registry; also from the variable GPCONNECT_ASSURE_REGISTRY.",
)
@click.option(
    "--cache",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("definitions"),
    show_default=True,
    help="Folder to keep them in; give it to --definitions.",
)
@click.option("--needed-for", "edition", help="Say which definitions of this edition a package lacks: dstu2 or stu3.")
@click.option("--timeout", type=click.FloatRange(min=0.1), default=30.0, show_default=True, help="Seconds to wait.")
@click.option(
    "--most-seconds",
    type=click.FloatRange(min=1),
    default=900.0,
    show_default=True,
    help="Seconds that one download may take in all.",
)
def download_command(
    wanted: tuple[str, ...],
    config: Path | None,
    registry: str | None,
    cache: Path,
    edition: str | None,
    timeout: float,
    most_seconds: float,
) -> int:
    """Fetch FHIR packages (name#version) or single definitions (canonical URL) from a registry.

    What arrives is checked against the registry's checksum and kept; a download that broke off goes on when called again.
    """
    from conformance.cli.registry_client import registry_client
    from conformance.fhir.errors import DefinitionError
    from conformance.fhir.packages.registry import DownloadError, Registry

    if not registry and config:
        from conformance.config.loading import load_config

        registry = load_config(config).definitions.registry
    if not registry:
        fix = "Give --registry URL, name it as definitions.registry in --config, or set GPCONNECT_ASSURE_REGISTRY."
        raise UsageError("no registry is named", fix=fix)
    needed = _needed(edition) if edition else {}
    complete = True
    for one in wanted:
        try:
            with registry_client(registry, timeout=timeout, most_seconds=most_seconds) as client:
                fetched = _fetch(Registry(registry, cache, client=client), one)
            complete &= _show_fetched(fetched, needed)
        except DownloadError as error:
            raise TargetError(str(error)) from error
        except DefinitionError as error:
            raise UsageError(str(error)) from error
    return int(ExitCode.CONFORMANT if complete else ExitCode.NON_CONFORMANT)


def _fetch(source: Any, wanted: str) -> Fetched:
    match = _PACKAGE.fullmatch(wanted)
    fetched: Fetched = source.package(match["name"], match["version"]) if match else source.definition(wanted)
    return fetched


def _needed(edition: str) -> dict[str, str | None]:
    """The canonical URLs that an edition rests on, FHIR's own left out."""
    loaded = open_definitions(load_edition(edition))
    rows = (row for row in _rows(edition, loaded) if not row["base"])
    return {row["url"]: row["version"] for row in rows if row["kind"] == "StructureDefinition"}


def _show_fetched(fetched: Fetched, needed: Mapping[str, str | None]) -> bool:
    """Print what was fetched; False where a package lacks what is needed."""
    from conformance.fhir.packages.npm_packages import canonicals_in, lacking

    how = "already there" if fetched.reused else "fetched"
    click.echo(f"{how}: {fetched.path}\n  from {fetched.source}\n  sha256 {fetched.sha256}")
    for note in fetched.notes:
        click.echo(f"  note: {note}")
    if fetched.path.suffix != ".tgz":
        return True
    held = canonicals_in(fetched.path)
    missing = lacking(set(held), dict(needed))
    click.echo(
        f"  defines {len(held)} canonical URLs" + (f"; lacks {len(missing)} of {len(needed)}:" if missing else "")
    )
    for url in missing:
        click.echo(f"    {url}")
    return not missing


# -- verify ------------------------------------------------------------------------------------------------------------


@command.command(name="verify")
@click.argument("official", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FOLDER|PACKAGE...")
@edition_option("dstu2 or stu3.", required=True)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def verify_command(official: tuple[Path, ...], edition: str, as_json: bool) -> int:
    """Compare our definitions with official ones, constraint by constraint, and print every difference.

    Exit codes: 0 when each difference has its reason, 1 when one has none.
    """
    from conformance.fhir.definitions.compare import differences
    from conformance.fhir.errors import DefinitionError

    loaded = load_edition(edition)
    ours, theirs = open_definitions(loaded), _official(loaded.generation, official)
    compared = _compared(theirs, resources.profiles(loaded.generation))
    if not compared:
        raise UsageError("no StructureDefinition, ValueSet or CodeSystem is in what was named, so nothing was compared")
    try:
        found = differences(ours, theirs, _reasons(loaded.generation))
    except DefinitionError as error:
        raise UsageError(str(error), fix="A definition to compare with cannot be read.") from error
    if as_json:
        rows = [asdict(one) for one in found]
        click.echo(json.dumps({"edition": edition, "compared": compared, "differences": rows}, indent=1))
    else:
        _show_differences(found, compared)
    explained = all(one.reason is not None for one in found)
    return int(ExitCode.CONFORMANT if explained else ExitCode.NON_CONFORMANT)


def _official(generation: Generation, sources: Sequence[Path]) -> Definitions:
    """The publisher's definitions over FHIR's own types, which both sides share."""
    from conformance.fhir.definitions.store import Definitions
    from conformance.fhir.errors import DefinitionError

    theirs = Definitions(generation).open(resources.profiles(generation) / "base")
    try:
        theirs.open(*sources)
    except DefinitionError as error:
        raise UsageError(str(error)) from error
    if theirs.problems:
        raise UsageError("\n  ".join(theirs.problems[:5]), fix="Remove the file from the folder, or correct it.")
    return theirs


def _compared(theirs: Definitions, shipped: Path) -> int:
    """How many canonical URLs the publisher's side defines, besides FHIR's own that both share."""
    own = (url for kind in KINDS for url, _, origin in theirs.all(kind) if not Path(origin).is_relative_to(shipped))
    return len(set(own))


def _reasons(generation: str) -> dict[str, str]:
    import yaml

    text = (resources.profiles(generation) / "verify-reasons.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text) or {})


def _show_differences(found: Sequence[Difference], compared: int) -> None:
    from conformance.fhir.definitions.compare import by_reason

    for reason, group in by_reason(list(found)).items():
        click.echo(f"explained: {reason}" if reason else "without a reason:")
        alike: dict[tuple[str, str, str], list[str]] = {}
        for one in group:
            place = f"{one.url.rpartition('/')[2]} {one.element}".rstrip()
            alike.setdefault((one.aspect, one.ours, one.official), []).append(place)
        for (aspect, ours, official), places in alike.items():
            # What has a reason is listed in short; what has none, in full.
            shown = places[:_SHOWN] if reason else places
            more = f", and {len(places) - len(shown)} more (--json lists them)" if len(places) > len(shown) else ""
            click.echo(f"  {aspect} at {', '.join(shown)}{more}\n    ours      {ours}\n    official  {official}")
    unexplained = sum(1 for one in found if one.reason is None)
    click.echo(f"{compared} definitions compared, {len(found)} differences, {unexplained} without a reason")
