"""`gpconnect-assure diff`: what changed from one run to another."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(name="diff")
@click.argument("old", metavar="OLD", type=click.Path(path_type=Path))
@click.argument("new", metavar="NEW", type=click.Path(path_type=Path))
@click.option("--as", "form", type=click.Choice(["text", "json", "html"]), default="text", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="File to write (default: standard output).")
def command(old: Path, new: Path, form: str, out: Path | None) -> int:
    """Compare two runs (their folders, or an evidence.sqlite or results.json) by scenario and by cause.

    Broken: a worse verdict than before. Fixed: a better one. New: a verdict where there was none. Gone: none any more.

    Exit codes: 0 nothing is worse, 1 something is broken or newly fails, 3 nothing is worse, but some scenarios have no
    verdict any more.
    """
    from conformance.comparing import compare
    from conformance.pytest_plugin.earlier_runs import read_run
    from conformance.reporting import comparison_view
    from conformance.reporting.writing import write_whole

    found = compare(read_run(old), read_run(new))
    written = {
        "text": lambda: "".join(f"{line}\n" for line in comparison_view.lines(found)),
        "json": lambda: comparison_view.dumps(found),
        "html": lambda: comparison_view.render(found),
    }[form]()
    if out is None:
        click.echo(written, nl=False)
    else:
        write_whole(out, written.encode("utf-8", "backslashreplace"))
        click.echo(f"{comparison_view.verdict(found)} {out}")
    return found.code
