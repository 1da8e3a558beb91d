"""What the process of a run does with what its workers report: no line is opened here, calls are made as they would come."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.core.errors import UsageError
from conformance.core.footprint import Change, Footprint, Kind, State
from conformance.core.results import Blame, Finding, Severity, Verdict
from conformance.workers import hub as hubs
from conformance.workers.crew import Crew, workers_wanted
from conformance.workers.hub import Hub, Line, RunEndedError
from conformance.workers.messages import Record
from conformance.workers.playing import Player
from conformance.workers.shares import Division
from tests.support.samples import exchange, scenario

LOOPBACK, REMOTE = "http://127.0.0.1:9/x", "https://gp.example/x"


def run_with(workers: int = 0, most: int = 0, base: str = REMOTE, latencies: tuple[float, ...] = ()) -> Any:
    settings = SimpleNamespace(workers=workers, max_connections=most)
    config = SimpleNamespace(run=settings, provider=SimpleNamespace(base_url=base))
    seen = [exchange(number, elapsed_ms=one) for number, one in enumerate(latencies, start=1)]
    return SimpleNamespace(
        session=SimpleNamespace(config=config, exchanges=[*seen, exchange(99, status=None, elapsed_ms=9e9)])
    )


@pytest.mark.parametrize(
    ("run", "wanted"),
    [
        (run_with(workers=3), 3),
        (run_with(workers=3, most=2), 2),
        (run_with(workers=3, most=8), 3),
        (run_with(base=LOOPBACK, latencies=(5_000.0,)), 1),
        (run_with(base=LOOPBACK, workers=2), 2),
        (run_with(latencies=()), 1),
        (run_with(latencies=(1.0, 1.0, 1.0)), 1),
        (run_with(latencies=(5_000.0, 5_000.0), most=2), 2),
    ],
)
def test_how_many_workers_a_run_is_to_have(run: Any, wanted: int) -> None:
    assert workers_wanted(run) == wanted


def test_a_slow_provider_has_more_workers_and_its_median_counts() -> None:
    assert workers_wanted(run_with(latencies=(5_000.0,))) > 1
    assert workers_wanted(run_with(latencies=(1.0, 1.0, 60_000.0))) == 1


class Run:
    """A run that notes what is reported to it."""

    def __init__(self) -> None:
        self.full = ""
        self.taken: list[tuple[Record, int]] = []
        self.began: list[Any] = []
        self.broken: list[Any] = []
        self.cases = tuple(
            SimpleNamespace(id=name, judges_all_responses=name == "rule") for name in ("a", "b", "c", "rule")
        )
        self.rules = tuple(case for case in self.cases if case.id == "rule")
        self.said: list[Any] = []
        pace = SimpleNamespace(
            admit=lambda *given: self.said.append(("admit", given)),
            hold=lambda *given: self.said.append(("hold", given)),
        )
        self.session = SimpleNamespace(
            pace=pace, recorder=SimpleNamespace(next_number=lambda: 17), footprint=Footprint(), notices=[], steps={},
            config="config", read_only=True,
        )  # fmt: skip

    def take(self, record: Record, session: int) -> None:
        self.taken.append((record, session))

    def begin_session(self, config: Any, cases: Any, share: Any) -> int:
        self.began.append((config, [case.id for case in cases], share))
        return 4

    def break_off(self, error: Any) -> None:
        self.broken.append(error.message)


def share(number: int, writing: tuple[str, ...], reading: tuple[str, ...]) -> Any:
    return SimpleNamespace(number=number, writing=writing, reading=reading, ids=frozenset({*writing, *reading}))


def crew_of(run: Run, pool: Any = None) -> Crew:
    shares = (share(0, ("a",), ("b",)), share(1, (), ("c",)))
    crew = Crew(cast(Any, run), cast(Division, SimpleNamespace(shares=shares)), pool)
    crew.hub = cast(Hub, SimpleNamespace(closed=False))
    return crew


def test_a_worker_begins_with_its_share_and_the_rules_about_all_responses() -> None:
    run = Run()
    crew = crew_of(run)
    assert crew.number == 2
    setup = crew._serve("gw1", "begin", ())
    assert (setup.config, setup.share.number, setup.rules, setup.read_only) == ("config", 1, ("rule",), True)
    assert (setup.pool, setup.shown_by) == (None, ())
    crew._serve("gw1", "start", ("own config", frozenset({"c", "b"})))
    assert run.began == [("own config", ["b", "c"], {"number": 1, "days": None})]
    crew._serve("gw1", "record", (Record("c", scenario("c")),))
    assert run.taken[0][1] == 4
    assert crew._serve("gw0", "number", ()) == 17
    crew._serve("gw0", "admit", (2,))
    crew._serve("gw0", "hold", (1.5,))
    assert run.said == [("admit", (2,)), ("hold", (1.5,))]


def test_what_is_played_is_done_and_the_rest_is_played_again() -> None:
    run = Run()
    crew = crew_of(run)
    crew._serve("gw0", "play", ("a",))
    crew._serve("gw0", "record", (Record("a", scenario("a")),))
    crew._serve("gw0", "record", (Record("b", None),))
    crew._serve("gw0", "record", (Record(),))
    assert [crew.remaining(cast(Any, case)) for case in run.cases[:3]] == [False, True, True]
    assert crew.again == {"b"}
    crew._serve("gw1", "play", ("c",))
    crew._serve("gw0", "end", ())
    crew.finish()
    (lost,) = run.session.notices
    assert lost == Finding(
        "worker gw1 ended unexpectedly while it played c: 1 scenarios of its share are played in the process of the run",
        Severity.INFO, blame=Blame.ENVIRONMENT, code="worker-lost",
    )  # fmt: skip
    run.session.notices.clear()
    crew._serve("gw1", "record", (Record("c", scenario("c")),))
    crew.finish()
    assert run.session.notices[0].message.startswith("worker gw1 ended unexpectedly: 0 scenarios ")


@pytest.mark.parametrize(
    ("full", "gone", "why"), [("", "", ""), ("full", "", "full"), ("", "gone", "gone"), ("full", "gone", "full")]
)
def test_a_run_that_is_full_or_whose_provider_is_gone_stops_its_workers(full: str, gone: str, why: str) -> None:
    run = Run()
    run.full = full
    crew = crew_of(run)
    crew._serve("gw0", "record", (Record("a", scenario("a"), gone=gone),))
    assert crew.stop == why
    if not why:
        crew._serve("gw0", "play", ("b",))
        return
    with pytest.raises(RuntimeError, match=f"^{why}$"):
        crew._serve("gw0", "play", ("b",))
    crew.finish()
    assert run.session.notices == []


def test_no_call_is_served_once_the_run_has_ended() -> None:
    crew = crew_of(Run())
    for hub in (None, SimpleNamespace(closed=True)):
        crew.hub = cast(Hub, hub)
        with pytest.raises(RuntimeError, match=r"^the run has ended$"):
            crew._serve("gw0", "play", ("a",))


def test_where_nothing_can_be_written_the_run_breaks_off() -> None:
    run = Run()
    crew = crew_of(run)

    def full(*_: Any) -> None:
        raise UsageError("the disk is full")

    run.take = full  # type: ignore[method-assign, assignment]
    with pytest.raises(UsageError):
        crew._serve("gw0", "record", (Record("a", scenario("a")),))
    assert (run.broken, crew.stop) == (["the disk is full"], "the disk is full")


def test_changes_of_workers_have_keys_of_the_run() -> None:
    run = Run()
    crew = crew_of(run)
    for worker in ("gw0", "gw1"):
        crew._serve(worker, "change", (Change(Kind.BOOKING, worker, key=1),))
    crew._serve("gw1", "change", (Change(Kind.BOOKING, "gw1", state=State.EXISTS, key=1),))
    changes = run.session.footprint.changes
    assert {key: (one.label, one.state) for key, one in changes.items()} == {
        1: ("gw0", State.INTENDED), 2: ("gw1", State.EXISTS),
    }  # fmt: skip


def test_who_reads_waits_for_those_that_write() -> None:
    crew = crew_of(Run())
    waiting = threading.Thread(target=crew._serve, args=("gw1", "wait_for_writers", ()))
    waiting.start()
    crew.lost("gw9")
    assert crew._workers["gw0"].writes
    crew.lost("gw0")
    waiting.join(600)
    assert not waiting.is_alive()
    assert [one.writes for one in crew._workers.values()] == [False, False]


class Pool:
    """Notes which slots stay taken, and which are free again."""

    def __init__(self) -> None:
        self.kept: set[str] = set()

    def keep(self, slots: frozenset[str]) -> None:
        self.kept |= slots

    def copy(self) -> str:
        return "a copy"


def test_slots_that_stay_taken_are_taken_for_all() -> None:
    run, pool = Run(), Pool()
    run.session.steps["search for free slots"] = SimpleNamespace(exchanges=(exchange(1),))
    crew = crew_of(run, pool)
    crew._serve("gw0", "record", (Record("a", scenario("a"), kept=frozenset({"s1"})),))
    assert pool.kept == {"s1"}
    assert crew._serve("gw0", "begin", ()).pool == "a copy"


class Wire:
    """A line's end that gives what it is to receive."""

    def __init__(self, *received: Any) -> None:
        self.received, self.closed = list(received), False
        self.sent: list[Any] = []

    def send(self, value: Any) -> None:
        self.sent.append(value)

    def recv(self) -> Any:
        found = self.received.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    def close(self) -> None:
        self.closed = True


def bare_hub(serve: Callable[..., Any], left: Callable[[str], None]) -> Hub:
    hub = Hub.__new__(Hub)
    hub._serve, hub._left, hub._closed = serve, left, threading.Event()
    return hub


@pytest.mark.parametrize("end", [EOFError(), OSError()])
def test_a_hub_responds_to_each_call_until_the_line_ends(end: Exception) -> None:
    gone: list[str] = []
    hub = bare_hub(lambda *given: given, gone.append)
    wire = Wire("gw3", ("play", ("a",)), ("end", ()), end)
    hub._listen(cast(Any, wire))
    assert wire.sent == [(True, ("gw3", "play", ("a",))), (True, ("gw3", "end", ()))]
    assert (gone, wire.closed) == (["gw3"], True)
    hub._listen(cast(Any, Wire(end)))
    assert gone == ["gw3"]


def test_a_hub_says_what_went_wrong_and_that_the_run_has_ended() -> None:
    def broken(*_: Any) -> None:
        raise ValueError("no such call")

    hub = bare_hub(broken, lambda _: None)
    assert hub._response("gw0", "x", ()) == (False, "ValueError: no such call")
    hub._closed.set()
    assert hub.closed
    assert hub._response("gw0", "x", ()) == (False, "the run has ended")
    hub.close()


def test_a_line_returns_what_the_run_returns_or_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire((True, 7), (False, "the run has ended"), EOFError())
    monkeypatch.setattr(hubs, "Client", lambda address, authkey: wire if (address, authkey) == ("here", b"k") else None)
    line = Line("here", b"k", "gw0")
    assert line.call("number", 1, 2) == 7
    assert wire.sent == ["gw0", ("number", (1, 2))]
    with pytest.raises(RunEndedError, match=r"^the run has ended$"):
        line.call("x")
    with pytest.raises(RunEndedError, match=r"^the process of the run is gone$"):
        line.call("x")
    line.close()
    assert wire.closed

    def refused(*_: Any, **__: Any) -> None:
        raise OSError("refused")

    monkeypatch.setattr(hubs, "Client", refused)
    with pytest.raises(RunEndedError, match=r"^refused$"):
        Line("here", b"k", "gw0")


@pytest.mark.parametrize(
    ("verdict", "codes", "again"),
    [
        (Verdict.SKIP, (), True),
        (Verdict.OMIT, ("x",), True),
        (Verdict.SKIP, ("provider-gone",), False),
        (Verdict.SKIP, ("x", "environment"), False),
        (Verdict.OMIT, ("response-lost",), False),
        (Verdict.PASS, (), False),
        (Verdict.FAIL, (), False),
        (Verdict.ERROR, (), False),
        (Verdict.WARN, (), False),
    ],
)
def test_what_is_not_tested_may_have_lacked_the_shares_of_others(
    verdict: Verdict, codes: tuple[str, ...], again: bool
) -> None:
    result = scenario("a", verdict, findings=tuple(Finding("x", code=code) for code in codes))
    assert Player._wants_more(cast(Player, None), result) is again


def test_a_record_of_nothing_is_empty() -> None:
    bare = Record()
    assert (bare.id, bare.result, bare.gone, bare.repeats, bare.cut_short) == ("", None, "", 0, False)
    assert replace(bare, id="a") != bare
