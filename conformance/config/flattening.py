"""A configuration as a list of keys and texts, for the record of a run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.config.model import Config
from conformance.config.recording import recorded

MASKED = "[masked]"
_SECRET = re.compile(r"password|passphrase|secret|token$|credential", re.IGNORECASE)


def flattened(config: Config) -> dict[str, str]:
    """Return every value of a configuration by its dotted key, as `--set` names it: `data.patients.0.roles.1`.

    What is empty is left out, defaults are there. Secrets (passwords of keys) are masked; names and numbers of people are not:
    that is the redactor's.
    """
    plain = recorded(config, lambda _, text: text)
    return {key: MASKED if _SECRET.search(key) else value for key, value in _values("", plain) if key != "path"}


def _values(key: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        parts: Mapping[str, Any] = value
    elif isinstance(value, list):
        parts = {str(place): one for place, one in enumerate(value)}
    else:
        if value is not None and value != "":
            yield key, ("true" if value else "false") if isinstance(value, bool) else str(value)
        return
    for name, one in parts.items():
        yield from _values(f"{key}.{name}" if key else str(name), one)
