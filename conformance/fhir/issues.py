"""What a validation says: one `Issue` for each thing found, with where it is and what was wanted.

An issue is data. `kind` says whose it is: "content" is about the instance, "definition" about a StructureDefinition
(ours or the publisher's, never the provider's fault) and "not-checked" about a rule that could not be applied.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Literal

Kind = Literal["content", "definition", "not-checked"]

# Where a value sits: the enclosing location and a property name or a list index. The root is (None, resource type).
Location = tuple["Location | None", "str | int"]


class Severity(Enum):
    """How grave an issue is; the values are those of FHIR's issue-severity code system."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"


@dataclass(frozen=True, slots=True)
class Issue:
    """One finding: `code` is a stable kebab-case id, `path` FHIRPath-like, `pointer` an RFC 6901 JSON pointer.

    `profile` and `element` name the StructureDefinition and ElementDefinition whose rule speaks; `line` counts from 1.
    """

    severity: Severity
    code: str
    message: str
    path: str
    pointer: str
    profile: str | None = None
    element: str | None = None
    found: str | None = None
    expected: str | None = None
    line: int | None = None
    kind: Kind = "content"
    spec: str | None = None

    @property
    def is_error(self) -> bool:
        """True for an error about the content: what makes an instance invalid."""
        return self.severity is Severity.ERROR and self.kind == "content"


class Verdict(Enum):
    """What a validation comes to."""

    CONFORMANT = "conformant"
    NOT_CONFORMANT = "not conformant"
    NOT_FULLY_CHECKED = "not fully checked"


# What is odd about a definition and yet leaves no rule of it unapplied.
REMARKS = frozenset(["definition-conflict", "slice-ambiguous"])


def verdict_of(issues: Iterable[Issue]) -> Verdict:
    """Not conformant with an error; else not fully checked where a rule could not be applied, whoever is to blame for that."""
    unchecked = False
    for issue in issues:
        if issue.is_error:
            return Verdict.NOT_CONFORMANT
        unchecked = unchecked or (issue.kind != "content" and issue.code not in REMARKS)
    return Verdict.NOT_FULLY_CHECKED if unchecked else Verdict.CONFORMANT


def steps(location: Location | None) -> list[str | int]:
    """The location as a list from the root (a resource type) down."""
    found: list[str | int] = []
    while location is not None:
        location, step = location
        found.append(step)
    found.reverse()
    return found


def path_of(location: Location) -> str:
    """`Bundle.entry[2].resource.start` for a location; the `_start` of JSON is `start` here."""
    root, *rest = steps(location)
    return shorten(str(root)) + "".join(f"[{step}]" if isinstance(step, int) else _member(step) for step in rest)


def _member(name: str) -> str:
    return "." + shorten(name[1:] if name[:1] == "_" and name[1:2].isalpha() else name)


def pointer_of(location: Location) -> str:
    """`/entry/2/resource/start` for a location; the root is the empty string."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps(location)[1:])


def shorten(value: object, limit: int = 80) -> str:
    """A value as short text for a message; long content is cut so that a hostile value cannot flood a report."""
    text = value if isinstance(value, str) else _kind_of(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _kind_of(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    try:
        return str(value)
    except ValueError:  # Python refuses to write integers of thousands of digits
        return "a very large number"
