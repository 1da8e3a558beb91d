"""A request refused: which rule was broken, and what the response says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Reply:
    """An error as sent. Empty fields are filled in from the edition's error table."""

    code: str
    status: int = 0
    issue_type: str = ""
    display: str = ""
    system: str = ""

    @classmethod
    def of(cls, value: str | Reply) -> Reply:
        """Return a code as a reply; a reply as it is."""
        return cls(value) if isinstance(value, str) else value


class Refusal(Exception):  # noqa: N818 - a refusal is a response, not an error of ours
    """A request that the provider refuses: which rule, what is sent, and why, for the reader."""

    def __init__(self, rule: str, reply: Reply, diagnostics: str) -> None:
        super().__init__(diagnostics)
        self.rule = rule
        self.reply = reply
        self.diagnostics = diagnostics


def refuse(rule: str, reply: str | Reply, diagnostics: str) -> Refusal:
    """Return a Refusal outside the tables of rules, for what no check of one subject can find."""
    return Refusal(rule, Reply.of(reply), diagnostics)


def reworded(refusal: Refusal, **fields: Any) -> Refusal:
    """Return the same refusal with other values in its reply or its diagnostics."""
    diagnostics = fields.pop("diagnostics", refusal.diagnostics)
    return Refusal(refusal.rule, replace(refusal.reply, **fields), diagnostics)
