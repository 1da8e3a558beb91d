"""The one result model: what a run found. Every output is written from it (reporting/)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from conformance.core.exchange import Exchange
from conformance.core.footprint import Change
from conformance.core.older_run import OlderRun
from conformance.core.verdicts import Verdict as Verdict
from conformance.core.waivers import WaiverUse


class Severity(StrEnum):
    """What a finding weighs: a fail breaks a SHALL, a warn a SHOULD or a derived rule, an info is for the reader."""

    FAIL = "fail"
    WARN = "warn"
    INFO = "info"


class Blame(StrEnum):
    """Whose a finding most likely is, by the evidence there is.

    `PROVIDER` where its bytes or its observed behaviour show it; `UNDETERMINED` where the evidence fits several;
    `CONTRADICTION` where pages of the specification disagree and the finding hangs on which of them counts.
    """

    PROVIDER = "provider"
    ENVIRONMENT = "environment"
    TEST_DATA = "test-data"
    CONFIGURATION = "configuration"
    UNDETERMINED = "undetermined"
    CONTRADICTION = "contradiction"
    TOOL = "tool"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing seen that matters.

    `location` is an element path (FHIRPath-like), a header or "status"; `found` and `expected` are for people.
    `requirement` is an id of the edition's catalogue ("" when the scenario's own ids say enough). `exchange` is the
    number of the exchange that shows it, 0 when none does. `code` is a stable kebab-case id of the check.
    """

    message: str
    severity: Severity = Severity.FAIL
    location: str = ""
    found: str = ""
    expected: str = ""
    requirement: str = ""
    blame: Blame = Blame.PROVIDER
    code: str = ""
    exchange: int = 0
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """One scenario's outcome with all that a report needs to explain it. `duration_ms` in milliseconds.

    `exchanges` are the numbers of the exchanges that it looks at; RunResult.exchanges has them by number.
    """

    id: str
    title: str
    edition: str
    interaction: str
    level: str
    basis: str
    requirements: tuple[str, ...]
    verdict: Verdict
    reason: str = ""
    findings: tuple[Finding, ...] = ()
    duration_ms: float = 0.0
    exchanges: tuple[int, ...] = ()
    why: str = ""
    fix: str = ""
    contradictions: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    traceback: str = ""


@dataclass(frozen=True, slots=True)
class Definition:
    """Something that responses were judged by: a StructureDefinition, ValueSet or CodeSystem, or (type `edition`) a data file
    of the edition. `url` names it, `origin` is where it was read from, `sha256` is of its content in hexadecimal.
    """

    type: str
    url: str
    version: str
    origin: str
    sha256: str


@dataclass(frozen=True, slots=True)
class RunInfo:
    """Who, what and when. Times are ISO 8601 with offset.

    `configuration` has every configured value by its dotted key, secrets masked; `definitions` are what responses were
    judged by.
    """

    id: str
    edition: str
    edition_title: str
    provider: str
    started: str
    tool_version: str
    finished: str = ""
    complete: bool = False
    subject: dict[str, str] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    notices: tuple[Finding, ...] = ()
    configuration: dict[str, str] = field(default_factory=dict)
    definitions: tuple[Definition, ...] = ()


@dataclass(frozen=True, slots=True)
class RunResult:
    """A run and its scenarios, in the order they ended.

    `exchanges` are those of the run by number. A mapping that reads them from the evidence file when they are looked at does
    as well as one in memory, so take one at a time. `changes` are what the run created or changed at the provider.
    """

    run: RunInfo
    scenarios: tuple[ScenarioResult, ...]
    exchanges: Mapping[int, Exchange] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    waivers: tuple[WaiverUse, ...] = ()
    since: OlderRun | None = None

    def summary(self) -> dict[str, int]:
        """Return the count of each verdict."""
        counts = dict.fromkeys((verdict.value for verdict in Verdict), 0)
        for scenario in self.scenarios:
            counts[scenario.verdict] += 1
        return counts


def verdict_of(findings: Iterable[Finding]) -> Verdict:
    """Return the verdict that a scenario's findings add up to.

    Only a fail that the evidence lays on the provider makes the scenario fail. One that is this tool's is an error; one of
    anybody else's (environment, configuration, test data, undetermined) says that the scenario could not be tested.
    """
    found = list(findings)
    blamed = {finding.blame for finding in found if finding.severity is Severity.FAIL}
    if Blame.PROVIDER in blamed:
        return Verdict.FAIL
    if Blame.TOOL in blamed:
        return Verdict.ERROR
    if blamed - {Blame.CONTRADICTION}:
        return Verdict.SKIP
    if blamed:
        return Verdict.WARN
    if any(finding.severity is Severity.WARN for finding in found):
        return Verdict.WARN
    return Verdict.PASS
