"""How far a proof is, as lines: one now and then, by a clock of the test's own."""

from __future__ import annotations

import io

from conformance.proving.progress import watching


def test_a_line_comes_when_twenty_seconds_have_passed_and_not_before() -> None:
    stream, times = io.StringIO(), iter([0.0, 19.9, 20.0, 39.9, 40.0])
    with watching(stream, lambda: next(times)) as watch:
        for done in range(1, 5):
            watch(done, 9, "stu3 without faults")
    assert stream.getvalue() == "  2 of 9 trials after 20 s\n  4 of 9 trials after 40 s\n"
