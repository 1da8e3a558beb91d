"""Searches by identifier: what is the same for patients, practitioners, organisations and locations."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from conformance.provider.http import Call
from conformance.provider.refusal import Reply
from conformance.provider.rules import Rules

SEARCH = Rules("identifier")
_WEIGHTS = range(10, 1, -1)


@dataclass(frozen=True)
class Kind:
    """What is searched for: the use of its identifiers, what a value must look like, and the reply where it does not.

    `wrong` is that reply, `dstu2` that of DSTU2 where it is another. The name is the first part of its rules'
    names.
    """

    name: str
    use: str
    looks_right: Callable[[str], bool]
    wrong: Reply
    dstu2: Reply | None = None


@dataclass(frozen=True)
class Question:
    """An identifier search as sent."""

    call: Call
    kind: Kind
    sent: list[str]

    @property
    def system(self) -> str:
        """What stands before the bar."""
        return self.sent[0].rpartition("|")[0] if self.sent else ""

    @property
    def value(self) -> str:
        """What stands behind the bar."""
        return self.sent[0].rpartition("|")[2] if self.sent else ""


def valid_nhs_number(value: str) -> bool:
    """Whether a text is an NHS number: ten digits, the last of which is the check digit (modulus 11)."""
    if not re.fullmatch(r"[0-9]{10}", value):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, value, strict=False))
    return (11 - total % 11) % 11 == int(value[9])


def asked_identifier(call: Call, kind: Kind) -> Question:
    """Return the identifier searched for; raises Refusal unless it is one that can be searched for."""
    question = Question(call, kind, call.parameters("identifier"))
    SEARCH.enforce(call, question)
    _value_rules(kind).enforce(call, question)
    return question


_VALUE_RULES: dict[str, Rules] = {}


def _value_rules(kind: Kind) -> Rules:
    return _VALUE_RULES[kind.name]


def register(kind: Kind) -> Kind:
    """Make the rule that checks the values of a kind."""
    rules = _VALUE_RULES[kind.name] = Rules(kind.name)

    @rules.rule("value-form", kind.wrong, dstu2=kind.dstu2 or kind.wrong)
    def _value_form(question: Question) -> str | None:
        """The value has the form of its kind."""
        wrong = question.value and not kind.looks_right(question.value)
        return f"{question.value[:40]} is no valid {kind.use.replace('_', ' ')}" if wrong else None

    return kind


@SEARCH.rule("present", "BAD_REQUEST", dstu2="INVALID_PARAMETER")
def _present(question: Question) -> str | None:
    """There is an identifier."""
    return None if question.sent else "the parameter identifier is missing"


@SEARCH.rule("once", "BAD_REQUEST", dstu2="INVALID_PARAMETER")
def _once(question: Question) -> str | None:
    """There is one identifier."""
    return "the parameter identifier was sent more than once" if len(question.sent) > 1 else None


@SEARCH.rule("has-system", "INVALID_PARAMETER")
def _has_system(question: Question) -> str | None:
    """The identifier says in which system it is."""
    return None if question.system else "the identifier has no system; send system|value"


@SEARCH.rule("system-known", "INVALID_IDENTIFIER_SYSTEM")
def _system_known(question: Question) -> str | None:
    """The system is the one that these resources are searched by."""
    known = question.call.provider.edition.systems(question.kind.use)
    strange = question.system and question.system not in known
    return f"the identifier system {question.system[:80]} is not supported here" if strange else None


@SEARCH.rule("has-value", "INVALID_PARAMETER")
def _has_value(question: Question) -> str | None:
    """The identifier has a value."""
    return None if question.value.strip() else "the identifier has no value; send system|value"
