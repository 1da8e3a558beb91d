"""Write the software bill of materials (CycloneDX) of the wheel in dist/: what a fresh environment with it holds."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "build" / "gpconnect-assure.cdx.json"


def main() -> int:
    """Return 0 where the file was written; CalledProcessError where the wheel cannot be installed."""
    wheels = sorted((ROOT / "dist").glob("*.whl"))
    if not wheels:
        print("There is no wheel in dist/: run `make package` first.", file=sys.stderr)
        return 2
    OUT.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = next(
            path for path in (Path(folder, "bin/python"), Path(folder, "Scripts/python.exe")) if path.exists()
        )
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheels[-1]], check=True
        )
        subprocess.run([python, "-m", "pip", "uninstall", "--quiet", "--yes", "pip", "setuptools"], check=True)
        command = [sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible", "--of", "JSON"]
        return subprocess.run([*command, "--output-file", str(OUT), str(python)], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
