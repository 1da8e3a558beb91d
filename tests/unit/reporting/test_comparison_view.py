"""A comparison on the terminal, as JSON and as a page, hostile text included."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import lxml.html
import pytest

from conformance.comparing import Comparison, compare
from conformance.core.results import Finding, RunResult, Verdict
from conformance.reporting import comparison_view
from tests.support.samples import HOSTILE, RUN, hostile, large, lifelike, scenario


def changed(run: RunResult) -> RunResult:
    """The run with what failed passing, what passed failing, and what was not tested passing."""
    swapped = {
        Verdict.PASS: Verdict.FAIL,
        Verdict.WARN: Verdict.FAIL,
        Verdict.FAIL: Verdict.PASS,
        Verdict.SKIP: Verdict.PASS,
    }
    found = (Finding(HOSTILE, found=HOSTILE, expected=HOSTILE, location=HOSTILE, code="y"),)
    scenarios = [
        replace(one, verdict=swapped.get(one.verdict, one.verdict), findings=one.findings or found)
        for one in run.scenarios[1:]
    ]
    return replace(run, scenarios=tuple(scenarios))


@pytest.fixture(params=[lifelike(), hostile(), large(40)], ids=["lifelike", "hostile", "large"])
def comparison(request: pytest.FixtureRequest) -> Comparison:
    return compare(request.param, changed(request.param))


def test_lines() -> None:
    old = RunResult(RUN, (scenario("book.a"), scenario("book.b", Verdict.FAIL), scenario("book.c")))
    new = RunResult(
        RUN,
        (
            scenario("book.a", Verdict.FAIL, findings=(Finding("wrong", found="1", expected="2", code="z"),)),
            scenario("book.b"),
            scenario("book.c", Verdict.SKIP, reason="no slot is free"),
        ),
    )
    found = list(comparison_view.lines(compare(old, new)))
    assert "Broken: a worse verdict than before" in found
    assert "    book.a: Pass → Fail" in found
    assert any(line.endswith("Wrong: found 1, expected 2 [new cause]") for line in found)
    assert "    book.b: Fail → Pass" in found
    assert "  no slot is free" in found
    assert "    book.c: Pass → Not tested" in found
    assert found[-2] == "1 broken, 1 fixed, 0 new, 1 gone, 0 unchanged. Causes: 1 new, 0 gone, 0 in both runs."
    assert found[-1] == "Worse: 1 scenario is broken or newly failing."


def test_json_is_as_its_schema_says(comparison: Comparison) -> None:
    text = comparison_view.dumps(comparison)
    assert text.isascii()
    jsonschema.Draft202012Validator.check_schema(comparison_view.schema())
    document = json.loads(text)
    jsonschema.Draft202012Validator(comparison_view.schema()).validate(document)
    assert document["exit_code"] == comparison.code == 1
    assert (
        len(document["scenarios"])
        == len(comparison.changes)
        == sum(document["summary"][kind] for kind in ("broken", "fixed", "new", "gone"))
    )


def test_page_shows_every_change_and_runs_nothing(comparison: Comparison) -> None:
    page = comparison_view.render(comparison)
    tree = lxml.html.document_fromstring(page)
    assert not tree.xpath("//script | //@src | //@onerror | //img")
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    listed = tree.xpath("//section//ul[@class='links']/li")
    assert len(listed) == len(comparison.changes)
    assert tree.xpath("//main//div[contains(@class, 'outcome not-conformant')]")
    for hidden in ("\u202e", "\u2066", "\x1b", "\u200b"):
        assert hidden not in page


def test_terminal_shows_nothing_invisible(comparison: Comparison) -> None:
    shown = "\n".join(comparison_view.lines(comparison))
    for hidden in ("\u202e", "\u2066", "\x1b", "\u200b", "\x00"):
        assert hidden not in shown


def test_nothing_worse_and_gone_in_words() -> None:
    run = lifelike()
    assert comparison_view.verdict(compare(run, run)) == "Nothing is worse."
    shorter = replace(run, scenarios=run.scenarios[1:])
    assert comparison_view.verdict(compare(run, shorter)) == (
        "Nothing is worse, but 1 scenario has no verdict any more."
    )
