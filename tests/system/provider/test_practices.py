"""Many practices behind one socket."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from conformance.config.bundled import bundled_config
from conformance.engine.session import Session
from conformance.provider.practices import Practices, Served, practices
from conformance.provider.serving import Server
from conformance.spec import editions, load


@pytest.fixture(params=editions(), scope="module")
def served(request: pytest.FixtureRequest) -> Iterator[tuple[str, str, tuple[Served, ...]]]:
    edition = load(request.param)
    rows = practices(edition, 30, ["metadata.unlabelled"])
    app = Practices(edition, rows)
    server = Server(app)
    server.start()
    yield request.param, server.address, rows
    server.stop()
    app.close()


def session(served: tuple[str, str, tuple[Served, ...]], place: int, folder: Path) -> Session:
    edition, address, rows = served
    one = rows[place - 1]
    codes = {"provider.asid": f"'{one.asid}'", "provider.ods_code": one.ods}
    return Session(bundled_config(edition, f"{address}{one.root}", folder, overrides=codes))


def test_each_practice_is_at_its_path_and_knows_its_own_code(
    served: tuple[str, str, tuple[Served, ...]], tmp_path: Path
) -> None:
    for place in (1, 2, 29):
        own = session(served, place, tmp_path)
        system = own.edition.systems("organization")[0]
        here = own.send(own.requests.find("find_organization", system, served[2][place - 1].ods))
        elsewhere = own.send(own.requests.find("find_organization", system, served[2][place].ods))
        assert (len(list(here.entries("Organization"))), len(list(elsewhere.entries("Organization")))) == (1, 0)
        own.close()


def test_what_is_booked_at_one_practice_is_not_at_another(
    served: tuple[str, str, tuple[Served, ...]], tmp_path: Path
) -> None:
    from conformance.engine.arrangement import Arrangement
    from conformance.engine.named_steps import Sender
    from conformance.engine.scenario import Case

    case = Case(id="x", title="x", interaction="", verifies="")
    one, other = session(served, 3, tmp_path), session(served, 4, tmp_path)
    booked = Arrangement(Sender(one), case).booked()
    assert Arrangement(Sender(one), case).read(booked.id).status == 200
    assert Arrangement(Sender(other), case).read(booked.id).status == 404
    for own in (one, other):
        own.close()


def test_other_paths_are_nobodys(served: tuple[str, str, tuple[Served, ...]]) -> None:
    _, address, rows = served
    for path in ("/", "/A20047/STU3/1/gpconnect/metadata", "/P00031/x", rows[0].root.replace("P00001", "p00001")):
        assert httpx.get(f"{address}{path}", trust_env=False).status_code == 404


def test_mistakes_are_named(tmp_path: Path) -> None:
    for words, said in (
        (["--csv", "x.csv"], "--csv lists practices"),
        (["--practices", "2", "--tls", str(tmp_path)], "leave those options out"),
        (["--practices", "2", "--fault", "no.such"], "no.such"),
        (["--practices", "2", "--port", "0", "--csv", str(tmp_path / "no" / "x.csv")], "cannot be written"),
    ):
        command = [sys.executable, "-m", "conformance", "provider", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, said in done.stdout + done.stderr) == (2, True), done.stderr
