"""The kill matrix: its schema, its page, and what is said on the terminal."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path

import jsonschema
import pytest

from conformance.proving.matrix import matrix, write_matrix
from conformance.proving.page import render
from conformance.proving.plan import Scope
from conformance.proving.proof import DisguisedFault, PairTrial, Proof
from conformance.proving.report import complaints, figures, lines, summary
from conformance.proving.variant_proof import Exceptional, VariantTrial
from tests.support.trials import ERROR, FAIL, PASS, SKIP, found, sound, trial

NASTY = "<script>alert('x')</script>\u202e"


def amiss() -> Proof:
    """One of everything that can be wrong."""
    good = sound()
    return replace(
        good,
        faults={**good.faults, "jwt.lost": "is never seen", "cancel.far": "is seen from afar"},
        clean={**good.clean, "tls.idle": found("tls.idle", SKIP, NASTY)},
        trials=[
            *good.trials,
            trial("cancel.far", "book.one", listed=False),
            trial("book.a", "tls.idle", PASS),
            trial("read.b", "tls.idle", ERROR),
        ],
        pairs=[*good.pairs, PairTrial(("book.a", "jwt.lost"), (("book.one",), ()))],
        unknown=[("book.one", "book.gone")],
    )


def _schema() -> dict:
    return json.loads((resources.files("conformance.proving") / "matrix.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("proof", [sound(), amiss(), Proof("dstu2")], ids=["sound", "amiss", "empty"])
@pytest.mark.parametrize("scope", [Scope(), Scope(near=None, far=12, select="book")], ids=["quick", "full"])
def test_the_matrix_fits_its_schema_and_has_a_page(proof: Proof, scope: Scope) -> None:
    jsonschema.Draft202012Validator.check_schema(_schema())
    data = json.loads(json.dumps(matrix(proof, scope)))
    jsonschema.validate(data, _schema())
    assert render(data).rstrip().endswith("</html>")


def test_the_schema_describes_exactly_what_is_written() -> None:
    assert set(_schema()["required"]) == set(_schema()["properties"]) == set(matrix(amiss(), Scope()))


def test_the_matrix_says_who_caught_what() -> None:
    data = matrix(amiss(), Scope())
    assert data["sound"] is False
    assert data["faults"]["book.a"] == {
        "about": "does a",
        "area": "book",
        "caught_by": ["book.one"],
        "also_caught_by": ["read.two"],
    }
    assert data["scenarios"]["read.two"]["catches"] == ["read.b"]
    assert data["scenarios"]["read.two"]["also_catches"] == ["book.a"]
    assert data["survivors"] == ["jwt.lost"]
    assert data["unproven"] == ["tls.idle"]
    assert data["caught_elsewhere"] == ["cancel.far"]
    assert [row["fault"] for row in data["cascades"]] == ["book.a", "cancel.far"]
    assert data["totals"] == {
        "faults": 4,
        "caught": 3,
        "scenarios": 3,
        "proven": 2,
        "false_alarms": 1,
        "trials": 7,
        "cascades": 2,
        "variants": 0,
        "variant_trials": 0,
        "accused": 0,
        "expected": 0,
        "disguised": 0,
        "hidden": 0,
    }


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.open: list[str] = []
        self.unbalanced: list[str] = []
        self.feed(text)
        self.unbalanced += self.open

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.open += [tag] if tag != "meta" else []
        self.tags.append(tag)
        self.ids += [given["id"]] if given.get("id") else []
        self.links += [given["href"]] if given.get("href") else []


def test_the_page_is_whole_in_itself_and_its_links_lead_somewhere() -> None:
    text = render(matrix(amiss(), Scope(near=None, far=3)))
    page = _Page(text)
    assert {link for link in page.links if not link.startswith("#")} == set()
    assert {link[1:] for link in page.links} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert not {"script", "img", "link", "iframe"} & set(page.tags)
    assert not re.search(r"url\(|@import", text)
    assert 'lang="en-GB"' in text
    assert page.unbalanced == []


def test_the_page_names_all_that_is_amiss_and_escapes_what_it_is_told() -> None:
    text = render(matrix(amiss(), Scope(near=None, far=3)))
    assert "Not proven" in text
    for heading in (
        "Faults that nobody catches (1)",
        "Scenarios that no fault makes fail (1)",
        "False alarms: scenarios that do not pass without a fault (1)",
        "Names of faults that this edition has not (1)",
        "Scenarios that do not catch a fault that they name (1)",
        "Scenarios that broke (1)",
        "1 of 2 pairs reported both",
        "Caught only by scenarios of another area (1)",
    ):
        assert heading in text
    assert "\u202e" not in text


def test_the_page_of_a_sound_proof_says_so() -> None:
    text = render(matrix(sound(), Scope()))
    assert "2 of 2 faults are caught, 2 of 2 scenarios are shown to notice at least one" in text
    assert "Not proven" not in text
    assert "Not looked for" not in render(matrix(sound(), Scope(far=1)))


def test_both_files_are_written(tmp_path: Path) -> None:
    paths = write_matrix(sound(), Scope(), tmp_path / "new")
    assert [path.name for path in paths] == ["matrix-stu3.json", "matrix-stu3.html"]
    jsonschema.validate(json.loads(paths[0].read_text(encoding="utf-8")), _schema())


def test_the_terminal_names_all_that_is_amiss_and_ends_with_the_figures() -> None:
    said = list(lines(amiss()))
    assert said[-1] == (
        "stu3: 3 of 4 faults caught, 2 of 3 scenarios proven, 1 false alarms, 7 trials, "
        "1 of 2 pairs reported both, 2 cascades of 2 faults"
    )
    assert len(said) == len(list(complaints(amiss()))) + 1 == 8
    assert any("fault jwt.lost survives: is never seen" in line for line in said)
    assert any("tls.idle names the fault book.a but was still pass" in line for line in said)
    assert list(complaints(sound())) == []
    assert figures(sound()).startswith("2 of 2 faults caught")


def test_the_last_line_is_the_verdict() -> None:
    assert summary([sound()], 12.4) == "proven, in 12 s"
    assert summary([sound(), amiss()], 61) == "not proven: stu3, in 61 s"


def test_a_scenario_that_fails_without_a_fault_is_said_with_its_reason() -> None:
    proof = replace(sound(), clean={**sound().clean, "book.one": found("book.one", FAIL, "it is broken")})
    assert "without a fault: book.one is fail: it is broken" in list(complaints(proof))


def _with_variants() -> Proof:
    alone = VariantTrial(
        ("ids.uuid",),
        ("book.one", "read.two"),
        (Exceptional("read.two", SKIP, "no slot", "it has none"), Exceptional("book.one", FAIL, NASTY)),
    )
    together = VariantTrial(("ids.uuid", "json.pretty"), ("book.one", "read.two"))
    hidden = DisguisedFault("book.a", ("ids.uuid",), ())
    return replace(sound(), variants=[alone, together], disguised=[hidden])


def test_the_page_shows_what_became_of_variants() -> None:
    data = json.loads(json.dumps(matrix(_with_variants(), Scope(variants="all"))))
    jsonschema.validate(data, _schema())
    assert data["sound"] is False
    assert data["variants"]["ids.uuid"]["tried"] == 2
    assert data["variants"]["json.pretty"]["tried"] == 0
    assert data["scenarios"]["read.two"]["leaves_alone"] == 1
    assert data["scenarios"]["read.two"]["not_alone"] == {"ids.uuid": "skip: it has none"}
    page = render(data)
    assert "it has none" in page
    assert NASTY not in page
    assert "Faults under variants (1)" in page
    told = list(complaints(_with_variants()))
    assert [line for line in told if line.startswith("variant ids.uuid: book.one is fail")]
    assert "fault book.a is not seen any more under ids.uuid" in told
