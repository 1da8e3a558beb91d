"""`gpconnect-assure explain`: what an id stands for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.cli.offers import offers
from conformance.cli.shared_options import edition_option

if TYPE_CHECKING:
    from conformance.explaining.identify import Meant
    from conformance.explaining.layout import Text

_KINDS = ("scenario", "requirement", "error-code", "contradiction", "fault", "variant")


@click.command(name="explain")
@click.argument("ids", metavar="ID...", nargs=-1, required=True, shell_complete=offers("explainable"))
@edition_option("The edition to explain it in.  [default: the first that has it]")
@click.option("--kind", type=click.Choice(_KINDS), help="Where an id is that of several things: which is meant.")
@click.option("--full", is_flag=True, help="Lists whole; of a scenario also every request, and the token.")
@click.option(
    "--of",
    "run",
    metavar="RUN",
    type=click.Path(path_type=Path),
    shell_complete=offers("runs"),
    help="Of a cause: its run.  [default: the last in reports]",
)
def command(ids: tuple[str, ...], edition: str | None, kind: str | None, full: bool, run: Path | None) -> None:
    """Explain scenarios, requirements, error codes, contradictions of the specification, faults, variants and causes of a run.

    A scenario is played on the bundled provider for it, in this process: what is shown is what it sends and accepts. Its
    node id of pytest will do as well.
    """
    for place, text in enumerate(text for given in ids for text in _texts(given, edition, kind, run, full=full)):
        _show(text, apart=place > 0)


def _texts(given: str, edition: str | None, kind: str | None, run: Path | None, *, full: bool) -> Iterator[Text]:
    if kind is None and _is_cause(given):
        from conformance.explaining.cause_text import explain_cause
        from conformance.pytest_plugin.earlier_runs import cause_in, last_run

        folder = run or last_run(Path("reports"))
        yield explain_cause(*cause_in(folder, given), str(folder), full=full)
        return
    from conformance.explaining.identify import identify

    for meant in identify(given, edition=edition, kind=kind):
        yield _explained(meant, full=full)


def _is_cause(given: str) -> bool:
    """Whether an id is a cause's, or nearly: C- and ten hexadecimal digits, some of which may be missing or mistyped."""
    return bool(re.fullmatch(r"C-(?=[a-z]*[0-9])[0-9a-z]{7,12}", given, re.IGNORECASE))


def _explained(meant: Meant, *, full: bool) -> Text:
    from conformance.explaining import catalogue_text, identify
    from conformance.explaining.fault_text import explain_fault
    from conformance.explaining.variant_text import explain_variant

    if meant.entry is not None:
        from conformance.explaining.playing import play
        from conformance.explaining.scenario_text import explain_scenario

        return explain_scenario(meant.entry, meant.edition, play(meant.entry, meant.edition.name), full=full)
    by_kind = {
        identify.REQUIREMENT: catalogue_text.explain_requirement,
        identify.ERROR_CODE: catalogue_text.explain_error_code,
        identify.CONTRADICTION: catalogue_text.explain_contradiction,
        identify.FAULT: explain_fault,
        identify.VARIANT: explain_variant,
    }
    return by_kind[meant.kind](meant.id, meant.edition, full=full)


def _show(text: Text, *, apart: bool) -> None:
    if apart:
        click.echo()
    for number, line in enumerate(text.lines):
        click.echo(click.style(line, bold=True) if number in text.headings else line)
