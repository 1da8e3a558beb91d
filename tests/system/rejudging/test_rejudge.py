"""A run is judged again as it was judged; what was changed or cut short is said in a sentence, with the documented code."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from conformance.core.results import Finding
from conformance.evidence.reader import read_evidence
from conformance.evidence.schema import FILE_NAME, SCHEMA_VERSION
from conformance.evidence.seal import read_seal, seal, unseal, verify
from conformance.rejudging.run import rejudge
from tests.support.suite_run import run_suite

SELECT = "book.times or book.taken or register.same or read.by-id or jwt.search-expired or patient.find-without"
FAULTS = ("book.busy-is-server-error", "register.other-family")


@pytest.fixture(scope="module", params=["stu3", "dstu2"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sealed run of a small selection, with faults."""
    folder: Path = tmp_path_factory.mktemp(request.param) / "run"
    run_suite(folder, request.param, faults=FAULTS, select=SELECT)
    return folder


@pytest.fixture
def copy(run: Path, tmp_path: Path) -> Path:
    """A copy of the run, to be damaged."""
    return Path(shutil.copytree(run, tmp_path / "copy"))


def command(*words: object) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "conformance", *map(str, words)], capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def test_an_untouched_run_is_judged_as_it_was(run: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    code, said = command("rejudge", run, "--out", tmp_path / "again")
    assert code == 0, said
    assert "Every verdict and every finding is as it was." in said
    old, new = read_evidence(run), read_evidence(tmp_path / "again")
    assert new.scenarios != ()
    assert [_came_to(one) for one in new.scenarios] == [_came_to(one) for one in old.scenarios]
    assert new.run.notices == old.run.notices
    assert list(new.exchanges) == list(old.exchanges)
    assert all(new.exchanges[number] == old.exchanges[number] for number in old.exchanges)
    assert {one.verdict for one in new.scenarios} >= {"pass", "fail"}
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before


def _came_to(result: Any) -> tuple[object, ...]:
    return result.id, result.verdict, result.reason, result.findings, result.exchanges, result.controls


def test_what_is_made_has_a_seal_that_names_its_parent_and_can_be_judged_again_itself(
    run: Path, tmp_path: Path
) -> None:
    parent = read_seal(run)
    assert parent
    code, _ = command("rejudge", run, "--out", tmp_path / "again", "--seal", parent.seal)
    found = verify(tmp_path / "again")
    assert (code, found.intact, [one.seal for one in found.sealed.parents]) == (0, True, [parent.seal])
    names = {path.name for path in (tmp_path / "again").iterdir()}
    assert names >= {"report.html", "results.json", "diff.html", "verdicts.txt", FILE_NAME, "manifest.json"}
    twice = rejudge(tmp_path / "again", tmp_path / "twice")
    assert (twice.differing, twice.lost) == ((), ())


def test_a_rule_that_changed_changes_its_scenarios_alone(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = Finding("a rule of today", code="today")
    monkeypatch.setattr("conformance.checks.bookings.times_of", lambda _: lambda _, __: [rule])
    again = rejudge(run, tmp_path / "again")
    assert again.differing
    assert all(name.startswith("book.times") for name in again.differing)


# Bad input


def test_a_byte_that_was_changed_is_found_before_anything_is_judged(copy: Path) -> None:
    data = bytearray((copy / FILE_NAME).read_bytes())
    data[len(data) // 2] ^= 1
    (copy / FILE_NAME).write_bytes(data)
    code, said = command("rejudge", copy)
    assert (code, f"is not as it was sealed: {FILE_NAME}: was changed" in said) == (2, True)
    assert not copy.with_name("copy-rejudged-1").exists()


def test_a_file_that_is_missing_is_named(copy: Path) -> None:
    (copy / "junit.xml").unlink()
    code, said = command("rejudge", copy)
    assert (code, "junit.xml: is missing" in said) == (2, True)
    (copy / FILE_NAME).unlink()
    (copy / "manifest.json").unlink()
    code, said = command("rejudge", copy)
    assert (code, f"holds no {FILE_NAME}" in said) == (2, True)


def test_a_seal_or_a_key_that_is_another_is_named(copy: Path, tmp_path: Path) -> None:
    code, said = command("rejudge", copy, "--seal", "0" * 64)
    assert (code, "its seal is" in said) == (2, True)
    key = tmp_path / "key.pem"
    _make_key(key)
    code, said = command("rejudge", copy, "--key", key)
    assert (code, "the run is not signed" in said) == (2, True)


def test_a_run_that_another_key_signed_is_not_judged_again(copy: Path, tmp_path: Path) -> None:
    own, other = tmp_path / "own.pem", tmp_path / "other.pem"
    private = _make_key(own)
    _make_key(other)
    sealed = read_seal(copy)
    assert sealed
    unseal(copy)
    seal(copy, sealed.run, key=private)
    code, said = command("rejudge", copy, "--key", other)
    assert (code, "manifest.sig: is by another key" in said) == (2, True), said
    assert not copy.with_name("copy-rejudged-1").exists()
    code, said = command("rejudge", copy, "--key", own)
    assert code == 0, said


def _make_key(path: Path) -> Path:
    """Write the public key of a new pair, and beside it the private one, whose path is returned."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    key, private = Ed25519PrivateKey.generate(), path.with_suffix(".private")
    path.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return private


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("DELETE FROM session", "does not hold what the run took from outside"),
        (f"PRAGMA user_version = {SCHEMA_VERSION + 1}", "was written by a newer version"),
        (f"PRAGMA user_version = {SCHEMA_VERSION - 1}", "was written by an older version"),
    ],
)
def test_evidence_of_another_version_is_written(copy: Path, change: str, said: str) -> None:
    (copy / "manifest.json").unlink()
    with closing(sqlite3.connect(copy / FILE_NAME)) as file:
        file.execute(change)
        file.commit()
    code, printed = command("rejudge", copy)
    assert (code, said in printed) == (2, True), printed


def test_of_an_interrupted_run_what_was_recorded_is_judged_and_the_rest_is_not_tested(
    copy: Path, tmp_path: Path
) -> None:
    (copy / "manifest.json").unlink()
    with closing(sqlite3.connect(copy / FILE_NAME)) as file:
        (last,) = file.execute("SELECT id FROM scenario ORDER BY position DESC LIMIT 1").fetchone()
        file.execute("DELETE FROM scenario WHERE id = ?", (last,))
        file.execute("DELETE FROM taken WHERE part IN (?, 'after the last scenario')", (f"scenario {last}",))
        file.execute("UPDATE run SET finished = '', complete = 0")
        file.commit()
    again = rejudge(copy, tmp_path / "again")
    assert again.differing == ()
    result = next(one for one in again.result.scenarios if one.id == last)
    assert (result.verdict, result.reason) == ("skip", "the recorded run ended before this scenario")
    assert not again.result.run.complete


def test_a_folder_that_is_not_empty_is_left_alone(run: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    code, said = command("rejudge", run, "--out", tmp_path)
    assert (code, "is not empty" in said) == (2, True)


def test_the_list_of_verdicts_has_a_line_for_each_scenario(run: Path, tmp_path: Path) -> None:
    command("rejudge", run, "--out", tmp_path / "again")
    lines = (tmp_path / "again" / "verdicts.txt").read_text(encoding="utf-8").splitlines()
    written = json.loads((tmp_path / "again" / "results.json").read_text(encoding="utf-8"))
    assert len(lines) == len(written["scenarios"])
    assert all(re.match(r"[\w.-]+: (pass|fail|warn|skip|omit)(, [A-Z]+ [\w-]+( \d+)?)*$", line) for line in lines)
