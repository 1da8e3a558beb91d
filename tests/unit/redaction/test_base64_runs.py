"""Details in base64 are found in either alphabet, between slashes and over lines; the run keeps its form."""

from __future__ import annotations

import base64
import textwrap

import pytest

from conformance.redaction.base64_runs import changes
from conformance.redaction.encodings import applied

TEXT = "Averil Meakin? lives >>> here, ~~~ 24 Trevelyan Square"
NEW = TEXT.replace("Meakin", "Xbcdfg")
PLAIN = base64.b64encode(TEXT.encode()).decode()
URL = base64.urlsafe_b64encode(TEXT.encode()).decode()


def masked(text: str) -> str:
    return applied(text, changes(text, lambda said: said.replace("Meakin", "Xbcdfg")))


def decoded(run: str) -> str:
    return base64.b64decode(run.translate(str.maketrans("-_", "+/")).encode() + b"===").decode()


def test_the_two_alphabets_differ_here() -> None:
    assert "+" in PLAIN or "/" in PLAIN
    assert PLAIN != URL


@pytest.mark.parametrize("run", [PLAIN, URL, PLAIN.rstrip("="), URL.rstrip("=")])
def test_a_run_keeps_its_alphabet_and_its_padding(run: str) -> None:
    new = masked(run)
    assert decoded(new) == NEW
    assert len(new) == len(run)
    assert new.count("=") == run.count("=")
    assert not set("+/") & set(new) if run.startswith(URL.rstrip("=")) else not set("-_") & set(new)


@pytest.mark.parametrize("said", ["Meakin", "1 Meakin", "12 Meakin", "123 Meakin and others"])
def test_each_length_of_padding(said: str) -> None:
    run = base64.b64encode(f"so said {said}".encode()).decode()
    assert decoded(masked(run)) == f"so said {said}".replace("Meakin", "Xbcdfg")
    assert masked(run).count("=") == run.count("=")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_breaks_stay_where_they_are(end: str) -> None:
    run = end.join(textwrap.wrap(PLAIN, 20))
    new = masked(run)
    assert decoded(new.replace(end, "")) == NEW
    assert [place for place, sign in enumerate(new) if sign in "\r\n"] == [
        place for place, sign in enumerate(run) if sign in "\r\n"
    ]


@pytest.mark.parametrize("form", ["{}", "http://p/x/{}", "/a/b/{}/c", "x={}&y=1", '{{"data": "{}"}}'])
def test_a_run_is_found_behind_and_between_slashes(form: str) -> None:
    new = masked(form.format(URL))
    assert new != form.format(URL)
    before, after = form.format("|").split("|")
    assert new.startswith(before)
    assert new.endswith(after)
    assert decoded(new[len(before) : len(new) - len(after)]) == NEW


@pytest.mark.parametrize(("slashes", "found"), [(1, True), (11, True), (12, True), (13, False)])
def test_a_path_is_followed_over_twelve_slashes(slashes: int, found: bool) -> None:
    path = "abcdefghijklmnopq/" * slashes + URL
    assert (masked(path) != path) is found


def test_lines_that_are_texts_of_their_own_are_each_masked() -> None:
    one = base64.b64encode(b"Meakin lives here").decode().rstrip("=")
    two = base64.b64encode(b"and Meakin too, to").decode().rstrip("=")
    new = masked(f"{one}\n{two}").split("\n")
    assert [decoded(line) for line in new] == ["Xbcdfg lives here", "and Xbcdfg too, to"]


@pytest.mark.parametrize(
    "text", ["Meakin", "TWVha2lu", "a-long-word-of-plain-text", base64.b64encode(b"\xff\xfeMeakin\x80\x81").decode()]
)
def test_what_is_no_text_in_base64_stays(text: str) -> None:
    assert masked(text) == text


def test_a_stray_letter_behind_a_run_does_not_hide_it() -> None:
    run = base64.b64encode(b"Meakin lives here").decode().rstrip("=")  # 23 letters: two more make 25, one too many
    assert masked(run + "ab").startswith(masked(run)[:20])
    assert masked(run + "ab") != run + "ab"


def test_a_long_run_is_read_as_a_short_one_is() -> None:
    said = "word " * 40 + "Meakin"
    run = base64.b64encode(said.encode()).decode()
    assert len(run) > 120
    assert decoded(masked(run)) == said.replace("Meakin", "Xbcdfg")
