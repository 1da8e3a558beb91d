"""What each scenario needs of a configuration and costs a provider: measured on the bundled one (tools/measure_scenarios.py).

A file for each edition, a row for each scenario and for each named step of a run. An edition that is based on another has
its rows.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from conformance.spec import Edition

STEP = "step: "
_FOLDER = Path(__file__).with_name("facts")
_COLUMNS = ("id", "requests", "writes", "bookings", "at_once", "registrations", "needs", "steps")
_BETWEEN = "; "


@dataclass(frozen=True, slots=True)
class ScenarioFacts:
    """One scenario, or (its name begins with STEP) one named step, which a run performs once.

    `requests` counts what it sends itself, `writes` those of them that are neither GET, HEAD nor OPTIONS; `bookings` and
    `registrations` what a provider carries out, `at_once` how many appointments are booked at the same time. `steps` are the
    names of the steps that it rests on; `needs` says without which values it cannot be tested (see needs.py).
    """

    name: str
    requests: int = 1
    writes: int = 0
    bookings: int = 0
    at_once: int = 0
    registrations: int = 0
    steps: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()


def read_facts(edition: Edition) -> Mapping[str, ScenarioFacts]:
    """Return the rows of an edition by name: its own, else those of the edition that it is based on, if any."""
    path = next((found for name in edition.lineage if (found := facts_path(name))), None)
    return _read(path) if path else {}


def facts_path(edition: str) -> Path | None:
    """Return the file of an edition by its name, None where there is none."""
    path = _FOLDER / f"{edition}.csv"
    return path if path.is_file() else None


def write_facts(edition: str, rows: Mapping[str, ScenarioFacts]) -> Path:
    """Write the file of an edition, sorted by name, and return its path."""
    path = _FOLDER / f"{edition}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_COLUMNS)
        numbers = {name: str(number) for number, name in enumerate(sorted(n for n in rows if n.startswith(STEP)), 1)}
        for name in sorted(rows):
            writer.writerow(_cells(rows[name], numbers))
    return path


def _cells(row: ScenarioFacts, numbers: Mapping[str, str]) -> list[object]:
    """A row as written: steps by their numbers in the file."""
    steps = " ".join(sorted((numbers[STEP + step] for step in row.steps), key=int))
    counts = (row.requests, row.writes, row.bookings, row.at_once, row.registrations)
    return [row.name, *counts, _BETWEEN.join(sorted(row.needs)), steps]


@cache
def _read(path: Path) -> Mapping[str, ScenarioFacts]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    steps = [row["id"].removeprefix(STEP) for row in rows if row["id"].startswith(STEP)]
    return {row["id"]: _facts(row, steps) for row in rows}


def _facts(row: Mapping[str, str], steps: list[str]) -> ScenarioFacts:
    counts = {name: int(row[name]) for name in _COLUMNS[1:6]}
    needs = frozenset(need for need in row["needs"].split(_BETWEEN) if need)
    return ScenarioFacts(
        row["id"], **counts, needs=needs, steps=frozenset(steps[int(number) - 1] for number in row["steps"].split())
    )
