"""The options of a run, as pytest takes them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from conformance.core.gates import FAIL_ON
from conformance.engine.selection_options import OPTIONS

BOUNDS: Mapping[str, tuple[type, str]] = {
    "workers": (int, "processes that play scenarios at the same time (run.workers)"),
    "max-rate": (float, "requests a second that the provider sees at the most (run.max_rate)"),
    "max-connections": (int, "connections that it sees at the same time at the most (run.max_connections)"),
}
"""Options that stand for a key of the section `run` of the configuration: their type, and what they do."""


def add_options(parser: pytest.Parser) -> None:
    """Add the options to pytest."""
    group = parser.getgroup("gpconnect-assure", "conformance of a GP Connect provider")
    group.addoption("--gpc-config", metavar="FILE", help="configuration of the run (YAML)")
    group.addoption("--gpc-edition", metavar="NAME", help="with --collect-only: the edition whose scenarios to list")
    group.addoption("--gpc-out", metavar="DIR", help="where the run's outputs go (default: as configured)")
    group.addoption("--gpc-set", metavar="KEY=VALUE", action="append", default=[], help="override a configured value")
    group.addoption("--gpc-pack", metavar="NAME", action="append", default=[], help="only a pack: smoke, core or full")
    group.addoption("--gpc-shard", metavar="K/N", help="only one shard of the selection: 2/5 is the second of five")
    group.addoption("--gpc-read-only", action="store_true", help="only scenarios that send nothing but what reads")
    group.addoption("--gpc-resume", metavar="DIR", help="go on with the run that ended early in this folder")
    group.addoption("--gpc-strict", action="store_true", help="derived SHALLs fail instead of warning")
    group.addoption(
        "--gpc-fail-on", choices=FAIL_ON, action="append", default=[], help="end with 1 for these verdicts, too"
    )
    group.addoption(
        "--gpc-min-verified", type=float, metavar="PERCENT", help="end with 1 where fewer requirements are verified"
    )
    group.addoption("--gpc-waivers", metavar="FILE", help="YAML file of failures that are accepted for a while")
    group.addoption(
        "--gpc-since", metavar="RUN", help="mark what is new since an older run (its folder or results.json)"
    )
    for name, (kind, text) in BOUNDS.items():
        group.addoption(f"--gpc-{name}", type=kind, metavar="N", help=text)
    group.addoption("--gpc-xlsx", action="store_true", help="also write requirements.xlsx (needs the extra xlsx)")
    for option in OPTIONS:
        group.addoption(f"--gpc-{option.name}", metavar=option.metavar, action="append", default=[], help=option.help)
    parser.addini("gpc_config", "configuration of the run (YAML), where --gpc-config names none")
