"""What the pytest-html page shows of a scenario: its findings under its row, ways to its exchanges, columns of our own.

The plugin calls these from pytest-html's hooks. pytest-html inserts what it is given as it is, so all of it is escaped
here; it keeps every row in memory of the browser, so the exchanges themselves are in report.html.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from functools import cache, partial
from html import unescape
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import escape

from conformance.core.results import ScenarioResult, Verdict
from conformance.reporting.display import bounded, visible
from conformance.reporting.html import VERDICT_WORDS, environment
from conformance.reporting.overview import anchor_named, evidence
from conformance.reporting.packing import Packer

if TYPE_CHECKING:
    from jinja2 import Template

TITLE = "GP Connect conformance: scenarios"
RESULT_ATTRIBUTE = "gpc_result"  # where the plugin hangs the (redacted) ScenarioResult on pytest's report
_MOST_LINKS = 8  # exchanges linked from one scenario
_FILTERS = {"xpassed": "warnings", "xfailed": "waived"}  # what filters of pytest-html are used for
_FILTER = re.compile(r'(<input [^<>]*data-test-result="([a-z]+)")')

_DATA = re.compile(
    r'<div id="data-container" data-jsonblob="(?P<data>[^"]*)"></div>\s*<script>(?P<script>.*?)</script>', re.DOTALL
)


def html_extras(result: ScenarioResult) -> list[dict[str, Any]]:
    """Return the extras of a scenario's row: one piece of HTML with its findings and links. Give it redacted.

    A scenario that passed without a remark has the way to its exchanges only.
    """
    from pytest_html import extras

    if result.verdict is Verdict.PASS and not result.findings:
        named = {0: "In the report", 1: "Its exchange"}.get(
            len(result.exchanges), f"Its {len(result.exchanges)} exchanges"
        )
        return [extras.html(f"<a href='report.html#{anchor_named(result.id)}'>{named}</a>")]
    shown = (evidence(result) or list(result.exchanges))[:_MOST_LINKS]
    content = _template().render(scenario=result, exchanges=shown, left_out=len(result.exchanges) - len(shown))
    return [extras.html(content)]


def summary(prefix: list[str]) -> None:
    """Put above the table where the assurance report is, and rules that make pytest-html's pale text readable."""
    prefix.append(
        "<style>#results-table, #environment td, .summary a, .summary span, .summary button, p a "
        "{ color: #212b32 !important } #results-table .passed .col-result { color: #006747 !important }"
        "#results-table .skipped .col-result, #results-table .xpassed .col-result { color: #7a4d00 !important }"
        "#results-table .xfailed .col-result { color: #7a4d00 !important }"
        "#results-table .failed .col-result, #results-table .error .col-result { color: #b8160c !important }</style>"
        '<p>Verdicts, requirements and whole exchanges for readers: <a href="report.html">report.html</a>.</p>'
    )


def table_header(cells: list[str]) -> None:
    """Put our columns into the header of pytest-html's table: verdict, scenario and requirements; links go."""
    cells[1:] = [
        '<th class="sortable" data-column-type="verdict">Verdict</th>',
        '<th class="sortable" data-column-type="scenario">Scenario</th>',
        "<th>Requirements</th>",
        *cells[1:-1],
    ]


def table_row(report: Any, cells: list[str]) -> None:
    """Put our cells into a row; those of a test that is no scenario of ours stay empty."""
    if not cells:
        return
    result = getattr(report, RESULT_ATTRIBUTE, None)
    verdict, name, requirements = ("", "", "")
    if isinstance(result, ScenarioResult):
        verdict, name = VERDICT_WORDS[result.verdict], f"{result.id}: {result.title}"
        requirements = ", ".join(result.requirements)
    cells[1:] = [
        _cell("verdict", verdict),
        _cell("scenario", name),
        _cell("requirements", requirements),
        *cells[1:-1],
    ]


def complete_page(path: Path, masked: Callable[[str], str] = str) -> None:
    """Give a page that pytest-html has written what a screen reader needs, and pack its data: a tenth of the size remains.

    Added are language, main part, labels for the filters. The data, which the page's script reads, are unpacked before it
    runs; `masked` is applied to them (JSON). A page that is not there or that looks otherwise is left alone.
    """
    if not path.is_file():
        return
    page = path.read_text(encoding="utf-8")
    head, opened, rest = page.partition("<body>")
    shown, closed, foot = rest.rpartition("</body>")
    if not opened or not closed or "<main>" in shown:
        return
    head = head.replace("<html>", '<html lang="en-GB">', 1)
    shown = _warnings_apart(shown)
    shown = _FILTER.sub(lambda match: f'{match[1]} aria-label="show {_FILTERS.get(match[2], match[2])}"', shown)
    path.write_text(
        f"{head}{opened}<main>{_DATA.sub(partial(_packed, masked), shown)}</main>{closed}{foot}", encoding="utf-8"
    )


def _warnings_apart(shown: str) -> str:
    """Give warnings the filter of unexpected passes, of which there are none; what is waived has that of expected failures.

    pytest-html knows the outcomes of pytest alone, among which a warning is a pass.
    """
    found = _DATA.search(shown)
    if found is None:
        return shown
    document = json.loads(unescape(found["data"]))
    counts: Counter[str] = Counter()
    for rows in document.get("tests", {}).values():
        for row in rows:
            if row.get("verdict") == VERDICT_WORDS[Verdict.WARN] and row.get("result") == "Passed":
                row["result"] = "XPassed"
                row["resultsTableRow"][:1] = ['<td class="col-result">Warning</td>']
            counts[str(row.get("result")).lower()] += 1
    shown = f"{shown[: found.start('data')]}{escape(json.dumps(document))}{shown[found.end('data') :]}"
    for outcome, label in (("passed", "Passed"), ("xpassed", "Warnings"), ("xfailed", "Waived")):
        shown = _counted(shown, outcome, counts[outcome], label)
    return shown


def _counted(shown: str, outcome: str, count: int, label: str) -> str:
    """Write a filter's count and label, and let it be used where it has something to show."""
    shown = re.sub(rf'(<span class="{outcome}">)\d+ [^<]*(</span>)', rf"\g<1>{count} {label},\g<2>", shown, count=1)
    usable = "" if count else "disabled"
    return re.sub(rf'(data-test-result="{outcome}" )(?:disabled)?', rf"\g<1>{usable}", shown, count=1)


def _packed(masked: Callable[[str], str], match: re.Match[str]) -> str:
    packer = Packer()
    packer.add(masked(unescape(match["data"])).encode("utf-8", "surrogatepass"))
    script = files("conformance.reporting").joinpath("templates/packed_page.js").read_text(encoding="utf-8")
    return (
        f'<div id="data-container" data-packed="{packer.text()}"></div>\n'
        f'<script type="text/plain" id="page-script">{match["script"]}</script>\n<script>{script}</script>'
    )


def _cell(column: str, text: str) -> str:
    return f'<td class="col-{column}">{escape(visible(bounded(text)))}</td>'


@cache
def _template() -> Template:
    return environment().get_template("pytest_html.html.j2")
