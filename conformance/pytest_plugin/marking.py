"""What the results of a run are marked with: the user's waivers, and what is new since an older run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from conformance.comparing import older
from conformance.core.older_run import OlderRun
from conformance.core.results import RunInfo, RunResult, ScenarioResult, Verdict
from conformance.core.waivers import Waiver
from conformance.engine.collection import collect
from conformance.pytest_plugin.earlier_runs import read_run
from conformance.spec import editions, load
from conformance.waivers import Known, read_waivers, waived


@dataclass(frozen=True, slots=True)
class Marks:
    """The waivers that are for a run's edition, and the older run, None without one."""

    waivers: tuple[Waiver, ...] = ()
    since: OlderRun | None = None

    @classmethod
    def read(cls, waivers: Path | None, since: Path | None, edition: str) -> Marks:
        """Return the marks that two files give, None for one that is not given. Raises UsageError saying what is wrong."""
        read = read_waivers(waivers, edition, _known()) if waivers else ()
        return cls(read, older(read_run(since)) if since else None)

    def on(self, result: RunResult) -> RunResult:
        """Return a run with the marks."""
        marked = replace(result, since=self.since)
        return waived(marked, self.waivers, _today()) if self.waivers else marked

    def so_far(self, info: RunInfo, results: Sequence[ScenarioResult]) -> ScenarioResult:
        """Return the last of a run's results so far as waived, where the waivers excuse it by what is known now."""
        last = results[-1]
        if not self.waivers or last.verdict not in (Verdict.FAIL, Verdict.WARN):
            return last
        causes = any(waiver.kind == "cause" for waiver in self.waivers)
        return waived(RunResult(info, tuple(results if causes else results[-1:])), self.waivers, _today()).scenarios[-1]


def _today() -> date:
    return datetime.now(UTC).astimezone().date()


def _known() -> Known:
    cases = [entry.case for entry in collect()]
    names = editions()
    return Known(
        {name: frozenset(case.id for case in cases if case.runs_in(name)) for name in names},
        {name: frozenset(load(name).requirements) for name in names},
    )
