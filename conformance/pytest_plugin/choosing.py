"""What of the scenarios a run is of, as its options say it: read from pytest's options, turned into criteria."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from conformance.core.errors import UsageError
from conformance.engine.collection import collect
from conformance.engine.selection import Criterion, among, by_id, by_interaction, by_requirement, select
from conformance.engine.selection_options import OPTIONS, Choice
from conformance.planning.packs import by_pack, load_pack, only_reading
from conformance.planning.sharding import Shard, read_shard
from conformance.pytest_plugin.earlier_runs import cause_in, failed_in, last_run
from conformance.spec import Edition, load


@dataclass(frozen=True, slots=True)
class Wanted:
    """The options that choose scenarios, as given; `choice` are those of engine.selection_options, `shard` says which part of
    what they and -k choose.
    """

    packs: tuple[str, ...] = ()
    read_only: bool = False
    choice: Choice = field(default_factory=Choice)
    shard: Shard | None = None

    @classmethod
    def of(cls, config: pytest.Config) -> Wanted:
        """Return what pytest's options say."""
        choice = Choice.of({option.name: config.getoption(f"--gpc-{option.name}") for option in OPTIONS})
        packs, shard = tuple(config.getoption("--gpc-pack")), config.getoption("--gpc-shard")
        return cls(packs, bool(config.getoption("--gpc-read-only")), choice, read_shard(shard) if shard else None)

    @classmethod
    def of_settings(cls, settings: Mapping[str, str]) -> Wanted:
        """Return what the settings of an earlier run say of it."""
        _, choice = from_words(settings.get("selection", ""))
        shard = settings.get("shard", "")
        packs = tuple(settings.get("pack", "").split())
        return cls(packs, settings.get("read_only") == "yes", choice, read_shard(shard) if shard else None)

    @property
    def arguments(self) -> list[str]:
        """The options of pytest that say the same."""
        packs = [part for name in self.packs for part in ("--gpc-pack", name)]
        shard = ["--gpc-shard", str(self.shard)] if self.shard else []
        return [*packs, *(["--gpc-read-only"] if self.read_only else []), *shard, *self.choice.words("--gpc-")]

    @property
    def settings(self) -> dict[str, str]:
        """What the report says of packs, of a run that only reads, and of a shard; nothing where all is run."""
        packs = " ".join(name for name in self.packs if not load_pack(name).holds_all)
        found = {"pack": packs, "read_only": "yes" if self.reads_only else "", "shard": str(self.shard or "")}
        return {name: value for name, value in found.items() if value}

    @property
    def reads_only(self) -> bool:
        """Whether nothing may be sent that might change something."""
        return self.read_only or (bool(self.packs) and all(load_pack(name).read_only for name in self.packs))

    def criteria(self, edition: Edition, reports: Path | None = None) -> list[Criterion]:
        """Return the criteria that the options stand for; `reports` is the folder in which the last run is looked for.

        Raises UsageError for a value that means nothing, and for an earlier run that cannot be used.
        """
        packs = by_pack(self.packs, edition)
        reading = [only_reading(edition)] if self.read_only else []
        return [*packs, *reading, *_criteria(self.choice, edition, reports)]

    def check(self) -> None:
        """UsageError for a value that means nothing, before anything else is done."""
        for name in self.packs:
            load_pack(name)


def chosen_ids(wanted: Wanted, names: Iterable[str], *, reports: Path | None = None) -> dict[str, frozenset[str]]:
    """Return the ids that the options choose by edition; `reports` as for `Wanted.criteria`.

    Raises UsageError where they choose none in any of the editions.
    """
    found: dict[str, frozenset[str]] = {}
    errors: list[UsageError] = []
    for name in names:
        try:
            found[name] = _chosen(wanted, load(name), reports)
        except UsageError as error:
            found[name] = frozenset()
            errors.append(error)
    if errors and not any(found.values()):
        raise errors[0]
    return found


def _chosen(wanted: Wanted, edition: Edition, reports: Path | None) -> frozenset[str]:
    cases = [entry.case for entry in collect() if entry.case.runs_in(edition.name)]
    return frozenset(case.id for case in select(cases, wanted.criteria(edition, reports)))


def _criteria(choice: Choice, edition: Edition, reports: Path | None) -> Iterator[Criterion]:
    yield from by_id(choice["id"], edition)
    yield from by_interaction(choice["interaction"], edition)
    yield from by_requirement(choice["requirement"], edition)
    for run in choice["failed-from"]:
        yield among("--failed-from", run, failed_in(Path(run), edition))
    for name in choice["cause"]:
        yield _cause(name, choice, edition, reports)


def _cause(name: str, choice: Choice, edition: Edition, reports: Path | None) -> Criterion:
    """A cause is one of a run: of that of --of, else the last. Those it kept from being tested are run, too."""
    runs = [Path(run) for run in choice["of"]] or [last_run(reports or Path("reports"), edition)]
    cause, _ = cause_in(runs[-1], name, edition)
    return among("--cause", name, {*cause.scenarios, *cause.untested})


# -- a selection in words, as a run's settings have it -----------------------------------------------------------------


def in_words(keyword: str, choice: Choice) -> str:
    """Return a selection as text: the -k expression alone, or all options as on a command line; "" for all scenarios."""
    if not choice:
        return keyword
    return shlex.join([*choice.words(), *(["-k", keyword] if keyword else [])])


def from_words(text: str) -> tuple[str, Choice]:
    """Return the -k expression and the options of a selection that `in_words` wrote."""
    if not text.startswith("--"):
        return text, Choice()
    words = shlex.split(text)
    keyword = words[-1] if words[-2] == "-k" else ""
    return keyword, Choice.read(words[:-2] if keyword else words)
