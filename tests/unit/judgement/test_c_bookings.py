"""C1 of a booking: one fault of its response does not make others untestable, nor is a slot that it took used again."""

from __future__ import annotations

import pytest

from conformance.provider.faults.effects import change, drop_header, without
from tests.unit.judgement.bed import Bed, Behaviour

# A booking whose response has no body, and scenarios that take a slot after it.
_MINIMAL = "book.prefer-minimal"
_OTHERS = "book.no-comment book.one-slot book.priority book.displays book.without-status book.without-patient"

_WITHOUT_LOCATION = drop_header("Location", on="book")
_WITHOUT_ID = change("Appointment", without("id"), on="book")


@pytest.mark.parametrize(
    "wrong", [_WITHOUT_LOCATION, _WITHOUT_ID, (_WITHOUT_LOCATION, _WITHOUT_ID)], ids=["location", "id", "both"]
)
def test_a_slot_whose_booking_is_not_named_is_not_offered_to_another_scenario(bed: Bed, wrong: Behaviour) -> None:
    before = _booked(bed)
    results = bed.play(bed.those(_MINIMAL, _OTHERS), wrong)
    accused = [name for name in _OTHERS.split() for found in results[name].findings if "409" in str(found.found)]
    assert accused == []
    assert _booked(bed) == before


def _booked(bed: Bed) -> set[str]:
    store = bed.provider.provider.store
    return {str(row["id"]) for row in store.rows("SELECT id FROM appointment WHERE status = 'booked'")}
