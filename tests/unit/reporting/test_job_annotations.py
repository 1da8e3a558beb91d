"""Annotations for GitHub Actions: one a cause, each on one line, nothing in them a command of its own."""

from __future__ import annotations

import re
from datetime import date

import pytest

from conformance.causes import causes_of
from conformance.core.results import RunResult
from conformance.core.waivers import Waiver
from conformance.reporting import job_annotations
from conformance.waivers import waived
from tests.support.samples import hostile, lifelike


def test_a_line_for_each_cause() -> None:
    found = list(job_annotations.lines(lifelike()))
    assert len(found) == len(causes_of(lifelike()))
    (double,) = [line for line in found if "Both bookings" in line]
    assert double == (
        "::error title=C-a6ee13e497 Both bookings of the same slot were accepted::found 201 and 201, expected one 201 and one "
        "409 with DUPLICATE_REJECTED; GPC-APPT-BOOK-09; 1 scenario; for example book.double"
    )
    assert sum(line.startswith("::warning ") for line in found) == 3


def test_what_is_waived_is_a_notice() -> None:
    run = waived(lifelike(), [Waiver("scenario", "book.double", "a", "b", "c", date(2027, 3, 1))], date(2026, 11, 29))
    assert [line for line in job_annotations.lines(run) if line.startswith("::notice ") and "Both bookings" in line]


@pytest.mark.parametrize("run", [lifelike(), hostile()])
def test_each_is_one_command(run: RunResult) -> None:
    for line in job_annotations.lines(run):
        assert re.fullmatch(r"::(error|warning|notice) title=[^:,\r\n]*::[^\r\n]*", line)
        assert "\x1b" not in line
        assert "\u202e" not in line


@pytest.mark.parametrize(("value", "is_so"), [("true", True), ("", False), (None, False)])
def test_wanted_in_a_job_of_github_only(monkeypatch: pytest.MonkeyPatch, value: str | None, is_so: bool) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    if value is not None:
        monkeypatch.setenv("GITHUB_ACTIONS", value)
    assert job_annotations.wanted() is is_so
