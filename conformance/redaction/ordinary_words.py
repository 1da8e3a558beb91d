"""Words that this tool, FHIR and HTTP use themselves (ordinary_words.txt): alone, or in a phrase, they name nobody."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from conformance.redaction.patient_details import PEOPLE

_WORD = re.compile(r"\w+")
_LONGEST_PARTICLE = 2  # letters of "an" and "of"


@cache
def ordinary_words() -> frozenset[str]:
    """Return the words, as they are spelled, that alone are nobody's name."""
    text = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())


def is_phrase(text: str) -> bool:
    """Say whether a text is no name: a type of resource, or ordinary words (and "an", "of") with one in small letters."""
    words = [word for word in _WORD.findall(text) if len(word) > _LONGEST_PARTICLE or not word.islower()]
    return text in PEOPLE or (ordinary_words().issuperset(words) and any(map(str.islower, words)))
