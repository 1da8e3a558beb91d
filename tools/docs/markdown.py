"""Small helpers that write Markdown. Every text from data goes through `plain` or `code`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|$~])")
_CODE = re.compile(r"(`[^`]+`|https?://[^\s,;)]*[^\s,;).])")


def plain(text: object) -> str:
    """Return a text on one line with Markdown's special characters escaped; URLs and what stands in backticks are code."""
    parts = _CODE.split(" ".join(str(text).split()))
    return "".join(code(part.strip("`")) if _CODE.fullmatch(part) else _SPECIAL.sub(r"\\\1", part) for part in parts)


def code(text: object) -> str:
    """Return a text as code, also within a table; "" for an empty one."""
    line = " ".join(str(text).split()).replace("|", "\\|")
    fence = "``" if "`" in line else "`"
    return f"{fence}{line}{fence}" if line else ""


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; cells are Markdown already."""
    lines = [f"| {' | '.join(cells)} |" for cells in (heads, ["---"] * len(heads), *rows)]
    return "\n".join(lines) + "\n"


def page(title: str, *parts: str) -> str:
    """Return a page of a title and parts, a blank line between them."""
    return "\n\n".join([f"# {title}", *(part.rstrip("\n") for part in parts if part)]) + "\n"


def contents(names: Iterable[str]) -> str:
    """Return a table of contents that places pages under this one."""
    return "\n".join(["```{toctree}", ":maxdepth: 1", "", *names, "```"])


def write(path: Path, text: str) -> None:
    """Write a page where its text has changed, so that a build repeats no work."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8", newline="\n")
