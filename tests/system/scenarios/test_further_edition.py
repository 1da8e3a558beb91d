"""An edition in a folder of the user's own, based on stu3: served, and tested, by data alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from conformance.spec import load
from tests.support import further_edition
from tests.support.further_edition import NAME, make_edition
from tests.support.suite_run import exchanges, run_suite, verdicts

# With GPC_PROOF set (`make proof`) the whole suite, else:
SAMPLE = (
    "search.succeeds or search.slot-profile or search.start-year or search.every-answer-conforms or book.one-slot or "
    "book.unknown-slot or errors.book-reference-slot or amend.comment or cancel.booked or ssp.search-other-interaction"
)


@pytest.fixture
def editions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the further edition, which this process knows, too: it starts the provider."""
    folder = make_edition(tmp_path / "editions")
    monkeypatch.setenv("GPCONNECT_EDITIONS", str(folder))
    return folder


def test_the_suite_runs_by_its_data(editions: Path, tmp_path: Path) -> None:
    select = "" if os.environ.get("GPC_PROOF") else SAMPLE
    results = run_suite(tmp_path / "out", NAME, editions=editions, select=select)
    assert results["exit"] == 0
    assert set(verdicts(results).values()) <= {"pass", "omit"}
    assert len(results["scenarios"]) >= 10
    assert {row["edition"] for row in results["scenarios"]} == {NAME}
    found = repr(exchanges(results, "search_free_slots"))
    assert further_edition.INTERACTION_ID in found
    assert f"{load('stu3').interactions['search_free_slots'].interaction_id}'" not in found
    assert further_edition.PROFILE in found
    assert further_edition.ERROR_CODE in repr(list(results["recorded"].values()))
    assert "REFERENCE_NOT_FOUND" not in repr(list(results["recorded"].values()))


def test_a_requirement_weighs_as_the_edition_has_it(editions: Path, tmp_path: Path) -> None:
    select, fault = "search.start-year", "search.accepts-bad-start"
    strict = run_suite(tmp_path / "strict", "stu3", select=select, faults=[fault])
    softened = run_suite(tmp_path / "softened", NAME, select=select, faults=[fault], editions=editions)
    assert "fail" in verdicts(strict).values()
    assert set(verdicts(softened).values()) == {"warn"}
    assert (strict["exit"], softened["exit"]) == (1, 0)


def test_a_provider_of_the_base_does_not_conform(editions: Path, tmp_path: Path) -> None:
    results = run_suite(
        tmp_path / "out", NAME, served="stu3", editions=editions, select="search.succeeds or book.one-slot"
    )
    assert results["exit"] != 0
    assert "pass" not in verdicts(results).values()
