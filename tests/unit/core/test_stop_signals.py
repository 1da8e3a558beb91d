"""What a signal does, with the ends of the process taken out: nothing here sends a signal or leaves the process."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from conformance.core import stop_signals
from conformance.core.errors import ExitCode


class EndedError(Exception):
    """The process would have ended."""


@pytest.fixture(autouse=True)
def seen(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """What was written, which handlers were set."""
    found: dict[str, Any] = {"written": b"", "handlers": {}}

    def end(code: int) -> None:
        raise EndedError(code)

    def write(stream: int, data: bytes) -> int:
        found["written"] += f"{stream}:".encode() + data
        return len(data)

    monkeypatch.setattr(os, "_exit", end)
    monkeypatch.setattr(os, "write", write)
    monkeypatch.setattr(os, "isatty", lambda _: False)
    monkeypatch.setattr(signal, "signal", lambda number, handler: found["handlers"].update({number: handler}))
    stop_signals._received.clear()
    stop_signals.say_at_the_end("")
    yield found
    stop_signals._received.clear()
    stop_signals.say_at_the_end("")


def come(number: int) -> None:
    stop_signals._stop(number, None)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, ExitCode.INTERRUPTED), (signal.SIGTERM, ExitCode.TERMINATED)]
)
def test_the_first_signal_raises_and_is_remembered(number: int, code: ExitCode) -> None:
    assert stop_signals.received() is None
    stop_signals.raise_if_received()
    with pytest.raises(stop_signals.StopSignal):
        come(number)
    assert stop_signals.received() is code
    with pytest.raises(stop_signals.StopSignal):
        stop_signals.raise_if_received()


def test_a_second_signal_ends_the_process_with_the_code_of_the_first(seen: dict[str, Any]) -> None:
    stop_signals.say_at_the_end("the run is in x")
    with pytest.raises(stop_signals.StopSignal):
        come(signal.SIGTERM)
    with pytest.raises(EndedError) as left:
        come(signal.SIGINT)
    assert left.value.args == (143,)
    assert seen["written"] == b"2:the run is in x\n"


def test_a_terminal_gets_its_cursor_back(seen: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "isatty", lambda stream: stream == 2)
    with stop_signals.finishing():
        come(signal.SIGINT)
    with pytest.raises(EndedError) as left:
        come(signal.SIGINT)
    assert (left.value.args, seen["written"]) == ((130,), b"2:\x1b[?25h\n")


def test_a_stream_that_is_gone_ends_the_process_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(stream: int, data: bytes) -> int:
        raise OSError(stream, data)

    monkeypatch.setattr(os, "write", broken)
    with stop_signals.finishing():
        come(signal.SIGINT)
    with pytest.raises(EndedError):
        come(signal.SIGINT)


def test_while_a_run_is_finishing_a_first_signal_is_remembered_only() -> None:
    with stop_signals.finishing():
        come(signal.SIGINT)
    assert stop_signals.received() is ExitCode.INTERRUPTED
    stop_signals._received.clear()
    with pytest.raises(stop_signals.StopSignal):
        come(signal.SIGINT)


def test_an_expected_interrupt_is_forgotten_and_no_other() -> None:
    for number, after in ((signal.SIGINT, None), (signal.SIGTERM, ExitCode.TERMINATED)):
        stop_signals._received[:] = [number]
        stop_signals.expected()
        assert stop_signals.received() is after


def test_listening_begins_anew_and_takes_both_signals(seen: dict[str, Any]) -> None:
    stop_signals._received.append(signal.SIGINT)
    stop_signals.listen()
    assert stop_signals.received() is None
    assert set(seen["handlers"]) == {signal.SIGINT, signal.SIGTERM}
    assert set(seen["handlers"].values()) == {stop_signals._stop}


def test_another_thread_takes_no_signals(seen: dict[str, Any]) -> None:
    stop_signals._received.append(signal.SIGINT)
    thread = threading.Thread(target=stop_signals.listen)
    thread.start()
    thread.join()
    assert (seen["handlers"], stop_signals.received()) == ({}, ExitCode.INTERRUPTED)


@pytest.mark.parametrize(("came", "code"), [(None, 3), (signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_leaving_takes_the_code_of_a_signal(
    came: int | None, code: int, seen: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_signals._received[:] = [] if came is None else [came]
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    with pytest.raises(SystemExit) as left:
        stop_signals.leave(3)
    assert left.value.code == code
    for number in (signal.SIGINT, signal.SIGTERM):
        with pytest.raises(EndedError) as late:
            seen["handlers"][number](number, None)
        assert late.value.args == (128 + number,)


def test_a_thread_that_hangs_is_not_waited_for_after_a_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    flushed = []

    class Stream:
        def __init__(self, error: type[Exception] | None) -> None:
            self.error = error

        def flush(self) -> None:
            flushed.append(self.error)
            if self.error:
                raise self.error

    monkeypatch.setattr(threading, "active_count", lambda: 2)
    with pytest.raises(SystemExit):
        stop_signals.leave(0)
    stop_signals._received[:] = [signal.SIGTERM]
    for errors in ((OSError, ValueError), (None, AttributeError)):
        monkeypatch.setattr(sys, "stdout", Stream(errors[0]))
        monkeypatch.setattr(sys, "stderr", Stream(errors[1]))
        with pytest.raises(EndedError) as left:
            stop_signals.leave(0)
        assert left.value.args == (143,)
    monkeypatch.undo()
    assert flushed == [OSError, ValueError, None, AttributeError]
