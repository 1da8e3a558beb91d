"""What is found at a provider for a configuration, by requests that only read, against the bundled one in this process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.config.model import TestData as Data
from conformance.engine.collection import collect
from conformance.engine.session import Session
from conformance.readiness.discovery import Found, Offer, completed, declared, discover, missing, offer_of
from conformance.readiness.filling_in import fill_in
from conformance.spec import editions, load
from tests.support.configs import config_for
from tests.support.in_process import InProcess, session_on, session_with

EVERYTHING = frozenset({"data.practitioners", "data.locations", "data.empty_range", "data.restricted_slots"})


@pytest.fixture(params=editions())
def session(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Session]:
    """A session whose configuration names patients and nothing else of the provider's data."""
    with session_on(request.param, tmp_path) as session:
        whole = session.config.data
        data = replace(whole, practitioners=(), locations=(), empty_range=None, restricted_slots=None)
        session.config = replace(session.config, data=data)
        yield session


def test_what_is_left_out_is_found(session: Session, tmp_path: Path) -> None:
    assert missing(session.config) == EVERYTHING
    found = discover(session, missing(session.config))
    data, keys = completed(session.config.data, found)
    assert set(data.practitioners) <= {"555210000101", "555210000102", "555210000103"}
    assert data.practitioners
    assert set(data.locations) == {"A20047001", "A20047002"}
    assert data.empty_range is not None
    assert data.empty_range.last - data.empty_range.first == 2
    filters = session.edition.capabilities.filters_by_organization
    assert set(keys) == EVERYTHING - (set() if filters else {"data.restricted_slots"})
    if filters:
        assert data.restricted_slots is not None
        assert data.restricted_slots.organization_type == "gp-practice"
        assert data.restricted_slots.organization_ods == "Y99901"


def test_what_the_configuration_says_is_left_as_it_is(session: Session) -> None:
    kept = replace(session.config.data, practitioners=("1",), locations=("X1",))
    data, keys = completed(kept, discover(session, EVERYTHING))
    assert (data.practitioners, data.locations) == (("1",), ("X1",))
    assert not {"data.practitioners", "data.locations"} & set(keys)


def test_nothing_is_sent_but_what_reads(session: Session) -> None:
    discover(session, EVERYTHING)
    assert {exchange.method for exchange in session.exchanges} == {"GET"}


def test_nothing_is_sent_where_nothing_is_wanted(session: Session) -> None:
    assert discover(session, ()) == Found()
    assert not session.exchanges


def test_the_offer_counts_free_slots_by_day(session: Session) -> None:
    offer = offer_of(session)
    assert sum(offer.days.values()) == len(offer.slots) > 100
    assert list(offer.days) == sorted(offer.days)
    assert offer.organizations == ("A20047",)
    assert not offer.trouble


def test_an_empty_provider_offers_nothing(session: Session) -> None:
    assert completed(session.config.data, Found(Offer())) == (session.config.data, ())


def test_a_search_that_is_refused_is_said(tmp_path: Path) -> None:
    provider = InProcess("stu3")
    wrong = config_for("stu3", provider.base_url, tmp_path, overrides={"provider.asid": "918999198990"})
    session = session_with(provider, wrong)
    offer = offer_of(session)
    session.close()
    provider.stop()
    assert not offer.slots
    assert offer.trouble.startswith("400")


def test_a_capability_statement_says_what_is_declared(session: Session) -> None:
    found = declared(session.environment.ask(session.requests.capability()))
    assert "read" in found["Patient"]
    assert "search-type" in found["Slot"]
    assert any("register" in name for name in found[""])


def test_a_run_is_told_what_was_filled_in(session: Session) -> None:
    cases = [entry.case for entry in collect() if entry.case.runs_in(session.edition.name)]
    (notice,) = fill_in(session, cases)
    assert notice.code == "found-at-provider"
    assert "data.practitioners" in notice.message
    assert session.config.data.practitioners


def test_a_run_looks_for_nothing_that_its_scenarios_do_not_need(session: Session) -> None:
    case = next(entry.case for entry in collect() if entry.case.id == "metadata.answered")
    assert not list(fill_in(session, [case]))
    assert not session.exchanges


def test_all_that_can_be_found_is_a_key_of_the_data() -> None:
    assert all(hasattr(Data, key.partition(".")[2]) for key in EVERYTHING)
    assert load("stu3").capabilities.filters_by_organization
