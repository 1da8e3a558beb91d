"""The configuration for the bundled provider: config.example.yaml, with what a started provider settles."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import yaml

from conformance.config.loading import load_config
from conformance.config.model import Config, Registration
from conformance.core.resources import data_path
from conformance.core.yaml_loader import LOADER


def bundled_config(
    edition: str,
    base_url: str,
    reports: Path,
    *,
    fixtures: Path | None = None,
    overrides: Mapping[str, str] | None = None,
) -> Config:
    """Return the configuration for a bundled provider that serves `edition` at `base_url`, reporting into `reports`.

    `fixtures` is the folder of its people (default: those shipped), all of whom may be registered: the example names a
    few. `overrides` as for load_config.
    """
    given = {"edition": edition, "provider.base_url": base_url, **people(fixtures), **(overrides or {})}
    config = load_config(data_path("config.example.yaml"), overrides=given)
    return replace(config, run=replace(config.run, reports=reports.absolute()))


def people(fixtures: Path | None = None) -> dict[str, str]:
    """Return the overrides of the example that name all patients of the bundled provider and all who may be registered."""
    data = _read(data_path("config.example.yaml"))["data"]
    found = _read((fixtures or data_path("fixtures")) / "patients.yaml")
    registrations, patients = _rows(data["registrations"]), _rows(data["patients"])
    known = {row["nhs_number"] for row in registrations}
    more = [row for row in _rows(map(asdict, _pool(found))) if row["nhs_number"] not in known]
    spare = [{"nhs_number": str(number), "roles": ["spare"]} for number in found["regulars"]["nhs"]]
    return {
        "data.registrations": json.dumps([*registrations, *more]),
        "data.patients": json.dumps([*patients, *spare]),
    }


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)  # noqa: S506 - a safe loader
    return found


def _rows(people: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """People as the configuration has them: what is given, a number or a date as text."""
    return [
        {key: value if isinstance(value, (list, bool)) else str(value) for key, value in person.items() if value}
        for person in people
    ]


def _pool(people: Mapping[str, Any]) -> Iterator[Registration]:
    """The people of patients.yaml who can be registered: those who have left and those whom only PDS knows."""
    digits = people["pool"]["digits"]
    for name, inactive in (("leavers", True), ("pool", False)):
        group = people[name]
        for nhs_number in group["nhs"]:
            given = digits[int(nhs_number[-4])]
            yield Registration(
                str(nhs_number), group["family"], given, str(group["born"]), group["gender"], inactive=inactive
            )
