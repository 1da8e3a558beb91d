"""Pseudonyms: what stands in place of a person's details, and the masks that stand in place of secrets.

A pseudonym has the length of what it replaces, in characters and in UTF-8, and each character stays of its class (capital,
small letter, digit, accented letter, sign), so that a response is judged the same with it. One value has one pseudonym within
a run, whatever its case and accents. Pseudonyms are labelled: names begin with X and have no vowel, NHS numbers begin with
999 (the range for tests), telephone numbers with 07700900 (Ofcom's range for drama), years of birth are 190x, of death 200x.
"""

from __future__ import annotations

import datetime
import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator

from conformance.core.nhs_numbers import LENGTH, check_digit

_SMALL, _DIGITS = "bcdfghjkmnpqrstvwxz", "0123456789"
_SMALL_ACCENTED, _LARGE_ACCENTED = "àâèêìîòôùû", "ÀÂÈÊÌÎÒÔÙÛ"  # of two bytes in UTF-8, and letters of Latin-1
_THREE_BYTES, _FOUR_BYTES = "丁三上下不中久之也九", "𐐨𐐩𐐪𐐫𐐬𐐭𐐮𐐯"
_FOLDED = str.maketrans("øđłħıœæ", "odlhioa")
_NHS_LABEL, _PHONE_LABEL = "999", "07700900"
_TO_COME = "299"  # decade of dates that were yet to come
_MOST_REMEMBERED = 100_000  # values whose pseudonyms are kept apart; beyond, two may share one
_LONGEST_REMEMBERED = 64  # characters
_ATTEMPTS = 64
_DATE = re.compile(r"([0-9]{4})(-[0-9]{2})?(-[0-9]{2})?(T[0-9]{2}(?::[0-9]{2}){0,2}(?:\.[0-9]+)?)?(.*)", re.DOTALL)
_MASK_LETTERS = "bcdfghjkmnpqrstv"
_SHORTEST_NAMED = 6
_UNCHANGED_IN_MASKS = '\n\r\t"\\/'
_BRACKETED = rf"\[(?:[a-z-]+ )?[{_MASK_LETTERS}]{{4,8}}\**\]"
_MASK = re.compile(rf"{_BRACKETED}|\*+|#+")
MASK = re.compile(rf"{_BRACKETED}|\*{{4,}}|#{{4,}}")
"""The mask of a secret in a text."""


def is_mask(value: str) -> bool:
    """Say whether a text is nothing but the mask of a secret."""
    return _MASK.fullmatch(value) is not None


def folded(word: str) -> str:
    """Return a word in small letters without accents: the form in which spellings of a name are the same."""
    plain = unicodedata.normalize("NFD", word.lower()) if not word.isascii() else word.lower()
    return "".join(char for char in plain if not unicodedata.combining(char)).translate(_FOLDED)


class Pseudonyms:
    """Gives pseudonyms. With the same `key`, the same values in the same order get the same ones."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._given: dict[tuple[str, str], str] = {}
        self._taken: set[tuple[str, str]] = set()
        self._real: set[tuple[str, str]] = set()

    def is_pseudonym(self, kind: str, value: str) -> bool:
        """Say whether this gave a value as a pseudonym of a kind, and nobody real is known to have it."""
        return (kind, value) in self._taken and (kind, value) not in self._real

    def avoid(self, kind: str, value: str) -> None:
        """Say that a value is somebody's real one: it is not given to others."""
        self._real.add((kind, value))

    def word(self, word: str) -> str:
        """Return the pseudonym of one word, letters and digits."""
        if self.is_pseudonym("word", word.lower()):
            return word
        letters = self._unique("word", folded(word), self._letters)
        made = "".join(_of_class(char, letters, place) for place, char in enumerate(word))
        if len(self._taken) < _MOST_REMEMBERED and len(made) <= _LONGEST_REMEMBERED:
            self._taken.add(("word", made.lower()))
        return made

    def number(self, digits: str) -> str:
        """Return the pseudonym of ten digits: as valid an NHS number as they are, or invalid in the same way."""
        if self.is_pseudonym("number", digits[:-1]):
            return digits
        asked = check_digit(digits)
        nine = self._unique("number", digits[:-1], self._nine_digits)
        last = digits[-1] if asked == LENGTH else str((check_digit(nine) + int(digits[-1]) - asked) % LENGTH)
        return nine + last

    def phone(self, digits: str) -> str:
        """Return the pseudonym of a telephone number's digits."""
        return digits if self.is_pseudonym("phone", digits) else self._unique("phone", digits, self._phone_digits)

    def digits(self, digits: str) -> str:
        """Return other digits in place of some: a number in an address, for example."""
        stream = self._stream("digits", digits)
        return "".join(str((int(digit) + 1 + next(stream) % 9) % LENGTH) for digit in digits)

    def date(self, date: str, decade: str = "190") -> str:
        """Return a date in place of a FHIR date or instant: of the decade given, its month and form kept."""
        match = _DATE.fullmatch(date)
        if not match:
            return "".join(self.digits(char) if char in _DIGITS else char for char in date)
        if self.is_pseudonym("date", date):
            return date
        return self._unique("date", date, lambda value, attempt: self._other_date(match, decade, value, attempt))

    def mask(self, kind: str, value: str) -> str:
        """Return the mask of a secret: of its length, with its kind where there is room, the same for the same secret."""
        size = len(value)
        stream = self._stream("mask", value)
        letters = "".join(_MASK_LETTERS[next(stream) % 16] for _ in range(8))
        head = f"[{kind} " if size >= len(kind) + 11 else "["
        shown = letters[: max(0, size - len(head) - 1)]
        mask = f"{head}{shown}{'*' * (size - len(head) - len(shown) - 1)}]" if size >= _SHORTEST_NAMED else "*" * size
        return "".join(_filler(char, sign) for char, sign in zip(value, mask, strict=True))

    def _unique(self, kind: str, value: str, make: Callable[[str, int], str]) -> str:
        if len(value) > _LONGEST_REMEMBERED:
            return make(value, 0)
        known = self._given.get((kind, value))
        if known is not None:
            return known
        made = value
        for attempt in range(_ATTEMPTS):
            made = make(value, attempt)
            if made != value and (kind, made) not in self._taken and (kind, made) not in self._real:
                break
        if len(self._given) < _MOST_REMEMBERED:
            self._given[kind, value] = made
            self._taken.add((kind, made))
        return made

    def _letters(self, value: str, attempt: int) -> str:
        """Small letters of a word's pseudonym. A short word loses the label X when all that have it are taken."""
        stream = self._stream("word", f"{attempt}{value}")
        label = "x" if attempt < _ATTEMPTS // 2 else ""
        return (label + "".join(_SMALL[next(stream) % len(_SMALL)] for _ in value[:_LONGEST_REMEMBERED]))[: len(value)]

    def _nine_digits(self, value: str, attempt: int) -> str:
        without_check_digit = check_digit(value + "0") == LENGTH
        stream = self._stream("number", f"{attempt}{value}")
        while True:
            nine = _NHS_LABEL + "".join(str(next(stream) % LENGTH) for _ in range(LENGTH - 1 - len(_NHS_LABEL)))
            if (check_digit(nine + "0") == LENGTH) == without_check_digit:
                return nine

    def _phone_digits(self, value: str, attempt: int) -> str:
        label = _PHONE_LABEL[: max(0, min(len(value) - 3, len(_PHONE_LABEL)) - attempt // 8)]
        stream = self._stream("phone", f"{attempt}{value}")
        return label + "".join(str(next(stream) % LENGTH) for _ in value[len(label) :])

    def _other_date(self, match: re.Match[str], decade: str, value: str, attempt: int) -> str:
        stream = self._stream("date", f"{attempt}{value}")
        year, month, day, clock, rest = match.groups(default="")
        real = is_real_date(year + month + day)
        decade = _TO_COME if year > str(datetime.date.today().year) else decade  # noqa: DTZ011 - whole years
        year = decade + (str(next(stream) % LENGTH) if real else "1")  # 1901 is no leap year
        if day and real:
            tens, ones = next(stream) % 2 + 1, next(stream) % 8 + 1
            day = f"-0{ones}" if day[1] == "0" else f"-{tens}{ones}"
        clock = re.sub("[0-9]{2}", lambda _: f"1{next(stream) % LENGTH}", clock)
        return f"{year}{month}{day}{clock}{rest}"

    def _stream(self, kind: str, value: str) -> Iterator[int]:
        """Numbers below 65536 without end that only this key gives."""
        block = 0
        while True:
            seed = f"{kind} {block} {value}".encode("utf-8", "surrogatepass")
            digest = hashlib.blake2b(seed, key=self._key).digest()
            yield from (digest[place] * 256 + digest[place + 1] for place in range(0, len(digest), 2))
            block += 1


def is_real_date(date: str) -> bool:
    """Say whether a date, or what there is of one, is in the calendar: the pseudonym of one that is not is not either."""
    try:
        datetime.date.fromisoformat(f"{date}-01-01"[:10] if len(date) == 4 else f"{date}-01"[:10])
    except ValueError:
        return False
    return True


def _filler(char: str, sign: str) -> str:
    """A sign of a mask, or another of as many bytes; line ends and quotes stay, for they may be written as escapes."""
    if char in _UNCHANGED_IN_MASKS:
        return char
    return sign if char.isascii() else {2: "·", 3: "…"}.get(len(char.encode("utf-8", "surrogatepass")), "𐐨")


def _of_class(char: str, letters: str, place: int) -> str:
    """The letter of a pseudonym at a place, of the class of the character that was there."""
    letter = letters[place % len(letters)] if letters else "x"
    order = ord(letter)
    if char.isascii():
        if char.isdigit():
            return str((int(char) + 1 + order % 9) % LENGTH)
        return (letter.upper() if char.isupper() else letter) if char.isalpha() else char
    return _foreign(char, order)


def _foreign(char: str, order: int) -> str:
    if not char.isalpha():
        return char
    small = _LARGE_ACCENTED if char.isupper() else _SMALL_ACCENTED
    pool = {2: small, 3: _THREE_BYTES}.get(len(char.encode("utf-8", "surrogatepass")), _FOUR_BYTES)
    place = order % len(pool)
    return pool[place] if pool[place] != char else pool[place - 1]
