"""The sums drawn from trials, on made-up ones."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.core.results import Verdict
from conformance.proving.proof import PairTrial, Proof, area, stranger
from tests.support.trials import ERROR, FAIL, PASS, SKIP, WARN, found, sound, trial


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("book.without-status", "book"),
        ("patient-read.every-answer-etag", "patient"),
        ("tls.no-sni", "tls"),
        ("format.x", "formats"),
    ],
)
def test_the_area_is_what_the_name_begins_with(name: str, expected: str) -> None:
    assert area(name) == expected


@pytest.mark.parametrize(
    ("clean", "verdict", "caught"),
    [
        (PASS, FAIL, True), (PASS, WARN, True), (WARN, FAIL, True), (PASS, PASS, False), (WARN, WARN, False),
        (FAIL, FAIL, False), (FAIL, WARN, False), (PASS, SKIP, False), (PASS, ERROR, False), (PASS, Verdict.OMIT, False),
    ],
)  # fmt: skip
def test_a_fault_is_caught_when_findings_make_the_verdict_worse(clean: Verdict, verdict: Verdict, caught: bool) -> None:
    assert trial("book.a", "book.one", verdict, clean=clean).caught is caught


def test_a_proof_in_order_is_sound() -> None:
    proof = sound()
    assert proof.sound
    assert proof.survivors() == proof.unproven() == proof.broken_pairs() == proof.errors() == proof.false_alarms() == []
    assert [t.scenario for t in proof.caught_by["book.a"]] == ["book.one", "read.two"], "those that name it come first"
    assert [t.fault for t in proof.catches["read.two"]] == ["read.b", "book.a"]


def test_a_cascade_is_told_and_does_not_make_a_proof_unsound() -> None:
    proof = sound()
    assert [(t.fault, t.scenario) for t in proof.cascades()] == [("book.a", "read.two")]
    assert proof.caught_elsewhere() == []
    alone = Proof("stu3", proof.faults, proof.clean, [t for t in proof.trials if t.scenario != "book.one"])
    assert alone.caught_elsewhere() == ["book.a"]


def test_what_holds_of_every_answer_is_at_home_everywhere() -> None:
    assert not stranger("errors.html", "book.one")
    assert stranger("book.a", "errors.one")
    assert not stranger("patient.a", "patient-read.one")


def test_nothing_at_all_is_not_sound() -> None:
    assert not Proof("stu3").sound


def _changed(**changes: object) -> Proof:
    return replace(sound(), **changes)


def test_a_fault_that_nobody_catches_survives() -> None:
    proof = _changed(faults={**sound().faults, "book.c": "does c"})
    assert proof.survivors() == ["book.c"]
    assert not proof.sound


def test_a_skip_or_an_error_leaves_a_fault_alive() -> None:
    for verdict in (SKIP, ERROR, PASS):
        proof = _changed(trials=[trial("book.a", "book.one", verdict), trial("read.b", "read.two")])
        assert proof.survivors() == ["book.a"]
        assert proof.unproven() == ["book.one"]
        assert not proof.sound


def test_a_scenario_that_no_fault_makes_fail_is_unproven() -> None:
    proof = _changed(clean={**sound().clean, "book.idle": found("book.idle")})
    assert proof.unproven() == ["book.idle"]
    assert not proof.sound


def test_a_named_pair_that_does_not_bite_is_broken_though_others_catch_the_fault() -> None:
    proof = _changed(trials=[*sound().trials, trial("book.a", "read.two", PASS)])
    assert [(t.fault, t.scenario) for t in proof.broken_pairs()] == [("book.a", "read.two")]
    assert proof.survivors() == []
    assert not proof.sound


def test_a_scenario_that_breaks_is_told_once_as_an_error() -> None:
    proof = _changed(trials=[*sound().trials, trial("book.a", "read.two", ERROR)])
    assert [t.scenario for t in proof.errors()] == ["read.two"]
    assert proof.broken_pairs() == []
    assert not proof.sound


def test_a_scenario_that_does_not_apply_without_faults_is_no_false_alarm() -> None:
    proof = _changed(clean={**sound().clean, "book.one": found("book.one", Verdict.OMIT)})
    assert proof.false_alarms() == []


@pytest.mark.parametrize("verdict", [v for v in Verdict if v not in (PASS, Verdict.OMIT)])
def test_anything_but_a_pass_without_faults_is_a_false_alarm(verdict: Verdict) -> None:
    proof = _changed(clean={**sound().clean, "book.one": found("book.one", verdict)})
    assert [r.id for r in proof.false_alarms()] == ["book.one"]
    assert not proof.sound


def test_a_pair_of_which_one_is_hidden_is_amiss() -> None:
    proof = _changed(pairs=[PairTrial(("book.a", "read.b"), (("book.one",), ()))])
    assert len(proof.masked_pairs()) == 1
    assert not proof.sound


def test_a_name_that_the_edition_has_not_is_amiss() -> None:
    assert not _changed(unknown=[("book.one", "book.gone")]).sound


def test_a_scenario_whose_faults_were_not_selected_is_not_in_question() -> None:
    proof = _changed(trials=[], not_tried=("book.one",))
    assert "book.one" in proof.clean
    assert "book.one" not in proof.unproven()
    assert "book.one" in _changed(trials=[]).unproven()
    assert len(proof.in_question) == len(proof.clean) - 1
