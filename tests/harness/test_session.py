"""What answers hold is read once in a run and shared, so nobody may change it."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.config.bundled import bundled_config
from conformance.fhir.reading import read_json
from conformance.harness.catalogue import collect
from conformance.harness.running import run_case
from conformance.harness.session import Session
from conformance.provider.running import start
from conformance.spec import editions, load

EVERY = 12  # of so many cases one is run: all take too long, and their tables have many of a kind


@pytest.mark.parametrize("edition", editions())
def test_no_scenario_changes_what_an_answer_holds(edition: str, tmp_path: Path) -> None:
    with start(load(edition)) as provider:
        session = Session(bundled_config(edition, provider.base_url, tmp_path))
        cases = [entry for entry in collect() if entry.case.runs_in(edition) and not entry.case.sweeping]
        for entry in cases[::EVERY]:
            run_case(entry.function, entry.case, session)
        session.close()
    replies = [session.reply_to(exchange) for exchange in session.exchanges]
    held = [reply for reply in replies if reply.form == "json" and reply.exchange.response_body]
    assert len(held) > 200
    changed = [
        one.exchange.label for one in held if repr(one.value) != repr(read_json(one.exchange.response_body).value)
    ]
    assert changed == []
