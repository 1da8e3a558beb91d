"""What a fleet is made of: its providers, the jobs that workers play, and the record of each provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from conformance.core.errors import ExitCode
from conformance.core.verdicts import Verdict

MOST_ATTEMPTS = 2
"""A run that ended for reasons of its environment is repeated once."""


class State(StrEnum):
    """What became of a provider, the heaviest first."""

    NOT_CONFORMANT = "not-conformant"
    FAULT = "fault"
    NOT_TESTABLE = "not-testable"
    CONFIGURATION = "configuration"
    NOT_RUN = "not-run"
    WARNED = "warnings"
    CLEAN = "no-non-conformity"

    @property
    def word(self) -> str:
        """The state in words."""
        return _STATES[self][0]

    @property
    def badge(self) -> Verdict:
        """The verdict whose colour it has."""
        return _STATES[self][1]

    @property
    def code(self) -> ExitCode:
        """The exit code of a fleet in which nothing heavier happened."""
        return _STATES[self][2]


_STATES = {
    State.NOT_CONFORMANT: ("Not conformant", Verdict.FAIL, ExitCode.NON_CONFORMANT),
    State.FAULT: ("Fault of this tool", Verdict.ERROR, ExitCode.OUR_FAULT),
    State.NOT_TESTABLE: ("Not testable", Verdict.SKIP, ExitCode.UNTESTABLE),
    State.CONFIGURATION: ("Wrong configuration", Verdict.WAIVED, ExitCode.USAGE),
    State.NOT_RUN: ("Not run", Verdict.OMIT, ExitCode.UNTESTABLE),
    State.WARNED: ("Warnings only", Verdict.WARN, ExitCode.CONFORMANT),
    State.CLEAN: ("No non-conformity", Verdict.PASS, ExitCode.CONFORMANT),
}
_BY_CODE: dict[int, State] = {
    ExitCode.CONFORMANT: State.CLEAN,
    ExitCode.NON_CONFORMANT: State.NOT_CONFORMANT,
    ExitCode.USAGE: State.CONFIGURATION,
    ExitCode.UNTESTABLE: State.NOT_TESTABLE,
    ExitCode.INTERRUPTED: State.NOT_TESTABLE,
    ExitCode.TERMINATED: State.NOT_TESTABLE,
}


def state_of(code: int) -> State:
    """Return what the exit code of a run stands for; a negative one is that of a process that a signal ended."""
    return _BY_CODE.get(code, State.NOT_TESTABLE if code < 0 else State.FAULT)


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider. `settings` are further keys of its configuration with YAML texts, `place` is where it is listed."""

    name: str
    base_url: str
    asid: str
    ods_code: str
    settings: tuple[tuple[str, str], ...] = ()
    place: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about the list of providers. `left_out` is whether a row was not run for it."""

    place: str
    message: str
    left_out: bool = False

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


@dataclass(frozen=True, slots=True)
class Fleet:
    """What a file describes. `time_limit` in seconds; `configuration` is the text of the shared configuration, `added` what
    it is completed with for all (KEY → YAML text): absolute paths of the files that it names, one worker a run.
    """

    path: Path
    pack: str
    time_limit: float
    configuration: str
    reports: Path
    providers: tuple[Provider, ...]
    remarks: tuple[Remark, ...] = ()
    added: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Job:
    """One run that a worker is to play: `attempt` counts from 1. `folder` and `token` are those of the fleet."""

    provider: Provider
    pack: str
    time_limit: float
    overrides: tuple[str, ...]
    fingerprint: str
    folder: str
    token: str
    version: str
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class SeenCause:
    """A cause as one provider shows it; `scenarios` counts those that it made fail or warn."""

    id: str
    severity: str
    code: str
    place: str
    requirement: str
    message: str
    found: str
    expected: str
    scenarios: int


@dataclass(frozen=True, slots=True)
class Record:
    """What became of one provider. `started` is ISO 8601, `seconds` are of the last attempt.

    `reason` says in a sentence what the run came to. `host` and `folder` are where the evidence lies; `seal` is "" where there
    is none. `fingerprint` is of all that decides what is run.
    """

    name: str
    base_url: str
    asid: str
    ods_code: str
    fingerprint: str
    state: State
    reason: str
    exit_code: int | None = None
    attempt: int = 1
    started: str = ""
    seconds: float = 0.0
    edition: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    causes: tuple[SeenCause, ...] = ()
    seal: str = ""
    host: str = ""
    folder: str = ""

    @property
    def settled(self) -> bool:
        """Whether it stays: not where the environment ended the run and it has not been repeated yet."""
        return self.state is not State.NOT_TESTABLE or self.attempt >= MOST_ATTEMPTS

    def to_json(self) -> dict[str, Any]:
        """Return the record as JSON."""
        return {**asdict(self), "state": self.state.value}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Record:
        """Return the record that JSON describes. Raises KeyError, TypeError or ValueError on another shape."""
        causes = tuple(SeenCause(**cause) for cause in data["causes"])
        return cls(**{**data, "state": State(data["state"]), "causes": causes})


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a worker returns of a run: its record, and results.json where the folder of the fleet is not shared with it."""

    record: Record
    results: bytes = b""
