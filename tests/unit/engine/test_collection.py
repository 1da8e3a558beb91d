"""The catalogue of scenarios against the catalogue of requirements and the faults of the bundled provider."""

from __future__ import annotations

import pytest

from conformance.engine.collection import collect
from conformance.engine.coverage import OPEN, coverage
from conformance.engine.scenario import weigh
from conformance.provider.faults import faults_of
from conformance.spec import editions, load


def test_every_scenario_names_requirements_that_exist_and_runs_somewhere() -> None:
    for entry in collect():
        ran = [name for name in editions() if entry.case.runs_in(name)]
        assert ran, entry.case.id
        for name in ran:
            weigh(entry.case, load(name))


@pytest.mark.parametrize("edition", editions())
def test_every_scenario_names_a_fault_that_exists(edition: str) -> None:
    known = set(faults_of(edition))
    unproven = [
        entry.case.id for entry in collect() if entry.case.runs_in(edition) and not entry.case.fault_ids(edition)
    ]
    unknown = {
        fault for entry in collect() if entry.case.runs_in(edition) for fault in entry.case.fault_ids(edition)
    } - known
    assert (unproven, unknown) == ([], set())


@pytest.mark.parametrize("edition", editions())
def test_no_shall_is_left_open(edition: str) -> None:
    rows = coverage(load(edition))
    binding = [
        row.requirement.id for row in rows if row.status == OPEN and row.requirement.level.startswith(("SHALL", "MUST"))
    ]
    assert binding == []


@pytest.mark.parametrize("edition", editions())
def test_an_excuse_is_a_sentence_and_not_for_what_is_verified(edition: str) -> None:
    loaded = load(edition)
    verified = {row.requirement.id for row in coverage(loaded) if row.scenarios}
    assert all(len(reason.split()) > 4 for reason in loaded.excused.values())
    assert not verified & set(loaded.excused)


def test_titles_state_what_a_provider_does_and_tell_why_and_how_to_mend() -> None:
    silent = [entry.case.id for entry in collect() if not (entry.case.title and entry.case.why and entry.case.fix)]
    assert silent == []
