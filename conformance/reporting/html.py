"""report.html: the assurance report, one self-contained file that reads without script and prints well."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from conformance.core.footprint import left_by_reason, receipt
from conformance.core.results import Blame, Definition, RunResult, Verdict
from conformance.reporting import display, overview
from conformance.reporting.cause_view import kind_of, shortened, shown_causes
from conformance.reporting.interaction_titles import interaction_title
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
    Verdict.WAIVED: "Waived",
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
_BACKTICKS = re.compile(r"`([^`]+)`")
SUBJECT_WORDS = (
    ("supplier", "Supplier"),
    ("product", "Product"),
    ("version", "Version"),
    ("environment", "Environment"),
    ("assurer", "Assurer"),
)


def render(result: RunResult, catalogue: Catalogue | None = None, *, seal: str = "") -> str:
    """Return the report of a run as HTML. `catalogue` gives requirement texts by id; what it lacks is shown by id only.

    `seal` is printed on the cover as the seal of the run, unless it is "".

    The result must be fit to be shown (redacted) already.
    """
    scenarios = overview.shown_scenarios(result)
    texts = overview.texts_of(catalogue)
    requirements = overview.requirement_rows(scenarios, texts)
    return _template().render(
        **with_script("filter.js"),
        run=result.run,
        seal=seal,
        receipt=receipt(result.changes),
        left=left_by_reason(result.changes),
        outcome=outcome(result),
        counts=result.summary(),
        rows=overview.rows(result),
        verdicts=overview.verdicts_shown(result),
        scenarios=scenarios,
        groups=overview.by_interaction(scenarios),
        untested=overview.untested(scenarios),
        requirements=requirements,
        sections=overview.by_section(requirements),
        causes=shown_causes(result, texts),
        anchors={scenario.result.id: scenario for scenario in scenarios},
        attestations=overview.attestations(texts),
        page_of=lambda number: overview.page_named(result.exchanges[number].interaction),
        recorded=result.exchanges,
        texts=texts,
        subject=_subject(result.run.subject),
        waivers=result.waivers,
        judged_by=_judged_by(result.run.definitions),
        unrun=overview.not_run(result),
        since=result.since,
    )


def _judged_by(definitions: Sequence[Definition]) -> list[tuple[str, int, str]]:
    """The edition's data and the definitions: what they are, how many, and the SHA-256 of a line for each (hash, name)."""
    data = [one for one in definitions if one.type == "edition"]
    others = [one for one in definitions if one.type != "edition"]
    lists = (("Edition's data", data), ("Definitions used", others))
    return [(name, len(listed), _hash_of(listed)) for name, listed in lists if listed]


def _hash_of(definitions: Sequence[Definition]) -> str:
    lines = sorted(f"{one.sha256}  {one.url}\n" for one in definitions)
    return hashlib.sha256("".join(lines).encode("utf-8", "backslashreplace")).hexdigest()


@cache
def with_script(name: str) -> dict[str, str]:
    """Return what a template needs for a script of ours: its text, and the hash by which its page's policy allows it."""
    text = files("conformance.reporting").joinpath("templates", name).read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return {"script": Markup(text), "script_hash": digest}  # noqa: S704 - our own file


def _subject(subject: Mapping[str, str]) -> list[tuple[str, str]]:
    known = [(word, subject.get(key, "")) for key, word in SUBJECT_WORDS]
    names = {key for key, _ in SUBJECT_WORDS}
    return known + [(display.words(key), value) for key, value in subject.items() if key not in names]


def _shown(value: Any) -> Any:
    """Spell out what cannot be seen in every text that a template prints, and cut it; markup of our own stays."""
    return (
        display.visible(display.bounded(value)) if isinstance(value, str) and not hasattr(value, "__html__") else value
    )


def _with_code(text: str) -> Markup:
    """Return a text of ours as markup: what stands in backticks is code."""
    parts = _BACKTICKS.split(str(_shown(text)))
    return Markup("").join(Markup("<code>{}</code>").format(part) if n % 2 else part for n, part in enumerate(parts))


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
    made.filters.update(duration=display.duration, moment=display.moment, words=display.words, shortened=shortened)
    made.filters.update(interaction_title=interaction_title)
    made.filters["with_code"] = _with_code
    made.globals.update(
        all_verdicts=list(Verdict),
        verdict_words=VERDICT_WORDS,
        blame_words=BLAME_WORDS,
        request_head=display.request_head,
        response_head=display.response_head,
        unknown=RequirementText(),
        kind_of=kind_of,
        links_shown=12,
        left_named=3,
    )
    return made


@cache
def _template() -> Template:
    return environment().get_template("report.html.j2")
