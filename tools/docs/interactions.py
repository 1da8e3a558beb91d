"""A page for each interaction: how it is requested, its requirements, its scenarios and the refusals that they accept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from conformance.engine.collection import collect
from conformance.engine.coverage import coverage
from conformance.engine.expected_error import Outcome
from conformance.engine.scenario import Case, weigh
from conformance.explaining.catalogue_text import refusals
from conformance.spec import Edition
from conformance.spec.model import Interaction
from tools.docs.markdown import code, page, plain, table


def interaction_pages(edition: Edition) -> Iterator[tuple[str, str]]:
    """Yield the name of a page and its text, in the order of the edition's interactions."""
    for interaction in edition.interactions.values():
        yield f"interaction-{interaction.short}", _page(interaction, edition)


def _page(interaction: Interaction, edition: Edition) -> str:
    cases = [entry.case for entry in collect() if entry.case.interaction == interaction.key]
    cases = [case for case in cases if case.runs_in(edition.name)]
    return page(
        f"{interaction.title} ({edition.name})",
        _request(interaction),
        "## Requirements",
        _requirements(cases, edition),
        "## Scenarios",
        _scenarios(cases, edition),
        *_contradictions(cases, edition),
    )


def _request(interaction: Interaction) -> str:
    rows = [
        ("Request", code(f"{interaction.method} {interaction.path}")),
        ("Interaction id", code(interaction.interaction_id)),
        ("Scope of the token", code(interaction.scope)),
        ("Response", f"{interaction.success} with {interaction.response}"),
        ("Run it alone", code(f"gpconnect-assure run --config my.yaml --interaction {interaction.short}")),
    ]
    return table(["Part", "Value"], rows)


def _requirements(cases: Iterable[Case], edition: Edition) -> str:
    named = {name for case in cases for name in case.requirement_ids(edition.name)}
    rows = [
        (code(one.requirement.id), one.requirement.level, plain(one.requirement.text), str(len(one.scenarios)))
        for one in coverage(edition)
        if one.requirement.id in named
    ]
    return table(["Requirement", "Level", "What it demands", "Scenarios"], rows)


def _scenarios(cases: Iterable[Case], edition: Edition) -> str:
    rows = [
        (code(case.id), plain(case.title), "fail" if weigh(case, edition).binding else "warn", _refusals(case, edition))
        for case in cases
    ]
    return table(["Scenario", "What it expects", "A breach is", "Accepted refusals"], rows)


def _refusals(case: Case, edition: Edition) -> str:
    found = list(refusals(case, edition))
    best = [text for refusal in found for text in refusal.best]
    also = [text for refusal in found for text in (*refusal.also, *refusal.tolerated)]
    shown = ", ".join(dict.fromkeys(_shown(text, edition) for text in best))
    others = ", ".join(dict.fromkeys(_shown(text, edition) for text in also))
    return f"{shown}; also {others}" if others else shown


def _shown(text: str, edition: Edition) -> str:
    outcome = Outcome.parse(text, edition)
    return code(outcome) if outcome.code else code(outcome.status)


def _contradictions(cases: Iterable[Case], edition: Edition) -> Iterator[str]:
    noted = {word for case in cases for word in case.noted.split() if word in edition.contradictions}
    if noted:
        yield "## Known contradictions of the specification"
        rows = [edition.contradictions[name] for name in edition.contradictions if name in noted]
        yield table(
            ["Id", "What contradicts itself", "What is accepted"],
            [(code(row["id"]), plain(row["contradiction"]), plain(row["fair_outcome"])) for row in rows],
        )
