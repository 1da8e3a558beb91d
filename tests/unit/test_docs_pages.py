"""What the documentation's own tools do to its pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.docs.accessible import make_accessible
from tools.docs.markdown import plain

WRITTEN = (
    '<aside class="sidebar-drawer"><p class="caption" role="heading">Guide</p></aside><aside class="toc-drawer"></aside>'
    '<pre>x</pre><div class="table-wrapper wide"></div><div id="search-results"></div>'
)


def test_pages_are_changed_once_and_a_theme_that_writes_something_else_is_an_error(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(WRITTEN, encoding="utf-8")
    make_accessible(tmp_path)
    changed = page.read_text(encoding="utf-8")
    for part in ('aria-label="All pages"', 'aria-label="On this page"', 'aria-level="2"', "<h1>Search</h1>"):
        assert part in changed
    assert changed.count('tabindex="0"') == 2
    make_accessible(tmp_path)
    assert page.read_text(encoding="utf-8") == changed
    page.write_text(WRITTEN.replace("<pre>", "<pre class='code'>"), encoding="utf-8")
    with pytest.raises(ValueError, match="<pre>"):
        make_accessible(tmp_path)


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("a `b_c` d_e", "a `b_c` d\\_e"),
        ("see https://fhir.nhs.uk/STU3/x_y.", "see `https://fhir.nhs.uk/STU3/x_y`."),
        ("(https://h/a), then", "(`https://h/a`), then"),
        ("two\nlines | <b>", "two lines \\| \\<b\\>"),
    ],
)
def test_texts_of_data_are_plain_but_for_code_and_urls(text: str, markdown: str) -> None:
    assert plain(text) == markdown
