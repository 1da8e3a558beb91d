"""Imports run one way: the table in ARCHITECTURE.md, held."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from conformance import spec
from tests.support.paths import ROOT
from tests.support.sources import parsed

PACKAGE = ROOT / "conformance"
PACKAGES = sorted(path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file())


def allowed() -> dict[str, set[str]]:
    """Read the table of packages from ARCHITECTURE.md."""
    table: dict[str, set[str]] = {}
    for line in (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").splitlines():
        match = re.match(r"\| `(\w+)/` \|[^|]*\| ([^|]*) \|", line)
        if match:
            listed = match[2]
            everything = listed.strip() == "everything"
            table[match[1]] = set(PACKAGES) if everything else set(re.findall(r"\b[a-z]+\b", listed)) & set(PACKAGES)
    return table


def imports(path: Path) -> set[str]:
    """Return the packages that a module imports, at its top or inside a function."""
    packages: set[str] = set()
    for node in ast.walk(parsed(path)):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        assert not (isinstance(node, ast.ImportFrom) and node.level), f"{path}: relative import"
        packages |= {
            name.split(".")[1] for name in names if name.startswith("conformance.") and name.split(".")[1] in PACKAGES
        }
    return packages


def test_every_package_is_in_the_table() -> None:
    assert set(PACKAGES) == set(allowed())


@pytest.mark.parametrize("package", PACKAGES)
def test_package_imports_only_what_it_may(package: str) -> None:
    may = allowed()[package] | {package}
    wrong = {
        str(path.relative_to(ROOT)): sorted(extra)
        for path in (PACKAGE / package).rglob("*.py")
        if (extra := imports(path) - may)
    }
    assert not wrong


# An edition is data: what editions differ in is a capability of theirs, and no code asks for their names.

_KNOWS_EDITIONS = ("spec/", "provider/editions/", "fhir/")  # fhir/ knows generations of FHIR
_TABLES = ("scenarios/", "provider/faults/")  # have columns by edition
_NAMES_OF_COLUMNS = "provider/faults/fault.py"
_SOURCES = [
    path
    for path in sorted(PACKAGE.rglob("*.py"))
    if not str(path.relative_to(PACKAGE).as_posix()).startswith(_KNOWS_EDITIONS)
]


def _columns(tree: ast.AST) -> set[int]:
    """The literals that name a column: keys of mappings, and what a column of a mapping is taken by."""
    keys = (key for node in ast.walk(tree) if isinstance(node, ast.Dict) for key in node.keys)
    taken = (node.slice for node in ast.walk(tree) if isinstance(node, ast.Subscript))
    return {id(node) for node in (*keys, *taken)}


def named_editions(tree: ast.AST, *, table: bool) -> list[int]:
    """Return the lines on which code names an edition, those of a table's columns aside."""
    columns = _columns(tree) if table else set()
    names = spec.bundled()
    literals = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in columns)
    return [node.lineno for node in literals if node.value in names]


def compared_editions(tree: ast.AST) -> list[int]:
    """Return the lines on which code compares an edition's name or its generation of FHIR with anything."""
    compared = (node for node in ast.walk(tree) if isinstance(node, ast.Compare))
    return [node.lineno for node in compared if any(map(_is_of_edition, (node.left, *node.comparators)))]


def _is_of_edition(side: ast.expr) -> bool:
    if not isinstance(side, ast.Attribute) or side.attr not in {"name", "generation"}:
        return False
    return side.attr == "generation" or ast.unparse(side.value).rpartition(".")[2] == "edition"


def test_no_code_depends_on_the_name_of_an_edition() -> None:
    wrong: dict[str, list[int]] = {}
    for path in _SOURCES:
        place, tree = path.relative_to(PACKAGE).as_posix(), parsed(path)
        named = [] if place == _NAMES_OF_COLUMNS else named_editions(tree, table=place.startswith(_TABLES))
        if lines := [*named, *compared_editions(tree)]:
            wrong[place] = lines
    assert len(_SOURCES) > 300
    assert wrong == {}


def test_names_and_comparisons_of_editions_are_found() -> None:
    def named(text: str, *, table: bool) -> list[int]:
        return named_editions(ast.parse(text), table=table)

    assert named('if name == "stu3": pass', table=True) == [1]
    assert named('X = {"stu3": 1}', table=False) == [1]
    assert named('X = {"stu3": 1, "dstu2": Y["dstu2"]}', table=True) == []
    assert compared_editions(ast.parse("if context.edition.name != x: pass")) == [1]
    assert compared_editions(ast.parse("if edition.name != x: pass")) == [1]
    assert compared_editions(ast.parse("if self.edition.generation in y: pass")) == [1]
    assert compared_editions(ast.parse("if an_edition.name.upper == case.name: pass")) == []


def test_every_refusal_rests_on_a_control() -> None:
    """Scenarios judge refusals with `expect_refused` (scenarios/steps/refusals.py), never without a control."""
    without = {
        str(path.relative_to(ROOT))
        for path in (PACKAGE / "scenarios").rglob("*.py")
        if path.name != "refusals.py" and ".expect(" in path.read_text(encoding="utf-8")
    }
    assert without == set()


# What a run takes from outside itself comes through one place (engine/values.py), so that it can be recorded and played back.

_OUTSIDE_MODULES = {
    "time",
    "random",
    "secrets",
    "uuid",
    "socket",
    "select",
    "ssl",
    "urllib.request",
    "httpx",
    "subprocess",
}
_OUTSIDE_CALLS = re.compile(
    r"\b(?:datetime\.(?:now|utcnow|today)|date\.today|os\.(?:urandom|environ|getenv)|open"
    r"|[\w.]+\.(?:read_text|read_bytes))$"
)
_OUTSIDE_PROBES = re.compile(
    r"(?:offer|probe_admission|request_plainly|chain_objection|name_objection|can_see|sees_\w+)$"
)
_SEAMS = {"engine/values.py", "engine/probes.py", "engine/supplied_resources.py", "engine/endpoint.py"}
"""The seam itself; the probes and files that go through it; and what explains a run that could not begin."""
_OF_THE_NETWORK = {"consumer/client.py", "consumer/network.py", "consumer/tls_context.py"}
"""What makes an exchange, which is recorded whole."""
_DEFAULTS = {"consumer/uk_time.py", "consumer/request_builder.py"}
"""What reads a clock for callers without a run."""


def outside(text: str) -> list[str]:
    """Return what a module takes from outside itself: clocks, randomness, the network, files."""
    tree, found = ast.parse(text), []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name in _OUTSIDE_MODULES]
        elif isinstance(node, ast.ImportFrom) and node.module in _OUTSIDE_MODULES:
            found.append(node.module)
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            is_probe = isinstance(node.func, ast.Name) and _OUTSIDE_PROBES.match(called)
            found += [called] if is_probe or _OUTSIDE_CALLS.match(called) else []
    return found


@pytest.mark.parametrize("package", ["engine", "checks", "scenarios"])
def test_what_comes_from_outside_comes_through_the_values_of_the_run(package: str) -> None:
    wrong = {
        name: found
        for path in sorted((PACKAGE / package).rglob("*.py"))
        if (name := path.relative_to(PACKAGE).as_posix()) not in _SEAMS
        and (found := outside(path.read_text(encoding="utf-8")))
    }
    assert wrong == {}


def test_requests_hold_nothing_from_outside_but_through_the_values_of_the_run() -> None:
    wrong = {
        name: found
        for path in sorted((PACKAGE / "consumer").glob("*.py"))
        if (name := path.relative_to(PACKAGE).as_posix()) not in _OF_THE_NETWORK | _DEFAULTS
        and (found := set(outside(path.read_text(encoding="utf-8"))) - {"ssl", "socket", "httpx"})
    }
    assert wrong == {}


def test_what_comes_from_outside_is_found() -> None:
    assert outside("import time") == ["time"]
    assert outside("from uuid import uuid4") == ["uuid"]
    assert outside("now = datetime.now(UTC)") == ["datetime.now"]
    assert outside("today = date.today()") == ["date.today"]
    assert outside("text = path.read_text()") == ["path.read_text"]
    assert outside("seen = offer(place, version)") == ["offer"]
    assert outside("seen = probes.offer(place, version)") == []
    assert outside("day = context.now().date()") == []
