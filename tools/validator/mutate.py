"""Mutation test of the validator: one fault at a time, at every place it can have, in every sound example.

    python tools/validator/mutate.py EXAMPLES [--edition dstu2|stu3] [--kind NAME ...] [--misses N]

EXAMPLES holds folders `dstu2*` and `stu3`. Prints per kind how many mutants were told at the right place, and every miss.
Each mutant is tried in JSON and, where XML can have the fault, in XML. Exit code 1 when one was missed.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mutation_bundles
import mutation_form
import mutation_resources
import mutation_rules
import mutation_values
import mutation_xml
import sound_resources
from mutation_kinds import ABSENT, KINDS, Edit, Mutation, Surroundings
from mutation_places import Pointer, Walker

from conformance.cli.definitions import load_edition, open_definitions
from conformance.fhir.definitions.store import Definitions
from conformance.fhir.formats.json_positions import escape
from conformance.fhir.formats.json_reader import Document, read_json
from conformance.fhir.formats.xml import NotExpressible, read_xml, to_xml
from conformance.fhir.issues import Issue, Severity
from conformance.fhir.terminology.value_sets import OfflineTerminology
from conformance.fhir.validation.validator import Validator

WANTED = 1.0
REGISTERED = (
    mutation_form,
    mutation_resources,
    mutation_rules,
    mutation_values,
    mutation_bundles,
)  # each registers kinds
# Faults that only JSON can have: XML has no lists, no types of value, no nulls, and no member beside a primitive.
JSON_ONLY = frozenset([
    "list-for-single", "single-for-list", "empty-list", "list-in-list", "object-for-primitive", "primitive-for-object",
    "number-for-string", "string-for-boolean", "string-for-number", "null-value", "shadow-of-an-object",
    "shadow-of-another-length", "no-resource-type",
])  # fmt: skip


@dataclass(slots=True)
class Tally:
    """Mutants of one kind: how many there were, and those told in another place or not at all."""

    total: int = 0
    elsewhere: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def add(self, verdict: str, note: str) -> None:
        """Count a mutant; `note` names it where it was not told at the right place."""
        self.total += 1
        if verdict != "right":
            (self.elsewhere if verdict == "elsewhere" else self.missed).append(note)

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


def mutants(
    resource: dict[str, Any], walker: Walker, kinds: list[str], most: int
) -> Iterator[tuple[str, Mutation, Any]]:
    """Kind, mutation and mutant, for each place of the resource, `most` of each kind."""
    made: Counter[str] = Counter()
    near = Surroundings(resource, OfflineTerminology(walker.definitions), walker.definitions.has_structure)
    for place in walker.walk(resource):
        for name in kinds:
            for mutation in KINDS[name](place, near):
                made[name] += 1
                if made[name] > most:
                    break
                mutant: Any = resource
                for edit in mutation.edits:
                    mutant = edited(mutant, edit)
                yield name, mutation, mutant


def told(issues: list[Issue], mutation: Mutation) -> str:
    """`right`, `elsewhere` or `missed`."""
    found = [issue.pointer for issue in issues if _counts(issue, mutation)]
    exact = {shown(pointer) for pointer in mutation.where}
    below = tuple(shown(pointer) + "/" for pointer in mutation.where if pointer)
    if any(pointer in exact or pointer.startswith(below) for pointer in found):
        return "right"
    return "elsewhere" if found else "missed"


def _counts(issue: Issue, mutation: Mutation) -> bool:
    """True for an issue grave enough for the mutation."""
    if mutation.unchecked:
        return issue.kind == "not-checked"
    return issue.kind == "content" and issue.severity in (mutation.severity, Severity.ERROR)


def in_xml(mutant: Any, definitions: Definitions) -> Document | None:
    """The mutant by way of XML; None where XML has no such fault: it cannot be written, or reads as the sound resource."""
    try:
        return read_xml(to_xml(mutant, definitions), definitions)
    except (NotExpressible, AttributeError, TypeError):
        return None


def sound_ones(examples: Path, edition: str, validator: Validator) -> Iterator[tuple[str, Any]]:
    """Name and JSON form of our own sound resources, and of each example without errors."""
    for name, value in sound_resources.resources(validator.definitions.generation):
        wrong = [issue for issue in validator.validate(value) if issue.is_error]
        assert not wrong, f"{name} is not sound: {wrong[0]}"
        yield name, value
    for folder in sorted(examples.glob(f"{edition}*")):
        yield from sound(folder, validator.definitions, validator)


def sound(folder: Path, definitions: Definitions, validator: Validator) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each example of a folder without errors; one with lists and single values mixed up is put right first."""
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


def run(examples: Path, edition: str, kinds: list[str], tallies: dict[str, Tally], most: int = 10**9) -> int:
    """Mutate and validate our own sound resources of one edition and those among its examples; returns their number.

    At most `most` mutants of a kind of each resource.
    """
    validator = validator_of(edition)
    resources = list(sound_ones(examples, edition, validator))
    for name, resource in resources:
        try_all(name, resource, kinds, validator, tallies, most)
    return len(resources)


def validator_of(edition: str) -> Validator:
    """Return a validator by the definitions of an edition."""
    definitions = open_definitions(load_edition(edition))
    return Validator(definitions, terminology=OfflineTerminology(definitions))


def try_all(
    name: str, resource: Any, kinds: list[str], validator: Validator, tallies: dict[str, Tally], most: int
) -> None:
    """Mutate and validate one sound resource, at most `most` mutants of a kind; in XML as well where all kinds are tried."""
    for kind, mutation, mutant in mutants(resource, Walker(validator.definitions), kinds, most):
        _try(kind, mutation, mutant, f"{kind}: {name} {shown(mutation.where[0]) or '/'}", validator, tallies)
    if len(kinds) == len(KINDS):
        _run_xml(to_xml(resource, validator.definitions), name, validator, tallies, most)


def _try(
    kind: str, mutation: Mutation, mutant: Any, note: str, validator: Validator, tallies: dict[str, Tally]
) -> None:
    """One mutant in JSON, and in XML where that has the fault."""
    tallies.setdefault(kind, Tally()).add(told(validator.validate(mutant), mutation), note)
    document = None if kind in JSON_ONLY else in_xml(mutant, validator.definitions)
    if document is not None:
        verdict = told(validator.validate_document(document), mutation)
        tallies.setdefault(f"{kind} (XML)", Tally()).add(verdict, note)


def _run_xml(data: bytes, name: str, validator: Validator, tallies: dict[str, Tally], most: int) -> None:
    """The faults that only XML can have, told by path."""
    for kind, where, mutant in mutation_xml.mutants(data, most):
        issues = validator.validate_document(read_xml(mutant, validator.definitions))
        paths = [re.sub(r"\[\d+\]", "", issue.path) for issue in issues if issue.is_error]
        right = any(path == where or path.startswith(where + ".") for path in paths)
        verdict = "right" if right else "elsewhere" if paths else "missed"
        tallies.setdefault(f"xml-{kind}", Tally()).add(verdict, f"xml-{kind}: {name} {where}")


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
