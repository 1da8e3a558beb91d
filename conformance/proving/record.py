"""What reports of runs say of each scenario, made by a proof: how many faults it catches, how many variants it leaves alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from conformance.provider.variants import variants_of
from conformance.proving.plan import entries_of
from conformance.proving.proof import Proof
from conformance.proving.variant_proof import tallies
from conformance.reporting.proven import path_of, read

RENEW_ALL = "gpconnect-assure prove --record --near 0 --far 0 --sample 0 --together 0 --disguised 0"
_NAMED = 5  # scenarios that a complaint names


def write_record(proof: Proof, select: str = "") -> Path:
    """Write what a proof found of its edition beside what is there of other scenarios, and return the path."""
    path = path_of(proof.edition)
    path.parent.mkdir(exist_ok=True)
    data = record(proof, select)
    rows = ",\n".join(f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in sorted(data["scenarios"].items()))
    head = json.dumps(data | {"scenarios": None}, indent=1)
    path.write_text(head.replace("null", "{\n" + rows + "\n }") + "\n", encoding="utf-8")
    return path


def record(proof: Proof, select: str = "") -> dict[str, Any]:
    """Return a record as plain data: of each scenario the faults caught, the variants left alone, and what it was proven for.

    Only scenarios whose name holds `select` are taken from the proof: of others it tried a part. A number that the
    proof did not look for stays as it is recorded; scenarios that the edition has no longer are left out.
    """
    held = read(proof.edition)
    known = held.get("scenarios", {})
    left = tallies(proof.variants, proof.touched)
    scenarios = {}
    for name, claims in claimed(proof.edition).items():
        faults, variants, proven_for = known.get(name, (0, 0, ""))
        if select in name and name in proof.clean:
            faults, proven_for = len({trial.fault for trial in proof.catches.get(name, ())}), claims
        if select in name and name in left:
            variants = len(left[name].left_alone)
        if name in known or proven_for:
            scenarios[name] = [faults, variants, proven_for]
    tried_all = bool(proof.variants) and not select
    return {
        "edition": proof.edition,
        "variants": sorted(variants_of(proof.edition)) if tried_all else held.get("variants", []),
        "scenarios": scenarios,
    }


def claimed(edition: str) -> dict[str, str]:
    """Return, for each scenario of an edition, a digest of the faults that it names."""
    return {entry.case.id: _digest(entry.case.fault_ids(edition)) for entry in entries_of(edition)}


def _digest(names: Iterable[str]) -> str:
    return hashlib.sha256(" ".join(sorted(names)).encode()).hexdigest()[:6]


def outdated(edition: str) -> Iterator[str]:
    """Yield why the record of an edition is not that of its scenarios, faults and variants, each with what renews it."""
    held = read(edition)
    known, claims = held.get("scenarios", {}), claimed(edition)
    changed = [name for name, digest in claims.items() if known.get(name, ("", "", ""))[2] != digest]
    if changed:
        named = ", ".join(changed[:_NAMED]) + (f" and {len(changed) - _NAMED} more" if len(changed) > _NAMED else "")
        few = " && ".join(
            f"gpconnect-assure prove --quick --record -e {edition} -k {name}" for name in changed[:_NAMED]
        )
        yield (
            f"the record of edition {edition} is of other scenarios or faults: {named}. "
            f"Renew it: {few if len(changed) <= _NAMED else RENEW_ALL}"
        )
    gone = sorted(set(known) - set(claims))
    if gone:
        yield f"the record of edition {edition} names scenarios that are gone: {', '.join(gone)}. Renew it: {RENEW_ALL}"
    if held.get("variants") != sorted(variants_of(edition)):
        yield f"the record of edition {edition} is of other variants. Renew it: {RENEW_ALL} --only variants"
