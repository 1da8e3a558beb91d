"""The rows of a list of providers: a CSV file, and what is wrong with single rows, so that the others are run all the same."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from conformance.config.violations import schema_problems
from conformance.config.yamltree import dotted
from conformance.core.errors import UsageError
from conformance.fleet.model import Provider, Remark

REQUIRED = ("base_url", "asid", "ods_code")
_OWN = (*REQUIRED, "name")
_MOST_BYTES, _MOST_ROWS = 50_000_000, 100_000
_TOO_MANY = None  # the key under which csv keeps cells beyond the header


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it is written: where (`practices.csv line 3`), its values, and whether it has more cells than columns."""

    place: str
    values: Any
    too_long: bool = False


def csv_rows(path: Path) -> list[Row]:
    """Return the rows of a CSV file; a column that is none of ours is a key of the configuration.

    Raises UsageError where the file cannot be read, or lacks a column or any row.
    """
    reader = csv.DictReader(io.StringIO(_text(path)), strict=True, restkey=_TOO_MANY)
    try:
        names = [_column(name) for name in reader.fieldnames or ()]
        _check_columns(path, names)
        reader.fieldnames = names
        rows = [_row(f"{path.name} line {reader.line_num}", cells) for cells in reader if any(cells.values())]
    except csv.Error as error:
        raise UsageError(f"{path} line {reader.reader.line_num} is no CSV: {error}") from error
    if not rows or len(rows) > _MOST_ROWS:
        raise UsageError(f"{path} has {len(rows) or 'no'} rows; a fleet has from 1 to {_MOST_ROWS:,} providers")
    return rows


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise UsageError(f"{path} has more than {_MOST_BYTES:,} bytes: it is no list of providers")
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 (byte {error.start})", fix="Save it as CSV in UTF-8.") from error


def _column(name: str) -> str:
    """A heading as its key: `Base URL` → base_url; keys of the configuration stay as they are."""
    key = name.strip().lower().replace(" ", "_").replace("-", "_")
    return key if key in _OWN else name.strip()


def _check_columns(path: Path, names: list[str]) -> None:
    missing = [name for name in REQUIRED if name not in names]
    twice = sorted({name for name in names if names.count(name) > 1})
    if not missing and not twice:
        return
    wrong = f"lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}" if missing else ""
    wrong = wrong or f"has a column twice: {', '.join(twice)}"
    found = ", ".join(names)[:200] or "nothing"
    raise UsageError(
        f"{path} {wrong}; its first line has: {found}",
        fix=f"The first line names the columns, with commas between them: {','.join(REQUIRED)}",
    )


def _row(place: str, cells: Mapping[Any, Any]) -> Row:
    """A row's own values, and all others as settings; an empty cell says nothing."""
    given = {name: value.strip() for name, value in cells.items() if isinstance(value, str) and value.strip()}
    own = {name: given.pop(name) for name in _OWN if name in given}
    return Row(place, {**own, "settings": given}, too_long=_TOO_MANY in cells)


def providers_of(rows: Iterable[Row], schema: Mapping[str, Any]) -> tuple[list[Provider], list[Remark]]:
    """Return the providers that rows describe, and what is to be said of rows; those that are wrong are left out."""
    found: list[Provider] = []
    remarks: list[Remark] = []
    for row in rows:
        wrong = "; ".join(_wrong(row, schema))
        if wrong:
            remarks.append(Remark(row.place, f"{_called(row)}{wrong}", left_out=True))
        else:
            found.append(_provider(row))
    once = _without_doubles(found, remarks)
    return _with_names(once, remarks), remarks


def _called(row: Row) -> str:
    values = row.values if isinstance(row.values, Mapping) else {}
    name = values.get("name") or values.get("ods_code")
    return f"{name}: " if isinstance(name, str) else ""


def _wrong(row: Row, schema: Mapping[str, Any]) -> Iterator[str]:
    if row.too_long:
        yield "has more cells than the first line has columns"
        return
    for where, message in schema_problems(row.values, schema):
        yield f"{dotted(where)}: {message}" if where else message


def _provider(row: Row) -> Provider:
    values = row.values
    settings = tuple(sorted(values.get("settings", {}).items()))
    url = values["base_url"].rstrip("/")
    return Provider(values.get("name", ""), url, values["asid"], values["ods_code"], settings, row.place)


def _without_doubles(providers: Iterable[Provider], remarks: list[Remark]) -> list[Provider]:
    """Leave out rows of a provider that is listed already, and name rows that share what only one provider can have."""
    first: dict[tuple[str, ...], Provider] = {}
    by_url: dict[str, Provider] = {}
    for one in providers:
        key = (one.base_url, one.asid, one.ods_code)
        if key in first:
            remarks.append(Remark(one.place, f"{one.ods_code} is listed already ({first[key].place}); it is run once"))
            continue
        first[key] = one
        other = by_url.setdefault(one.base_url, one)
        if other is not one:
            remarks.append(Remark(one.place, _shared(one, other)))
    return list(first.values())


def _shared(one: Provider, other: Provider) -> str:
    return (
        f"{one.ods_code} has the base URL of {other.ods_code} ({other.place}): one of them may serve the other's data, and "
        "runs that book would meet in one diary"
    )


def _with_names(providers: Iterable[Provider], remarks: list[Remark]) -> list[Provider]:
    """Give each provider a name of its own: the one it has, else its ODS code, with its ASID where several share that."""
    rows = list(providers)
    codes = Counter(one.ods_code.casefold() for one in rows)
    named: dict[str, Provider] = {}
    for one in rows:
        alone = codes[one.ods_code.casefold()] == 1
        mine = replace(one, name=one.name or (one.ods_code if alone else f"{one.ods_code}-{one.asid}"))
        other = named.setdefault(mine.name.casefold(), mine)
        if other is not mine:
            said = f"the name {mine.name} is that of another provider ({other.place}): give it one of its own (column name)"
            remarks.append(Remark(one.place, said, left_out=True))
    return list(named.values())
