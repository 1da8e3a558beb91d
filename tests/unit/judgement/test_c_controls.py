"""C1 and C3: one true fault does not make everything else untestable, and a refusal counts only beside its control."""

from __future__ import annotations

import pytest

from conformance.core.results import Blame, Verdict
from conformance.engine.collection import collect
from conformance.engine.controls import revised
from conformance.engine.scenario import Case
from conformance.provider.fault_points import Effect, Seam, Seams
from conformance.provider.http import Call
from conformance.provider.refusal import refuse
from conformance.spec import load
from tests.support.in_process import session_with
from tests.support.proof import sample
from tests.unit.judgement.bed import Bed, _run

SPOKEN = "the practice is closed for maintenance"


def refusing(*interactions: str) -> Effect:
    """Refuse every request of some interactions, or of all, with a sound OperationOutcome."""

    def refuse_it(call: Call | None, _: Call | None) -> Call | None:
        raise refuse("closed", "BAD_REQUEST", SPOKEN)

    return Effect(Seam.CALL, refuse_it, on=frozenset(interactions))


def cases(edition: str, *prefixes: str) -> list[Case]:
    """The scenarios of an edition whose ids begin so."""
    return [entry.case for entry in collect() if entry.case.runs_in(edition) and entry.case.id.startswith(prefixes)]


def refusals(edition: str, prefix: str) -> str:
    """The scenarios of one interaction that expect a refusal, by id."""
    return " ".join(case.id for case in cases(edition, prefix) if case.get("expect") is not None)


# C3


@pytest.mark.parametrize(
    ("prefix", "key"),
    [
        ("search.", "search_free_slots"),
        ("retrieve.", "retrieve_patient_appointments"),
        ("read.", "read_appointment"),
        ("book.", "book_appointment"),
        ("amend.", "amend_appointment"),
        ("cancel.", "cancel_appointment"),
    ],
)
def test_c3_no_refusal_passes_where_what_is_right_is_refused_too(bed: Bed, prefix: str, key: str) -> None:
    names = sample(refusals(bed.config.edition, prefix).split(), 12)
    results = bed.play(" ".join(names), refusing(key))
    assert len(results) >= 5
    assert {name: str(result.verdict) for name, result in results.items() if result.verdict is not Verdict.SKIP} == {}


@pytest.mark.parametrize(
    "name",
    ["http.metadata-trailing-slash", "http.two-slashes", "http.metadata-large-header", "http.head", "http.options"],
)
def test_c3_what_may_be_refused_passes_only_beside_its_control(bed: Bed, name: str) -> None:
    assert bed.verdict(name) == "pass"
    assert bed.verdict(name, refusing()) == "skip"


def test_c3_to_find_nothing_in_the_older_system_passes_only_beside_the_current_one(dstu2: Bed) -> None:
    assert dstu2.verdict("practitioner.find-spelling-2") == "pass"
    assert dstu2.verdict("practitioner.find-spelling-2", "practitioner.finds-nothing") == "skip"


def test_c3_the_reason_quotes_the_provider_and_shows_the_control(bed: Bed) -> None:
    result = bed.play("search.without-start", refusing("search_free_slots"))["search.without-start"]
    assert SPOKEN in result.reason
    assert result.controls
    assert any("control" in bed.exchanges[number].label for number in result.exchanges)
    (note,) = [found for found in result.findings if found.code == "cannot-test"]
    assert note.blame is Blame.UNDETERMINED


def test_c3_a_request_that_is_carried_out_fails_without_a_control(bed: Bed) -> None:
    result = bed.play("book.without-status", "book.accepts-missing-status")["book.without-status"]
    assert result.verdict is Verdict.FAIL
    assert not result.controls


# A control that no longer succeeds at the end of a run


def test_what_rests_on_a_control_that_is_lost_is_not_tested(bed: Bed) -> None:
    bed.play("")
    session = session_with(bed.provider, bed.config)
    try:
        results = [_run(name, session) for name in ("search.without-start", "book.without-status", "search.one-day")]
        assert [str(result.verdict) for result in results] == ["pass"] * 3
        assert revised(session, results) == {}
        assert session.notices == []
        bed.provider.provider.seams = Seams([refusing("search_free_slots")])
        changed = revised(session, results)
    finally:
        session.close()
        bed.provider.provider.seams = Seams()
    assert set(changed) >= {"search.without-start"}
    assert "search.one-day" not in changed
    revision = changed["search.without-start"]
    assert revision.verdict is Verdict.SKIP
    assert SPOKEN in revision.reason
    assert len(revision.exchanges) > len(results[0].exchanges)
    (notice,) = session.notices
    assert (notice.code, "Search" in notice.message) == ("control-lost", True)


# C: one fault of an interaction that all others build on


@pytest.mark.parametrize(
    ("fault", "names"),
    [
        ("search.refuses-dates", "book.one-slot read.as-booked amend.description cancel.booked"),
        ("search.unlisted-status", "book.one-slot read.as-booked amend.description cancel.booked"),
        ("book.unlisted-status", "read.as-booked amend.description cancel.booked"),
        ("amend.created", "amend.without-id amend.without-status cancel.booked"),
        ("cancel.no-content", "cancel.without-reason amend.description"),
    ],
)
def test_what_is_carried_out_can_be_built_on_however_it_is_said(bed: Bed, fault: str, names: str) -> None:
    results = bed.play(bed.those(names), fault)
    assert {name: str(result.verdict) for name, result in results.items()} == dict.fromkeys(names.split(), "pass")


# C1

_UNTRUE = (
    "cancel.slot-free cancel.book-again book.slot-taken http.search-gzip cancel.two-slots-free search.date-times "
    "search.date-then-time search.booked-is-gone search.booked-alone-is-gone time.search-stable"
)


def test_c1_a_search_that_ends_at_midnight_makes_no_other_scenario_untestable(bed: Bed) -> None:
    known = {case.id for case in cases(bed.config.edition, "book.", "cancel.", "amend.")}
    more = sorted(name for name in known if name.startswith(("book.without", "cancel.slot", "amend.changed")))
    results = bed.play(" ".join(dict.fromkeys([*_UNTRUE.split(), *more])), "search.end-date-is-midnight")
    assert len(results) >= 20
    assert {name: str(result.verdict) for name, result in results.items() if result.verdict is not Verdict.PASS} == {}


@pytest.mark.parametrize(
    "name",
    ["search.one-day", "search.day-by-day", "search.complete-by-half-days", "time.evening-by-date", "time.day-back"],
)
def test_c1_the_fault_itself_is_found(bed: Bed, name: str) -> None:
    assert bed.verdict(name, "search.end-date-is-midnight") == "fail"


@pytest.mark.parametrize("name", ["book.slot-begun-today", "book.slot-of-yesterday", "book.without-organisation-type"])
def test_c1_what_a_slot_is_looked_for_with_need_not_be_a_single_day(stu3: Bed, name: str) -> None:
    assert stu3.verdict(name, "search.end-date-is-midnight") == "pass"


def test_every_case_that_expects_a_refusal_names_a_known_edition() -> None:
    """The selection of the tests above finds scenarios in each edition."""
    assert all(len(refusals(edition, "book.").split()) > 20 for edition in ("stu3", "dstu2") if load(edition))
