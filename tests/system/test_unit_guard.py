"""A test in tests/unit that opens a socket or starts a process fails, also where the code under test swallows the refusal."""

from __future__ import annotations

import pytest

from tests.support.paths import ROOT

pytest_plugins = ["pytester"]
TESTS = {
    "socket": "import socket; socket.create_server(('127.0.0.1', 0)).close()",
    "process": "import subprocess, sys; subprocess.run([sys.executable, '-c', ''], check=True)",
    "swallowed": "import socket\n    try: socket.create_connection(('127.0.0.1', 9))\n    except Exception: pass",
    "harmless": "pass",
}


@pytest.mark.parametrize(("folder", "failing"), [("unit", {"socket", "process", "swallowed"}), ("system", set())])
def test_only_system_tests_leave_their_process(pytester: pytest.Pytester, folder: str, failing: set[str]) -> None:
    tests = pytester.mkdir("tests")
    (tests / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text(encoding="utf-8"), encoding="utf-8")
    (tests / folder).mkdir()
    written = "\n\n".join(f"def test_{name}():\n    {body}" for name, body in TESTS.items())
    (tests / folder / "test_it.py").write_text(written, encoding="utf-8")
    pytester.makeini("[pytest]\nmarkers =\n    unit\n    system\n")
    ran = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-m", folder)
    ran.assert_outcomes(passed=len(TESTS) - len(failing), failed=len(failing))
    for name in failing:
        ran.stdout.fnmatch_lines([f"*FAILED*test_{name}*"])


def test_a_test_lies_in_one_of_the_two_folders(pytester: pytest.Pytester) -> None:
    tests = pytester.mkdir("tests")
    (tests / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text(encoding="utf-8"), encoding="utf-8")
    (tests / "test_it.py").write_text("def test_one(): pass", encoding="utf-8")
    ran = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    assert ran.ret is pytest.ExitCode.USAGE_ERROR
    ran.stderr.fnmatch_lines(["*lies neither in tests/unit nor in tests/system*"])
