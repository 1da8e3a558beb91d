"""What an earlier run's folder holds, and what of it need not be run again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.core.errors import UsageError
from conformance.core.results import Blame, Finding, RunInfo, ScenarioResult, Severity, Verdict
from conformance.evidence.schema import FILE_NAME
from conformance.evidence.writer import EvidenceWriter
from conformance.pytest_plugin.resume import configuration_of, continued, read_earlier
from conformance.redaction.redactor import Redactor
from tests.support.samples import RUN, exchange, recorded, write
from tests.support.trials import result

NOW = "2026-11-29T12:00:00+00:00"
GONE = Finding("the provider is gone", Severity.WARN, blame=Blame.ENVIRONMENT, code="provider-gone")


def written(folder: Path, *scenarios: ScenarioResult, finished: bool = False, **run: object) -> RunInfo:
    info = replace(RUN, complete=finished, notices=(GONE,), **run)  # type: ignore[arg-type]
    with EvidenceWriter(folder, info, Redactor()) as writer:
        write(writer, recorded(info, *scenarios))
        if finished:
            writer.finish(info)
    return info


def stopped(name: str, code: str, blame: Blame = Blame.ENVIRONMENT) -> ScenarioResult:
    return result(name, Verdict.SKIP, findings=(Finding("why", Severity.INFO, blame=blame, code=code),))


def test_only_what_the_environment_stopped_is_run_again(tmp_path: Path) -> None:
    written(
        tmp_path,
        result("book.one", exchanges=(exchange(3), exchange(7))),
        result("book.two", Verdict.FAIL),
        stopped("book.gone", "provider-gone"),
        stopped("book.lost", "response-lost"),
        stopped("book.broken", "environment"),
        stopped("book.late", "cannot-test"),
        stopped("book.no-data", "cannot-test", Blame.TEST_DATA),
    )
    earlier = read_earlier(tmp_path)
    assert earlier.finished == {"book.one", "book.two", "book.no-data"}
    assert earlier.last_exchange == 7


def test_a_run_that_came_to_its_end_is_not_resumed(tmp_path: Path) -> None:
    written(tmp_path, result("book.one"), finished=True)
    with pytest.raises(UsageError, match="came to its end"):
        read_earlier(tmp_path)


def test_a_run_that_ended_with_something_given_up_can_be_resumed(tmp_path: Path) -> None:
    written(tmp_path, result("book.one"), stopped("book.two", "environment"), finished=True)
    assert read_earlier(tmp_path).finished == {"book.one"}


def test_the_whole_run_keeps_its_identity_and_drops_what_has_passed(tmp_path: Path) -> None:
    before = written(tmp_path, result("book.one"), settings={"selection": "book"})
    whole = continued(replace(RUN, id="new", started=NOW, notices=()), read_earlier(tmp_path), NOW)
    assert (whole.id, whole.started, whole.settings["selection"]) == (before.id, before.started, "book")
    assert [notice.code for notice in whole.notices] == ["resumed"]


@pytest.mark.parametrize(("name", "other"), [("provider", "https://elsewhere.example"), ("edition", "dstu2")])
def test_another_run_is_refused(tmp_path: Path, name: str, other: str) -> None:
    written(tmp_path, result("book.one"))
    with pytest.raises(UsageError, match=f"was of {name}"):
        continued(replace(RUN, **{name: other}), read_earlier(tmp_path), NOW)


def test_the_configuration_of_a_run(tmp_path: Path) -> None:
    written(tmp_path, result("book.one"), settings={"configuration": "my.yaml"})
    assert configuration_of(tmp_path) == Path("my.yaml")
    (tmp_path / FILE_NAME).unlink()
    written(tmp_path, result("book.one"), settings={})
    with pytest.raises(UsageError, match="--config"):
        configuration_of(tmp_path)
