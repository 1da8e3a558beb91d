"""From the user's file to a Config: read, validated against schema.json, checked for what a schema cannot say, and built.

All problems of a file come in one message, a line each: key path, line, what was found, what is allowed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from conformance.config.building import build
from conformance.config.model import Config
from conformance.config.rules import early_problems, further_problems
from conformance.config.violations import Problem, schema_problems
from conformance.config.yamltree import NotYamlError, Tree, dotted, file_text, read_tree
from conformance.core.errors import UsageError

_SCHEMA = Path(__file__).with_name("schema.json")
_FIX = "`gpconnect-assure init --example` prints every key with its meaning."


def load_config(path: Path, *, overrides: Mapping[str, str] | None = None) -> Config:
    """Return the configuration of a YAML file.

    `overrides` maps dotted key paths (`provider.base_url`, `data.patients.0.nhs_number`) to YAML texts that replace or
    add values. Raises UsageError naming every problem of the file.
    """
    path = Path(path).absolute()
    tree = _tree(path, overrides or {})
    problems = [*tree.problems, *early_problems(tree.value), *schema_problems(tree.value, schema())]
    config = None
    if not problems:
        config = build(tree.value, path)
        problems = list(further_problems(config))
    if config is None or problems:
        raise UsageError(_message(path, tree, problems), fix=_FIX)
    return config


@cache
def schema() -> dict[str, Any]:
    """Return the published JSON Schema of the file."""
    found: dict[str, Any] = json.loads(_SCHEMA.read_text(encoding="utf-8"))
    return found


def _tree(path: Path, overrides: Mapping[str, str]) -> Tree:
    try:
        text = file_text(path)
    except FileNotFoundError:
        fix = "`gpconnect-assure init` writes one; name it with --config."
        raise UsageError(f"there is no configuration file {path}", fix=fix) from None
    except OSError as error:
        raise UsageError(f"the configuration file cannot be read: {path}: {error.strerror or error}") from error
    except NotYamlError as error:
        raise UsageError(f"the configuration file cannot be read: {path}: {error}") from error
    try:
        tree = read_tree(text, schema(), overrides)
    except NotYamlError as error:
        raise UsageError(f"the configuration file is not YAML: {path}: {error}") from error
    if tree.value is None:
        raise UsageError(f"the configuration file is empty: {path}", fix=_FIX)
    return tree


def _message(path: Path, tree: Tree, problems: list[Problem]) -> str:
    placed = sorted(((tree.line(where), dotted(where), said) for where, said in problems), key=lambda row: row[0])
    count = "a problem" if len(placed) == 1 else f"{len(placed)} problems"
    rows = [f"  {f'line {line}' if line else 'override'}: {name}: {said}" for line, name, said in placed]
    return "\n".join([f"the configuration has {count}: {path}", *dict.fromkeys(rows)])
