"""Resources out of files that the configuration names."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from conformance.engine.stop_reasons import CannotTest
from conformance.engine.supplied_resources import supplied_resource
from conformance.engine.values import Values


def test_marks_become_uk_times_and_dates(tmp_path: Path) -> None:
    file = tmp_path / "past.json"
    content = {"resourceType": "Appointment", "start": "{-7 09:00}", "end": "{0 09:00}", "id": "Gp-{-7 %Y%m%d}-1"}
    file.write_text(json.dumps(content), encoding="utf-8")
    assert supplied_resource(file, "Appointment", date(2026, 3, 30), Values()) == {
        "resourceType": "Appointment",
        "start": "2026-03-23T09:00:00+00:00",
        "end": "2026-03-30T09:00:00+01:00",
        "id": "Gp-20260323-1",
    }


@pytest.mark.parametrize("content", ["", "[]", "{", '{"resourceType": "Slot"}', '{"start": "{-7 25:00}"}'])
def test_anything_else_is_a_clear_reason(tmp_path: Path, content: str) -> None:
    file = tmp_path / "past.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(CannotTest, match=r"past\.json"):
        supplied_resource(file, "Appointment", date(2026, 3, 30), Values())


def test_a_missing_file_is_a_clear_reason(tmp_path: Path) -> None:
    with pytest.raises(CannotTest, match=r"none\.json"):
        supplied_resource(tmp_path / "none.json", "Appointment", date(2026, 3, 30), Values())
