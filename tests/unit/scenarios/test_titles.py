"""Titles and texts of scenarios and faults: unique, naming their interaction, in the words of the field."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

import pytest

from conformance.engine.collection import collect
from conformance.engine.scenario import Case
from conformance.provider.faults import catalogue
from conformance.spec import editions

# What a title must hold so that a reader knows the interaction without the column beside it.
WORDS = {
    "search_free_slots": r"slot search|search(es)? for (free )?slots",
    "book_appointment": r"\bbook",
    "retrieve_patient_appointments": r"\bretriev|patient's appointments",
    "read_appointment": r"\breads?\b.*appointment|appointment.*\breads?\b",
    "amend_appointment": r"\bamend",
    "cancel_appointment": r"\bcancel",
    "get_capability_statement": r"\b(capability|conformance) statement\b",
    "find_patient": r"\bpatient search|search(es)? for (a )?patients?\b",
    "read_patient": r"\breads?\b.*patient|patient.*\breads?\b",
    "register_patient": r"\bregist",
    "find_practitioner": r"\bpractitioner search|search(es)? for (a )?practitioners?\b",
    "read_practitioner": r"\breads?\b.*practitioner|practitioner.*\breads?\b",
    "find_organization": r"\borganisation search|search(es)? for (an )?organisations?\b",
    "read_organization": r"\breads?\b.*organisation|organisation.*\breads?\b",
    "find_location": r"\blocation search|search(es)? for (a )?locations?\b",
    "read_location": r"\breads?\b.*location|location.*\breads?\b",
}

# Words of a dialect that this suite once had, or that say less than the term of HTTP or FHIR in their place.
PRIVATE = re.compile(
    r"\b(answer\w*|held|told|asked|mend\w*|made|knock\w*|sight|scene|newcomers?|spares?|somebody|anew)\b",
    re.IGNORECASE,
)


# A TLS scenario is about the connection, before there is an interaction.
TLS = r"\bTLS\b|\bSSLv|\bciphers?\b|\bcertificates?\b|plain HTTP"


def _named(case: Case) -> str:
    return TLS if case.id.startswith("tls.") else WORDS[case.interaction]


def _cases(edition: str) -> Iterator[Case]:
    return (entry.case for entry in collect() if entry.case.runs_in(edition))


@pytest.mark.parametrize("edition", editions())
def test_titles_are_unique_within_an_edition(edition: str) -> None:
    ids = defaultdict(list)
    for case in _cases(edition):
        ids[case.title].append(case.id)
    assert {title: names for title, names in ids.items() if len(names) > 1} == {}


def test_titles_name_their_interaction() -> None:
    cases = [entry.case for entry in collect()]
    assert {case.interaction for case in cases} <= set(WORDS)
    assert [(case.id, case.title) for case in cases if not re.search(_named(case), case.title, re.IGNORECASE)] == []


def _texts() -> Iterator[tuple[str, str]]:
    for case in (entry.case for entry in collect()):
        yield from ((f"{case.id} {part}", getattr(case, part)) for part in ("title", "why", "fix"))
    for name, fault in catalogue().items():
        yield f"fault {name}", fault.about


def test_texts_hold_no_private_words() -> None:
    assert [(where, text) for where, text in _texts() if PRIVATE.search(text)] == []


def test_titles_are_sentences_of_one_line() -> None:
    assert [
        case.id for case in (entry.case for entry in collect()) if not re.fullmatch(r"[A-Z_].*[^.\s]", case.title)
    ] == []
