"""Shards of a selection, merged, come to what one run of it comes to; what cannot be merged is said in a sentence."""

from __future__ import annotations

import base64
import json
import re
import shutil
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from conformance.config.bundled import people
from conformance.core.gates import Gates
from conformance.core.resources import data_path
from conformance.core.results import RunResult
from conformance.evidence.reader import read_evidence, read_taken
from conformance.evidence.schema import FILE_NAME
from conformance.evidence.seal import MANIFEST, read_seal, seal, unseal, verify
from conformance.provider.server_thread import Running, start
from conformance.spec import editions, load
from tests.support.originals import rewritten
from tools.workers_table import came, differences

# Scenarios that book, that register, that only read, and some about the responses that the others receive.
CHOICE = (
    *("amend.read-back", "cancel.read-back", "book.times*", "book.every-answer-*", "metadata.a*", "patient.find-*"),
    *("read.[be]*", "register.same*", "retrieve.times*", "search.every-answer-*", "http.*-in-time"),
)
FAULTS = ("read.no-etag", "patient-find.unlabelled", "book.busy-is-server-error", "register.other-family")
SHARDS = 3


@dataclass(frozen=True)
class Runs:
    """One run of a selection with its exit code, the folders of the shards of the same, and all of them merged."""

    one: Path
    code: int
    shards: tuple[Path, ...]
    merged: Path
    merged_code: int
    said: str


def command(*words: object) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "conformance", *map(str, words)], capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stdout + done.stderr
    return done.returncode, done.stdout + done.stderr


def run_words(provider: Running, edition: str, folder: Path, *more: str) -> list[str]:
    given = {"edition": edition, "provider.base_url": provider.base_url, **people()}
    return [
        *("run", "--config", str(data_path("config.example.yaml")), "--out", str(folder), *more),
        *(part for key, value in given.items() for part in ("--set", f"{key}={value}")),
    ]


def choosing(*ids: str) -> list[str]:
    return [part for one in ids for part in ("--id", one)]


@pytest.fixture(scope="module", params=[(name, faults) for name in editions() for faults in ((), FAULTS)], ids=str)
def runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    edition, faults = request.param
    folder = tmp_path_factory.mktemp(edition)
    shards = tuple(folder / f"shard-{number}" for number in range(1, SHARDS + 1))
    with start(load(edition), faults=faults) as provider:
        code, said = command(*run_words(provider, edition, folder / "one", "--no-html", *choosing(*CHOICE)))
        assert (folder / "one").is_dir(), said
        for number, shard in enumerate(shards, 1):
            provider.reset()
            which = ("--shard", f"{number}/{SHARDS}", "--no-html")
            _, said = command(*run_words(provider, edition, shard, *which, *choosing(*CHOICE)))
            assert (shard / MANIFEST).is_file(), said
    merged_code, said = command("merge", *reversed(shards), "--out", folder / "merged")
    return Runs(folder / "one", code, shards, folder / "merged", merged_code, said)


def test_the_merged_run_comes_to_what_one_run_comes_to(runs: Runs) -> None:
    one, merged = read_evidence(runs.one), read_evidence(runs.merged)
    assert list(differences(came(one, runs.code, 0), came(merged, runs.merged_code, 0))) == []
    assert [row.id for row in merged.scenarios] == [row.id for row in one.scenarios]
    assert len(one.scenarios) > 80
    assert [row.requirements for row in merged.scenarios] == [row.requirements for row in one.scenarios]
    assert {notice.code for notice in merged.run.notices} == {notice.code for notice in one.run.notices}
    assert (merged.run.complete, merged.run.settings["planned_scenarios"]) == (True, str(len(merged.scenarios)))


def test_each_shard_has_a_part_of_the_scenarios_and_says_that_it_is_a_shard(runs: Runs) -> None:
    parts = [read_evidence(shard) for shard in runs.shards]
    ids = [row.id for part in parts for row in part.scenarios]
    assert all(part.scenarios for part in parts)
    assert sorted(ids) == sorted(row.id for row in read_evidence(runs.one).scenarios)
    assert [part.run.settings["shard"] for part in parts] == [f"{number}/{SHARDS}" for number in range(1, SHARDS + 1)]
    assert "only shard 1/3 was run" in (runs.shards[0] / "report.html").read_text(encoding="utf-8") or any(
        row.verdict == "fail" for row in parts[0].scenarios
    )


def test_what_is_about_all_responses_counts_those_of_all_shards(runs: Runs) -> None:
    merged = read_evidence(runs.merged)
    parts = [read_evidence(shard) for shard in runs.shards]
    counts = {row.id: _responses(row.findings) for row in merged.scenarios}
    own = {row.id: _responses(row.findings) for part in parts for row in part.scenarios}
    more = {name for name, count in counts.items() if count > own[name]}
    assert {"search.every-answer-uncacheable", "book.every-answer-uncacheable"} <= more


def _responses(findings: Any) -> int:
    said = next((found.message for found in findings if found.code == "swept"), "0")
    return int(said.split()[0])


def test_the_evidence_has_every_exchange_once_and_findings_point_to_theirs(runs: Runs) -> None:
    merged = read_evidence(runs.merged)
    parts = [read_evidence(shard) for shard in runs.shards]
    numbers = list(merged.exchanges)
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) == sum(len(part.exchanges) for part in parts)
    recorded = {row.id: (part, row) for part in parts for row in part.scenarios}
    for row in merged.scenarios:
        part, before = recorded[row.id]
        if _responses(row.findings):
            continue
        assert [_sent(merged, number) for number in row.exchanges] == [
            _sent(part, number) for number in before.exchanges
        ]
        shown = [_sent(merged, one.exchange) for one in row.findings if one.exchange]
        assert shown == [_sent(part, one.exchange) for one in before.findings if one.exchange]
    assert len(merged.changes) == sum(len(part.changes) for part in parts) > 0
    assert [change.key for change in merged.changes] == list(range(1, len(merged.changes) + 1))
    assert len(read_taken(runs.merged)) == SHARDS


def _sent(run: RunResult, number: int) -> tuple[Any, ...]:
    exchange = run.exchanges[number]
    return exchange.url, exchange.started, exchange.request_body, exchange.status, exchange.response_body


def test_the_merged_run_has_every_output_of_a_run_and_a_seal_that_names_the_shards(runs: Runs) -> None:
    names = {path.name for path in runs.merged.iterdir()}
    assert names >= {path.name for path in runs.one.iterdir()} | {"pytest.html"}
    found = verify(runs.merged)
    assert (found.intact, found.sealed.parents) == (True, tuple(map(read_seal, runs.shards)))
    assert all(verify(shard).intact for shard in runs.shards)
    assert f"seal {found.sealed.seal}" in runs.said
    assert found.sealed.seal in (runs.merged / "report.html").read_text(encoding="utf-8")
    code, said = command("verify", runs.merged)
    assert (code, said.count("made from run")) == (0, SHARDS)
    written = json.loads((runs.merged / "results.json").read_text(encoding="utf-8"))
    assert len(written["scenarios"]) == len(read_evidence(runs.merged).scenarios)


def test_the_page_of_pytest_html_has_a_row_for_each_scenario(runs: Runs) -> None:
    packed = re.search(r'data-packed="([^"]*)"', (runs.merged / "pytest.html").read_text("utf-8"))
    assert packed
    data = json.loads(zlib.decompress(base64.b64decode(packed[1])))
    rows = {name: row for name, tests in data["tests"].items() for row in tests}
    scenarios = {row.id: row for row in read_evidence(runs.merged).scenarios}
    shown = {row["scenario"].partition(":")[0]: row["result"] for row in rows.values()}
    assert shown.keys() == scenarios.keys()
    assert {name for name, result in shown.items() if result == "Failed"} == {
        name for name, row in scenarios.items() if row.verdict == "fail"
    }
    assert all(re.match(r"conformance/scenarios/[\w/]+\.py::test_\w+\[\w+:[\w.-]+\]$", name) for name in rows)


# Gates and waivers are those of a run


def test_gates_are_judged_of_the_whole(runs: Runs, tmp_path: Path) -> None:
    gates = ("--fail-on", "warn", "--fail-on", "not-tested", "--min-verified", "100")
    code, said = command("merge", *runs.shards, "--out", tmp_path / "out", "--no-html", *gates)
    missed = list(Gates(frozenset({"warn", "not-tested"}), 100).missed(read_evidence(runs.merged)))
    assert code == (1 if missed or runs.code else 0)
    assert all(one in said for one in missed)
    assert not (tmp_path / "out" / "pytest.html").exists()


def test_a_shard_that_ended_early_is_merged_once_it_went_on(tmp_path: Path) -> None:
    edition, shards = editions()[0], (tmp_path / "one", tmp_path / "two")
    chosen = ("--no-html", *choosing("metadata.a*", "read.every-answer-*"))
    with start(load(edition), faults=["read.no-etag"]) as provider:
        code, _ = command(*run_words(provider, edition, tmp_path / "whole", *chosen))
        for number, shard in enumerate(shards, 1):
            provider.reset()
            command(*run_words(provider, edition, shard, "--shard", f"{number}/2", "--first-failure", *chosen))
        [early] = [shard for shard in shards if not read_evidence(shard).run.complete]
        assert f"in {early} did not come to its end" in command("merge", *shards)[1]
        words = run_words(provider, edition, early, "--no-html", "--resume", str(early))
        command(*(word for place, word in enumerate(words) if "--out" not in words[max(0, place - 1) : place + 1]))
    merged_code, said = command("merge", *shards, "--out", tmp_path / "merged", "--no-html")
    one, merged = read_evidence(tmp_path / "whole"), read_evidence(tmp_path / "merged")
    assert list(differences(came(one, code, 0), came(merged, merged_code, 0))) == [], said
    assert [notice.code for notice in merged.run.notices if notice.code == "resumed"] == ["resumed"]


# Bad input


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two shards of a small selection."""
    folder = tmp_path_factory.mktemp("good")
    edition = editions()[0]
    with start(load(edition)) as provider:
        for number in (1, 2):
            words = ("--shard", f"{number}/2", "--no-html", *choosing("metadata.a*"))
            command(*run_words(provider, edition, folder / str(number), *words))
    assert command("merge", folder / "1", folder / "2", "--out", folder / "merged", "--no-html")[0] == 0
    return folder / "1", folder / "2"


@pytest.fixture
def copies(good: tuple[Path, Path], tmp_path: Path) -> tuple[Path, Path]:
    """Copies of them, to be damaged."""
    one, two = (Path(shutil.copytree(shard, tmp_path / shard.name)) for shard in good)
    return one, two


def refused(*folders: Path) -> str:
    """Merge what cannot be merged: one message, the exit code of a usage error, and no folder left behind."""
    code, said = command("merge", *folders)
    assert code == 2, said
    assert said.startswith("gpconnect-assure: ")
    assert not list(folders[0].parent.glob("*-merged-*")) if folders else True
    return said


def test_one_run_none_and_what_is_no_shard_are_refused(good: tuple[Path, Path], tmp_path: Path) -> None:
    assert "merge makes one run of all shards, and 1 is named" in refused(good[0])
    assert "and 0 is named" in refused()
    assert "is no folder of a run" in refused(good[0], tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    assert f"holds no {FILE_NAME}" in refused(good[0], tmp_path / "empty")
    assert "is no shard" in refused(good[0], good[0].parent / "merged")


def test_a_shard_that_is_missing_or_named_twice_is_named(good: tuple[Path, Path], tmp_path: Path) -> None:
    assert "shard 1/2 is named twice" in refused(good[0], good[0])
    other = Path(shutil.copytree(good[1], tmp_path / "three"))
    rewritten(other, lambda document: document["shard"].update(of=3))
    rewritten(one := Path(shutil.copytree(good[0], tmp_path / "one")), lambda document: document["shard"].update(of=3))
    assert "not all shards are named: 3/3 missing" in refused(one, other)


def test_a_shard_that_was_changed_or_is_not_sealed_is_named(copies: tuple[Path, Path]) -> None:
    one, two = copies
    (two / "junit.xml").write_bytes(b"changed")
    assert "is not as it was sealed: junit.xml: has 7 bytes" in refused(one, two)
    unseal(two)
    assert "has no seal: it was killed before it came to its end" in refused(one, two)
    with closing(sqlite3.connect(two / FILE_NAME)) as running:
        running.execute("PRAGMA journal_mode = WAL")
        running.execute("SELECT count(*) FROM scenario").fetchall()
        running.execute("BEGIN IMMEDIATE")
        assert "is still going on" in refused(one, two)


def test_a_shard_that_did_not_come_to_its_end_is_named(copies: tuple[Path, Path]) -> None:
    one, two = copies
    _change(two, "UPDATE run SET complete = 0")
    said = refused(one, two)
    assert "shard 2/2 in" in said and "did not come to its end" in said and f"run --resume {two}" in said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE run SET edition = 'other'", "differ in their edition"),
        ("UPDATE run SET provider = 'http://other.test/x'", "differ in their provider"),
        ("UPDATE run SET tool_version = '9.9'", "differ in their version of this tool"),
        ("UPDATE run SET settings = json_set(settings, '$.tool_sha256', 'ab')", "differ in their hash of this tool"),
        ("UPDATE definition SET sha256 = 'ab' WHERE rowid = 1", "differ in their set of definitions"),
        ("DELETE FROM scenario WHERE position = 1", "lacks the result of a scenario"),
    ],
)
def test_shards_that_do_not_belong_together_are_named(copies: tuple[Path, Path], change: str, said: str) -> None:
    _change(copies[1], change)
    assert said in refused(*copies)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda document: document["shard"].update(selection="ab"), "differ in their selection of scenarios"),
        (lambda document: document["shard"].update(of=3), "differ in their number of shards: 2 and 3"),
        (
            lambda document: document["shard"]["configuration"].update({"provider.asid": "ab"}),
            "differ in their configuration (provider.asid)",
        ),
        (
            lambda document: document["shard"]["configuration"].update({"people": "ab"}),
            "differ in their configuration (the people)",
        ),
    ],
)
def test_shards_of_another_selection_or_configuration_are_named(
    copies: tuple[Path, Path], change: Callable[[Any], None], said: str
) -> None:
    rewritten(copies[1], change)
    assert said in refused(*copies)


def test_shards_of_another_build_of_this_tool_are_named(copies: tuple[Path, Path]) -> None:
    for one in copies:
        _change(one, "UPDATE run SET settings = json_set(settings, '$.tool_sha256', 'ab')")
    assert "were run by another gpconnect-assure (version " in refused(*copies)


def test_how_fast_a_shard_was_played_is_no_difference(copies: tuple[Path, Path], tmp_path: Path) -> None:
    rewritten(copies[1], lambda document: document["shard"]["configuration"].update({"run.workers": "ab"}))
    assert command("merge", *copies, "--out", tmp_path / "out", "--no-html")[0] == 0


def test_nothing_is_written_into_a_folder_that_holds_a_run(good: tuple[Path, Path], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(good[0], tmp_path / "mine"))
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    code, said = command("merge", *good, "--out", folder)
    assert (code, "holds the evidence of another run" in said) == (2, True)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("which", ["0/5", "6/5", "2", "900/900"])
def test_a_shard_that_cannot_be_is_refused_before_anything_is_sent(which: str, tmp_path: Path) -> None:
    words = ("--config", data_path("config.example.yaml"), "--out", tmp_path / "out", "--id", "metadata.*")
    code, said = command("run", *words, "--shard", which)
    assert (code, "--shard" in said, (tmp_path / "out").exists()) == (2, True, False), said


def test_a_gate_on_the_whole_is_refused_of_a_shard(tmp_path: Path) -> None:
    words = ("--config", data_path("config.example.yaml"), "--out", tmp_path / "out", "--min-verified", "90")
    code, said = command("run", *words, "--shard", "1/2")
    assert (code, "give it to gpconnect-assure merge" in said) == (2, True)


# Plain pytest


def _pytest(*words: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--pyargs", "conformance.scenarios", "-p", "no:cacheprovider", "-q", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_pytest_itself_plays_a_shard_of_what_its_options_choose() -> None:
    words = ("--gpc-config", str(data_path("config.example.yaml")), "--collect-only", "-k", "metadata and not etag")
    listed = [
        {line for line in _pytest(*words, *more)[1].splitlines() if "::" in line}
        for more in ((), ("--gpc-shard", "1/2"), ("--gpc-shard", "2/2"))
    ]
    whole, one, two = listed
    assert one and two and not one & two
    assert one | two == whole


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--gpc-shard", "0/5", "--gpc-config", str(data_path("config.example.yaml"))), "names no shard"),
        (("--gpc-shard", "1/2", "--collect-only"), "--gpc-shard needs --gpc-config FILE"),
        (
            ("--gpc-shard", "9/9", "--gpc-config", str(data_path("config.example.yaml")), "-k", "metadata.always"),
            "of 1 scenario makes 1 shard at the most",
        ),
    ],
)
def test_pytest_itself_says_what_is_wrong_with_a_shard(words: tuple[str, ...], said: str) -> None:
    code, printed = _pytest(*words)
    assert (code, said in printed, "Traceback" in printed) == (2, True, False), printed


def _change(folder: Path, statement: str) -> None:
    """Change the evidence of a run, and seal it as if it had been so."""
    run = read_seal(folder)
    assert run
    unseal(folder)
    with closing(sqlite3.connect(folder / FILE_NAME)) as file:
        file.execute(statement)
        file.commit()
    seal(folder, run.run)
