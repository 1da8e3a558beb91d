"""One selection of scenarios cut into shards, each a run of its own: by data alone, so that every machine cuts it alike.

A shard holds neighbours by id, which rest on the same named steps, and the shards cost about the same. Whatever registers
people, or looks for people who are not registered yet, is one piece: a person can be registered once.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from conformance.core.counting import counted
from conformance.core.errors import UsageError
from conformance.engine.scenario import Case
from conformance.planning.cost import facts_of
from conformance.planning.facts import STEP, ScenarioFacts

_FORM = re.compile(r"([0-9]{1,4})/([0-9]{1,4})", re.ASCII)
_REGISTRATIONS = "data.registrations"
_FIX = "Write which shard of how many, such as 2/5: the second of five."


@dataclass(frozen=True, slots=True)
class Shard:
    """Which part of a selection a run plays: `number` of `of`, counted from 1."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


def read_shard(text: str) -> Shard:
    """Return the shard that a text such as "2/5" names. Raises UsageError where there is none of that number."""
    match = _FORM.fullmatch(text)
    if match is None:
        raise UsageError(f"--shard {text!r} names no shard", fix=_FIX)
    shard = Shard(int(match[1]), int(match[2]))
    if not 1 <= shard.number <= shard.of:
        raise UsageError(f"--shard {text} names no shard: they are counted from 1/{shard.of or 1}", fix=_FIX)
    return shard


def part_of(cases: Sequence[Case], facts: Mapping[str, ScenarioFacts], shard: Shard) -> tuple[Case, ...]:
    """Return the cases of a shard, in the order in which they were given. Raises UsageError for more shards than pieces."""
    pieces = _pieces(cases, facts)
    if len(pieces) < shard.of:
        raise UsageError(
            f"--shard {shard}: this selection of {counted(len(cases), 'scenario')} makes {counted(len(pieces), 'shard')}"
            " at the most",
            fix="Use fewer shards.",
        )
    own = {case.id for piece in _cut(pieces, facts, shard.of)[shard.number - 1] for case in piece}
    return tuple(case for case in cases if case.id in own)


def digest_of(ids: Iterable[str]) -> str:
    """Return the SHA-256 of a selection: of the ids of its scenarios, sorted, a line each."""
    return hashlib.sha256("".join(f"{one}\n" for one in sorted(ids)).encode()).hexdigest()


Piece = tuple[Case, ...]


def _pieces(cases: Sequence[Case], facts: Mapping[str, ScenarioFacts]) -> list[Piece]:
    """What must not be cut, sorted by the first id of each."""
    registering = tuple(sorted((case for case in cases if _registers(case, facts)), key=lambda case: case.id))
    others = [(case,) for case in cases if case not in registering]
    return sorted([*others, *([registering] if registering else [])], key=lambda piece: piece[0].id)


def _registers(case: Case, facts: Mapping[str, ScenarioFacts]) -> bool:
    own = facts_of(case, facts)
    rows = [own, *(facts[STEP + step] for step in own.steps if STEP + step in facts)]
    return any(row.registrations or any(need.startswith(_REGISTRATIONS) for need in row.needs) for row in rows)


def _cut(pieces: Sequence[Piece], facts: Mapping[str, ScenarioFacts], parts: int) -> list[list[Piece]]:
    """Cut pieces, in their order, into parts of about the same cost; each has one at least."""
    costs = [sum(max(1, facts_of(case, facts).requests) for case in piece) for piece in pieces]
    found: list[list[Piece]] = []
    place, left = 0, sum(costs)
    for part in range(parts):
        wanted, own = left / (parts - part), 0
        own_pieces: list[Piece] = []
        while place < len(pieces) and _takes_another(own_pieces, own, costs[place], wanted, parts - part == 1):
            if own_pieces and len(pieces) - place < parts - part:  # the others need one each
                break
            own_pieces.append(pieces[place])
            own, place = own + costs[place], place + 1
        found.append(own_pieces)
        left -= own
    return found


def _takes_another(pieces: Sequence[Piece], own: int, cost: int, wanted: float, last: bool) -> bool:
    """Whether a part comes nearer to what it should cost with the next piece than without it."""
    return last or not pieces or own + cost / 2 <= wanted
