from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pytest

from conformance.core.errors import UsageError
from conformance.provider.fixture import load_practice
from conformance.provider.foundations.identifiers import valid_nhs_number
from conformance.provider.seed_data import slot_id
from conformance.provider.store import Store
from conformance.spec import load

TODAY = date(2026, 11, 22)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    held = Store(load_practice(), load("stu3"), tmp_path / "practice.sqlite")
    held.prepare(TODAY, 1_000)
    yield held
    held.close()


def test_a_generous_diary(store: Store) -> None:
    rows = store.rows("SELECT * FROM slot WHERE status = 'free' AND kept = '' AND only_type = '' AND only_ods = ''")
    ahead = [row for row in rows if row["id"] > slot_id("Gp", TODAY, "00:00")]
    assert len(ahead) > 500
    assert len({row["id"] for row in rows}) == len(rows)


def test_the_fixture_is_of_the_test_range() -> None:
    practice = load_practice()
    numbers = [row["nhs"] for row in practice.patients] + list(practice.pds)
    assert len(set(numbers)) == len(numbers)
    assert all(valid_nhs_number(number) and number.startswith("999") for number in numbers)
    assert sum(row["state"] == "alive" for row in practice.pds.values()) > 100


def test_writers_exclude_each_other(store: Store) -> None:
    slot = slot_id("gp", TODAY + timedelta(days=1), "09:00")

    def take(_: int) -> bool:
        with store.writing() as database:
            (state,) = database.execute("SELECT status FROM slot WHERE id = ?", (slot,)).fetchone()
            if state == "free":
                database.execute("UPDATE slot SET status = 'busy' WHERE id = ?", (slot,))
            return bool(state == "free")

    with ThreadPoolExecutor(8) as pool:
        for _ in range(10):
            store.database.execute("UPDATE slot SET status = 'free' WHERE id = ?", (slot,))
            assert sum(pool.map(take, range(8))) == 1


def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    def fail() -> None:
        with store.writing() as database:
            database.execute("DELETE FROM appointment_slot")
            raise ValueError

    with pytest.raises(ValueError):
        fail()
    assert store.one("SELECT * FROM appointment_slot") is not None


def test_what_happened_stays_in_a_named_file(store: Store, tmp_path: Path) -> None:
    slot = slot_id("gp", TODAY + timedelta(days=1), "09:00")
    store.database.execute("UPDATE slot SET status = 'busy' WHERE id = ?", (slot,))
    store.close()
    again = Store(load_practice(), load("stu3"), tmp_path / "practice.sqlite")
    again.prepare(TODAY + timedelta(days=1), 2_000)  # a day later: what is missing is added
    row, new = again.slots([slot, slot_id("gp", TODAY + timedelta(days=29), "09:00")])
    assert (row["status"], new["status"]) == ("busy", "free")
    past = again.appointment("apt-past-2")
    assert past is not None
    assert again.slots_of("apt-past-2")[0]["id"] == slot_id("gp", TODAY - timedelta(days=1), "09:10")
    again.reset(TODAY, 3_000)
    assert again.slots([slot])[0]["status"] == "free"
    again.close()


def test_files_of_others_are_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE mine (id)")
    connection.commit()
    connection.close()
    text = tmp_path / "text.sqlite"
    text.write_text("not a database, but long enough to be looked at as one " * 20, encoding="utf-8")
    of_dstu2 = tmp_path / "dstu2.sqlite"
    first = Store(load_practice(), load("dstu2"), of_dstu2)
    first.prepare(TODAY, 0)
    first.close()
    for path in (other, text, of_dstu2, tmp_path / "none" / "x.sqlite"):
        store = Store(load_practice(), load("stu3"), path)
        with pytest.raises(UsageError, match=path.name):
            store.prepare(TODAY, 0)
        store.close()
    connection = sqlite3.connect(other)
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("mine",)]
    connection.close()
