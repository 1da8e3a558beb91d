"""What a proof says in words on the terminal; the kill matrix is matrix.py's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.core.results import Verdict
from conformance.proving.proof import Proof


def lines(proof: Proof) -> Iterator[str]:
    """Yield what is amiss, one line each, then the figures of an edition."""
    yield from (f"  {complaint}" for complaint in complaints(proof))
    yield f"{proof.edition}: {figures(proof)}"


def complaints(proof: Proof) -> Iterator[str]:
    """Yield what is amiss in a proof, each with what to look at; nothing when it is sound."""
    yield from (f"without a fault: {item.id} is {item.verdict}: {item.told}" for item in proof.false_alarms())
    yield from (f"fault {name} survives: {proof.faults[name]}" for name in proof.survivors())
    yield from (f"scenario {name} is unproven: no fault makes it fail" for name in proof.unproven())
    yield from (
        f"scenario {scenario} names the fault {fault}, which edition {proof.edition} has not"
        for scenario, fault in proof.unknown
    )
    yield from (
        f"scenario {trial.scenario} names the fault {trial.fault} but was {_became(trial.verdict)} {trial.told}".rstrip()
        for trial in proof.broken_pairs()
    )
    yield from (
        f"scenario {trial.scenario} could not be judged with fault {trial.fault}: {trial.told}"
        for trial in proof.errors()
    )
    yield from (
        f"of the faults {' and '.join(pair.faults)} at once, not both were reported" for pair in proof.masked_pairs()
    )
    yield from (
        f"variant {' with '.join(trial.variants)}: {one.scenario} is {one.verdict}: {one.told}"
        for trial in proof.accused()
        for one in trial.amiss
    )
    yield from (f"variant {name} changes nothing that a scenario receives" for name in proof.unseen())
    yield from (
        f"fault {trial.fault} is not seen any more under {' with '.join(trial.variants)}" for trial in proof.hidden()
    )


def _became(verdict: Verdict) -> str:
    return {Verdict.PASS: "still pass", Verdict.WARN: "still warn"}.get(verdict, f"{verdict}:")


def figures(proof: Proof) -> str:
    """Return the sums of a proof in one line."""
    survivors, unproven = len(proof.survivors()), len(proof.unproven())
    parts = [
        f"{len(proof.faults) - survivors} of {len(proof.faults)} faults caught",
        f"{len(proof.in_question) - unproven} of {len(proof.in_question)} scenarios proven",
        f"{len(proof.false_alarms())} false alarms",
        f"{len(proof.trials)} trials",
    ]
    if proof.pairs:
        parts.append(f"{len(proof.pairs) - len(proof.masked_pairs())} of {len(proof.pairs)} pairs reported both")
    parts += _of_variants(proof)
    cascades = proof.cascades()
    if cascades:
        parts.append(f"{len(cascades)} cascades of {len({trial.fault for trial in cascades})} faults")
    return ", ".join(parts)


def _of_variants(proof: Proof) -> Iterator[str]:
    """The sums about variants, where some were tried."""
    if proof.variants:
        names = {name for trial in proof.variants for name in trial.variants}
        tried = sum(len(trial.tried) for trial in proof.variants)
        false = sum(len(trial.amiss) for trial in proof.variants)
        expected = sum(len(trial.expected) for trial in proof.variants)
        yield f"{len(names)} variants left alone but for {false} of {tried} trials ({expected} more were expected)"
    together = [trial for trial in proof.variants if len(trial.variants) > 1]
    if together:
        yield f"{len(together)} combinations of variants"
    if proof.disguised:
        caught = len(proof.disguised) - len(proof.hidden())
        yield f"{caught} of {len(proof.disguised)} faults under variants caught"


def summary(proofs: Sequence[Proof], seconds: float) -> str:
    """Return the last line: the verdict and how long it took, in seconds."""
    amiss = [proof.edition for proof in proofs if not proof.sound]
    verdict = f"not proven: {' and '.join(amiss)}" if amiss else "proven"
    return f"{verdict}, in {seconds:.0f} s"
