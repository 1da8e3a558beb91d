"""Record the two runs that the tests judge again (tests/recorded/), or write their lists of verdicts anew.

    .venv/bin/python tools/record_fixtures.py              # play the selection on the bundled provider and record it
    .venv/bin/python tools/record_fixtures.py --verdicts   # a rule changed on purpose: only the lists of verdicts

A fixture is the evidence of a run against the bundled provider with the faults and variants below, a small selection of the
scenarios, packed (`EDITION.sqlite.xz`), and the verdicts that this version comes to (`EDITION.txt`). It has to be recorded
anew where scenarios of the selection send something else, or where the schema of the evidence changed; what changed is then
read in `git diff`.
"""

from __future__ import annotations

import argparse
import lzma
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from conformance.config.bundled import people
from conformance.core.resources import data_path
from conformance.evidence.schema import FILE_NAME
from conformance.provider.server_thread import start
from conformance.provider.variants import choose
from conformance.rejudging.run import rejudge
from conformance.rejudging.verdict_list import verdict_lines
from conformance.spec import load
from conformance.tls.folder import make_folder, overrides

FOLDER = Path(__file__).resolve().parents[1] / "tests" / "recorded"
_PATIENCE = {"run.resilience.pause": "0", "run.resilience.longest_pause": "0", "run.resilience.wait_for_provider": "0"}


@dataclass(frozen=True)
class Recipe:
    """What a fixture is recorded with."""

    faults: tuple[str, ...]
    variants: tuple[str, ...]
    ids: tuple[str, ...]


_IDS = (
    *("book.taken-*", "book.times*", "book.every-answer-*", "amend.description*", "cancel.reason*", "read.by-*"),
    *("search.end-*", "retrieve.*past*", "patient.find-*", "register.*birth*", "register.same-*"),
    *("register.every-answer-*", "jwt.search-e*", "ssp.search-*", "tls.version-*", "tls.expired"),
    *("tls.server-*", "tls.plain-port", "http.clock-in-step", "fhir.reference-elsewhere"),
)
RECIPES = {
    "stu3": Recipe(
        (
            "book.busy-is-server-error",
            "jwt.accepts-any-times",
            "register.loses-address",
            "tls.speaks-ssl3",
        ),
        ("searchset.shuffled", "outcome.further-issue"),
        (*_IDS, "register.all-accepted"),
    ),
    "dstu2": Recipe(
        (
            "book.shifts-times",
            "register.british-birth-date",
            "register.other-family",
            "tls.accepts-expired",
            "jwt.accepts-any-times",
        ),
        ("versions.milliseconds", "outcome.details-text"),
        _IDS,
    ),
}


def main() -> int:
    """Record, or write the lists of verdicts; the exit code."""
    parser = argparse.ArgumentParser(description="Record the runs that the tests judge again.")
    parser.add_argument("edition", nargs="*", choices=[[], *RECIPES], help="Only this edition.")
    parser.add_argument("--verdicts", action="store_true", help="Only the lists of verdicts.")
    given = parser.parse_args()
    for edition in given.edition or RECIPES:
        if not given.verdicts:
            record(edition, RECIPES[edition])
        write_verdicts(edition)
    return 0


def record(edition: str, recipe: Recipe) -> None:
    """Run the suite against the bundled provider and keep the evidence. Nothing in it names this machine."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        make_folder(folder / "certificates")
        shutil.copy(data_path("config.example.yaml"), folder / "config.yaml")
        shutil.copytree(data_path("fixtures"), folder / "fixtures")
        chosen = choose(recipe.variants, edition)
        with start(load(edition), faults=recipe.faults, tls=folder / "certificates", variants=chosen) as running:
            settings = {"edition": edition, "provider.base_url": running.base_url, **people(), **_PATIENCE}
            settings |= {**overrides(folder / "certificates"), "tls.plain_port": str(running.plain_port)}
            command = [
                sys.executable,
                "-m",
                "conformance",
                "run",
                "--config",
                "config.yaml",
                "--out",
                "run",
                "--no-html",
            ]
            command += [part for name in recipe.ids for part in ("--id", name)]
            command += [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
            done = subprocess.run(command, cwd=folder, check=False)
            if not (folder / "run" / FILE_NAME).exists():
                raise SystemExit(done.returncode)
        pack(folder / "run" / FILE_NAME, packed(edition))


def packed(edition: str) -> Path:
    """Return where the packed evidence of a fixture lies."""
    return FOLDER / f"{edition}.sqlite.xz"


def pack(evidence: Path, target: Path) -> None:
    """Pack an evidence file."""
    with closing(sqlite3.connect(evidence)) as connection:
        connection.execute("VACUUM")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(lzma.compress(evidence.read_bytes(), preset=9 | lzma.PRESET_EXTREME))


def write_verdicts(edition: str) -> None:
    """Judge a fixture again and write its list of verdicts."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / FILE_NAME).write_bytes(lzma.decompress(packed(edition).read_bytes()))
        result = rejudge(folder, folder / "again").result
    text = "".join(f"{line}\n" for line in verdict_lines(result.scenarios))
    (FOLDER / f"{edition}.txt").write_bytes(text.encode())


if __name__ == "__main__":
    raise SystemExit(main())
