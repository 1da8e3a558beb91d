"""What pages of the documentation need beyond what theme and generator write, for keyboards and screen readers."""

from __future__ import annotations

from pathlib import Path

# What is written → what stands in its place: names for landmarks, levels of headings, a way by keyboard into what scrolls.
_CHANGES = (
    ('<aside class="sidebar-drawer">', '<aside class="sidebar-drawer" aria-label="All pages">'),
    ('<aside class="toc-drawer">', '<aside class="toc-drawer" aria-label="On this page">'),
    ('<p class="caption" role="heading">', '<p class="caption" role="heading" aria-level="2">'),
    ("<pre>", '<pre tabindex="0">'),
    ('<div class="table-wrapper ', '<div tabindex="0" class="table-wrapper '),
    ('<div id="search-results"></div>', '<h1>Search</h1>\n<div id="search-results"></div>'),
)


def make_accessible(folder: Path) -> None:
    """Change the HTML pages in a folder in place. ValueError where the generator no longer writes what is to be changed."""
    seen: set[str] = set()
    for path in sorted(folder.rglob("*.html")):
        before = text = path.read_text(encoding="utf-8")
        for old, new in _CHANGES:
            seen |= {old} if old in text or new in text else set()
            text = text if new in text else text.replace(old, new)  # a page that was not built again has it already
        if text != before:
            path.write_text(text, encoding="utf-8", newline="\n")
    missing = [old for old, _ in _CHANGES if old not in seen]
    if missing:
        raise ValueError(f"No page has {missing}: change tools/docs/accessible.py to what the theme writes now.")
