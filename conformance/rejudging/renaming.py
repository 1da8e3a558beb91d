"""What stands in the evidence in the place of values that our own scenarios send.

The evidence holds pseudonyms for whatever stands where a body tells of a person, and for the same values elsewhere. The people
of the configuration are no trouble: the configuration that was recorded has the same pseudonyms. But scenarios also send
names, numbers and dates of their own ("Test Street", a birth date that does not exist), and these were replaced in the
evidence as well. So a request agrees with the recorded one also where a value of ours stands in the place of a pseudonym of
the same form: one that stands where a body tells of a person in any recorded request, or that has the label of pseudonyms
(redaction/pseudonyms.py); both must be valid dates or NHS numbers, or both invalid in the same way, as pseudonyms are; and
the two must stand for each other in the whole session. In the recorded responses the value of ours is then put back, so that a
scenario finds what it sent; in findings, the pseudonym. So it is with the masks of secrets: one mask, one secret.

Where the run was recorded without redaction nothing was replaced, and values have to be the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping

from conformance.core.nhs_numbers import LENGTH, check_digit
from conformance.redaction.ordinary_words import ordinary_words
from conformance.redaction.pseudonyms import is_real_date

_WORD = re.compile(r"[^\W\d_]{3,}|(?<![0-9])[0-9]{10}(?![0-9])")


BETWEEN_VALUES = re.compile(r"""["'<>{}\[\],&=?|]|%7C""")
"""What stands between the values of a request."""
_PSEUDONYM_DATE = re.compile(r"(?:190|200|299)[0-9](?:-[0-9]{2}){0,2}(?![0-9])")
_BEGINNING = re.compile(r"999[0-9]{2,6}\*")  # of an NHS number, before a wildcard
_VOWEL = re.compile("[aeiou]")


class Renaming:
    """The values of ours and what stands for them.

    `known` are pseudonyms that stand for people of the configuration, `details` what stands in the recorded requests where
    they are about a person. `redacted` says whether the run was recorded with redaction.
    """

    def __init__(self, known: Iterable[str], details: Iterable[str] = (), *, redacted: bool = True) -> None:
        self._redacted = redacted
        self._known, self._details = frozenset(known), frozenset(details)
        self._ours: dict[str, str] = {}  # by what stands in the evidence
        self._theirs: dict[str, str] = {}  # by our value, where it is no word that texts of ours use
        self._shared: dict[str, str] = {}  # likewise, where it stands for a person of the configuration, too
        self._secrets: dict[str, str] = {}  # by their masks
        self._back: re.Pattern[str] | None = None
        self._out: re.Pattern[str] | None = None

    def agree(self, ours: str, theirs: str) -> bool:
        """Whether a value that is sent now is the one that was recorded; two that may stand for each other do from now on."""
        if ours == theirs:
            return True
        if theirs in self._ours:
            return self._ours[theirs] == ours
        if not self._redacted or ours in self._known or not (_same_form(ours, theirs) and _as_valid(ours, theirs)):
            return False
        if theirs not in self._details and not self._is_labelled(ours, theirs):
            return False
        if theirs in self._known:  # a value of ours that a person of the configuration really has
            return self._shared.setdefault(theirs, ours) == ours
        self._learn(ours, theirs)
        return True

    def agree_on_secrets(self, secrets: Mapping[str, str]) -> bool:
        """Whether each secret that is sent now, given by the mask that was recorded in its place, is the one it was before."""
        return all(self._secrets.setdefault(mask, secret) == secret for mask, secret in secrets.items())

    def _is_labelled(self, ours: str, theirs: str) -> bool:
        """Whether each part of a recorded value that differs from ours is marked as a pseudonym."""
        if _PSEUDONYM_DATE.match(theirs) and re.match(r"[0-9]{4}(-|\Z)", ours):
            return True
        if _BEGINNING.fullmatch(theirs):
            return any(number.startswith(ours[:-1]) for number in self._known)
        return all(
            _is_marked(match[0])
            for match in re.finditer(r"[^\W_]+", theirs)
            if ours[match.start() : match.end()] != match[0]
        )

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


def _as_valid(ours: str, theirs: str) -> bool:
    """Whether two values are as valid as each other, as dates or NHS numbers: pseudonyms keep that, and the month."""
    date = _PSEUDONYM_DATE.match(theirs)
    if date:
        return ours[4:7] == theirs[4:7] and is_real_date(ours[: date.end()]) is is_real_date(date[0])
    number, other = (re.sub("[^0-9]", "", value) for value in (ours, theirs))
    if not other.startswith("999") or len(other) != LENGTH or any(map(str.isalpha, theirs)):
        return True
    return _check(number) == _check(other)


def _check(number: str) -> tuple[bool, int]:
    """Whether an NHS number can have these nine digits, and how far its check digit is off."""
    wanted = check_digit(number)
    possible = wanted < LENGTH
    return possible, (int(number[-1]) - possible * wanted) % LENGTH


def _is_marked(part: str) -> bool:
    if part.isdigit():
        return (part.startswith("999") and len(part) == LENGTH) or part.startswith("0770090")
    small = part.lower()
    return part not in ordinary_words() and (small[0] == "x" or not small[0].isascii()) and _VOWEL.search(small) is None


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
