"""Pages of an edition that belong to no single interaction: requirements, error codes, contradictions, faults, variants."""

from __future__ import annotations

from collections import Counter

from conformance.engine.collection import collect
from conformance.engine.coverage import coverage
from conformance.provider.faults import catalogue as all_faults
from conformance.provider.variants import catalogue as all_variants
from conformance.spec import Edition, Requirement
from conformance.spec.pages import pages_of
from tools.docs.markdown import code, page, plain, table


def requirements_page(edition: Edition) -> str:
    """Return the matrix of requirements: what verifies each one, or why nothing does."""
    rows = [
        (
            code(one.requirement.id),
            one.requirement.level,
            one.requirement.actor,
            plain(one.requirement.text),
            _sources(one.requirement, edition),
            f"{len(one.scenarios)} scenarios" if one.scenarios else plain(one.reason),
        )
        for one in coverage(edition)
    ]
    return page(
        f"Requirements ({edition.name})",
        "What the specification demands, in our own words, with the pages that state it. `explain ID` shows one whole.",
        table(["Id", "Level", "Who", "What it demands", "Source", "Verified by"], rows),
    )


def _sources(requirement: Requirement, edition: Edition) -> str:
    found = pages_of(requirement.source, edition)
    return ", ".join(f"[{plain(one.section or one.name)}]({one.url})" for one in found)


def error_codes_page(edition: Edition) -> str:
    """Return the error codes of an edition."""
    rows = [
        (code(row.code), str(row.status), ", ".join(map(code, row.issue_types)), plain(row.display), plain(row.note))
        for row in edition.errors.values()
    ]
    return page(
        f"Error codes ({edition.name})",
        "`explain CODE` lists the requirements that name a code and the scenarios that expect it.",
        table(["Code", "HTTP status", "issue.code", "Display", "Returned for"], rows),
    )


def contradictions_page(edition: Edition) -> str:
    """Return where the pages of an edition contradict each other, and what is accepted there."""
    rows = [
        (
            code(name),
            "; ".join(map(plain, row.get("where", ()))),
            plain(row["contradiction"]),
            plain(row["fair_outcome"]),
        )
        for name, row in edition.contradictions.items()
    ]
    return page(
        f"Contradictions of the specification ({edition.name})",
        "Where pages contradict each other, each fair reading is accepted, and the scenario says so.",
        table(["Id", "Where", "What contradicts itself", "What is accepted"], rows),
    )


def faults_page(edition: Edition) -> str:
    """Return the faults of the bundled provider, with the scenarios that name each."""
    naming = Counter(
        name for entry in collect() if entry.case.runs_in(edition.name) for name in entry.case.fault_ids(edition.name)
    )
    rows = [
        (code(fault.id), plain(f"The provider {fault.about}."), str(naming[fault.id]))
        for fault in all_faults().values()
        if fault.exists_in(edition)
    ]
    return page(
        f"Faults of the bundled provider ({edition.name})",
        f"`gpconnect-assure provider --edition {edition.name} --fault ID` serves the bundled provider with a fault. "
        "Each fault must be seen by the scenarios that name it; `prove` shows it.",
        table(["Fault", "In what way it is wrong", "Scenarios that name it"], rows),
    )


def variants_page(edition: Edition) -> str:
    """Return the variants of the bundled provider, with what allows each."""
    rows = [
        (code(variant.id), plain(f"{variant.title}."), plain(variant.allowed))
        for variant in all_variants().values()
        if variant.exists_in(edition)
    ]
    return page(
        f"Variants of the bundled provider ({edition.name})",
        "A variant is a way to be different and right. No scenario may fail on one; `prove` shows it.",
        table(["Variant", "In what way it differs", "What allows it"], rows),
    )
