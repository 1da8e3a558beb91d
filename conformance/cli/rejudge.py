"""`gpconnect-assure rejudge`: judge a recorded run again by the rules of this version, without its provider."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.core.errors import ExitCode

if TYPE_CHECKING:
    from conformance.rejudging.run import JudgedAgain

_MOST = 12  # scenarios of one kind on a terminal


@click.command(name="rejudge")
@click.argument("recorded", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="A new folder (default: RUN-rejudged-1 beside the run).")
@click.option("--seal", default="", metavar="HEX", help="The seal that you were given: 64 hexadecimal digits.")
@click.option(
    "--key", type=click.Path(path_type=Path), help="PEM file with the Ed25519 public key of whoever signed the run."
)
def command(recorded: Path, out: Path | None, seal: str, key: Path | None) -> int:
    """Judge a recorded run (its folder, or evidence.sqlite) again by the rules of this version. Nothing is sent.

    Each scenario gets the responses, the clock and the made-up values that were recorded with it. One that now sends another
    request cannot be judged again, and says which request differs. The report, what changed (diff.html) and the verdicts
    (verdicts.txt) go to a new folder, whose seal names the seal of the run. The run stays as it is.

    Exit codes: 0 verdicts and findings are as they were, 1 some are not or cannot be judged again, 2 the run was changed
    since it was sealed, is damaged, or was recorded by a version that did not record enough, or by a newer one.
    """
    from conformance.pytest_plugin.requirement_texts import requirement_texts
    from conformance.rejudging.outputs import DIFF, write_outputs
    from conformance.rejudging.run import JUDGED_AGAIN, rejudge
    from conformance.reporting import comparison_view
    from conformance.reporting.outcome import outcome
    from conformance.spec import load

    again = rejudge(recorded, out, expected=seal, key=key)
    outputs, comparison, sealed = write_outputs(again, requirement_texts(load(again.result.run.edition)))
    run = again.result.run
    click.echo(f"{len(again.result.scenarios)} scenarios judged again {run.settings[JUDGED_AGAIN]}")
    for line in comparison_view.lines(comparison):
        click.echo(line)
    _list("cannot be judged again", [f"{one.id}: {one.reason}" for one in again.lost])
    _list("not in this version", list(again.missing))
    verdict = outcome(again.result)
    click.echo(f"{verdict.word}: {verdict.sentence}")
    click.echo(_same(again))
    for path in (outputs.report, again.folder / DIFF):
        click.echo(str(path))
    parent = next((f"seal {one.seal}" for one in sealed.parents), "a run without a seal")
    click.echo(f"seal {sealed.seal}, made from {parent}")
    return ExitCode.NON_CONFORMANT if again.differing or again.missing else ExitCode.CONFORMANT


def _list(what: str, lines: list[str]) -> None:
    if lines:
        click.echo(f"{len(lines)} {what}:")
    for line in lines[:_MOST]:
        click.echo(f"  {line}")
    if len(lines) > _MOST:
        click.echo(f"  and {len(lines) - _MOST} more")


def _same(again: JudgedAgain) -> str:
    count = len(again.differing)
    if not count:
        return "Every verdict and every finding is as it was."
    return f"{count} of {len(again.original.scenarios)} scenarios have another verdict, reason or finding."
