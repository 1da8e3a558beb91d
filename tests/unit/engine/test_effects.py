"""What a scenario says of the effects of a refused request, on a provider whose searches or reads cannot show them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conformance.core.results import Severity
from conformance.engine.collection import collect
from conformance.engine.context import ScenarioContext
from conformance.engine.slot_pool import FreeSlot
from conformance.engine.step_record import StepRecord
from conformance.engine.stop_reasons import CannotTest
from conformance.spec import editions
from tests.support.in_process import WEEK, session_on


@contextmanager
def scene_on(edition: str, folder: Path, fault: str = "") -> Iterator[ScenarioContext]:
    with session_on(edition, folder, *([fault] if fault else []), overrides=WEEK) as session:
        case = next(entry.case for entry in collect() if entry.case.runs_in(edition))
        yield ScenarioContext(session, case)


@pytest.mark.parametrize("edition", editions())
def test_a_sound_provider_shows_what_is_free_and_what_is_not(edition: str, tmp_path: Path) -> None:
    with scene_on(edition, tmp_path) as context:
        free, booked = context.arrange.slot(), context.arrange.booked()
        assert context.effects.still_free(free)
        assert context.effects.no_longer_free(*booked.slots)
        assert context.effects.unchanged(booked)
        assert not context.findings
        assert not context.effects.no_longer_free(free)
        assert not context.effects.still_free(*booked.slots)
        assert [finding.code for finding in context.findings] == ["slot-state", "slot-state"]


def known_slot(folder: Path) -> tuple[FreeSlot, dict[str, StepRecord]]:
    """Return a free slot of a sound provider and the run's steps that found it."""
    with scene_on("stu3", folder) as sound:
        return sound.arrange.slot(), sound.session.steps


def test_effects_are_observed_with_the_search_that_showed_the_slot(tmp_path: Path) -> None:
    slot, steps = known_slot(tmp_path)
    with scene_on("stu3", tmp_path, "search.end-date-is-midnight") as context:
        context.session.steps.update(steps)
        assert context.effects.still_free(slot)
        assert slot.id in {offer.id for offer in context.effects.offers([slot])}
        assert not context.findings


def test_an_observation_that_cannot_be_made_is_a_note_unless_it_is_the_subject(tmp_path: Path) -> None:
    slot, steps = known_slot(tmp_path)
    with scene_on("stu3", tmp_path, "search.finds-nothing") as context:
        context.session.steps.update(steps)
        assert context.effects.still_free(slot)
        assert [(finding.code, finding.severity) for finding in context.findings] == [("not-observed", Severity.INFO)]
        for observe in (
            lambda: context.effects.still_free(slot, subject=True),
            lambda: context.effects.no_longer_free(slot),
            lambda: context.effects.offers([slot]),
        ):
            with pytest.raises(CannotTest, match="none of the slots"):
                observe()


def test_an_appointment_that_reads_otherwise_each_time_was_not_changed_by_a_refusal(tmp_path: Path) -> None:
    with scene_on("stu3", tmp_path, "read.bumps-version") as context:
        booked = context.arrange.booked()
        assert context.effects.unchanged(booked)
        assert [finding.code for finding in context.findings] == ["not-observed"]
        with pytest.raises(CannotTest, match="nothing in between"):
            context.effects.unchanged(booked, subject=True)


def test_one_that_was_changed_is_told(tmp_path: Path) -> None:
    with scene_on("stu3", tmp_path) as context:
        booked = context.arrange.booked()
        booked.value["comment"] = "As it was"
        assert not context.effects.unchanged(booked)
        assert [(finding.code, finding.location) for finding in context.findings] == [("changed", "comment")]
