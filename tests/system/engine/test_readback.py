"""A booking is read back until bookings of its kind have been seen to read as they were answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.config.bundled import bundled_config
from conformance.engine.collection import collect
from conformance.engine.context import ScenarioContext
from conformance.engine.readback import ENOUGH, ReadBack
from conformance.engine.scenario import Case
from conformance.engine.session import Session
from conformance.provider.server_thread import start
from conformance.spec import editions, load


def test_an_answer_is_believed_once_enough_of_its_kind_were_alike() -> None:
    seen = ReadBack()
    for _ in range(ENOUGH):
        assert not seen.believes("gp")
        seen.saw("gp", alike=True)
    assert seen.believes("gp")
    assert not seen.believes("nurse")


def test_one_that_read_otherwise_ends_belief_for_good() -> None:
    seen = ReadBack()
    for alike in (True, True, False, True, True):
        seen.saw("gp", alike=alike)
    assert not seen.believes("gp")


def _case(edition: str) -> Case:
    return next(entry.case for entry in collect() if entry.case.runs_in(edition))


@pytest.mark.parametrize("edition", editions())
@pytest.mark.parametrize("fault", ["", "read.bumps-version"])
def test_bookings_are_read_as_long_as_their_answers_tell_something_else(
    edition: str, fault: str, tmp_path: Path
) -> None:
    with start(load(edition), faults=[fault] if fault else []) as provider:
        session = Session(bundled_config(edition, provider.base_url, tmp_path))
        try:
            reads = []
            for _ in range(ENOUGH + 2):
                context = ScenarioContext(session, _case(edition))
                booked = context.booked()
                reads.append(sum(exchange.interaction == "read_appointment" for exchange in context.exchanges))
                assert booked.etag == booked.response.current or fault
                context.clean_up()
                assert not context.findings
        finally:
            session.close()
    assert reads == ([1] * (ENOUGH + 2) if fault else [1] * ENOUGH + [0, 0])


def test_another_kind_of_booking_is_read_again(tmp_path: Path) -> None:
    with start(load("stu3")) as provider:
        session = Session(bundled_config("stu3", provider.base_url, tmp_path))
        try:
            context = ScenarioContext(session, _case("stu3"))
            for _ in range(ENOUGH):
                context.booked()
            before = len(context.exchanges)
            context.booked(comment="By the window")
            assert [exchange.interaction for exchange in context.exchanges[before:]] == [
                "book_appointment",
                "read_appointment",
            ]
            context.clean_up()
        finally:
            session.close()
