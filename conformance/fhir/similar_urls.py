"""URLs that content nearly spells right: what was perhaps meant by one for which nothing is loaded."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from conformance.fhir.addresses import read_canonical

_NUMBER = re.compile(r"-\d+(?:\.\d+)*$")
_LONGEST = 300  # characters of a URL worth comparing


def spelling_key(url: str) -> str:
    """What stays of a URL when letter case and slashes at its end do not count."""
    return url.rstrip("/").casefold()


def nearest(text: str, known: Iterable[str]) -> str | None:
    """The known URL that a text was perhaps meant to be: of other case, scheme, version or slash, or one letter away.

    None where there is none, or for a text of more than 300 characters.
    """
    if len(text) > _LONGEST:
        return None
    wanted = _skeleton(text)
    unnumbered = _NUMBER.sub("", wanted)
    skeletons = [(url, _skeleton(url)) for url in known]
    tests: tuple[Callable[[str], bool], ...] = (
        lambda candidate: candidate == wanted,
        lambda candidate: _one_letter_apart(candidate, wanted),
        lambda candidate: _NUMBER.sub("", candidate) == unnumbered,
    )
    return next((url for test in tests for url, candidate in skeletons if test(candidate)), None)


def _skeleton(url: str) -> str:
    return spelling_key(read_canonical(url).url.strip()).partition("://")[2] or spelling_key(url)


def _one_letter_apart(one: str, other: str) -> bool:
    """True where one letter put in, left out or changed, or two neighbours swapped, makes the same text."""
    if abs(len(one) - len(other)) > 1:
        return False
    at = next((index for index, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), None)
    if at is None:
        return len(one) != len(other)
    rest, other_rest = one[at:], other[at:]
    swapped = rest[:2] == other_rest[:2][::-1] and rest[2:] == other_rest[2:]
    return swapped or rest[1:] == other_rest[1:] or rest[1:] == other_rest or rest == other_rest[1:]
