"""A scenario explained: what it rests on, sends and accepts, as it was just played, and what catches it out."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from conformance.core.exchange import Exchange
from conformance.engine.collection import Entry
from conformance.engine.scenario import Case, weigh
from conformance.explaining.catalogue_text import BASIS, contradiction_paragraph, requirement_lines
from conformance.explaining.checks_in_words import in_words
from conformance.explaining.curl import BASE, as_curl
from conformance.explaining.layout import Text
from conformance.explaining.outcomes import accepted
from conformance.explaining.playing import Judged, Play
from conformance.explaining.variant_text import ANY, covers
from conformance.provider.faults import faults_of
from conformance.provider.variants import variants_of
from conformance.spec import Edition, editions

_MOST_REQUESTS = 2
_MOST_VARIANTS = 4
_EVERY = "What the title says, of every response of the run to this interaction: those above, and those of all other scenarios."
_OWN = "What the title says; the scenario compares responses itself, so that no list of checks can be shown."
_CONTROL = "control: "
_TOKEN = "$TOKEN"  # noqa: S105 - stands for a token


def explain_scenario(entry: Entry, edition: Edition, play: Play, *, full: bool = False) -> Text:
    """Return a scenario in words. `full` shows tokens and every request judged; otherwise the first two."""
    case, text = entry.case, Text()
    text.title(f"{case.id}: a scenario of edition {edition.name}")
    text.say(case.title + ".")
    _head(text, case, edition)
    _requirements(text, case, edition)
    _given(text, play)
    _when(text, play, full=full)
    _then(text, case, play, edition)
    _control(text, play)
    _contradictions(text, case, edition)
    _faults(text, case, edition)
    _variants(text, case, edition)
    _advice(text, case, edition, entry)
    return text


def _head(text: Text, case: Case, edition: Edition) -> None:
    interaction = edition.interactions[case.interaction]
    weight = weigh(case, edition)
    worst = "a fail" if weight.binding else "a warning (with --strict a fail, unless it is a recommendation)"
    text.rows(
        [
            ("Interaction", f"{interaction.short}: {interaction.title}, {interaction.method} {interaction.path}"),
            ("A breach is", f"{worst}: {weight.level}, {BASIS[weight.basis]}"),
            *([("Judges", "every response of the run to this interaction")] if case.judges_all_responses else []),
            *([("Behind the proxy", "does not apply: the Spine proxy responds to this itself")] if case.wire else []),
        ]
    )
    if case.why:
        text.say(f"Why it matters: {case.why}")


def _requirements(text: Text, case: Case, edition: Edition) -> None:
    text.section("Requirements")
    for name in case.requirement_ids(edition.name):
        requirement_lines(text, edition.requirements[name], edition)


# -- given, when, then -------------------------------------------------------------------------------------------------


def _given(text: Text, play: Play) -> None:
    first = min((exchange.number for exchange in _sent(play)), default=0)
    before = [one for one in play.exchanges if one.number < first and not one.label.startswith(_CONTROL)]
    text.section("Given")
    if not before:
        text.say("Nothing: the request needs no preparation.")
    for line in _steps(before, play.root):
        text.say(line)


def _steps(exchanges: Iterable[Exchange], root: str) -> list[str]:
    """One line for each exchange; those that differ in their parameters only share one."""
    lines = []
    for (step, label, where, status), same in groupby(
        exchanges, lambda one: (*_step(one), _where(one, root), one.status)
    ):
        count = len(list(same))
        once = f'; the step "{step}", performed once in a run' if step else ""
        lines.append(
            f"- {label}{f' ({count} times)' if count > 1 else ''}: {where}, returned {status or 'nothing'}{once}"
        )
    return lines


def _step(exchange: Exchange) -> tuple[str, str]:
    """The step of a run that sent an exchange ("" for the scenario itself), and the label without it."""
    before, _, label = exchange.label.partition(": ")
    return (before, label) if label and before[:1].islower() else ("", exchange.label)


def _where(exchange: Exchange, root: str) -> str:
    return f"{exchange.method} {exchange.url.removeprefix(root).partition('?')[0] or '/'}"


def _sent(play: Play) -> list[Exchange]:
    """The exchanges that the scenario is about: those judged; else those made wrong on purpose; else its own; else all.

    Of what is not judged itself, only requests of the scenario's interaction, where there are some.
    """
    own = [exchange for exchange in play.exchanges if exchange.number in play.requests]
    others = [exchange for exchange in play.exchanges if not exchange.label.startswith(_CONTROL)]
    candidates = (
        [judged.exchange for judged in play.judged],
        [exchange for exchange in own if exchange.deviant],
        [exchange for exchange in own if exchange.interaction == play.interaction],
        own,
        [exchange for exchange in others if exchange.interaction == play.interaction],
        others,
    )
    return next((found for found in candidates if found), [])


def _when(text: Text, play: Play, *, full: bool) -> None:
    text.section("When: what it sends")
    sent = _sent(play)
    if not sent:
        text.say("No HTTP request: it looks at the connection itself." if not play.stopped else play.stopped)
        return
    shown = sent if full else sent[:_MOST_REQUESTS]
    for exchange in shown:
        text.say(f"{exchange.label}:")
        _request(text, exchange, play, full=full)
    if len(sent) > len(shown):
        text.say(f"and {len(sent) - len(shown)} more requests (--full shows them).")
    token = f" {_TOKEN} is the consumer's token, unsigned and five minutes valid; --full shows it."
    text.say(
        f"As sent to the bundled provider just now: for yours, put in your service root for {BASE}, and your slots and "
        f"patients.{token if any(_TOKEN in line for line in text.lines) else ''}"
    )


def _request(text: Text, exchange: Exchange, play: Play, *, full: bool) -> None:
    command = as_curl(exchange, play.root)
    token = _bearer(exchange)
    wrong = _token_is_wrong(exchange, play)
    if token and not (full or wrong):
        command = command.replace(f"'Authorization: Bearer {token}'", f'"Authorization: Bearer {_TOKEN}"')
    text.verbatim(command, 2)
    if token and (full or wrong):
        text.say(f"The token says: {_claims(token)}", 2)


def _bearer(exchange: Exchange) -> str:
    scheme, _, token = (exchange.request_header("Authorization") or "").partition(" ")
    return token if scheme == "Bearer" else ""


def _token_is_wrong(exchange: Exchange, play: Play) -> bool:
    request = play.requests.get(exchange.number)
    right = request.control if request else None
    return right is not None and request is not None and request.token != right.token


def _claims(token: str) -> str:
    """The parts of a token decoded, as far as they can be."""
    return " . ".join(_decoded(part) for part in token.split("."))


def _decoded(part: str) -> str:
    try:
        return json.dumps(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))
    except ValueError:
        return f"{part[:40]!r} (not readable)" if part else "(empty)"


def _then(text: Text, case: Case, play: Play, edition: Edition) -> None:
    text.section("Then: what is accepted")
    refusals = any(judged.refusal is not None for judged in play.judged)
    if play.judged and not refusals:
        text.say(f"{case.title}. Of the response:")
    for judged in _distinct(play.judged):
        if judged.refusal is not None:
            text.rows(accepted(judged.refusal, edition))
            text.say("Any other response is a breach, and so is an error without an OperationOutcome.")
        for sentence in in_words(judged.checks):
            text.say(f"- {sentence}")
    if not play.judged:
        text.say(_EVERY if case.judges_all_responses else _OWN)
    if play.stopped:
        text.say(f"On the bundled provider it stopped early: {play.stopped}")
    after = _afterwards(play)
    if after:
        text.say("It then looks at what the request did:")
        for line in _steps(after, play.root):
            text.say(line)


def _distinct(judged: Sequence[Judged]) -> list[Judged]:
    """Of responses that are judged alike the first."""
    kinds = {(one.refusal, tuple(in_words(one.checks))): one for one in reversed(judged)}
    return list(reversed(kinds.values()))


def _afterwards(play: Play) -> list[Exchange]:
    last = max((exchange.number for exchange in _sent(play)), default=0)
    own = (exchange for exchange in play.exchanges if exchange.number in play.requests)
    return [exchange for exchange in own if exchange.number > last and not exchange.label.startswith(_CONTROL)]


# -- what holds it up --------------------------------------------------------------------------------------------------


def _control(text: Text, play: Play) -> None:
    text.section("Control")
    if not play.controls:
        text.say("None: it judges what the provider does with a valid request, or needs no refusal to mean something.")
        return
    sent = [exchange for exchange in play.exchanges if exchange.label.startswith(_CONTROL)]
    text.say(
        f"{', '.join(name.removeprefix(_CONTROL) for name in play.controls)}. Where that is refused too, the refusal shows "
        "nothing and the scenario is not tested."
    )
    text.say("It takes these requests, those that undo it again included:")
    for line in _steps([replace(one, label=one.label.rpartition(": ")[2]) for one in sent], play.root):
        text.say(line)


def _contradictions(text: Text, case: Case, edition: Edition) -> None:
    ids = set(case.requirement_ids(edition.name))
    touching = [
        name
        for name, row in edition.contradictions.items()
        if name in case.noted.split() or ids & set(row.get("requirement_ids", ()))
    ]
    if not touching:
        return
    text.section("Where the specification contradicts itself")
    for name in touching:
        contradiction_paragraph(text, name, edition)


def _faults(text: Text, case: Case, edition: Edition) -> None:
    text.section("Faults of the bundled provider that it catches")
    known = faults_of(edition.name)
    text.rows([(name, known.get(name, "")) for name in case.fault_ids(edition.name)])


def _variants(text: Text, case: Case, edition: Edition) -> None:
    """A scenario has to pass on every variant but those that say otherwise of it, or of all scenarios."""
    text.section("Variants of the bundled provider: different and right")
    known = variants_of(edition.name)
    others = {name: one for name, variant in known.items() for one in variant.expects if covers(one, case.id)}
    named = {name: one for name, one in others.items() if one.scenarios != ANY}
    but = (
        "On these it may come to something else:"
        if named
        else f"For example {', '.join(list(known)[:_MOST_VARIANTS])}."
    )
    text.say(f"It passes on each of these {len(known)} providers, too (`gpconnect-assure provider --list`). {but}")
    text.rows([(name, f"{one.verdict}: {one.why}") for name, one in named.items()])


def _advice(text: Text, case: Case, edition: Edition, entry: Entry) -> None:
    if case.fix:
        text.section("When it fails")
        text.say(case.fix)
    text.section("Run it")
    others = [name for name in sorted({*editions()} - {edition.name}) if case.runs_in(name)]
    text.verbatim(f"gpconnect-assure run --config my.yaml --id {case.id}")
    for fault in case.fault_ids(edition.name)[:1]:
        text.verbatim(
            f"gpconnect-assure provider --edition {edition.name} --fault {fault}   # a provider that fails it"
        )
    for name in others:
        text.verbatim(f"gpconnect-assure explain --edition {name} {case.id}   # it runs there, too")
    text.say(f"Source: {entry.module.replace('.', '/')}.py, {entry.function.__name__}")
