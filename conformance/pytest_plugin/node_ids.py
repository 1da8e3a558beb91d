"""Node ids of scenarios, so that pytest takes back what it prints.

Scenarios lie where the package is installed, mostly outside the folder in which pytest is called. pytest then names them from
the folder of the scenarios on ("appointments/test_book.py::test_times[stu3:book.times]") and does not find them by that name.
Such arguments are taken out here: the folder of the scenarios is collected in their stead, and what they do not name left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance import scenarios

SCENARIOS = Path(scenarios.__file__).parent


@dataclass(frozen=True, slots=True)
class NodeIds:
    """The node ids of scenarios that a call of pytest names. Without any, everything is taken."""

    given: tuple[str, ...] = ()

    def takes(self, node_id: str) -> bool:
        """Whether an item is one of those named, or lies within one."""
        return not self.given or any(
            node_id == one or node_id.startswith((f"{one}::", f"{one}[")) for one in self.given
        )

    def ignores(self, path: Path) -> bool:
        """Whether a file or folder below that of the scenarios holds none of those named."""
        if not self.given or not path.is_relative_to(SCENARIOS):
            return False
        files = [SCENARIOS / one.partition("::")[0] for one in self.given]
        return not any(file.is_relative_to(path) for file in files)


def take_out(arguments: Sequence[str], folder: Path) -> tuple[list[str], NodeIds]:
    """Return pytest's arguments, with the folder of the scenarios for node ids below it, and those node ids.

    `folder` is the one that arguments are relative to: what exists there is left as it is.
    """
    ids = tuple(one for one in arguments if _is_ours(one, folder))
    others = [one for one in arguments if one not in ids]
    return ([*others, str(SCENARIOS)], NodeIds(ids)) if ids else (others, NodeIds())


def _is_ours(argument: str, folder: Path) -> bool:
    path = argument.partition("::")[0]
    return path.endswith(".py") and not (folder / path).exists() and (SCENARIOS / path).is_file()
