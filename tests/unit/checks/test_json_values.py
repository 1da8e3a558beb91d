"""What is reached in JSON, and how it is spelled for people."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.checks.json_values import spelled


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "nothing"),
        ([], "nothing"),
        ("Leeds", "Leeds"),
        ("", '""'),
        (" ", '" "'),
        (False, "false"),
        (1.5, "1.5"),
        (["a", None, True], "a, nothing, true"),
        ({"text": "ä"}, '{"text": "ä"}'),
        ({}, "{}"),
    ],
)
def test_a_value_is_spelled_as_json_does(value: Any, text: str) -> None:
    assert spelled(value) == text


def test_a_long_text_stays_whole() -> None:
    assert spelled("x" * 5000) == "x" * 5000
