"""`gpconnect-assure validate`: FHIR files against the profiles, without a provider."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from conformance.cli.definitions import load_edition
from conformance.cli.shared_options import edition_option
from conformance.cli.validate_inputs import expand
from conformance.cli.validate_work import Bench, Checked, Settings, check_all
from conformance.core.errors import ExitCode, UsageError
from conformance.fhir.formats.json_reader import DEFAULT, Limits
from conformance.fhir.issues import Verdict
from conformance.fhir.rendering import as_annotations, as_json, as_outcome, as_text, printable

_SHOWN = 8
_UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3}
_FORMATS = ["text", "json", "outcome", "github"]


class Size(click.ParamType[int]):
    """A size in bytes, or with K, M or G behind it."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        match = re.fullmatch(r"(\d{1,12})([KMG]?)B?", str(value).upper())
        if match is None:
            self.fail(f"{value!r} is no size: a number of bytes, or with K, M or G, such as 20M", param, ctx)
        return int(match[1]) * _UNITS[match[2]]


@click.command(name="validate")
@click.argument("inputs", nargs=-1, metavar="[FILES|FOLDERS|-]...")
@click.option("--profile", "-p", multiple=True, metavar="URL", help="Check the resources against this profile too.")
@edition_option("dstu2 or stu3; by default taken from the profiles that the content names.")
@click.option(
    "--format",
    "-f",
    "form",
    type=click.Choice(_FORMATS),
    default="text",
    show_default=True,
    help="github: annotations for GitHub Actions.",
)
@click.option(
    "--definitions",
    "-d",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="More definitions (folder, file, .tgz package); they take precedence over ours.",
)
@click.option(
    "--limit-size",
    type=Size(),
    default=DEFAULT.size,
    metavar="SIZE",
    help="Refuse larger inputs unread; bytes, or 20M. Default: 128M.",
)
@click.option("--allow-unchecked", is_flag=True, help="Exit with 0 where rules could not be checked (else 5).")
@click.option("--watch", is_flag=True, help="Stay, and check each file again when it changes; text only.")
def command(inputs: tuple[str, ...], profile: tuple[str, ...], edition: str | None, form: str, definitions: tuple[Path, ...],
            limit_size: int, allow_unchecked: bool, watch: bool) -> int:  # fmt: skip
    """Validate FHIR resources, in JSON or XML, against the profiles of GP Connect.

    Without a file, or for -, standard input is read. Profiles are those the content names in meta.profile, and --profile.

    Exit codes: 0 conformant (warnings allowed), 1 not conformant, 2 usage, 4 a fault of this tool, 5 not fully checked.
    """
    if edition is not None:
        load_edition(edition)
    settings = Settings(edition, profile, definitions, Limits(size=limit_size))
    if watch:
        return _watch(inputs, settings, form)
    found = [_show(one, form) for one in check_all(list(expand(inputs)), settings)]
    checked = [one for one in found if not one.note]
    undecided = [one.name for one in found if one.note == "edition"]
    others = [one.name for one in found if one.note == "no resource"]
    if form == "json":
        click.echo(json.dumps(_as_json(checked, undecided, others), indent=1))
    elif form == "outcome" and checked:
        click.echo(json.dumps(_outcomes(checked), indent=1))
    if undecided:
        raise UsageError(
            f"the edition is unknown, as no profile of only one edition is named, of: {', '.join(undecided)}",
            fix="Say which: --edition dstu2 or --edition stu3.",
        )
    if not checked:
        raise UsageError("none of the files is a FHIR resource", fix="Name files or folders with FHIR resources.")
    return int(_exit_code(checked, allow_unchecked=allow_unchecked))


def _watch(names: Sequence[str], settings: Settings, form: str) -> int:
    from conformance.cli.validate_watch import until_interrupted, watch

    if form != "text":
        raise UsageError("--watch shows text: leave --format out")
    until_interrupted(watch(names, Bench(settings), lambda one: _show(one, form), click.echo))
    return int(ExitCode.INTERRUPTED)


def _exit_code(checked: Sequence[Checked], *, allow_unchecked: bool) -> ExitCode:
    verdicts = {one.verdict for one in checked}
    if Verdict.NOT_CONFORMANT in verdicts:
        return ExitCode.NON_CONFORMANT
    unchecked = Verdict.NOT_FULLY_CHECKED in verdicts and not allow_unchecked
    return ExitCode.NOT_FULLY_CHECKED if unchecked else ExitCode.CONFORMANT


def _show(one: Checked, form: str) -> Checked:
    """Show an input as soon as it is checked, where the format lets it."""
    if form == "text" and one.note == "no resource":
        click.echo(f"{printable(one.name)}: no FHIR resource")
    elif form == "text" and not one.note:
        click.echo(as_text(one.name, one.issues))
        if one.applied is not None:
            click.echo(f"  checked against: {_checked_against(one)}")
    elif form == "github" and one.issues:
        click.echo(as_annotations(one.name, one.issues))
    return one


def _checked_against(one: Checked) -> str:
    """What was applied, as text: the profiles, else FHIR's own rules where the type's definition is loaded."""
    if not one.applied:
        return "nothing, as no definition of its type is loaded"
    names = [printable(url) for url in one.profiles[:_SHOWN]]
    more = f", and {len(one.profiles) - _SHOWN} more" if len(one.profiles) > _SHOWN else ""
    return ", ".join(names) + more or "FHIR's own rules alone, as no loaded profile is named; --profile names one"


def _as_json(checked: Sequence[Checked], undecided: list[str], others: list[str]) -> dict[str, Any]:
    files = [as_json(one.name, one.issues) | {"profiles": list(one.profiles)} for one in checked]
    conformant = not undecided and all(one.verdict is Verdict.CONFORMANT for one in checked)
    return {"conformant": conformant, "files": files, "undecided": undecided, "no_resource": others}


def _outcomes(checked: Sequence[Checked]) -> dict[str, Any]:
    """One OperationOutcome; or for several inputs a Bundle of them, in their order."""
    outcomes = [as_outcome(one.issues, one.generation) for one in checked]
    if len(outcomes) == 1:
        return outcomes[0]
    for one, outcome in zip(checked, outcomes, strict=True):
        outcome["id"] = re.sub(r"[^A-Za-z0-9.\-]+", "-", one.name)[-64:].strip("-") or "input"
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": outcome} for outcome in outcomes]}
