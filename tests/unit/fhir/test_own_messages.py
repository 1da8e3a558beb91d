"""Messages of the bundled provider: sound as they stand, told apart once something is wrong in them, and the same in XML."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from conformance.fhir.formats.json_reader import read_json
from conformance.fhir.formats.json_writer import write_json
from conformance.fhir.formats.xml import read_xml, to_xml
from tests.support.messages import messages
from tests.support.paths import ROOT
from tests.support.proof import PROOF, sample
from tests.support.shipped import GENERATIONS, shipped
from tests.unit.fhir.test_validator import errors, make

PROFILES = ROOT / "profiles"
both = pytest.mark.parametrize("generation", GENERATIONS)


@both
def test_there_is_a_message_of_every_interaction_and_none_is_at_fault(generation: str) -> None:
    own = messages(generation)
    assert len({name.split("-")[0] for name in own}) >= 13
    validator = make(generation, PROFILES / generation)
    found = {name: errors(validator.validate_document(read_json(write_json(value)))) for name, value in own.items()}
    assert {name: wrong for name, wrong in found.items() if wrong and "OperationOutcome" not in name} == {}


@both
def test_every_message_survives_the_way_through_xml_and_back(generation: str) -> None:
    definitions = shipped(generation)
    own = messages(generation)
    for name, value in own.items():
        document = read_xml(to_xml(value, definitions), definitions)
        assert document.problems == [], name
        assert document.value == value, name
    assert len(own) >= 40


@both
def test_one_fault_at_a_time_is_told_at_its_place(generation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages of some kinds of resource, and each kind of fault at one of its places; for the proof of all, at three."""
    monkeypatch.syspath_prepend(str(ROOT / "tools" / "validator"))
    tool = importlib.import_module("mutate")
    validator, tallies = tool.validator_of(generation), {}
    kinds: dict[str, Any] = {}
    for value in messages(generation).values():
        if not errors(validator.validate(value)):
            kinds.setdefault(value["resourceType"], value)
    for kind, value in sample(list(kinds.items()), 4):
        small = value | ({"entry": value["entry"][:2]} if "entry" in value else {})
        tool.try_all(kind, small, sorted(tool.KINDS), validator, tallies, most=3 if PROOF else 1)
    total = sum(tally.total for tally in tallies.values())
    missed = [note for tally in tallies.values() for note in (*tally.missed, *tally.elsewhere)]
    assert len(tallies) >= 200
    assert total > (2000 if PROOF else 700)
    assert missed == []


def with_list(value: dict[str, Any]) -> None:
    value["address"] = [value["address"]]


def with_long_date(value: dict[str, Any]) -> None:
    value["software"] = {"name": "x", "version": "1", "releaseDate": "28 November 2026"}


def with_bare_telecom(value: dict[str, Any]) -> None:
    place = next(entry["resource"] for entry in value["entry"] if entry["resource"]["resourceType"] == "Organization")
    place["telecom"] = {"system": "phone", "value": "0113"}


def telecom_place(value: dict[str, Any]) -> str:
    kinds = [entry["resource"]["resourceType"] for entry in value["entry"]]
    return f"Bundle.entry[{kinds.index('Organization')}].resource.telecom"


@pytest.mark.parametrize(
    ("name", "spoil", "code", "path"),
    [
        ("read_location-Location-0", with_list, "list-unexpected", lambda _: "Location.address"),
        (
            "get_capability_statement-CapabilityStatement-0",
            with_long_date,
            "primitive-format",
            lambda _: "CapabilityStatement.software.releaseDate",
        ),
        ("search_free_slots-Bundle-0", with_bare_telecom, "list-expected", telecom_place),
    ],
)
def test_errors_that_publications_have_held_are_found_and_no_others(
    name: str, spoil: Callable[[dict[str, Any]], None], code: str, path: Callable[[dict[str, Any]], str]
) -> None:
    value = messages("stu3")[name]
    spoil(value)
    text = json.dumps(value, default=lambda number: float(number) if isinstance(number, Decimal) else None)
    validator = make("stu3", PROFILES / "stu3")
    assert errors(validator.validate_document(read_json(text.encode()))) == [(code, path(value))]
