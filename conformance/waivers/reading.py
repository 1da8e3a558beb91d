"""A file of waivers: YAML, checked against waivers.schema.json and against the ids that there are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from conformance.config.violations import Problem, schema_problems
from conformance.config.yaml_files import message, tree_of
from conformance.config.yamltree import Tree
from conformance.core.errors import UsageError
from conformance.core.near_names import did_you_mean
from conformance.core.waivers import Waiver

KINDS = ("cause", "scenario", "requirement")
_WHAT = "waivers"
_FIX = (
    "A file of waivers has a list `waivers`; each names one of cause, scenario and requirement, and has reason, owner, ticket "
    "and expires (a date)."
)


@dataclass(frozen=True, slots=True)
class Known:
    """The ids of scenarios and of requirements of each edition, by its name."""

    scenarios: Mapping[str, frozenset[str]]
    requirements: Mapping[str, frozenset[str]]

    def of(self, kind: str, edition: str = "") -> frozenset[str]:
        """Return the ids of a kind in an edition, in all of them for ""."""
        table = self.scenarios if kind == "scenario" else self.requirements
        return table.get(edition, frozenset()) if edition else frozenset().union(*table.values())


@cache
def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a file of waivers."""
    text = files("conformance.waivers").joinpath("waivers.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def read_waivers(path: Path, edition: str, known: Known) -> tuple[Waiver, ...]:
    """Return the waivers of a file that are for an edition: those that name another, or an id of another, are left out.

    Raises UsageError that names each problem of the file with its line.
    """
    tree = tree_of(path, _WHAT, schema(), fix=_FIX)
    problems: list[Problem] = [*tree.problems, *schema_problems(tree.value, schema())]
    if not problems:
        problems = list(_problems(tree, known))
    if problems:
        raise UsageError(message(path, _WHAT, tree, problems), fix=_FIX)
    waivers = (_waiver(row) for row in tree.value["waivers"])
    return tuple(waiver for waiver in waivers if _is_for(waiver, edition, known))


def _problems(tree: Tree, known: Known) -> Iterator[Problem]:
    """What a schema cannot say: one id each, which exists, and which no other waiver names."""
    first: dict[tuple[str, str, str], int] = {}
    for number, row in enumerate(tree.value["waivers"]):
        here = ("waivers", number)
        named = [kind for kind in KINDS if kind in row]
        if len(named) != 1:
            yield here, f"names {' and '.join(named) or 'nothing'}; it has to name one of {', '.join(KINDS)}"
            continue
        (kind,) = named
        yield from (((*here, *where), said) for where, said in _unknown(row, kind, known))
        key = (kind, row[kind].casefold(), row.get("edition", ""))
        if key in first:
            yield (*here, kind), f"{row[kind]} is waived twice, first on line {first[key]}"
        first.setdefault(key, tree.line((*here, kind)))


def _unknown(row: Mapping[str, str], kind: str, known: Known) -> Iterator[Problem]:
    edition = row.get("edition", "")
    if edition and edition not in known.scenarios:
        yield ("edition",), f"there is no edition {edition}; there are {', '.join(known.scenarios)}"
    elif kind != "cause" and row[kind] not in (ids := known.of(kind, edition)):
        of = f" of {edition}" if edition else ""
        yield (kind,), f"there is no {kind} {row[kind]}{of}. {did_you_mean(row[kind], ids)}".rstrip()


def _waiver(row: Mapping[str, str]) -> Waiver:
    (kind,) = (kind for kind in KINDS if kind in row)
    target = f"C-{row[kind][2:]}" if kind == "cause" else row[kind]
    texts = {name: " ".join(row[name].split()) for name in ("reason", "owner", "ticket")}
    return Waiver(kind, target, expires=date.fromisoformat(row["expires"]), edition=row.get("edition", ""), **texts)


def _is_for(waiver: Waiver, edition: str, known: Known) -> bool:
    if waiver.edition:
        return waiver.edition == edition
    return waiver.kind == "cause" or waiver.target in known.of(waiver.kind, edition)
