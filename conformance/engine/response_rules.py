"""What must hold of every response: judged as the responses come, collected by the scenarios that are about it.

A body is judged by all rules when the scenario that received it has ended, and need not be kept after that. What is kept of
it is what the rules found.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.checks.check import Check, Context, sees
from conformance.checks.framing import framed, surplus
from conformance.checks.json_values import every
from conformance.checks.profile_conformance import conforms
from conformance.consumer.response import Response, resource_names
from conformance.core.exchange import Exchange
from conformance.core.judged import Fact, Judged
from conformance.core.results import Finding, Severity
from conformance.spec import Edition

Which = Callable[[Response], bool]
_REFUSED = 400
_MOST_EQUAL = 512  # bodies whose validation is remembered: most responses of a run are equal to one not long before


@dataclass(frozen=True)
class ResponseRule:
    """What one scenario judges of every response: those that `which` chooses, by `checks`.

    `facts` reads from a response what the scenario judges over all of them at the end (small tuples of plain values, each kept
    once); `numbered` is the place in each that has the number of the exchange, None where none has. `interactions` are keys of
    the edition's interactions; empty for that of the scenario. With `timed` it is about how long responses take: those that are
    requested while others are on their way do not count.
    """

    which: Which
    checks: tuple[Check, ...] = ()
    facts: Callable[[Response], Iterable[Fact]] | None = None
    interactions: tuple[str, ...] = ()
    timed: bool = False
    numbered: int | None = None


@dataclass
class _Watched:
    """A rule with the interactions whose responses it judges (key → method and path), and what it has judged."""

    rule: ResponseRule
    routes: dict[str, tuple[str, re.Pattern[str]]]
    judged: Judged
    until: int = 0  # the last exchange that it has looked at
    late: set[int] = field(default_factory=set)  # responses whose late bytes it has judged


class ResponseJudge:
    """Judges the responses of a run by the rules that it watches for.

    `context` is what checks may ask, `read` reads an exchange as a response, `counts` says whether that is the provider's own,
    `made_by_invalid` names resources that invalid requests of ours brought about, `sent_mildly` are the exchanges of scenarios
    that come to a warning at most, `late` gives the bytes that came when an exchange was over.
    """

    def __init__(
        self,
        context: Context,
        *,
        read: Callable[[Exchange], Response],
        counts: Callable[[Response], bool],
        made_by_invalid: set[str],
        sent_mildly: set[int],
        late: Callable[[], dict[int, bytes]],
    ) -> None:
        self._context = context
        self._read, self._counts, self._late = read, counts, late
        self._made_by_invalid, self._sent_mildly = made_by_invalid, sent_mildly
        self._watched: dict[str, _Watched] = {}
        self._known: dict[tuple[str, bytes, str], tuple[Finding, ...]] = {}

    def watch(
        self, name: str, interaction: str, rule: ResponseRule, judged: Judged | None = None, *, until: int = 0
    ) -> None:
        """Judge by a rule from now on, for the scenario of that name; `judged` is what is known from before, of the exchanges
        up to that with the number `until`.
        """
        if name not in self._watched:
            keys = rule.interactions or (interaction,)
            routes = {
                key: _route(self._context.edition, key) for key in keys if key in self._context.edition.interactions
            }
            self._watched[name] = _Watched(rule, routes, judged or Judged(), until)

    def judge(self, exchanges: Iterable[Exchange]) -> None:
        """Judge exchanges, in order, by every rule that has not looked at them yet. Their bodies are needed no more."""
        for exchange in exchanges:
            wanting = [one for one in self._watched.values() if one.until < exchange.number]
            chosen = [one for one in wanting if _belongs(exchange, one.routes)]
            response = self._response(exchange) if chosen else None
            for one in wanting:
                one.until = exchange.number
            for one in chosen:
                if response and one.rule.which(response):
                    self._take(one, response)

    def judged(self, name: str, exchanges: Sequence[Exchange]) -> Judged:
        """Return what the rule of a scenario has seen; `exchanges` are those whose late bytes may count (bodies not needed)."""
        watched = self._watched[name]
        if framed in watched.rule.checks:
            self._take_late(watched, exchanges)
        return watched.judged

    def changed(self) -> dict[str, Judged]:
        """Return what has been judged, by scenario, where something is new since the evidence last had it."""
        return {name: watched.judged for name, watched in self._watched.items() if watched.judged.is_new}

    def take_new(self, exchanges: Sequence[Exchange] = ()) -> dict[str, Judged]:
        """Return what has been judged since the last call, by scenario, and begin anew: for the judge of the run (`absorb`).

        `exchanges` are those whose late bytes may count by now.
        """
        self.judge_late(exchanges)
        new = self.changed()
        for name in new:
            self._watched[name].judged = Judged()
        return new

    def judge_late(self, exchanges: Sequence[Exchange]) -> None:
        """Judge what came behind these responses once they were over, by every rule that is about it."""
        for watched in self._watched.values():
            if exchanges and framed in watched.rule.checks:
                self._take_late(watched, exchanges)

    def absorb(self, new: Mapping[str, Judged]) -> None:
        """Add what another process of the run has judged, by scenario."""
        for name, judged in new.items():
            if name in self._watched:
                self._watched[name].judged.absorb(judged)

    def _response(self, exchange: Exchange) -> Response | None:
        """An exchange as the response that counts; None where it does not.

        Not what an intermediary may have said in the provider's stead, nor what a layer below FHIR refused, nor what invalid
        requests of ours left behind: that is judged where it was brought about.
        """
        if exchange.below_fhir and (exchange.status or 0) >= _REFUSED:
            return None
        response = _without(self._made_by_invalid, self._read(exchange))
        if response and (late := self._late().get(exchange.number)):
            response = response.followed_by(late)
        return response if response and self._counts(response) else None

    def _take(self, watched: _Watched, response: Response) -> None:
        rule, judged = watched.rule, watched.judged
        subject = not rule.checks or any(sees(check, response) for check in rule.checks)
        judged.take(subject=subject, resource=response.is_resource)
        for check in rule.checks:
            for finding in self._run(check, response):
                judged.keep(self._weighed(replace(finding, exchange=response.number)))
        for fact in rule.facts(response) if rule.facts else ():
            judged.note(fact)
        if response.exchange.surplus:
            watched.late.add(response.number)

    def _run(self, check: Check, response: Response) -> Iterable[Finding]:
        """Run a check. Validation, the dearest of them, judges equal bodies once."""
        if check is not conforms:
            return check(response, self._context)
        digest = hashlib.sha256(response.exchange.response_body).digest()
        key = response.exchange.interaction, digest, response.form
        if key not in self._known:
            while len(self._known) >= _MOST_EQUAL:
                del self._known[next(iter(self._known))]
            self._known[key] = tuple(check(response, self._context))
        return self._known[key]

    def _take_late(self, watched: _Watched, exchanges: Sequence[Exchange]) -> None:
        """Judge what came behind a response once its scenario was over."""
        late = self._late()
        for exchange in exchanges:
            data = late.get(exchange.number)
            if data and exchange.number not in watched.late and _belongs(exchange, watched.routes):
                watched.late.add(exchange.number)
                for finding in surplus(self._read(replace(exchange, surplus=data))):
                    watched.judged.keep(self._weighed(replace(finding, exchange=exchange.number)))

    def _weighed(self, finding: Finding) -> Finding:
        """The finding, weighed no harder than the scenario that sent the request."""
        if finding.severity is Severity.FAIL and finding.exchange in self._sent_mildly:
            why = "a warning, as the scenario that sent the request comes to a warning at most"
            return replace(finding, severity=Severity.WARN, evidence=f"{finding.evidence}; {why}".lstrip("; "))
        return finding


def _route(edition: Edition, key: str) -> tuple[str, re.Pattern[str]]:
    interaction = edition.interactions[key]
    path = re.compile(re.escape(interaction.path).replace(r"\{id\}", "[^/?]+") + r"(\?.*)?$")
    return interaction.method, path


def _belongs(exchange: Exchange, routes: dict[str, tuple[str, re.Pattern[str]]]) -> bool:
    route = routes.get(exchange.interaction)
    return route is not None and exchange.method == route[0] and bool(route[1].search(exchange.url))


def _without(unwanted: set[str], response: Response) -> Response | None:
    """The response without the entries named; None where it is itself one of them, or nothing is left of it."""
    held = resource_names(response) & unwanted
    if not held:
        return response
    entries = [entry for entry in every(response.resource, "entry") if not _is(entry, held)]
    return response.part({**response.resource, "entry": entries}) if entries else None


def _is(entry: Any, names: set[str]) -> bool:
    resource = entry.get("resource") if isinstance(entry, dict) else None
    return isinstance(resource, dict) and f"{resource.get('resourceType')}/{resource.get('id')}" in names
