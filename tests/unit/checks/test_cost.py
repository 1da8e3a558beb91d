"""Patterns over texts that a provider sends take time in proportion to the text."""

from __future__ import annotations

from conformance.checks.empty_values import _DIV

NAMESPACE = "http://www.w3.org/1999/xhtml"


def test_a_narrative_of_unclosed_divs_is_searched_once() -> None:
    assert _DIV.search("<div " * 400_000) is None  # each one to the end of the text would be 10^11 steps
    assert _DIV.search("<div " * 10 + f'<h:div class="a" xmlns:h="{NAMESPACE}">') is not None
    assert _DIV.search(f'<div xmlns="{NAMESPACE}">') is not None
