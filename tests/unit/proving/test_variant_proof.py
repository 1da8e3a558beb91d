"""What is made of trials of variants, and what is kept of a proof that is interrupted."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.core.errors import UsageError
from conformance.provider.variants import catalogue, variants_of
from conformance.provider.variants.variant import compatible
from conformance.proving.kept import Kept
from conformance.proving.outcome import Outcome
from conformance.proving.plan import entries_of, plan
from conformance.proving.proof import Proof
from conformance.proving.report import complaints
from conformance.proving.task import Scope, Task
from conformance.proving.variant_plan import narrowed, together
from conformance.proving.variant_proof import tallies, variant_trial
from conformance.spec import editions
from tests.support.trials import ERROR, FAIL, PASS, SKIP, WARN, found

EDITIONS = editions()


def test_only_what_an_entry_expects_is_no_accusation() -> None:
    unstable = catalogue()["versions.unstable"]
    outcomes = [
        found("patient.read-again", WARN),
        found("book.one", WARN),
        found("read.two", ERROR),
        found("read.three"),
    ]
    trial = variant_trial([unstable], outcomes)
    assert [one.scenario for one in trial.amiss] == ["book.one", "read.two"]
    assert [one.scenario for one in trial.expected] == ["patient.read-again"]
    assert trial.left_alone == ["read.three"]


@pytest.mark.parametrize(("skips", "amiss"), [(2, 0), (3, 3)])
def test_an_environment_may_cost_so_many_and_no_more(skips: int, amiss: int) -> None:
    gateway = catalogue()["environment.every-19th-502"]
    outcomes = [found(f"book.{number}", SKIP) for number in range(skips)]
    assert len(variant_trial([gateway], outcomes).amiss) == amiss
    assert variant_trial([gateway], [found("book.one", FAIL)]).amiss


def test_a_scenario_leaves_alone_each_of_the_variants_that_were_at_work_together() -> None:
    trials = [
        variant_trial([catalogue()[name] for name in names], outcomes)
        for names, outcomes in (
            (("ids.uuid", "json.pretty"), [found("book.one"), found("read.two")]),
            (("ids.uuid",), [found("read.two", SKIP)]),
        )
    ]
    left = tallies(trials)
    assert left["book.one"].left_alone == {"ids.uuid", "json.pretty"}
    assert left["read.two"].left_alone == {"json.pretty"}
    assert left["read.two"].others == {"ids.uuid": "skip: "}


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_full_plan_tries_each_variant_alone_on_everything_but_slow_ones(edition: str) -> None:
    tasks = plan(edition, Scope(faults=False, variants="all", variant_pairs=5, variant_triples=3, disguised=10))
    everything = len(entries_of(edition))
    alone = {task.alone: task.size for task in tasks if task.alone}
    assert [task.size for task in tasks if task.traced] == [everything]
    known = variants_of(edition)
    assert set(alone) == set(known)
    assert {
        name: size
        for name, size in alone.items()
        if size != (50 if known[name].slow or known[name].gateway else everything)
    } == {}
    assert [len(task.variants) for task in tasks].count(2) >= 5
    assert len([task for task in tasks if task.faults and task.variants]) == 10
    assert all(compatible(tuple(known[name] for name in task.variants)) for task in tasks)


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_quick_plan_tries_variants_in_few_groups(edition: str) -> None:
    groups = together(edition)
    assert len(groups) <= 8
    assert len({name for group in groups for name in group}) > 60


def test_a_proof_goes_on_where_it_was_killed(tmp_path: Path) -> None:
    scope, tasks = (
        Scope(select="ids."),
        [Task("stu3", (), ("book.one",), variants=(name,)) for name in ("ids.uuid", "ids.digits")],
    )
    first = Kept(tmp_path, ["stu3"], scope, resume=False)
    first.keep(tasks[0], [Outcome("book.one", "", PASS, "told", 1.5)])
    path = tmp_path / "progress.jsonl"
    path.write_text(path.read_text(encoding="utf-8") + '{"task": {"edition": "st', encoding="utf-8")
    again = Kept(tmp_path, ["stu3"], scope, resume=True)
    assert again.found == {tasks[0]: [Outcome("book.one", "", PASS, "told", 1.5)]}
    again.keep(tasks[1], [Outcome("book.one", "", SKIP)])
    assert set(Kept(tmp_path, ["stu3"], scope, resume=True).found) == set(tasks)
    assert all(json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())


def test_another_proof_is_not_gone_on_with(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no proof to go on with"):
        Kept(tmp_path, ["stu3"], Scope(), resume=True)
    Kept(tmp_path, ["stu3"], Scope(), resume=False)
    with pytest.raises(UsageError, match="of another scope or of other source code"):
        Kept(tmp_path, ["stu3"], Scope(seed=2), resume=True)


def test_a_variant_alone_is_tried_on_what_it_can_touch() -> None:
    alone = Task("stu3", (), ("book.one", "read.two"), variants=("ids.uuid",))
    assert narrowed(alone, {"ids.uuid": {"read.two"}}).named == ("read.two",)
    assert narrowed(alone, {}) == alone
    together = replace(alone, variants=("ids.uuid", "json.pretty"))
    assert narrowed(together, {"ids.uuid": set()}) == together


def test_what_a_scenario_leaves_alone_is_what_could_have_touched_it() -> None:
    trial = variant_trial(
        [catalogue()["ids.uuid"], catalogue()["xml.prefixed"]], [found("book.one"), found("read.two")]
    )
    left = tallies([trial], {"ids.uuid": {"book.one"}, "xml.prefixed": {"book.one", "read.two"}})
    assert left["book.one"].left_alone == {"ids.uuid", "xml.prefixed"}
    assert left["read.two"].left_alone == {"xml.prefixed"}


def test_a_variant_that_touches_nothing_is_not_proven() -> None:
    trial = variant_trial([catalogue()["ids.uuid"]], [found("book.one")])
    proof = Proof("stu3", variants=[trial], touched={"json.pretty": {"book.one"}})
    assert proof.unseen() == ["ids.uuid"]
    assert not proof.sound
    assert "variant ids.uuid changes nothing that a scenario receives" in list(complaints(proof))
    assert Proof("stu3", variants=[trial]).sound
    selected = Proof("stu3", variants=[trial], touched={"json.pretty": {"book.one"}}, whole=False)
    assert selected.sound
    together = variant_trial([catalogue()[name] for name in ("ids.uuid", "ids.digits")], [found("book.one")])
    assert Proof("stu3", variants=[together], touched={"json.pretty": {"book.one"}}).unseen() == []  # a selection


def test_how_long_a_response_took_accuses_no_variant() -> None:
    trial = variant_trial([catalogue()["ids.uuid"]], [found("http.commands-in-time", WARN), found("book.one", WARN)])
    assert [one.scenario for one in trial.amiss] == ["book.one"]
