"""`prove` as it is called: exit codes, messages, files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conformance.cli import main


def _run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["prove", *arguments])
    said = capsys.readouterr()
    return ended.value.code, said.out, said.err


def test_a_proof_without_complaint_ends_with_0_and_writes_the_matrix(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, out, err = _run(capsys, "--quick", "-e", "stu3", "-k", "read.unknown-is-gone", "--out", str(tmp_path))
    assert code == 0
    assert [line for line in err.splitlines() if not re.fullmatch(r"  \d+ of \d+ trials after \d+ s", line)] == []
    assert out.splitlines()[0].startswith("stu3: 1 of 1 faults caught")
    assert out.splitlines()[-1].startswith("proven, in ")
    assert {path.name for path in tmp_path.iterdir()} == {"matrix-stu3.html", "matrix-stu3.json"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-e", "r5"), "r5"),
        (("-e", "stu3", "-k", "xyzzy"), "no fault, no variant and no scenario of edition stu3 has 'xyzzy' in its name"),
        (("--far", "-1"), "-1"),
    ],
)
def test_a_call_that_cannot_be_meant_ends_with_2(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    code, out, err = _run(capsys, "--quick", *arguments)
    assert code == 2
    assert message in err
    assert "Traceback" not in err
    assert out == ""
