"""Many practices of one fixture: each with codes and a path of its own, every tenth with a fault."""

from __future__ import annotations

import pytest

from conformance.engine.collection import collect
from conformance.engine.selection import select
from conformance.planning.packs import by_pack
from conformance.provider.fixture import load_practice
from conformance.provider.practices import USUAL_FAULTS, as_practice, csv_lines, practices
from conformance.spec import editions, load


@pytest.mark.parametrize("edition", editions())
def test_no_two_practices_share_a_code_or_a_path(edition: str) -> None:
    served = practices(load(edition), 200)
    for what in ("ods", "asid", "root"):
        assert len({getattr(one, what) for one in served}) == 200
    assert all(f"/{one.ods}/" in one.root and len(one.asid) == 12 for one in served)


def test_every_tenth_has_one_of_the_faults_in_turn() -> None:
    served = practices(load(editions()[0]), 40, ["read.no-etag", "search.unlabelled"])
    assert [(number, one.fault) for number, one in enumerate(served, 1) if one.fault] == [
        (10, "read.no-etag"), (20, "search.unlabelled"), (30, "read.no-etag"), (40, "search.unlabelled"),
    ]  # fmt: skip


@pytest.mark.parametrize("edition", editions())
def test_without_names_the_faults_are_some_that_the_smallest_pack_shows(edition: str) -> None:
    found = {one.fault for one in practices(load(edition), 99) if one.fault}
    cases = [entry.case for entry in collect() if entry.case.runs_in(edition)]
    smoke = select(cases, by_pack(["smoke"], load(edition)))
    assert found == set(USUAL_FAULTS)
    assert found <= {name for case in smoke for name in case.fault_ids(edition)}


def test_a_practice_has_the_people_of_the_fixture_under_its_own_code() -> None:
    usual = load_practice()
    one = practices(load(editions()[0]), 3)[2]
    own = as_practice(usual, one)
    assert (own.ods, own.asid, own.organization["ods"]) == ("P00003", one.asid, "P00003")
    assert (own.patients, own.diary) == (usual.patients, usual.diary)
    assert one.root in own.paths.values()
    assert usual.organization["ods"] == usual.ods != own.ods


def test_the_list_is_a_csv_file_of_addresses_and_codes() -> None:
    served = practices(load(editions()[0]), 2)
    lines = list(csv_lines("http://127.0.0.1:8080", served))
    assert lines[0] == "base_url,asid,ods_code"
    assert lines[1:] == [f"http://127.0.0.1:8080{one.root},{one.asid},{one.ods}" for one in served]
