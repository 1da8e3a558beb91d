"""What is run, repeated, gathered and kept, with a player that makes results up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.core.errors import UsageError
from conformance.core.stop_signals import StopSignal
from conformance.fleet.model import Fleet, Gathered, Job, Provider, State
from conformance.fleet.running import FleetRun
from conformance.fleet.store import Store
from conformance.fleet.summary import Summary
from tests.unit.fleet.fleets import record

NAMES = ("A1001", "A1002", "A1003")


def fleet(*names: str, pack: str = "smoke") -> Fleet:
    providers = tuple(Provider(name, f"https://x.example/{name}", "000000000001", name) for name in names)
    return Fleet(Path("fleet.yaml"), pack, 60.0, "edition: stu3\n", Path("reports"), providers)


class Player:
    """Plays jobs: `comes_to` says what each comes to, by name and attempt; a name that it lacks ends the play."""

    def __init__(self, comes_to: dict[tuple[str, int], State | str], stopped: str = "") -> None:
        self._comes_to, self._stopped = comes_to, stopped
        self.played: list[tuple[str, int]] = []

    def play(
        self,
        jobs: Iterable[Job],
        configuration: str,
        take: Callable[[Job, Gathered | None, str], Job | None],
        meanwhile: Callable[[], None],
    ) -> str:
        waiting = list(jobs)
        while waiting:
            job = waiting.pop(0)
            key = (job.provider.name, job.attempt)
            if key not in self._comes_to:
                if not self._stopped:
                    raise StopSignal
                return self._stopped
            self.played.append(key)
            meanwhile()
            again = take(job, *self._gathered(job))
            waiting += [again] if again else []
        return ""

    def _gathered(self, job: Job) -> tuple[Gathered | None, str]:
        state = self._comes_to[job.provider.name, job.attempt]
        if not isinstance(state, State):
            return None, state
        made = replace(record(job.provider.name, state), fingerprint=job.fingerprint, attempt=job.attempt)
        return Gathered(made, b"{}"), ""


class Bed:
    """A folder of a fleet, what was written into it and what was said."""

    def __init__(self, folder: Path) -> None:
        self.store = Store.begin(folder)
        self.written: list[Summary] = []
        self.said: list[str] = []

    def run(self, described: Fleet, player: Player) -> Summary:
        return FleetRun(described, self.store, self.written.append, self.said.append).play(player)


def test_results_are_gathered_and_what_the_environment_ended_is_repeated_once_after_the_others(tmp_path: Path) -> None:
    bed = Bed(tmp_path / "f")
    player = Player(
        {
            ("A1001", 1): State.NOT_TESTABLE,
            ("A1001", 2): State.NOT_TESTABLE,
            ("A1002", 1): State.NOT_TESTABLE,
            ("A1002", 2): State.CLEAN,
            ("A1003", 1): "KilledWorker: three workers were lost",
        }
    )
    found = bed.run(fleet(*NAMES), player)
    assert player.played == [("A1001", 1), ("A1002", 1), ("A1003", 1), ("A1001", 2), ("A1002", 2)]
    assert [(one.state, one.attempt) for one in found.records] == [
        (State.NOT_TESTABLE, 2), (State.CLEAN, 2), (State.FAULT, 2),
    ]  # fmt: skip
    assert found.records[2].reason == "KilledWorker: three workers were lost"
    assert (bed.store.runs("A1002") / "2.results.json").read_bytes() == b"{}"
    assert bed.written == [found]
    assert [line.partition(",")[0] for line in bed.said] == [
        "3 providers", "0/3 A1001: Not testable", "0/3 A1002: Not testable", "1/3 A1003: Fault of this tool",
        "2/3 A1001: Not testable", "3/3 A1002: No non-conformity",
    ]  # fmt: skip
    assert bed.said[1].endswith("(to be repeated)")


def test_a_fleet_that_ended_early_goes_on_and_repeats_nothing_that_ended(tmp_path: Path) -> None:
    bed = Bed(tmp_path / "f")
    with pytest.raises(StopSignal):
        bed.run(fleet(*NAMES), Player({("A1001", 1): State.NOT_CONFORMANT, ("A1002", 1): State.NOT_TESTABLE}))
    assert [one.state for one in bed.written[-1].records] == [State.NOT_CONFORMANT, State.NOT_TESTABLE, State.NOT_RUN]
    assert bed.written[-1].stopped == "interrupted"
    player = Player({("A1002", 2): State.CLEAN, ("A1003", 1): State.CLEAN})
    found = bed.run(fleet(*NAMES), player)
    assert player.played == [("A1002", 2), ("A1003", 1)]
    assert [one.state for one in found.records] == [State.NOT_CONFORMANT, State.CLEAN, State.CLEAN]
    assert bed.run(fleet(*NAMES), Player({})).records == found.records


def test_what_is_described_otherwise_now_is_run_again(tmp_path: Path) -> None:
    bed = Bed(tmp_path / "f")
    bed.run(fleet("A1001"), Player({("A1001", 1): State.CLEAN}))
    player = Player({("A1001", 1): State.NOT_CONFORMANT})
    assert bed.run(fleet("A1001", pack="core"), player).counts == {State.NOT_CONFORMANT: 1}
    assert player.played == [("A1001", 1)]


def test_a_scheduler_that_goes_away_leaves_what_was_gathered(tmp_path: Path) -> None:
    bed = Bed(tmp_path / "f")
    found = bed.run(fleet(*NAMES), Player({("A1001", 1): State.CLEAN}, "the scheduler went away"))
    assert [one.state for one in found.records] == [State.CLEAN, State.NOT_RUN, State.NOT_RUN]
    assert (found.stopped, found.code) == ("the scheduler went away", 3)


def test_what_ended_while_nobody_could_gather_it_is_in_the_outputs(tmp_path: Path) -> None:
    bed = Bed(tmp_path / "f")

    class Unheard(Player):
        def _gathered(self, job: Job) -> tuple[Gathered | None, str]:
            bed.store.put(replace(record("A1002"), fingerprint=job.fingerprint))  # a worker writes, and is not heard of
            return super()._gathered(job)

    found = bed.run(fleet(*NAMES[:2]), Unheard({("A1001", 1): State.CLEAN}, "the scheduler went away"))
    assert [one.state for one in found.records] == [State.CLEAN, State.NOT_RUN]  # of another job than its own
    own = FleetRun(fleet("A1002"), bed.store, bed.written.append, bed.said.append)._job(fleet("A1002").providers[0])
    bed.store.put(replace(record("A1002"), fingerprint=own.fingerprint))
    found = bed.run(fleet(*NAMES), Player({}, "the scheduler went away"))
    assert [one.state for one in found.records] == [State.CLEAN, State.CLEAN, State.NOT_RUN]


def test_the_folder_of_a_fleet_is_its_own(tmp_path: Path) -> None:
    Store.begin(tmp_path)
    with pytest.raises(UsageError, match="holds another fleet"):
        Store.begin(tmp_path)
    with pytest.raises(UsageError, match="holds no fleet to go on with"):
        Store.go_on(tmp_path / "absent")
    assert Store.go_on(tmp_path).get("A1001") is None
    (tmp_path / "records").mkdir()
    (tmp_path / "records" / "A1001.json").write_text('{"name": "A1001"}', encoding="utf-8")
    assert Store.go_on(tmp_path).get("A1001") is None
