"""The options that choose scenarios, as data: the console command and the pytest plugin make theirs of this table.

Light on purpose: the command line imports it to show its help.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SelectionOption:
    """An option: its name without dashes, what its value is, and what it does. Each may be repeated.

    `offers` names the function of cli/completion.py that knows its values, "" for none.
    """

    name: str
    metavar: str
    help: str
    offers: str = ""


OPTIONS: tuple[SelectionOption, ...] = (
    SelectionOption("id", "GLOB", "Only scenarios with this id, such as book.taken-* or a node id.", "scenarios"),
    SelectionOption("interaction", "GLOB", "Only scenarios of this interaction: book, patient-find, …", "interactions"),
    SelectionOption("requirement", "GLOB", "Only scenarios that verify this requirement.", "requirements"),
    SelectionOption("failed-from", "RUN", "Only scenarios that failed in the run in this folder.", "runs"),
    SelectionOption("cause", "ID", "Only scenarios of this cause of the last run, or of --of.", "causes"),
    SelectionOption("of", "RUN", "The folder of the run that --cause is of.", "runs"),
)


@dataclass(frozen=True, slots=True)
class Choice:
    """The values of a call's selection options, by the option's name."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, given: Mapping[str, Iterable[str] | None]) -> Choice:
        """Return what was given; names that are no selection options and options without a value are left out."""
        values = {option.name: tuple(given.get(option.name) or ()) for option in OPTIONS}
        return cls({name: listed for name, listed in values.items() if listed})

    @classmethod
    def read(cls, words: Iterable[str]) -> Choice:
        """Return what `words` wrote."""
        listed = list(words)
        values: dict[str, tuple[str, ...]] = {}
        for option, value in zip(listed[::2], listed[1::2], strict=True):
            name = option.removeprefix("--")
            values[name] = (*values.get(name, ()), value)
        return cls(values)

    def __bool__(self) -> bool:
        return bool(self.values)

    def __getitem__(self, name: str) -> tuple[str, ...]:
        return self.values.get(name, ())

    def words(self, prefix: str = "--") -> list[str]:
        """Return the options as they are written on a command line."""
        return [word for name, listed in self.values.items() for value in listed for word in (f"{prefix}{name}", value)]
