"""What may become of a scenario."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """What became of a scenario."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    WARN = "warn"
    SKIP = "skip"  # could not be tested
    OMIT = "omit"  # does not apply here
    ERROR = "error"  # a fault of this tool
    WAIVED = "waived"  # it failed or warned, and a waiver excuses that (conformance.waivers); never in evidence
