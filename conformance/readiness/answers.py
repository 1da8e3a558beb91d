"""What a person tells `init`, and the configuration file that it becomes: YAML with comments on what was found."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.core.errors import UsageError
from conformance.tls.folder import NEGATIVE, certificate_path, key_path

_ROLES = ("bookable", "spare", "no-appointments", "temporary", "dissent", "inactive", "deceased", "sensitive")
_REGISTERED = "registration"  # the role of people to be registered, in a CSV file
_COLUMNS = ("nhs_number", "role", "logical_id", "family", "given", "birth_date", "gender", "refused", "inactive")


@dataclass
class Answers:
    """What was answered; "" and empty where nothing was. `patients` and `registrations` hold rows as in the configuration."""

    edition: str = ""
    base_url: str = ""
    provider_asid: str = ""
    provider_ods: str = ""
    consumer_asid: str = ""
    consumer_ods: str = ""
    may_write: bool = False
    ca: str = ""
    certificate: str = ""
    key: str = ""
    has_password: bool = False
    bad_certificates: str = ""
    patients: list[dict[str, Any]] = field(default_factory=list)
    registrations: list[dict[str, Any]] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)  # further keys below `data`, by dotted path

    def patient(self, nhs_number: str, role: str, logical_id: str = "") -> None:
        """Add a patient with a role, or a role to a patient who is there."""
        number = "".join(nhs_number.split())
        row = next((one for one in self.patients if one["nhs_number"] == number), None)
        if row is None:
            self.patients.append(row := {"nhs_number": number, "roles": []})
        row["roles"] = list(dict.fromkeys([*row["roles"], role]))
        if logical_id:
            row["logical_id"] = logical_id


def read_people(path: Path, answers: Answers) -> None:
    """Take people from a CSV file. UsageError, naming the line, for what cannot be used.

    Its columns are those of _COLUMNS; `role` is that of a patient, or `registration` for people to be registered.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"the people cannot be read: {path}: {getattr(error, 'strerror', '') or error}") from error
    strange = sorted({str(name) for row in rows for name in row} - set(_COLUMNS))
    if strange:
        raise UsageError(f"{path}: unknown columns {', '.join(strange)}", fix=f"Known: {', '.join(_COLUMNS)}.")
    for line, row in enumerate(rows, 2):
        role = (row.get("role") or "").strip()
        if role == _REGISTERED:
            answers.registrations.append(_registration(row))
        elif role in _ROLES:
            answers.patient(row.get("nhs_number") or "", role, (row.get("logical_id") or "").strip())
        else:
            known = ", ".join((*_ROLES, _REGISTERED))
            raise UsageError(f"{path}, line {line}: there is no role {role!r}", fix=f"Known: {known}.")


def _registration(row: Mapping[str, str | None]) -> dict[str, Any]:
    given = {name: (row.get(name) or "").strip() for name in _COLUMNS if name not in ("role", "logical_id")}
    inactive = given.pop("inactive").lower() in ("true", "yes", "1")
    kept = {name: value for name, value in given.items() if value}
    kept["nhs_number"] = "".join(kept.get("nhs_number", "").split())
    return {**kept, **({"inactive": True} if inactive else {})}


def as_yaml(answers: Answers, found: Sequence[str] = (), gaps: Sequence[str] = ()) -> str:
    """Return the file. `found` are comments on what the provider showed, `gaps` on what is missing."""
    return "\n".join(_lines(answers, found, gaps)) + "\n"


def _lines(answers: Answers, found: Sequence[str], gaps: Sequence[str]) -> Iterator[str]:
    yield "# Configuration of gpconnect-assure, written by `gpconnect-assure init`."
    yield "# `gpconnect-assure check --config FILE` says whether it suffices; `init --example` prints every key."
    yield from _comment("Found at the provider:", found)
    yield from ("", f"edition: {answers.edition}", "", "provider:")
    yield from _pairs(base_url=answers.base_url, asid=answers.provider_asid, ods_code=answers.provider_ods)
    yield "  # Runs book, amend, cancel and register: for any host but this machine that needs true. Never on a live system."
    yield f"  may_write: {json.dumps(answers.may_write)}"
    yield from ("", "consumer:")
    yield from _pairs(asid=answers.consumer_asid, ods_code=answers.consumer_ods)
    if answers.certificate or answers.ca:
        yield from _tls(answers)
    yield from ("", "data:", "  patients:")
    yield from (f"    - {_flow(row)}" for row in answers.patients)
    yield from _data(answers.more)
    if answers.registrations:
        yield "  # Each can be registered once, and stays registered until the provider is reset."
        yield "  registrations:"
        yield from (f"    - {_flow(row)}" for row in answers.registrations)
    yield from _comment("Missing; so many scenarios are not tested for want of it:", gaps)


def _comment(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield from ("", f"# {title}", *(f"#   {' '.join(line.split())}" for line in lines))


def _pairs(**values: str) -> Iterator[str]:
    return (f"  {key}: {json.dumps(value, ensure_ascii=False)}" for key, value in values.items() if value)


def _flow(row: Mapping[str, Any]) -> str:
    return "{" + ", ".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in row.items()) + "}"


def _tls(answers: Answers) -> Iterator[str]:
    yield from ("", "tls:")
    yield from _pairs(ca=answers.ca, certificate=answers.certificate, key=answers.key)
    if answers.has_password:
        yield "  # The password stands in the environment, not in this file."
        yield '  key_password: "${GPC_KEY_PASSWORD:-}"'
    if answers.bad_certificates:
        folder = Path(answers.bad_certificates)
        named = [name for name in NEGATIVE if certificate_path(folder, name).is_file()]
        yield from ["  # Client certificates that the provider must refuse.", "  negative:"] if named else []
        for name in named:
            pair = {"certificate": str(certificate_path(folder, name)), "key": str(key_path(folder, name))}
            yield f"    {name}: {_flow(pair)}"


def _data(more: Mapping[str, Any]) -> Iterator[str]:
    """The further keys below `data`; a dotted path is a key below another."""
    sections: dict[str, Any] = {}
    for path, value in more.items():
        key, _, below = path.partition(".")
        if below:
            sections.setdefault(key, {})[below] = value
        else:
            sections[key] = {**sections.get(key, {}), **value} if isinstance(value, dict) else value
    for key, value in sections.items():
        yield f"  {key}: {_flow(value) if isinstance(value, dict) else json.dumps(value, ensure_ascii=False)}"


def gap_lines(lacking: Mapping[str, Sequence[object]]) -> list[str]:
    """Return the lines on what is missing, the largest first: how many scenarios each need keeps from being tested.

    `lacking` is as planning.cost.by_want gives it: each scenario is counted once, by the first of its needs.
    """
    from conformance.planning.needs import in_words

    rows = sorted(((len(cases), need) for need, cases in lacking.items()), key=lambda row: -row[0])
    return [f"{count:4}  {in_words(need)}" for count, need in rows]
