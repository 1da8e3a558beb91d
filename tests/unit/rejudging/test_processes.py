"""Which recorded sessions of a run are its processes, and which their workers."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.core.errors import UsageError
from conformance.core.taken import BEFORE
from conformance.evidence.reader import RecordedSession
from conformance.rejudging.run import _processes


def session(worker: int | None = None, *parts: str) -> RecordedSession:
    document: dict[str, Any] = {} if worker is None else {"worker": {"number": worker, "days": []}}
    return RecordedSession(document, {name: [["began"]] for name in parts})


def test_workers_belong_to_the_process_before_them() -> None:
    one, two, workers = session(None, BEFORE), session(None, BEFORE), [session(number) for number in (0, 1, 0, 1)]
    found = _processes([one, *workers[:3], two, workers[3]])
    assert found == [(one, workers[:3]), (two, [workers[3]])]


def test_a_process_that_was_killed_before_it_took_anything_is_one_all_the_same() -> None:
    one, two = session(None, BEFORE), session()
    assert _processes([one, two]) == [(one, []), (two, [])]


def test_workers_of_an_earlier_version_that_did_not_note_what_they_had_are_refused() -> None:
    with pytest.raises(UsageError, match="did not record what its workers had"):
        _processes([session(None, BEFORE), session(None, "scenario read.own")])
