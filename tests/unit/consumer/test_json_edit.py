"""Values within JSON: copies of them. Where paths lead is shown with the deviations that use them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.consumer.json_edit import NothingToChangeError, add_at, copied

SCALARS = st.none() | st.booleans() | st.integers() | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@given(VALUES)
def test_a_copy_is_equal_and_shares_nothing_that_can_change(value: Any) -> None:
    again = copied(value)
    assert again == value
    assert not {id(item) for item in containers(again)} & {id(item) for item in containers(value)}


def containers(value: Any) -> list[Any]:
    if not isinstance(value, dict | list):
        return []
    inner = value.values() if isinstance(value, dict) else value
    return [value, *(found for item in inner for found in containers(item))]


def test_nothing_can_be_added_where_a_provider_sent_something_else() -> None:
    with pytest.raises(NothingToChangeError, match=r"nothing can be added at identifier\.1"):
        add_at({"identifier": ["x", "y"]}, "identifier.1", {})
