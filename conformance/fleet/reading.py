"""A file that describes a fleet: YAML, checked against fleet.schema.json, with the list of its providers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from conformance.config.loading import load_config
from conformance.config.model import Config
from conformance.config.rules import named_files
from conformance.config.violations import Problem, schema_problems
from conformance.config.yaml_files import message, tree_of
from conformance.config.yamltree import Tree, file_text
from conformance.core.errors import UsageError
from conformance.fleet.model import Fleet, Provider, Remark
from conformance.fleet.rows import Row, csv_rows, providers_of
from conformance.planning.packs import load_pack

TIME_LIMIT = 900.0
PACK = "smoke"
_WHAT = "fleet"
_FIX = "A fleet names a shared `config`, and its providers in a `csv` file or as a list `providers`."


@cache
def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a file that describes a fleet."""
    text = files("conformance.fleet").joinpath("fleet.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def read_fleet(path: Path) -> Fleet:
    """Return the fleet of a file; rows that are wrong are left out and named in its remarks.

    Raises UsageError where nothing can be run: the file, its configuration or its CSV file cannot be used, or none of its rows.
    """
    path = path.absolute()
    tree = tree_of(path, _WHAT, schema(), fix=_FIX)
    problems = [*tree.problems, *schema_problems(tree.value, schema())]
    general = [one for one in problems if not _of_a_row(one)]
    if general:
        raise UsageError(message(path, _WHAT, tree, general), fix=_FIX)
    value: Mapping[str, Any] = tree.value
    pack, config = load_pack(value.get("pack", PACK)).name, path.parent / value["config"]
    providers, remarks = providers_of(_rows(path, tree), schema()["$defs"]["provider"])
    if not providers:
        raise UsageError(_nothing(path, remarks), fix=_FIX)
    shared = _shared_configuration(config, providers[0])
    return Fleet(
        path,
        pack,
        float(value.get("time_limit", TIME_LIMIT)),
        file_text(config),
        shared.run.reports,
        tuple(providers),
        tuple(remarks),
        {**_absolute_files(shared), **({} if shared.run.workers else {"run.workers": "1"})},
    )


def _of_a_row(problem: Problem) -> bool:
    return len(problem[0]) > 1 and problem[0][0] == "providers"


def _rows(path: Path, tree: Tree) -> list[Row]:
    value: Mapping[str, Any] = tree.value
    listed = csv_rows(path.parent / value["csv"]) if "csv" in value else []
    for number, row in enumerate(value.get("providers", ())):
        line = tree.line(("providers", number))
        listed.append(Row(f"{path.name} line {line}", row))
    return listed


def _nothing(path: Path, remarks: Sequence[Remark]) -> str:
    said = "".join(f"\n  {remark}" for remark in remarks[:20])
    return f"the fleet {path} has no provider that can be run{said}"


def own_overrides(provider: Provider) -> dict[str, str]:
    """Return what a provider has of its own, as overrides of the shared configuration."""
    own = {name: json.dumps(getattr(provider, name)) for name in ("base_url", "asid", "ods_code")}
    return {**{f"provider.{name}": text for name, text in own.items()}, **dict(provider.settings)}


def _shared_configuration(path: Path, provider: Provider) -> Config:
    """The shared configuration, completed by one provider's address: what is wrong with it is wrong for all."""
    plain = Provider(provider.name, provider.base_url, provider.asid, provider.ods_code)
    return load_config(path, overrides=own_overrides(plain))


def _absolute_files(config: Config) -> dict[str, str]:
    """The files that the configuration names, by key: a worker reads the configuration from another folder."""
    named = {".".join(key): path for key, path in named_files(config) if path is not None}
    named |= {f"definitions.paths.{number}": path for number, path in enumerate(config.definitions.paths)}
    if config.report.signing_key is not None:
        named["report.signing_key"] = config.report.signing_key
    return {key: json.dumps(str(path)) for key, path in named.items()}
