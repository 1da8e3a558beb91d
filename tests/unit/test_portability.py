"""Nothing of ours needs one operating system: names that Windows or macOS lack, and texts without a named encoding."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import ROOT

MODULES = {"fcntl", "grp", "msvcrt", "posix", "pty", "pwd", "resource", "syslog", "termios", "uvloop", "winreg"}
NAMES = {
    "os": "fork forkpty getegid geteuid getgid getpgid getuid killpg mkfifo nice setsid startfile sysconf uname wait "
    "waitpid kill register_at_fork posix_spawn",
    "signal": "alarm pause setitimer sigwait SIGALRM SIGHUP SIGKILL SIGQUIT SIGUSR1 SIGUSR2",
    "socket": "AF_UNIX MSG_DONTWAIT MSG_NOSIGNAL SO_REUSEPORT TCP_KEEPIDLE fromfd",
    "time": "tzset clock_gettime",
    "multiprocessing": "set_start_method",
}
FORBIDDEN = {f"{module}.{name}" for module, names in NAMES.items() for name in names.split()}
PATHS = ("/tmp", "/dev/", "/bin/", "/etc/", "/var/", "/proc/")
GUARDED = {
    "tests/system/test_flat_memory.py": {"/proc/", "/proc/self/statm", "os.sysconf"},  # skips itself elsewhere
    "tools/validator/fuzz_validate.py": {
        "signal.alarm",
        "signal.SIGALRM",
        "signal.setitimer",
    },  # used where the system has them
    "tests/unit/cli/test_validate.py": {"os.mkfifo"},
    "tests/system/cli/test_prove.py": {"os.killpg"},  # skipped elsewhere
    # measures the memory of a forked process; the same servers run in the tests, on every system
    "tools/hostile_table.py": {"os.fork", "os.kill", "os.waitpid", "signal.SIGKILL", "resource"},
    # ends workers, whose process ids it learns where the system says them; skipped elsewhere
    "tests/system/workers/test_workers.py": {"/proc/", "os.kill", "signal.SIGKILL"},
    "tests/system/hostile/test_registry.py": {"/etc/hostname"},  # a name in a hostile archive
    "tests/unit/fhir/test_packages.py": {"/etc/passwd", "/etc/evil.json"},  # names in a hostile archive
}
SOURCES = sorted(
    path for part in ("conformance", "tools", "tests") for path in (ROOT / part).rglob("*.py") if path != Path(__file__)
)


def unportable(tree: ast.AST) -> Iterator[str]:
    """Name what of a module some system lacks."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (node.module for _ in [0] if node.module.split(".")[0] in MODULES)
            yield from (
                f"{node.module}.{alias.name}" for alias in node.names if f"{node.module}.{alias.name}" in FORBIDDEN
            )
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield from (name for name in [f"{node.value.id}.{node.attr}"] if name in FORBIDDEN)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith(PATHS):
            yield node.value
        elif (
            isinstance(node, ast.Call)
            and _opens_text(node)
            and not any(word.arg == "encoding" for word in node.keywords)
        ):
            yield f"line {node.lineno}: no encoding"


def _opens_text(call: ast.Call) -> bool:
    if isinstance(call.func, ast.Attribute):
        owner = call.func.value
        if call.func.attr == "open":
            return isinstance(owner, ast.Name) and owner.id in {"path", "io"} and "b" not in _mode(call, 0)
        wanted = {"read_text": 1, "write_text": 2}.get(call.func.attr)
        return wanted is not None and len(call.args) < wanted
    return isinstance(call.func, ast.Name) and call.func.id == "open" and "b" not in _mode(call, 1)


def _mode(call: ast.Call, place: int) -> str:
    given = [word.value for word in call.keywords if word.arg == "mode"] or call.args[place : place + 1]
    return str(given[0].value) if given and isinstance(given[0], ast.Constant) else "r"


def test_nothing_needs_one_operating_system() -> None:
    found: dict[str, set[str]] = {}
    for path in SOURCES:
        name = path.relative_to(ROOT).as_posix()
        found[name] = set(unportable(ast.parse(path.read_text(encoding="utf-8")))) - GUARDED.get(name, set())
    assert len(found) > 300
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import fcntl", ["fcntl"]),
        ("from resource import getrusage", ["resource"]),
        ("from os import fork, path", ["os.fork"]),
        ("import signal; signal.SIGKILL", ["signal.SIGKILL"]),
        ("x = '/dev/null'", ["/dev/null"]),
        ("path.read_text()", ["line 1: no encoding"]),
        ("path.write_text('x')", ["line 1: no encoding"]),
        ("open('x')", ["line 1: no encoding"]),
        ("open('x', 'rb'); path.open('rb'); path.read_text('utf-8'); os.devnull; os.environ", []),
        ("path.write_text('x', encoding='utf-8'); signal.SIGINT; socket.SO_REUSEADDR", []),
    ],
)
def test_the_search_finds_what_it_is_for(source: str, found: list[str]) -> None:
    assert list(unportable(ast.parse(source))) == found


def test_names_of_files_fit_every_system() -> None:
    names = [
        path for part in ("conformance", "profiles", "fixtures", "tests", "tools") for path in (ROOT / part).rglob("*")
    ]
    names = [path for path in names if "__pycache__" not in path.parts]
    assert [str(path) for path in names if set(path.name) & set('<>:"|?*\\')] == []
    folded = [str(path).lower() for path in names]
    assert len(folded) == len(set(folded))  # two names that differ in case are one file on Windows and macOS
    assert [path for path in folded if len(path.removeprefix(str(ROOT).lower())) > 160] == []
