"""Which requirement is verified by which scenarios, and why the rest is not."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from conformance.core.errors import InternalError
from conformance.engine.collection import collect
from conformance.spec import Edition, Requirement

VERIFIED, EXCUSED, ELSEWHERE, OPEN = "verified", "excused", "elsewhere", "open"


@dataclass(frozen=True, slots=True)
class Coverage:
    """A requirement, the ids of the scenarios that verify it, and its status.

    Status: verified; excused (black-box in principle, with the reason why no scenario verifies it); elsewhere (not the
    provider's, or not to be seen over the wire); open (nothing verifies it and nothing says why).
    """

    requirement: Requirement
    scenarios: tuple[str, ...]
    status: str
    reason: str = ""


def coverage(edition: Edition) -> list[Coverage]:
    """Return the matrix of an edition; InternalError when a scenario or an excuse names an unknown requirement."""
    verifying: dict[str, list[str]] = defaultdict(list)
    for entry in collect():
        if entry.case.runs_in(edition.name):
            for name in entry.case.requirement_ids(edition.name):
                verifying[name].append(entry.case.id)
    for name in [*verifying, *edition.excused]:
        if name not in edition.requirements:
            raise InternalError(
                f"the unknown requirement {name} is named by {', '.join(verifying[name]) or 'excused.yaml'}"
            )
    return [_row(row, verifying.get(row.id, []), edition) for row in edition.requirements.values()]


def _row(requirement: Requirement, scenarios: list[str], edition: Edition) -> Coverage:
    if scenarios:
        return Coverage(requirement, tuple(scenarios), VERIFIED)
    if requirement.actor != "provider":
        return Coverage(requirement, (), ELSEWHERE, f"a duty of the {requirement.actor}")
    if requirement.testable != "blackbox":
        how = {"inspection": "by inspection of documents, logs or set-up", "manual": "by a witness or special data"}
        return Coverage(
            requirement, (), ELSEWHERE, f"to be assured {how.get(requirement.testable, requirement.testable)}"
        )
    reason = edition.excused.get(requirement.id, "")
    return Coverage(requirement, (), EXCUSED if reason else OPEN, reason)
