"""What a proof says: in words on the terminal, and as a kill matrix."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from conformance.core.results import Verdict
from conformance.proving.engine import Proof, Trial


def tell(proof: Proof, seconds: float) -> bool:
    """Print what a proof came to; True when nothing is amiss: every fault caught, every scenario proven, no false alarm."""
    complaints = list(_complaints(proof))
    for complaint in complaints:
        click.echo(f"  {complaint}")
    caught = len(proof.faults) - len(proof.survivors())
    proven = len(proof.clean) - len(proof.unproven())
    click.echo(
        f"{proof.edition}: {caught} of {len(proof.faults)} faults caught, {proven} of {len(proof.clean)} scenarios proven, "
        f"{len(proof.false_alarms())} false alarms, {len(proof.trials)} trials in {seconds:.0f} s"
    )
    return not complaints


def _complaints(proof: Proof) -> Iterator[str]:
    yield from (f"without a fault: {item.id} is {item.verdict}: {_why(item)}" for item in proof.false_alarms())
    yield from (f"fault {name} survives: {proof.faults[name]}" for name in proof.survivors())
    yield from (f"scenario {name} is unproven" for name in proof.unproven())
    yield from (
        f"{trial.scenario} names the fault {trial.fault} but was {trial.verdict} ({trial.told})"
        for trial in proof.broken_pairs()
    )
    yield from (
        f"scenario {trial.scenario} could not be judged with fault {trial.fault}: {trial.told}"
        for trial in proof.trials
        if trial.verdict is Verdict.ERROR
    )


def _why(result: Any) -> str:
    return result.reason or next((f"{found.message} ({found.location})" for found in result.findings), "")


def write_matrix(proof: Proof, folder: Path) -> list[Path]:
    """Write the kill matrix of an edition as JSON into a folder and return the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"matrix-{proof.edition}.json"
    path.write_text(json.dumps(matrix(proof), indent=1), encoding="utf-8")
    return [path]


def matrix(proof: Proof) -> dict[str, Any]:
    """Return a proof as plain data: the faults with who caught them, the scenarios with what they catch, and what is amiss."""
    return {
        "schema": 1,
        "edition": proof.edition,
        "faults": {
            name: {"about": about, "caught_by": _caught(proof.trials, name)} for name, about in proof.faults.items()
        },
        "scenarios": {
            name: {
                "verdict": result.verdict,
                "catches": sorted({t.fault for t in proof.trials if t.caught and t.scenario == name}),
            }
            for name, result in proof.clean.items()
        },
        "survivors": proof.survivors(),
        "unproven": proof.unproven(),
        "cascades": [{"fault": trial.fault, "scenario": trial.scenario} for trial in proof.cascades()],
    }


def _caught(trials: Iterable[Trial], fault: str) -> list[str]:
    return sorted({trial.scenario for trial in trials if trial.caught and trial.fault == fault})
