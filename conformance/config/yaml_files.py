"""YAML files that people write: read with the line of each value, and all their problems in one message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from conformance.config.violations import Problem
from conformance.config.yamltree import NotYamlError, Tree, dotted, file_text, read_tree
from conformance.core.errors import UsageError


def tree_of(
    path: Path,
    what: str,
    schema: Mapping[str, Any],
    *,
    overrides: Mapping[str, str] | None = None,
    fix: str = "",
    absent: str = "",
) -> Tree:
    """Return the values of a file with their lines; `what` it is, for messages ("configuration").

    `fix` says what to do about a file that is wrong, `absent` about one that is not there. Raises UsageError where the file
    cannot be read, is not YAML or is empty.
    """
    try:
        text = file_text(path)
    except FileNotFoundError:
        raise UsageError(f"there is no {what} file {path}", fix=absent or fix) from None
    except OSError as error:
        raise UsageError(f"the {what} file cannot be read: {path}: {error.strerror or error}") from error
    except NotYamlError as error:
        raise UsageError(f"the {what} file cannot be read: {path}: {error}") from error
    try:
        tree = read_tree(text, schema, overrides or {})
    except NotYamlError as error:
        raise UsageError(f"the {what} file is not YAML: {path}: {error}") from error
    if tree.value is None:
        raise UsageError(f"the {what} file is empty: {path}", fix=fix)
    return tree


def message(path: Path, what: str, tree: Tree, problems: Sequence[Problem]) -> str:
    """Return all problems of a file as one message, each on a line with its place, in the order of the file."""
    placed = sorted(((tree.line(where), dotted(where), said) for where, said in problems), key=lambda row: row[0])
    count = "a problem" if len(placed) == 1 else f"{len(placed)} problems"
    rows = [f"  {f'line {line}' if line else 'override'}: {name}: {said}" for line, name, said in placed]
    return "\n".join([f"the {what} has {count}: {path}", *dict.fromkeys(rows)])
