"""Practices that are served here, with what describes a fleet of them."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from conformance.core.resources import data_path
from conformance.provider.app import create_app
from conformance.provider.fixture import load_practice
from conformance.provider.practices import Practices, Served, as_practice, practices
from conformance.provider.provider import Provider
from conformance.provider.serving import Server
from conformance.spec import load

WRONG = "P00007"  # the code of the practice whose address serves the data of another
OTHER = "P00001"
FAULTY = "P00010"
FAULT = "location.unreadable"


@dataclass(frozen=True)
class Bed:
    """A folder, the practices that are served, and the address of one that never responds."""

    folder: Path
    address: str
    served: dict[str, Served]
    silent: str

    def row(self, code: str, url: str = "") -> str:
        one = self.served[code]
        return f"{url or self.address + one.root},{one.asid},{code}"

    def fleet(self, rows: Sequence[str], columns: str = "base_url,asid,ods_code") -> Path:
        """Write what describes a fleet; return its file."""
        (self.folder / "list.csv").write_text("\n".join([columns, *rows]) + "\n", encoding="utf-8")
        file = self.folder / "fleet.yaml"
        file.write_text(f"config: {self.shared.name}\ncsv: list.csv\ntime_limit: 600\n", encoding="utf-8")
        return file

    @property
    def shared(self) -> Path:
        text = data_path("config.example.yaml").read_text(encoding="utf-8")
        text = text.replace("past_resource: fixtures/", f"past_resource: {data_path('fixtures').as_posix()}/")
        text = text.replace("  organization_ods: A20047\n", "")
        path = self.folder / "shared.yaml"
        path.write_text(text, encoding="utf-8")
        return path


class Mixed(Practices):
    """The practices, one of whose addresses serves the data of another."""

    mixed: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wrong = str(scope.get("path", "")).startswith(f"/{WRONG}/")
        await (self.mixed if wrong else super().__call__)(scope, receive, send)


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, dict[str, Served]]]:
    edition = load("stu3")
    rows = {one.ods: one for one in practices(edition, 10, [FAULT])}
    app = Mixed(edition, list(rows.values()))
    usual = load_practice()
    data = as_practice(usual, rows[OTHER]).organizations
    mixed = Provider(edition, fixture=lambda: replace(as_practice(usual, rows[WRONG]), ods=OTHER, organizations=data))
    app.mixed = create_app(mixed)
    server = Server(app)
    server.start()
    yield server.address, rows
    server.stop()
    app.close()
    mixed.store.close()


@pytest.fixture
def bed(tmp_path: Path, address: tuple[str, dict[str, Served]]) -> Iterator[Bed]:
    with socket.socket() as listening:  # accepts connections, and that is all
        listening.bind(("127.0.0.1", 0))
        listening.listen(16)
        yield Bed(tmp_path, *address, f"http://127.0.0.1:{listening.getsockname()[1]}/P/STU3/1/gpconnect")


def command(*words: str | Path) -> list[str]:
    return [sys.executable, "-m", "conformance", "fleet", *map(str, words)]


def finished(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run `fleet` to its end."""
    return subprocess.run(command(*words), capture_output=True, text=True, check=False)
