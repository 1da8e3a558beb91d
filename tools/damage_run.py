"""Damage responses in one random point each, as many as wanted, and print what became of the scenarios.

    .venv/bin/python tools/damage_run.py [--damages 20000] [--seed 1] [--edition stu3] [--share 1/4]

Exit code 1 when a damage broke a scenario: verdict error or a traceback. Each can be made again from its seed. `--share`
makes a part of the run, so that several processes share the work.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from conformance.core.results import Verdict
from conformance.engine.collection import collect
from conformance.spec import editions
from tests.system.hostile.damage import bench


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--damages", type=int, default=20_000)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--edition", default="")
    parser.add_argument("--share", default="1/1")
    options = parser.parse_args()
    names = [options.edition] if options.edition else list(editions())
    part, parts = map(int, options.share.split("/"))
    broken = 0
    for edition in names:
        broken += _run(edition, options.damages // len(names), options.seed, part, parts)
    return min(broken, 1)


def _run(edition: str, damages: int, seed: str, part: int, parts: int) -> int:
    entries = [entry for entry in collect() if entry.case.runs_in(edition) and not entry.case.id.startswith("tls")]
    verdicts: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    broken: list[str] = []
    slowest = (0.0, "")
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, bench(edition, Path(folder)) as it:
        for number in range(part - 1, damages, parts):
            name = f"{seed}:{edition}:{number}"
            entry = random.Random(f"entry {name}").choice(entries)
            start = time.perf_counter()
            outcome = it.play(entry, name)
            slowest = max(slowest, (time.perf_counter() - start, f"{entry.case.id} {outcome.damage}"))
            verdicts[outcome.result.verdict] += 1
            kinds[outcome.damage.what if outcome.damage else "none"] += 1
            if outcome.result.verdict is Verdict.ERROR or outcome.result.traceback:
                broken.append(f"{entry.case.id} {outcome.damage} seed {name!r}: {outcome.result.reason}")
    total = sum(verdicts.values())
    print(
        f"{edition}: {total} damages of {len(kinds)} kinds in {time.perf_counter() - began:.0f} s, {len(broken)} broken"
    )
    print("  verdicts", dict(verdicts.most_common()))
    print("  kinds", dict(kinds.most_common()))
    print(f"  slowest {slowest[0]:.1f} s: {slowest[1]}")
    for line in broken[:20]:
        print(" ", line)
    return len(broken)


if __name__ == "__main__":
    sys.exit(main())
