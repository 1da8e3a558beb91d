"""The options of dstu2: the bundled provider serves each, and a consumer that chose another is refused."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from conformance.spec import load
from tests.support.suite_run import exchanges, run_suite, verdicts

# With GPC_PROOF set (`make proof`) the whole suite, else:
SAMPLE = (
    "search.succeeds or search.with-slash or book.one-slot or amend.comment or amend.status-cancelled or cancel.booked or "
    "cancel.reason or cancel.changed-description or ssp.search-other-interaction or ssp.cancel-without-interaction or "
    "jwt.search-expired or metadata.slot-search"
)
CHOICES = [
    {key: value}
    for key, option in load("dstu2").raw["options"].items()
    for value in option["values"]
    if value != option["default"]
]
ALL = {key: value for choice in CHOICES for key, value in choice.items()}


@pytest.mark.parametrize("options", [*CHOICES, ALL], ids=lambda options: "+".join(options))
def test_the_suite_passes_under_each_option(options: Mapping[str, str], tmp_path: Path) -> None:
    results = run_suite(tmp_path, "dstu2", options=options, select="" if os.environ.get("GPC_PROOF") else SAMPLE)
    assert results["exit"] == 0
    assert set(verdicts(results).values()) <= {"pass", "omit"}
    assert len(results["scenarios"]) >= 12


@pytest.mark.parametrize(
    ("options", "interaction"),
    [
        ({"slot_search_interaction": "rest:search:slot"}, "search_free_slots"),
        ({"cancel_interaction": "rest:update:appointment"}, "cancel_appointment"),
    ],
)
def test_the_chosen_id_is_sent_and_no_other_is_taken(
    options: Mapping[str, str], interaction: str, tmp_path: Path
) -> None:
    select = "search.succeeds or cancel.booked"
    chosen = run_suite(tmp_path / "chosen", "dstu2", options=options, select=select)
    sent = [one.request_header("Ssp-InteractionID") for one in exchanges(chosen, interaction)]
    assert set(sent) == {load("dstu2", options).interactions[interaction].interaction_id}
    other = run_suite(tmp_path / "other", "dstu2", served_options=options, select=select)
    assert set(verdicts(chosen).values()) == {"pass"}
    assert set(verdicts(other).values()) != {"pass"}


def test_a_cancellation_without_a_change_may_be_read_as_an_amendment(tmp_path: Path) -> None:
    options = {"cancel_interaction": "rest:update:appointment"}
    results = run_suite(tmp_path, "dstu2", options=options, select="cancel.status-without-reason")
    (row,) = results["scenarios"]
    assert row["verdict"] == "pass", "with one interaction id for both, a 200 that changes nothing is defensible"
