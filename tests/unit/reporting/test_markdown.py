"""The summary in Markdown: what it says, and that nothing of the provider's becomes markup."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from conformance.causes import causes_of
from conformance.core.results import RunResult, Verdict
from conformance.core.waivers import Waiver
from conformance.reporting import markdown
from conformance.waivers import waived
from tests.support.samples import HOSTILE, RUN, hostile, large, lifelike


def tokens(text: str) -> list[Token]:
    """What a Markdown parser with tables, raw HTML and bare links makes of a text."""
    parser = MarkdownIt("commonmark", {"html": True, "linkify": False}).enable("table").enable("strikethrough")
    found = parser.parse(text)
    return found + [child for token in found for child in token.children or ()]


def test_it_begins_with_the_verdict_and_has_a_row_for_each_cause() -> None:
    text = markdown.dumps(lifelike())
    assert text.startswith("## Not conformant: Example GP\n")
    for cause in causes_of(lifelike()):
        assert f"({cause.id})" in text
    assert "The provider has no past appointment" in text


def test_a_run_without_scenarios() -> None:
    assert markdown.dumps(RunResult(RUN, ())).startswith("## Incomplete")


def test_hostile_text_is_escaped() -> None:
    text = markdown.dumps(hostile())
    assert "<script" not in text.replace("\\<script", "")
    assert "\u202e" not in text
    assert "\x1b" not in text
    rows = [line for line in text.splitlines() if line.startswith(("| fail", "| warn"))]
    assert rows
    assert all(line.replace("\\|", "").count("|") == 8 for line in rows)


@pytest.mark.parametrize("run", [lifelike(), hostile(), large(40), RunResult(RUN, ())])
def test_a_parser_finds_headings_and_tables_and_nothing_of_the_providers(run: RunResult) -> None:
    found = tokens(markdown.dumps(run))
    kinds = {token.type for token in found}
    assert not kinds & {
        "html_block",
        "html_inline",
        "link_open",
        "image",
        "code_inline",
        "fence",
        "code_block",
        "s_open",
    }
    assert "table_open" in kinds
    assert sum(token.type == "heading_open" for token in found) >= 1
    rows = sum(token.type == "tr_open" for token in found)
    assert rows >= 2 + len(causes_of(run))


def test_a_cell_reads_as_it_was_sent() -> None:
    found = tokens(f"| {markdown.escaped('a | b `c` <i> *d* @e #1')} |\n|---|\n")
    (cell,) = [token.content for token in found if token.type == "inline"]
    (read,) = ["".join(child.content for child in token.children or ()) for token in found if token.type == "inline"]
    assert "|" in cell
    assert read == "a | b `c` <i> *d* @e #1"


def test_megabytes_are_cut() -> None:
    run = lifelike()
    big = replace(run.scenarios[12], reason=HOSTILE * 50_000, verdict=Verdict.SKIP)
    assert len(markdown.dumps(replace(run, scenarios=(big,)))) < 20_000


def test_waivers_have_a_table() -> None:
    waiver = Waiver("scenario", "book.double", "Known | fixed.", "Jo", "GPC-1", date(2027, 3, 1))
    late = Waiver("scenario", "book.unknown-slot", "Known.", "Jo", "GPC-2", date(2026, 3, 1))
    text = markdown.dumps(waived(lifelike(), [waiver, late], date(2026, 11, 29)))
    assert "### Waivers" in text
    assert "| used | the waiver of scenario book.double" in text
    assert "| **expired** |" in text
    assert "| waived | Both bookings" in text
