"""A cause of a run, explained."""

from __future__ import annotations

from conformance.causes import Cause
from conformance.core.counting import counted
from conformance.core.results import RunResult
from conformance.explaining.catalogue_text import first_rows, requirement_lines
from conformance.explaining.curl import as_curl
from conformance.explaining.layout import Text
from conformance.spec import editions, load


def explain_cause(cause: Cause, result: RunResult, folder: str, *, full: bool = False) -> Text:
    """Return a cause in words, with all scenarios where `full`; `folder` is that of its run."""
    text = Text(full=full)
    text.title(f"{cause.id}: a cause of the run in {folder}")
    text.say(f"{cause.message[:1].upper()}{cause.message[1:]}.")
    text.rows(
        [
            ("Weighs as", str(cause.severity)),
            ("Where", _where(cause, result)),
            *([("Found", cause.found)] if cause.found else []),
            *([("Expected", cause.expected)] if cause.expected else []),
            ("Seen", f"{counted(cause.count, 'time')}, in {counted(len(cause.scenarios), 'scenario')}"),
        ]
    )
    _requirement(text, cause, result)
    _exchange(text, cause, result, folder)
    titles = {one.id: one.title for one in result.scenarios}
    text.section("Scenarios that it makes fail or warn")
    first_rows(text, [(name, titles.get(name, "")) for name in cause.scenarios])
    if cause.untested:
        text.section("Scenarios that could not be tested because of it")
        first_rows(text, [(name, titles.get(name, "")) for name in cause.untested])
    fixes = dict.fromkeys(one.fix for one in result.scenarios if one.id in cause.scenarios[:1] and one.fix)
    for fix in fixes:
        text.section("What to do")
        text.say(fix)
    text.section("Run these again")
    text.verbatim(f"gpconnect-assure run --config my.yaml --cause {cause.id} --of {folder}")
    return text


def _where(cause: Cause, result: RunResult) -> str:
    """The place in words: the interaction by its title, where it is of one, and what of the response."""
    interaction, _, part = cause.place.rpartition(": ")
    known = load(result.run.edition).interactions if result.run.edition in editions() else {}
    title = known[interaction].title if interaction in known else interaction
    part = "the HTTP status" if part == "status" else part
    return ": ".join(filter(None, (title, part)))


def _requirement(text: Text, cause: Cause, result: RunResult) -> None:
    if result.run.edition not in editions():
        return
    edition = load(result.run.edition)
    first = next((one for one in result.scenarios if one.id in cause.scenarios[:1]), None)
    names = [cause.requirement] if cause.requirement else list(first.requirements if first else ())
    known = [name for name in names if name in edition.requirements]
    if known:
        text.section("Requirements")
    for name in known:
        requirement_lines(text, edition.requirements[name], edition)


def _exchange(text: Text, cause: Cause, result: RunResult, folder: str) -> None:
    exchange = result.exchanges.get(cause.exchange)
    if exchange is None:
        return
    text.section(f"Exchange {exchange.number}, which shows it")
    text.verbatim(as_curl(exchange, result.run.provider.rstrip("/")), 1)
    text.say(
        f"returned {exchange.status or 'no response'}; tokens and patients are masked as in the report. What came back whole:"
    )
    text.verbatim(f"gpconnect-assure export {folder} --as files --scenario {cause.scenarios[0]} --out FOLDER")
