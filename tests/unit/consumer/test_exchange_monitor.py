"""What one exchange may take: bytes are counted, and only the first of them kept."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.consumer import network
from conformance.consumer.network import ExchangeMonitor, TooManyBytesError

STREAM: Any = object()


def test_any_number_of_bytes_may_come_unless_a_number_is_given() -> None:
    monitor = ExchangeMonitor(60)
    for _ in range(100):
        monitor.saw(STREAM, b"x" * 10_000)


def test_the_last_byte_that_may_come_and_the_first_that_may_not() -> None:
    monitor = ExchangeMonitor(60, most=10)
    monitor.saw(STREAM, b"x" * 4)
    monitor.saw(STREAM, b"x" * 6)
    with pytest.raises(TooManyBytesError):
        monitor.saw(STREAM, b"x")


@pytest.mark.parametrize("more", [0, 1, 500])
def test_the_first_bytes_are_kept(more: int) -> None:
    monitor = ExchangeMonitor(60)
    monitor.saw(STREAM, b"a" * (network._MOST_KEPT - 3))
    monitor.saw(STREAM, b"bcd" + b"e" * more)
    monitor.saw(STREAM, b"f")
    assert monitor.received == b"a" * (network._MOST_KEPT - 3) + b"bcd"


def test_the_time_of_an_exchange_is_that_of_all_its_calls() -> None:
    assert 50 < ExchangeMonitor(60).seconds_left <= 60
    assert ExchangeMonitor(-1).seconds_left < 0
