"""The written formats, word for word: what a lifelike run becomes in each of them."""

from __future__ import annotations

import io
from types import SimpleNamespace

import lxml.html
import pytest

from conformance.reporting import html, junit, proven, results_json
from conformance.reporting.console import PlainProgress
from conformance.reporting.pytest_html_page import html_extras, table_row
from tests.support.approved import approve
from tests.support.samples import lifelike


def visible(page: str) -> str:
    """The words of a page, an element a line, with the addresses and labels that its attributes hold."""
    lines = []
    for element in lxml.html.fromstring(page).iter():
        if not isinstance(element.tag, str) or element.tag in ("style", "script"):
            continue
        kept = [
            f"{name}={value}" for name, value in element.items() if name in ("id", "href", "class", "open", "scope")
        ]
        text = " ".join((element.text or "").split())
        tail = " ".join((element.tail or "").split())
        lines.append(f"{element.tag} {' '.join(kept)}: {text}".rstrip())
        lines += [f"  {tail}"] if tail else []
    return "\n".join(lines)


def test_results_json() -> None:
    approve("results.json", b"".join(results_json.pieces(lifelike())).decode())


def test_junit_xml() -> None:
    approve("junit.xml", junit.dumps(lifelike()).decode())


def test_report_html(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        proven, "known", lambda _: {"book.double": proven.Known(3, 1)}
    )  # the record is renewed now and then
    approve("report.txt", visible(html.render(lifelike())))


def test_console(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.reporting.console.time.monotonic", lambda: 0.0)
    stream, run = io.StringIO(), lifelike()
    progress = PlainProgress(stream)
    progress.start(len(run.scenarios))
    for scenario in run.scenarios:
        progress.scenario(scenario)
    progress.finish(run)
    approve("console.txt", stream.getvalue())


def test_pytest_html_rows() -> None:
    rows = []
    for scenario in lifelike().scenarios:
        cells = ["<td>r</td>", "<td>t</td>", "<td>d</td>", "<td>l</td>"]
        table_row(SimpleNamespace(gpc_result=scenario), cells)
        rows += cells
    approve("pytest-html-rows.txt", "\n".join(rows))


def test_pytest_html_extras() -> None:
    parts = [extra["content"] for scenario in lifelike().scenarios for extra in html_extras(scenario)]
    approve("pytest-html.txt", visible(f"<div>{''.join(parts)}</div>"))
