"""The recorder numbers from 1, without gaps, from any thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from conformance.consumer.recording import Recorder
from conformance.core.exchange import Exchange

EXCHANGE = Exchange(0, "", "x", "GET", "http://h", (), b"", "", 1.0)


def test_numbers_and_marks() -> None:
    recorder = Recorder()
    first = recorder.add(EXCHANGE)
    mark = recorder.mark()
    second = recorder.add(EXCHANGE)
    assert (first.number, second.number) == (1, 2)
    assert recorder.since(mark) == (second,)
    assert recorder.since(0) == recorder.exchanges == (first, second)


def test_threads() -> None:
    recorder = Recorder()
    with ThreadPoolExecutor(8) as pool:
        numbers = [made.number for made in pool.map(recorder.add, [EXCHANGE] * 500)]
    assert sorted(numbers) == list(range(1, 501))
    assert [made.number for made in recorder.exchanges] == list(range(1, 501))


def test_what_was_released_is_not_judged_again() -> None:
    recorder = Recorder()
    recorder.add(replace(EXCHANGE, response_body=b"one"))
    assert [one.response_body for one in recorder.unreleased] == [b"one"]
    recorder.release()
    assert recorder.unreleased == ()
    recorder.add(replace(EXCHANGE, response_body=b"two"))
    assert [(one.number, one.response_body) for one in recorder.unreleased] == [(2, b"two")]


def test_recorders_of_one_run_share_its_numbers() -> None:
    run = Recorder()
    worker = Recorder(run.next_number)
    run.add(replace(EXCHANGE, response_body=b"x"))
    numbers = [recorder.add(EXCHANGE).number for recorder in (worker, run, worker)]
    assert numbers == [2, 3, 4]


def test_what_another_recorder_has_recorded_is_known_and_neither_taken_nor_judged_again() -> None:
    run = Recorder()
    worker = Recorder(run.next_number)
    worker.add(replace(EXCHANGE, response_body=b"x"))
    run.adopt(worker.take())
    assert [(one.number, one.response_body) for one in run.exchanges] == [(1, b"")]
    assert (run.take(), run.unreleased) == ((), ())
    own = run.add(replace(EXCHANGE, response_body=b"x"))
    assert run.take() == run.unreleased == (own,)
