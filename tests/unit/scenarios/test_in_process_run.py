"""The suite against the bundled provider in this process: a spread of scenarios passes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from conformance.core.results import ScenarioResult, Severity, Verdict
from conformance.engine.collection import Entry, collect
from conformance.engine.runner import run_case
from conformance.spec import editions
from tests.support.in_process import session_on

EVERY = 24  # of so many cases one is run, besides the first of each table
NOT_HERE = ("tls.", "fhir.reference-elsewhere")  # need a socket


def cases(edition: str) -> list[Entry]:
    """The first case of each table, and a few of the others."""
    entries = [entry for entry in collect() if entry.case.runs_in(edition) and not entry.case.id.startswith(NOT_HERE)]
    firsts = {entry.function: entry for entry in reversed(entries)}
    return [entry for number, entry in enumerate(entries) if firsts[entry.function] is entry or number % EVERY == 0]


def played(edition: str, folder: Path, entries: Sequence[Entry], *faults: str) -> list[ScenarioResult]:
    """The results of some cases, run as the plugin runs them: rules about all responses judge what each has received."""
    results = []
    with session_on(edition, folder, *faults) as session:
        session.watch([entry.case for entry in entries], {})
        for entry in entries:
            results.append(run_case(entry.function, entry.case, session))
            session.release()
    return results


@pytest.mark.parametrize("edition", editions())
def test_a_sound_provider_passes(edition: str, tmp_path: Path) -> None:
    results = played(edition, tmp_path, cases(edition))
    assert len(results) > 150
    wrong = {
        result.id: (result.reason, result.findings[:2]) for result in results if result.verdict is not Verdict.PASS
    }
    allowed = {result.id for result in results if result.verdict in (Verdict.SKIP, Verdict.OMIT)}
    assert {name: why for name, why in wrong.items() if name not in allowed} == {}
    assert len(allowed) <= len(results) * 0.02
    assert not [result.id for result in results for found in result.findings if found.severity is Severity.FAIL]
