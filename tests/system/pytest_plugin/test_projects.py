"""Plain pytest in a project with a pytest.ini of its own: what editors find, node ids and back, outputs and exit codes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.config.bundled import people
from conformance.core.resources import data_path
from conformance.provider.server_thread import Running, start
from conformance.spec import load

OWN = """
from conformance.pytest_plugin.project import scenarios_of

test_book = scenarios_of("book.*")
test_read = scenarios_of("read.*")
"""


@pytest.fixture(scope="module")
def provider() -> Iterator[Running]:
    with start(load("stu3")) as running:
        yield running


@pytest.fixture(scope="module")
def project(provider: Running, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "tests").mkdir()
    (folder / "tests/test_gp_connect.py").write_text(OWN, encoding="utf-8")
    (folder / "tests/test_own.py").write_text(
        "def test_fine(): pass\ndef test_broken(): assert False\n", encoding="utf-8"
    )
    (folder / "pytest.ini").write_text(
        "[pytest]\ntestpaths = tests\naddopts = --strict-markers\ngpc_config = my.yaml\n", encoding="utf-8"
    )
    text = data_path("config.example.yaml").read_text(encoding="utf-8")
    text = text.replace("base_url: http://127.0.0.1:8080/A20047/STU3/1/gpconnect", f"base_url: {provider.base_url}")
    assert provider.base_url in text
    text = text.replace("fixtures/", f"{data_path('fixtures').as_posix()}/")
    (folder / "my.yaml").write_text(text, encoding="utf-8")
    return folder


def run_pytest(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )


def ids(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in done.stdout.splitlines() if "::" in line and " " not in line.partition("[")[0]]


SET = [part for key, value in people().items() for part in ("--gpc-set", f"{key}={value}")]
WITH = ["--pyargs", "conformance.scenarios", "--gpc-config=my.yaml", *SET]


def test_an_editor_finds_the_scenarios_in_the_projects_own_file(project: Path) -> None:
    done = run_pytest(project, "--collect-only", "-q")
    found = ids(done)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "tests/test_gp_connect.py::test_book[stu3:book.times]" in found
    assert "tests/test_own.py::test_fine" in found
    assert not [name for name in found if "dstu2" in name]


@pytest.mark.parametrize("arguments", [["tests/test_gp_connect.py", "-k", "book.times"], WITH])
def test_node_ids_can_be_pasted_back(project: Path, arguments: list[str]) -> None:
    first = ids(run_pytest(project, "--collect-only", "-q", *arguments))
    assert first
    again = run_pytest(project, "--collect-only", "-q", *first[::200])
    assert ids(again) == first[::200]


def test_a_pasted_node_id_runs_and_writes_the_same_outputs(project: Path) -> None:
    node = "appointments/test_book.py::test_response[stu3:book.times]"
    done = run_pytest(project, node, "--gpc-config=my.yaml", *SET, "--gpc-out=out")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
    assert "only a selection of the scenarios was run" in done.stdout
    names = {path.name for path in (project / "out").iterdir()}
    assert names >= {"report.html", "pytest.html", "results.json", "junit.xml", "evidence.sqlite"}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([*WITH, "--gpc-id=book.times"], 0, "1 passed"),
        ([*WITH, "--gpc-id=book.times", "--gpc-min-verified=101"], 2, "a percentage"),
        (
            [*WITH, "--gpc-id=tls.self-signed", "--gpc-id=book.times", "--gpc-fail-on=not-tested"],
            1,
            "--fail-on not-tested",
        ),
        ([*WITH, "--gpc-id=tls.self-signed"], 3, "1 skipped"),
        ([*WITH, "--gpc-id=book.timess"], 2, "Did you mean book.times"),
        ([*WITH, "--gpc-failed-from=nowhere"], 2, "nowhere"),
        ([*WITH, "-k", "book and ("], 2, "cannot use the selection"),
        ([*WITH, "-k", "nothing-of-this-name"], 2, ""),
        (["--gpc-config=none.yaml", "--pyargs", "conformance.scenarios"], 2, "none.yaml"),
        (["--gpc-config=my.yaml", "--gpc-set", "provider.base_url=http://127.0.0.1:9/x", *WITH[:2]], 3, "127.0.0.1"),
    ],
)
def test_exit_codes_are_those_of_the_console_command(project: Path, arguments: list[str], code: int, said: str) -> None:
    done = run_pytest(project, *arguments)
    assert done.returncode == code, done.stdout + done.stderr
    assert said in done.stdout + done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["-k", "book and ("],
        ["-k", "nothing-of-this-name"],
        ["--gpc-id=book.timess"],
        ["--gpc-set", "provider.base_url=http://127.0.0.1:9/x", "--gpc-id=book.times"],
    ],
)
def test_a_call_without_a_run_leaves_no_folder_and_names_no_page(project: Path, arguments: list[str]) -> None:
    before = sorted((project / "reports").glob("*"))
    done = run_pytest(project, *WITH, *arguments)
    assert sorted((project / "reports").glob("*")) == before
    assert "html report" not in done.stdout
    command = [sys.executable, "-m", "conformance", "run", "-c", "my.yaml"]
    of_the_console = [one.replace("--gpc-", "--") for one in (*SET, *arguments)]
    assert subprocess.run([*command, *of_the_console], cwd=project, capture_output=True, check=False).returncode in (
        2,
        3,
    )
    assert sorted((project / "reports").glob("*")) == before


def test_a_page_that_the_call_names_is_written_without_a_run_too(project: Path) -> None:
    run_pytest(project, *WITH, "-k", "nothing-of-this-name", "--html=own.html")
    assert (project / "own.html").exists()


def test_a_failure_of_the_projects_own_tests_is_not_covered_up(project: Path) -> None:
    done = run_pytest(project, "tests", "-k", "test_broken or book.times", "--gpc-config=my.yaml", *SET)
    assert done.returncode == 1, done.stdout + done.stderr


def test_without_scenarios_the_codes_are_pytests(project: Path) -> None:
    assert run_pytest(project, "tests/test_own.py", "-k", "fine").returncode == 0
    assert run_pytest(project, "tests/test_own.py", "-k", "absent").returncode == 5
