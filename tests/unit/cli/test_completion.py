"""What a shell offers for an incomplete word."""

from __future__ import annotations

import pytest
from click.shell_completion import ShellComplete

from conformance import cli


def offered(*words: str) -> list[str]:
    *arguments, incomplete = words
    found = ShellComplete(cli.root, {}, "gpconnect-assure", "_X").get_completions(arguments, incomplete)
    return [item.value for item in found]


def test_commands_are_offered_without_importing_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli.LazyGroup, "get_command", None)
    assert offered("") == list(cli.COMMANDS)
    assert offered("ex") == ["explain", "export"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("explain", "book.taken-by-s"), ["book.taken-by-same"]),
        (("explain", "STU3-BOOK-01"), [f"STU3-BOOK-01{digit}" for digit in range(10)]),
        (("explain", "DUPLICATE"), ["DUPLICATE_REJECTED"]),
        (("explain", "--edition", ""), ["dstu2", "stu3"]),
        (("provider", "--fault", "book.accepts-busy"), ["book.accepts-busy-slot"]),
        (("provider", "--edition", "dstu2", "--fault", "location-find.with-full-url"), []),
        (("prove", "-k", "book.accepts-busy"), ["book.accepts-busy-slot"]),
    ],
)
def test_ids_and_names_are_offered(words: tuple[str, ...], expected: list[str]) -> None:
    assert offered(*words) == expected


def test_an_edition_on_the_line_narrows_what_is_offered() -> None:
    both = offered("explain", "location-find.every-answer-c")
    assert both
    assert offered("explain", "--edition", "stu3", "location-find.every-answer-c") == []
