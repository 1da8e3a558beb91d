"""A run that is killed leaves what was done; nothing private is in it; what is no evidence is refused in a sentence."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.causes import causes_of
from conformance.core.errors import UsageError
from conformance.core.results import Definition, Finding, RunResult, Verdict
from conformance.core.taken import Taken
from conformance.evidence import connection
from conformance.evidence.reader import read_evidence, read_taken, scenarios_so_far
from conformance.evidence.schema import FILE_NAME, SCHEMA_VERSION
from conformance.evidence.writer import EvidenceWriter
from conformance.redaction.redactor import ConfiguredPerson, Redactor
from tests.support.samples import NHS_NUMBER, RUN, TOKEN, exchange, hostile, large, lifelike, scenario, write

PLAIN = Redactor(enabled=False)
UNDONE = replace(RUN, finished="", complete=False, notices=())


def written(folder: Path, run: RunResult, redactor: Redactor = PLAIN) -> EvidenceWriter:
    writer = EvidenceWriter(folder, UNDONE, redactor)
    write(writer, run)
    return writer


@pytest.mark.parametrize("run", [lifelike(), hostile(), large(30)], ids=["lifelike", "hostile", "large"])
def test_round_trip(tmp_path: Path, run: RunResult) -> None:
    written(tmp_path / "new", run).finish(run.run)
    assert read_evidence(tmp_path / "new") == run
    assert read_evidence(tmp_path / "new" / FILE_NAME).scenarios == run.scenarios
    assert [path.name for path in (tmp_path / "new").iterdir()] == [FILE_NAME]


def test_a_reader_does_not_keep_a_run_from_ending(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = lifelike()
    writer = written(tmp_path, run)
    waits: list[float] = []
    with closing(sqlite3.connect(f"file:{tmp_path / FILE_NAME}?mode=ro", uri=True)) as reader:
        reader.execute("SELECT count(*) FROM scenario").fetchone()

        def leave(seconds: float) -> None:
            waits.append(seconds)
            reader.close()

        monkeypatch.setattr(connection.time, "sleep", leave)
        writer.finish(run.run)
    assert len(waits) == 1
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]
    assert read_evidence(tmp_path) == run


def test_with_a_reader_that_stays_the_file_is_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = lifelike()
    writer = written(tmp_path, run)
    monkeypatch.setattr(connection.time, "sleep", lambda _: None)
    with closing(sqlite3.connect(f"file:{tmp_path / FILE_NAME}?mode=ro", uri=True)) as reader:
        reader.execute("SELECT count(*) FROM scenario").fetchone()
        writer.finish(run.run)
    assert read_evidence(tmp_path) == run


def test_each_scenario_is_on_disk_at_once(tmp_path: Path) -> None:
    run = lifelike()
    writer = EvidenceWriter(tmp_path, UNDONE, PLAIN)
    for count, one in enumerate(run.scenarios[:3], start=1):
        for number in one.exchanges:
            writer.exchange(run.exchanges[number])
        writer.scenario(one)
        so_far = read_evidence(tmp_path)
        assert so_far.scenarios == run.scenarios[:count]
        assert all(so_far.exchanges[number] == run.exchanges[number] for number in one.exchanges)
        assert scenarios_so_far(tmp_path) == count
    writer.close()


def test_without_finish_it_is_incomplete(tmp_path: Path) -> None:
    writer = EvidenceWriter(tmp_path, replace(RUN, finished=""), PLAIN)
    writer.notice(Finding("the clock differs", code="clock"))
    writer.close()
    result = read_evidence(tmp_path)
    assert not result.run.complete
    assert [notice.code for notice in result.run.notices] == ["clock-skew", "clock"]


def test_an_interrupted_scenario_leaves_its_exchanges(tmp_path: Path) -> None:
    writer = written(tmp_path, RunResult(RUN, (scenario("book.x"),)))
    writer.exchange(exchange(5))
    writer.finish(RUN)
    assert list(read_evidence(tmp_path).exchanges) == [5]


def test_a_scenario_played_again_replaces_what_it_was_and_a_revision_keeps_its_place(tmp_path: Path) -> None:
    found = Finding("x", exchange=1)
    writer = EvidenceWriter(tmp_path, UNDONE, PLAIN)
    writer.scenario(scenario("book.one", Verdict.SKIP, findings=(found, found), exchanges=(1, 2)))
    writer.scenario(scenario("book.two"))
    writer.revise(scenario("book.one", Verdict.WARN, findings=(found,)))
    assert [one.id for one in read_evidence(tmp_path).scenarios] == ["book.one", "book.two"]
    writer.scenario(scenario("book.one"))
    writer.close()
    assert read_evidence(tmp_path).scenarios == (scenario("book.two"), scenario("book.one"))


def test_a_run_goes_on_in_its_file(tmp_path: Path) -> None:
    run = large(60)
    half = RunResult(run.run, run.scenarios[:30], run.exchanges)
    written(tmp_path, half).close()
    writer = EvidenceWriter(tmp_path, UNDONE, PLAIN, resume=True)
    write(writer, RunResult(run.run, run.scenarios[30:], run.exchanges))
    writer.finish(run.run)
    assert read_evidence(tmp_path) == run


def test_nothing_private_is_in_it(tmp_path: Path) -> None:
    written(tmp_path, lifelike(), Redactor()).finish(RUN)
    result = read_evidence(tmp_path)
    told = f"{result.scenarios}{[result.exchanges[number] for number in result.exchanges]}"
    assert not [private for private in (NHS_NUMBER, TOKEN, "Meakin", "1927-06-19") if private in told]
    assert "nhs-number%7C999" in told


def test_a_body_is_stored_once_and_small(tmp_path: Path) -> None:
    run = large(200)
    written(tmp_path, run).finish(run.run)
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as file:
        packed = [size for (size,) in file.execute("SELECT length(packed) FROM body")]
    sent = {body for one in run.exchanges.values() for body in (one.request_body, one.response_body)}
    assert len(packed) == len(sent)
    assert sum(packed) < sum(map(len, sent)) / 3


def test_a_text_that_rows_share_is_stored_once(tmp_path: Path) -> None:
    run = large(60)
    written(tmp_path, run).finish(run.run)
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as file:
        texts = [value for (value,) in file.execute("SELECT value FROM text")]
        named = {name for (name,) in file.execute("SELECT fix FROM scenario")}
    assert len(texts) == len(set(texts))
    assert {one.fix for one in run.scenarios} <= set(texts)
    assert len(named) == len({one.fix for one in run.scenarios})


def test_causes_are_tables_of_their_own(tmp_path: Path) -> None:
    run = lifelike()
    written(tmp_path, run).finish(run.run)
    causes = causes_of(run)
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as file:
        found = file.execute("SELECT id, code, place, requirement, severity FROM cause ORDER BY rowid").fetchall()
        members = file.execute(
            "SELECT cause, scenario.id, finding FROM cause_finding JOIN scenario ON position = scenario"
        ).fetchall()
    assert found == [(one.id, one.code, one.place, one.requirement, one.severity) for one in causes]
    assert causes
    assert sorted(members) == sorted((one.id, *member) for one in causes for member in one.members)


def test_the_configuration_and_the_definitions_are_tables(tmp_path: Path) -> None:
    used = Definition("StructureDefinition", "http://a.example/S", "1", "shipped", "0" * 64)
    run = replace(
        RUN, configuration={"provider.base_url": "http://x:secret@p.example", "edition": "stu3"}, definitions=(used,)
    )
    EvidenceWriter(tmp_path, run, Redactor()).finish(run)
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as file:
        assert [key for (key,) in file.execute("SELECT key FROM configuration ORDER BY rowid")] == [
            "provider.base_url",
            "edition",
        ]
        assert file.execute("SELECT url, sha256 FROM definition").fetchall() == [("http://a.example/S", "0" * 64)]
    read = read_evidence(tmp_path).run
    assert read.definitions == (used,)
    assert read.configuration["edition"] == "stu3"
    assert "secret" not in read.configuration["provider.base_url"]


def make(path: Path, *, application: int = 0x47504341, version: int = SCHEMA_VERSION) -> None:
    with closing(sqlite3.connect(path)) as file:
        file.execute("CREATE TABLE run (id)")
        file.execute(f"PRAGMA application_id = {application}")
        file.execute(f"PRAGMA user_version = {version}")


def test_what_is_no_evidence_is_refused(tmp_path: Path) -> None:
    file = tmp_path / FILE_NAME
    file.write_bytes(b"hello, this is text and no database at all" * 40)
    with pytest.raises(UsageError, match="cannot be read as an evidence file"):
        read_evidence(file)
    file.unlink()
    make(file, application=0)
    with pytest.raises(UsageError, match="is no evidence file"):
        read_evidence(file)
    file.unlink()


@pytest.mark.parametrize(("more", "says", "do"), [(1, "newer", "Update"), (-1, "older", "run again")])
def test_evidence_of_another_schema_is_refused(tmp_path: Path, more: int, says: str, do: str) -> None:
    make(tmp_path / FILE_NAME, version=SCHEMA_VERSION + more)
    expected = rf"{says} version \(evidence schema {SCHEMA_VERSION + more}; this version reads {SCHEMA_VERSION}\)"
    with pytest.raises(UsageError, match=expected) as caught:
        read_evidence(tmp_path)
    assert do in caught.value.fix


@pytest.mark.parametrize(
    ("name", "says", "do"),
    [
        ("journal.jsonl", "is no evidence of a run", "evidence.sqlite"),
        ("results.json", "is no evidence of a run", "evidence.sqlite"),
    ],
)
def test_an_old_file_is_refused(tmp_path: Path, name: str, says: str, do: str) -> None:
    (tmp_path / name).write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match=says) as caught:
        read_evidence(tmp_path / name)
    assert do in caught.value.fix


def test_a_folder_of_an_older_run_and_one_of_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"holds no evidence\.sqlite"):
        read_evidence(tmp_path)
    (tmp_path / "journal.jsonl").write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match=r"holds a journal\.jsonl") as caught:
        read_evidence(tmp_path)
    assert "run again" in caught.value.fix
    for missing in (tmp_path / "x.json", tmp_path / "x"):
        with pytest.raises(UsageError, match="there is no such file"):
            read_evidence(missing)


def test_a_file_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(UsageError, match="cannot be created"):
        EvidenceWriter(tmp_path / "file" / "run", RUN, PLAIN)
    EvidenceWriter(tmp_path / "run", RUN, PLAIN).close()
    with pytest.raises(UsageError, match="holds the evidence of another run"):
        EvidenceWriter(tmp_path / "run", RUN, PLAIN)


def test_a_full_disk_keeps_what_is_written(tmp_path: Path) -> None:
    run = large(40)
    half = RunResult(run.run, run.scenarios[:20], run.exchanges)
    writer = written(tmp_path, half)
    writer._connection.execute("PRAGMA max_page_count = 1")  # SQLite's own way to a full disk
    noisy = exchange(9_000, response_body=bytes(range(256)) * 400)
    writer.exchange(replace(noisy, response_body=b"".join(bytes([n * n % 251]) * 3 for n in range(90_000))))
    with pytest.raises(UsageError, match="full") as caught:
        writer.scenario(run.scenarios[20])
    assert "Make room" in caught.value.fix
    writer.close()
    assert read_evidence(tmp_path).scenarios == half.scenarios


# What was taken from outside


def test_what_was_taken_comes_back_by_session_and_part(tmp_path: Path) -> None:
    run = lifelike()
    writer = EvidenceWriter(tmp_path, run.run, Redactor(people=[ConfiguredPerson("9000000009", ("Millicent",))]))
    writer.session({"config": {"edition": "stu3"}, "cases": ["a"]})
    writer.take([Taken("scenario a", (["now", 1_795_949_664_392_980],)), Taken("step b", (["exchange", 1],))])
    writer.scenario(run.scenarios[0])
    writer.take([Taken("scenario a", (["observed", "file x", {"given": "Millicent"}],))])
    writer.finish(run.run)
    again = EvidenceWriter(tmp_path, run.run, Redactor(), resume=True)
    again.session({"cases": []})
    again.finish(run.run)
    first, second = read_taken(tmp_path)
    assert first.document == {"config": {"edition": "stu3"}, "cases": ["a"]}
    assert first.parts["step b"] == [["exchange", 1]]
    now, (kind, what, seen) = first.parts["scenario a"]
    assert now == ["now", 1_795_949_664_392_980]
    assert (kind, what, len(seen["given"])) == ("observed", "file x", len("Millicent"))
    assert "Millicent" not in seen["given"]
    assert (second.document, second.parts) == ({"cases": []}, {})


def test_a_run_that_did_not_record_what_it_took_cannot_be_judged_again(tmp_path: Path) -> None:
    run = lifelike()
    EvidenceWriter(tmp_path, run.run, Redactor()).finish(run.run)
    with pytest.raises(UsageError, match="does not hold what the run took from outside") as caught:
        read_taken(tmp_path)
    assert "run again" in caught.value.fix
