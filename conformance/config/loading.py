"""From the user's file to a Config: read, validated against schema.json, checked for what a schema cannot say, and built.

All problems of a file come in one message, a line each: key path, line, what was found, what is allowed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from conformance.config.building import build
from conformance.config.model import Config
from conformance.config.rules import early_problems, further_problems
from conformance.config.violations import schema_problems
from conformance.config.yaml_files import message, tree_of
from conformance.core.errors import UsageError

_SCHEMA = Path(__file__).with_name("schema.json")
_WHAT = "configuration"
_ABSENT = "`gpconnect-assure init` writes one; name it with --config."
_FIX = "`gpconnect-assure init --example` prints every key with its meaning."


def load_config(path: Path, *, overrides: Mapping[str, str] | None = None) -> Config:
    """Return the configuration of a YAML file.

    `overrides` maps dotted key paths (`provider.base_url`, `data.patients.0.nhs_number`) to YAML texts that replace or
    add values. Raises UsageError naming every problem of the file.
    """
    path = Path(path).absolute()
    tree = tree_of(path, _WHAT, schema(), overrides=overrides, fix=_FIX, absent=_ABSENT)
    problems = [*tree.problems, *early_problems(tree.value), *schema_problems(tree.value, schema())]
    config = None
    if not problems:
        config = build(tree.value, path)
        problems = list(further_problems(config))
    if config is None or problems:
        raise UsageError(message(path, _WHAT, tree, problems), fix=_FIX)
    return config


def pairs(texts: Iterable[str]) -> dict[str, str]:
    """Return KEY=VALUE texts as a mapping; UsageError for one without a sign of equality."""
    for text in texts:
        if "=" not in text:
            raise UsageError(
                f"{text!r} is not of the form KEY=VALUE", fix="For example --set provider.base_url=http://…"
            )
    return {key: value for key, _, value in (text.partition("=") for text in texts)}


@cache
def schema() -> dict[str, Any]:
    """Return the published JSON Schema of the file."""
    found: dict[str, Any] = json.loads(_SCHEMA.read_text(encoding="utf-8"))
    return found
