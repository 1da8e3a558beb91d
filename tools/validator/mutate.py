"""Mutation test of the validator: one fault at a time, at every place it can have, in every sound example.

    python tools/validator/mutate.py EXAMPLES [--edition dstu2|stu3] [--kind NAME ...] [--misses N]

EXAMPLES holds folders `dstu2*` and `stu3`. Prints per kind how many mutants were told at the right place, and every miss.
Exit code 1 when fewer than 99 in 100 are.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mutation_form
import mutation_resources
import mutation_rules
from mutation_kinds import ABSENT, KINDS, Edit, Mutation, Surroundings
from mutation_places import Pointer, Walker

from conformance.cli.definitions import load_edition, open_definitions
from conformance.fhir.definitions.store import Definitions
from conformance.fhir.formats.json_positions import escape
from conformance.fhir.formats.json_reader import read_json
from conformance.fhir.formats.xml import read_xml
from conformance.fhir.issues import Issue, Severity
from conformance.fhir.terminology.value_sets import OfflineTerminology
from conformance.fhir.validation.validator import Validator

WANTED = 0.99
REGISTERED = (mutation_form, mutation_resources, mutation_rules)  # imported for the kinds they register


@dataclass(slots=True)
class Tally:
    """Mutants of one kind: how many there were, and those told in another place or not at all."""

    total: int = 0
    elsewhere: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    @property
    def right(self) -> int:
        return self.total - len(self.elsewhere) - len(self.missed)


def shown(pointer: Pointer) -> str:
    """A pointer as text."""
    return "".join("/" + escape(part) for part in pointer)


def edited(value: Any, edit: Edit) -> Any:
    """The value with one edit made; what the edit does not touch is shared."""
    pointer, new = edit
    if not pointer:
        return new
    head, rest = pointer[0], pointer[1:]
    if isinstance(value, list):
        assert isinstance(head, int)
        if not rest and new is ABSENT:
            return value[:head] + value[head + 1 :]
        return [edited(item, (rest, new)) if index == head else item for index, item in enumerate(value)]
    if not rest and new is ABSENT:
        return {key: item for key, item in value.items() if key != head}
    return {**value, head: edited(value.get(head, {}), (rest, new))}


def mutants(resource: dict[str, Any], walker: Walker, kinds: list[str]) -> Iterator[tuple[str, Mutation, Any]]:
    """Kind, mutation and mutant, for each place of the resource."""
    near = Surroundings(resource, OfflineTerminology(walker.definitions))
    for place in walker.walk(resource):
        for name in kinds:
            for mutation in KINDS[name](place, near):
                mutant: Any = resource
                for edit in mutation.edits:
                    mutant = edited(mutant, edit)
                yield name, mutation, mutant


def told(issues: list[Issue], mutation: Mutation) -> str:
    """`right`, `elsewhere` or `missed`."""
    graves = (mutation.severity, Severity.ERROR)
    found = [issue.pointer for issue in issues if issue.kind == "content" and issue.severity in graves]
    exact = {shown(pointer) for pointer in mutation.where}
    below = tuple(shown(pointer) + "/" for pointer in mutation.where if pointer)
    if any(pointer in exact or pointer.startswith(below) for pointer in found):
        return "right"
    return "elsewhere" if found else "missed"


def sound(folder: Path, definitions: Definitions, validator: Validator) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and JSON form of each example without errors; one with lists and single values mixed up is put right first."""
    for path in sorted(folder.iterdir()):
        data = path.read_bytes()
        document = read_xml(data, definitions) if path.suffix == ".xml" else read_json(data)
        value = document.value
        if any(issue.is_error for issue in document.problems) or not isinstance(value, dict):
            continue
        for issue in validator.validate(value):
            if issue.code in ("list-expected", "list-unexpected"):
                value = _mended(value, issue)
        if not any(issue.is_error for issue in validator.validate(value)):
            yield f"{folder.name}/{path.name}", value


def _mended(value: Any, issue: Issue) -> Any:
    parts = tuple(int(part) if part.isdecimal() else part for part in issue.pointer.split("/")[1:])
    old = value
    for part in parts:
        old = old[part]
    return edited(value, (parts, [old] if issue.code == "list-expected" else old[0]))


def run(examples: Path, edition: str, kinds: list[str], tallies: dict[str, Tally]) -> int:
    """Mutate and validate the examples of one edition; returns how many sound examples there were."""
    definitions = open_definitions(load_edition(edition))
    validator = Validator(definitions, terminology=OfflineTerminology(definitions))
    walker = Walker(definitions)
    count = 0
    for folder in sorted(examples.glob(f"{edition}*")):
        for name, resource in sound(folder, definitions, validator):
            count += 1
            for kind, mutation, mutant in mutants(resource, walker, kinds):
                tally = tallies.setdefault(kind, Tally())
                tally.total += 1
                verdict = told(validator.validate(mutant), mutation)
                if verdict != "right":
                    note = f"{kind}: {name} {shown(mutation.where[0]) or '/'}"
                    (tally.elsewhere if verdict == "elsewhere" else tally.missed).append(note)
    return count


def report(tallies: dict[str, Tally], most: int) -> float:
    """Print the table and the misses; returns the share told at the right place."""
    total: Counter[str] = Counter()
    for kind, tally in sorted(tallies.items()):
        total.update(total=tally.total, right=tally.right)
        print(f"{kind:38} {tally.right:5} of {tally.total:5}" + ("" if tally.right == tally.total else "  <--"))
    for tally in tallies.values():
        for what, notes in (("missed", tally.missed), ("elsewhere", tally.elsewhere)):
            for note in notes[:most]:
                print(f"{what}: {note}")
            if len(notes) > most:
                print(f"{what}: and {len(notes) - most} more of the kind")
    share = total["right"] / max(total["total"], 1)
    print(f"{len(tallies)} kinds, {total['total']} mutants, {total['right']} told at the right place: {share:.2%}")
    return share


def main() -> int:
    parser = argparse.ArgumentParser(description="Mutation test of the validator.")
    parser.add_argument("examples", type=Path)
    parser.add_argument("--edition", action="append", choices=["dstu2", "stu3"])
    parser.add_argument("--kind", action="append", choices=sorted(KINDS))
    parser.add_argument("--misses", type=int, default=10**6, help="list at most so many misses a kind")
    chosen = parser.parse_args()
    tallies: dict[str, Tally] = {}
    for edition in chosen.edition or ("dstu2", "stu3"):
        count = run(chosen.examples, edition, chosen.kind or sorted(KINDS), tallies)
        print(f"{edition}: {count} sound examples, 0 errors in them")
    return 0 if report(tallies, chosen.misses) >= WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
