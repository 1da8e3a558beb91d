"""Messages of our own, for tests of what reads and judges them: what the bundled provider answers in this process."""

from __future__ import annotations

import copy
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from conformance.engine.collection import collect
from conformance.engine.runner import run_case
from conformance.fhir.formats.json_reader import read_json
from tests.support.in_process import session_on

_MOST = 2  # different messages for each interaction and kind
_EVERY = 25  # of so many cases one is run: their tables have many of a kind


def messages(edition: str) -> dict[str, Any]:
    """Return sound messages of an edition by name (interaction, resource type, number); free to be changed."""
    return copy.deepcopy(_messages(edition))


@cache
def _messages(edition: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, session_on(edition, Path(folder)) as session:
        cases = [entry for entry in collect() if entry.case.runs_in(edition) and not entry.case.judges_all_responses]
        seen: set[str] = set()
        chosen = [entry for entry in cases if not (entry.case.interaction in seen or seen.add(entry.case.interaction))]
        for entry in (*chosen, *cases[::_EVERY]):
            run_case(entry.function, entry.case, session)
        for exchange in session.exchanges:
            value = read_json(exchange.response_body).value
            if isinstance(value, dict) and "resourceType" in value:
                names = [f"{exchange.interaction}-{value['resourceType']}-{number}" for number in range(_MOST)]
                free = next((name for name in names if name not in found or found[name] == value), "")
                if free:
                    found[free] = value
    return found
