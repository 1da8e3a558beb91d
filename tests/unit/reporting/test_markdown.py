"""The summary in Markdown: what it says, and that nothing of the provider's becomes markup."""

from __future__ import annotations

from conformance.causes import causes_of
from conformance.core.results import RunResult
from conformance.reporting import markdown
from tests.support.samples import RUN, hostile, lifelike


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
