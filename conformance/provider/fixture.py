"""The fixture: the practice, its people and its diary, read from fixtures/*.yaml once a process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from conformance.core.errors import InternalError
from conformance.core.resources import data_path
from conformance.core.yaml_loader import LOADER

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Practice:
    """The practice as the fixture has it; organisations, locations and practitioners by id."""

    ods: str
    asid: str
    paths: Mapping[str, str]
    organizations: Mapping[str, Facts]
    locations: Mapping[str, Facts]
    practitioners: Mapping[str, Facts]
    patients: tuple[Facts, ...]
    diary: Facts
    empty: tuple[int, int]
    pds: Mapping[str, Facts]

    @property
    def organization(self) -> Facts:
        """The practice itself."""
        return next(row for row in self.organizations.values() if row["ods"] == self.ods)


@cache
def load_practice(folder: Path | None = None) -> Practice:
    """Return the practice of a fixtures folder, the shipped one by default. InternalError when it cannot be read."""
    folder = folder or data_path("fixtures")
    practice, people, diary = (_read(folder / f"{name}.yaml") for name in ("practice", "patients", "diary"))
    return Practice(
        ods=practice["ods"],
        asid=practice["asid"],
        paths=practice["paths"],
        organizations=_by_id(practice["organizations"]),
        locations=_by_id(practice["locations"]),
        practitioners=_by_id(practice["practitioners"]),
        patients=(
            *people["patients"],
            *_records(people["regulars"], people["pool"]["digits"], "regular", "active"),
            *_records(people["leavers"], people["pool"]["digits"], "left", "left"),
        ),
        diary=diary,
        empty=(practice["empty_range"]["from"], practice["empty_range"]["to"]),
        pds={row["nhs"]: row for row in (*people["pds"], *_pool(people["pool"]))},
    )


def _pool(pool: Facts) -> list[Facts]:
    return [
        {
            "nhs": nhs,
            "name": {"family": pool["family"], "given": [pool["digits"][int(digit)] for digit in nhs[-4:]]},
            "gender": pool["gender"],
            "born": pool["born"],
            "state": "alive",
        }
        for nhs in pool["nhs"]
    ]


def _records(group: Facts, digits: Sequence[str], prefix: str, status: str) -> list[Facts]:
    """The practice's records of a group of people, in the shape of the other patients."""
    return [
        {
            "id": f"{prefix}-{nhs[-6:]}",
            "nhs": nhs,
            "name": {"family": group["family"], "given": [digits[int(digit)] for digit in nhs[-4:]]},
            "gender": group["gender"],
            "born": group["born"],
            "telecom": [],
            "address": [],
            "branch": "loc-main",
            "status": status,
        }
        for nhs in group["nhs"]
    ]


def _by_id(rows: list[Facts]) -> dict[str, Facts]:
    return {row["id"]: row for row in rows}


def _read(path: Path) -> Any:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a safe loader, dates as text
    except (OSError, yaml.YAMLError) as error:
        raise InternalError(f"the provider's fixture cannot be read: {path.name}: {error}") from error


class _Loader(LOADER):  # type: ignore[misc]
    """The safe loader, with dates left as the text they are."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
    for first, found in _Loader.yaml_implicit_resolvers.items()
}
