"""Of all faults of the bundled provider, preflight stops a run only for those with which nothing can be tested."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.config.bundled import bundled_config
from conformance.core.errors import TargetError
from conformance.engine.collection import collect
from conformance.engine.preflight import preflight
from conformance.engine.session import Session
from conformance.provider.faults import faults_of
from conformance.provider.server_thread import start
from conformance.spec import editions, load

# Nobody found, no slot found, everybody refused: with these no appointment can be made, whatever else is right.
STOPPING = {"patient.finds-nothing", "search.finds-nothing", "ssp.refuses-everybody"}
AREAS = {"metadata", "patient", "search", "http", "fhir", "ssp", "jwt", "patient-find", "format", "formats"}


@pytest.mark.parametrize("edition", editions())
def test_a_provider_that_is_wrong_in_one_thing_is_not_hidden(edition: str, tmp_path: Path) -> None:
    cases = [entry.case for entry in collect() if entry.case.runs_in(edition)]
    faults = [name for name in faults_of(edition) if name.partition(".")[0] in AREAS]
    stopped = set()
    with start(load(edition)) as provider:
        config = bundled_config(edition, provider.base_url, tmp_path)
        config = replace(config, run=replace(config.run, resilience=replace(config.run.resilience, pause=0)))
        for name in faults:
            provider.set_faults([name])
            session = Session(config)
            try:
                list(preflight(session, cases))
            except TargetError:
                stopped.add(name)
            finally:
                session.close()
    assert len(faults) > 200
    assert stopped == STOPPING
