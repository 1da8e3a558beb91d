"""What all tests share: the folder a test lies in marks it, and a unit test that leaves its process fails."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# The same draws in every run, and no deadline: a test never depends on how busy the machine is.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")

_FOLDER = Path(__file__).parent
_KINDS = ("unit", "system")
# Audit events of Python (https://docs.python.org/3/library/audit_events.html): each leaves the process.
_OUTSIDE = {
    "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.startfile", "os.system", "socket.bind",
    "socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "subprocess.Popen",
}  # fmt: skip


class _Guard:
    """Refuses what leaves the process while a unit test runs, and notes it: the code under test may swallow the refusal."""

    def __init__(self) -> None:
        self.active = False
        self.seen: list[str] = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, _: tuple[Any, ...]) -> None:
        if self.active and event in _OUTSIDE:
            self.seen.append(event)
            raise RuntimeError(f"a unit test may not do this: {event}; move the test to tests/system")

    def watch(self, item: pytest.Item) -> Iterator[None]:
        """Refuse during one phase of a unit test, and fail the test for what it tried."""
        self.active, self.seen = _kind(item) == "unit", []
        try:
            yield
        finally:
            self.active = False
        if self.seen:
            pytest.fail(
                f"this unit test did {', '.join(sorted(set(self.seen)))}: move it to tests/system", pytrace=False
            )


_GUARD = _Guard()


def _kind(item: pytest.Item) -> str:
    """The folder of tests/ that a test lies in; "" for what is none of ours, such as the scenarios under plain pytest."""
    return item.path.relative_to(_FOLDER).parts[0] if item.path.is_relative_to(_FOLDER) else ""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test `unit` or `system` by its folder."""
    for item in items:
        kind = _kind(item)
        if kind and kind not in _KINDS:
            raise pytest.UsageError(f"{item.nodeid} lies neither in tests/unit nor in tests/system")
        if kind:
            item.add_marker(kind)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    yield from _GUARD.watch(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    yield from _GUARD.watch(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    yield from _GUARD.watch(item)
