"""The configuration for the bundled provider: config.example.yaml, with what a started provider settles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from conformance.config.loading import load_config
from conformance.config.model import Config, Registration
from conformance.core.resources import data_path


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
    given = {"edition": edition, "provider.base_url": base_url, **(overrides or {})}
    config = load_config(data_path("config.example.yaml"), overrides=given)
    named = {person.nhs_number for person in config.data.registrations}
    more = (person for person in _pool(fixtures or data_path("fixtures")) if person.nhs_number not in named)
    data = replace(config.data, registrations=(*config.data.registrations, *more))
    return replace(config, data=data, run=replace(config.run, reports=reports.absolute()))


def _pool(fixtures: Path) -> Iterator[Registration]:
    """The people of patients.yaml who can be registered: those who have left and those whom only PDS knows."""
    people: Mapping[str, Any] = yaml.safe_load((fixtures / "patients.yaml").read_text(encoding="utf-8"))
    digits = people["pool"]["digits"]
    for name, inactive in (("leavers", True), ("pool", False)):
        group = people[name]
        for nhs_number in group["nhs"]:
            given = digits[int(nhs_number[-4])]
            yield Registration(
                str(nhs_number), group["family"], given, str(group["born"]), group["gender"], inactive=inactive
            )
