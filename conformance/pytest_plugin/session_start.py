"""What a process of a run starts with, as the evidence keeps it: configuration, scenarios, and whether it only reads."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Any

from conformance.config.flattening import flattened
from conformance.config.model import Config
from conformance.config.recording import recorded
from conformance.engine.scenario import Case
from conformance.planning.sharding import Shard, digest_of
from conformance.redaction.patient_details import BIRTH, IDENTIFIER, NAME
from conformance.redaction.redactor import Redactor

_DETAILS = {
    "data.patients.nhs_number": IDENTIFIER,
    "data.patients.name": NAME,
    "data.registrations.nhs_number": IDENTIFIER,
    "data.registrations.family": NAME,
    "data.registrations.given": NAME,
    "data.registrations.birth_date": BIRTH,
    "data.unknown.nhs_number": IDENTIFIER,
}
PEOPLE = "people"
"""Stands for all values of a configuration that tell of people."""

_OF_ONE, _OF_PEOPLE = 16, 4  # hexadecimal digits of digests
_PASSWORD = "tls.key_password"  # noqa: S105 - a key of the configuration


def shard_start(config: Config, redactor: Redactor, shard: Shard, whole: Iterable[Case]) -> dict[str, Any]:
    """Return what a shard says of the selection that it is a part of, so that `merge` can see that shards belong together.

    `selection` is the digest of all its scenarios, `rules` are those of them that are about all responses. `configuration` has
    a digest of each value by its key, but for values that tell of people: these have one together, too short to find them by.
    """
    cases = list(whole)
    values: dict[str, str] = {}
    people: list[str] = []
    for key, value in flattened(config).items():
        if re.sub(r"\.[0-9]+", "", key) in _DETAILS or redactor.text(value) != value:
            people.append(f"{key}={value}")
        else:
            values[key] = _digest(value)[:_OF_ONE]
    return {
        "number": shard.number,
        "of": shard.of,
        "selection": digest_of(case.id for case in cases),
        "rules": [case.id for case in cases if case.judges_all_responses],
        "configuration": {**values, PEOPLE: _digest("\n".join(people))[:_OF_PEOPLE]},
    }


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def session_start(config: Config, redactor: Redactor, cases: Iterable[Case], *, read_only: bool) -> dict[str, Any]:
    """Return what a process starts with; people have the pseudonyms that they have in the run's exchanges."""

    def clean(path: str, text: str) -> str:
        if path == _PASSWORD:
            return ""
        kind = _DETAILS.get(path)
        return redactor.detail(text, kind) if kind else redactor.text(text)

    return {"config": recorded(config, clean), "cases": [case.id for case in cases], "read_only": read_only}
