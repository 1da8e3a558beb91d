"""The kill matrix of an edition: which fault was caught by which scenario, as plain data and as a page."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from conformance import __version__
from conformance.proving.plan import Scope
from conformance.proving.proof import Proof, Trial, area


def write_matrix(proof: Proof, scope: Scope, folder: Path) -> list[Path]:
    """Write the kill matrix of an edition into a folder, as JSON and as HTML, and return the paths."""
    from conformance.proving.page import render

    folder.mkdir(parents=True, exist_ok=True)
    data = matrix(proof, scope)
    written = {
        folder / f"matrix-{proof.edition}.json": json.dumps(data, indent=1, ensure_ascii=False) + "\n",
        folder / f"matrix-{proof.edition}.html": render(data),
    }
    for path, text in written.items():
        path.write_text(text, encoding="utf-8")
    return list(written)


def matrix(proof: Proof, scope: Scope) -> dict[str, Any]:
    """Return a proof as plain data; conformance/proving/matrix.schema.json says what stands where."""
    return {
        "schema": 1,
        "edition": proof.edition,
        "tool_version": __version__,
        "sound": proof.sound,
        "scope": {
            "near": "all" if scope.near is None else scope.near,
            "far": scope.far,
            "seed": scope.seed,
            "select": scope.select,
        },
        "totals": _totals(proof),
        "faults": {name: _fault(proof, name) for name in proof.faults},
        "scenarios": {name: _scenario(proof, name) for name in proof.clean},
        "survivors": proof.survivors(),
        "unproven": proof.unproven(),
        "false_alarms": [
            {"scenario": result.id, "verdict": result.verdict, "told": result.told} for result in proof.false_alarms()
        ],
        "unknown": [{"scenario": scenario, "fault": fault} for scenario, fault in proof.unknown],
        "broken_pairs": _rows(proof.broken_pairs()),
        "errors": _rows(proof.errors()),
        "caught_elsewhere": proof.caught_elsewhere(),
        "cascades": _rows(proof.cascades()),
        "pairs": [
            {"faults": list(pair.faults), "caught_by": [list(names) for names in pair.caught_by], "both": pair.both}
            for pair in proof.pairs
        ],
    }


def _totals(proof: Proof) -> dict[str, int]:
    return {
        "faults": len(proof.faults),
        "caught": len(proof.faults) - len(proof.survivors()),
        "scenarios": len(proof.clean),
        "proven": len(proof.clean) - len(proof.unproven()),
        "false_alarms": len(proof.false_alarms()),
        "trials": len(proof.trials),
        "cascades": len(proof.cascades()),
    }


def _fault(proof: Proof, name: str) -> dict[str, Any]:
    trials = proof.caught_by.get(name, [])
    return {
        "about": proof.faults[name],
        "area": area(name),
        "caught_by": [trial.scenario for trial in trials if trial.listed],
        "also_caught_by": [trial.scenario for trial in trials if not trial.listed],
    }


def _scenario(proof: Proof, name: str) -> dict[str, Any]:
    trials = proof.catches.get(name, [])
    return {
        "title": proof.clean[name].title,
        "area": area(name),
        "verdict": proof.clean[name].verdict,
        "catches": [trial.fault for trial in trials if trial.listed],
        "also_catches": [trial.fault for trial in trials if not trial.listed],
    }


def _rows(trials: Iterable[Trial]) -> list[dict[str, str]]:
    return [
        {"fault": trial.fault, "scenario": trial.scenario, "verdict": trial.verdict, "told": trial.told}
        for trial in trials
    ]
