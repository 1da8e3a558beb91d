"""Values of ours and the pseudonyms that stand for them: one for the other in the whole session, or not at all."""

from __future__ import annotations

import pytest

from conformance.rejudging.renaming import Renaming


def test_a_value_and_its_pseudonym_stand_for_each_other_from_then_on() -> None:
    renaming = Renaming(())
    assert renaming.agree("Testson", "Xkvbrqz")
    assert renaming.agree("Testson", "Xkvbrqz")
    assert not renaming.agree("Bestson", "Xkvbrqz")


def test_a_person_of_the_configuration_is_never_another() -> None:
    renaming = Renaming(("9991234567", "9997654321"))
    assert not renaming.agree("9991234567", "9997654321")
    assert renaming.agree("9991234567", "9991234567")


def test_a_value_of_ours_that_somebody_really_has_agrees_and_is_not_put_back() -> None:
    renaming = Renaming(("Xkvbrq",))
    assert renaming.agree("Nobody", "Xkvbrq")
    assert not renaming.agree("Nubody", "Xkvbrq")
    assert renaming.back("Xkvbrq") == "Xkvbrq"


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("Testson", "xkvbrqz"), ("Testson", "Xkvbrq"), ("12 Test", "1x Xkvb"), ("2026-01-01", "2026/01/01"), ("é", "b")],
)
def test_another_form_is_another_value(ours: str, theirs: str) -> None:
    assert not Renaming((), [theirs]).agree(ours, theirs)


def test_our_values_are_put_back_in_responses_also_in_other_cases_and_word_by_word() -> None:
    renaming = Renaming((), ["45 Xqrbvt Xkvbrqz"])
    assert renaming.agree("12 Grange Testson", "45 Xqrbvt Xkvbrqz")
    assert renaming.back('{"line":["45 Xqrbvt Xkvbrqz"]}') == '{"line":["12 Grange Testson"]}'
    assert renaming.back("XKVBRQZ is unknown, and xqrbvt, too") == "TESTSON is unknown, and grange, too"
    assert renaming.back("Xkvbrqzz") == "Xkvbrqzz"


def test_findings_get_the_pseudonym_but_for_words_that_texts_use() -> None:
    renaming = Renaming(())
    assert renaming.agree("Testson", "Xkvbrqz")
    assert renaming.agree("One", "Xkv")
    assert renaming.out("One patient, Testson") == "One patient, Xkvbrqz"


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("booked", "noshow"),
        ("1", "2"),
        ("2026-01-01", "2026-01-02"),
        ("1764412345", "1764412346"),
        ("Xavier", "Xander"),
    ],
)
def test_what_has_no_label_is_no_pseudonym_unless_it_stands_where_a_person_is_told_of(ours: str, theirs: str) -> None:
    assert not Renaming(()).agree(ours, theirs)
    assert Renaming((), [theirs]).agree(ours, theirs)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("9476719931", "9991361286"),
        ("1988-02-13", "1901-02-16"),
        ("1988-02-31", "1901-02-31"),
        ("2031-02", "2994-02"),
        ("Zoë", "Xkô"),
    ],
)
def test_labels_of_pseudonyms(ours: str, theirs: str) -> None:
    assert Renaming(()).agree(ours, theirs)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("020 7946 0000", "077 0090 0123"),  # the label is that of the number written in one
        ("9476719931", "9991361287"),
        ("9476719930", "9991361286"),
        ("947 671 9931", "999 136 1287"),
        ("1988-02-13", "1901-02-31"),
        ("1988-02-31", "1901-02-16"),
        ("1988-03-13", "1901-02-16"),
        ("pdf", "xml"),
    ],
)
def test_what_is_valid_in_another_way_or_an_ordinary_word_is_no_pseudonym(ours: str, theirs: str) -> None:
    assert not Renaming(()).agree(ours, theirs)


@pytest.mark.parametrize(
    ("ours", "theirs"), [("1988-02-13", "1901-02-31"), ("9476719931", "9991361287"), ("1988-03-13", "1901-02-16")]
)
def test_nor_is_it_where_a_request_has_a_detail_of_a_person(ours: str, theirs: str) -> None:
    assert not Renaming((), [theirs]).agree(ours, theirs)


def test_the_beginning_of_a_number_agrees_with_that_of_a_person_of_the_configuration_alone() -> None:
    renaming = Renaming(("9991361286", "9994728883"))
    assert renaming.agree("999136*", "999472*")
    assert not renaming.agree("999137*", "999472*")
    assert not Renaming(()).agree("999136*", "999472*")


def test_without_redaction_values_have_to_be_the_same() -> None:
    renaming = Renaming((), ["Xkvbrqz"], redacted=False)
    assert renaming.agree("Xkvbrqz", "Xkvbrqz")
    assert not renaming.agree("Testson", "Xkvbrqz")
    assert renaming.agree_on_secrets({})
    assert renaming.agree_on_secrets({"[secret bcdfghjk]": "a password of 17."})


def test_one_mask_stands_for_one_secret() -> None:
    renaming = Renaming(())
    assert renaming.agree_on_secrets({"[bcdf]": "secret"})
    assert renaming.agree_on_secrets({"[bcdf]": "secret", "[fghj]": "secret"})
    assert not renaming.agree_on_secrets({"[bcdf]": "others"})
