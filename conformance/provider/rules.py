"""The provider's rules: each check it makes has a name, a reason to refuse, and stands in one registry.

A rule looks at one subject (a call, a search, a body, a booking …) and returns what is wrong with it, as a sentence for the
`diagnostics`, or nothing. The response then belongs to the rule, not to the code that enforces it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from conformance.provider.http import Call
from conformance.provider.refusal import Refusal, Reply
from conformance.spec.model import Edition

Check = Callable[[Any], str | None]
AnyCheck = TypeVar("AnyCheck", bound=Callable[[Any], str | None])


@dataclass(frozen=True)
class Rule:
    """A named check. `reply` is sent when it is broken; `by_edition` says otherwise for some, None where there is no rule."""

    name: str
    check: Check
    reply: Reply
    by_edition: Mapping[str, Reply | None]
    about: str

    def reply_in(self, edition: Edition) -> Reply | None:
        """Return what an edition's provider sends when the rule is broken; None where the edition has no such rule."""
        return edition.pick(self.by_edition) if edition.among(self.by_edition) else self.reply


RULES: dict[str, Rule] = {}


class Rules:
    """The rules of one moment, in the order they are checked."""

    def __init__(self, area: str) -> None:
        self.area = area
        self._rules: list[Rule] = []

    def rule(
        self, name: str, code: str | Reply = "INVALID_RESOURCE", **by_edition: str | Reply | None
    ) -> Callable[[AnyCheck], AnyCheck]:
        """Register the decorated check as `area.name`.

        `code` is sent in every edition; a keyword named after an edition overrides it there and in editions based on that
        one, None meaning that the edition has no such rule.
        """

        def register(check: AnyCheck) -> AnyCheck:
            full = name if "." in name else f"{self.area}.{name}"
            assert full not in RULES, full
            columns = {edition: None if value is None else Reply.of(value) for edition, value in by_edition.items()}
            RULES[full] = Rule(full, check, Reply.of(code), columns, (check.__doc__ or "").strip())
            self._rules.append(RULES[full])
            return check

        return register

    def enforce(self, call: Call, subject: Any) -> None:
        """Check the subject; raises Refusal for the first rule that is broken and not skipped."""
        seams, edition = call.provider.seams, call.provider.edition
        for rule in seams.setting("rules.order", self._rules, call):
            reply = rule.reply_in(edition)
            if reply is None or seams.skips(rule.name):
                continue
            wrong = rule.check(subject)
            if wrong:
                raise Refusal(rule.name, reply, wrong)


def broken(name: str, call: Call, diagnostics: str) -> Refusal:
    """Return the Refusal of a rule by name, for a fault that finds it broken in its own way."""
    reply = RULES[name].reply_in(call.provider.edition)
    assert reply is not None, f"edition {call.provider.edition.name} has no rule {name}"
    return Refusal(name, reply, diagnostics)


def first(*findings: str | None) -> str | None:
    """Return the first finding that is one."""
    return next((finding for finding in findings if finding), None)


def listed(names: Sequence[str]) -> str:
    """Return names for a sentence."""
    return ", ".join(names)
