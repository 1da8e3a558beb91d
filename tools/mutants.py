"""Change our code in one place at a time and see whether the unit tests notice: a sample of such mutants, drawn by seed.

The mutations are cosmic-ray's (comparisons, arithmetic, numbers, and/or, not, True/False, loops, exceptions, decorators) and
two of ours: `in` for `not in`, and a changed word (a text without blanks: a code, a key, a name; sentences are left to
readers). Each mutant is judged in a copy of the project, so that ../shared plays no part, by the unit tests and by those of
the consumer that need only sockets of their own process; not by the proof. First come the tests that run the changed line;
what they do not notice is shown to all tests of the part and to the scenarios in this process, for what is read once in a
process counts only for the test that came first. A mutant that no test notices has survived: either a test is missing, or it
changes nothing that can be observed; `tools/mutants_explained.yaml` says so of those known.

Which test runs which line is measured once and kept beside the outcomes (`--measure` does so again). Of a file that was
changed since, all tests that run any of it count; test files written since are shown the mutants of their part first.
Outcomes are written one by one: a sample that was stopped, or that `--minutes` ended, goes on where it was when the same
command is given again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path
from queue import SimpleQueue
from threading import Lock
from typing import Any

from coverage import CoverageData
from mutations import ROOT, Mutant, drawn_from, mutants_of, mutate

PARTS = ("checks", "engine", "consumer", "fhir", "core", "redaction", "reporting")
COPIED = ("conformance", "tests", "tools", "profiles", "fixtures", "config.example.yaml", "pyproject.toml", "Makefile")
PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:gpconnect_assure"]
JUDGES = ("tests/unit", "tests/system/consumer")
SECOND = ("engine", "scenarios", "judgement")  # folders of tests/unit that see much of all parts
QUICK = (
    40  # seconds that the tests of the first stage took together when they were measured; three there are in any case
)
PATIENCE = 120  # seconds that any mutant has, besides ten times what its tests usually take


@dataclass
class Coverage:
    """Which unit tests run which line, and how long each takes."""

    data: CoverageData
    root: str
    seconds: dict[str, float]
    failed: set[str]
    files: dict[str, str]  # what each file was when it was measured

    def tests(self, mutant: Mutant) -> list[str]:
        """The tests that run a mutant's lines, those of its own part first, the quick ones first."""
        by_line = self.data.contexts_by_lineno(f"{self.root}/{mutant.path}")
        lines = range(mutant.first, mutant.last + 1)
        found = {context for line in lines for context in by_line.get(line, ())}
        if "" in found or self.files.get(mutant.path) != digest(ROOT / mutant.path):
            # Run as the module is imported, or changed since: whoever uses the module may notice.
            found |= {context for contexts in by_line.values() for context in contexts}
        names = {context.partition("|")[0].partition("[")[0] for context in found if context} - self.failed
        part = mutant.path.split("/")[1]
        return sorted(names, key=lambda name: (f"/unit/{part}/" not in f"/{name}", self.seconds.get(name, 0), name))

    def stages(self, mutant: Mutant, copy: Path) -> tuple[list[str], list[str]]:
        """What judges a mutant: first the quickest tests that run its lines, then the slower ones and the others of its part
        and of the folders that see much of all parts.
        """
        running = self.tests(mutant)
        took = list(accumulate(self.seconds.get(name, 0) for name in running))
        first = [name for place, name in enumerate(running) if place < 3 or took[place] <= QUICK]
        part = mutant.path.split("/")[1]
        folders = [f"tests/unit/{name}/" for name in dict.fromkeys((part, *SECOND))]
        folders += [f"{JUDGES[1]}/"] if part == "consumer" else []
        others = {name for name in self.seconds if name.startswith(tuple(folders))} - self.failed - set(running)
        rest = [*running[len(first) :], *sorted(others, key=lambda name: (self.seconds[name], name))]
        return [*self.newer(mutant, copy), *first], rest

    def newer(self, mutant: Mutant, copy: Path) -> list[str]:
        """The test files of its part that were written after the measurement."""
        known = {name.partition("::")[0] for name in self.seconds}
        files = sorted((copy / "tests" / "unit" / mutant.path.split("/")[1]).rglob("test_*.py"))
        return [name for name in (path.relative_to(copy).as_posix() for path in files) if name not in known]


def measured(copy: Path, kept: Path, *, again: bool) -> Coverage:
    """Return the measurement that is kept in a folder; measure where there is none, or `again`."""
    state = kept / "measured.json"
    if again or not state.exists():
        about = measure(copy)
        shutil.copy(copy / ".coverage", kept / "coverage.db")
        state.write_text(json.dumps(about), encoding="utf-8")
    about = json.loads(state.read_text(encoding="utf-8"))
    data = CoverageData(str(kept / "coverage.db"))
    data.read()
    return Coverage(data, about["root"], about["seconds"], set(about["failed"]), about["files"])


def digest(path: Path) -> str:
    """What tells two states of a file apart."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def measure(copy: Path) -> dict[str, Any]:
    """Run all unit tests once, with coverage by test, and return what to keep of it besides."""
    folders = [path.parent.relative_to(copy).as_posix() for path in sorted((copy / JUDGES[0]).glob("*/__init__.py"))]
    seconds: dict[str, float] = defaultdict(float)
    failed: set[str] = set()
    for folder in (*folders, *JUDGES[1:]):
        options = ("--cov", "--cov-append", "--cov-context=test", "--cov-report=", "--durations=0", "--durations-min=0")
        command = [*PYTEST, folder, *options]
        ran = subprocess.run(command, cwd=copy, capture_output=True, text=True, encoding="utf-8", check=False)
        if ran.returncode > 1:
            sys.exit(f"the unit tests do not run:\n{ran.stdout[-3000:]}")
        failed |= failures(ran.stdout)
        for line in ran.stdout.splitlines():
            words = line.split()
            if len(words) == 3 and words[1] in {"call", "setup", "teardown"}:
                seconds[words[2].partition("[")[0]] += float(words[0].rstrip("s"))
    files = {path.relative_to(copy).as_posix(): digest(path) for path in (copy / "conformance").rglob("*.py")}
    return {"root": str(copy), "seconds": seconds, "failed": sorted(failed), "files": files}


def failures(output: str) -> set[str]:
    """The tests that pytest says have failed, without their parameters."""
    lines = [line.split() for line in output.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    failed = {words[1].partition("[")[0] for words in lines}
    for name in sorted(failed):
        print(f"not used, it fails without any mutation: {name}", flush=True)
    return failed


def judge(mutant: Mutant, copy: Path, coverage: Coverage, *, quick: bool) -> Mutant:
    """Return a mutant with its fate: what the tests that run its lines say of it, then the others; `quick` leaves those out."""
    code, mutant = mutate(mutant)
    stages = coverage.stages(mutant, copy)[: 1 if quick else 2]
    path = copy / mutant.path
    original = path.read_text(encoding="utf-8")
    path.write_text(code, encoding="utf-8")
    for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*"):
        compiled.unlink()
    limit = PATIENCE + 10 * (sum(coverage.seconds.values()) or PATIENCE)
    fate = "survived"
    try:
        for names in stages:
            chosen = [name for name in names if is_there(name, copy)]
            if chosen and fate == "survived":
                (copy / "chosen.txt").write_text("\n".join(chosen), encoding="utf-8")
                command = [*PYTEST, "-x", f"@{copy / 'chosen.txt'}"]
                ran = subprocess.run(command, cwd=copy, capture_output=True, timeout=limit, check=False)
                fate = "survived" if ran.returncode == 0 else "killed"
    except subprocess.TimeoutExpired:
        fate = "timeout"
    finally:
        path.write_text(original, encoding="utf-8")
    return Mutant(**{**asdict(mutant), "fate": fate})


def is_there(name: str, copy: Path) -> bool:
    """Whether a test that was measured still exists."""
    file, _, function = name.partition("::")
    path, said = copy / file, f"def {function.rpartition('::')[2]}("
    return path.is_file() and (not function or said in path.read_text(encoding="utf-8"))


def make_copy(folder: Path) -> Path:
    """Copy what the unit tests need."""
    writing = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        else:
            shutil.copy(source, folder / name)
    for path in ROOT.glob("*.md"):
        shutil.copy(path, folder / path.name)
    collect = [*PYTEST, "--collect-only", *JUDGES]  # compiles all there is, once instead of with every mutant
    subprocess.run(collect, cwd=folder, env=writing, capture_output=True, check=False)
    return folder


@dataclass
class Outcomes:
    """The mutants judged so far, in a file of JSON lines."""

    path: Path

    def read(self) -> list[Mutant]:
        """What the file holds; nothing where there is none."""
        lines = self.path.read_text(encoding="utf-8").splitlines() if self.path.exists() else []
        return [Mutant(**json.loads(line)) for line in lines]

    def add(self, mutant: Mutant) -> None:
        """Write one more."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(mutant)) + "\n")


def run(
    mutants: Sequence[Mutant], outcomes: Outcomes, *, workers: int, minutes: float, quick: bool, measuring: bool
) -> None:
    """Judge mutants, so many at a time, each worker in a copy of its own; begin none after so many minutes."""
    lock = Lock()
    with tempfile.TemporaryDirectory() as folder:
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(workers):
            copies.put(make_copy(Path(folder) / str(number) / "project"))
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"  # never what was compiled from another mutant
        coverage = measured(Path(folder) / "0" / "project", outcomes.path.parent, again=measuring)
        print(f"{len(coverage.seconds)} unit tests measured", flush=True)
        end = time.monotonic() + 60 * minutes

        def work(mutant: Mutant) -> None:
            began = time.monotonic()
            if began > end:
                return
            copy = copies.get()
            try:
                judged = judge(mutant, copy, coverage, quick=quick)
            finally:
                copies.put(copy)
            with lock:
                outcomes.add(judged)
                print(f"{judged.fate:9} {time.monotonic() - began:5.0f} s  {shown(judged)}", flush=True)

        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(work, mutants))


def shown(mutant: Mutant) -> str:
    """A mutant in a line."""
    return f"{mutant.path}:{mutant.line} {mutant.operator}: {mutant.before}  ->  {mutant.after}"


def _is_at(mutant: Mutant, places: set[tuple[str, str]], old: set[tuple[str, str, str]]) -> bool:
    """Whether a mutant may be one of those of before: its operator was used in its file, and on a line like its own."""
    if (mutant.path, mutant.operator) not in places:
        return False
    lines = (ROOT / mutant.path).read_text(encoding="utf-8").splitlines()
    nearby = {line.strip() for line in lines[max(0, mutant.line - 2) : mutant.last + 1]}
    return any(path == mutant.path and before in nearby for path, before, _ in old)


def explained() -> set[tuple[str, str]]:
    """The mutants known to change nothing that can be observed, as (file, line after the change)."""
    import yaml

    path = Path(__file__).with_name("mutants_explained.yaml")
    rows = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else []
    return {(row["path"], row["after"]) for row in rows or []}


def main() -> int:
    """Draw, judge, and print what survived; 1 when fewer were killed than wanted."""
    parser = argparse.ArgumentParser(description="Judge mutants of our code by the unit tests.")
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--parts", nargs="+", default=PARTS)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--at-least", type=float, default=92, help="per cent to be killed of those not equivalent")
    parser.add_argument("--minutes", type=float, default=24 * 60, help="begin no mutant after so many")
    parser.add_argument("--quick", action="store_true", help="only the first stage: a lower bound of what is killed")
    parser.add_argument("--measure", action="store_true", help="measure again which test runs which line")
    parser.add_argument("--again", type=Path, help="only those that survived in this file, written before")
    parser.add_argument("--out", type=Path, help="reports/mutants/<seed>.jsonl unless given")
    chosen = parser.parse_args()
    outcomes = Outcomes(chosen.out or ROOT / "reports" / "mutants" / f"{chosen.seed}.jsonl")
    outcomes.path.parent.mkdir(parents=True, exist_ok=True)
    files = sorted(path for part in chosen.parts for path in (ROOT / "conformance" / part).rglob("*.py"))
    everything = [mutant for path in files for mutant in mutants_of(path)]
    if chosen.again:
        drawn = survivors_of(Outcomes(chosen.again).read(), everything)
    else:
        drawn = drawn_from(everything, chosen.count, chosen.seed)
    known = {(one.path, one.operator, one.before, one.after, one.number) for one in outcomes.read()}
    left = [one for one in drawn if (one.path, one.operator, one.before, one.after, one.number) not in known]
    print(f"{len(drawn)} of {len(everything)} mutants, {len(left)} to be judged", flush=True)
    if left:
        run(
            left,
            outcomes,
            workers=chosen.workers,
            minutes=chosen.minutes,
            quick=chosen.quick,
            measuring=chosen.measure,
        )
    return report(outcomes.read(), chosen.at_least)


def survivors_of(old: Sequence[Mutant], everything: Sequence[Mutant]) -> list[Mutant]:
    """Find those that survived before in the code as it is now."""
    alive = [mutant for mutant in old if mutant.fate == "survived"]
    changes = {(mutant.path, mutant.before, mutant.after) for mutant in alive}
    places = {(mutant.path, mutant.operator) for mutant in alive}
    candidates = [mutate(mutant)[1] for mutant in everything if _is_at(mutant, places, changes)]
    return [one for one in candidates if (one.path, one.before, one.after) in changes]


def report(judged: Sequence[Mutant], at_least: float) -> int:
    """Print the sums and the survivors."""
    known = explained()
    alive = [mutant for mutant in judged if mutant.fate == "survived"]
    equivalent = [mutant for mutant in alive if (mutant.path, mutant.after) in known]
    missing = [mutant for mutant in alive if mutant not in equivalent]
    counted = len(judged) - len(equivalent)
    killed = 100 * (counted - len(missing)) / counted if counted else 100.0
    print(
        f"\n{len(judged)} mutants: {len(equivalent)} equivalent, {counted - len(missing)} of {counted} killed ({killed:.1f}%)"
    )
    for mutant in missing:
        print(f"  {mutant.fate}: {shown(mutant)}")
    return 0 if killed >= at_least else 1


if __name__ == "__main__":
    sys.exit(main())
