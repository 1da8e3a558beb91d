"""Options that choose scenarios: in words and back, and what they mean of an earlier run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.causes import causes_of
from conformance.core.errors import UsageError
from conformance.core.results import Finding, ScenarioResult, Verdict
from conformance.engine.selection_options import OPTIONS, Choice
from conformance.evidence.reader import read_evidence
from conformance.evidence.writer import EvidenceWriter
from conformance.pytest_plugin.choosing import Wanted, chosen_ids, from_words, in_words
from conformance.redaction.redactor import Redactor
from tests.support.samples import RUN
from tests.support.trials import result


def written(folder: Path, *scenarios: ScenarioResult, edition: str = "stu3") -> Path:
    info = replace(RUN, edition=edition)
    writer = EvidenceWriter(folder, info, Redactor())
    for one in scenarios:
        writer.scenario(replace(one, edition=edition))
    writer.finish(replace(info, complete=True))
    return folder


FAILED = result("book.times", Verdict.FAIL, findings=(Finding("wrong", location="Appointment.start", code="times"),))


def chosen(*words: str, edition: str = "stu3", reports: Path | None = None) -> frozenset[str]:
    return chosen_ids(Wanted(choice=Choice.read(words)), [edition], reports=reports)[edition]


@pytest.mark.parametrize("keyword", ["", "book and not 'x y'"])
@pytest.mark.parametrize(
    "words", [[], ["--id", "book.*"], ["--id", "a b", "--id", "c", "--failed-from", "reports/x", "--cause", "C-1"]]
)
def test_a_selection_in_words_is_read_again(keyword: str, words: list[str]) -> None:
    choice = Choice.read(words)
    text = in_words(keyword, choice)
    assert from_words(text) == (keyword, choice)
    assert choice.words() == words


def test_options_not_given_are_left_out() -> None:
    assert not Choice.of({option.name: () for option in OPTIONS})
    assert Choice.of({"id": ["x"], "other": ["y"]}).words("--gpc-") == ["--gpc-id", "x"]


def test_what_failed_in_an_earlier_run(tmp_path: Path) -> None:
    run = written(
        tmp_path / "r", FAILED, result("book.taken-by-same", Verdict.WARN), result("gone.since", Verdict.ERROR)
    )
    assert chosen("--failed-from", str(run)) == {"book.times"}


def test_a_cause_of_the_last_run_and_of_one_named(tmp_path: Path) -> None:
    first = written(tmp_path / "stu3-1", FAILED)
    (cause,) = causes_of(read_evidence(first))
    assert chosen("--cause", cause.id, reports=tmp_path) == {"book.times"}
    second = written(tmp_path / "stu3-2", result("book.times"))
    assert chosen("--cause", cause.id, "--of", str(first)) == {"book.times"}
    with pytest.raises(UsageError, match=f"has no cause {cause.id}"):
        chosen("--cause", cause.id, "--of", str(second))


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (lambda folder: written(folder, result("book.times")), "no scenario failed in the run in"),
        (lambda folder: written(folder, FAILED, edition="dstu2"), "was of edition dstu2, not stu3"),
        (lambda folder: folder.mkdir(), "evidence.sqlite"),
        (lambda folder: None, ""),
    ],
)
def test_a_run_that_cannot_be_used_is_a_usage_error(tmp_path: Path, prepare: object, said: str) -> None:
    prepare(tmp_path / "r")  # type: ignore[operator]
    with pytest.raises(UsageError) as caught:
        chosen("--failed-from", str(tmp_path / "r"))
    assert said in str(caught.value)


def test_where_there_is_no_last_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no run in"):
        chosen("--cause", "C-0123456789", reports=tmp_path)


def test_an_option_counts_where_one_of_several_editions_has_what_it_names() -> None:
    found = chosen_ids(Wanted(choice=Choice.read(["--id", "location-find.every-answer-conforms"])), ["dstu2", "stu3"])
    assert found == {"dstu2": {"location-find.every-answer-conforms"}, "stu3": frozenset()}
    with pytest.raises(UsageError):
        chosen_ids(Wanted(choice=Choice.read(["--id", "nothing.at-all"])), ["dstu2", "stu3"])
