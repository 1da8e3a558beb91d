"""Many practices of one fixture: each with codes and a path of its own, every tenth with a fault."""

from __future__ import annotations

import pytest

from conformance.provider.fixture import load_practice
from conformance.provider.practices import as_practice, csv_lines, practices
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


def test_without_names_the_faults_are_some_that_reading_shows() -> None:
    assert sum(bool(one.fault) for one in practices(load(editions()[0]), 99)) == 9


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
