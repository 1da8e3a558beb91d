"""Which values of a configuration scenarios need: whether one is there, the key that would give it, and its name in words.

A need is written as in the facts: `https`; `data.patients ROLE [N]`, so many patients with a role; `data.patients.logical_id
ROLE`; `data.registrations KIND [N]`, so many people of a kind (new, inactive, any of these, or why PDS refuses them); else the
dotted path of a key, behind it the number of values that it must hold.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from conformance.config.model import Config, Registration

_PATIENTS, _LOGICAL_IDS, _REGISTRATIONS = "data.patients", "data.patients.logical_id", "data.registrations"
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six")


def is_met(need: str, config: Config) -> bool:
    """Return whether a configuration gives what a need asks for."""
    if need == "https":
        return config.provider.base_url.startswith("https:")
    key, kind, count = _parts(need)
    special: dict[str, Callable[[], int]] = {
        _PATIENTS: lambda: _patients(config, kind),
        _LOGICAL_IDS: lambda: sum(bool(one.logical_id) for one in config.data.patients_with(kind)),
        _REGISTRATIONS: lambda: sum(_is_kind(one, kind) for one in config.data.registrations),
    }
    return special[key]() >= count if key in special else _size(_value(config, key)) >= count


def key_of(need: str) -> str:
    """Return the key of the configuration that gives what a need asks for."""
    return "provider.base_url" if need == "https" else _parts(need)[0]


def in_words(need: str) -> str:
    """Return what a need asks for, with the key: "data.patients: two with the role bookable"."""
    if need == "https":
        return "provider.base_url: an address that begins with https"
    key, kind, count = _parts(need)
    number = _NUMBERS[count] if count < len(_NUMBERS) else str(count)
    if key == _PATIENTS:
        return f"{key}: {number} with the role {kind}"
    if key == _LOGICAL_IDS:
        return f"{_PATIENTS}: the logical_id of the patient with the role {kind}"
    if key == _REGISTRATIONS:
        return f"{key}: {number} {_person(kind)}"
    return key if count == 1 else f"{key}: {number} of them"


def _person(kind: str) -> str:
    if kind == "new":
        return "whom the practice does not know"
    if kind == "any":
        return "who can be registered"
    return "with inactive: true" if kind == "inactive" else f"with refused: {kind}"


def _parts(need: str) -> tuple[str, str, int]:
    """The key, the kind ("" where the key has none) and the number."""
    key, *rest = need.split()
    count = int(rest.pop()) if rest and rest[-1].isdecimal() else 1
    return key, rest[0] if rest else "", count


def _patients(config: Config, role: str) -> int:
    """How many patients a scenario can take for a role: any spare one may be booked for, too."""
    roles = {role, "spare"} if role == "bookable" and config.data.patients_with(role) else {role}
    return sum(bool(roles & set(one.roles)) for one in config.data.patients)


def _is_kind(person: Registration, kind: str) -> bool:
    if kind == "any":
        return not person.refused
    if kind == "inactive":
        return person.inactive and not person.refused
    return person.refused == ("" if kind == "new" else kind) and not person.inactive


def _value(config: Config, key: str) -> Any:
    found: Any = config
    for name in key.split("."):
        found = getattr(found, name, None)
    return found


def _size(value: Any) -> int:
    return len(value) if isinstance(value, Collection) and not isinstance(value, str) else int(bool(value))
