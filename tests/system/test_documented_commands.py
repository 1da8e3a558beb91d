"""Every command that README, CONTRIBUTING and the guide show is run as it stands there, on files with the names that it has."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from conformance.cli import root
from conformance.provider.server_thread import start
from conformance.spec import load
from tests.support.paths import ROOT

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs/guide").glob("*.md")),
]
COMMANDS = ("gpconnect-assure", "pytest")
# What is not played here, and where it is; its options are checked all the same.
READ_ONLY_HERE = {
    "provider": "serves until it is stopped: tests/system/cli/test_provider.py",
    "prove": "make test runs it",
    "fleet": "tests/system/fleet",
    "init --out": "needs answers: tests/system/cli",
    "--shard": "tests/system/merging",
    "merge": "tests/system/merging",
    "--resume": "needs a run that ended early: tests/system/test_environment.py",
    "--watch": "stays until it is stopped: tests/system/cli",
    "ends-after-start": "the example scenario of CONTRIBUTING.md, which the reader adds",
}
FIRST = "gpconnect-assure run --config my.yaml --id book.taken-by-same --id read.as-booked --no-html"
SELECTING = {"--id", "--requirement", "--failed-from", "--cause", "--resume", "-k", "--select"}


def shown(page: Path) -> Iterator[str]:
    """The commands in the code blocks of a page, without comments; of alternatives the first, of what is optional all."""
    for block in re.findall(r"^```\w*\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S):
        for line in block.splitlines():
            text = line.strip().removeprefix("- run: ").removeprefix("- script: ").removeprefix("- ").strip()
            if text.startswith(COMMANDS):
                yield without_choices(re.sub(r"\s+#.*", "", text))


def without_choices(command: str) -> str:
    """A command with the first of its alternatives and all that is optional; a node id of pytest keeps its brackets."""
    if command.startswith("pytest"):
        return command
    return re.sub(r"\|[\w|]+| \|.*", "", command).replace("[", "").replace("]", "")


ALL = sorted({command for page in PAGES for command in shown(page)})


@dataclass(frozen=True)
class Place:
    folder: Path
    words: dict[str, str]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A folder with a configuration of a provider that serves, two runs of it, and what the pages name besides."""
    folder = tmp_path_factory.mktemp("documented")
    with start(load("stu3"), faults=["book.accepts-busy-slot"]) as running:
        shutil.copytree(ROOT / "fixtures", folder / "fixtures")
        example = (ROOT / "config.example.yaml").read_text(encoding="utf-8")
        (folder / "my.yaml").write_text(
            example.replace("http://127.0.0.1:8080/A20047/STU3/1/gpconnect", running.base_url), encoding="utf-8"
        )
        for name in ("older", "newer"):
            done = play(folder, f"{FIRST} --out {name}")
            assert done.returncode == 1, done.stdout + done.stderr
        results = json.loads((folder / "newer" / "results.json").read_text(encoding="utf-8"))
        seal = hashlib.sha256((folder / "newer" / "manifest.json").read_bytes()).hexdigest()
        (folder / "response.json").write_text('{"resourceType": "OperationOutcome"}', encoding="utf-8")
        words = {"OLD": "older", "NEW": "newer", "RUN": "newer", "HEX": seal, "DIR": "certificates", "FOLDER": "."}
        words |= {
            "URL": "https://fhir.nhs.uk/STU3/StructureDefinition/GPConnect-OperationOutcome-1",
            "ID...": "book.taken-by-same",
        }
        words |= {"reports/stu3-20261129-101500": "newer", "C-77904cc432": results["causes"][0]["id"], "list": "list"}
        yield Place(folder, words)


def play(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    program, *words = shlex.split(command)
    module = "conformance" if program == "gpconnect-assure" else program
    command_line = [sys.executable, "-m", module, *words]
    outside = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    quiet = {"capture_output": True, "text": True, "check": False, "stdin": subprocess.DEVNULL}
    return subprocess.run(command_line, cwd=folder, env=outside, **quiet)  # type: ignore[call-overload, no-any-return]


def words_of(command: str, place: Place) -> list[str]:
    """The words of a command, real names in the place of those in capitals."""
    words = [place.words.get(word, word) for word in shlex.split(command)]
    named = {"--fault": "book.accepts-busy-slot", "--variant": "ids.uuid", "--scenario": "book.taken-by-same"}
    return [named.get(before, word) for before, word in zip(["", *words], words, strict=False)]


def narrowed(words: list[str]) -> list[str]:
    """The same command over a few scenarios, where it names none itself, and with a new folder for what it writes."""
    if words[0] == "pytest":
        return [*words, "--collect-only", "-q"]
    if words[1] == "report":
        return [*words, "--out", "written-again"]
    if words[1] in {"run", "demo"} and not SELECTING & set(words):
        return [*words, "--id", "metadata.*" if "smoke" in words else "read.[a-b]*"]
    return words


def only_read(command: str) -> bool:
    return any(re.search(rf"(^|[ .]){re.escape(name)}( |$)", command) for name in READ_ONLY_HERE)


@pytest.mark.parametrize("command", ALL)
def test_a_command_that_a_page_shows_works(command: str, place: Place) -> None:
    words = words_of(command, place)
    if only_read(command):
        name, *rest = words[1:]
        found = root.get_command(root.make_context("gpconnect-assure", [name], resilient_parsing=True), name)
        assert found is not None
        found.make_context(name, rest)
        return
    shutil.rmtree(place.folder / "out", ignore_errors=True)
    done = play(place.folder, shlex.join(narrowed(words)))
    allowed = {0, 1} if words[1] in {"run", "diff", "validate", "report", "profiles"} else {0}
    assert done.returncode in allowed, f"{shlex.join(words)}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    assert "Traceback" not in done.stderr


def test_the_pages_show_commands() -> None:
    assert len(ALL) > 30
