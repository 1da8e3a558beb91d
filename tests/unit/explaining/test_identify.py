"""What an id is the id of: in every edition, as a node id, and nearly right."""

from __future__ import annotations

import pytest

from conformance.core.errors import UsageError
from conformance.explaining.identify import identify, ids_of
from conformance.provider.variants import variants_of
from conformance.spec import load


@pytest.mark.parametrize(
    ("given", "kind", "edition"),
    [
        ("book.taken-by-same", "scenario", "stu3"),
        ("dstu2:book.taken-by-same", "scenario", "dstu2"),
        ("location-find.every-answer-conforms", "scenario", "dstu2"),
        ("scenarios/appointments/test_book.py::test_times[stu3:book.times]", "scenario", "stu3"),
        ("STU3-BOOK-017", "requirement", "stu3"),
        ("dstu2-book-013", "requirement", "dstu2"),
        ("DUPLICATE_REJECTED", "error-code", "stu3"),
        (next(iter(variants_of("stu3"))), "variant", "stu3"),
        ("C-OO-SYSTEM", "contradiction", "stu3"),
        ("book.busy-is-invalid", "fault", "stu3"),
    ],
)
def test_an_id_says_what_it_is_of(given: str, kind: str, edition: str) -> None:
    (meant,) = identify(given)
    assert (meant.kind, meant.edition.name) == (kind, edition)


def test_an_id_of_a_scenario_and_a_fault_is_both_unless_one_is_chosen() -> None:
    assert [meant.kind for meant in identify("book.unknown-element")] == ["scenario", "fault"]
    assert [meant.kind for meant in identify("book.unknown-element", kind="fault")] == ["fault"]


@pytest.mark.parametrize(
    ("given", "options", "said"),
    [
        ("book.taken-by-sam", {}, "Did you mean book.taken-by-same"),
        ("STU3-BOOK-0017", {}, "Did you mean STU3-BOOK-017"),
        ("DUPLICATE_REJECT", {}, "Did you mean DUPLICATE_REJECTED"),
        ("location-find.every-answer-conforms", {"edition": "stu3"}, "Edition dstu2 has"),
        ("qqqqqq", {}, "list them"),
    ],
)
def test_an_id_that_nothing_has_is_answered_with_near_ones(given: str, options: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        identify(given, **options)
    assert said in caught.value.fix


@pytest.mark.parametrize("edition", ["stu3", "dstu2"])
def test_every_id_is_found(edition: str) -> None:
    known = list(ids_of(load(edition)))
    for kind, name in known[::97]:
        assert kind in [meant.kind for meant in identify(name, edition=edition)]
