"""The people known in a run: those of the configuration, and those named in responses. Finds them in any text.

A name is known by its words, in small or capital letters, with accents or without. A word that this tool, FHIR or HTTP use
themselves (ordinary_words.txt) is a name only beside another name of the same person; two such words with a space between them
are one only where both are capitalised: "Test Patient" may be a name, "the test patient" is ours. The time that finding takes
grows with the length of the text, not with the number of people.
"""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Set

from conformance.core.nhs_numbers import LENGTH, is_nhs_number
from conformance.redaction.encodings import Change
from conformance.redaction.ordinary_words import is_phrase, ordinary_words
from conformance.redaction.patient_details import ADDRESS, BIRTH, CONTACT, DEATH, IDENTIFIER, NAME, TEXT
from conformance.redaction.pseudonyms import Pseudonyms, folded

_DIGIT = re.compile("[0-9]")
_BARE, _YEAR = re.compile("[0-9]{4,}"), re.compile("[0-9]{4}")
_JSON_NUMBER = re.compile(r'"\s{0,2}:\s{0,2}\Z')
_WORD = re.compile(r"[^\W\d_]+")
_TOKEN = re.compile(r"[^\W_]+")
_DIGITS = re.compile(r"[0-9](?:[^0-9A-Za-z]{0,3}+[0-9])++")
_MISSPELT = re.compile(r"(?<![0-9A-Za-z])(?=[0-9A-Za-z]{10}(?![0-9A-Za-z]))[0-9]*+[A-Za-z][0-9]*+(?![0-9A-Za-z])")
_WILDCARD = re.compile(r"\*|%2A|%2a|%25|%(?![0-9])")
_GROUPED = re.compile(r"(?<![0-9])(?:[0-9]{10}|[0-9]{3}([ \u00a0\u2009\u202f.+_/-])[0-9]{3}\1[0-9]{4})(?![0-9])")
_ID_BEFORE, _ID_AFTER = re.compile("(?<!%)[0-9][A-Za-z]+\\Z"), re.compile("[A-Za-z]+[0-9]")
_DATE = re.compile(
    r"(?<![0-9])(?:[0-9]{4}[-/.]?[0-9]{2}[-/.]?[0-9]{2}|[0-9]{1,2}[-/. ](?:[0-9]{1,2}|[A-Za-z]{3,9})[-/. ,]{1,2}[0-9]{4}"
    r"|[A-Za-z]{3,9} [0-9]{1,2},? [0-9]{4})(?![0-9])"
)
_TAG_OR_TEXT = re.compile("<[^<>]*+>|[<>]|[^<>]++")
_SCHEME = re.compile("[A-Za-z]{2,10}:(?://)?")
_GAP = re.compile(r"[^\w\"<>{}\n]{1,3}|_")
_SHORTEST_WORD, _SHORTEST_SMALL_WORD, _SHORTEST_BESIDE_DIGIT = 2, 3, 5
_SHORTEST_PHRASE, _LONGEST_PHRASE, _SHORTEST_PHONE, _SHORTEST_PART = 4, 200, 7, 7
_SHORTEST_BEGINNING = 5  # digits before a wildcard
_SHORTEST_CODE = 4  # digits of an identifier
_FEW = 8  # words that are searched for one by one
_BESIDE = 40  # characters before a number that may be of the same id
_LONGEST_RUN = 40  # digits in a row, separators aside, in which altered numbers are looked for
_MOST_KNOWN = 200_000  # words and phrases; what comes after is masked where it stands only


class KnownPeople:
    """Remembers people and finds what identifies them. `learn` before `changes`.

    With `valid_numbers` every valid NHS number is one, known or not.
    """

    def __init__(self, pseudonyms: Pseudonyms, *, valid_numbers: bool = True) -> None:
        self._pseudonyms = pseudonyms
        self._valid_numbers = valid_numbers
        self._words: dict[str, set[int]] = defaultdict(set)  # a word in small letters → whose name it is in
        self._phrases: dict[
            str, dict[tuple[int, int], dict[str, str]]
        ] = {}  # word → (its place, length) → phrase → kind
        self._numbers: set[str] = set()  # the first nine digits
        self._altered: set[str] = set()  # nine digits with one left open
        self._heads: set[str] = set()  # what is left of a number that is altered behind it
        self._tails: set[str] = set()
        self._parts: dict[str, tuple[str, int]] = {}  # digits of a number that was shortened → number, place
        self._beginnings: dict[str, str] = {}  # of a number, before a wildcard → number
        self._phones: set[str] = set()
        self._codes: set[str] = set()  # identifiers without a letter
        self._years: set[str] = set()
        self._dates: dict[str, tuple[str, str, Callable[[str], str]]] = {}
        self._people = 0
        self._size = 0

    @property
    def size(self) -> int:
        """How many words, phrases, numbers and dates are known."""
        return self._size

    def person(self) -> int:
        """Return a number for one more person."""
        self._people += 1
        return self._people

    def learn(self, kind: str, value: str, person: int, *, latest: str = "9999") -> bool:
        """Remember a detail and say whether it is new. Dates of the year `latest` and after are not looked for elsewhere."""
        before = self._size
        if self._size >= _MOST_KNOWN:
            return False
        if kind == NAME:
            self._name(value, person)
        elif kind in {BIRTH, DEATH}:
            self._date(value, kind, latest)
        elif kind == CONTACT and len(digits := _only_digits(value)) >= _SHORTEST_PHONE and "@" not in value:
            self._phones.add(self._new(digits, self._phones))
        elif kind == IDENTIFIER and len(_only_digits(value)) == LENGTH and not _WORD.search(value):
            self.number(_only_digits(value))
        elif kind in {ADDRESS, CONTACT, IDENTIFIER} and _is_telling(value, kind):
            self._phrase(value, kind)
        return self._size > before

    def number(self, digits: str) -> None:
        """Remember ten digits as a patient's number, altered and shortened forms of it too."""
        nine = digits[:-1]
        if self._pseudonyms.is_pseudonym("number", nine):
            return
        self._numbers.add(self._new(nine, self._numbers))
        self._pseudonyms.avoid("number", nine)
        self._altered.update(f"{nine[:place]}*{nine[place + 1 :]}" for place in range(len(nine)))
        self._heads.add(nine[:4])
        self._tails.add(nine[5:])
        for size in range(_SHORTEST_BEGINNING, LENGTH):
            self._beginnings.setdefault(digits[:size], digits)
        for size in range(_SHORTEST_PART, LENGTH):
            for place in {0, LENGTH - size}:
                self._parts.setdefault(digits[place : place + size], (digits, place))

    def changes(self, text: str, *, is_id: bool = False) -> Iterator[Change]:
        """Yield what to change in a text, so that it names none of the people known here and has no valid NHS number.

        A logical id (`is_id`) may look like the number of a patient who is not known: it stays.
        """
        if _DIGIT.search(text):
            if self._valid_numbers or self._numbers or self._phones or self._codes:
                yield from self._number_changes(text, valid=self._valid_numbers and not is_id)
            yield from self._date_changes(text)
        words = set(_WORD.findall(text.lower()))
        if phrases := self._phrases.keys() & words:
            yield from self._phrase_changes(text, phrases)
        if names := self._words.keys() & words:
            yield from self._name_changes(text, names)

    # learning

    def _new(self, value: str, known: object) -> str:
        self._size += value not in known  # type: ignore[operator]
        return value

    def _name(self, value: str, person: int) -> None:
        words = [word for word in _WORD.findall(value) if len(word) >= _SHORTEST_WORD]
        joined = [_only_letters(part) for part in re.split(r"[\s,-]+", value)]
        for word in {*words, *joined, "".join(joined), "".join(reversed(joined))}:
            for spelling in {word.lower(), folded(word)} if len(word) >= _SHORTEST_WORD else ():
                self._words[self._new(spelling, self._words)].add(person)

    def _phrase(self, value: str, kind: str) -> None:
        """Remember a phrase by its longest word, rather one that is not ordinary."""
        words = sorted(_WORD.finditer(value), key=lambda word: (word[0].lower() in ordinary_words(), -len(word[0])))
        if not words:
            self._codes.add(self._new(value, self._codes))
        elif len(value) <= _LONGEST_PHRASE:
            place = (words[0].start(), len(value))
            known = self._phrases.setdefault(words[0][0].lower(), {}).setdefault(place, {})
            known[self._new(value, known)] = kind

    def _date(self, value: str, kind: str, latest: str) -> None:
        day = value[:10]
        try:
            datetime.date.fromisoformat(day)
        except ValueError:
            return
        if len(day) < 10 or day[:4] >= latest:
            return
        decade = "190" if kind == BIRTH else "200"
        for spelling, back in _spellings(day).items():
            self._years.add(day[:4])
            self._dates.setdefault(self._new(spelling, self._dates), (day, decade, back))

    # finding

    def _number_changes(self, text: str, *, valid: bool) -> Iterator[Change]:
        for found in _DIGITS.finditer(text):
            escaped = text[max(0, found.start() - 1) : found.start()] == "%"  # its first two digits are an escape
            match = _DIGITS.match(text, found.start() + 2) if escaped else found
            if match and match.end() - match.start() >= _SHORTEST_CODE:
                yield from self._in_run(match, valid=valid)
        for match in _MISSPELT.finditer(text):
            yield from self._misspelt(match)

    def _in_run(self, run: re.Match[str], *, valid: bool) -> Iterator[Change]:
        digits = _only_digits(run[0])
        if _WILDCARD.match(run.string, run.end()) and digits in self._beginnings:
            number = self._beginnings[digits]
            yield _spread(run, self._pseudonyms.number(number)[: len(digits)])
            return
        if new := self._whole(run[0], digits):
            yield _spread(run, new)
            return
        if len(digits) >= LENGTH:
            yield from self._valid(run) if valid else ()
            yield from self._windows(run, digits)
        if len(digits) < len(run[0]):
            for bare in _BARE.finditer(run.string, run.start(), run.end()):
                if new := self._whole(bare[0], bare[0]):
                    yield _spread(bare, new)

    def _misspelt(self, match: re.Match[str]) -> Iterator[Change]:
        """A known number in which a letter stands for one of the digits: the letter stays."""
        shown = match[0]
        at = next(place for place, char in enumerate(shown) if not char.isdigit())
        nine = f"{shown[:at]}*{shown[at + 1 : -1]}"
        if at == len(shown) - 1:
            known = [one for one in self._numbers if one == shown[:-1]]
        else:
            known = [one for one in self._numbers if nine in self._altered and f"{one[:at]}*{one[at + 1 :]}" == nine]
        for one in known[:1]:
            new = self._pseudonyms.number(f"{one}{shown[-1] if at < len(shown) - 1 else '0'}")
            yield Change(*match.span(), f"{new[:at]}{shown[at]}{new[at + 1 :]}")

    def _valid(self, run: re.Match[str]) -> Iterator[Change]:
        """Each valid NHS number that stands alone in a run; not a number of JSON, such as the time in a token."""
        text = run.string
        for match in _GROUPED.finditer(text, run.start(), run.end()):
            digits = _only_digits(match[0])
            json_number = _JSON_NUMBER.search(text[max(0, match.start() - 6) : match.start()])
            if is_nhs_number(digits) and not json_number and not _in_id(match):
                yield _spread(match, self._pseudonyms.number(digits))

    def _whole(self, shown: str, digits: str) -> str:
        """What stands in place of a telephone number, a part of a number, or an identifier; "" when the digits are none."""
        if digits in self._phones:
            return self._pseudonyms.phone(digits)
        if shown in self._codes:
            return self._pseudonyms.digits(digits)
        number, place = self._parts.get(digits, ("", 0))
        return self._pseudonyms.number(number)[place : place + len(digits)] if number else ""

    def _windows(self, run: re.Match[str], digits: str) -> Iterator[Change]:
        """Each number in a run of digits, altered in one digit or not."""
        if len(digits) < LENGTH or not self._numbers:
            return
        place, thoroughly = 0, len(digits) <= _LONGEST_RUN
        where = [digit.start() for digit in _DIGIT.finditer(run.string, run.start(), run.end())]
        while place + LENGTH <= len(digits):
            if self._is_known(digits[place : place + LENGTH - 1], thoroughly):
                start, end = where[place], where[place + LENGTH - 1] + 1
                yield Change(
                    start,
                    end,
                    _spread_over(run.string[start:end], self._pseudonyms.number(digits[place : place + LENGTH])),
                )
                place += LENGTH
            else:
                place += 1

    def _is_known(self, nine: str, thoroughly: bool) -> bool:
        if nine in self._numbers:
            return True
        close = thoroughly and (nine[:4] in self._heads or nine[5:] in self._tails)
        return close and any(f"{nine[:at]}*{nine[at + 1 :]}" in self._altered for at in range(LENGTH - 1))

    def _date_changes(self, text: str) -> Iterator[Change]:
        if self._years.isdisjoint(_YEAR.findall(text)):
            return
        for match in _DATE.finditer(text):
            found = self._dates.get(match[0].lower())
            if found:
                day, decade, back = found
                new = back(self._pseudonyms.date(day, decade))
                yield Change(*match.span(), new.upper() if match[0].isupper() else _cased(new, match[0]))

    def _phrase_changes(self, text: str, words: Set[str]) -> Iterator[Change]:
        end = 0
        for match in _found(text, words):
            for (place, size), known in self._phrases[match[0].lower()].items():
                start = match.start() - place
                phrase = text[start : start + size] if start >= end else ""
                if phrase in known and not text[start + size : start + size + 1].isalnum():
                    end = start + size
                    yield Change(
                        start, end, self._every_word(phrase, self._number_changes(phrase, valid=self._valid_numbers))
                    )
                    break

    def _name_changes(self, text: str, words: Set[str]) -> Iterator[Change]:
        last: re.Match[str] | None = None
        hits = list(_found(text, words))
        for place, match in enumerate(hits):
            following = hits[place + 1] if place + 1 < len(hits) else None
            if self._alone(match) or self._beside(last, match) or self._beside(match, following):
                yield Change(*match.span(), self._pseudonyms.word(match[0]))
            last = match

    def _alone(self, match: re.Match[str]) -> bool:
        """Whether a word is a name without another beside it."""
        word, text = match[0], match.string
        if word in ordinary_words() or (word.islower() and len(word) < _SHORTEST_SMALL_WORD):
            return False
        before, after = text[max(0, match.start() - 2) : match.start()], text[match.end() : match.end() + 2]
        beside_digit = before.rstrip("-")[-1:].isdigit() or after.lstrip("-")[:1].isdigit()  # an id: Gp-20261130
        return not beside_digit or len(word) >= _SHORTEST_BESIDE_DIGIT

    def _beside(self, first: re.Match[str] | None, second: re.Match[str] | None) -> bool:
        if first is None or second is None or not _GAP.fullmatch(first.string, first.end(), second.start()):
            return False
        if first.string[first.end() : second.start()].strip() == "" and is_phrase(f"{first[0]} {second[0]}"):
            return False
        return first[0].lower() != second[0].lower() and not self._words[first[0].lower()].isdisjoint(
            self._words[second[0].lower()]
        )

    # replacing

    def replaced(self, value: str, kind: str) -> str:
        """Return what stands in place of a detail, all of it."""
        if kind in {BIRTH, DEATH}:
            return self._pseudonyms.date(value, "190" if kind == BIRTH else "200")
        digits = _only_digits(value)
        if kind == IDENTIFIER and len(digits) == LENGTH and not _WORD.search(value):
            return _spread_over(value, self._pseudonyms.number(digits))
        if kind == CONTACT and len(digits) >= _SHORTEST_PHONE and "@" not in value:
            return _spread_over(value, self._pseudonyms.phone(digits))
        if kind == TEXT:
            return _TAG_OR_TEXT.sub(lambda match: match[0] if match[0][0] in "<>" else self._all(match[0]), value)
        scheme = _SCHEME.match(value)
        start = scheme.end() if scheme and kind != NAME else 0
        return value[:start] + self._all(value[start:])

    def _all(self, value: str) -> str:
        return self._every_word(value, self.changes(value))

    def _every_word(self, value: str, changes: Iterable[Change]) -> str:
        """A text changed, and every word that these changes leave replaced."""
        parts: list[str] = []
        at = 0
        for start, end, new in sorted(changes):
            if start >= at:
                parts += (self.words_replaced(value[at:start]), new)
                at = end
        return "".join((*parts, self.words_replaced(value[at:])))

    def words_replaced(self, value: str) -> str:
        """Return a text with every word of it replaced."""
        return _TOKEN.sub(lambda match: self._token(match[0]), value)

    def _token(self, token: str) -> str:
        return self._pseudonyms.digits(token) if token.isascii() and token.isdigit() else self._pseudonyms.word(token)


def _found(text: str, words: Set[str]) -> Iterator[re.Match[str]]:
    """The places of words, given in small letters, in a text."""
    if len(words) > _FEW:
        yield from (match for match in _WORD.finditer(text) if match[0].lower() in words)
        return
    for match in re.finditer("|".join(sorted(words, key=len, reverse=True)), text, re.IGNORECASE):
        beside = text[max(0, match.start() - 1) : match.start()] + text[match.end() : match.end() + 1]
        if not any(map(str.isalpha, beside)) and match[0].lower() in words:
            yield match


def _in_id(number: re.Match[str]) -> bool:
    """Whether ten digits are a part of an id of digits and letters, one in a few hundred of which has a valid number in it."""
    before = number.string[max(0, number.start() - _BESIDE) : number.start()]
    return bool(_ID_BEFORE.search(before) or _ID_AFTER.match(number.string, number.end()))


def _is_telling(value: str, kind: str) -> bool:
    """Whether a value, wherever it stands, identifies a person: no town, and no short code."""
    has_digit = any(map(str.isdigit, value))
    if kind == ADDRESS:
        return len(value) > _SHORTEST_PHRASE and (has_digit or len(value.split()) > 1)
    return len(value) >= _SHORTEST_PHRASE and (has_digit or "@" in value or value not in ordinary_words())


def _only_digits(value: str) -> str:
    return re.sub("[^0-9]+", "", value)


def _only_letters(value: str) -> str:
    return re.sub(r"[\W\d_]+", "", value)


def _spread(match: re.Match[str], digits: str) -> Change:
    return Change(*match.span(), _spread_over(match[0], digits))


def _spread_over(shown: str, digits: str) -> str:
    """Digits in the places of those shown."""
    following = iter(digits)
    return re.sub("[0-9]", lambda match: next(following, match[0]), shown)


_MONTHS = "January February March April May June July August September October November December".lower().split()


def _spellings(day: str) -> dict[str, Callable[[str], str]]:
    """The ways to write a date, in small letters → how to write another date of the same month in that way."""
    ways: list[Callable[[str], str]] = [
        lambda iso: iso,
        lambda iso: iso.replace("-", "/"),
        lambda iso: iso.replace("-", "."),
        lambda iso: iso.replace("-", ""),
    ]
    for sign in "/-.":
        ways += [lambda iso, sign=sign: sign.join(reversed(iso.split("-")))]  # type: ignore[misc]
        ways += [lambda iso, sign=sign: sign.join(str(int(part)) for part in reversed(iso.split("-")))]  # type: ignore[misc]
    for size in (3, 9):
        for form in ("{day} {month} {year}", "{day}-{month}-{year}", "{month} {day}, {year}", "{month} {day} {year}"):
            for plain in (True, False):
                ways += [lambda iso, size=size, form=form, plain=plain: _in_words(iso, size, form, plain)]  # type: ignore[misc]
    return {way(day): way for way in ways}


def _in_words(iso: str, size: int, form: str, plain: bool) -> str:
    year, month, day = iso.split("-")
    return form.format(year=year, month=_MONTHS[int(month) - 1][:size], day=str(int(day)) if plain else day)


def _cased(new: str, shown: str) -> str:
    """A date with the capitals of another of the same form."""
    return "".join(char.upper() if other.isupper() else char for char, other in zip(new, shown, strict=True))
