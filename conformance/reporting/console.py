"""What a run shows while it goes and when it ends: live on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TextIO

from conformance.causes.so_far import CausesSoFar, Seen
from conformance.core.counting import counted
from conformance.core.footprint import receipt
from conformance.core.results import RunResult, ScenarioResult, Verdict
from conformance.reporting import overview
from conformance.reporting.cause_view import ShownCause, heaviest, in_one_line, kind_of, shortened, shown_causes
from conformance.reporting.display import bounded, moment, visible
from conformance.reporting.interaction_titles import interaction_title
from conformance.reporting.outcome import outcome

if TYPE_CHECKING:
    from rich.progress import Progress as RichBar
    from rich.table import Table

_COLOURS = {
    Verdict.PASS: "green",
    Verdict.FAIL: "bold red",
    Verdict.WARN: "yellow",
    Verdict.SKIP: "cyan",
    Verdict.OMIT: "dim",
    Verdict.ERROR: "bold magenta",
    Verdict.WAIVED: "blue",
}
_OUTCOMES = {"conformant": "bold green", "conformant-with-waivers": "bold blue", "not-conformant": "bold red"}
_SAID = (Verdict.FAIL, Verdict.WARN, Verdict.ERROR, Verdict.WAIVED)
_MOST_LISTED, _MOST_REASONS = 40, 8  # causes, reasons
_LONGEST = 2_000  # characters of a line
_EVERY = 50  # scenarios between two plain lines that only say how far it is


class Progress(Protocol):
    """What a run reports while it goes."""

    def start(self, total: int) -> None:
        """The run begins and has so many scenarios."""

    def scenario(self, result: ScenarioResult) -> None:
        """A scenario has ended."""

    def waiting(self, line: str) -> None:
        """Nothing has happened for a while: what the run waits for, and how long the rest will take."""

    def finish(self, result: RunResult) -> None:
        """The run has ended, whole or cut short."""


def make_progress(stream: TextIO | None = None) -> Progress:
    """Return a live display when the stream (standard output) is a terminal that can show it, else plain lines."""
    stream = stream or sys.stdout
    live = stream.isatty() and os.environ.get("TERM") != "dumb"
    return LiveProgress(stream) if live else PlainProgress(stream)


class PlainProgress:
    """Lines for logs: each scenario that did not pass, how far the run is now and then, the table at the end."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._counts = dict.fromkeys((verdict.value for verdict in Verdict), 0)
        self._total = self._done = 0
        self._causes = CausesSoFar()
        self._began = time.monotonic()

    def start(self, total: int) -> None:
        """Say how many scenarios there are."""
        self._total, self._began = total, time.monotonic()
        self._print(counted(total, "scenario"))

    def scenario(self, result: ScenarioResult) -> None:
        """Say a scenario that did not pass; else, now and then, how far it is."""
        self._done += 1
        self._counts[result.verdict] += 1
        where = f"[{self._done}/{self._total}]"
        seen = self._causes.add(result)
        if result.verdict in _SAID:
            self._print(f"{where} {failure_line(result)}{cause_note(seen)}")
        elif self._done % _EVERY == 0:
            elapsed = time.monotonic() - self._began
            left = elapsed / self._done * (self._total - self._done)
            self._print(f"{where} {counts_text(self._counts)} after {elapsed:.0f} s, about {left:.0f} s left")

    def waiting(self, line: str) -> None:
        """Say what is waited for."""
        self._print(line)

    def finish(self, result: RunResult) -> None:
        """Print the table of verdicts and the overall verdict."""
        for line in (*table_lines(result), *last_lines(result), "", *verdict_lines(result)):
            self._print(line)

    def _print(self, line: str) -> None:
        encoding = self._stream.encoding or "utf-8"
        shown = visible(bounded(line, _LONGEST)).encode(encoding, "replace").decode(encoding)
        self._stream.write(shown + "\n")
        self._stream.flush()


class LiveProgress:
    """A bar with counts, time, time left and the scenario that ended last; each new cause stays above it."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console

        self._console = Console(file=stream, highlight=False)
        self._counts = dict.fromkeys((verdict.value for verdict in Verdict), 0)
        self._causes = CausesSoFar()
        self._bar: RichBar | None = None

    def start(self, total: int) -> None:
        """Show the bar."""
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        columns = (
            BarColumn(24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[counts]}"),
            TextColumn("{task.fields[name]}", style="dim", markup=False),
        )
        self._bar = Bar(*columns, console=self._console, transient=True)
        self._bar.add_task("", total=total, counts="", name="")
        self._bar.start()

    def scenario(self, result: ScenarioResult) -> None:
        """Move the bar; print above it a scenario that shows a new cause, and what this tool could not judge."""
        from rich.text import Text

        self._counts[result.verdict] += 1
        seen = self._causes.add(result)
        if result.verdict is Verdict.ERROR or (seen and seen.new and result.verdict in _SAID):
            name = Text(f"{result.verdict.upper():5} ", style=_COLOURS[result.verdict])
            line = visible(failure_line(result) + cause_note(seen)).partition(" ")[2].lstrip()
            self._console.print(name + Text(line, style="not bold default"))
        if self._bar:
            self._bar.update(self._bar.task_ids[0], advance=1, counts=self._coloured(), name=visible(result.id))

    def waiting(self, line: str) -> None:
        """Say what is waited for, above the bar."""
        from rich.text import Text

        self._console.print(Text(visible(line), style="dim"))

    def finish(self, result: RunResult) -> None:
        """Take the bar away; print the table of verdicts and the overall verdict."""
        from rich.text import Text

        if self._bar:
            self._bar.stop()
        self._console.print(_table(result))
        for line in last_lines(result):
            self._console.print(Text(visible(line)))
        for line in receipt(result.changes).sentences:
            self._console.print(Text(visible(line)))
        verdict = outcome(result)
        colour = _OUTCOMES.get(verdict.key, "bold yellow")
        self._console.print(Text(verdict.word, style=colour) + Text(f": {verdict.sentence}", style="not bold default"))

    def _coloured(self) -> str:
        shown = (verdict for verdict in Verdict if self._counts[verdict])
        counts = [f"[{_COLOURS[verdict]}]{self._counts[verdict]} {verdict}[/]" for verdict in shown]
        return " ".join([*counts, *([counted(len(self._causes), "cause")] if self._causes else [])])


def counts_text(counts: dict[str, int]) -> str:
    """Return counts as words, those of nothing left out: `12 pass, 1 fail`."""
    return ", ".join(f"{number} {verdict}" for verdict, number in counts.items() if number) or "nothing yet"


def failure_line(result: ScenarioResult) -> str:
    """Return a scenario that did not pass on one line, with what its heaviest finding found and expected."""
    first = heaviest(result.findings)
    return f"{result.verdict.upper():5} {result.id}: {result.title}{f': {in_one_line(first)}' if first else ''}"


def cause_note(seen: Seen | None) -> str:
    """Return which cause a scenario shows, for the end of its line; `explain` explains it by its id."""
    if seen is None:
        return ""
    return f" [new cause {seen.cause.id}]" if seen.new else f" [cause {seen.cause.id}]"


def last_lines(result: RunResult) -> list[str]:
    """Return what a run ends with on the terminal: its causes, and why scenarios could not be tested."""
    causes = shown_causes(result)
    lines = ["", counted(len(causes), "cause") + _since(result, causes)] if causes else []
    lines += [f"  {_cause_line(one)}" for one in causes[:_MOST_LISTED]]
    lines += [f"  and {len(causes) - _MOST_LISTED} more in report.html"] if len(causes) > _MOST_LISTED else []
    lines += ["", "Waivers"] if result.waivers else []
    lines += [f"  {use.state.upper():8} {use.sentence}" for use in result.waivers]
    reasons = Counter(scenario.reason for scenario in result.scenarios if scenario.verdict is Verdict.SKIP)
    unrun = overview.not_run(result)
    lines += ["", "Not tested"] if reasons or unrun else []
    lines += [f"  {unrun:4} not run, as the run ended before"] if unrun else []
    lines += [f"  {count:4} {shortened(reason, 150)}" for reason, count in reasons.most_common(_MOST_REASONS)]
    rest = sum(reasons.values()) - sum(count for _, count in reasons.most_common(_MOST_REASONS))
    return lines + ([f"  {rest:4} for other reasons, in report.html"] if rest else [])


def _since(result: RunResult, causes: Sequence[ShownCause]) -> str:
    if result.since is None:
        return ""
    return f", {sum(one.new for one in causes)} of them new since the run of {moment(result.since.started)}"


def _cause_line(one: ShownCause) -> str:
    kept = f"; keeps {len(one.cause.untested)} from being tested" if one.cause.untested else ""
    seen = f": {one.seen}" if one.seen else ""
    new = "NEW " if one.new else ""
    what = f"{kind_of(one).upper():4} {new}{one.cause.id} {shortened(one.title)}{seen}"
    return f"{what} ({counted(len(one.cause.scenarios), 'scenario')}{kept})"


def table_lines(result: RunResult) -> list[str]:
    """Return the table of verdicts as plain lines."""
    names = [verdict.value for verdict in overview.verdicts_shown(result)]
    rows = [*overview.rows(result), overview.Row("All", result.summary())]
    titles = [*(visible(interaction_title(row.name, result.run.edition)) for row in rows[:-1]), "All"]
    width = max(len("Interaction"), *(len(title) for title in titles))
    lines = [f"{'Interaction':{width}}" + "".join(f"{name:>7}" for name in names)]
    for title, row in zip(titles, rows, strict=True):
        lines.append(f"{title:{width}}" + "".join(f"{row.counts[name] or '.':>7}" for name in names))
    return lines


def verdict_lines(result: RunResult) -> list[str]:
    """Return what the run did at the provider, and the overall verdict."""
    verdict = outcome(result)
    return [*receipt(result.changes).sentences, f"{verdict.word}: {verdict.sentence}"]


def _table(result: RunResult) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold", show_footer=True)
    summary = result.summary()
    table.add_column("Interaction", footer="All")
    shown = overview.verdicts_shown(result)
    for verdict in shown:
        table.add_column(verdict.value, justify="right", footer=str(summary[verdict]))
    for row in overview.rows(result):
        cells = [
            Text(str(row.counts[verdict]), style=_COLOURS[verdict]) if row.counts[verdict] else Text(".", style="dim")
            for verdict in shown
        ]
        table.add_row(Text(visible(interaction_title(row.name, result.run.edition))), *cells)
    return table
