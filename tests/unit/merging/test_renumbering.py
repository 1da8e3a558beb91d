"""Numbers of exchanges of several runs as those of one."""

from __future__ import annotations

import pytest

from conformance.core.judged import Judged
from conformance.core.results import Finding, Severity
from conformance.merging.renumbering import Exchanges, Renumbering
from tests.support.samples import exchange, scenario

BY = Renumbering(10)


def test_a_number_moves_and_none_stays_none() -> None:
    assert (BY.number(3), BY.number(0)) == (13, 0)
    assert BY.finding(Finding("x", exchange=3)).exchange == 13
    assert BY.finding(Finding("x")).exchange == 0


def test_events_that_name_an_exchange_name_it_anew_and_others_stay() -> None:
    late = "what came after responses were over"
    assert BY.event(["exchange", 4]) == ["exchange", 14]
    assert BY.event(["observed", late, {"4": "aGk="}]) == ["observed", late, {"14": "aGk="}]
    for event in (["now", 4], ["made", "4"], ["observed", "TLS", {"4": 4}], ["began"], ["happened", "4"]):
        assert BY.event(event) == event


def test_what_a_rule_has_seen_moves_with_its_findings_and_with_facts_that_have_a_number() -> None:
    judged = Judged(responses=3, subjects=2, resources=1)
    judged.keep(Finding("x", code="c", location="a[1]", exchange=2))
    judged.keep(Finding("x", code="c", location="a[2]", exchange=3))
    judged.note(("book", 2, 1.5))
    moved = BY.judged(judged, 1)
    assert (moved.responses, moved.subjects, moved.resources) == (3, 2, 1)
    [alike] = moved.found.values()
    assert (alike.heaviest.exchange, alike.count) == (12, 2)
    assert list(moved.facts) == [("book", 12, 1.5)]
    assert list(BY.judged(judged, None).facts) == [("book", 2, 1.5)]


def test_what_several_saw_does_not_hang_on_who_comes_first() -> None:
    parts = []
    for by, severity in ((0, Severity.WARN), (10, Severity.FAIL), (20, Severity.FAIL)):
        part = Judged(responses=1)
        part.keep(Finding("x", severity=severity, code="c", exchange=1))
        part.keep(Finding("y", code=f"own-{by}", exchange=1))
        parts.append(Renumbering(by).judged(part, None))
    found = []
    for order in ((0, 1, 2), (2, 1, 0), (1, 0, 2)):
        whole = Judged()
        for place in order:
            whole.absorb(parts[place])
        found.append((whole.responses, list(whole.in_order())))
    assert found[0] == found[1] == found[2]
    count, findings = found[0]
    assert count == 3
    assert [(one.code, one.exchange) for one in findings] == [("own-0", 1), ("c", 11), ("own-10", 11), ("own-20", 21)]


def test_the_exchanges_of_several_runs_are_found_by_their_new_numbers() -> None:
    runs = [{number: exchange(number, label=f"{run}-{number}") for number in (1, 2, 4)} for run in "ab"]
    whole = Exchanges([*runs, {}, runs[0]])
    assert [one.by for one in whole.renumberings] == [0, 4, 8, 8]
    assert list(whole) == [1, 2, 4, 5, 6, 8, 9, 10, 12]
    assert len(whole) == 9
    assert (whole[6].number, whole[6].label) == (6, "b-2")
    for absent in (0, 3, 7, 13):
        with pytest.raises(KeyError):
            whole[absent]


def test_a_result_moves_with_its_exchanges() -> None:
    moved = BY.scenario(scenario("book.times", exchanges=(1, 4), findings=(Finding("x", exchange=4), Finding("y"))))
    assert (moved.exchanges, [one.exchange for one in moved.findings]) == ((11, 14), [14, 0])
