"""The provider's rules: each check it makes has a name, a reason to refuse, and stands in one registry.

A rule looks at one subject (a call, a search, a body, a booking …) and returns what is wrong with it, as a sentence for the
`diagnostics`, or nothing. What is answered then belongs to the rule, not to the code that asks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from conformance.provider.http import Call

Check = Callable[[Any], str | None]
AnyCheck = TypeVar("AnyCheck", bound=Callable[[Any], str | None])
BOTH = ("dstu2", "stu3")


@dataclass(frozen=True)
class Reply:
    """An error as answered. Empty fields are filled in from the edition's error table."""

    code: str
    status: int = 0
    issue_type: str = ""
    display: str = ""
    system: str = ""


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error of ours
    """A request that the provider refuses: which rule, what is answered, and why, for the reader."""

    def __init__(self, rule: str, reply: Reply, diagnostics: str) -> None:
        super().__init__(diagnostics)
        self.rule = rule
        self.reply = reply
        self.diagnostics = diagnostics


@dataclass(frozen=True)
class Rule:
    """A named check. `replies` says, by edition, what is answered when it is broken."""

    name: str
    check: Check
    replies: Mapping[str, Reply]
    about: str


RULES: dict[str, Rule] = {}


class Rules:
    """The rules of one moment, in the order they are checked."""

    def __init__(self, area: str) -> None:
        self.area = area
        self._rules: dict[str, list[tuple[Rule, Reply]]] = {edition: [] for edition in BOTH}

    def rule(
        self, name: str, code: str | Reply = "INVALID_RESOURCE", **by_edition: str | Reply | None
    ) -> Callable[[AnyCheck], AnyCheck]:
        """Register the decorated check as `area.name`.

        `code` is what is answered in every edition; a keyword named after an edition overrides it there, None meaning
        that the edition has no such rule.
        """

        def register(check: AnyCheck) -> AnyCheck:
            replies = {edition: by_edition.get(edition, code) for edition in BOTH}
            full = name if "." in name else f"{self.area}.{name}"
            assert full not in RULES, full
            rule = Rule(
                full,
                check,
                {key: _reply(value) for key, value in replies.items() if value is not None},
                (check.__doc__ or "").strip(),
            )
            RULES[full] = rule
            for edition, reply in rule.replies.items():
                self._rules[edition].append((rule, reply))
            return check

        return register

    def enforce(self, call: Call, subject: Any) -> None:
        """Check the subject; raises Refusal for the first rule that is broken and not skipped."""
        seams = call.provider.seams
        for rule, reply in self._rules[call.edition]:
            if seams.skips(rule.name):
                continue
            wrong = rule.check(subject)
            if wrong:
                raise Refusal(rule.name, reply, wrong)


def _reply(value: str | Reply) -> Reply:
    return Reply(value) if isinstance(value, str) else value


def refuse(rule: str, reply: str | Reply, diagnostics: str) -> Refusal:
    """A Refusal outside the tables of rules, for what cannot be asked as a question."""
    return Refusal(rule, _reply(reply), diagnostics)


def reworded(refusal: Refusal, **fields: Any) -> Refusal:
    """The same refusal, answered otherwise."""
    diagnostics = fields.pop("diagnostics", refusal.diagnostics)
    return Refusal(refusal.rule, replace(refusal.reply, **fields), diagnostics)


def first(*findings: str | None) -> str | None:
    """The first finding that is one."""
    return next((finding for finding in findings if finding), None)


def listed(names: Sequence[str]) -> str:
    """Names for a sentence."""
    return ", ".join(names)
