"""What a scenario says of the effects of a refused request, on a provider whose searches or reads cannot show them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conformance.config.bundled import bundled_config
from conformance.harness.catalogue import collect
from conformance.harness.outcomes import CannotTest
from conformance.harness.scene import Scene
from conformance.harness.session import Session
from conformance.provider.running import start
from conformance.spec import editions, load


@contextmanager
def scene_on(edition: str, folder: Path, fault: str = "") -> Iterator[Scene]:
    with start(load(edition), faults=[fault] if fault else []) as provider:
        session = Session(bundled_config(edition, provider.base_url, folder))
        case = next(entry.case for entry in collect() if entry.case.runs_in(edition))
        try:
            yield Scene(session, case)
        finally:
            session.close()


@pytest.mark.parametrize("edition", editions())
def test_a_sound_provider_shows_what_is_free_and_what_is_not(edition: str, tmp_path: Path) -> None:
    with scene_on(edition, tmp_path) as scene:
        free, booked = scene.slot(), scene.booked()
        assert scene.still_free(free)
        assert scene.no_longer_free(*booked.slots)
        assert scene.unchanged(booked)
        assert not scene.findings
        assert not scene.no_longer_free(free)
        assert not scene.still_free(*booked.slots)
        assert [finding.code for finding in scene.findings] == ["slot-state", "slot-state"]


@pytest.mark.parametrize("fault", ["search.end-date-is-midnight", "search.finds-nothing"])
def test_a_search_that_shows_nothing_of_a_day_says_nothing_of_a_slot(fault: str, tmp_path: Path) -> None:
    with scene_on("stu3", tmp_path) as sound:
        known = sound.diary
        slot = sound.slot()
    with scene_on("stu3", tmp_path, fault) as scene:
        scene.session.diary = known
        for ask in (scene.still_free, scene.no_longer_free):
            with pytest.raises(CannotTest, match="none of the slots"):
                ask(slot)
        assert not scene.findings


def test_an_appointment_that_reads_otherwise_each_time_was_not_changed_by_a_refusal(tmp_path: Path) -> None:
    with scene_on("stu3", tmp_path, "read.bumps-version") as scene:
        booked = scene.booked()
        with pytest.raises(CannotTest, match="nothing in between"):
            scene.unchanged(booked)
        assert not scene.findings


def test_one_that_was_changed_is_told(tmp_path: Path) -> None:
    with scene_on("stu3", tmp_path) as scene:
        booked = scene.booked()
        booked.value["comment"] = "As it was"
        assert not scene.unchanged(booked)
        assert [(finding.code, finding.location) for finding in scene.findings] == [("changed", "comment")]
