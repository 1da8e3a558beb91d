"""Builds the dataclasses of model.py from a checked mapping; what the mapping leaves out takes the field's default."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

from conformance.config.model import Config


def build(value: Mapping[str, Any], path: Path) -> Config:
    """Return the Config of a mapping that keeps the schema; relative paths are taken from the folder of `path`."""
    made: Config = _dataclass(Config, {**value, "path": str(path)}, path.parent)
    # What is appended to a root begins with a slash.
    provider = replace(
        made.provider,
        base_url=made.provider.base_url.rstrip("/"),
        proxy_url=made.provider.proxy_url.rstrip("/"),
    )
    data = replace(made.data, organization_ods=made.data.organization_ods or provider.ods_code)
    run = replace(made.run, reports=path.parent / made.run.reports)
    return replace(made, provider=provider, data=data, run=run)


def _dataclass(kind: Any, value: Mapping[str, Any], folder: Path) -> Any:
    hints = _hints(kind)
    known = {item.name for item in fields(kind)}
    return kind(**{key: _value(hints[key], given, folder) for key, given in value.items() if key in known})


@cache
def _hints(kind: Any) -> dict[str, Any]:
    """The types of a dataclass's fields, worked out once."""
    return get_type_hints(kind)


def _value(kind: Any, given: Any, folder: Path) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _one_of(get_args(kind), given, folder)
    if origin is tuple:
        return tuple(_value(get_args(kind)[0], item, folder) for item in given)
    if is_dataclass(kind):
        return _dataclass(kind, given, folder)
    if kind is Path:
        return folder / Path(given).expanduser()
    if kind is float:
        return float(given)
    return given


def _one_of(kinds: tuple[Any, ...], given: Any, folder: Path) -> Any:
    """`X | None` and `int | date`, the two unions of the model."""
    if date in kinds:
        return date.fromisoformat(given) if isinstance(given, str) else given
    return _value(next(kind for kind in kinds if kind is not types.NoneType), given, folder)
