"""A configuration as plain values for the evidence of a run, and back.

The plain form has the members of the configuration file. Texts are given to a function on the way, which takes out secrets
and puts pseudonyms in place of people, so that they agree with what the evidence holds of the requests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from pathlib import Path
from typing import Any

from conformance.config.building import build
from conformance.config.model import Config

Clean = Callable[[str, str], str]
"""From the dotted path of a text, without indexes (`data.patients.nhs_number`), and the text, to the text as it is kept."""


def recorded(config: Config, clean: Clean) -> dict[str, Any]:
    """Return a configuration as JSON can hold it, each text cleaned."""
    plain: dict[str, Any] = _plain(config, "", clean)
    return plain


def from_recorded(plain: Mapping[str, Any]) -> Config:
    """Return the configuration that `recorded` made plain."""
    return build(plain, Path(plain["path"]))


def _plain(value: Any, path: str, clean: Clean) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        members = ((item.name, getattr(value, item.name)) for item in fields(value))
        below = f"{path}." if path else ""
        return {name: _plain(one, f"{below}{name}", clean) for name, one in members if one is not None}
    if isinstance(value, tuple | list):
        return [_plain(one, path, clean) for one in value]
    if isinstance(value, Mapping):
        return {name: _plain(one, f"{path}.{name}", clean) for name, one in value.items()}
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    return clean(path, value) if isinstance(value, str) else value
