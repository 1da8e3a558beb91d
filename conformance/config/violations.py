"""What a value breaks of the schema, said for people: found, allowed, and a likely key for a mistyped one."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from conformance.core import nhs_numbers

if TYPE_CHECKING:
    from jsonschema import FormatChecker, ValidationError

Problem = tuple[tuple[str | int, ...], str]
_KINDS = {
    "object": "a mapping of keys",
    "array": "a list",
    "string": "text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
}

_BOUNDS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minItems": "at least {} item(s)",
    "minLength": "text that is not empty",
}


def schema_problems(value: Any, schema: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield each breach of the schema as path and text."""
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(schema, format_checker=_formats())
    for error in validator.iter_errors(value):
        yield from _described(error)


def _described(error: ValidationError) -> Iterator[Problem]:
    path, schema = tuple(error.absolute_path), cast("Mapping[str, Any]", error.schema)
    if error.validator == "additionalProperties":
        known = list(schema["properties"])
        for key in sorted(set(cast("Any", error.instance)) - set(known)):
            yield (*path, key), _unknown(key, known)
    elif error.validator == "required":
        # One error for each missing key, which only its message distinguishes.
        missing = next(key for key in schema["required"] if error.message.startswith(repr(key)))
        yield path, f"the key {missing} is missing: {_meaning(schema['properties'][missing])}"
    else:
        yield path, f"found {_shown(error.instance)}; allowed: {_allowed(error, schema)}"


def _unknown(key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]}?" if near else f"known here: {', '.join(known)}"
    return f"there is no such key; {hint}"


def _meaning(schema: Mapping[str, Any]) -> str:
    return str(schema.get("description", "see config.example.yaml")).rstrip(".")


def _allowed(error: ValidationError, schema: Mapping[str, Any]) -> str:
    wanted = cast("Any", error.validator_value)
    if error.validator == "enum":
        near = difflib.get_close_matches(str(error.instance), wanted, n=1)
        listed = " or ".join(item or '""' for item in wanted)
        return f"{listed} (did you mean {near[0]}?)" if near else listed
    if error.validator == "format" and error.cause is not None:
        return f"{schema.get('x-expected', wanted)} ({error.cause})"
    if "x-expected" in schema:
        return str(schema["x-expected"])
    if error.validator == "type":
        return " or ".join(_KINDS[kind] for kind in ([wanted] if isinstance(wanted, str) else wanted))
    return _BOUNDS.get(str(error.validator), "{}").format(wanted)


def _shown(value: Any) -> str:
    if value is None or value == "":
        return "nothing"
    if isinstance(value, dict):
        return "a mapping of keys"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if len(repr(value)) <= 80 else f"{repr(value)[:77]}..."


def _formats() -> FormatChecker:
    from jsonschema import FormatChecker

    checker = FormatChecker(formats=())
    checker.checks("nhs-number", raises=ValueError)(_check_nhs_number)
    checker.checks("http-url", raises=ValueError)(_check_url)
    checker.checks("http-url-or-empty", raises=ValueError)(lambda value: value == "" or _check_url(value))
    checker.checks("calendar-date", raises=ValueError)(_check_date)
    return checker


def _check_nhs_number(value: object) -> bool:
    problem = nhs_numbers.problem_with(value) if isinstance(value, str) else ""
    if problem:
        raise ValueError(problem)
    return True


def _check_url(value: object) -> bool:
    if not isinstance(value, str):
        return True
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https"):
        raise ValueError("it does not begin with http:// or https://")
    if not parts.hostname or any(character.isspace() or ord(character) > 126 for character in value):
        raise ValueError("it has no host name, or holds a blank or a character that no URL may hold")
    if parts.port == 0:
        raise ValueError("there is no port 0")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("user names, queries and fragments have no place in it")
    return True


def _check_date(value: object) -> bool:
    if isinstance(value, str):
        date.fromisoformat(value)
        return len(value) == len("2026-03-29")
    return True
