"""Every written format, word for word, of a run in which everything happens that a report has words for."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
import zlib
from pathlib import Path

import pytest

from conformance.comparing import compare
from conformance.reporting import (
    annex,
    comparison_view,
    exchange_files,
    har,
    html,
    job_annotations,
    junit,
    markdown,
    proven,
    results_json,
    xlsx,
)
from conformance.reporting.console import PlainProgress
from conformance.reporting.pytest_html_page import html_extras
from tests.support.approved import approve
from tests.support.eventful import TEXTS, before, eventful
from tests.support.samples import exchange, lifelike
from tests.unit.reporting.test_outputs_as_approved import visible


@pytest.fixture(autouse=True)
def _record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proven, "known", lambda _: {"book_appointment.fails": proven.Known(3, 1)})


def test_results_json() -> None:
    approve("eventful-results.json", b"".join(results_json.pieces(eventful())).decode())


def test_junit_xml() -> None:
    approve("eventful-junit.xml", junit.dumps(eventful()).decode())


def test_summary_md() -> None:
    approve("eventful-summary.md", markdown.dumps(eventful()) + "\n---\n\n" + markdown.dumps(lifelike()))


def test_report_html() -> None:
    approve("eventful-report.txt", visible(html.render(eventful(), TEXTS, seal="0a1b2c")))


def test_console(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.reporting.console.time.monotonic", lambda: 0.0)
    stream, run = io.StringIO(), eventful()
    progress = PlainProgress(stream)
    progress.start(len(run.scenarios))
    for scenario in run.scenarios:
        progress.scenario(scenario)
    progress.waiting("waiting 20 s for the response to book appointment")
    progress.finish(run)
    approve("eventful-console.txt", stream.getvalue())


def test_job_annotations() -> None:
    approve("eventful-annotations.txt", "\n".join(job_annotations.lines(eventful())))


def test_pytest_html_extras() -> None:
    parts = [extra["content"] for scenario in eventful().scenarios for extra in html_extras(scenario)]
    approve("eventful-pytest-html.txt", visible(f"<div>{''.join(parts)}</div>"))


def test_a_comparison() -> None:
    compared = compare(before(), eventful())
    shown = [*comparison_view.lines(compared), comparison_view.dumps(compared)]
    approve("eventful-diff.txt", "\n".join([*shown, visible(comparison_view.render(compared))]))
    back = compare(eventful(), before())
    approve("eventful-diff-back.txt", "\n".join(comparison_view.lines(back)))


def test_har() -> None:
    entries = json.loads("".join(har.pieces(list(eventful().exchanges.values())[:8], "0.1.0")))
    approve("eventful.har", json.dumps(entries, indent=1, ensure_ascii=False))


def test_curl_commands() -> None:
    shown = [eventful().exchanges[number] for number in (1, 5, 7, 20)]
    bodies = [b"@x", b"\x00", b"\xff", b"x" * 100_001, b"it's"]
    odd = [
        exchange(40 + n, request_body=body, url="https://a.test/it's", label="two\nlines")
        for n, body in enumerate(bodies)
    ]
    empty = exchange(50, request_headers=(("X-Empty", ""), ("Content-Length", "3"), ("Connection", "close")))
    text = "".join(exchange_files.curl_commands([*shown, *odd, empty]))
    approve("eventful-curl.sh", re.sub(r"(eHh4[a-zA-Z0-9\n]{40})[A-Za-z0-9\n=]{200,}", r"\1…\n", text))


def test_files_of_exchanges(tmp_path: Path) -> None:
    assert exchange_files.write_files([eventful().exchanges[number] for number in (1, 5, 6, 7)], tmp_path) == 4
    assert exchange_files.write_files([], tmp_path) == 0
    files = sorted(tmp_path.iterdir())
    shown = [f"== {path.name}\n{path.read_bytes().decode('utf-8', 'backslashreplace')}" for path in files]
    approve("eventful-exchange-files.txt", "\n".join(shown))


def test_workbook() -> None:
    """The sheets with their widths, filters and validation, the styles, and the texts that they name by number."""
    book = zipfile.ZipFile(io.BytesIO(xlsx.dumps(eventful(), TEXTS)))
    parts = [
        name
        for name in sorted(book.namelist())
        if "sheet" in name or "Strings" in name or name.endswith(("styles.xml", "core.xml"))
    ]
    shown = [f"== {name}\n" + book.read(name).decode().replace("><", ">\n<") for name in parts]
    approve("eventful-workbook.txt", "\n".join(shown))


def unpacked(page: str) -> str:
    """The packed data of a page, in the place of their base64."""
    texts = re.findall(r">([A-Za-z0-9+/=]{40,})<", page)
    return "\n".join(zlib.decompress(base64.b64decode(text)).decode() for text in texts)


def test_annex(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(annex, "POINTED_TO", 2_000)
    monkeypatch.setattr(annex, "OTHERS", 1_000)
    shown = [f"== {name}\n{visible(page)}\n-- packed\n{unpacked(page)}" for name, page in annex.pages(eventful())]
    approve("eventful-annex.txt", re.sub(r"[A-Za-z0-9+/=]{200,}", "(packed)", "\n".join(shown)))
