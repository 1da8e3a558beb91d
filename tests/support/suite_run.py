"""A run of the suite through the command line, against a bundled provider started here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from conformance.config.bundled import people
from conformance.core.exchange import Exchange
from conformance.core.resources import data_path
from conformance.evidence.reader import read_evidence
from conformance.provider.server_thread import start
from conformance.spec import load


def run_suite(
    folder: Path,
    edition: str,
    *,
    served: str = "",
    served_options: Mapping[str, str] | None = None,
    options: Mapping[str, str] | None = None,
    faults: Sequence[str] = (),
    select: str = "",
    editions: Path | None = None,
) -> dict[str, Any]:
    """Run an edition's suite and return results.json, with the exit code as `exit` and the exchanges as `recorded`.

    The provider serves the same edition with the same options unless `served` and `served_options` say otherwise.
    `editions` is the folder of further editions that the command is given.
    """
    chosen = dict(options or {})
    provided = chosen if served_options is None else served_options
    with start(load(served or edition, provided), faults=faults) as running:
        settings = {"edition": edition, "provider.base_url": running.base_url, **people()}
        settings |= {f"options.{key}": value for key, value in chosen.items()}
        done = subprocess.run(
            [
                *(sys.executable, "-m", "conformance"),
                *(("--editions", str(editions)) if editions else ()),
                *("run", "--config", str(data_path("config.example.yaml")), "--out", str(folder), "--no-html"),
                *(("--select", select) if select else ()),
                *(part for key, value in settings.items() for part in ("--set", f"{key}={value}")),
            ],
            capture_output=True,
            text=True,
            check=False,
            env={key: value for key, value in os.environ.items() if key != "GPCONNECT_EDITIONS"},
        )
    assert (folder / "results.json").exists(), done.stdout + done.stderr
    found = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    return {**found, "exit": done.returncode, "recorded": read_evidence(folder).exchanges}


def verdicts(results: Mapping[str, Any]) -> dict[str, str]:
    """Return the verdict of each scenario."""
    return {row["id"]: row["verdict"] for row in results["scenarios"]}


def exchanges(results: Mapping[str, Any], interaction: str) -> list[Exchange]:
    """Return the exchanges of an interaction with a valid request."""
    recorded: Mapping[int, Exchange] = results["recorded"]
    return [one for one in recorded.values() if one.interaction == interaction and not one.deviant]
