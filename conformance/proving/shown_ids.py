"""The logical ids of a configuration as a provider with other ids has them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from conformance.config.model import Appointments, Config

Show = Callable[[str], str]
_OWN_ID = re.compile(r'("id":\s*")([^"#]+)(")')
_VERSION = re.compile(r'("versionId":\s*")([^"]+)(")')
_REFERENCE = re.compile(r'("reference":\s*"[A-Z][A-Za-z]+/)([^"]+)(")')


def with_versions(config: Config, show: Show, folder: Path) -> Config:
    """Return a configuration whose file of a past appointment names the version that a provider shows."""
    held = config.data.appointments
    if held.past_resource is None:
        return config
    text = _VERSION.sub(
        lambda found: f"{found[1]}{show(found[2])}{found[3]}", held.past_resource.read_text(encoding="utf-8")
    )
    path = folder / "past-appointment-version.json"
    path.write_text(text, encoding="utf-8")
    return replace(config, data=replace(config.data, appointments=replace(held, past_resource=path)))


def with_ids(config: Config, show: Show, folder: Path) -> Config:
    """Return a configuration that names the same resources by the ids that a provider shows.

    A file of a past appointment is written into `folder`, with its own id and its references changed.
    """
    data = config.data
    patients = tuple(replace(one, logical_id=_shown(one.logical_id, show)) for one in data.patients)
    closed = data.closed_slot
    return replace(
        config,
        data=replace(
            data,
            patients=patients,
            closed_slot=replace(closed, id=show(closed.id), location=show(closed.location)) if closed else None,
            appointments=_appointments(config, show, folder),
        ),
    )


def _shown(identifier: str, show: Show) -> str:
    return show(identifier) if identifier else ""


def _appointments(config: Config, show: Show, folder: Path) -> Appointments:
    held = config.data.appointments
    changed: dict[str, Any] = {}
    for one in fields(held):
        value = getattr(held, one.name)
        if isinstance(value, str):
            changed[one.name] = _shown(value, show)
        elif isinstance(value, Path):
            changed[one.name] = folder / "past-appointment.json"
            text = value.read_text(encoding="utf-8")
            for pattern in (_OWN_ID, _REFERENCE):
                text = pattern.sub(lambda found: f"{found[1]}{show(found[2])}{found[3]}", text)
            (folder / "past-appointment.json").write_text(text, encoding="utf-8")
    return replace(held, **changed)
