"""Build the wheel and the sdist twice, compare them byte for byte, and check them with twine; 1 where anything is amiss."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / "dist"
EPOCH = "1580601600"  # the time stamp of every file within; 2020-02-02, as hatchling's own default


def build(folder: Path) -> dict[str, str]:
    """Build into a folder; return the SHA-256 of each file by name. CalledProcessError where the build fails."""
    command = [sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH})
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def main() -> int:
    """Return 0 where both builds are equal and twine finds nothing."""
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        one, other = build(Path(first)), build(Path(second))
        for name, digest in one.items():
            print(f"{'same' if other.get(name) == digest else 'DIFFERS'}  {digest}  {name}")
        if one != other:
            return 1
        shutil.rmtree(DIST, ignore_errors=True)
        shutil.copytree(first, DIST)
    return subprocess.run(
        [sys.executable, "-m", "twine", "check", "--strict", *map(str, DIST.iterdir())], check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
