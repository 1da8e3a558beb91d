"""Interactions are named as the edition titles them."""

from __future__ import annotations

import pytest

from conformance.reporting.interaction_titles import interaction_title


@pytest.mark.parametrize(
    ("key", "edition", "title"),
    [
        ("find_organization", "stu3", "Find an organisation"),
        ("read_organization", "dstu2", "Read an organisation"),
        ("search_free_slots", "stu3", "Search for free slots"),
        ("read_something_new", "stu3", "Read something new"),
        ("find_organization", "an edition that is not here", "Find organization"),
    ],
)
def test_titles(key: str, edition: str, title: str) -> None:
    assert interaction_title(key, edition) == title
