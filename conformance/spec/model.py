"""What an edition says, as immutable values. The data lie in spec/data/<edition>/."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar

from conformance.core.errors import InternalError
from conformance.spec.files import BUNDLED, data_hashes, definition_folders, read_mapping, read_rows, unusable

Generation = Literal["dstu2", "stu3"]
T = TypeVar("T")


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
    """A row of the edition's error table.

    `issue_types` are those that the edition demands, empty where it demands none; `shown_issue_types` those that its
    examples show.
    """

    code: str
    status: int
    issue_types: tuple[str, ...] = ()
    shown_issue_types: tuple[str, ...] = ()
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


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an edition demands, allows or provides, where editions differ. Its data state each one (`capabilities`).

    Sources: the requirements named beside each line in the bundled editions' edition.yaml.
    """

    # Service root, transport, tokens
    prescribes_service_root: bool
    root_fhir_version: str
    clock_tolerance_seconds: int
    requires_hsts: bool
    requires_chunked_requests: bool
    requires_bearer_challenge: bool
    refuses_tokens_from_the_future: bool
    token_resources_have_ids: bool
    # Resources
    family_names_are_lists: bool
    practitioners_hold_their_roles: bool
    patient_name_use: str
    requires_gender: bool
    requires_error_display: bool
    entries_have_full_urls: bool
    searchsets_have_self_links: bool
    # Slots
    searches_end_in_slash: bool
    filters_by_organization: bool
    returns_requested_includes_only: bool
    always_includes_organization: bool
    tolerates_reversed_windows: bool
    # Appointments
    bookings_have_created: bool
    booking_elements: tuple[str, ...]
    participant_elements: tuple[str, ...]
    cancelled_appointments_keep_slots: bool
    retrieves_between_two_bounds: bool
    requires_not_found_for_unknown_patients: bool
    # Registration
    registration_names_are_official: bool
    refuses_repeated_registrations: bool
    shows_registration_type: bool

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Capabilities:
        """Return the capabilities that an edition's data state. Raises TypeError for one too many or too few."""
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in data.items()
        }
        return cls(**values)


@dataclass(frozen=True)
class Edition:
    """An edition of the specification. `raw` is edition.yaml, for what has no accessor of its own.

    `folders` are those of its data, its own first, then that of the edition it is based on; `options` are the choices
    made for it, already applied to all the rest.
    """

    name: str
    title: str
    release: str
    generation: Generation
    fhir_version: str
    capabilities: Capabilities
    raw: Mapping[str, Any]
    interactions: Mapping[str, Interaction]
    errors: Mapping[str, ErrorCode]
    renamed_errors: Mapping[str, str]
    folders: tuple[Path, ...]
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def lineage(self) -> tuple[str, ...]:
        """The edition's name, then those of the editions it is based on, the nearest first."""
        return tuple(folder.name for folder in self.folders)

    @property
    def bundled(self) -> bool:
        """Whether the edition comes with this package, rather than in a folder of the user's own."""
        return self.folders[0].parent == BUNDLED

    def among(self, names: Iterable[str]) -> bool:
        """Whether a column of a table that names editions means this one, or one that it is based on."""
        listed = set(names)
        return any(name in listed for name in self.lineage)

    def pick(self, column: Mapping[str, T]) -> T:
        """Return what a column by edition holds for this one: under its own name, else under that of the nearest base.

        Raises InternalError where it holds nothing for any of them.
        """
        for name in self.lineage:
            if name in column:
                return column[name]
        raise InternalError(f"a table has columns for {', '.join(column)}, none for edition {self.name}")

    def error_code(self, name: str) -> str:
        """Return the edition's own code for one that tables name; an edition may replace codes of its base."""
        return self.renamed_errors.get(name, name)

    @cached_property
    def requirements(self) -> Mapping[str, Requirement]:
        """The catalogue by id, read on first use (it is large)."""
        rows = read_rows(self.folders, "requirements.yaml", "id")
        try:
            return {key: Requirement(**row) for key, row in rows.items()}
        except TypeError as error:
            raise unusable(self.folders[0], f"requirements.yaml: {error}") from error

    def requirement_ids(self, listed: Iterable[str]) -> tuple[str, ...]:
        """Return those of the listed requirement ids that belong to this edition or its bases and are not withdrawn."""
        prefixes = tuple(f"{name.upper()}-" for name in self.lineage)
        own = tuple(name for name in listed if name.startswith(prefixes))
        return own if len(prefixes) == 1 else tuple(name for name in own if name in self.requirements)

    @cached_property
    def contradictions(self) -> Mapping[str, Mapping[str, Any]]:
        """Where pages disagree, by id, with the outcome a fair suite accepts; empty where none are listed."""
        return read_rows(self.folders, "contradictions.yaml", "id")

    @cached_property
    def excused(self) -> Mapping[str, str]:
        """Requirements that no scenario verifies though they are black-box in principle, by id, with the reason."""
        return read_mapping(self.folders, "excused.yaml")

    def distinguishes(self, first: str, second: str) -> bool:
        """Whether the interaction ids of two interactions differ, named by their keys."""
        return self.interactions[first].interaction_id != self.interactions[second].interaction_id

    def data_hashes(self) -> tuple[tuple[str, str], ...]:
        """Return each data file of the edition and its bases, as `folder/file`, with its SHA-256 in hexadecimal."""
        return tuple(data_hashes(self.folders))

    @property
    def definition_folders(self) -> tuple[Path, ...]:
        """The folders of the edition's StructureDefinitions, ValueSets and CodeSystems, those of its base first."""
        return definition_folders(self.folders)

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

    def may_leave_out(self, form: str) -> bool:
        """Whether a provider may leave out the format `json` or `xml`, and then does not declare it."""
        return form in self.raw.get("optional_formats", ())
