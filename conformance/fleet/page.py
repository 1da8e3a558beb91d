"""fleet.html: what a fleet came to, one self-contained file without script, in the look of report.html."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from conformance import __version__
from conformance.comparing import Kind
from conformance.core.verdicts import Verdict
from conformance.fleet.model import Record, State
from conformance.fleet.summary import Since, Summary
from conformance.reporting.html import environment

if TYPE_CHECKING:
    from jinja2 import Template

_SLOWEST = 20
_KINDS = {
    Kind.BROKEN: "worse",
    Kind.FIXED: "better",
    Kind.NEW: "new",
    Kind.GONE: "gone",
    Kind.KEPT: "otherwise",
}
_NUMBERS = {Kind.BROKEN: "more", Kind.FIXED: "fewer", Kind.NEW: "new", Kind.GONE: "gone"}
_UNTESTED = (State.NOT_TESTABLE, State.CONFIGURATION, State.FAULT, State.NOT_RUN)


def render(summary: Summary, changed: Since | None, folder: Path) -> str:
    """Return the page of a fleet whose folder is `folder`: what lies in it is linked. All texts are escaped."""
    place = folder.resolve()
    return _template().render(
        fleet=summary,
        since=changed,
        states=[state for state in State if summary.counts[state]],
        counts=_by_badge(summary),
        untested=_by_reason(summary),
        slowest=summary.slowest(_SLOWEST),
        outcome=_outcome(summary),
        state_words={state.badge: state.word for state in State},
        kinds=_KINDS,
        numbers=_NUMBERS,
        report_of=lambda record: _report(record, place),
        version=__version__,
        names_shown=200,
    )


def _outcome(summary: Summary) -> tuple[str, str]:
    """The word of the headline and its class."""
    if summary.counts[State.NOT_CONFORMANT]:
        return f"{summary.counts[State.NOT_CONFORMANT]} not conformant", "not-conformant"
    if summary.of(*_UNTESTED) or summary.stopped:
        return "Incomplete", "incomplete"
    return "No non-conformity", "conformant"


def _by_badge(summary: Summary) -> dict[Verdict, int]:
    """How many providers have the colour of each verdict, for the bar."""
    counts = dict.fromkeys(Verdict, 0)
    for state, number in summary.counts.items():
        counts[state.badge] += number
    return counts


def _by_reason(summary: Summary) -> list[tuple[State, str, list[Record]]]:
    """Providers without a verdict, by state and reason: the heaviest state first, in it the reason of most providers."""
    found: dict[tuple[State, str], list[Record]] = {}
    for record in summary.of(*_UNTESTED):
        found.setdefault((record.state, record.reason), []).append(record)
    order = list(State)
    rows = [(state, reason, records) for (state, reason), records in found.items()]
    return sorted(rows, key=lambda row: (order.index(row[0]), -len(row[2])))


def _report(record: Record, place: Path) -> str:
    """The report of a run as a link from the page; "" where it does not lie in the folder of the fleet."""
    if not record.folder:
        return ""
    report = Path(record.folder) / "report.html"
    return report.relative_to(place).as_posix() if report.is_relative_to(place) and report.is_file() else ""


@cache
def _template() -> Template:
    from jinja2 import ChoiceLoader, PackageLoader

    base = environment()
    assert base.loader is not None
    pages = base.overlay(loader=ChoiceLoader([PackageLoader("conformance.fleet", "templates"), base.loader]))
    return pages.get_template("fleet.html.j2")
