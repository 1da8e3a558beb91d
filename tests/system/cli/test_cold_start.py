"""`gpconnect-assure validate` in a process of its own imports only what it needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.paths import ROOT
from tests.unit.cli.test_validate import slot, written


def test_a_cold_start_imports_nothing_heavy(tmp_path: Path) -> None:
    path = written(tmp_path, "slot.json", slot())
    script = (
        "import sys; from conformance.cli import main\n"
        "try: main(['validate', sys.argv[1]])\n"
        "except SystemExit as ended: code = ended.code\n"
        "print(code, *sorted({'httpx', 'lxml', 'elementpath', 'pydantic', 'starlette', 'pytest', 'jinja2', 'rich'}"
        " & sys.modules.keys()))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, str(path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.splitlines()[-1] == "0"
