"""Measure how well findings are grouped into causes, and print a table.

    .venv/bin/python tools/causes_table.py [--edition stu3] [--draws 10] [--faults 25] [--seed 1] [--keep FOLDER]

Each draw is a run of all scenarios against the bundled provider with so many faults at work, drawn at random by its seed. A
draw whose run would not begin (preflight) is named, and the next seed is drawn. The table has for each draw:

- red or amber, not tested: scenarios; findings: failures and warnings in them; causes: what they are grouped into (at most 40)
- mixed: causes of which no fault alone shows 90% of the findings, though faults alone show 90% of them together
- joint: causes of which faults alone do not show 90%: what only several faults together, or the whole run, bring about
- shown: faults of which a cause shows at least one finding; not testable: faults of which every scenario that names them was
  skipped, because another fault keeps it from being tested; lost: the other faults

A finding comes from a fault where the fault alone brings one of the same code and place about in the same scenario: each fault
is run alone, first on the red and amber scenarios that name it, then on those whose findings are not explained yet. What was
run is kept in a folder, so that another grouping is measured at once. Exit code 1 when a draw has more than 40 causes, a mixed
cause or a lost fault.
"""

from __future__ import annotations

import argparse
import logging
import pickle
import random
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from conformance.causes import Cause, causes_of
from conformance.causes.symptoms import symptom_of
from conformance.core.errors import TargetError
from conformance.core.results import RunInfo, RunResult, ScenarioResult, Verdict
from conformance.engine.collection import Entry
from conformance.engine.preflight import preflight
from conformance.engine.runner import run_case
from conformance.engine.session import Session
from conformance.proving.plan import entries_of, owners
from conformance.proving.proof import area
from conformance.proving.provider_setup import Stage

MOST_CAUSES, LEAST_SHARE = 40, 0.9
Played = dict[str, ScenarioResult]
Key = tuple[str, ...]  # a finding: its scenario, its code, its place


@dataclass(frozen=True, slots=True)
class Draw:
    """Faults drawn together and the scenarios' results, `refused` in their place where the run would not begin."""

    seed: int
    faults: tuple[str, ...]
    results: tuple[ScenarioResult, ...]
    refused: str = ""


class Ground:
    """Where draws and single faults are run, and the folder where their results are kept."""

    def __init__(self, edition: str, folder: Path, stack: ExitStack) -> None:
        self.edition, self._folder, self._stack = edition, folder, stack
        self._stages: dict[bool, Stage] = {}
        self.named = owners(edition)
        folder.mkdir(parents=True, exist_ok=True)

    def draw(self, seed: int, count: int) -> Draw:
        """Return a draw, from the folder where it was run before."""
        path = self._folder / f"draw-{self.edition}-{count}-{seed}.pickle"
        if not path.exists():
            faults = tuple(sorted(random.Random(seed).sample(sorted(self.named), count)))
            path.write_bytes(pickle.dumps(self._run(seed, faults)))
        drawn: Draw = pickle.loads(path.read_bytes())
        return drawn

    def alone(self, fault: str, scenarios: Iterable[str]) -> Played:
        """Return the results of scenarios with a single fault at work, and of all that were run with it before."""
        path = self._folder / f"alone-{self.edition}-{fault}.pickle"
        known: Played = pickle.loads(path.read_bytes()) if path.exists() else {}
        wanted = [name for name in dict.fromkeys(scenarios) if name not in known]
        if wanted:
            entries = entries_of(self.edition, wanted)
            for tls in (False, True):
                some = [entry for entry in entries if (area(entry.case.id) == "tls") is tls]
                known |= {result.id: _light(result) for result in self._stage(tls).play(some, (fault,))} if some else {}
            path.write_bytes(pickle.dumps(known))
        return known

    def _stage(self, tls: bool) -> Stage:
        if tls not in self._stages:
            stage = self._stages[tls] = Stage(self.edition, self._stack, tls=tls)
            stage.config = replace(stage.config, run=replace(stage.config.run, strict=False))
        return self._stages[tls]

    def _run(self, seed: int, faults: tuple[str, ...]) -> Draw:
        entries = entries_of(self.edition)
        plain = [entry for entry in entries if area(entry.case.id) != "tls"]
        try:
            results = self._all(plain, faults, tls=False)
        except TargetError as error:
            return Draw(seed, faults, (), str(error))
        secure = [entry for entry in entries if area(entry.case.id) == "tls"]
        return Draw(seed, faults, (*results, *self._all(secure, faults, tls=True)))

    def _all(self, entries: Sequence[Entry], faults: Sequence[str], *, tls: bool) -> list[ScenarioResult]:
        with ExitStack() as stack:
            stage = Stage(self.edition, stack, tls=tls)
            session = Session(replace(stage.config, run=replace(stage.config.run, strict=False)))
            stack.callback(session.close)
            stage.provider.set_faults(faults)
            if not tls:
                list(preflight(session, [entry.case for entry in entries]))
            return [_light(run_case(entry.function, entry.case, session)) for entry in entries]


def _light(result: ScenarioResult) -> ScenarioResult:
    return replace(result, exchanges=())


def causes_in(results: Iterable[ScenarioResult]) -> tuple[Cause, ...]:
    """Return the causes of results without a run around them."""
    run = RunInfo("", "", "", "", "", "")
    return causes_of(RunResult(run, tuple(results)))


def explained(ground: Ground, draw: Draw, causes: Sequence[Cause]) -> dict[str, Counter[str]]:
    """Return how many findings of each cause (by id) each fault alone brings about; "" counts those that none does."""
    red = list(dict.fromkeys(name for cause in causes for name in cause.scenarios))
    by_fault = {fault: _shown(ground.alone(fault, set(ground.named[fault]) & set(red))) for fault in draw.faults}
    for cause in causes:
        left = _unexplained(draw, cause, by_fault)
        if left:
            by_fault |= {fault: _shown(ground.alone(fault, left)) for fault in draw.faults}
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for cause in causes:
        for member in cause.members:
            finding = _key(draw, member.scenario, member.nth)
            shown = [fault for fault, found in by_fault.items() if finding in found]
            table[cause.id].update(shown or [""])
    return table


def _unexplained(draw: Draw, cause: Cause, by_fault: dict[str, set[Key]]) -> list[str]:
    """The scenarios of a cause with a finding that the fault which explains most of the cause does not show."""
    counts = {
        fault: sum(_key(draw, one.scenario, one.nth) in found for one in cause.members)
        for fault, found in by_fault.items()
    }
    best = max(counts, key=lambda fault: counts[fault])
    if counts[best] >= LEAST_SHARE * cause.count:
        return []
    missed = (one for one in cause.members if _key(draw, one.scenario, one.nth) not in by_fault[best])
    return list(dict.fromkeys(one.scenario for one in missed))


def _shown(played: Played) -> set[Key]:
    return {(result.id, *symptom_of(finding, result)[:2]) for result in played.values() for finding in result.findings}


def _key(draw: Draw, scenario: str, index: int) -> Key:
    result = next(result for result in draw.results if result.id == scenario)
    return (scenario, *symptom_of(result.findings[index], result)[:2])


@dataclass(frozen=True, slots=True)
class Judged:
    """What a draw came to. `hidden` has faults that no cause shows, each with why."""

    draw: Draw
    causes: tuple[Cause, ...]
    mixed: tuple[str, ...]
    joint: tuple[str, ...]
    hidden: dict[str, str]

    @property
    def row(self) -> str:
        """The draw as a row of the table."""
        red = sum(result.verdict in (Verdict.FAIL, Verdict.WARN, Verdict.ERROR) for result in self.draw.results)
        skipped = sum(result.verdict is Verdict.SKIP for result in self.draw.results)
        findings = sum(cause.count for cause in self.causes)
        covered = [why for why in self.hidden.values() if why.startswith("not tested")]
        return (
            f"| {self.draw.seed} | {red} | {skipped} | {findings} | {len(self.causes)} | {len(self.mixed)} | {len(self.joint)} "
            f"| {len(self.draw.faults) - len(self.hidden)} | {len(covered)} | {len(self.hidden) - len(covered)} |"
        )

    @property
    def amiss(self) -> bool:
        """Whether it misses one of the marks; a fault whose scenarios could not be tested cannot show."""
        lost = any(not why.startswith("not tested") for why in self.hidden.values())
        return len(self.causes) > MOST_CAUSES or bool(self.mixed) or lost


def judge(ground: Ground, draw: Draw) -> Judged:
    """Return what a draw came to."""
    causes = causes_in(draw.results)
    table = explained(ground, draw, causes)
    mixed, joint, seen = [], [], set()
    for cause in causes:
        known = {fault: count for fault, count in table[cause.id].items() if fault}
        seen |= set(known)
        if max(known.values(), default=0) < LEAST_SHARE * cause.count:
            unexplained = table[cause.id][""] > (1 - LEAST_SHARE) * cause.count
            line = f"{cause.code} at {cause.place} ({cause.requirement}): {dict(table[cause.id])} of {cause.count}"
            (joint if unexplained else mixed).append(line)
    hidden = {fault: _why(ground, draw, fault) for fault in draw.faults if fault not in seen}
    return Judged(draw, causes, tuple(mixed), tuple(joint), hidden)


def _why(ground: Ground, draw: Draw, fault: str) -> str:
    verdicts = {result.id: result.verdict for result in draw.results}
    own = [verdicts[name] for name in ground.named[fault]]
    if all(verdict in (Verdict.SKIP, Verdict.OMIT) for verdict in own):
        return f"not tested: {len(own)} of {len(own)} scenarios that name it were skipped"
    return f"its scenarios ended as {', '.join(sorted(set(own)))}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edition", default="stu3")
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--faults", type=int, default=25)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder of results (default: a temporary one)")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)  # a provider that is made to fail says so on every request
    with ExitStack() as stack:
        keep = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ground = Ground(options.edition, keep, stack)
        print("| seed | red or amber | not tested | findings | causes | mixed | joint | shown | not testable | lost |")
        print("|---|---|---|---|---|---|---|---|---|---|")
        judged = []
        for draw in _draws(ground, options.seed, options.draws, options.faults):
            judged.append(judge(ground, draw))
            print(judged[-1].row, flush=True)
    for one in judged:
        lines = (*(f"mixed: {line}" for line in one.mixed), *(f"joint: {line}" for line in one.joint))
        for line in (*lines, *(f"{fault}: {why}" for fault, why in one.hidden.items())):
            print(f"seed {one.draw.seed}: {line}")
    return int(any(one.amiss for one in judged))


def _draws(ground: Ground, seed: int, wanted: int, faults: int) -> Iterator[Draw]:
    given = 0
    while given < wanted:
        draw = ground.draw(seed, faults)
        if draw.refused:
            print(f"seed {seed}: the run would not begin: {draw.refused}", file=sys.stderr)
        else:
            given += 1
            yield draw
        seed += 1


if __name__ == "__main__":
    sys.exit(main())
