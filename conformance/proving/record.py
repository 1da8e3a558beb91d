"""What reports of runs say of each scenario, made by a proof: how many faults it catches, how many variants it leaves alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from conformance.provider.faults import faults_of
from conformance.provider.variants import variants_of
from conformance.proving.proof import Proof
from conformance.proving.variant_proof import tallies
from conformance.reporting.proven import path_of, read


def write_record(proof: Proof) -> Path:
    """Write what a proof found of its edition beside what is there of other scenarios, and return the path."""
    path = path_of(proof.edition)
    path.parent.mkdir(exist_ok=True)
    data = record(proof)
    rows = ",\n".join(f"  {json.dumps(name)}: {row}" for name, row in sorted(data["scenarios"].items()))
    head = json.dumps(data | {"scenarios": None}, indent=1)
    path.write_text(head.replace("null", "{\n" + rows + "\n }") + "\n", encoding="utf-8")
    return path


def record(proof: Proof) -> dict[str, Any]:
    """Return a record as plain data: of each scenario the numbers of faults caught and of variants left alone.

    A number that the proof did not look for stays as it is recorded.
    """
    held = read(proof.edition)
    left = tallies(proof.variants, proof.touched)
    scenarios = dict(held.get("scenarios", {}))
    for name in {*proof.clean, *left}:
        faults, variants = scenarios.get(name, (0, 0))
        if name in proof.clean:
            faults = len({trial.fault for trial in proof.catches.get(name, ())})
        if name in left:
            variants = len(left[name].left_alone)
        scenarios[name] = [faults, variants]
    return {
        "edition": proof.edition,
        "faults": len(faults_of(proof.edition)),
        "variants": len(variants_of(proof.edition)),
        "scenarios": scenarios,
    }
