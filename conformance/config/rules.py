"""What a configuration must keep beyond the schema: values that hang together, files that are there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import date

from conformance.config.model import Config, DayRange
from conformance.config.violations import Problem
from conformance.core.errors import UsageError
from conformance.spec import editions, load


def further_problems(config: Config) -> Iterator[Problem]:
    """Yield each problem as path and text."""
    yield from _edition(config)
    yield from _provider(config)
    yield from _files(config)
    yield from _days(config)
    yield from _people(config)


def _edition(config: Config) -> Iterator[Problem]:
    if config.edition not in editions():
        yield ("edition",), f"found {config.edition!r}; allowed: {' or '.join(editions())}"
        return
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
    tls = config.tls
    for name, path in (("ca", tls.ca), ("certificate", tls.certificate), ("key", tls.key)):
        if path is not None and not path.is_file():
            yield ("tls", name), f"there is no file {path}"
    for field in fields(tls.negative):
        pair = getattr(tls.negative, field.name)
        for name, path in (("certificate", pair.certificate), ("key", pair.key)) if pair else ():
            if path is not None and not path.is_file():
                yield ("tls", "negative", field.name, name), f"there is no file {path}"
    if tls.key is not None and tls.certificate is None:
        yield ("tls", "key"), "is given without tls.certificate"
    if config.run.reports.exists() and not config.run.reports.is_dir():
        yield ("run", "reports"), f"is a file, not a folder: {config.run.reports}"


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
