"""Pseudonyms keep what a verdict hangs on, and say what they are."""

from __future__ import annotations

import datetime
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.core.nhs_numbers import check_digit, is_nhs_number
from conformance.redaction.pseudonyms import Pseudonyms, folded, is_mask

KEY = b"a fixed key"
numbers = st.from_regex("[0-9]{10}", fullmatch=True)
words = st.text(st.characters(categories=["L", "Nd"]), min_size=1, max_size=20)


def pseudonyms() -> Pseudonyms:
    return Pseudonyms(KEY)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(numbers)
def test_a_number_is_as_valid_as_before(digits: str) -> None:
    other = pseudonyms().number(digits)
    assert other.startswith("999") and len(other) == 10 and other != digits
    assert is_nhs_number(other) == is_nhs_number(digits)
    assert (check_digit(other) == 10) == (check_digit(digits) == 10)
    if check_digit(digits) < 10:
        assert (int(other[-1]) - check_digit(other)) % 10 == (int(digits[-1]) - check_digit(digits)) % 10


def test_numbers_that_differ_in_the_check_digit_only_still_do() -> None:
    masker = pseudonyms()
    right, wrong = masker.number("9476719931"), masker.number("9476719932")
    assert right[:-1] == wrong[:-1] and right[-1] != wrong[-1]


def test_people_do_not_share_pseudonyms_and_keep_their_own() -> None:
    masker = pseudonyms()
    nines = [f"{number:09}" for number in range(100_000_000, 100_003_000)]
    given_ = [masker.number(nine + "0")[:-1] for nine in nines]
    assert len(set(given_)) == len(nines)
    assert [masker.number(nine + "0")[:-1] for nine in nines] == given_
    names = [f"{a}{b}e" for a in "bcdfghjk" for b in "aeiou"]
    assert len({masker.word(name) for name in names}) == len(names)


def test_a_real_number_is_nobody_elses_pseudonym() -> None:
    first = pseudonyms().number("9476719931")
    masker = pseudonyms()
    masker.avoid("number", first[:-1])
    assert masker.number("9476719931") != first
    assert masker.number(first) != first


def test_what_is_a_pseudonym_already_stays() -> None:
    masker = pseudonyms()
    assert masker.number(masker.number("9476719931")) == masker.number("9476719931")
    assert masker.word(masker.word("LS1x")) == masker.word("LS1x")
    assert masker.word(masker.word("Méakin")) == masker.word("Méakin")
    assert masker.date(masker.date("1927-06-19")) == masker.date("1927-06-19")
    assert masker.phone(masker.phone("01454587554")) == masker.phone("01454587554")


@settings(max_examples=300, deadline=None, derandomize=True)
@given(words)
def test_a_word_keeps_length_and_classes(word: str) -> None:
    other = pseudonyms().word(word)
    assert len(other) == len(word) and len(other.encode()) == len(word.encode())
    assert other != word or not any(char.isalpha() or char.isascii() for char in word)
    for before, after in zip(word, other, strict=True):
        if before.isascii():
            assert (before.isdigit(), before.isupper(), before.islower()) == (
                after.isdigit(),
                after.isupper(),
                after.islower(),
            )


@pytest.mark.parametrize("spelling", ["MEAKIN", "meakin", "Méakin", "MÉAKIN"])
def test_spellings_of_a_name_have_one_pseudonym(spelling: str) -> None:
    masker = pseudonyms()
    name, other = masker.word("Meakin"), masker.word(spelling)
    assert [a for a, b in zip(folded(name), folded(other), strict=True) if a != b] in ([], [folded(name)[1]])
    assert other.isupper() == spelling.isupper()


def test_names_are_labelled() -> None:
    made = pseudonyms().word("Meakin")
    assert made[0] == "X" and not set(made) & set("aeiouy") and len(made) == 6
    assert folded("Ødegård") == "odegard" and folded("ŁÓDŹ") == "lodz"


def test_dates_are_dates_of_a_labelled_decade() -> None:
    masker = pseudonyms()
    for day in ("1984-02-29", "2001-12-31", "1950-01-01", "1927-06-19"):
        born, died = masker.date(day), masker.date(day, "200")
        assert datetime.date.fromisoformat(born).month == int(day[5:7]) and born.startswith("190")
        assert len(born) == len(died) == 10
    assert masker.date("1927-06-19") == masker.date("1927-06-19") != masker.date("1927-06-20")
    assert masker.date("1927")[:3] == "190" and len(masker.date("1927")) == 4
    assert masker.date("1927-06")[3:] != "" and masker.date("1927-06")[4:] == "-06"
    instant = masker.date("1927-06-19T04:05:06.5Z")
    assert datetime.datetime.fromisoformat(instant) and instant.endswith(".5Z") and "T04:05:06" not in instant
    assert masker.date("2020-03-04", "200").startswith("200")
    assert masker.date("1927-06-09")[8] == "0" and masker.date("1927-06-19")[8] in "12"
    unclear = masker.date("June 27")
    assert unclear.startswith("June ") and unclear != "June 27" and len(unclear) == 7


def test_telephone_numbers_are_those_for_drama() -> None:
    masker = pseudonyms()
    assert masker.phone("01454587554").startswith("07700900") and len(masker.phone("01454587554")) == 11
    assert masker.phone("4567890").startswith("0770") and len(masker.phone("4567890")) == 7
    many = [f"0113{number:07}" for number in range(1500)]
    assert len({masker.phone(number) for number in many}) == len(many)


def test_digits_are_others() -> None:
    assert all(a != b for a, b in zip("0123456789", pseudonyms().digits("0123456789"), strict=True))


@pytest.mark.parametrize("size", [1, 4, 5, 6, 7, 15, 16, 17, 19, 40, 1000])
def test_a_mask_has_the_length_of_the_secret(size: int) -> None:
    secret = "p" * size
    mask = pseudonyms().mask("token", secret)
    assert len(mask) == size and is_mask(mask)
    assert mask.startswith("[token " if size >= 16 else "[" if size > 5 else "*")
    assert mask == pseudonyms().mask("token", secret) != Pseudonyms(b"other").mask("token", secret) or size < 6


def test_a_mask_has_the_bytes_of_the_secret_and_its_line_ends() -> None:
    secret = 'pä€𐍈\n"\\/ß' * 3
    mask = pseudonyms().mask("key", secret)
    assert len(mask.encode()) == len(secret.encode()) and len(mask) == len(secret)
    assert [place for place, char in enumerate(mask) if char in '\n"\\/'] == [
        place for place, char in enumerate(secret) if char in '\n"\\/'
    ]


def test_masks_are_told_from_values() -> None:
    assert not any(map(is_mask, ("", "abc", "[x]", "[token]", "[Token bcdfghjk]", "token bcdfghjk", "1927")))


def test_keys_make_the_difference_and_the_alphabet_of_accents_is_of_two_bytes() -> None:
    assert Pseudonyms(b"a").word("Meakin") != Pseudonyms(b"b").word("Meakin")
    assert pseudonyms().word("éé") != "éé" and len(pseudonyms().word("éé").encode()) == 4
    assert pseudonyms().word("ÉÉ").isupper()
    assert unicodedata.category(pseudonyms().word("丁")) == "Lo" and pseudonyms().word("丁") != "丁"
    assert len(pseudonyms().word("𐐨").encode()) == 4


def test_long_texts_take_time_in_proportion() -> None:
    long = "QUJD" * 500_000
    made = pseudonyms().word(long)
    assert len(made) == len(long) and made != long and pseudonyms().word(long) == made


@pytest.mark.parametrize("date", ["1988-02-31", "1987-02-29", "2001-13-01", "1999-00-10"])
def test_a_date_that_is_in_no_calendar_stays_in_none(date: str) -> None:
    made = Pseudonyms(b"k" * 32).date(date)
    assert made[4:] == date[4:]
    with pytest.raises(ValueError, match=r"."):
        datetime.date.fromisoformat(made)


def test_a_date_to_come_stays_one() -> None:
    assert Pseudonyms(b"k" * 32).date("2987-05-04").startswith("299")
    assert Pseudonyms(b"k" * 32).date("1987-05-04").startswith("190")
