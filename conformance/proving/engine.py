"""Show that scenarios fail on a provider that is wrong in their way: run cases against each fault of the bundled provider."""

from __future__ import annotations

import logging
import random
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path
from types import TracebackType
from typing import Self

from conformance.config.bundled import bundled_config
from conformance.core.results import ScenarioResult, Verdict
from conformance.harness.catalogue import Entry, collect
from conformance.harness.running import run_case
from conformance.harness.session import Session
from conformance.provider.faults import faults_of
from conformance.provider.running import start
from conformance.spec import load

_RANK = {Verdict.PASS: 0, Verdict.SKIP: 0, Verdict.OMIT: 0, Verdict.ERROR: 0, Verdict.WARN: 1, Verdict.FAIL: 2}


@dataclass(frozen=True, slots=True)
class Trial:
    """What a case made of a fault: its verdict with the fault, beside the one without it."""

    fault: str
    scenario: str
    clean: Verdict
    verdict: Verdict
    listed: bool
    told: str = ""
    ms: float = 0.0

    @property
    def caught(self) -> bool:
        """Whether the fault made the verdict worse in the way a finding does; a skip or an error catches nothing."""
        return _RANK[self.verdict] > _RANK[self.clean]


@dataclass
class Proof:
    """All trials of an edition, with the verdicts of the clean provider."""

    edition: str
    clean: dict[str, ScenarioResult] = field(default_factory=dict)
    trials: list[Trial] = field(default_factory=list)
    faults: dict[str, str] = field(default_factory=dict)

    def false_alarms(self) -> list[ScenarioResult]:
        """Scenarios that did not pass on the clean provider."""
        return [result for result in self.clean.values() if result.verdict is not Verdict.PASS]

    def survivors(self) -> list[str]:
        """Faults that no scenario caught."""
        caught = {trial.fault for trial in self.trials if trial.caught}
        return sorted(set(self.faults) - caught)

    def unproven(self) -> list[str]:
        """Scenarios that no fault made fail."""
        proven = {trial.scenario for trial in self.trials if trial.caught}
        return sorted(set(self.clean) - proven)

    def broken_pairs(self) -> list[Trial]:
        """Trials in which a scenario did not catch a fault that it names as its own."""
        return [trial for trial in self.trials if trial.listed and not trial.caught]

    def cascades(self) -> list[Trial]:
        """Trials in which a scenario failed though the fault is of another area and the scenario does not name it."""
        return [
            trial
            for trial in self.trials
            if trial.caught and not trial.listed and _area(trial.fault) != _area(trial.scenario)
        ]


def _area(name: str) -> str:
    return name.partition(".")[0]


class Bench:
    """A bundled provider and a harness that knows it, for one edition; trials run on it one after the other."""

    def __init__(self, edition: str) -> None:
        self._stack = ExitStack()
        self.edition = load(edition)
        self.provider = self._stack.enter_context(start(self.edition))
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        config = bundled_config(edition, self.provider.base_url, folder)
        self.config = replace(config, run=replace(config.run, strict=True))
        self._learnt = Session(self.config)
        self._stack.callback(self._learnt.close)
        self._learnt.learn()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def play(self, entries: Iterable[Entry], faults: Sequence[str] = ()) -> Iterator[ScenarioResult]:
        """Run cases with faults switched on, on a fresh database; what was learnt of the clean provider is known to them."""
        self.provider.set_faults(())
        self.provider.reset()
        session = Session(self.config)
        session.know(self._learnt)
        self.provider.set_faults(faults)
        try:
            for entry in entries:
                yield run_case(entry.function, entry.case, session)
        finally:
            session.close()
            self.provider.set_faults(())


def entries_of(edition: str, names: Iterable[str] | None = None) -> list[Entry]:
    """Return an edition's cases, all or those named."""
    wanted = None if names is None else set(names)
    return [entry for entry in collect() if entry.case.runs_in(edition) and (wanted is None or entry.case.id in wanted)]


def plan(edition: str, *, sample: int, select: str = "", seed: int = 1) -> dict[str, list[str]]:
    """Return which cases to try on each fault: those that name it, those of its area when sampling, and a few others.

    `select` keeps the faults whose name, or one of whose cases' names, holds it.
    """
    entries = entries_of(edition)
    chance = random.Random(seed)
    tries: dict[str, list[str]] = {}
    for fault in faults_of(edition):
        own = [entry.case.id for entry in entries if fault in entry.case.fault_ids(edition)]
        if select and not any(select in name for name in (fault, *own)):
            continue
        others = [entry.case.id for entry in entries if entry.case.id not in own]
        near = [name for name in others if _area(name) == _area(fault)] if sample else []
        far = [name for name in others if name not in near]
        tries[fault] = own + near + chance.sample(far, min(sample, len(far)))
    return tries


def prove(edition: str, *, sample: int = 0, workers: int = 2, select: str = "") -> Proof:
    """Run every case on the clean provider and, by `plan`, on each fault; return what came of it.

    `sample` is how many unrelated cases are also tried on each fault (0: only those that name it). `workers` processes
    share the faults, each with a provider of its own. `select` as in `plan`.
    """
    tries = list(plan(edition, sample=sample, select=select).items())
    proof = Proof(edition, faults={name: faults_of(edition)[name] for name, _ in tries})
    tried = {name for _, names in tries for name in names}
    shares = [dict(tries[index::workers]) for index in range(workers)]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        clean = pool.submit(_clean, edition, sorted(tried) if select else None)
        runs = [pool.submit(_trials, edition, share) for share in shares]
        proof.clean = clean.result()
        for run in runs:
            for fault, scenario, verdict, listed, told, ms in run.result():
                before = proof.clean[scenario].verdict
                proof.trials.append(Trial(fault, scenario, before, verdict, listed, told, ms))
    return proof


def _clean(edition: str, names: Sequence[str] | None) -> dict[str, ScenarioResult]:
    logging.disable(logging.CRITICAL)
    with Bench(edition) as bench:
        return {result.id: result for result in bench.play(entries_of(edition, names))}


_Row = tuple[str, str, Verdict, bool, str, float]


def _trials(edition: str, share: Mapping[str, Sequence[str]]) -> list[_Row]:
    logging.disable(logging.CRITICAL)  # a provider that is made to fail says so on every request
    rows: list[_Row] = []
    with Bench(edition) as bench:
        for fault, names in share.items():
            entries = entries_of(edition, names)
            named = {entry.case.id for entry in entries if fault in entry.case.fault_ids(edition)}
            for result in bench.play(entries, [fault]):
                told = result.reason or next((finding.message for finding in result.findings), "")
                rows.append((fault, result.id, result.verdict, result.id in named, told, result.duration_ms))
    return rows
