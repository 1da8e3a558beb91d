"""Small parts of core at their bounds: counts in words, pace, what rules have seen, gates, older runs, near names."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from conformance.core import footprint
from conformance.core.counting import counted
from conformance.core.exchange import Exchange
from conformance.core.footprint import Change, Footprint, Kind, State, receipt
from conformance.core.gates import Gates, verified
from conformance.core.judged import Alike, Judged
from conformance.core.nhs_numbers import invalid_like, is_nhs_number, problem_with
from conformance.core.older_run import OlderRun, weight_of
from conformance.core.pace import Pace
from conformance.core.results import Blame, Finding, RunResult, Severity, Verdict, verdict_of
from conformance.core.waivers import Waiver, WaiverState, WaiverUse
from tests.support.samples import RUN, scenario


@pytest.mark.parametrize(("number", "words"), [(0, "0 slots"), (1, "1 slot"), (2, "2 slots")])
def test_counts_in_words(number: int, words: str) -> None:
    assert counted(number, "slot") == words


def test_what_a_new_rule_has_seen_is_nothing() -> None:
    bare = Judged()
    assert (bare.responses, bare.subjects, bare.resources, bare.is_new) == (0, 0, 0, False)
    assert (bare.found, bare.facts, bare.changed, bare.new_facts) == ({}, {}, set(), [])
    bare.note((1,))
    assert bare.is_new
    bare.written()
    assert (bare.is_new, bare.changed, bare.new_facts, bare.facts) == (False, set(), [], {(1,): None})
    bare.note((1,))  # known already
    assert (bare.is_new, bare.new_facts) == (False, [])
    bare.keep(Finding("x", code="c"))
    assert (bare.is_new, bare.changed) == (True, {("c", "")})
    bare.written()
    bare.take(subject=False, resource=False)
    assert (bare.is_new, bare.responses, bare.subjects, bare.resources) == (True, 1, 0, 0)
    assert bare == replace(bare, changed={("a", "b")}, new_facts=[(2,)], is_new=False)


@pytest.mark.parametrize(
    ("severities", "heaviest"),
    [("ifw", 1), ("wwf", 2), ("iw", 1), ("ww", 0), ("fw", 0), ("ff", 0)],
)
def test_the_heaviest_that_was_seen_first_stands_for_all(severities: str, heaviest: int) -> None:
    by_letter = {"i": Severity.INFO, "w": Severity.WARN, "f": Severity.FAIL}
    first, *others = [Finding(str(place), by_letter[letter]) for place, letter in enumerate(severities)]
    alike = Alike(first)
    assert alike.finding is first
    for one in others:
        alike.add(one)
    assert (alike.finding.message, alike.count) == (str(heaviest), len(severities))
    assert alike.finding.evidence == f"seen {len(severities)} times"
    assert Alike(replace(first, evidence="line 3"), 2).finding.evidence == "line 3; seen 2 times"


def test_a_pause_never_shortens_the_wait() -> None:
    now, waited = [100.0], []

    def pause(seconds: float) -> None:
        waited.append(seconds)
        now[0] += seconds

    pace = Pace(0.5, clock=lambda: now[0], pause=pause)
    pace.admit()
    pace.hold(1)
    pace.admit()
    assert waited == [2.0]
    Pace(clock=lambda: now[0], pause=pause).admit(9)
    assert waited == [2.0]


@pytest.mark.parametrize(("ids", "named"), [(5, "a0, a1, a2, a3, a4"), (6, "a0, a1, a2, a3, a4 and 1 more")])
def test_five_of_what_missed_a_gate_are_named(ids: int, named: str) -> None:
    scenarios = tuple(scenario(f"a{number}", Verdict.WARN) for number in range(ids))
    (said,) = Gates(frozenset({"warn"})).missed(RunResult(RUN, scenarios))
    assert said == f"--fail-on warn: {ids} scenarios with a warning ({named})"


def test_a_share_of_no_requirements_is_none() -> None:
    (said,) = Gates(min_verified=50).missed(RunResult(RUN, ()))
    assert said == "--min-verified 50: 0.0 % of the 0 requirements are verified"
    assert list(Gates(min_verified=0).missed(RunResult(RUN, ()))) == []
    half = (scenario("a", requirements=("R-1",)), scenario("b", Verdict.SKIP, requirements=("R-2",)))
    assert list(Gates(min_verified=50).missed(RunResult(RUN, half))) == []
    assert verified(RunResult(RUN, (scenario("a", Verdict.WAIVED, requirements=("R-1",)), *half))) == {"R-2": False}


def test_waivers_that_miss_the_gate() -> None:
    waiver = Waiver("cause", "C-1", "Known.", "Jo", "T-1", date(2027, 1, 1))
    missed = {state for state in WaiverState if WaiverUse(waiver, state).missed}
    assert missed == {WaiverState.EXPIRED, WaiverState.PASSING, WaiverState.UNUSED}
    assert WaiverUse(waiver, WaiverState.USED, why="is fine").sentence == "the waiver of cause C-1 (T-1, Jo) is fine"


@pytest.mark.parametrize(
    ("was", "now", "worse"),
    [
        (Verdict.PASS, Verdict.WARN, True),
        (Verdict.WARN, Verdict.FAIL, True),
        (Verdict.WARN, Verdict.WARN, False),
        (Verdict.FAIL, Verdict.WARN, False),
        (Verdict.FAIL, Verdict.WAIVED, False),
        (Verdict.WARN, Verdict.WAIVED, True),
        (Verdict.SKIP, Verdict.WARN, True),
        (Verdict.SKIP, Verdict.PASS, False),
        (Verdict.PASS, Verdict.SKIP, False),
        (None, Verdict.FAIL, True),
        (None, Verdict.PASS, False),
    ],
)
def test_what_is_worse_than_before(was: Verdict | None, now: Verdict, worse: bool) -> None:
    assert OlderRun("r", "t", {"a": was} if was else {}).worse_now("a", now) is worse
    assert weight_of(None) is None


@pytest.mark.parametrize(
    ("findings", "verdict"),
    [
        ([], Verdict.PASS),
        ([("info", Blame.PROVIDER)], Verdict.PASS),
        ([("info", Blame.PROVIDER), ("warn", Blame.TOOL)], Verdict.WARN),
        ([("fail", Blame.PROVIDER), ("fail", Blame.TOOL)], Verdict.FAIL),
        ([("fail", Blame.TOOL), ("fail", Blame.ENVIRONMENT)], Verdict.ERROR),
        ([("fail", Blame.CONTRADICTION)], Verdict.WARN),
        ([("fail", Blame.CONTRADICTION), ("fail", Blame.UNDETERMINED)], Verdict.SKIP),
        ([("fail", Blame.ENVIRONMENT)], Verdict.SKIP),
        ([("fail", Blame.TEST_DATA)], Verdict.SKIP),
        ([("fail", Blame.CONFIGURATION)], Verdict.SKIP),
        ([("fail", Blame.UNDETERMINED)], Verdict.SKIP),
    ],
)
def test_what_findings_add_up_to(findings: list[tuple[str, Blame]], verdict: Verdict) -> None:
    assert verdict_of(Finding("x", Severity(name), blame=blame) for name, blame in findings) is verdict


@pytest.mark.parametrize(
    ("digits", "words"),
    [
        ("9476719931", ""),
        ("947671993", "an NHS number has ten digits and nothing else"),
        ("94767199310", "an NHS number has ten digits and nothing else"),
        ("947671993\u0661", "an NHS number has ten digits and nothing else"),
        ("9476719932", "its check digit (the last) should be 1, not 2"),
        ("1000000010", "no NHS number begins with these nine digits: their check digit would be 10"),
    ],
)
def test_what_is_wrong_with_an_nhs_number(digits: str, words: str) -> None:
    assert problem_with(digits) == words
    assert is_nhs_number(digits) is (not words)


@pytest.mark.parametrize(("digits", "wrong"), [("9476719931", "9476719932"), ("9999999999", "9999999990")])
def test_a_wrong_check_digit_is_the_next(digits: str, wrong: str) -> None:
    assert invalid_like(digits) == wrong


def test_headers_are_found_whatever_their_case() -> None:
    came = (("Content-Type", " Application/FHIR+JSON ; charset=utf-8"), ("ETag", "a"), ("etag", "b"))
    seen = Exchange(1, "", "", "GET", "u", (("X-A", "1"), ("x-a", "2")), b"", "t", 1.0, response_headers=came)
    assert (seen.request_header("x-A"), seen.request_header("x-b")) == ("1", None)
    assert (seen.headers("ETAG"), seen.header("eTag"), seen.header("none")) == (["a", "b"], "a", None)
    assert seen.media_type == "application/fhir+json"
    assert replace(seen, response_headers=()).media_type == ""
    assert (seen.status, seen.deviant, seen.below_fhir, seen.surplus) == (None, False, False, b"")


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        (Kind.BOOKING, {State.INTENDED, State.EXISTS, State.LEFT, State.UNKNOWN}),
        (Kind.AMENDMENT, {State.LEFT}),
        (Kind.CANCELLATION, {State.LEFT}),
        (Kind.REGISTRATION, {State.INTENDED, State.UNKNOWN}),
    ],
)
def test_what_is_named_as_left(kind: Kind, named: set[State]) -> None:
    assert {state for state in State if footprint.is_left(Change(kind, "x", state=state))} == named
    assert {state for state in State if receipt([Change(kind, "x", "A/1", state=state)]).left} == named


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (Change(Kind.BOOKING, "b", "Appointment/1", state=State.LEFT, remark="why"), "Appointment/1 (booking, b): why"),
        (Change(Kind.BOOKING, "b", "Appointment/1", state=State.UNKNOWN), "perhaps Appointment/1 (booking, b)"),
        (Change(Kind.BOOKING, "b", "Appointment/1"), "perhaps Appointment/1 (booking, b)"),
        (Change(Kind.BOOKING, "b", state=State.EXISTS), "perhaps an appointment (booking, b)"),
        (Change(Kind.BOOKING, "b", "", "2", ("7", "8")), "perhaps an appointment in slot 7, 8 for Patient/2 (booking, b)"),
        (Change(Kind.REGISTRATION, "r", person="people.new"), "perhaps people.new (registration, r)"),
        (Change(Kind.REGISTRATION, "r"), "perhaps a registered patient (registration, r)"),
    ],
)  # fmt: skip
def test_what_is_left_in_words(change: Change, named: str) -> None:
    assert receipt([change, change]).left == (named,)


def test_what_is_left_is_grouped_by_reason_the_commonest_first() -> None:
    left = [Change(Kind.BOOKING, "b", f"A/{n}", state=State.LEFT, remark="x" if n == 1 else "y") for n in (1, 2, 3, 3)]
    assert footprint.left_by_reason(left) == {"y": ["A/2 (booking, b)", "A/3 (booking, b)"], "x": ["A/1 (booking, b)"]}
    assert list(footprint.left_by_reason(left)) == ["y", "x"]


@pytest.mark.parametrize(
    ("count", "last"),
    [(8, "Left at the provider: A/8 (booking, b)"), (9, "and 1 more left at the provider, which report.html names")],
)
def test_eight_of_what_is_left_are_named(count: int, last: str) -> None:
    left = [Change(Kind.BOOKING, "b", f"A/{number}", state=State.LEFT) for number in range(1, count + 1)]
    sentences = receipt(left).sentences
    assert sentences[0] == f"At the provider: {count} booked, 0 amended, 0 cancelled, 0 registered, {count} left."
    assert (len(sentences), sentences[-1]) == (count + 1 if count == 8 else 10, last)
    assert receipt([]).sentences == ()


def test_a_footprint_writes_only_what_changed() -> None:
    written: list[Change] = []
    kept = Footprint()
    first = kept.intend(Change(Kind.BOOKING, "before"))
    kept.keep_in(written.append, [Change(Kind.BOOKING, "earlier", key=7)])
    assert (first, [(one.key, one.label) for one in written]) == (1, [(8, "before")])
    kept.settle(8, State.INTENDED)
    kept.put(written[-1])
    assert len(written) == 1
    kept.settle(8, State.EXISTS, resource="Appointment/1", remark="r")
    kept.settle(8, State.EXISTS)
    kept.undone(8)
    assert [(one.state, one.resource, one.remark) for one in written[1:]] == [
        (State.EXISTS, "Appointment/1", "r"), (State.UNDONE, "Appointment/1", "r"),
    ]  # fmt: skip
    assert [one.key for one in kept.bookings_of("Appointment/1")] == [8]
    assert [one.key for one in kept.open] == [7]
    kept.intend(Change(Kind.REGISTRATION, "r"))
    assert [one.key for one in kept.open] == [7]
    assert written[-1].key == 9
    kept.keep_in(None)
    kept.intend(Change(Kind.BOOKING, "after"))
    assert (len(written), max(kept.changes)) == (4, 10)
