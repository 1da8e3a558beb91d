"""What answers hold is read once in a run and shared, so nobody may change it."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.config.bundled import bundled_config
from conformance.engine.collection import collect
from conformance.engine.runner import run_case
from conformance.engine.session import Session
from conformance.fhir.formats.json_reader import read_json
from conformance.provider.server_thread import start
from conformance.spec import editions, load

EVERY = 12  # of so many cases one is run: all take too long, and their tables have many of a kind


@pytest.mark.parametrize("edition", editions())
def test_no_scenario_changes_what_an_answer_holds(edition: str, tmp_path: Path) -> None:
    with start(load(edition)) as provider:
        session = Session(bundled_config(edition, provider.base_url, tmp_path))
        cases = [entry for entry in collect() if entry.case.runs_in(edition) and not entry.case.judges_all_responses]
        for entry in cases[::EVERY]:
            run_case(entry.function, entry.case, session)
        session.close()
    responses = [session.response_to(exchange) for exchange in session.exchanges]
    held = [response for response in responses if response.form == "json" and response.exchange.response_body]
    assert len(held) > 200
    changed = [
        one.exchange.label for one in held if repr(one.value) != repr(read_json(one.exchange.response_body).value)
    ]
    assert changed == []
