"""What `init` prompts for: skipped one at a time, or all that follow."""

from __future__ import annotations

import click
import pytest

from conformance.cli.prompts import Asker
from conformance.core.errors import UsageError


def test_the_end_of_the_input_skips_all_that_can_be_skipped_and_names_what_cannot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[str] = []

    def ended(text: str, **_: object) -> str:
        shown.append(text)
        raise click.Abort

    monkeypatch.setattr(click, "prompt", ended)
    asker = Asker(asks=True)
    assert asker.may("a patient") == ""
    assert asker.may("another patient") == ""
    assert asker.must("provider-ods", "ODS code", None, str, default="A20047") == "A20047"
    assert shown == ["a patient (Enter: none)"]
    with pytest.raises(UsageError, match="--base-url"):
        asker.must("base-url", "URL", None, str)
