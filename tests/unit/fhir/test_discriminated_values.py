"""The value that a fixed or pattern value demands at the end of a discriminator's path."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.fhir.definitions.discriminator_paths import Step, parse_path
from conformance.fhir.definitions.element_definitions import FixedValue
from conformance.fhir.validation.discriminators import Direct, _demanded, _equality


def node(fixed: Any = None, pattern: Any = None) -> Any:
    values = {"fixed": fixed, "pattern": pattern}
    stated = {
        name: FixedValue("CodeableConcept", value) if value is not None else None for name, value in values.items()
    }
    return SimpleNamespace(element=SimpleNamespace(**stated))


CONCEPT = {"coding": [{"system": "urn:s", "code": "a"}, {"code": "b"}], "text": "t"}


@pytest.mark.parametrize(
    ("nodes", "path", "value"),
    [
        ([node(pattern=CONCEPT)], "coding.code", "a"),
        ([node(pattern=CONCEPT)], "text", "t"),
        ([node(fixed=CONCEPT)], "coding.system", "urn:s"),
        ([node(pattern=CONCEPT)], "coding.display", None),
        ([node(pattern={"coding": []})], "coding.code", None),
        ([node(pattern={"coding": "x"})], "coding.code", None),
        ([node()], "text", None),
        ([], "text", None),
        ([node(), node(pattern={"text": "later"})], "text", "later"),
        ([node(fixed={"text": "fixed"}, pattern={"text": "pattern"})], "text", "fixed"),
        ([node(fixed={"other": 1}, pattern={"text": "pattern"})], "text", "pattern"),
    ],
)
def test_the_value_at_the_end_of_a_path(nodes: list[Any], path: str, value: Any) -> None:
    steps = parse_path(path)
    assert steps is not None
    found = _demanded(cast(Any, tuple(nodes)), steps)
    assert (found.value if found else None) == value
    assert found is None or found.type == "CodeableConcept"


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("url", [("name", "url")]),
        ("$this", []),
        ("a.b", [("name", "a"), ("name", "b")]),
        ("extension('urn:x').value", [("url", "urn:x"), ("name", "value")]),
        ("a.resolve().b", [("name", "a"), ("resolve", "resolve()"), ("name", "b")]),
        ("value.ofType(Coding)", [("name", "value"), ("type", "Coding")]),
        ("a..b", None),
        ("a b", None),
        ("a.where(x)", None),
        ("", []),
    ],
)
def test_the_steps_of_a_path(path: str, steps: list[tuple[str, str]] | None) -> None:
    found = parse_path(path)
    assert (found if found is None else [(one.kind, one.text) for one in found]) == steps


def test_a_text_in_one_member_is_looked_up_directly() -> None:
    assert isinstance(_equality(FixedValue("Uri", "u"), [Step("name", "system")], str), Direct)
    for value, steps in (
        ({"a": 1}, [Step("name", "system")]),
        ("u", [Step("name", "a"), Step("name", "b")]),
        ("u", [Step("url", "urn:x")]),
        ("u", []),
    ):
        assert not isinstance(_equality(FixedValue("Uri", value), steps, str), Direct)
