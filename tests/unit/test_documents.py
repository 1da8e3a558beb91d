"""Links and pictures in the documents that a reader of the repository opens first."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.paths import ROOT

DOCUMENTS = sorted(
    path
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / ".github").rglob("*.md"))
    if "generated" not in path.parts
)
WRITTEN_BY_MAKE_DOCS = "reference/generated"
MOST_OF_A_PICTURE = 200_000  # bytes


def links(document: Path) -> set[str]:
    """Where the links and pictures of a document lead, those to other sites and within the page left out."""
    text = re.sub(r"```.*?```|`[^`]*`", "", document.read_text(encoding="utf-8"), flags=re.S)
    found = re.findall(r"\]\(([^)\s]+)\)", text)
    return {link.partition("#")[0] for link in found if "://" not in link and not link.startswith("#")}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_to_a_file(document: Path) -> None:
    missing = [link for link in links(document) if not (document.parent / link).exists()]
    assert [link for link in missing if WRITTEN_BY_MAKE_DOCS not in link] == []


def test_the_readme_shows_the_report_and_the_terminal_in_small_pictures_with_words_for_those_who_cannot_see_them() -> (
    None
):
    shown = re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert {link for _, link in shown} == {"docs/pictures/report.png", "docs/pictures/terminal.png"}
    assert all(len(words) > 40 for words, _ in shown)
    for picture in (ROOT / "docs/pictures").iterdir():
        assert picture.stat().st_size < MOST_OF_A_PICTURE
