"""What a run says of the registrations that it leaves behind."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.engine.registrations import registrations_made


def _exchange(interaction: str, status: int | None) -> Any:
    return cast("Any", SimpleNamespace(interaction=interaction, status=status))


@pytest.mark.parametrize(("statuses", "begins"), [((200, 422, None), "1 of"), ((200, 201, 409), "2 of")])
def test_it_counts_those_that_were_carried_out(statuses: tuple[int | None, ...], begins: str) -> None:
    (notice,) = registrations_made([_exchange("register_patient", status) for status in statuses])
    assert notice.message.startswith(begins)


def test_it_says_nothing_where_nobody_was_registered() -> None:
    assert list(registrations_made([_exchange("register_patient", 400), _exchange("book_appointment", 201)])) == []
