"""One kind of hostile provider, tried: a run of a few scenarios against it, with reports, and what came of that."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from conformance.config.bundled import bundled_config
from conformance.config.model import Config
from conformance.core.errors import TargetError
from conformance.core.results import ScenarioResult, Severity, Verdict
from conformance.engine.collection import Entry, collect
from conformance.pytest_plugin.run import Run
from tests.support.in_process import ORIGIN, InProcess
from tests.support.loopback import read_request
from tests.system.hostile import fhir_kinds, kinds
from tests.system.hostile.kinds import Kind, Sound
from tests.system.hostile.markup import markup

KINDS = (
    *kinds.FRAMING, *kinds.TIME, *kinds.HEADERS, *kinds.CODINGS, *kinds.TEXT, *fhir_kinds.TYPES, *fhir_kinds.XML, markup(),
)  # fmt: skip
SCENARIOS = (
    "search.succeeds", "amend.description", "cancel.reason", "search.every-answer-conforms", "search.every-answer-framed",
    "search.every-answer-dated",
)  # fmt: skip
_BY_RULE = {"framed", "dated", "conforms"}
_connections: list[str] = []


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        _connections.append(f"{arguments[1][0]}:{arguments[1][1]}")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        _connections.append(str(arguments[0]))


@dataclass
class Row:
    """What came of a kind: verdicts by scenario, blames, exit code, seconds, and what must not be."""

    kind: str
    edition: str
    verdicts: dict[str, str] = field(default_factory=dict)
    blames: dict[str, int] = field(default_factory=dict)
    code: int = -1
    first: str = ""
    seconds: float = 0.0
    megabytes: float = 0.0
    elsewhere: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The row as JSON."""
        return asdict(self)


class Server:
    """A hostile provider on the loopback: sound until it is armed, then each response is of its kind."""

    def __init__(self, edition: str, kind: Kind) -> None:
        self._provider = InProcess(edition)
        self._kind = kind
        self.armed = False
        self.armed_after = 0  # responses, 0 for never
        self._served = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}{self._provider.provider.root}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._provider.provider.store.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError, ValueError), connection:
            connection.settimeout(20)
            while request := read_request(connection):
                sound = self._sound(request)
                self._served += 1
                self.armed |= 0 < self.armed_after < self._served
                if not self.armed:
                    connection.sendall(sound.wire())
                elif self._kind.act:
                    self._kind.act(connection, sound)
                elif self._kind.make:
                    connection.sendall(self._kind.make(sound))

    def _sound(self, request: bytes) -> Sound:
        head, _, body = request.partition(b"\r\n\r\n")
        line, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = line.split(" ", 2)
        pairs = [(name, value.strip()) for name, _, value in (each.partition(":") for each in lines)]
        asked = httpx.Request(method, ORIGIN, headers=pairs, content=body, extensions={"target": target.encode()})
        response = self._provider.handle_request(asked)
        assert isinstance(response.stream, httpx.SyncByteStream)
        data = b"".join(response.stream)
        headers = tuple(
            (k.decode(), v.decode("latin-1")) for k, v in response.headers.raw if k.lower() != b"content-length"
        )
        return Sound(method, response.status_code, headers, b"").with_body(data)


@contextmanager
def served(edition: str, kind: Kind) -> Iterator[Server]:
    server = Server(edition, kind)
    try:
        yield server
    finally:
        server.close()


def configured(edition: str, url: str, folder: Path) -> Config:
    """A configuration whose waits are short: how long a silent provider is waited for shows nothing here."""
    config = bundled_config(edition, url, folder)
    patience = replace(config.run.resilience, repeats=1, pause=0.01, longest_pause=0.05, wait_for_provider=0.1,
                       scenario_repeats=1)  # fmt: skip
    run = replace(config.run, connect_timeout=5, read_timeout=2, response_timeout=4, resilience=patience)
    return replace(config, run=run)


def entries(edition: str) -> list[Entry]:
    """The scenarios that a kind is tried on, in the order of a run."""
    return [entry for entry in collect() if entry.case.id in SCENARIOS and entry.case.runs_in(edition)]


def trial(edition: str, kind: Kind, folder: Path) -> Row:
    """Run the scenarios against a kind that is hostile once it was met, and once one that is so from the start."""
    row = Row(kind.name, edition)
    began = time.monotonic()
    _connections.clear()
    with served(edition, kind) as server:
        run = Run(configured(edition, server.url, folder), folder / "out")
        played = entries(edition)
        run.open([entry.case for entry in played])
        server.armed = True
        results = [run.play(entry.function, entry.case) for entry in played]
        row.code = int(run.finish(complete=True))
        row.first = _first(edition, server, folder)
        row.elsewhere = sorted(
            {place for place in _connections if place not in (f"127.0.0.1:{server.port}", "127.0.0.1")}
        )
    row.seconds = time.monotonic() - began
    row.verdicts = {result.id: result.verdict.value for result in results}
    row.blames = dict(Counter(blame for result in results for blame in _blames(result)))
    row.wrong = list(_wrong(kind, row, results))
    return row


def _first(edition: str, server: Server, folder: Path) -> str:
    """What a run does that meets it hostile from the first response on."""
    run = Run(configured(edition, server.url, folder), folder / "first")
    try:
        run.open([entry.case for entry in entries(edition)])
    except TargetError as error:
        run.session.close()
        return f"exit {int(error.exit_code)}"
    run.finish(complete=False)
    return "goes on"


def _blames(result: ScenarioResult) -> Iterator[str]:
    bad = [finding for finding in result.findings if finding.severity is Severity.FAIL]
    stops = [finding for finding in result.findings if finding.code == "cannot-test"]
    yield from {finding.blame.value for finding in bad or stops}


def _wrong(kind: Kind, row: Row, results: list[ScenarioResult]) -> Iterator[str]:
    """What must not be: a verdict error, exit code 4, a false pass or a false fail, a request to another host."""
    for result in results:
        if result.verdict is Verdict.ERROR or result.traceback:
            yield f"{result.id} error: {result.reason}"
    if row.code == 4:
        yield "exit code 4"
    if row.elsewhere:
        yield f"connected to {', '.join(row.elsewhere)}"
    passed = {name for name, verdict in row.verdicts.items() if verdict in ("pass", "warn")}
    if kind.harmless and passed != set(row.verdicts):
        yield f"harmless, and yet not passed: {', '.join(sorted(set(row.verdicts) - passed))}"
    noticing = {"": ["search.succeeds", "amend.description"], "search": ["search.succeeds"], "-": []}.get(
        kind.only, [f"search.every-answer-{kind.only}"]
    )
    if not kind.harmless:
        yield from (f"{name} passed without having seen a sound response" for name in noticing if name in passed)


sys.addaudithook(_hear)
