"""Sixty mistakes that people make, each with the message and the exit code: said once, without the names of exceptions."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from conformance.cli import _run
from conformance.core.resources import data_path
from conformance.provider.server_thread import Running, start
from conformance.provider.variants.gateway import Gateway, Respond, Sent
from conformance.spec import load
from conformance.tls.folder import make_folder
from tests.support.loopback import free_port

EXAMPLE = str(data_path("config.example.yaml"))


@dataclass(frozen=True)
class World:
    """What the mistakes are made with."""

    plain: Running
    secure: Running
    certificates: Path
    folder: Path
    login: str
    r4: str
    closed: str


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("mistakes")
    certificates = folder / "certs"
    make_folder(certificates)
    (folder / "a-file").write_text("words", encoding="utf-8")
    (folder / "people.csv").write_text("nhs_number,role\n9990010072,king\n", encoding="utf-8")
    (folder / "broken.yaml").write_text("edition: [stu3\n", encoding="utf-8")
    (folder / "empty.yaml").write_text("", encoding="utf-8")
    (folder / "latin.yaml").write_bytes(b"edition: stu3 # \xe9\n")
    page = b"<html><head><title>Sign in</title></head><body><input type='password'></body></html>"
    statement = b'{"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "software": {"name": "Other"}}'

    def other_server(sent: Sent) -> Respond:
        known = sent.target.endswith("/metadata")
        body = statement if known else b'{"resourceType": "OperationOutcome"}'
        return Respond(200 if known else 404, body=body, media_type="application/fhir+json")

    closed = f"http://127.0.0.1:{free_port()}/A20047/STU3/1/gpconnect"
    with (
        start(load("stu3")) as plain,
        start(load("stu3"), tls=certificates) as secure,
        Gateway(plain.base_url, lambda _: Respond(200, body=page)) as login,
        Gateway(plain.base_url, other_server) as r4,
    ):
        yield World(plain, secure, certificates, folder, login.base_url, r4.base_url, closed)


RUN = "run -c {example} --no-html --out {folder}/out --id metadata.answered"
INIT = "init --no-input --out {folder}/new.yaml"
PLACES = "--provider-asid 918999198993 --provider-ods A20047 --consumer-asid 200000000359 --consumer-ods Y99901"

MISTAKES = Path(__file__).with_name("mistakes.txt").read_text(encoding="utf-8")

ROWS = [[part.strip() for part in line.split("|")] for line in MISTAKES.splitlines()[1:]]


def arguments(world: World, text: str, settings: str) -> list[str]:
    known = {
        "plain": world.plain.base_url,
        "secure": world.secure.base_url,
        "as_https": world.plain.base_url.replace("http:", "https:"),
        "as_http": world.secure.base_url.replace("https:", "http:"),
        "certs": str(world.certificates),
        "folder": str(world.folder),
        "login": world.login,
        "r4": world.r4,
        "closed": world.closed,
        "example": EXAMPLE,
        "places": PLACES,
    }
    text = text.replace("{run}", RUN).replace("{init}", INIT)
    pairs = [part for pair in settings.format(**known).split() for part in ("--set", pair)]
    return [*text.format(**known).split(), *pairs]


def done(words: list[str], capfd: pytest.CaptureFixture[str], *, apart: bool) -> tuple[int, str]:
    """The exit code and the output of a command: in a process of its own where a run begins, else here."""
    if not apart:
        return int(_run(words)), "".join(capfd.readouterr())
    call = [sys.executable, "-m", "conformance", *words]
    ended = subprocess.run(call, capture_output=True, text=True, timeout=300, check=False)
    return ended.returncode, ended.stdout + ended.stderr


def test_there_are_sixty_at_least() -> None:
    assert len(ROWS) >= 60
    assert all(len(row) == 4 for row in ROWS), [row for row in ROWS if len(row) != 4]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0].split(' -')[0]} {row[1]}"[:60])
def test_a_mistake_is_told_once_with_its_exit_code(
    world: World, row: list[str], capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    text, settings, code, said = row
    got, printed = done(arguments(world, text, settings), capfd, apart=code == "3" or " -k " in text)
    assert got == int(code), printed
    assert said in printed, printed
    assert not re.search(r"Traceback|\b[A-Z]\w+(Error|Exception)\b", printed), printed
    told = [line.strip() for line in printed.splitlines() if len(line.strip()) > 25]
    assert len(set(told)) == len(told), printed
