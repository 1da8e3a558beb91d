"""Change our code in one place at a time and see whether the unit tests notice: a sample of such mutants, drawn by seed.

The mutations are cosmic-ray's (comparisons, arithmetic, numbers, and/or, not, True/False, loops, exceptions, decorators) and
two of ours: `in` for `not in`, and a changed word (a text without blanks: a code, a key, a name; sentences are left to
readers). Each mutant is judged in a copy of the project, so that ../shared plays no part, by the unit tests and by those of
the consumer that need only sockets of their own process; not by the proof. First come the tests that run the changed line;
what they do not notice is shown to all tests of the part and to the scenarios in this process, for what is read once in a
process counts only for the test that came first. A mutant that no test notices has survived: either a test is missing, or it
changes nothing that can be observed; `tools/mutants_explained.yaml` says so of those known.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import parso
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Operator
from cosmic_ray.plugins import get_operator
from coverage import CoverageData

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("checks", "engine", "consumer", "fhir", "core", "redaction", "reporting")
COPIED = ("conformance", "tests", "tools", "profiles", "fixtures", "config.example.yaml", "pyproject.toml", "Makefile")
PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:gpconnect_assure"]
COMPARISONS = "Eq_NotEq NotEq_Eq Lt_LtE Lt_GtE LtE_Lt LtE_Gt Gt_GtE Gt_LtE GtE_Gt GtE_Lt Is_IsNot IsNot_Is"
ARITHMETIC = (
    "Add_Sub Sub_Add Mul_Add Div_Mul FloorDiv_Mul Mod_Mul BitOr_BitAnd BitAnd_BitOr LShift_RShift RShift_LShift"
)
OTHERS = """AddNot ReplaceTrueWithFalse ReplaceFalseWithTrue ReplaceAndWithOr ReplaceOrWithAnd ReplaceBreakWithContinue
ReplaceContinueWithBreak ExceptionReplacer NumberReplacer RemoveDecorator ZeroIterationForLoop ReplaceUnaryOperator_Delete_Not
ReplaceUnaryOperator_Delete_USub"""
JUDGES = ("tests/unit", "tests/system/consumer")
SECOND = ("engine", "scenarios", "judgement")  # folders of tests/unit that see much of all parts
PATIENCE = 120  # seconds that any mutant has, besides ten times what its tests usually take


class ChangedWord(Operator):  # type: ignore[misc]
    """Changes a text that holds no blank."""

    def mutation_positions(self, node: Any) -> Iterator[Any]:
        """Where it applies."""
        if node.type == "string" and _is_word(node):
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:  # noqa: ARG002
        """Put two letters in front of what the quotes hold."""
        start = len(node.value) - len(node.value.lstrip("rbRBuU")) + 1
        return parso.python.tree.String(node.value[:start] + "XX" + node.value[start:], node.start_pos, node.prefix)

    @classmethod
    def examples(cls) -> Any:
        """None."""
        return ()


class NotInForIn(Operator):  # type: ignore[misc]
    """Turns `in` of a comparison into `not in`, and back."""

    def mutation_positions(self, node: Any) -> Iterator[Any]:
        """Where it applies."""
        if node.type == "comparison":
            yield from ((child.start_pos, child.end_pos) for child in node.children if _membership(child))

    def mutate(self, node: Any, index: int) -> Any:
        """Swap the operator."""
        number, child = [(n, child) for n, child in enumerate(node.children) if _membership(child)][index]
        word = "not in" if child.type == "keyword" else "in"
        node.children[number] = parso.python.tree.Keyword(word, child.start_pos, " ")
        return node

    @classmethod
    def examples(cls) -> Any:
        """None."""
        return ()


def _membership(node: Any) -> bool:
    return (node.type == "keyword" and node.value == "in") or (
        node.type == "comp_op" and node.get_code(include_prefix=False).split() == ["not", "in"]
    )


def _is_word(node: Any) -> bool:
    """Whether a text holds no blank, is no docstring and names no attribute or type that only a type checker reads."""
    statement = node.parent
    while statement.type != "expr_stmt" and statement.parent is not None:
        statement = statement.parent
    code = statement.get_code(include_prefix=False)
    text = node.value.strip("rbRBuU\"'")
    idle = code.startswith("__slots__") or (statement.type == "expr_stmt" and "Literal[" in code)
    return text != "" and " " not in text and not idle and node.parent.type != "simple_stmt"


def operators() -> dict[str, Operator]:
    """The operators by name."""
    names = [f"ReplaceComparisonOperator_{name}" for name in COMPARISONS.split()]
    names += [f"ReplaceBinaryOperator_{name}" for name in ARITHMETIC.split()]
    found = {name: get_operator(f"core/{name}")() for name in (*names, *OTHERS.split())}
    return {**found, "ChangedWord": ChangedWord(), "NotInForIn": NotInForIn()}


OPERATORS = operators()


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: the operator's `number`th place in a file, at a line, and the line before and after it."""

    path: str
    operator: str
    number: int
    line: int
    first: int
    last: int
    before: str = ""
    after: str = ""
    fate: str = ""  # killed, survived, timeout


def mutants_of(path: Path) -> Iterator[Mutant]:
    """Every mutant of a file."""
    tree = parso.parse(path.read_text(encoding="utf-8"))
    numbers: Counter[str] = Counter()
    for node in _nodes(tree):
        for name, operator in OPERATORS.items():
            for start, end in operator.mutation_positions(node):
                number, numbers[name] = numbers[name], numbers[name] + 1
                if not _in_annotation(node) and not _guards_only(node):
                    first, last = _statement(node, start[0], end[0])
                    yield Mutant(path.relative_to(ROOT).as_posix(), name, number, start[0], first, last)


def _statement(node: Any, first: int, last: int) -> tuple[int, int]:
    """The lines of the statement that a node is in; of a compound statement those of the node."""
    while node.parent is not None and node.type != "simple_stmt":
        node = node.parent
        if node.type in {"if_stmt", "for_stmt", "while_stmt", "with_stmt", "try_stmt", "funcdef", "classdef"}:
            return first, last
    return min(first, node.start_pos[0]), max(last, node.end_pos[0])


def _nodes(node: Any) -> Iterator[Any]:
    yield node
    for child in getattr(node, "children", ()):
        yield from _nodes(child)


def _in_annotation(node: Any) -> bool:
    """Whether a node is part of a type: nothing evaluates it here."""
    while node.parent is not None:
        parent = node.parent
        if (
            parent.type in {"tfpdef", "annassign"}
            and parent.children.index(node) <= 2
            and parent.children[0] is not node
        ):
            return parent.type == "tfpdef" or parent.children.index(node) == 1
        if parent.type == "funcdef" and parent.annotation is node:
            return True
        node = parent
    return False


def _guards_only(node: Any) -> bool:
    """Whether a node says that a dataclass is frozen or has slots: that keeps our own code in order, and no test can see it."""
    return node.parent.type == "argument" and node.parent.children[0].get_code().strip() in {"frozen", "slots"}


def drawn_from(everything: Sequence[Mutant], count: int, seed: int) -> list[Mutant]:
    """Draw mutants that are Python, and different from what was there."""
    shuffled = random.Random(seed).sample(everything, len(everything))
    found: list[Mutant] = []
    for mutant in shuffled:
        if len(found) == count:
            break
        code, changed = mutate(mutant)
        try:
            compile(code, mutant.path, "exec")
        except SyntaxError:
            continue
        found += [changed] if changed.before != changed.after else []
    return found


def mutate(mutant: Mutant) -> tuple[str, Mutant]:
    """Return the mutated file, and the mutant with its line before and after."""
    before = (ROOT / mutant.path).read_text(encoding="utf-8")
    try:
        after = mutate_code(before, OPERATORS[mutant.operator], mutant.number) or before
    except AttributeError:  # cosmic-ray does not know exceptions with a dot in their name
        after = before
    changed = [(a, b) for a, b in zip(before.splitlines(), after.splitlines(), strict=False) if a != b]
    a, b = changed[0] if changed else ("", "")
    return after, Mutant(**{**asdict(mutant), "before": a.strip(), "after": b.strip()})


@dataclass
class Coverage:
    """Which unit tests run which line, and how long each takes."""

    data: CoverageData
    root: Path
    seconds: dict[str, float]
    failed: set[str]

    def tests(self, mutant: Mutant) -> list[str]:
        """The tests that run a mutant's lines, those of its own part first, the quick ones first."""
        by_line = self.data.contexts_by_lineno(str(self.root / mutant.path))
        lines = range(mutant.first, mutant.last + 1)
        found = {context for line in lines for context in by_line.get(line, ())}
        if "" in found:  # run as the module is imported: whoever uses the module may notice
            found |= {context for contexts in by_line.values() for context in contexts}
        names = {context.partition("|")[0].partition("[")[0] for context in found if context} - self.failed
        part = mutant.path.split("/")[1]
        return sorted(names, key=lambda name: (f"/unit/{part}/" not in f"/{name}", self.seconds.get(name, 0), name))


def measure(copy: Path) -> Coverage:
    """Run all unit tests once, with coverage by test."""
    command = [
        *PYTEST,
        *JUDGES,
        "--cov",
        "--cov-context=test",
        "--cov-report=",
        "--durations=0",
        "--durations-min=0",
    ]
    ran = subprocess.run(command, cwd=copy, capture_output=True, text=True, encoding="utf-8", check=False)
    if ran.returncode > 1:
        sys.exit(f"the unit tests do not run:\n{ran.stdout[-3000:]}")
    failed = failures(ran.stdout)
    seconds: dict[str, float] = defaultdict(float)
    for line in ran.stdout.splitlines():
        words = line.split()
        if len(words) == 3 and words[1] in {"call", "setup", "teardown"}:
            seconds[words[2].partition("[")[0]] += float(words[0].rstrip("s"))
    data = CoverageData(str(copy / ".coverage"))
    data.read()
    return Coverage(data, copy, seconds, failed)


def unmeasured(copy: Path, mutants: Sequence[Mutant]) -> Coverage:
    """Run the folders that judge these mutants once, to know what fails without any mutation."""
    parts = dict.fromkeys((*(mutant.path.split("/")[1] for mutant in mutants), *SECOND))
    folders = [f"tests/unit/{part}" for part in parts if (copy / f"tests/unit/{part}").is_dir()]
    ran = subprocess.run(
        [*PYTEST, *folders, JUDGES[1]], cwd=copy, capture_output=True, text=True, encoding="utf-8", check=False
    )
    return Coverage(CoverageData(no_disk=True), copy, {}, failures(ran.stdout))


def failures(output: str) -> set[str]:
    """The tests that pytest says have failed, without their parameters."""
    lines = [line.split() for line in output.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    failed = {words[1].partition("[")[0] for words in lines}
    for name in sorted(failed):
        print(f"not used, it fails without any mutation: {name}", flush=True)
    return failed


def judge(mutant: Mutant, copy: Path, coverage: Coverage) -> Mutant:
    """Return a mutant with its fate: what the tests that run its lines say of it."""
    code, mutant = mutate(mutant)
    first = coverage.tests(mutant)
    part = mutant.path.split("/")[1]
    folders = [
        f"tests/unit/{name}" for name in dict.fromkeys((part, *SECOND)) if (copy / f"tests/unit/{name}").is_dir()
    ]
    folders += [JUDGES[1]] if part == "consumer" else []
    spared = [part for name in sorted(coverage.failed) for part in ("--deselect", name)]
    path = copy / mutant.path
    original = path.read_text(encoding="utf-8")
    path.write_text(code, encoding="utf-8")
    (copy / "chosen.txt").write_text("\n".join(first), encoding="utf-8")
    limit = PATIENCE + 10 * (sum(coverage.seconds.values()) or PATIENCE)
    fate = "survived"
    try:
        for chosen in ([f"@{copy / 'chosen.txt'}"] if first else [], [*folders, *spared]):
            if chosen and fate == "survived":
                ran = subprocess.run(
                    [*PYTEST, "-x", *chosen], cwd=copy, capture_output=True, timeout=limit, check=False
                )
                fate = "survived" if ran.returncode == 0 else "killed"
    except subprocess.TimeoutExpired:
        fate = "timeout"
    finally:
        path.write_text(original, encoding="utf-8")
        shutil.rmtree(path.parent / "__pycache__", ignore_errors=True)
    return Mutant(**{**asdict(mutant), "fate": fate})


def make_copy(folder: Path) -> Path:
    """Copy what the unit tests need."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        else:
            shutil.copy(source, folder / name)
    for path in ROOT.glob("*.md"):
        shutil.copy(path, folder / path.name)
    return folder


def run(mutants: Sequence[Mutant], workers: int, *, measured: bool = True) -> list[Mutant]:
    """Judge mutants, so many at a time, each worker in a copy of its own. Unless `measured`, whole folders judge each."""
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(workers):
            copies.put(make_copy(Path(folder) / str(number) / "project"))
        first = Path(folder) / "0" / "project"
        coverage = measure(first) if measured else unmeasured(first, mutants)
        print(f"{len(coverage.seconds)} unit tests measured", flush=True)

        def work(mutant: Mutant) -> Mutant:
            copy = copies.get()
            began = time.monotonic()
            try:
                judged = judge(mutant, copy, coverage)
            finally:
                copies.put(copy)
            print(f"{judged.fate:9} {time.monotonic() - began:5.0f} s  {shown(judged)}", flush=True)
            return judged

        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(work, mutants))


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
    parser.add_argument("--again", type=Path, help="only those that survived in this file, written before")
    parser.add_argument("--out", type=Path, default=Path("reports/mutants.json"))
    chosen = parser.parse_args()
    files = sorted(path for part in chosen.parts for path in (ROOT / "conformance" / part).rglob("*.py"))
    everything = [mutant for path in files for mutant in mutants_of(path)]
    if chosen.again:
        rows = json.loads(chosen.again.read_text(encoding="utf-8"))
        old = {(row["path"], row["before"], row["after"]) for row in rows if row["fate"] in {"survived", "uncovered"}}
        places = {(row["path"], row["operator"]) for row in rows if row["fate"] != "killed"}
        candidates = [mutate(mutant)[1] for mutant in everything if _is_at(mutant, places, old)]
        drawn = [one for one in candidates if (one.path, one.before, one.after) in old]
    else:
        drawn = drawn_from(everything, chosen.count, chosen.seed)
    print(f"{len(drawn)} of {len(everything)} mutants", flush=True)
    judged = run(drawn, chosen.workers, measured=not chosen.again)
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    chosen.out.write_text(json.dumps([asdict(mutant) for mutant in judged], indent=1), encoding="utf-8")
    return report(judged, chosen.at_least)


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
