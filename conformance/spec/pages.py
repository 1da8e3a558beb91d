"""Where the pages that requirements cite can be opened: links made from the `source` of a requirement."""

from __future__ import annotations

import re
from dataclasses import dataclass

from conformance.spec.model import Edition

_REPOSITORY = "https://github.com/nhsconnect/gpconnect/blob"
_DEFINITIONS = "https://github.com/nhsconnect/gpconnect-fhir/blob/release/1.2.7"  # the only ref that sources cite
_FILE = re.compile(r"(?:[\w.-]+/)*[\w.-]+\.(?:md|xlsx|xml|html)\b")
_ROOTS = ("pages/", "downloads/", "_includes/")
_SECTION = re.compile(r"\s(?:>|-)\s(.*)")


@dataclass(frozen=True, slots=True)
class Page:
    """A page that a requirement cites: its section in the catalogue's words ("" for the page), and its address."""

    name: str
    section: str
    url: str


def pages_of(source: str, edition: Edition) -> list[Page]:
    """Return the pages that the `source` of a requirement names, in its order, each once.

    The address ends in the section as an anchor. Where the page has no heading of those words it opens at its top.
    """
    starts = [*_FILE.finditer(source)]
    ends = [*(match.start() for match in starts), len(source)][1:]
    pages: dict[str, Page] = {}
    for match, end in zip(starts, ends, strict=True):
        path = _path(match[0])
        if path:
            section = _section(source[match.end() : end])
            url = path if path.startswith("https:") else f"{_REPOSITORY}/{edition.raw['pages']}/{path}"
            pages.setdefault(url, Page(match[0].rpartition("/")[2], section, url + _anchor(path, section)))
    return list(pages.values())


def _path(name: str) -> str:
    """The path in the publishers' repository; pages lie in the folder that their name begins with."""
    if name.startswith("StructureDefinitions/"):
        return f"{_DEFINITIONS}/{name}"
    if name.startswith(_ROOTS):
        return name
    if name.endswith(".md") and "/" not in name:
        return f"pages/{re.split('[_.]', name)[0]}/{name}"
    return ""


def _section(text: str) -> str:
    found = _SECTION.match(text)
    return found[1].strip(" ;,(") if found else ""


def _anchor(path: str, section: str) -> str:
    """The anchor that the repository's site gives a heading; of a path of headings the last, of several the first."""
    heading = section.partition(";")[0].rpartition(" > ")[2].partition(",")[0]
    heading = re.sub(r"\([^()]*\)?$", "", heading).strip()  # a remark of the catalogue's, such as "(table)"
    slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
    return f"#{slug}" if slug and path.endswith(".md") else ""
