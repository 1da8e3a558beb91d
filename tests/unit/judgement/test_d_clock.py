"""D7: a start of yesterday is refused at any hour of a run, where the edition has the rule."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from conformance.consumer.uk_time import LONDON
from tests.support.in_process import session_on
from tests.unit.judgement.bed import _run


@pytest.mark.parametrize("hour", [0, 8, 12, 23])
@pytest.mark.parametrize(("fault", "verdict"), [((), "pass"), (("retrieve.accepts-past",), "fail")])
def test_d7_a_start_of_yesterday(tmp_path: Path, hour: int, fault: tuple[str, ...], verdict: str) -> None:
    now = datetime(2026, 12, 1, hour, 30, tzinfo=LONDON)
    with session_on("stu3", tmp_path, *fault, now=now) as session:
        assert _run("retrieve.past-yesterday-on", session).verdict == verdict


def test_d7_a_start_of_yesterday_is_no_fault_where_the_past_can_be_retrieved(tmp_path: Path) -> None:
    with session_on("dstu2", tmp_path, now=datetime(2026, 12, 1, 8, 30, tzinfo=LONDON)) as session:
        result = _run("retrieve.past-period", session)
    assert result.verdict == "pass"
