"""Whom a run knows is found in any text and in every spelling; nobody else is."""

from __future__ import annotations

import re
from datetime import date, datetime

import pytest

from conformance.redaction.encodings import applied
from conformance.redaction.known_people import KnownPeople
from conformance.redaction.ordinary_words import is_phrase, ordinary_words
from conformance.redaction.patient_details import ADDRESS, BIRTH, CONTACT, DEATH, IDENTIFIER, NAME, TEXT
from conformance.redaction.pseudonyms import Pseudonyms

KEY = b"a fixed key"


def known(*details: tuple[str, str]) -> KnownPeople:
    """People who have these details (kind, value), all of one person."""
    people = KnownPeople(Pseudonyms(KEY))
    person = people.person()
    for kind, value in details:
        assert people.learn(kind, value, person), value
    return people


def masked(people: KnownPeople, text: str) -> str:
    return applied(text, people.changes(text))


BORN = "1927-06-09"
OTHER = date.fromisoformat(Pseudonyms(KEY).date(BORN))
FORMS = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%d/%m/%Y",
    "%d-%m-%Y",
    "%d.%m.%Y",
    "%d %b %Y",
    "%d %B %Y",
    "%d-%b-%Y",
    "%d-%B-%Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%b %d %Y",
    "%B %d %Y",
)


@pytest.mark.parametrize("form", FORMS)
def test_a_date_of_birth_is_found_in_every_form(form: str) -> None:
    shown = date.fromisoformat(BORN).strftime(form)
    new = masked(known((BIRTH, BORN)), f"born {shown}.")
    found = re.fullmatch(r"born (.*)\.", new)
    assert found
    assert datetime.strptime(found[1], form).date() == OTHER  # noqa: DTZ007 - dates have no zone
    assert 1900 <= OTHER.year <= 1909
    assert OTHER.month == 6


@pytest.mark.parametrize(
    ("shown", "form"),
    [
        ("9/6/1927", "%d/%m/%Y"),
        ("9-6-1927", "%d-%m-%Y"),
        ("9.6.1927", "%d.%m.%Y"),
        ("9 Jun 1927", "%d %b %Y"),
        ("June 9, 1927", "%B %d, %Y"),
    ],
)
def test_so_it_is_without_leading_zeros(shown: str, form: str) -> None:
    new = masked(known((BIRTH, BORN)), shown)
    assert datetime.strptime(new, form).date() == OTHER  # noqa: DTZ007
    assert "0" not in new.partition("190")[0]


@pytest.mark.parametrize("month", range(1, 13))
def test_every_month_is_known_in_words(month: int) -> None:
    born = date(1927, month, 9)
    people = known((BIRTH, born.isoformat()))
    other = date.fromisoformat(Pseudonyms(KEY).date(born.isoformat()))
    for form in ("%d %b %Y", "%d %B %Y"):
        assert masked(people, born.strftime(form)) == other.strftime(form)
        assert masked(people, born.strftime(form).upper()) == other.strftime(form).upper()
        assert masked(people, born.strftime(form).lower()) == other.strftime(form).lower()


@pytest.mark.parametrize("text", ["1927-06-10", "11927-06-09", "1927-06-091", "10 June 1927", "June 1927", "9 of June"])
def test_other_dates_stay(text: str) -> None:
    assert masked(known((BIRTH, BORN)), text) == text


def test_a_date_of_death_is_told_from_one_of_birth() -> None:
    assert masked(known((DEATH, "2021-03-04")), "2021-03-04").startswith("200")
    assert masked(known((DEATH, "2021-03-04T10:11:12Z")), "on 2021-03-04").startswith("on 200")


@pytest.mark.parametrize(
    ("value", "learnt"),
    [("2026-01-01", False), ("2027-01-01", False), ("2025-12-31", True), ("1927-06", False), ("1927-13-01", False)],
)
def test_dates_that_may_be_anybodys_are_not_looked_for(value: str, learnt: bool) -> None:
    people = KnownPeople(Pseudonyms(KEY))
    assert people.learn(BIRTH, value, people.person(), latest="2026") is learnt
    assert (masked(people, value) != value) is learnt


# Names


@pytest.mark.parametrize(
    "text", ["Meakin", "MEAKIN", "meakin", "Mr Meakin's", "<b>Meakin</b>", "x_Meakin_y", "Averil, Meakin"]
)
def test_a_name_is_found_in_any_case_and_place(text: str) -> None:
    new = masked(known((NAME, "Averil Meakin")), text)
    assert len(new) == len(text)
    assert "meakin" not in new.lower()
    assert "averil" not in new.lower()


@pytest.mark.parametrize("text", ["Meakins", "xMeakin", "Mea kin", "Ostler"])
def test_other_words_stay(text: str) -> None:
    assert masked(known((NAME, "Averil Meakin")), text) == text


@pytest.mark.parametrize("text", ["averilmeakin", "MeakinAveril", "Oneill"])
def test_names_written_together_are_found(text: str) -> None:
    assert masked(known((NAME, "Averil Meakin"), (NAME, "O'Neill")), text).lower() != text.lower()


def test_many_words_are_searched_for_as_few_are() -> None:
    names = ["Meakin", "Ostler", "Gilbert", "Tanner", "Bramley", "Cotter", "Dunnock", "Farrow", "Gower", "Hobday"]
    people = known(*((NAME, name) for name in names))
    for count in (1, 7, 8, 9, 10):
        text = ", ".join(names[:count]) + ", Meakins and xMeakin"
        new = masked(people, text)
        assert not [name for name in names[1:] if name in new]
        assert new.endswith(", Meakins and xMeakin")


WORD = next(word for word in sorted(ordinary_words()) if word.istitle() and len(word) > 4)


def test_an_ordinary_word_is_a_name_only_beside_another_of_the_same_person() -> None:
    people = KnownPeople(Pseudonyms(KEY))
    one, two = people.person(), people.person()
    people.learn(NAME, f"{WORD} Meakin", one)
    people.learn(NAME, "Averil Ostler", two)
    assert masked(people, f"{WORD} is a word") == f"{WORD} is a word"
    for text in (f"{WORD} Meakin", f"Meakin, {WORD}", f"{WORD}-Meakin", f"{WORD}_Meakin"):
        assert WORD not in masked(people, text)
    for text in (f"{WORD} Ostler", f"{WORD} is Meakin", f"{WORD}\nMeakin", f"{WORD} {WORD}", f"{WORD}    Meakin"):
        assert WORD in masked(people, text)


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("Al", "al", False),
        ("Al", "Al", True),
        ("Ali", "ali", True),
        ("Alec", "Alec7", False),
        ("Alecs", "Alecs7", True),
        ("Alec", "7Alec", False),
        ("Alecs", "7Alecs", True),
        ("A", "A", False),
    ],
)
def test_short_words_may_be_anything(name: str, text: str, found: bool) -> None:
    people = KnownPeople(Pseudonyms(KEY))
    people.learn(NAME, name, people.person())
    assert (masked(people, text) != text) is found


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("the patient", True),
        ("The patient", True),
        ("an unknown patient", True),
        ("Patient", True),
        ("Test Patient", False),
        ("the Meakin", False),
        ("patient 2", False),
        ("Unknown", False),
        ("", False),
    ],
)
def test_a_phrase_of_ordinary_words_is_no_name(text: str, phrase: bool) -> None:
    assert is_phrase(text) is phrase


def test_two_ordinary_words_are_a_name_only_where_both_are_capitalised() -> None:
    people = known((NAME, "Test Patient"))
    for text in ("a test patient", "Test patient 2 is unknown", "test\npatient"):
        assert masked(people, text) == text
    for text in ("Test Patient", "TEST PATIENT", "Patient, Test", "test.patient@example.org", "test_patient"):
        assert masked(people, text).lower() != text.lower()


# Numbers

NUMBER = "9476719931"


@pytest.mark.parametrize(
    "text", [NUMBER, "947 671 9931", "947-671-9931", "94 7671 9931", f"id={NUMBER}&x", f"00{NUMBER}00"]
)
def test_a_number_is_found_in_any_grouping(text: str) -> None:
    new = masked(known((IDENTIFIER, "947 671 9931")), text)
    assert len(new) == len(text)
    assert "999" in re.sub("[^0-9]", "", new)
    assert NUMBER not in re.sub("[^0-9]", "", new)


@pytest.mark.parametrize("place", range(9))
def test_a_number_altered_in_one_digit_is_found(place: int) -> None:
    altered = NUMBER[:place] + str((int(NUMBER[place]) + 1) % 10) + NUMBER[place + 1 :]
    assert masked(known((IDENTIFIER, NUMBER)), f"x {altered} y") != f"x {altered} y"


def test_a_number_altered_in_two_digits_is_another() -> None:
    assert masked(known((IDENTIFIER, NUMBER)), "9576719831") == "9576719831"


@pytest.mark.parametrize(("more", "found"), [(30, True), (31, False)])
def test_altered_numbers_are_looked_for_in_runs_of_up_to_forty_digits(more: int, found: bool) -> None:
    people = known((IDENTIFIER, NUMBER))
    assert ("9476719831" in masked(people, "9476719831" + "0" * more)) is not found
    assert NUMBER not in masked(people, NUMBER + "0" * more)


@pytest.mark.parametrize(
    ("part", "found"),
    [
        ("9476719", True),
        ("6719931", True),
        ("94767199", True),
        ("947671", False),
        ("719931", False),
        ("4767199", False),
    ],
)
def test_a_number_cut_short_is_found_from_seven_digits(part: str, found: bool) -> None:
    new = masked(known((IDENTIFIER, NUMBER)), f"({part})")
    assert (new != f"({part})") is found


def test_a_valid_number_of_nobody_known_is_masked_where_it_stands_alone() -> None:
    people = KnownPeople(Pseudonyms(KEY))
    assert masked(people, "call 9434765919 now") != "call 9434765919 now"
    for text in ("call 9434765918 now", '{"iat": 9434765919}', "19434765919"):
        assert masked(people, text) == text


def test_a_telephone_number_is_found_in_any_grouping() -> None:
    people = known((CONTACT, "0113 496 0999"))
    for text in ("01134960999", "0113 496 0999", "(0113) 496-0999", "tel:01134960999"):
        assert re.sub("[^0-9]", "", masked(people, text)).startswith("07700900"), text
    assert masked(people, "01134960998") == "01134960998"


@pytest.mark.parametrize(("value", "phone"), [("4960999", True), ("496099", False), ("0113@4960999", False)])
def test_a_contact_is_a_telephone_number_from_seven_digits(value: str, phone: bool) -> None:
    assert masked(known((CONTACT, value)), value).startswith("0770") is phone


# Phrases


@pytest.mark.parametrize(
    ("kind", "value", "telling"),
    [
        (ADDRESS, "24 Trevelyan Square", True),
        (ADDRESS, "Trevelyan Square", True),
        (ADDRESS, "Leeds", False),
        (ADDRESS, "LS1 6AE", True),
        (ADDRESS, "A1 BC", True),
        (ADDRESS, "A1 B", False),
        (ADDRESS, "24B", False),
        (CONTACT, "averil@example.org", True),
        (CONTACT, "a@b", False),
        (CONTACT, "a@bc", True),
        (IDENTIFIER, "AB1C", True),
        (IDENTIFIER, "AB1", False),
        (IDENTIFIER, "4711", True),
        (IDENTIFIER, "471", False),
    ],
)
def test_what_tells_of_a_person_wherever_it_stands(kind: str, value: str, telling: bool) -> None:
    people = KnownPeople(Pseudonyms(KEY))
    assert people.learn(kind, value, people.person()) is telling
    text = f"<a>{value}</a>"
    new = masked(people, text)
    assert (new != text) is telling
    assert len(new) == len(text)


def test_a_phrase_ends_where_a_word_ends() -> None:
    people = known((ADDRESS, "24 Trevelyan Square"))
    for text in ("24 Trevelyan Squares", "4 Trevelyan Square", "24 Trevelyan Squar"):
        assert masked(people, text) == text
    assert "Trevelyan" not in masked(people, "at 24 Trevelyan Square, Leeds")


def test_two_phrases_in_a_row_are_both_found() -> None:
    people = known((ADDRESS, "24 Trevelyan Square"), (ADDRESS, "7 Boar Lane"))
    new = masked(people, "24 Trevelyan Square 7 Boar Lane 24 Trevelyan Square")
    assert not [word for word in ("Trevelyan", "Square", "Boar", "Lane") if word in new]


# What stands in place of a detail


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        (NAME, "Averil Meakin", r"X[a-z]{5} X[a-z]{5}"),
        (BIRTH, BORN, "190[0-9]-06-0[0-9]"),
        (DEATH, "2021-03-04", "200[0-9]-03-0[0-9]"),
        (IDENTIFIER, "947 671 9931", "999 [0-9]{3} [0-9]{4}"),
        (IDENTIFIER, "947671993", "[0-9]{9}"),
        (IDENTIFIER, "urn:uuid:ab12", "urn:[a-z]{4}:[a-z]{2}[0-9]{2}"),
        (CONTACT, "0113 496 0999", "0770 090 0[0-9]{3}"),
        (CONTACT, "mailto:averil@nhs.net", r"mailto:[a-z]{6}@[a-z]{3}\.[a-z]{3}"),
        (ADDRESS, "24 Boar Lane", "[0-9]{2} X[a-z]{3} X[a-z]{3}"),
        (TEXT, "<p class='x'>Averil < 3</p>", "<p class='x'>X[a-z]{5} < [0-9]</p>"),
    ],
)
def test_a_detail_is_replaced_in_its_form(kind: str, value: str, kept: str) -> None:
    new = KnownPeople(Pseudonyms(KEY)).replaced(value, kind)
    assert re.fullmatch(kept, new), new
    assert len(new) == len(value)
    assert new != value


IN_IDS = ("Apt-b31e9434765919d7", "9434765919a1", "a1b9434765919", "Slot/9f9434765919", "urn:uuid:7b9434765919e2")


@pytest.mark.parametrize("text", IN_IDS)
def test_ten_digits_within_an_id_of_digits_and_letters_are_no_number(text: str) -> None:
    assert masked(known(), text) == text
    assert masked(known((IDENTIFIER, "9434765919")), text) != text  # unless it is that of a person known


@pytest.mark.parametrize(
    "text", ["NHSNo9434765919", "9434765919X", "%2A9434765919", "n=9434765919", "no.\\n9434765919, x1"]
)
def test_a_valid_number_beside_letters_is_one(text: str) -> None:
    assert re.sub("999[0-9]{7}", "9434765919", new := masked(known(), text)) == text
    assert new != text


def test_a_logical_id_that_is_a_valid_number_stays_unless_it_is_of_a_person_known() -> None:
    def new(people: KnownPeople) -> str:
        return applied("Appointment/9434765919", people.changes("Appointment/9434765919", is_id=True))

    assert new(known()) == "Appointment/9434765919"
    assert new(known((IDENTIFIER, "9434765919"))) != "Appointment/9434765919"


@pytest.mark.parametrize(
    ("kind", "value", "keeps"),
    [
        (CONTACT, "0113 496 0999", r"\d{4} \d{3} \d{4}"),
        (CONTACT, "4960999", r"\d{7}"),
        (CONTACT, "jo1234567@gp.example", r"[^@\d]+\d*@[^@]+"),
        (CONTACT, "tel:0113 496 0999", r"tel:\d{4} \d{3} \d{4}"),
        (IDENTIFIER, "999 001 0072", r"\d{3} \d{3} \d{4}"),
        (ADDRESS, "12345678 Mill Lane", r"\d+ \w+ \w+"),
        (TEXT, "<b>Hébert</b> > Zoë", r"<b>\w+</b> > \w+"),
    ],
)
def test_what_stands_in_place_of_a_detail_keeps_its_form(kind: str, value: str, keeps: str) -> None:
    new = KnownPeople(Pseudonyms(KEY)).replaced(value, kind)
    assert re.fullmatch(keeps, new), new
    assert new != value
