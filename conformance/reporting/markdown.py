"""summary.md: a run in Markdown, for the summary page of a CI job: the verdict, the causes, what was not tested."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from conformance.core.counting import counted
from conformance.core.results import RunResult, Verdict
from conformance.reporting.cause_view import kind_of, shortened, shown_causes
from conformance.reporting.display import visible
from conformance.reporting.outcome import outcome
from conformance.reporting.overview import verdicts_shown

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|<>~&@-])")
_MOST_REASONS = 20


def dumps(result: RunResult) -> str:
    """Return summary.md of a run. What came from the provider is escaped: no markup, link or mention of its own."""
    return "\n".join(_lines(result)) + "\n"


def _lines(result: RunResult) -> Iterator[str]:
    verdict, counts, causes = outcome(result), result.summary(), shown_causes(result)
    subject = result.run.subject.get("product") or result.run.provider
    yield f"## {escaped(verdict.word)}: {escaped(shortened(subject))}"
    yield ""
    yield f"{escaped(verdict.sentence)} {escaped(result.run.edition_title)}, run {escaped(result.run.id)}."
    yield ""
    counts = {name: counts[name] for name in verdicts_shown(result)}
    yield f"| {' | '.join(counts)} |"
    yield f"|{'---:|' * len(counts)}"
    yield f"| {' | '.join(map(str, counts.values()))} |"
    if causes:
        yield from ("", f"### {counted(len(causes), 'cause')}", "")
        yield "| Class | Cause | Found | Expected | Requirement | Scenarios | Not testable for it |"
        yield "|---|---|---|---|---|---:|---:|"
    for one in causes:
        what = one.cause
        cells = (one.title, what.found or "nothing", what.expected, what.requirement)
        title, *rest = (escaped(shortened(cell)) for cell in cells)
        numbers = f"{len(what.scenarios)} | {len(what.untested)}"
        new = "**new** " if one.new else ""
        yield f"| {kind_of(one)} | {new}{title} ({what.id}) | {' | '.join(rest)} | {numbers} |"
    yield from _waivers(result)
    yield from _untested(result)


def _waivers(result: RunResult) -> Iterator[str]:
    if result.waivers:
        yield from ("", "### Waivers", "", "| State | Waiver | Reason | Until | Scenarios |", "|---|---|---|---|---:|")
    for use in result.waivers:
        state = f"**{use.state}**" if use.missed else use.state.value
        texts = (use.sentence, use.waiver.reason, use.waiver.expires.isoformat())
        cells = (state, *(escaped(shortened(text, 300)) for text in texts), str(len(use.scenarios)))
        yield f"| {' | '.join(cells)} |"


def _untested(result: RunResult) -> Iterator[str]:
    reasons = Counter(scenario.reason for scenario in result.scenarios if scenario.verdict is Verdict.SKIP)
    if reasons:
        yield from ("", "### Not tested", "", "| Scenarios | Reason |", "|---:|---|")
    for reason, count in reasons.most_common(_MOST_REASONS):
        yield f"| {count} | {escaped(shortened(reason, 200))} |"


def escaped(text: str) -> str:
    """Return a text on one line that Markdown shows as it is."""
    return _SPECIAL.sub(r"\\\1", " ".join(visible(text).split()))
