"""A comparison of two runs as lines for a terminal, as JSON and as a page."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from conformance.comparing import CauseChange, Change, Comparison, Kind
from conformance.core.results import RunInfo
from conformance.reporting.cause_view import seen_of, shortened, title_of
from conformance.reporting.display import moment, visible
from conformance.reporting.html import VERDICT_WORDS, environment

if TYPE_CHECKING:
    from jinja2 import Template

SCHEMA_VERSION = 1
_SHOWN = (Kind.BROKEN, Kind.FIXED, Kind.NEW, Kind.GONE)
_MOST = 12  # scenarios of one group on a terminal
HEADINGS = {
    Kind.BROKEN: "Broken: a worse verdict than before",
    Kind.FIXED: "Fixed: a better verdict than before",
    Kind.NEW: "New: a verdict where there was none",
    Kind.GONE: "Gone: no verdict any more",
}


@dataclass(frozen=True, slots=True)
class Group:
    """Scenarios that changed in one way for one cause; without a cause, for one reason ("" where there is none)."""

    cause: CauseChange | None
    reason: str
    changes: tuple[Change, ...]

    @property
    def title(self) -> str:
        """What they have in common, in one line."""
        if self.cause is None:
            return self.reason
        cause = self.cause.cause
        new = " [new cause]" if self.cause.kind is Kind.NEW else ""
        seen = f": {seen_of(cause)}" if seen_of(cause) else ""
        return f"{cause.severity.upper()} {cause.id} {title_of(cause)}{seen}{new}"


def groups(comparison: Comparison, kind: Kind) -> list[Group]:
    """Return the scenarios that changed in one way, by cause, else by reason; the largest group first."""
    causes = {change.cause.id: change for change in comparison.causes}
    found: dict[tuple[str, str], list[Change]] = {}
    for change in comparison.of(kind):
        found.setdefault((change.cause, "" if change.cause else change.reason), []).append(change)
    made = [Group(causes.get(cause), reason, tuple(changes)) for (cause, reason), changes in found.items()]
    return sorted(made, key=lambda group: (group.cause is None, -len(group.changes)))


def step(change: Change) -> str:
    """Return what became of a verdict: `pass → fail`."""
    was, now = (VERDICT_WORDS[verdict] if verdict else "not in the run" for verdict in (change.before, change.after))
    return f"{was} → {now}"


def counted(comparison: Comparison) -> str:
    """Return how many scenarios and causes changed, in a sentence."""
    scenarios = ", ".join(f"{len(comparison.of(kind))} {kind}" for kind in _SHOWN)
    new, gone, kept = (len(comparison.causes_of(kind)) for kind in (Kind.NEW, Kind.GONE, Kind.KEPT))
    return f"{scenarios}, {comparison.unchanged} unchanged. Causes: {new} new, {gone} gone, {kept} in both runs."


def verdict(comparison: Comparison) -> str:
    """Return in a sentence what the comparison comes to."""
    worse, gone = len(comparison.worse), len(comparison.of(Kind.GONE))
    if worse:
        return f"Worse: {worse} scenario{' is' if worse == 1 else 's are'} broken or newly failing."
    if gone:
        return f"Nothing is worse, but {gone} scenario{' has' if gone == 1 else 's have'} no verdict any more."
    return "Nothing is worse."


def lines(comparison: Comparison) -> Iterator[str]:
    """Yield the comparison as lines for a terminal."""
    yield f"older run: {described(comparison.old)}"
    yield f"newer run: {described(comparison.new)}"
    yield from (f"note: {note}" for note in comparison.notes)
    for kind in _SHOWN:
        found = groups(comparison, kind)
        if found:
            yield from ("", HEADINGS[kind])
        for group in found:
            yield from _group_lines(group)
    yield from ("", counted(comparison), verdict(comparison))


def _group_lines(group: Group) -> Iterator[str]:
    if group.title:
        yield f"  {shortened(visible(group.title), 400)}"
    for change in group.changes[:_MOST]:
        yield f"    {visible(change.id)}: {step(change)}"
    if len(group.changes) > _MOST:
        yield f"    and {len(group.changes) - _MOST} more"


def described(run: RunInfo) -> str:
    """Return which run it is, in one line."""
    return visible(f"{moment(run.started)}, {run.edition}, {shortened(run.provider)}, run {run.id}")


def to_json(comparison: Comparison) -> dict[str, Any]:
    """Return the comparison as JSON (diff.schema.json)."""
    return {
        "schema": SCHEMA_VERSION,
        "old": _run(comparison.old),
        "new": _run(comparison.new),
        "notes": list(comparison.notes),
        "summary": {**{kind.value: len(comparison.of(kind)) for kind in _SHOWN}, "unchanged": comparison.unchanged},
        "worse": [change.id for change in comparison.worse],
        "exit_code": int(comparison.code),
        "scenarios": [_change(change) for change in comparison.changes],
        "causes": [_cause(change) for change in comparison.causes],
    }


def dumps(comparison: Comparison) -> str:
    """Return the comparison as JSON text; whatever a provider sent is escaped to ASCII."""
    return json.dumps(to_json(comparison), indent=1) + "\n"


@cache
def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of what `diff --as json` writes."""
    text = files("conformance.reporting").joinpath("diff.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def _run(run: RunInfo) -> dict[str, Any]:
    names = ("id", "edition", "provider", "started", "tool_version", "complete")
    return {name: getattr(run, name) for name in names}


def _change(change: Change) -> dict[str, Any]:
    return {
        "id": change.id,
        "title": change.title,
        "interaction": change.interaction,
        "change": change.kind.value,
        "before": change.before.value if change.before else None,
        "after": change.after.value if change.after else None,
        "cause": change.cause,
        "reason": change.reason,
    }


def _cause(change: CauseChange) -> dict[str, Any]:
    cause = change.cause
    names = ("id", "message", "place", "requirement", "found", "expected")
    return {
        **{name: getattr(cause, name) for name in names},
        "severity": cause.severity.value,
        "change": change.kind.value,
        "before": change.before,
        "after": change.after,
    }


def render(comparison: Comparison) -> str:
    """Return the comparison as a page: one self-contained file without script."""
    shown = [(kind, HEADINGS[kind], groups(comparison, kind)) for kind in _SHOWN]
    return _template().render(
        comparison=comparison,
        groups=[(kind, heading, found) for kind, heading, found in shown if found],
        causes=_ordered(comparison.causes),
        counted=counted(comparison),
        verdict=verdict(comparison),
        step=step,
        title_of=title_of,
        seen_of=seen_of,
    )


def _ordered(causes: Iterable[CauseChange]) -> Sequence[CauseChange]:
    order = (Kind.NEW, Kind.GONE, Kind.KEPT)
    return sorted(causes, key=lambda change: order.index(change.kind))


@cache
def _template() -> Template:
    return environment().get_template("diff.html.j2")
