"""What is said of a write whose response was lost, by what became of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.engine.environment import Environment, Trouble
from conformance.engine.open_outcomes import Fate, Outcome

TROUBLE = next(iter(Trouble))


@pytest.mark.parametrize(
    ("key", "fate", "words", "again", "made"),
    [
        ("book_appointment", Fate.NOT_MADE, "it was not carried out: s", True, False),
        ("book_appointment", Fate.UNDONE, "it was carried out, and has been undone: s", True, True),
        ("book_appointment", Fate.MADE, "it was carried out: s", True, True),
        ("book_appointment", Fate.LEFT_OVER, "it was carried out, and is left over: s", True, True),
        ("book_appointment", Fate.UNKNOWN, "what became of it is not known: s", True, False),
        ("register_patient", Fate.NOT_MADE, "it was not carried out: s", True, False),
        ("register_patient", Fate.UNKNOWN, "what became of it is not known: s", False, False),
        ("register_patient", Fate.LEFT_OVER, "it was carried out, and is left over: s", False, True),
    ],
)
def test_each_fate_in_words(key: str, fate: Fate, words: str, again: bool, made: bool) -> None:
    request: Any = SimpleNamespace(label="Book", interaction=SimpleNamespace(key=key))
    lost = Environment._response_lost(cast(Environment, None), request, TROUBLE, Outcome(fate, "s"))
    assert lost.reason == f"Book: {TROUBLE} in place of the response; {words}"
    assert (lost.again, lost.made, lost.code) == (again, made, "response-lost")
