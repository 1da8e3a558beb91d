"""Lays the fixture out in a database, relative to a day. Laying it out again on a later day adds what is missing."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from conformance.provider.clock import LONDON
from conformance.provider.fixture import Facts, Practice
from conformance.spec.model import Edition


def lay_out(database: sqlite3.Connection, practice: Practice, edition: Edition, today: date, now: int) -> None:
    """Write patients, diary and desk appointments. `now` (seconds) is when they are said to have changed last."""
    database.executemany(
        "INSERT OR IGNORE INTO patient VALUES (?, ?, ?, ?, 1, ?)",
        [(row["id"], row["nhs"], row.get("status", "active"), json.dumps(row), now) for row in practice.patients],
    )
    for day in range(practice.diary["days"]["from"], practice.diary["days"]["to"] + 1):
        for session in practice.diary["sessions"]:
            if _holds(session, day, practice.empty):
                _lay_session(database, practice, session, today + timedelta(days=day), edition, now)
    for row in practice.diary["appointments"]:
        _lay_appointment(database, row, today, now)


def slot_id(session: str, day: date, start: str) -> str:
    """The id of a slot, which says where it is in the diary: `Gp-20261122-0900`."""
    return f"{schedule_id(session, day)}-{start.replace(':', '')}"


def schedule_id(session: str, day: date) -> str:
    """The id of a session on a day."""
    return f"{session.capitalize()}-{day:%Y%m%d}"


def _holds(session: Facts, day: int, empty: tuple[int, int]) -> bool:
    on = day in session.get("days", (day,)) and day not in session.get("but", ())
    return on and not empty[0] <= day <= empty[1]


def _lay_session(
    database: sqlite3.Connection, practice: Practice, session: Facts, day: date, edition: Edition, now: int
) -> None:
    slots = list(_slots(session, day, edition, now))
    practitioner = session.get("practitioner")
    role = session.get("role") or practice.practitioners[str(practitioner)]["role"]
    schedule = schedule_id(session["id"], day)
    bounds = (min(slot[2] for slot in slots), max(slot[3] for slot in slots))
    database.execute(
        "INSERT OR IGNORE INTO schedule VALUES (?, ?, ?, ?, ?, ?, ?)",
        (schedule, session["location"], practitioner, json.dumps(role), session.get("category"), *bounds),
    )
    named = [block["id"] for block in session["blocks"] if "id" in block]
    database.executemany(
        "DELETE FROM slot WHERE id = ? AND status = 'free'", [(name,) for name in named]
    )  # of a day gone
    database.executemany("INSERT OR IGNORE INTO slot VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?)", slots)


def _slots(session: Facts, day: date, edition: Edition, now: int) -> Iterator[tuple[Any, ...]]:
    for block in session["blocks"]:
        if not edition.among(block.get("editions", edition.lineage)):
            continue
        first = datetime.combine(day, time.fromisoformat(block["at"]), LONDON)
        for number in range(block["count"]):
            start = first + timedelta(minutes=number * block["minutes"])  # UK clock time: sessions span no clock change
            yield (
                block.get("id") or slot_id(session["id"], day, f"{start:%H%M}"),
                schedule_id(session["id"], day),
                int(start.timestamp()),
                int((start + timedelta(minutes=block["minutes"])).timestamp()),
                *_described(session, block),
                now,
            )


def _availability(only: Any) -> tuple[str, str, str, str]:
    """status, kept, only_type, only_ods."""
    if only == "busy":
        return "busy", "", "", ""
    if isinstance(only, str):
        return "free", only, "", ""
    limits = only or {}
    return "free", "", limits.get("type", ""), " ".join(limits.get("ods", ()))


def _described(session: Facts, block: Facts) -> tuple[str, ...]:
    status, kept, only_type, only_ods = _availability(block.get("only"))
    channel, service = (block.get(name, session[name]) for name in ("channel", "service"))
    return (status, channel, service, kept, only_type, only_ods)


def _lay_appointment(database: sqlite3.Connection, row: Facts, today: date, now: int) -> None:
    slot = slot_id(row["session"], today + timedelta(days=row["day"]), row["at"])
    (start, end, location, practitioner) = database.execute(
        "SELECT slot.start, slot.end, location, practitioner FROM slot JOIN schedule ON schedule.id = schedule"
        " WHERE slot.id = ?",
        (slot,),
    ).fetchone()
    actors = [f"Patient/{row['patient']}", f"Location/{location}"]
    actors += [f"Practitioner/{practitioner}"] if practitioner else []
    doc = {
        "description": row["description"],
        "comment": row.get("comment"),
        "created": _two_weeks_before(start),
        "participants": [{"actor": actor, "status": "accepted"} for actor in actors],
        "cancellation": {"text": row["reason"]} if "reason" in row else None,
    }
    status = row.get("status", "booked")
    _forget(database, [row["id"]])
    database.execute(
        "INSERT INTO appointment VALUES (?, ?, ?, ?, ?, ?, 1, ?)",
        (row["id"], row["patient"], start, end, status, json.dumps(doc), now),
    )
    database.execute("INSERT INTO appointment_slot VALUES (?, ?, 0)", (row["id"], slot))
    if status == "booked":
        database.execute("UPDATE slot SET status = 'busy' WHERE id = ?", (slot,))


def _two_weeks_before(moment: int) -> int:
    """The same UK clock time a fortnight earlier."""
    return int((datetime.fromtimestamp(moment, LONDON) - timedelta(days=14)).timestamp())


def _forget(database: sqlite3.Connection, appointments: Iterable[str]) -> None:
    """Remove the desk appointments of an earlier day's layout and free their slots."""
    for appointment in appointments:
        database.execute(
            "UPDATE slot SET status = 'free' WHERE id IN (SELECT slot FROM appointment_slot WHERE appointment = ?)",
            (appointment,),
        )
        database.execute("DELETE FROM appointment_slot WHERE appointment = ?", (appointment,))
        database.execute("DELETE FROM appointment WHERE id = ?", (appointment,))
