"""The kill matrix of an edition: which fault was caught by which scenario, as plain data and as a page."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from conformance import __version__
from conformance.provider.variants import catalogue
from conformance.proving.plan import Scope
from conformance.proving.proof import Proof, Trial, area
from conformance.proving.variant_proof import Exceptional, Tally, tallies


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
            "variants": scope.variants,
            "sample": "all" if scope.variant_sample is None else scope.variant_sample,
        },
        "totals": _totals(proof),
        "faults": {name: _fault(proof, name) for name in proof.faults},
        "scenarios": _scenarios(proof),
        "variants": _variants(proof),
        "combinations": [
            {"variants": list(trial.variants), "tried": len(trial.tried), "others": _others(trial.others)}
            for trial in proof.variants
            if len(trial.variants) > 1
        ],
        "disguised": [
            {"fault": one.fault, "variants": list(one.variants), "caught_by": list(one.caught_by)}
            for one in proof.disguised
        ],
        "unseen": proof.unseen(),
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
        "scenarios": len(proof.in_question),
        "proven": len(proof.in_question) - len(proof.unproven()),
        "false_alarms": len(proof.false_alarms()),
        "trials": len(proof.trials),
        "cascades": len(proof.cascades()),
        "variants": len({name for trial in proof.variants for name in trial.variants}),
        "variant_trials": sum(len(trial.tried) for trial in proof.variants),
        "accused": sum(len(trial.amiss) for trial in proof.variants),
        "expected": sum(len(trial.expected) for trial in proof.variants),
        "disguised": len(proof.disguised),
        "hidden": len(proof.hidden()),
    }


def _fault(proof: Proof, name: str) -> dict[str, Any]:
    trials = proof.caught_by.get(name, [])
    return {
        "about": proof.faults[name],
        "area": area(name),
        "caught_by": [trial.scenario for trial in trials if trial.listed],
        "also_caught_by": [trial.scenario for trial in trials if not trial.listed],
    }


def _scenarios(proof: Proof) -> dict[str, Any]:
    """The scenarios run on the clean provider; where it was not tried, those run on variants."""
    left = tallies(proof.variants, proof.touched)
    return {name: _scenario(proof, name, left.get(name, Tally())) for name in proof.clean or sorted(left)}


def _scenario(proof: Proof, name: str, left: Tally) -> dict[str, Any]:
    trials = proof.catches.get(name, [])
    clean = proof.clean.get(name)
    return {
        "title": clean.title if clean else "",
        "area": area(name),
        "verdict": clean.verdict if clean else "pass",
        "catches": [trial.fault for trial in trials if trial.listed],
        "also_catches": [trial.fault for trial in trials if not trial.listed],
        "leaves_alone": len(left.left_alone),
        "not_alone": left.others,
    }


def _variants(proof: Proof) -> dict[str, Any]:
    """The variants tried, with what became of them alone; 0 tried means that they were tried with others only."""
    alone = {trial.variants[0]: trial for trial in proof.variants if len(trial.variants) == 1}
    names = sorted({name for trial in proof.variants for name in trial.variants})
    known = catalogue()
    return {
        name: {
            "title": known[name].title,
            "allowed": known[name].allowed,
            "touches": len(proof.touched.get(name, ())) if proof.touched else None,
            "tried": len(alone[name].tried) if name in alone else 0,
            "others": _others(alone[name].others) if name in alone else [],
        }
        for name in names
    }


def _others(found: Iterable[Exceptional]) -> list[dict[str, str]]:
    return [
        {"scenario": one.scenario, "verdict": one.verdict, "told": one.told, "because": one.because} for one in found
    ]


def _rows(trials: Iterable[Trial]) -> list[dict[str, str]]:
    return [
        {"fault": trial.fault, "scenario": trial.scenario, "verdict": trial.verdict, "told": trial.told}
        for trial in trials
    ]
