"""The paths of discriminators: how a definition names what distinguishes slices. Source: FHIR 3.0.1 "Profiling"."""

from __future__ import annotations

import re
from dataclasses import dataclass

_STEP = re.compile(
    r"(?:^|\.)(?:(?P<this>\$this)|extension\('(?P<url>[^']+)'\)|(?P<resolve>resolve\(\))"
    r"|ofType\((?P<type>\w+)\)|(?P<name>[A-Za-z]\w*))"
)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a discriminator path: a name, an extension by url, resolve() or ofType()."""

    kind: str
    text: str


def parse_path(path: str) -> list[Step] | None:
    """The steps of a discriminator path; None where it uses what this compiler does not know."""
    steps: list[Step] = []
    position = 0
    for match in _STEP.finditer(path):
        if match.start() != position:
            return None
        position = match.end()
        kind = match.lastgroup or ""
        if kind != "this":
            steps.append(Step(kind, match[kind]))
    return steps if position == len(path) else None
