"""Packs: named choices of scenarios, each a YAML file of patterns of scenario ids. `full` holds all there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from conformance.core.errors import InternalError, UsageError
from conformance.core.near_names import did_you_mean
from conformance.engine.scenario import Case
from conformance.engine.selection import Criterion
from conformance.planning.cost import writes
from conformance.planning.facts import read_facts
from conformance.spec import Edition

_FOLDER = Path(__file__).with_name("packs")


@dataclass(frozen=True, slots=True)
class Pack:
    """A choice of scenarios: those that a pattern of `scenarios` matches and none of `without` does.

    `read_only` leaves out what sends anything that might change something.
    """

    name: str
    about: str
    scenarios: tuple[str, ...]
    without: tuple[str, ...] = ()
    read_only: bool = False

    @property
    def holds_all(self) -> bool:
        """Whether the pack leaves nothing out."""
        return self.scenarios == ("*",) and not self.without and not self.read_only

    def takes(self, case: Case) -> bool:
        """Return whether the pack holds a case."""
        return _any(self.scenarios, case.id) and not _any(self.without, case.id)


def _any(patterns: Sequence[str], name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def pack_names() -> list[str]:
    """Return the names of the packs, the smallest first."""
    packs = [load_pack(path.stem) for path in _FOLDER.glob("*.yaml")]
    return [pack.name for pack in sorted(packs, key=lambda pack: (pack.holds_all, len(pack.scenarios)))]


@cache
def load_pack(name: str) -> Pack:
    """Return a pack by name. UsageError, with names that are near, where there is none."""
    path = _FOLDER / f"{name}.yaml"
    if not name.isidentifier() or not path.is_file():
        known = sorted(one.stem for one in _FOLDER.glob("*.yaml"))
        raise UsageError(f"there is no pack {name}", fix=did_you_mean(name, known) or f"Packs: {', '.join(known)}.")
    data: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    try:
        return Pack(name, scenarios=tuple(data.pop("scenarios")), without=tuple(data.pop("without", ())), **data)
    except (TypeError, KeyError) as error:
        raise InternalError(f"the pack {path} cannot be used: {error}") from error


def by_pack(names: Sequence[str], edition: Edition) -> list[Criterion]:
    """Return criteria by pack. UsageError for a name that is no pack's."""
    facts = read_facts(edition)

    def criterion(pack: Pack) -> Criterion:
        return Criterion(
            "--pack", pack.name, lambda case: pack.takes(case) and not (pack.read_only and writes(case, facts))
        )

    return [criterion(load_pack(name)) for name in names]


def only_reading(edition: Edition) -> Criterion:
    """Return the criterion that takes the scenarios that send nothing but what reads."""
    facts = read_facts(edition)
    return Criterion("--read-only", "", lambda case: not writes(case, facts))
