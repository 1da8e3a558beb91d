"""C1 of a booking: one fault of its response does not make others untestable, nor is a slot that it took used again."""

from __future__ import annotations

import pytest

from conformance.provider.faults.effects import change, drop_header, found, without
from tests.unit.judgement.bed import Bed, Behaviour
from tests.unit.judgement.test_c_controls import refusing

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
    accused = [name for name in _OTHERS.split() for one in results[name].findings if "409" in str(one.found)]
    assert accused == []
    assert _booked(bed) == before


# C1 of a read and of a retrieval: what cannot be observed afterwards is a note beside the response that is judged.

_LATER = (
    "fhir.booked-accents fhir.booked-in-xml-accents fhir.booked-emoji time.book-utc time.book-thousandths "
    "time.evening-booked book.no-comment book.longest-texts book.organisation-stored formats.book-xml-accents "
    "formats.amend-xml-markup book.at-once book.at-once-five time.book-seen-at-once"
)
_SUBJECT = "fhir.version-changes search.restricted-amend search.restricted-cancel"


def test_a_text_or_time_is_not_judged_by_a_read_that_is_refused(bed: Bed) -> None:
    results = bed.play(bed.those(_LATER, _SUBJECT), refusing("read_appointment"))
    verdicts = {name: str(result.verdict) for name, result in results.items()}
    assert {name: verdict for name, verdict in verdicts.items() if verdict in ("fail", "error")} == {}
    assert {verdicts[name] for name in bed.those(_SUBJECT).split()} == {"skip"}
    assert verdicts["fhir.booked-accents"] == "pass"


def test_a_text_is_not_judged_by_a_retrieval_that_shows_nothing(bed: Bed) -> None:
    names = bed.those("fhir.booked-accents book.longest-texts book.organisation-stored")
    results = bed.play(names, found(lambda rows: [], on="retrieve"))
    assert {str(result.verdict) for result in results.values()} == {"pass"}
    assert bed.verdict("book.retrieve-back", found(lambda rows: [], on="retrieve")) == "warn"


def _booked(bed: Bed) -> set[str]:
    store = bed.provider.provider.store
    return {str(row["id"]) for row in store.rows("SELECT id FROM appointment WHERE status = 'booked'")}
