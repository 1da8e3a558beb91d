"""The edition's requirements as the reports show them."""

from __future__ import annotations

from conformance.reporting.overview import RequirementText
from conformance.spec.model import Edition
from conformance.spec.pages import pages_of


def requirement_texts(edition: Edition) -> dict[str, RequirementText]:
    """Return what the reports say of each requirement of an edition, by id."""
    return {
        name: RequirementText(row.level, row.text, row.source, row.actor, row.testable, _address(row.source, edition))
        for name, row in edition.requirements.items()
    }


def _address(source: str, edition: Edition) -> str:
    return next((page.url for page in pages_of(source, edition)), "")
