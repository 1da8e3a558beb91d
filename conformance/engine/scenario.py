"""A scenario as data: `Case` rows in tables, driven by one short function for each table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from conformance.core.errors import InternalError
from conformance.engine.response_rules import ResponseRule
from conformance.spec import Edition, Requirement, bundled, load

F = TypeVar("F", bound=Callable[..., None])


@dataclass(frozen=True, kw_only=True)
class Case:
    """One scenario.

    `id` is stable and unique ("book.without-status"); the part before the dot names the interaction in short. `title`
    states the behaviour expected of a provider. `verifies` lists requirement ids of all editions, blank-separated: a case
    runs in those editions that it verifies something in. `faults` names the faults of the bundled provider that must make
    it fail (blank-separated; `stu3:` or `dstu2:` before a name restricts it to an edition). `params` is what the table's
    function needs. `wire` marks what a Spine proxy responds to in the provider's stead. Cases with a `rule` are about all
    responses of the run and go last. `noted` names contradictions (ids of the catalogue) or states one in words.
    """

    id: str
    title: str
    interaction: str
    verifies: str
    faults: str = ""
    why: str = ""
    fix: str = ""
    noted: str = ""
    wire: bool = False
    rule: ResponseRule | None = None
    editions: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def judges_all_responses(self) -> bool:
        """Whether the case is about all responses of the run."""
        return self.rule is not None

    def __getitem__(self, name: str) -> Any:
        """Return a parameter of this case."""
        return self.params[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Return a parameter of this case, or the default."""
        return self.params.get(name, default)

    def requirement_ids(self, edition: str) -> tuple[str, ...]:
        """Return the ids that this case verifies in an edition."""
        return load(edition).requirement_ids(self.verifies.split())

    def runs_in(self, edition: str) -> bool:
        """Whether an edition has the case's interaction and the case verifies something in it."""
        of = load(edition)
        if self.interaction not in of.interactions or (self.editions and not of.among(self.editions.split())):
            return False
        return bool(self.requirement_ids(edition))

    def fault_ids(self, edition: str) -> tuple[str, ...]:
        """Return the provider faults that must make this case fail in an edition."""
        named = (name.partition(":") if ":" in name else ("", "", name) for name in self.faults.split())
        return tuple(name for only, _, name in named if not only or load(edition).among((only,)))

    def pick(self, name: str, edition: Edition) -> Any:
        """Return a parameter that may differ by edition: a mapping keyed by edition names, or one value for all.

        None where there is no such parameter, or none for the edition or one that it is based on.
        """
        value = self.params.get(name)
        if not isinstance(value, Mapping) or not value or not set(value) <= set(bundled()):
            return value
        return edition.pick(value) if edition.among(value) else None


@dataclass(frozen=True, slots=True)
class Weight:
    """How a case's failures weigh in an edition: its strongest level, its weakest honest basis, and whether it binds."""

    level: str
    basis: str
    binding: bool

    def binds(self, *, strict: bool) -> bool:
        """Whether failures count as such: the text states the demand, or the run is `strict` and it is no recommendation."""
        return self.binding or (strict and self.level in {"SHALL", "SHALL NOT", "MUST", "MUST NOT"})


_STRENGTH = ("MUST", "MUST NOT", "SHALL", "SHALL NOT", "SHOULD", "SHOULD NOT", "MAY")


def weigh(case: Case, edition: Edition) -> Weight:
    """Return the weight of a case: it binds when one of its requirements is a SHALL that the text itself states."""
    rows = [requirement(edition, name) for name in case.requirement_ids(edition.name)]
    binding = any(row.binding for row in rows)
    decisive = [row for row in rows if row.binding] or rows
    strongest = min(decisive, key=lambda row: _STRENGTH.index(row.level))
    return Weight(strongest.level, strongest.basis, binding)


def requirement(edition: Edition, name: str) -> Requirement:
    """Return a requirement by id; InternalError when a case names one that the catalogue does not hold."""
    try:
        return edition.requirements[name]
    except KeyError:
        raise InternalError(f"a scenario names the unknown requirement {name}") from None


def table(
    interaction: str, *rows: Case | Mapping[str, Any], why: str = "", fix: str = "", **shared: Any
) -> tuple[Case, ...]:
    """Return cases that share an interaction, a reason and a fix. A row's own texts win over the table's."""
    return tuple(_row(row, {"interaction": interaction, "why": why, "fix": fix, **shared}) for row in rows)


def _row(row: Case | Mapping[str, Any], shared: Mapping[str, Any]) -> Case:
    own = {key: value for key, value in shared.items() if key in Case.__dataclass_fields__}
    extra = {key: value for key, value in shared.items() if key not in own}
    if isinstance(row, Case):
        missing = {key: value for key, value in own.items() if not getattr(row, key)}
        return replace(row, **missing, params={**extra, **row.params})
    given = {key: value for key, value in row.items() if value is not None}
    return Case(**{**own, **given, "params": {**extra, **given.get("params", {})}})


def case(id: str, title: str, verifies: str, **rest: Any) -> dict[str, Any]:  # noqa: A002 - it is the id
    """Return a row for `table`; keywords that Case does not know become its parameters."""
    own = {key: rest.pop(key) for key in list(rest) if key in Case.__dataclass_fields__}
    return {"id": id, "title": title, "verifies": verifies, **own, "params": rest}


def running(cases: Iterable[Case]) -> tuple[Case, ...]:
    """Return the cases that some bundled edition runs: a table made for all interactions may hold others."""
    return tuple(row for row in cases if any(row.runs_in(name) for name in bundled()))


def scenarios(*tables: Iterable[Case]) -> Callable[[F], F]:
    """Mark a pytest function as the driver of the cases of some tables; the plugin makes one test of each."""

    def mark(function: F) -> F:
        cases = tuple(row for rows in tables for row in rows)
        function.gpc_cases = cases  # type: ignore[attr-defined]
        return function

    return mark


def running_order(case: Case) -> bool:
    """Return a sort key: the cases that judge all responses of the run go last."""
    return case.judges_all_responses


def cases_of(function: Callable[..., Any]) -> Sequence[Case]:
    """Return the cases that a function drives; empty for any other function."""
    return getattr(function, "gpc_cases", ())
