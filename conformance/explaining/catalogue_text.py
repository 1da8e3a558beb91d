"""Requirements, error codes and contradictions of an edition, explained."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from conformance.engine.collection import collect
from conformance.engine.coverage import Coverage, coverage
from conformance.engine.expected_error import Outcome, Refusal
from conformance.engine.scenario import Case
from conformance.explaining.layout import Text
from conformance.spec import Edition, Requirement, editions, load
from conformance.spec.model import ErrorCode
from conformance.spec.pages import pages_of

_MOST = 12
BASIS = {
    "explicit": "the text states it",
    "stated": "the text states it",
    "derived": "it follows from the text",
    "example": "only an example shows it",
    "spreadsheet": "only the publishers' spreadsheet lists it",
}
"""What a requirement rests on, in words, by `basis`."""
_STATUS = {
    "verified": "Verified by scenarios",
    "excused": "No scenario verifies it",
    "elsewhere": "No scenario can verify it",
    "open": "Nothing verifies it",
}


def requirement_lines(text: Text, row: Requirement, edition: Edition) -> None:
    """Add a requirement with its level, its text and the pages that state it."""
    text.say(f"{row.id} ({row.level}; {BASIS[row.basis]}): {row.text}")
    for page in pages_of(row.source, edition):
        text.say(f"{page.section or page.name}: {page.url}", 2)


def explain_requirement(name: str, edition: Edition, *, full: bool = False) -> Text:
    """Return a requirement in words, with all scenarios where `full`. KeyError where the edition has none of that id."""
    row, text = edition.requirements[name], Text(full=full)
    text.title(f"{row.id}: a requirement of edition {edition.name}")
    text.say(row.text)
    breach = "a fail" if row.binding else "a warning"
    text.rows(
        [
            ("Level", f"{row.level}; {BASIS[row.basis]}, so a breach is {breach}"),
            ("Who must do it", f"the {row.actor}"),
        ]
    )
    for page in pages_of(row.source, edition):
        text.say(f"{page.section or page.name}: {page.url}")
    if row.notes:
        text.say(f"Note: {row.notes}")
    found = next(one for one in coverage(edition) if one.requirement.id == name)
    _verifying(text, found)
    for contradiction, said in edition.contradictions.items():
        if name in said.get("requirement_ids", ()):
            text.section("Where the specification contradicts itself")
            contradiction_paragraph(text, contradiction, edition)
    return text


def _verifying(text: Text, found: Coverage) -> None:
    text.section(_STATUS[found.status])
    if found.reason:
        text.say(found.reason)
    titles = {entry.case.id: entry.case.title for entry in collect()}
    if found.scenarios:
        first_rows(text, [(name, titles[name]) for name in found.scenarios])
        text.section("Run them")
        text.verbatim(f"gpconnect-assure run --config my.yaml --requirement {found.requirement.id}")


def contradiction_paragraph(text: Text, name: str, edition: Edition) -> None:
    """Add what a contradiction of the catalogue says, and what is accepted because of it."""
    row = edition.contradictions[name]
    text.say(f"{name}: {row['contradiction']} Accepted: {row['fair_outcome']}")


def explain_contradiction(name: str, edition: Edition, *, full: bool = False) -> Text:
    """Return a contradiction of the specification in words. KeyError where the edition has none of that id."""
    row, text = edition.contradictions[name], Text(full=full)
    text.title(f"{name}: pages of edition {edition.name} that contradict each other")
    text.say(str(row["contradiction"]))
    text.section("Pages")
    for where in row.get("where", ()):
        text.say(f"- {where}")
        for page in pages_of(str(where), edition):
            text.say(page.url, 2)
    text.section("What is accepted")
    text.say(str(row["fair_outcome"]))
    if row.get("requirement_ids"):
        text.section("Requirements that it touches")
        text.say(", ".join(row["requirement_ids"]))
    return text


def explain_error_code(name: str, edition: Edition, *, full: bool = False) -> Text:
    """Return an error code in words, with all scenarios where `full`. KeyError where the edition has none of that name."""
    row, text = edition.errors[name], Text(full=full)
    text.title(f"{name}: an error code of edition {edition.name}")
    text.rows([*_facts(row), ("Editions", ", ".join(known for known in editions() if name in load(known).errors))])
    text.section("Requirements that name it")
    naming = [one for one in edition.requirements.values() if re.search(rf"\b{name}\b", f"{one.text} {one.check}")]
    first_rows(text, [(one.id, one.text) for one in naming])
    text.section("Scenarios that expect it, and then others that verify these requirements")
    cases = [entry.case for entry in collect() if entry.case.runs_in(edition.name)]
    expecting = [case for case in cases if _expects(case, name, edition)]
    listed, ids = {case.id for case in expecting}, {one.id for one in naming}
    others = [case for case in cases if case.id not in listed and ids & set(case.requirement_ids(edition.name))]
    first_rows(text, [(case.id, case.title) for case in (*expecting, *others)])
    return text


def first_rows(text: Text, pairs: Sequence[tuple[str, str]]) -> None:
    """Add the first rows of a list, or all of a full text, and how many more there are; "none" for an empty one."""
    shown = pairs if text.full else pairs[:_MOST]
    text.rows(shown)
    if len(pairs) > len(shown):
        text.say(f"and {len(pairs) - len(shown)} more (--full lists them)")
    if not pairs:
        text.say("none")


def _facts(row: ErrorCode) -> list[tuple[str, str]]:
    facts = [
        ("HTTP status", str(row.status)),
        ("Means", row.display),
        ("Returned for", row.note),
        ("issue.code", " or ".join(row.issue_types)),
        ("Listed under", row.section),
    ]
    return [(name, value) for name, value in facts if value]


def _expects(case: Case, name: str, edition: Edition) -> bool:
    return any(name == Outcome.parse(text, edition).code for one in refusals(case, edition) for text in one.best)


def refusals(case: Case, edition: Edition) -> Iterator[Refusal]:
    """Yield the refusals that a scenario accepts in an edition, from its parameters."""
    return _within(case.pick(key, edition) for key in case.params)


def _within(values: Iterable[Any]) -> Iterator[Refusal]:
    for value in values:
        if isinstance(value, Refusal):
            yield value
        elif isinstance(value, Mapping):
            yield from _within(value.values())
