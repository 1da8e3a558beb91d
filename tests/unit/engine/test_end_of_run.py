"""The end of a run: controls that are repeated, what they revise, last notices, the deadline, what is requested twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.core.results import Blame, Finding, ScenarioResult, Severity, Verdict
from conformance.core.taken import AFTER
from conformance.engine.confirmation import confirmed
from conformance.engine.controls import revised
from conformance.engine.coverage import Coverage, _row
from conformance.engine.deadline import Deadline
from conformance.engine.findings import Findings
from conformance.engine.registrations import registrations_made
from conformance.engine.remarks import late_bytes, remarks_on
from conformance.engine.run_end import end
from conformance.engine.session import Session
from conformance.engine.step_record import StepRecord
from conformance.engine.stop_reasons import CannotTest, EnvironmentTrouble
from conformance.spec import Requirement
from tests.support.responses import response
from tests.support.samples import exchange, scenario


def record(name: str, stopped: CannotTest | None, again: CannotTest | None, *, control: bool = True) -> StepRecord:
    later = StepRecord(name, None, (exchange(9),), again, control, lambda: later)
    return StepRecord(name, None, (exchange(8),), stopped, control, lambda: later)


def session_with(*records: StepRecord) -> Any:
    return SimpleNamespace(steps={one.name: one for one in records}, notices=[])


LOST = CannotTest("409 came")


def rests(verdict: Verdict, *codes: str, controls: tuple[str, ...] = ("control: a",)) -> ScenarioResult:
    findings = tuple(Finding("x", code=code) for code in codes)
    return scenario("s", verdict, findings=findings, controls=controls, exchanges=(1,))


@pytest.mark.parametrize(
    ("result", "is_revised"),
    [
        (rests(Verdict.PASS), True),
        (rests(Verdict.WARN), True),
        (rests(Verdict.SKIP), False),
        (rests(Verdict.OMIT), False),
        (rests(Verdict.ERROR), False),
        (rests(Verdict.FAIL, "refusal"), True),
        (rests(Verdict.FAIL, "refusal-tolerated", "refusal-alternative", "refusal-body"), True),
        (rests(Verdict.FAIL, "refusal", "status"), False),
        (rests(Verdict.PASS, controls=("control: b",)), False),
        (rests(Verdict.PASS, controls=("control: b", "control: a")), True),
    ],
)
def test_what_rests_on_a_lost_control_is_not_tested(result: ScenarioResult, is_revised: bool) -> None:
    session = session_with(record("control: a", None, LOST), record("control: b", None, None))
    changed = revised(cast(Session, session), [result])
    assert list(changed) == (["s"] if is_revised else [])
    (notice,) = session.notices
    assert (notice.severity, notice.blame, notice.code) == (Severity.WARN, Blame.UNDETERMINED, "control-lost")
    assert notice.message == (
        f"1 controls succeeded at first and failed at the end of the run: {len(changed)} scenarios that rest on them "
        "are not tested (control: a)"
    )


def test_a_revised_result_keeps_its_findings_as_notes() -> None:
    session = session_with(record("control: a", None, LOST))
    (after,) = revised(cast(Session, session), [rests(Verdict.FAIL, "refusal", "refusal-body")]).values()
    reason = "the control succeeded at first and failed at the end of the run: 409 came"
    assert (after.verdict, after.reason, after.exchanges) == (Verdict.SKIP, reason, (1, 9))
    assert [(one.code, one.severity, one.blame) for one in after.findings] == [
        ("refusal", Severity.INFO, Blame.PROVIDER),
        ("refusal-body", Severity.INFO, Blame.PROVIDER),
        ("control-lost", Severity.INFO, Blame.UNDETERMINED),
    ]
    warned = scenario("s", Verdict.WARN, findings=(Finding("x", Severity.WARN, code="etag"),), controls=("control: a",))
    (after,) = revised(cast(Session, session), [warned]).values()
    assert [one.severity for one in after.findings] == [Severity.WARN, Severity.INFO]


def test_controls_that_failed_before_or_are_none_lose_nothing() -> None:
    steps = (
        record("a", LOST, LOST), record("b", LOST, None), record("c", None, None), record("d", None, LOST, control=False),
    )  # fmt: skip
    session = session_with(*steps)
    assert revised(cast(Session, session), [rests(Verdict.PASS, controls=("a", "b", "c", "d"))]) == {}
    assert session.notices == []


def test_a_control_that_the_environment_keeps_back_is_a_notice_of_its_own() -> None:
    session = session_with(record("control: a", None, EnvironmentTrouble("no response")))
    assert revised(cast(Session, session), [rests(Verdict.PASS)]) == {}
    assert session.notices == [
        Finding(
            "control: a: it could not be performed again at the end of the run", Severity.WARN,
            blame=Blame.ENVIRONMENT, code="control-not-repeated", evidence="no response",
        )
    ]  # fmt: skip


class Ending:
    """A session whose steps at the end of a run are noted."""

    def __init__(self, *, gone: bool = False) -> None:
        self.done: list[str] = []
        notes = [Finding("n", code="left-over"), Finding("n", code="repeated")]
        self.environment = SimpleNamespace(
            begin=self._note("begin"), settle_open=self._note("settle"), gone=gone,
            notices=[Finding("n", code="provider-gone")], notes=notes,
        )  # fmt: skip
        self.values = SimpleNamespace(part=self._part)
        self.client = SimpleNamespace(late_bytes={3: b"x"})
        self.note_late_bytes = self._note("late")
        self.close = self._note("close")
        self.notices: list[Finding] = []
        self.exchanges = [exchange(1, "register_patient")]

    def _note(self, what: str) -> Callable[[], None]:
        return lambda: self.done.append(what)

    @contextmanager
    def _part(self, name: str) -> Iterator[None]:
        assert name == AFTER
        self.done.append("[")
        yield
        self.done.append("]")


@pytest.mark.parametrize(
    ("complete", "gone", "done"),
    [
        (True, False, "begin [ controls settle undo late ] close"),
        (False, False, "begin [ undo late ] close"),
        (True, True, "begin [ undo late ] close"),
        (False, True, "begin [ undo late ] close"),
    ],
)
def test_what_a_run_does_at_its_end(complete: bool, gone: bool, done: str) -> None:
    ending = Ending(gone=gone)
    end(
        cast(Session, ending),
        lambda: ending.done.append("controls"),
        lambda: ending.done.append("undo"),
        complete=complete,
    )
    assert " ".join(ending.done) == done
    assert [one.code for one in ending.notices] == ["provider-gone", "left-over", "surplus-bytes", "registrations"]


def test_what_was_booked_is_undone_whatever_happens_before() -> None:
    ending = Ending()

    def broken() -> None:
        raise CannotTest("x")

    with pytest.raises(CannotTest):
        end(cast(Session, ending), broken, lambda: ending.done.append("undo"), complete=True)
    assert ending.done == ["begin", "[", "undo", "late"]


@pytest.mark.parametrize(
    ("late", "found"), [({}, None), ({4: b"x"}, "behind 1 response"), ({7: b"x", 5: b"y"}, "behind 2 responses")]
)
def test_bytes_that_came_late(late: dict[int, bytes], found: str | None) -> None:
    seen = list(late_bytes(cast(Any, SimpleNamespace(late_bytes=late))))
    assert [one.found for one in seen] == ([found] if found else [])
    for one in seen:
        assert (one.severity, one.location, one.expected, one.code, one.exchange) == (
            Severity.WARN, "connection", "nothing behind a response", "surplus-bytes", min(late),
        )  # fmt: skip


@pytest.mark.parametrize(("parts", "noted"), [(0, 0), (4, 4), (5, 5), (6, 6), (9, 6)])
def test_five_parts_that_cannot_be_used_are_named(parts: int, noted: int) -> None:
    entries: list[Any] = [{"resource": {"resourceType": "Slot", "id": []}} for _ in range(parts)]
    seen = list(remarks_on(response({"resourceType": "Bundle", "entry": entries})))
    assert len(seen) == noted
    assert {(one.severity, one.code, one.exchange) for one in seen} <= {(Severity.INFO, "unusable-part", 1)}
    assert (seen[-1].message if seen else "").startswith("more parts of the same response cannot be used") is (
        parts > 5
    )


def test_bytes_behind_a_response_are_a_warning() -> None:
    surplus = response({"resourceType": "Slot"})
    surplus = type(surplus)(replace(surplus.exchange, surplus=b"abc"), lambda: cast(Any, None))
    (one,) = remarks_on(surplus)
    assert (one.severity, one.code, one.found) == (Severity.WARN, "surplus-bytes", "3 bytes or more")


def test_registrations_are_named_with_what_to_do() -> None:
    made = [exchange(1, "register_patient", status=200), exchange(2, "register_patient", status=201)]
    (notice,) = registrations_made(made)
    assert notice.message == (
        "2 of the people under data.registrations are registered at the provider now, and cannot be registered anew until "
        "the provider is reset"
    )
    assert (notice.severity, notice.blame, notice.code) == (Severity.INFO, Blame.TEST_DATA, "registrations")
    (one,) = registrations_made(made[:1])
    assert one.message.startswith("1 of the people under data.registrations is registered")


@pytest.mark.parametrize(
    ("now", "cleaning", "over"),
    [(110.0, False, False), (110.1, False, True), (160.0, True, False), (110.1, True, False), (171.0, True, True)],
)
def test_the_deadline_and_the_minute_after_it(now: float, cleaning: bool, over: bool) -> None:
    clock = [100.0]
    deadline = Deadline(10, clock=lambda: clock[0])
    clock[0] = 110.0
    deadline.cleaning_up(cleaning)
    clock[0] = now
    if not over:
        deadline.check()
        assert not deadline.cut_short
        return
    with pytest.raises(CannotTest, match=r"^the run's time was over \(run.deadline: 10 s\)$") as stop:
        deadline.check()
    assert (stop.value.blame, deadline.cut_short) == (Blame.ENVIRONMENT, True)
    deadline.cleaning_up(True)
    deadline.check()
    deadline.cleaning_up(False)
    with pytest.raises(CannotTest):
        deadline.check()


def test_findings_are_kept_in_order_with_their_weight() -> None:
    found = Findings()
    assert found.keep([]) is True
    assert found.keep([Finding("a", Severity.WARN), Finding("b", Severity.INFO)]) is True
    assert found.keep([Finding("c"), Finding("d", Severity.INFO)]) is False
    found.fail("e", code="x")
    found.warn("f", location="y")
    found.note("g", found="z")
    shown = [(one.message, one.severity.value, one.code, one.location, one.found) for one in found]
    assert shown[4:] == [("e", "fail", "x", "", ""), ("f", "warn", "", "y", ""), ("g", "info", "", "", "z")]
    assert len(found) == 7


def compare(one: Any, other: Any) -> Iterator[Finding]:
    """Values are texts: each place at which they differ."""
    for place, (left, right) in enumerate(zip(one, other, strict=True)):
        if left != right:
            yield Finding("differs", location=str(place), found=right)


@pytest.mark.parametrize(
    ("usual", "others", "places"),
    [
        (["aaa", "aaa", "aaa"], ["aab", "aab"], ["2"]),
        (["aaa", "aaa"], ["aaa"], []),  # nothing differs: nothing is requested again
        (["aaa", "aaa", "aaa"], ["aab", "aac"], []),  # it differs in another way
        (["aaa", "aaa", "aaa"], ["aab", "aaa"], []),
        (["aab", "aaa"], ["aac"], []),  # what differs between two usual ones says nothing
        (["aaa", "aaa", "aax"], ["aab", "aab"], []),
        (["aaa", "aaa", "xaa"], ["aab", "xab"], ["2"]),
        ([None, "aaa"], [], []),
        (["aaa", None], [], []),
        (["aaa", "aaa"], [None], []),
        (["aaa", "aaa", None], ["aab"], []),
        (["aaa", "aaa", "aaa"], ["aab", None], []),
    ],
)
def test_a_difference_counts_when_it_appears_twice(usual: list[Any], others: list[Any], places: list[str]) -> None:
    found = confirmed(lambda: usual.pop(0), lambda: others.pop(0), cast(Any, compare))
    assert [one.location for one in found] == places
    assert (usual, others) == ([], [])


def requirement(**more: Any) -> Requirement:
    given = {"actor": "provider", "testable": "blackbox"} | more
    return cast(Requirement, SimpleNamespace(id="R-1", **given))


@pytest.mark.parametrize(
    ("row", "scenarios", "excused", "status", "reason"),
    [
        (requirement(), ["a"], {}, "verified", ""),
        (requirement(actor="consumer"), [], {}, "elsewhere", "a duty of the consumer"),
        (
            requirement(testable="inspection"),
            [],
            {},
            "elsewhere",
            "to be assured by inspection of documents, logs or set-up",
        ),
        (requirement(testable="manual"), [], {}, "elsewhere", "to be assured by a witness or special data"),
        (requirement(testable="other"), [], {}, "elsewhere", "to be assured other"),
        (requirement(), [], {"R-1": "why"}, "excused", "why"),
        (requirement(), [], {}, "open", ""),
    ],
)
def test_the_status_of_a_requirement(
    row: Requirement, scenarios: list[str], excused: dict[str, str], status: str, reason: str
) -> None:
    found = _row(row, scenarios, cast(Any, SimpleNamespace(excused=excused)))
    assert found == Coverage(row, tuple(scenarios), status, reason)
