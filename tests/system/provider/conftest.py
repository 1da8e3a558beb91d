"""One running provider an edition for the whole package; each test begins with a fresh practice and no faults."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.provider.server_thread import start
from conformance.spec import load
from tests.support.caller import Caller


@pytest.fixture(scope="package")
def _callers() -> Iterator[dict[str, Caller]]:
    callers = {name: Caller(start(load(name))) for name in ("dstu2", "stu3")}
    yield callers
    for caller in callers.values():
        caller.http.close()
        caller.running.close()


@pytest.fixture(params=["dstu2", "stu3"])
def caller(request: pytest.FixtureRequest, _callers: dict[str, Caller]) -> Caller:
    return _fresh(_callers[request.param])


@pytest.fixture
def stu3(_callers: dict[str, Caller]) -> Caller:
    return _fresh(_callers["stu3"])


@pytest.fixture
def dstu2(_callers: dict[str, Caller]) -> Caller:
    return _fresh(_callers["dstu2"])


def _fresh(caller: Caller) -> Caller:
    caller.running.set_faults([])
    caller.running.reset()
    return caller
