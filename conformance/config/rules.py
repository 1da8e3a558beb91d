"""What a configuration must keep beyond the schema: values that hang together, files that are there.

`early_problems` reads the mapping as written, so that what it finds is said beside breaches of the schema.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

from conformance.config.model import Config, DayRange
from conformance.config.violations import Problem
from conformance.core.errors import UsageError
from conformance.core.near_names import did_you_mean
from conformance.spec import editions, load

_NOT_FOUND = frozenset({"inactive", "deceased", "sensitive"})
_WRITTEN_FOR = frozenset({"bookable", "spare"})
_BEHIND_ROOT = re.compile(
    r"/(metadata|(Patient|Practitioner|Organization|Location|Slot|Schedule|Appointment)(/[^/]+)?)/*$"
)


def early_problems(value: Any) -> Iterator[Problem]:
    """Yield what can be said of a mapping that need not keep the schema: its edition and its base URL."""
    value = value if isinstance(value, Mapping) else {}
    edition = value.get("edition")
    if isinstance(edition, str) and edition not in editions():
        meant = did_you_mean(edition, editions())
        yield ("edition",), f"found {edition!r}; allowed: {' or '.join(editions())}{f' ({meant})' if meant else ''}"
    provider = value.get("provider")
    url = provider.get("base_url") if isinstance(provider, Mapping) else None
    behind = _BEHIND_ROOT.search(url) if isinstance(url, str) else None
    if behind:
        yield ("provider", "base_url"), f"ends in {behind[0]!r}: the base URL is what stands before that"


def further_problems(config: Config) -> Iterator[Problem]:
    """Yield each problem as path and text."""
    yield from _edition(config)
    yield from _provider(config)
    yield from _files(config)
    yield from _days(config)
    yield from _people(config)


def _edition(config: Config) -> Iterator[Problem]:
    for key, value in config.options.items():
        try:
            load(config.edition, {key: value})
        except UsageError as error:
            yield ("options", key), f"{error.message}. {error.fix}"


def _provider(config: Config) -> Iterator[Problem]:
    provider = config.provider
    if provider.via_proxy and not provider.proxy_url:
        yield ("provider", "proxy_url"), "is needed with via_proxy: true; without a proxy leave via_proxy out"
    if provider.proxy_url and not provider.via_proxy:
        yield ("provider", "proxy_url"), "is given but via_proxy is not true, so it would not be used"


def _files(config: Config) -> Iterator[Problem]:
    for place, path in named_files(config):
        if path is not None and not path.is_file():
            yield place, f"there is no file {path}"
    for number, path in enumerate(config.definitions.paths):
        if not path.exists():
            yield ("definitions", "paths", number), f"there is no file or folder {path}"
    if config.tls.key is not None and config.tls.certificate is None:
        yield ("tls", "key"), "is given without tls.certificate"
    key = config.report.signing_key
    if key is not None and not key.is_file():
        yield ("report", "signing_key"), f"there is no file {key}"
    if config.run.reports.exists() and not config.run.reports.is_dir():
        yield ("run", "reports"), f"is a file, not a folder: {config.run.reports}"


def named_files(config: Config) -> Iterator[tuple[tuple[str, ...], Path | None]]:
    """The keys that name a file, and the file."""
    tls = config.tls
    yield from ((("tls", name), getattr(tls, name)) for name in ("ca", "certificate", "key"))
    for field in fields(tls.negative):
        pair = getattr(tls.negative, field.name)
        if pair is not None:
            yield ("tls", "negative", field.name, "certificate"), pair.certificate
            yield ("tls", "negative", field.name, "key"), pair.key
    yield ("data", "appointments", "past_resource"), config.data.appointments.past_resource


def _days(config: Config) -> Iterator[Problem]:
    data = config.data
    if data.window.end_days < data.window.start_days:
        yield ("data", "window", "end_days"), "lies before start_days"
    restricted = data.restricted_slots
    for path, days in (
        (("data", "empty_range"), data.empty_range),
        (("data", "restricted_slots", "days"), restricted.days if restricted else None),
    ):
        if days is not None:
            yield from _ordered(path, days)
    if restricted and not (restricted.organization_type or restricted.organization_ods):
        yield ("data", "restricted_slots"), "needs organization_type, organization_ods or both"


def _ordered(path: tuple[str, ...], days: DayRange) -> Iterator[Problem]:
    first, last = days.dates(date.today())  # noqa: DTZ011 - only compared with each other
    if last < first:
        yield (*path, "last"), f"lies before first ({days.last} against {days.first})"


def _people(config: Config) -> Iterator[Problem]:
    for place, patient in enumerate(config.data.patients):
        yield from ((("data", "patients", place, "roles"), said) for said in _conflicts(frozenset(patient.roles)))
    yield from _named_twice(config)


def _conflicts(roles: frozenset[str]) -> Iterator[str]:
    """What two roles of one patient contradict each other in."""
    absent, there = sorted(roles & _NOT_FOUND), sorted(roles - _NOT_FOUND)
    if absent and there:
        yield f"{absent[0]} must not be found, and {there[0]} must: nobody can be both"
    booked = sorted(roles & _WRITTEN_FOR)
    if "no-appointments" in roles and booked:
        yield f"a patient with no-appointments has none at any time, and for one who is {booked[0]} some are booked"


def _named_twice(config: Config) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    rows = [(f"data.patients[{number}]", patient.nhs_number) for number, patient in enumerate(config.data.patients)]
    rows += [
        (f"data.registrations[{number}]", person.nhs_number) for number, person in enumerate(config.data.registrations)
    ]
    for name, nhs_number in rows:
        if nhs_number in seen:
            section, number = name.removeprefix("data.").rstrip("]").split("[")
            yield ("data", section, int(number), "nhs_number"), f"{nhs_number} is already that of {seen[nhs_number]}"
        seen[nhs_number] = name
