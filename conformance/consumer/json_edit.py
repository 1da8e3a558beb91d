"""Dotted paths into JSON values: `participant.0.actor`, `contained.0.identifier.0.value`.

Every function that takes a path raises InternalError where it does not lead where it has to: paths are written by us.
"""

from __future__ import annotations

from typing import Any

from conformance.core.errors import InternalError


class NothingToChangeError(InternalError):
    """What should be changed is missing, or is so already: the provider's fault, when the request came from its response."""


def copied(value: Any) -> Any:
    """Return a copy of a JSON value of which nothing is shared; copy.deepcopy takes far longer, for it looks for cycles."""
    if isinstance(value, dict):
        return {name: copied(item) for name, item in value.items()}
    return [copied(item) for item in value] if isinstance(value, list) else value


def value_at(root: Any, path: str) -> Any:
    """Return what lies at the path."""
    return _walk(root, path.split("."), path)


def remove_at(root: Any, path: str) -> None:
    """Remove what lies at the path; a list or object left empty goes too, since FHIR knows none."""
    parts = path.split(".")
    holder = _walk(root, parts[:-1], path)
    _step(holder, parts[-1], path)
    del holder[_key(holder, parts[-1], path)]
    if not holder and len(parts) > 1:
        remove_at(root, ".".join(parts[:-1]))


def set_at(root: Any, path: str, value: Any) -> None:
    """Replace what lies at the path."""
    parts = path.split(".")
    holder = _walk(root, parts[:-1], path)
    if _step(holder, parts[-1], path) == value:
        raise NothingToChangeError(f"{path} has that value already")
    holder[_key(holder, parts[-1], path)] = copied(value)


def add_at(root: Any, path: str, value: Any) -> None:
    """Put a value where none lies yet: a new key of an object, or the index just past the end of a list."""
    parts = path.split(".")
    holder = _walk(root, parts[:-1], path)
    if isinstance(holder, list) and parts[-1] == str(len(holder)):
        holder.append(copied(value))
    elif isinstance(holder, dict) and parts[-1] not in holder:
        holder[parts[-1]] = copied(value)
    else:
        raise NothingToChangeError(f"nothing can be added at {path}")


def _walk(root: Any, parts: list[str], path: str) -> Any:
    for part in parts:
        root = _step(root, part, path)
    return root


def _step(holder: Any, part: str, path: str) -> Any:
    try:
        return holder[_key(holder, part, path)]
    except (KeyError, IndexError):
        raise NothingToChangeError(f"there is nothing at {path}: no {part}") from None


def _key(holder: Any, part: str, path: str) -> Any:
    if isinstance(holder, list) and part.isdecimal():
        return int(part)
    if isinstance(holder, dict):
        return part
    raise NothingToChangeError(f"there is nothing at {path}: {part} does not lead into a {type(holder).__name__}")
