"""Names and bodies that mean harm, in every form that a run is written in: as text, whole in its encoding, cut where long."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import lxml.etree
import lxml.html
import openpyxl
import pytest

from conformance.comparing import compare
from conformance.core.exchange import Exchange
from conformance.core.results import Finding, RunResult, Severity, Verdict
from conformance.reporting import annex, comparison_view, html, job_annotations, junit, markdown, results_json, xlsx
from conformance.reporting.console import PlainProgress
from conformance.reporting.pytest_html_page import html_extras, table_row
from tests.support.samples import RUN, exchange, recorded, scenario

TEXTS = {
    "markup": "<b onclick=alert(1)>\"'&amp;]]><![CDATA[ <!-- --> </pre></td></details> {{ 7*7 }} {% raw %}",
    "script": "<script>alert(1)</script><img src=x onerror=alert(2)><svg/onload=alert(3)>javascript:alert(4)",
    "controls": "a\x00b\x07c\x1b[31md\x7fe\x85f\x9bg\r\nh",
    "directions": "a\u202egnp.exe\u202c\u2066b\u2069\u200b\ufeff\u061c",
    "surrogates": "a\ud800b\udfffc\ufffe\uffff",
    "formula": '=HYPERLINK("http://x"&A1)',
    "command": "::error title=x::y\n::set-output name=a::b%0A",
    "markdown": "# a | b `c` *d* [e](javascript:f) ![g](http://h) <i> @team #12 ~~j~~\n---\n- k",
}
BIG = "<i>\u202e" + "x" * 1_000_000
BODIES = (b"\xff\xfe\x00<script>\xc3\x28", b'{"a": "\xed\xa0\x80"}', b"<a>\x00</a>")


def run_of(text: str, bodies: tuple[bytes, ...] = BODIES) -> RunResult:
    found = Finding(text, Severity.FAIL, text, text, text, text, evidence=text, code="x", exchange=1)
    scenarios = [
        scenario(
            f"book.{verdict}",
            verdict,
            title=text,
            reason=text,
            why=text,
            fix=text,
            traceback=text,
            requirements=(text,),
            contradictions=(text,),
            findings=(replace(found, exchange=number),),
            exchanges=(_exchange(number, text, bodies[number % len(bodies)]),),
        )
        for number, verdict in enumerate(Verdict, start=1)
    ]
    run = replace(RUN, provider=text, subject={"product": text, text: text}, settings={text: text}, notices=(found,))
    return recorded(run, *scenarios)


def _exchange(number: int, text: str, body: bytes) -> Exchange:
    return exchange(
        number,
        label=text,
        url=f"https://x/{text}",
        request_headers=((text, text),),
        request_body=body,
        reason=text,
        response_headers=((text, text),),
        response_body=body,
    )


def _older(run: RunResult) -> RunResult:
    return replace(run, scenarios=tuple(replace(one, verdict=Verdict.PASS) for one in run.scenarios[1:]))


def _console(run: RunResult) -> str:
    stream = io.StringIO()
    progress = PlainProgress(stream)
    progress.start(len(run.scenarios))
    for one in run.scenarios:
        progress.scenario(one)
    progress.finish(run)
    return stream.getvalue()


def _rows(run: RunResult) -> str:
    class Report:
        def __init__(self, result: object) -> None:
            self.gpc_result = result

    made = []
    for one in run.scenarios:
        cells = ["<td>r</td>"] * 4
        table_row(Report(one), cells)
        made += [*cells, *(str(extra["content"]) for extra in html_extras(one))]
    return "\n".join(made)


def _workbook(run: RunResult) -> str:
    book = openpyxl.load_workbook(io.BytesIO(xlsx.dumps(run)))
    cells = (cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row)
    return "\n".join(str(cell.value) for cell in cells if cell.value is not None)


PAGES: dict[str, Callable[[RunResult], str]] = {
    "report.html": html.render,
    "annex": lambda run: "".join(text for _, text in annex.pages(run)),
    "diff.html": lambda run: comparison_view.render(compare(_older(run), run)),
    "pytest.html": _rows,
}
TEXT_FORMS: dict[str, Callable[[RunResult], str]] = {
    "summary.md": markdown.dumps,
    "console": _console,
    "diff": lambda run: "\n".join(comparison_view.lines(compare(_older(run), run))),
    "annotations": lambda run: "\n".join(job_annotations.lines(run)),
    "requirements.xlsx": _workbook,
}
FORMS = PAGES | TEXT_FORMS | {"junit.xml": lambda run: junit.dumps(run).decode()}


def unseen(text: str) -> Iterator[str]:
    """The characters that cannot be seen or that reorder others."""
    return (
        mark for mark in "\x00\x07\x1b\x7f\x85\x9b\r\u202e\u202c\u2066\u2069\u200b\u061c\ud800\udfff" if mark in text
    )


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("form", [*PAGES, *TEXT_FORMS])
def test_nothing_unseen_and_utf8(form: str, kind: str) -> None:
    text = FORMS[form](run_of(TEXTS[kind]))
    assert list(unseen(text)) == []
    text.encode("utf-8")


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("form", PAGES)
def test_no_element_and_no_attribute_of_its_own(form: str, kind: str) -> None:
    harmless, hostile = (lxml.html.document_fromstring(FORMS[form](run_of(text))) for text in ("a", TEXTS[kind]))
    known = {(element.tag, *sorted(element.keys())) for element in harmless.iter(lxml.etree.Element)}
    found = {(element.tag, *sorted(element.keys())) for element in hostile.iter(lxml.etree.Element)}
    assert found - known <= {("span", "class")}
    for link in hostile.xpath("//@href"):
        assert str(link).startswith(("#", "../report.html", "exchanges/", "report.html"))


@pytest.mark.parametrize("kind", TEXTS)
def test_junit_and_json_can_be_read(kind: str) -> None:
    run = run_of(TEXTS[kind])
    root = lxml.etree.fromstring(junit.dumps(run))
    assert len(list(root.iter("testcase"))) == len(run.scenarios)
    assert results_json.from_json(json.loads(results_json.dumps(run))).scenarios == run.scenarios
    assert json.loads(comparison_view.dumps(compare(_older(run), run)))["summary"]["broken"] >= 1


@pytest.mark.parametrize("form", FORMS)
def test_megabytes_are_cut_with_a_way_to_the_whole(form: str) -> None:
    small, big = (FORMS[form](run_of(text)) for text in ("a", BIG))
    assert len(big) < len(small) + 1_500_000
    assert max(map(len, big.splitlines())) < 300_000
    if form not in ("diff", "annotations", "summary.md", "console"):  # which name scenarios, causes and files alone
        assert "whole" in big
        assert "evidence.sqlite" in big


def test_a_body_of_megabytes_is_cut_and_says_so() -> None:
    pages = dict(annex.pages(run_of("a", (b"[" * 3_000_000,))))
    (page,) = pages.values()
    assert len(page) < 2_000_000
    assert "cut here: the body has 3,000,000 bytes, whole in evidence.sqlite" in page
