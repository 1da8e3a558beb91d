"""What of the scenarios a run is of, as its options say it: read from pytest's options, turned into criteria."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from conformance.core.errors import UsageError
from conformance.engine.scenario import Case
from conformance.engine.selection import Criterion, select
from conformance.planning.packs import by_pack, load_pack, only_reading
from conformance.spec import Edition


@dataclass(frozen=True, slots=True)
class Wanted:
    """The options that choose scenarios, as given."""

    packs: tuple[str, ...] = ()
    read_only: bool = False

    @classmethod
    def of(cls, config: pytest.Config) -> Wanted:
        """Return what pytest's options say."""
        return cls(packs=tuple(config.getoption("--gpc-pack")), read_only=bool(config.getoption("--gpc-read-only")))

    @classmethod
    def of_settings(cls, settings: dict[str, str]) -> Wanted:
        """Return what the settings of an earlier run say of it."""
        return cls(tuple(settings.get("pack", "").split()), settings.get("read_only") == "yes")

    @property
    def arguments(self) -> list[str]:
        """The options of pytest that say the same."""
        packs = [part for name in self.packs for part in ("--gpc-pack", name)]
        return [*packs, *(["--gpc-read-only"] if self.read_only else [])]

    @property
    def settings(self) -> dict[str, str]:
        """What the report says of the choice; nothing where all is run."""
        packs = " ".join(name for name in self.packs if not load_pack(name).holds_all)
        return {**({"pack": packs} if packs else {}), **({"read_only": "yes"} if self.reads_only else {})}

    @property
    def reads_only(self) -> bool:
        """Whether nothing may be sent that might change something."""
        return self.read_only or (bool(self.packs) and all(load_pack(name).read_only for name in self.packs))

    def criteria(self, edition: Edition) -> list[Criterion]:
        """Return the criteria that the options stand for. UsageError for a value that means nothing."""
        return [*by_pack(self.packs, edition), *([only_reading(edition)] if self.read_only else [])]

    def check(self) -> None:
        """UsageError for a value that means nothing, before anything else is done."""
        for name in self.packs:
            load_pack(name)


def keep_chosen(items: Sequence[Any], case_of: Any, wanted: Wanted, edition: Edition) -> list[Any]:
    """Return those pytest items whose case is wanted; items without a case stay. UsageError where none is left."""
    criteria = wanted.criteria(edition)
    if not criteria:
        return list(items)
    cases: list[Case] = [case for item in items if (case := case_of(item))]
    chosen = {case.id for case in _selected(cases, criteria)}
    return [item for item in items if (case := case_of(item)) is None or case.id in chosen]


def _selected(cases: Sequence[Case], criteria: Sequence[Criterion]) -> Sequence[Case]:
    """What is chosen of cases that an expression has narrowed before, which may be none."""
    if not cases:
        return ()
    try:
        return select(cases, criteria)
    except UsageError as error:
        raise UsageError(f"{error.message} within this selection", fix=error.fix) from error
