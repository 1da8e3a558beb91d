"""A file of waivers: what it may say, and each mistake with its line."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import jsonschema
import pytest

from conformance.core.errors import UsageError
from conformance.core.waivers import Waiver
from conformance.waivers import Known, read_waivers
from conformance.waivers.reading import schema

KNOWN = Known(
    {"stu3": frozenset({"book.one-slot", "book.double"}), "dstu2": frozenset({"book.one-slot", "book.old"})},
    {"stu3": frozenset({"STU3-BOOK-001"}), "dstu2": frozenset({"DSTU2-BOOK-001"})},
)
REST = "reason: Known, fixed in 12.5\n    owner: Jo Bloggs\n    ticket: GPC-1\n    expires: 2027-03-01"


def read(path: Path, text: str, edition: str = "stu3") -> tuple[Waiver, ...]:
    file = path / "waivers.yaml"
    file.write_text(text, encoding="utf-8")
    return read_waivers(file, edition, KNOWN)


def one(target: str, rest: str = REST) -> str:
    return f"waivers:\n  - {target}\n    {rest}\n"


def test_each_kind(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "waivers:\n"
        + "".join(
            f"  - {target}\n    {REST}\n"
            for target in ("scenario: book.double", "cause: c-77904cc432", "requirement: STU3-BOOK-001")
        ),
    )
    assert [(waiver.kind, waiver.target) for waiver in found] == [
        ("scenario", "book.double"),
        ("cause", "C-77904cc432"),
        ("requirement", "STU3-BOOK-001"),
    ]
    assert found[0] == Waiver("scenario", "book.double", "Known, fixed in 12.5", "Jo Bloggs", "GPC-1", date(2027, 3, 1))


def test_an_empty_list_is_no_mistake(tmp_path: Path) -> None:
    assert read(tmp_path, "waivers: []\n") == ()


def test_what_is_for_another_edition_is_left_out(tmp_path: Path) -> None:
    text = one("scenario: book.old") + f"  - requirement: STU3-BOOK-001\n    {REST}\n"
    text += f"  - cause: C-77904cc432\n    edition: dstu2\n    {REST}\n"
    assert [waiver.target for waiver in read(tmp_path, text)] == ["STU3-BOOK-001"]
    assert [waiver.target for waiver in read(tmp_path, text, "dstu2")] == ["book.old", "C-77904cc432"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("waivers: [", "is not YAML"),
        ("- scenario: book.double", "found a list of 1; allowed: a mapping of keys"),
        ("waivers: 3", "line 1: waivers: found 3; allowed: a list"),
        ("waivers:\n  - book.double", "line 2: waivers[0]: found 'book.double'; allowed: a mapping of keys"),
        ("waiver: []", "did you mean waivers?"),
        (one("scenario: book.doubel"), "line 2: waivers[0].scenario: there is no scenario book.doubel. Did you mean"),
        (one("requirement: STU3-BOOK-002"), "there is no requirement STU3-BOOK-002. Did you mean STU3-BOOK-001"),
        (one("cause: 77904cc432"), "line 2: waivers[0].cause: found '77904cc432'; allowed: the id of a cause"),
        (one("reasons: no"), "line 2: waivers[0].reasons: there is no such key; did you mean reason?"),
        (one("reason: Known", "owner: a\n    ticket: b\n    expires: 2027-03-01"), "waivers[0]: names nothing; it has"),
        (
            one("scenario: book.double\n    cause: C-77904cc432"),
            "line 2: waivers[0]: names cause and scenario; it has to name one of cause, scenario, requirement",
        ),
        (one("scenario: book.double", "reason: x"), "line 2: waivers[0]: the key expires is missing: the last day on"),
        (one("scenario: book.double", REST.replace("2027-03-01", "2027-02-30")), "line 6: waivers[0].expires: found"),
        (one("scenario: book.double", REST.replace("2027-03-01", "soon")), "allowed: a date such as 2027-03-01"),
        (one("scenario: book.double", REST.replace("Jo Bloggs", "")), "line 4: waivers[0].owner: found nothing"),
        (one("scenario: book.double\n    edition: stu4"), "there is no edition stu4; there are stu3, dstu2"),
        (one("scenario: book.double\n    edition: dstu2"), "there is no scenario book.double of dstu2"),
        (
            one("scenario: book.double") + f"  - scenario: book.double\n    {REST}\n",
            "line 7: waivers[1].scenario: book.double is waived twice, first on line 2",
        ),
        (one("scenario: book.double\n    reason: again"), "is given twice, first on line 3"),
    ],
)
def test_each_mistake_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, text)
    assert said in caught.value.message
    assert "waivers.yaml" in caught.value.message


@pytest.mark.parametrize("data", [b"\xff\xfe", b"waivers: \x00", b"&a [*a, *a]", b"[" * 5000])
def test_bytes_that_are_no_text_end_with_one_message(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "waivers.yaml"
    file.write_bytes(data)
    with pytest.raises(UsageError, match=r"waivers\.yaml"):
        read_waivers(file, "stu3", KNOWN)


def test_absent_and_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no waivers file"):
        read_waivers(tmp_path / "none.yaml", "stu3", KNOWN)
    with pytest.raises(UsageError, match="cannot be read"):
        read_waivers(tmp_path, "stu3", KNOWN)


def test_the_schema_takes_what_the_reader_takes() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    row = {"scenario": "a", "reason": "b", "owner": "c", "ticket": "d", "expires": "2027-03-01"}
    jsonschema.Draft202012Validator(schema()).validate(json.loads(json.dumps({"waivers": [row]})))
