"""What an edition says, as immutable values. The data lie in spec/data/<edition>/."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

Generation = Literal["dstu2", "stu3"]


@dataclass(frozen=True, slots=True)
class Interaction:
    """One interaction: `path` is relative to the service root and may hold `{id}`; `response` is a resource type.

    `short` is its name in the ids of scenarios and faults, `phrase` its name within a sentence, article included.
    """

    key: str
    title: str
    short: str
    phrase: str
    capability: str
    method: str
    path: str
    interaction_id: str
    scope: str
    response: str
    success: int


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """A row of the edition's error table. `issue_types` is empty where the edition names none."""

    code: str
    status: int
    issue_types: tuple[str, ...] = ()
    display: str = ""
    section: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Canonical:
    """A canonical URL, the other spellings that pages of the edition use, and the one to send."""

    canonical: str
    also: tuple[str, ...] = ()
    send: str = ""

    @property
    def accepted(self) -> tuple[str, ...]:
        """All spellings, the canonical one first."""
        return (self.canonical, *self.also)

    @property
    def to_send(self) -> str:
        """The spelling that a consumer of this edition writes."""
        return self.send or self.canonical


@dataclass(frozen=True, slots=True)
class Requirement:
    """One demand of the specification, in our words. See the head of requirements.yaml for the fields' values."""

    id: str
    level: str
    actor: str
    text: str
    source: str
    testable: str
    basis: str
    check: str = ""
    notes: str = ""

    @property
    def binding(self) -> bool:
        """Whether a breach is a fail rather than a warn: a SHALL that the text itself states."""
        return self.level in {"SHALL", "SHALL NOT", "MUST", "MUST NOT"} and self.basis in {"explicit", "stated"}

    @property
    def area(self) -> str:
        """The part of the id between edition and number: SLOT, BOOK, ERR, …"""
        return self.id.split("-")[1]


@dataclass(frozen=True)
class Edition:
    """An edition of the specification. `raw` is edition.yaml, for what has no accessor of its own."""

    name: str
    title: str
    release: str
    generation: Generation
    fhir_version: str
    raw: Mapping[str, Any]
    interactions: Mapping[str, Interaction]
    errors: Mapping[str, ErrorCode]
    folder: Path
    options: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def requirements(self) -> Mapping[str, Requirement]:
        """The catalogue by id, read on first use (it is large)."""
        from conformance.spec.loading import read_requirements

        return read_requirements(self.folder)

    @cached_property
    def contradictions(self) -> Mapping[str, Mapping[str, Any]]:
        """Where pages disagree, by id, with the outcome a fair suite accepts; empty where none are listed."""
        from conformance.spec.loading import read_contradictions

        return read_contradictions(self.folder)

    @cached_property
    def excused(self) -> Mapping[str, str]:
        """Requirements that no scenario verifies though they are black-box in principle, by id, with the reason."""
        from conformance.spec.loading import read_excused

        return read_excused(self.folder)

    def profile(self, resource_type: str) -> Canonical | None:
        """Return the profile that this edition holds a resource type to, or None."""
        return self._canonical("profiles", resource_type)

    def extension(self, name: str) -> Canonical | None:
        """Return an extension by its short name, or None where the edition has none of that name."""
        return self._canonical("extensions", name)

    def _canonical(self, group: str, name: str) -> Canonical | None:
        entry = self.raw[group].get(name)
        return (
            None
            if entry is None
            else Canonical(entry["canonical"], tuple(entry.get("also", ())), entry.get("send", ""))
        )

    def systems(self, use: str) -> tuple[str, ...]:
        """Return the accepted identifier systems for a use (`nhs_number`, `organization`, …), the one to send first."""
        return tuple(self.raw["systems"].get(use, ()))

    def media_type(self, form: str) -> str:
        """Return the FHIR media type of `json` or `xml`."""
        return str(self.raw["media_types"][form])

    def content_type(self, form: str) -> str:
        """Return the Content-Type to send for `json` or `xml`, charset included."""
        return f"{self.media_type(form)};charset={self.raw['media_types']['charset']}"
