"""What an id is the id of, and in which edition: scenario, requirement, error code, contradiction, fault, variant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from conformance.core.errors import UsageError
from conformance.core.near_names import did_you_mean
from conformance.engine.collection import Entry, collect
from conformance.engine.selection import plain_id
from conformance.provider.faults import catalogue
from conformance.provider.variants import variants_of
from conformance.spec import DEFAULT, Edition, editions, load

SCENARIO, REQUIREMENT, ERROR_CODE, CONTRADICTION, FAULT, VARIANT = KINDS = (
    "scenario",
    "requirement",
    "error-code",
    "contradiction",
    "fault",
    "variant",
)


@dataclass(frozen=True, slots=True)
class Meant:
    """What an id stands for. `edition` is the one to explain it in; `entry` is that of a scenario."""

    kind: str
    id: str
    edition: Edition
    entry: Entry | None = None


def identify(given: str, *, edition: str | None = None, kind: str | None = None) -> list[Meant]:
    """Return what an id stands for, a scenario before a fault of the same name.

    A pytest node id, and an id with its edition before it ("stu3:book.taken"), are understood. Without `edition` it is the
    default one where the id is known there, else the first that knows it. Raises UsageError, with near ids, for one that
    nothing has.
    """
    before, name = plain_id(given)
    edition = edition or before or None
    names = [edition] if edition else sorted(editions(), key=lambda one: one != DEFAULT)
    found: dict[str, Meant] = {}
    for meant in (meant for known in names for meant in _in_edition(name, load(known))):
        found.setdefault(meant.kind, meant)
    wanted = [found[one] for one in KINDS if one in found and kind in (None, one)]
    if not wanted:
        raise _unknown(name, edition, kind, names)
    return wanted


def _in_edition(name: str, edition: Edition) -> Iterator[Meant]:
    entry = next((entry for entry in collect() if entry.case.id == name), None)
    if entry is not None and entry.case.runs_in(edition.name):
        yield Meant(SCENARIO, name, edition, entry)
    upper = name.upper()
    if upper in edition.requirements:
        yield Meant(REQUIREMENT, upper, edition)
    if upper in edition.errors:
        yield Meant(ERROR_CODE, upper, edition)
    if upper in edition.contradictions:
        yield Meant(CONTRADICTION, upper, edition)
    if name in catalogue() and catalogue()[name].exists_in(edition):
        yield Meant(FAULT, name, edition)
    if name in variants_of(edition.name):
        yield Meant(VARIANT, name, edition)


def ids_of(edition: Edition) -> Iterator[tuple[str, str]]:
    """Yield each kind and id that an edition knows."""
    yield from ((SCENARIO, entry.case.id) for entry in collect() if entry.case.runs_in(edition.name))
    yield from ((REQUIREMENT, name) for name in edition.requirements)
    yield from ((ERROR_CODE, name) for name in edition.errors)
    yield from ((CONTRADICTION, name) for name in edition.contradictions)
    yield from ((FAULT, name) for name, fault in catalogue().items() if fault.exists_in(edition))
    yield from ((VARIANT, name) for name in variants_of(edition.name))


def _unknown(name: str, edition: str | None, kind: str | None, names: Iterable[str]) -> UsageError:
    elsewhere = [known for known in editions() if edition and known != edition and any(_in_edition(name, load(known)))]
    if elsewhere:
        return UsageError(f"edition {edition} has no {name}", fix=f"Edition {' and '.join(elsewhere)} has: --edition.")
    known = (id_ for one in names for of, id_ in ids_of(load(one)) if kind in (None, of))
    what = (kind or "scenario, requirement, error code, contradiction, fault or variant").replace("-", " ")
    near = did_you_mean(name, known)
    return UsageError(
        f"no {what} has the id {name!r}",
        fix=near or "`gpconnect-assure scenarios`, `requirements` and `provider --list` list them.",
    )
