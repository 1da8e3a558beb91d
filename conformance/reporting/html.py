"""report.html: the assurance report, one self-contained file that reads without script and prints well."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from conformance.core.footprint import receipt
from conformance.core.results import Blame, RunResult, Verdict
from conformance.reporting import display, overview
from conformance.reporting.outcome import outcome
from conformance.reporting.overview import Catalogue, RequirementText

if TYPE_CHECKING:
    from jinja2 import Environment, Template

VERDICT_WORDS = {
    Verdict.PASS: "Pass",
    Verdict.FAIL: "Fail",
    Verdict.WARN: "Warning",
    Verdict.SKIP: "Not tested",
    Verdict.OMIT: "Does not apply",
    Verdict.ERROR: "Not judged",
}
BLAME_WORDS = {
    Blame.PROVIDER: "the provider",
    Blame.ENVIRONMENT: "the environment (network, gateway, proxy, clock)",
    Blame.TEST_DATA: "the test data",
    Blame.CONFIGURATION: "the configuration of this run",
    Blame.UNDETERMINED: "undetermined: the evidence fits the provider and others",
    Blame.CONTRADICTION: "a contradiction of the specification",
    Blame.TOOL: "this tool",
}
SUBJECT_WORDS = (
    ("supplier", "Supplier"),
    ("product", "Product"),
    ("version", "Version"),
    ("environment", "Environment"),
    ("assurer", "Assurer"),
)


def render(result: RunResult, catalogue: Catalogue | None = None) -> str:
    """Return the report of a run as HTML. `catalogue` gives requirement texts by id; what it lacks is shown by id only.

    The result must be fit to be shown (redacted) already.
    """
    scenarios = overview.shown_scenarios(result)
    texts = overview.texts_of(catalogue)
    return _template().render(
        run=result.run,
        receipt=receipt(result.changes),
        outcome=outcome(result),
        counts=result.summary(),
        rows=overview.rows(result),
        scenarios=scenarios,
        fails=overview.with_verdict(scenarios, Verdict.FAIL),
        errors=overview.with_verdict(scenarios, Verdict.ERROR),
        warnings=overview.with_verdict(scenarios, Verdict.WARN),
        inferred=sum(shown.inferred and shown.result.verdict is Verdict.WARN for shown in scenarios),
        groups=overview.by_interaction(scenarios),
        untested=overview.untested(scenarios),
        requirements=overview.requirement_rows(scenarios, texts),
        pass_limit=_pass_limit(result),
        texts=texts,
        subject=_subject(result.run.subject),
    )


def _pass_limit(result: RunResult) -> int:
    """How many characters of a body to show with a scenario that passed: fewer in a long run, so that the page opens."""
    return max(display.PASS_LEAST, min(display.PASS_LIMIT, display.PASS_BUDGET // max(len(result.exchanges), 1)))


def _subject(subject: Mapping[str, str]) -> list[tuple[str, str]]:
    known = [(word, subject.get(key, "")) for key, word in SUBJECT_WORDS]
    names = {key for key, _ in SUBJECT_WORDS}
    return known + [(display.words(key), value) for key, value in subject.items() if key not in names]


def _shown(value: Any) -> Any:
    """Spell out what cannot be seen in every text that a template prints; markup of our own stays."""
    return display.visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


@cache
def environment() -> Environment:
    """Return the Jinja environment of the reports: autoescaped, undefined names are errors."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("conformance.reporting", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=_shown,
    )
    made.filters.update(duration=display.duration, moment=display.moment, words=display.words)
    made.globals.update(
        verdicts=list(Verdict),
        verdict_words=VERDICT_WORDS,
        blame_words=BLAME_WORDS,
        request_text=display.request_text,
        response_text=display.response_text,
        unknown=RequirementText(),
        evidence_limit=display.EVIDENCE_LIMIT,
        links_shown=12,
    )
    return made


@cache
def _template() -> Template:
    return environment().get_template("report.html.j2")
