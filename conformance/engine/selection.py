"""Which scenarios a run is of: cases and criteria in, cases out. Nothing is read or written here.

Criteria of one option are alternatives (`--id a.* --id b.*` takes both); those of different options narrow each other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from conformance.core.errors import UsageError
from conformance.core.near_names import did_you_mean
from conformance.engine.scenario import Case
from conformance.spec import Edition, editions

_NODE_ID = re.compile(r".*::.*\[([^\]]+)\]$")
_GLOB = frozenset("*?[")
_FIX = "`gpconnect-assure scenarios` lists them."


@dataclass(frozen=True, slots=True)
class Criterion:
    """One value of one option: `takes` says of a case whether it is meant.

    `option` is the option as a person writes it ("--id") and groups alternatives. `hint` says what to do where no case is
    meant: usually the names that are nearly the value.
    """

    option: str
    value: str
    takes: Callable[[Case], bool]
    hint: Callable[[], str] = lambda: ""


def select(cases: Sequence[Case], criteria: Iterable[Criterion]) -> tuple[Case, ...]:
    """Return the cases that every option's criteria take, in their order; all of them where there are no criteria.

    Raises UsageError for a criterion that takes none of the cases, and for criteria that together leave none.
    """
    groups: dict[str, list[Criterion]] = {}
    for criterion in criteria:
        if not any(criterion.takes(case) for case in cases):
            raise _takes_none(criterion)
        groups.setdefault(criterion.option, []).append(criterion)
    taken = tuple(case for case in cases if all(any(one.takes(case) for one in group) for group in groups.values()))
    if groups and not taken:
        said = ", ".join(f"{one.option} {one.value}" for group in groups.values() for one in group)
        raise UsageError(f"no scenario matches all of {said}", fix="Leave one of them out.")
    return taken


def by_id(globs: Iterable[str], edition: Edition) -> list[Criterion]:
    """Return criteria by scenario id: "book.taken", or a pattern such as "book.without-*"; case counts.

    A node id of pytest, and an id with the edition before it ("stu3:book.taken"), are taken, too.
    """

    def criterion(value: str) -> Criterion:
        before, wanted = plain_id(value)
        if before and before not in edition.lineage:
            raise UsageError(f"--id {value} is of edition {before}, and the run is of {edition.name}")
        return Criterion("--id", value, lambda case: matches(case.id, wanted), lambda: _other_ids(wanted, edition))

    return [criterion(value) for value in globs]


def plain_id(text: str) -> tuple[str, str]:
    """Return the edition ("" for none) and the scenario id of an id, of "stu3:book.taken", or of a node id of pytest."""
    node = _NODE_ID.match(text)
    name = node[1] if node else text
    before, colon, rest = name.partition(":")
    return (before, rest) if colon and before in editions() else ("", name)


def by_interaction(globs: Iterable[str], edition: Edition) -> list[Criterion]:
    """Return criteria by interaction: its short name ("book", "patient-find"), its key, or a pattern of either."""

    def criterion(value: str) -> Criterion:
        return Criterion(
            "--interaction", value, takes(value), lambda: did_you_mean(value, [one.short for one in known])
        )

    def takes(value: str) -> Callable[[Case], bool]:
        keys = frozenset(one.key for one in known if matches(one.short, value) or matches(one.key, value))
        return lambda case: case.interaction in keys

    known = tuple(edition.interactions.values())
    return [criterion(value) for value in globs]


def by_requirement(globs: Iterable[str], edition: Edition) -> list[Criterion]:
    """Return criteria by requirement that a scenario verifies: "STU3-BOOK-012", or a pattern such as "STU3-BOOK-*"."""

    def criterion(value: str) -> Criterion:
        def takes(case: Case) -> bool:
            return any(matches(name, value.upper()) for name in case.requirement_ids(edition.name))

        return Criterion("--requirement", value, takes, lambda: _other_requirements(value.upper(), edition))

    return [criterion(value) for value in globs]


def among(option: str, value: str, ids: Collection[str]) -> Criterion:
    """Return a criterion that takes the scenarios of the given ids, such as those that failed in an earlier run."""
    wanted = frozenset(ids)
    return Criterion(option, value, lambda case: case.id in wanted)


def matches(name: str, pattern: str) -> bool:
    """Whether a name is a pattern's, with * and ? and [] as in a shell, or the same where there is none of them."""
    return fnmatchcase(name, pattern) if _GLOB & set(pattern) else name == pattern


def _other_ids(value: str, edition: Edition) -> str:
    from conformance.engine.collection import collect

    everywhere = {entry.case.id: entry.case for entry in collect()}
    if value in everywhere:
        where = [name for name in editions() if everywhere[value].runs_in(name)]
        return f"It is a scenario of {' and '.join(where)} only."
    return did_you_mean(value, (name for name, case in everywhere.items() if case.runs_in(edition.name)))


def _other_requirements(value: str, edition: Edition) -> str:
    if value in edition.requirements:
        return f"`gpconnect-assure explain {value}` says why no scenario verifies it."
    return did_you_mean(value, edition.requirements)


def _takes_none(criterion: Criterion) -> UsageError:
    message = f"no scenario of this edition matches {criterion.option} {criterion.value}"
    return UsageError(message, fix=f"{criterion.hint()} {_FIX}".strip())
