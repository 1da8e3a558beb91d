"""The configuration for the bundled provider: config.example.yaml, with what a started provider settles."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import yaml

from conformance.config.loading import load_config
from conformance.config.model import Config, Patient, Registration
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
    data = load_config(data_path("config.example.yaml")).data
    text = ((fixtures or data_path("fixtures")) / "patients.yaml").read_text(encoding="utf-8")
    found: Mapping[str, Any] = yaml.load(text, Loader=LOADER)  # noqa: S506 - a safe loader
    known = {person.nhs_number for person in data.registrations}
    more = (one for one in _pool(found) if one.nhs_number not in known)
    spare = (Patient(str(number), roles=("spare",)) for number in found["regulars"]["nhs"])
    return {
        "data.registrations": _rows(*data.registrations, *more),
        "data.patients": _rows(*data.patients, *spare),
    }


def _rows(*people: Registration | Patient) -> str:
    return json.dumps([{key: value for key, value in asdict(person).items() if value} for person in people])


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
