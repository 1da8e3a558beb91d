"""Going on with a run that ended early: what its folder holds, what need not be run again, and whether the run is the same.

This is the one place that reads the earlier run. A scenario is run again where the environment kept it from being tested;
every other one that ended is kept as it is, and so is what the rules about all responses found in those before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from conformance.core.errors import UsageError
from conformance.core.judged import Judged
from conformance.core.results import Blame, Finding, RunInfo, RunResult, ScenarioResult, Severity, Verdict
from conformance.evidence.reader import DAMAGED, close_evidence, read_evidence, read_judged

CONFIGURATION = "configuration"
"""The setting of a run that names its configuration file."""

_OVER = frozenset({"provider-gone", "interaction-broken", "preflight"})  # notices of what has passed since
_STOPS = frozenset({"provider-gone", "environment", "response-lost", "cannot-test"})  # why a scenario ended early
_MUST_AGREE = ("edition", "provider")


@dataclass(frozen=True)
class Earlier:
    """A run that ended early. `kept` are the scenarios that need not be run again, in the order in which they ended,
    `judged` what the rules about all responses have seen.
    """

    folder: Path
    run: RunInfo
    kept: tuple[ScenarioResult, ...]
    last_exchange: int
    judged: Mapping[str, Judged] = field(default_factory=dict)

    @property
    def finished(self) -> frozenset[str]:
        """The ids of the scenarios that are not run again."""
        return frozenset(result.id for result in self.kept)

    @property
    def selection(self) -> str:
        """The pytest -k expression of the run, "" for all scenarios."""
        return self.run.settings.get("selection", "")


def read_earlier(folder: Path) -> Earlier:
    """Read the folder of a run; UsageError when it holds none, or one that came to its end."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder of a run", fix="Name the folder that the run's outputs are in.")
    result = read_evidence(folder)
    if any(notice.code == DAMAGED for notice in result.run.notices):
        raise UsageError(
            f"the evidence in {folder} is damaged, so that the run cannot go on",
            fix=f"Report on what can be read (gpconnect-assure report {folder}), and run the scenarios again.",
        )
    kept = tuple(one for one in _latest(result) if not _is_unfinished(one))
    if result.run.complete and len(kept) == len(result.scenarios):
        raise UsageError(f"the run in {folder} came to its end: there is nothing to go on with")
    last = max(result.exchanges, default=0)
    close_evidence(result)
    return Earlier(folder, result.run, kept, last, read_judged(folder))


def configuration_of(folder: Path) -> Path:
    """Return the configuration file that a run was started with; UsageError when its folder does not say."""
    result = read_evidence(folder)
    close_evidence(result)
    named = result.run.settings.get(CONFIGURATION, "")
    if not named:
        raise UsageError(f"the run in {folder} does not say which configuration it had", fix="Name it with --config.")
    return Path(named)


def continued(info: RunInfo, earlier: Earlier, now: str) -> RunInfo:
    """Return the description of the whole run; UsageError when the configuration is of another provider or edition."""
    for name in _MUST_AGREE:
        before, present = getattr(earlier.run, name), getattr(info, name)
        if before != present:
            raise UsageError(
                f"the run in {earlier.folder} was of {name} {before}, and the configuration says {present}",
                fix="Give the configuration, and the --set values, that the run was started with.",
            )
    notices = tuple(notice for notice in earlier.run.notices if notice.code not in _OVER)
    settings = {**info.settings, "selection": earlier.selection} if earlier.selection else info.settings
    return replace(
        info, id=earlier.run.id, started=earlier.run.started, settings=settings, notices=(*notices, _said(earlier, now))
    )


def _latest(result: RunResult) -> list[ScenarioResult]:
    return list({one.id: one for one in result.scenarios}.values())


def _is_unfinished(result: ScenarioResult) -> bool:
    stopped = {found.code for found in result.findings if found.blame is Blame.ENVIRONMENT}
    return result.verdict is Verdict.SKIP and bool(stopped & _STOPS)


def _said(earlier: Earlier, now: str) -> Finding:
    return Finding(
        f"the run ended early and went on at {now}: {len(earlier.kept)} scenarios are from before",
        Severity.INFO,
        blame=Blame.ENVIRONMENT,
        code="resumed",
    )
