"""Print the coverage of each part of conformance/ from the data that pytest-cov left in .coverage."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path


def measured() -> dict[str, tuple[int, int]]:
    """Return, for each part, how many statements were run and how many there are."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "coverage.json"
        subprocess.run([sys.executable, "-m", "coverage", "json", "-q", "-o", str(path)], check=True)
        files = json.loads(path.read_text(encoding="utf-8"))["files"]
    sums: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for name, row in files.items():
        part = Path(name).parts[1] if len(Path(name).parts) > 2 else "conformance"
        run, there = sums[part]
        sums[part] = run + row["summary"]["covered_lines"], there + row["summary"]["num_statements"]
    return dict(sorted(sums.items()))


def main() -> None:
    """Print a line for each part and one for all."""
    sums = measured()
    sums["all"] = (sum(run for run, _ in sums.values()), sum(there for _, there in sums.values()))
    for part, (run, there) in sums.items():
        print(f"coverage by unit tests: {part:14} {run / there if there else 1:6.1%} of {there} statements")


if __name__ == "__main__":
    main()
