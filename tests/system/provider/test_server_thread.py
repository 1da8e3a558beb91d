from __future__ import annotations

import socket
from pathlib import Path

import httpx
import pytest

from conformance.core.errors import ExitCode, UsageError
from conformance.provider.server_thread import start
from conformance.spec import load
from tests.support.caller import Caller


@pytest.mark.parametrize("edition", ["dstu2", "stu3"])
def test_starts_serves_and_ends(edition: str) -> None:
    with start(load(edition)) as running:
        path = running.provider.store.path
        assert httpx.get(f"{running.base_url}/metadata").status_code == 400
    assert not path.exists()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{running.base_url}/metadata")


def test_a_port_in_use_is_one_clear_message() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port} on 127.0.0.1 is in use") as caught:
            start(load("stu3"), port=port)
    assert caught.value.exit_code is ExitCode.USAGE
    assert "--port" in str(caught.value)


def test_an_unknown_fault_stops_the_start() -> None:
    with pytest.raises(UsageError, match="there is no fault"):
        start(load("stu3"), faults=["nonsense"])


def test_reset_forgets_and_a_database_remembers(tmp_path: Path) -> None:
    database = tmp_path / "p.sqlite"
    with start(load("stu3"), database=database) as running:
        caller = Caller(running)
        held = caller.booked()
        caller.http.close()
    with start(load("stu3"), database=database) as running:
        caller = Caller(running)
        assert caller.read(held["id"]).status_code == 200
        running.reset()
        assert caller.read(held["id"]).status_code == 404
        caller.http.close()
