"""The record of a proof that reports of runs show: what is in it, and that it is of today's scenarios, faults and variants."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.provider.variants import catalogue, variants_of
from conformance.proving import record as recording
from conformance.proving.proof import Proof
from conformance.proving.record import claimed, outdated, record, write_record
from conformance.proving.variant_proof import variant_trial
from conformance.reporting import proven
from conformance.spec import editions
from tests.support.trials import FAIL, PASS, SKIP, found, trial

ONE, TWO, *_ = claimed("stu3")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(proven, "_FOLDER", tmp_path)
    proven.known.cache_clear()
    yield tmp_path
    proven.known.cache_clear()


def _proof() -> Proof:
    """A proof of one scenario that catches two faults, leaves one variant alone, and does not pass on another."""
    variants = [
        variant_trial([catalogue()["ids.uuid"]], [found(ONE)]),
        variant_trial([catalogue()["json.pretty"]], [found(ONE, SKIP)]),
        variant_trial([catalogue()["xml.quotes"]], [found(ONE)]),
    ]
    return Proof(
        "stu3",
        clean={ONE: found(ONE), TWO: found(TWO)},
        trials=[trial("a.fault", ONE, FAIL), trial("b.fault", ONE, FAIL), trial("a.fault", TWO, PASS)],
        variants=variants,
        touched={"ids.uuid": {ONE}, "json.pretty": {ONE}, "xml.quotes": {TWO}},
    )


@pytest.mark.parametrize("edition", editions())
def test_the_record_is_of_todays_scenarios_faults_and_variants(edition: str) -> None:
    assert list(outdated(edition)) == []


@pytest.mark.parametrize("edition", editions())
def test_every_scenario_is_known_to_catch_a_fault_and_to_leave_variants_alone(edition: str) -> None:
    known = proven.known(edition)
    assert [name for name, one in known.items() if one.faults < 1] == []
    assert [name for name, one in known.items() if one.variants < 1] == []


def test_a_record_counts_faults_caught_and_variants_left_alone(folder: Path) -> None:
    assert record(_proof())["scenarios"] == {
        ONE: [2, 1, claimed("stu3")[ONE]],
        TWO: [0, 0, claimed("stu3")[TWO]],
    }
    path = write_record(_proof())
    assert path.parent == folder
    assert proven.known("stu3")[ONE].words == (
        "known to catch 2 faults of the bundled provider and to leave 1 variant of it alone"
    )


def test_a_proof_of_some_leaves_the_numbers_of_others_as_they_are(folder: Path) -> None:
    write_record(_proof())
    later = Proof("stu3", clean={ONE: found(ONE), TWO: found(TWO)}, trials=[trial("c.fault", TWO, FAIL)])
    assert record(later, select=TWO)["scenarios"] == {
        ONE: [2, 1, claimed("stu3")[ONE]],
        TWO: [1, 0, claimed("stu3")[TWO]],
    }
    assert record(later, select=TWO)["variants"] == sorted(variants_of("stu3"))


def test_a_scenario_that_names_other_faults_makes_the_record_outdated(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_record(_proof())
    known = {ONE: claimed("stu3")[ONE], TWO: claimed("stu3")[TWO]}
    monkeypatch.setattr(recording, "claimed", lambda _: known)
    assert list(outdated("stu3")) == []
    monkeypatch.setattr(recording, "claimed", lambda _: known | {TWO: "another"})
    (complaint,) = outdated("stu3")
    assert complaint.endswith(f"Renew it: gpconnect-assure prove --quick --record -e stu3 -k {TWO}")


def test_a_scenario_that_is_gone_and_another_set_of_variants_make_it_outdated(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_record(_proof())
    known = {ONE: claimed("stu3")[ONE]}
    monkeypatch.setattr(recording, "claimed", lambda _: known)
    data = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(data | {"variants": data["variants"][1:]}), encoding="utf-8")
    gone, variants = outdated("stu3")
    assert f"names scenarios that are gone: {TWO}" in gone
    assert "is of other variants" in variants
    assert "gpconnect-assure prove --record" in variants


def test_many_changed_scenarios_are_renewed_together(folder: Path) -> None:
    (complaint, _) = outdated("stu3")
    assert complaint.endswith(f"and {len(claimed('stu3')) - 5} more. Renew it: {recording.RENEW_ALL}")
