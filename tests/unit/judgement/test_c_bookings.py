"""C1 of a booking: one fault of its response does not make others untestable, nor is a slot that it took used again."""

from __future__ import annotations

import pytest

from conformance.provider.fault_points import Effect, Seam
from conformance.provider.faults.effects import change, drop_header, found, without
from conformance.provider.http import Call, Response
from tests.unit.judgement.bed import Bed, Behaviour, complaints
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


def test_what_only_later_responses_show_is_not_tested_where_none_shows_it(bed: Bed) -> None:
    names = bed.those("book.organisation-stored book.longest-texts time.evening-cancelled")
    nothing = (refusing("read_appointment"), found(lambda rows: [], on="retrieve"))
    assert {str(result.verdict) for result in bed.play(names, nothing).values()} == {"skip"}


# An appointment that a refused request removes is missed by every scenario that looks for it afterwards.


def _removing(response: Response, call: Call | None) -> Response:
    if call is not None and call.method != "GET" and response.status >= 400:
        with call.provider.store.writing() as database:
            database.execute("DELETE FROM appointment_slot")
            database.execute("DELETE FROM appointment")
    return response


@pytest.mark.parametrize(
    "name",
    [
        *("book.taken-by-another", "book.partly-taken", "book.at-once", "book.at-once-same-request"),
        *("amend.changed-start", "cancel.changed-start"),
    ],
)
def test_an_appointment_that_a_refusal_removes_is_missed(bed: Bed, name: str) -> None:
    result = bed.play(name, Effect(Seam.RESPONSE, _removing))[name]
    assert "the appointment cannot be read after the refusal" in {one.message for one in complaints(result)}


def _booked(bed: Bed) -> set[str]:
    store = bed.provider.provider.store
    return {str(row["id"]) for row in store.rows("SELECT id FROM appointment WHERE status = 'booked'")}
