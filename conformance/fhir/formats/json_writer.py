"""Writes the JSON form with decimals exact: `Decimal("1.50")` becomes `1.50`, which `json` alone cannot do."""

from __future__ import annotations

import json
import re
import secrets
from decimal import Decimal
from typing import Any


def write_json(value: Any, *, indent: int | None = None) -> bytes:
    """The JSON form in UTF-8. Raises TypeError for what JSON cannot carry, ValueError for NaN and infinities."""
    mark = f"decimal-{secrets.token_hex(8)}:"

    def number(item: object) -> str:
        if not isinstance(item, Decimal):
            raise TypeError(f"{type(item).__name__} has no JSON form")
        if not item.is_finite():
            raise ValueError(f"{item} has no JSON form")
        return mark + str(item)

    text = json.dumps(value, default=number, ensure_ascii=False, allow_nan=False, indent=indent)
    if mark in text:
        text = re.sub(f'"{mark}([^"]*)"', r"\1", text)
    # Half surrogate pairs have no UTF-8 form; the reader has replaced those of the input already.
    return text.encode("utf-8", "replace")
