"""What stands in the evidence in the place of values that our own scenarios send.

The evidence holds pseudonyms for whatever stands where a body tells of a person, and for the same values elsewhere. The people
of the configuration are no trouble: the configuration that was recorded has the same pseudonyms. But scenarios also send
names, numbers and dates of their own ("Test Street", a birth date that does not exist), and these were replaced in the
evidence as well. So a request agrees with the recorded one also where a value of ours stands in the place of a pseudonym of
the same form: one that stands where a body tells of a person in any recorded request, or that has the label of pseudonyms
(redaction/pseudonyms.py); and the two must stand for each other in the whole session. In the recorded responses the value
of ours is then put back, so that a scenario finds what it sent; in findings, the pseudonym.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from conformance.redaction.ordinary_words import ordinary_words

_WORD = re.compile(r"[^\W\d_]{3,}|(?<![0-9])[0-9]{10}(?![0-9])")


BETWEEN_VALUES = re.compile(r"""["'<>{}\[\],&=?|]|%7C""")
"""What stands between the values of a request."""
_NHS_NUMBER = 10  # digits
_VOWEL = re.compile("[aeiou]")


class Renaming:
    """The values of ours and what stands for them.

    `known` are pseudonyms that stand for people of the configuration, `details` what stands in the recorded requests where
    they tell of a person.
    """

    def __init__(self, known: Iterable[str], details: Iterable[str] = ()) -> None:
        self._known, self._details = frozenset(known), frozenset(details)
        self._ours: dict[str, str] = {}  # by what stands in the evidence
        self._theirs: dict[str, str] = {}  # by our value, where it is no word that texts of ours use
        self._shared: dict[str, str] = {}  # likewise, where it stands for a person of the configuration, too
        self._back: re.Pattern[str] | None = None
        self._out: re.Pattern[str] | None = None

    def agree(self, ours: str, theirs: str) -> bool:
        """Whether a value that is sent now is the one that was recorded; two that may stand for each other do from now on."""
        if ours == theirs:
            return True
        if theirs in self._ours:
            return self._ours[theirs] == ours
        if ours in self._known or not _same_form(ours, theirs):
            return False
        if theirs not in self._details and not _is_labelled(ours, theirs):
            return False
        if theirs in self._known:  # a value of ours that a person of the configuration really has
            return self._shared.setdefault(theirs, ours) == ours
        self._learn(ours, theirs)
        return True

    def _learn(self, ours: str, theirs: str) -> None:
        for value, mask in ((ours, theirs), *_words(ours, theirs)):
            for form in (str, str.upper, str.lower, str.capitalize):
                self._ours.setdefault(form(mask), form(value))
            if value not in ordinary_words():
                self._theirs.setdefault(value, mask)
        self._back, self._out = _pattern(self._ours), _pattern(self._theirs)

    def back(self, text: str) -> str:
        """Return a recorded text with our values in their places."""
        return self._back.sub(lambda match: self._ours[match[0]], text) if self._back else text

    def out(self, text: str) -> str:
        """Return a text about what was received as the evidence has it."""
        return self._out.sub(lambda match: self._theirs[match[0]], text) if self._out else text


def text_of(body: bytes) -> tuple[str, str]:
    """Return a body as text, and in which encoding it is."""
    try:
        return body.decode(), "utf-8"
    except UnicodeDecodeError:
        return body.decode("latin-1"), "latin-1"


def _words(ours: str, theirs: str) -> Iterator[tuple[str, str]]:
    """The words, and the numbers of ten digits, of two values of the same form."""
    for match in _WORD.finditer(ours):
        other = theirs[match.start() : match.end()]
        if other != match[0]:
            yield match[0], other


def _same_form(ours: str, theirs: str) -> bool:
    return len(ours) == len(theirs) and all(
        _class(one) == _class(other) for one, other in zip(ours, theirs, strict=True)
    )


def _is_labelled(ours: str, theirs: str) -> bool:
    """Whether each part of a recorded value that differs from ours is marked as a pseudonym."""
    if re.fullmatch(r"(190|200|299)[0-9](-.*)?", theirs, re.DOTALL) and re.match(r"[0-9]{4}(-|\Z)", ours):
        return True
    if re.fullmatch(r"999[0-9]{2,6}\*", theirs):  # the beginning of a number, before a wildcard
        return True
    return all(
        _is_marked(match[0])
        for match in re.finditer(r"[^\W_]+", theirs)
        if ours[match.start() : match.end()] != match[0]
    )


def _is_marked(part: str) -> bool:
    if part.isdigit():
        return (part.startswith("999") and len(part) == _NHS_NUMBER) or part.startswith("0770090")
    small = part.lower()
    return (small[0] == "x" or not small[0].isascii()) and _VOWEL.search(small) is None


def _class(char: str) -> str:
    """The class of a character that a pseudonym keeps."""
    if char.isascii():
        return "0" if char.isdigit() else "A" if char.isupper() else "a" if char.isalpha() else char
    return unicodedata.category(char)[0] if char.isalpha() else char


def _pattern(values: dict[str, str]) -> re.Pattern[str] | None:
    if not values:
        return None
    longest = sorted(values, key=lambda value: (-len(value), value))
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, longest)) + r")(?!\w)")
