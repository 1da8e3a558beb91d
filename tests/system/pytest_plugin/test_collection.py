"""What pytest is left to run: the cases of an edition, and no test for a table that has none in it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from conformance.engine.collection import collect
from conformance.spec import editions


@pytest.mark.parametrize("edition", editions())
def test_the_cases_of_an_edition_and_nothing_else(edition: str) -> None:
    arguments = ["--pyargs", "conformance.scenarios", "--collect-only", "-q", "--gpc-edition", edition]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments, "-o", "addopts="],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    named = [line for line in done.stdout.splitlines() if "::" in line]
    assert len(named) == sum(entry.case.runs_in(edition) for entry in collect())
    assert "NOTSET" not in done.stdout
