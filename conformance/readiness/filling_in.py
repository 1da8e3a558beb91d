"""In a run: what the configuration leaves out is found at the provider, once, before the first scenario."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from conformance.core.results import Blame, Finding, Severity
from conformance.engine.scenario import Case
from conformance.engine.session import Session
from conformance.planning.cost import facts_of
from conformance.planning.facts import read_facts
from conformance.planning.needs import key_of
from conformance.readiness.discovery import completed, discover, missing


def fill_in(session: Session, cases: Sequence[Case]) -> Iterator[Finding]:
    """Complete the session's test data with what the cases need and slot searches show; yield the notice that says so."""
    facts = read_facts(session.edition)
    needed = {_section(key_of(need)) for case in cases for need in facts_of(case, facts).needs}
    found = discover(session, missing(session.config) & needed)
    data, keys = completed(session.config.data, found)
    session.config = replace(session.config, data=data)
    if keys:
        yield Finding(
            f"left out of the configuration and found at the provider: {', '.join(keys)}",
            Severity.INFO,
            blame=Blame.CONFIGURATION,
            code="found-at-provider",
        )


def _section(key: str) -> str:
    return ".".join(key.split(".")[:2])
