"""The Python functions say what the expressions say, as the engines understand them."""

from __future__ import annotations

import random
from itertools import chain
from typing import Any

import pytest

from conformance.fhir.definitions.store import Definitions
from conformance.fhir.invariants import table
from conformance.fhir.invariants.fhirpath import fhirpath_evaluator
from conformance.fhir.invariants.functions import later
from conformance.fhir.invariants.rules import CannotRunError
from conformance.fhir.invariants.xpath import xpath_evaluator
from conformance.fhir.validation.context import Run, Scope
from tests.support.cases_runner import PROFILES
from tests.support.paths import SHARED, needs_shared

# What the objects an expression looks at may hold; each value is drawn or left out.
CODES = [
    "proposed",
    "cancelled",
    "booked",
    "searchset",
    "history",
    "batch",
    "transaction",
    "batch-response",
    "document",
]
DATES = ["2020-01-01T10:00:00Z", "2020-01-01T11:00:00Z"]
UCUM = "http://unitsofmeasure.org"


def _some(rng: random.Random, members: dict[str, Any], chance: float) -> dict[str, Any]:
    return {key: value for key, value in members.items() if rng.random() < chance}


def _draw(rng: random.Random, kind: str) -> Any:
    quantity = {"value": rng.choice([1, 2]), "code": "m", "system": UCUM}
    entry = {
        "fullUrl": rng.choice(
            ["http://a.test/Patient/1", "http://a.test/Patient/2", "http://a.test/Patient/1/_history/2"]
        ),
        "resource": {"resourceType": "Patient", "meta": {"versionId": rng.choice(["1", "2"])}},
        "search": {"mode": "match"},
        "request": {"method": "GET", "url": "a"},
        "response": {"status": "200"},
    }
    options: dict[str, dict[str, Any]] = {
        "Appointment": {"start": rng.choice(DATES), "end": rng.choice(DATES), "status": rng.choice(CODES[:3])},
        "Appointment.participant": {"type": [{"text": "a"}], "actor": {"display": "a"}, "status": "accepted"},
        "Attachment": {"data": "YQ==", "contentType": "a/b"},
        "Bundle": {
            "type": rng.choice(CODES[3:]),
            "total": 1,
            "identifier": rng.choice([{"system": "a", "value": "b"}, {"value": "b"}]),
            "entry": [_some(rng, entry, 0.4) or {"link": [{"relation": "a", "url": "b"}]} for _ in range(2)],
        },
        "Bundle.entry": entry,
        "ContactPoint": {"value": "1", "system": "phone", "use": rng.choice(["home", "work"])},
        "Address": {"city": "A", "use": rng.choice(["home", "work"])},
        "Organization": {"name": "A", "identifier": [{"value": "1"}]},
        "Patient": {
            "contained": [
                {
                    "resourceType": "Organization",
                    "id": rng.choice(["o", "p"]),
                    **({"text": {"status": "empty"}} if rng.random() < 0.3 else {}),
                    **({"meta": {"versionId": "1"}} if rng.random() < 0.3 else {}),
                    **({"contained": [{"resourceType": "Location", "id": "l"}]} if rng.random() < 0.3 else {}),
                }
            ],
            "managingOrganization": {"reference": "#o"},
            "active": True,
        },
        "Patient.contact": {"name": {"text": "a"}, "telecom": [{"value": "1"}], "gender": "male"},
        "Period": {"start": rng.choice(DATES), "end": rng.choice(DATES)},
        "Quantity": {"value": rng.choice([1, 0]), "code": rng.choice(["1", "a"]), "system": UCUM},
        "Range": {"low": quantity, "high": {**quantity, "value": rng.choice([1, 2])}},
        "Ratio": {
            "numerator": quantity,
            "denominator": quantity,
            "extension": [{"url": "http://a.test", "valueCode": "a"}],
        },
        "Extension": {
            "url": "http://a.test",
            "valueCode": "a",
            "extension": [{"url": "http://b.test", "valueCode": "a"}],
        },
        "Parameters.parameter": {
            "name": "a",
            "valueString": "a",
            "resource": {"resourceType": "Patient"},
            "part": [{"name": "b"}],
        },
    }
    drawn = _some(rng, options[kind], 0.6)
    return {"resourceType": kind, **drawn} if kind in ("Appointment", "Bundle", "Organization", "Patient") else drawn


STU3_KINDS = {
    "extension.exists() != value.exists()": "Extension",
    "type.exists() or actor.exists()": "Appointment.participant",
    "start.empty() xor": "Appointment",
    "(start.exists() and": "Appointment",
    "data.empty()": "Attachment",
    "total.empty()": "Bundle",
    "entry.": "Bundle",
    "type = 'document'": "Bundle",
    "resource.exists() or": "Bundle.entry",
    "fullUrl.contains": "Bundle.entry",
    "value.empty() or system": "ContactPoint",
    "contained.": "Patient",
    "(identifier.count()": "Organization",
    "where(use": "Address",
    "name.exists()": "Patient.contact",
    "start.empty() or end.empty() or (start": "Period",
    "code.empty()": "Quantity",
    "low.empty()": "Range",
    "(numerator": "Ratio",
    "(part.exists()": "Parameters.parameter",
}
# The engine cannot run these; their functions are tested by cases below.
ENGINE_CANNOT = ("(code or value.empty())", "code.exists() implies", "low.empty()")


def _run(value: Any) -> Run:
    resource = value if "resourceType" in value else {"resourceType": "Basic"}
    return Run(Scope(resource, resource, (None, "x")), resource)


def _kind(text: str) -> str:
    return next(
        kind for start, kind in sorted(STU3_KINDS.items(), key=lambda pair: -len(pair[0])) if text.startswith(start)
    )


@pytest.mark.parametrize("text", [t for t in table.STU3 if not t.startswith(ENGINE_CANNOT)])
def test_a_function_agrees_with_fhirpath(text: str) -> None:
    rng, kind, seen = random.Random(7), _kind(text), set()
    function = table.fast_function(text)
    assert function is not None
    evaluate = fhirpath_evaluator(text, kind)
    for _ in range(100):
        value = _draw(rng, kind)
        expected = evaluate(value, (None, kind), _run(value))
        if expected is not None:  # undefined: neither right nor wrong
            assert (function(value, _run(value)) is None) is expected, value
            seen.add(expected)
    assert True in seen
    assert False in seen, "the values drawn never broke the invariant"


def test_what_the_engine_cannot_run_is_known() -> None:
    texts = [t for t in table.STU3 if t.startswith(ENGINE_CANNOT)]
    assert len(texts) == 6
    failing = []
    for text in texts:
        quantity = {"value": 1, "code": "a", "system": UCUM}
        value = {"low": quantity, "high": quantity} if text.startswith("low") else quantity
        try:
            fhirpath_evaluator(text, "Quantity")(value, (None, "Quantity"), _run(value))
        except CannotRunError:
            failing.append(text)
    assert (
        len(failing) == 5
    )  # a duration's is run; the engine takes `code` alone for no condition, and cannot compare quantities


@pytest.mark.parametrize(
    ("start", "value", "sound"),
    [
        ("low.empty()", {"low": {"value": 2}, "high": {"value": 1}}, False),
        ("low.empty()", {"low": {"value": 1}, "high": {"value": 1}}, True),
        ("low.empty()", {"low": {"value": 2, "code": "m"}, "high": {"value": 1, "code": "km"}}, True),
        ("code.exists() implies", {"code": "min", "system": UCUM, "value": 1}, True),
        ("code.exists() implies", {"code": "min", "system": UCUM}, False),
        (
            "(code or value.empty()) and (system.empty() or system = %ucum) and (value.empty()",
            {"value": 0, "code": "a"},
            False,
        ),
        (
            "(code or value.empty()) and (system.empty() or system = %ucum) and (value.empty()",
            {"value": 1, "code": "a"},
            True,
        ),
        ("(code or value.empty()) and (system.empty() or system = %ucum) and (value.empty()", {"value": 1}, False),
        (
            "(code or value.empty()) and (system.empty() or system = %ucum) and (code",
            {"value": 2, "code": "1", "system": UCUM},
            True,
        ),
        (
            "(code or value.empty()) and (system.empty() or system = %ucum) and (code",
            {"value": 2, "code": "m", "system": UCUM},
            False,
        ),
        (
            "(code or value.empty()) and (system.empty() or system = 'urn",
            {"value": 2, "code": "GBP", "system": "urn:iso:std:iso:4217"},
            True,
        ),
        (
            "(code or value.empty()) and (system.empty() or system = 'urn",
            {"value": 2, "code": "GBP", "system": UCUM},
            False,
        ),
    ],
)
def test_functions_for_what_the_engine_cannot_run(start: str, value: Any, sound: bool) -> None:
    function = table.fast_function(next(t for t in table.STU3 if t.startswith(start)))
    assert function is not None
    assert (function(value, _run(value)) is None) is sound


DSTU2_KINDS = {
    "(exists(f:type) or": "Appointment.participant",
    "exists(f:start)": "Appointment",
    "((exists(f:start)": "Appointment",
    "not(exists(f:data))": "Attachment",
    "not(f:total)": "Bundle",
    "not(f:entry/f:search)": "Bundle",
    "not(f:entry/f:request)": "Bundle",
    "not(f:entry/f:response)": "Bundle",
    "f:resource or": "Bundle.entry",
    "exists(f:fullUrl)": "Bundle.entry",
    "count(f:entry": "Bundle",
    "not(exists(f:value))": "ContactPoint",
    "not(exists(f:code))": "Quantity",
    "empty(f:contained": "Patient",
    "count(f:identifier": "Organization",
    "count(f:use": "Address",
    "f:name or": "Patient.contact",
}
# Looked at from inside a contained resource, or repaired on purpose (see the functions' module): tested by cases.
APART = ("not(parent::f:contained", "not(exists(for $id", "not(f:entry/f:transaction", "not(exists(f:start))")
# Where an object of a kind stands in a resource, for its XML form.
HOLDERS: dict[str, tuple[str, tuple[str | int, ...]]] = {
    "Appointment.participant": ("Appointment", ("participant", 0)),
    "Attachment": ("Patient", ("photo", 0)),
    "Bundle.entry": ("Bundle", ("entry", 0)),
    "ContactPoint": ("Patient", ("telecom", 0)),
    "Address": ("Patient", ("address", 0)),
    "Patient.contact": ("Patient", ("contact", 0)),
}


def _in_resource(kind: str, value: Any) -> tuple[Any, tuple[Any, ...]]:
    """The value inside a resource, and its location there."""
    if kind not in HOLDERS:
        return value, (None, kind)
    holder, path = HOLDERS[kind]
    return {"resourceType": holder, path[0]: [value]}, (((None, holder), path[0]), 0)


@pytest.fixture(scope="module")
def dstu2() -> Definitions:
    return Definitions("dstu2").open(PROFILES / "dstu2" / "base")


@pytest.mark.parametrize("text", [t for t in table.DSTU2 if not t.startswith(APART)])
def test_a_function_agrees_with_xpath(text: str, dstu2: Definitions) -> None:
    rng, seen = random.Random(11), set()
    kind = next(k for start, k in sorted(DSTU2_KINDS.items(), key=lambda pair: -len(pair[0])) if text.startswith(start))
    function = table.fast_function(text)
    assert function is not None
    evaluate = xpath_evaluator(text, dstu2)
    for _ in range(150):
        value = _draw(rng, kind)
        if not value or kind == "Quantity":
            value = {"value": 1, **value} if kind == "Quantity" else {"id": "x"}
        resource, location = _in_resource(kind, value)
        if kind == "Quantity":
            resource = {"resourceType": "Patient", "extension": [{"url": "http://a.test", "valueQuantity": value}]}
            location = ((((None, "Patient"), "extension"), 0), "valueQuantity")
        run = Run(Scope(resource, resource, (None, "x")), resource)
        expected = evaluate(value, location, run)  # type: ignore[arg-type]
        assert expected is not None
        assert (function(value, run) is None) is expected, value
        seen.add(expected)
    assert seen == {True, False}


@pytest.mark.parametrize(
    ("one", "other", "is_later"),
    [
        ("2020-01-01T10:00:00+01:00", "2020-01-01T09:30:00Z", False),
        ("2020-01-01T10:00:00Z", "2020-01-01T09:30:00Z", True),
        ("2020-02", "2020-01-31", True),
        ("2020-01", "2020-01-31", False),
        ("2020", "2019-12-31T23:00:00Z", True),
        ("not a date", "2020", True),
        ("2020-01-01T99:00:00Z", "2020-01-01T10:00:00Z", False),
        ("2020-01-01T10:00:00", "2020-01-01T10:00:00Z", False),
    ],
)
def test_dates_are_compared_as_far_as_they_are_precise(one: str, other: str, is_later: bool) -> None:
    assert later(one, other) is is_later


@needs_shared
@pytest.mark.parametrize("generation", ["dstu2", "stu3"])
def test_every_invariant_of_the_publishers_profiles_has_a_function(generation: Any) -> None:
    assert SHARED is not None
    definitions = Definitions(generation).open(SHARED / "official" / generation)
    texts = set()
    for url, _, _ in definitions.all():
        structure = definitions.structure(url)
        for element in chain(structure.snapshot, structure.differential):
            texts |= {(c.xpath if generation == "dstu2" else c.expression) or "" for c in element.constraints}
    missing = [t for t in texts if not table.is_structural(t) and table.fast_function(t) is None]
    assert len(texts) >= 20
    assert missing == []
