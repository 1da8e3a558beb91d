"""What verdicts add up to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.core.results import RunResult, Verdict
from conformance.reporting.outcome import outcome
from tests.support.samples import RUN, scenario


@pytest.mark.parametrize(
    ("verdicts", "key", "says"),
    [
        ([Verdict.PASS, Verdict.OMIT], "conformant", "1 scenario met"),
        ([Verdict.PASS, Verdict.WARN], "conformant", "2 scenarios met the requirements, 1 of them with a warning"),
        ([Verdict.PASS, Verdict.FAIL, Verdict.SKIP], "not-conformant", "1 scenario found"),
        ([Verdict.PASS, Verdict.SKIP], "incomplete", "1 scenario could not be tested"),
        ([Verdict.PASS, Verdict.ERROR, Verdict.SKIP], "incomplete", "could not be judged and 1 scenario could not be"),
        ([Verdict.OMIT], "incomplete", "nothing was tested"),
        ([], "incomplete", "nothing was tested"),
    ],
)
def test_outcome(verdicts: list[Verdict], key: str, says: str) -> None:
    made = tuple(scenario(f"book.{number}", verdict) for number, verdict in enumerate(verdicts))
    found = outcome(RunResult(RUN, made))
    assert found.key == key
    assert says in found.sentence


def test_cut_short_or_selected_is_never_conformant() -> None:
    cut = RunResult(replace(RUN, complete=False), (scenario("book.x"),))
    assert outcome(cut).sentence == "No non-conformity was found, but the run was cut short."
    chosen = RunResult(replace(RUN, settings={"selection": "book"}), (scenario("book.x"),))
    assert outcome(chosen).key == "incomplete"
