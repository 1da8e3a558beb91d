"""The published schema and the dataclasses say the same, and the example says all of it."""

from __future__ import annotations

import types
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
import yaml
from jsonschema import Draft202012Validator

from conformance.config import load_config
from conformance.config.bundled import bundled_config
from conformance.config.loading import schema
from conformance.config.model import Appointments, Config
from conformance.spec import editions
from tests.support.configs import config_for
from tests.support.paths import ROOT

EXAMPLE = ROOT / "config.example.yaml"


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    reference = node.get("$ref")
    return schema()["$defs"][reference.rpartition("/")[2]] if reference else node


def dataclass_in(kind: Any) -> Any:
    if is_dataclass(kind):
        return kind
    if get_origin(kind) in (Union, types.UnionType, tuple):
        return next(filter(None, map(dataclass_in, get_args(kind))), None)
    return None


def sections(kind: Any, node: dict[str, Any], name: str) -> list[tuple[str, Any, dict[str, Any]]]:
    found = [(name, kind, node)]
    hints = get_type_hints(kind)
    for key, below in node["properties"].items():
        inner = dataclass_in(hints.get(key))
        if inner is not None:
            item = resolved(resolved(below).get("items", below))
            found += sections(inner, item, f"{name}.{key}")
    return found


SECTIONS = sections(Config, schema(), "config")


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(schema())
    assert len(SECTIONS) > 12
    assert set(schema()["properties"]["edition"]["examples"]) == set(editions())


@pytest.mark.parametrize(("name", "kind", "node"), SECTIONS, ids=[name for name, _, _ in SECTIONS])
def test_schema_and_dataclass_have_the_same_keys(name: str, kind: Any, node: dict[str, Any]) -> None:
    assert set(node["properties"]) == {item.name for item in fields(kind)} - {"path"}
    assert node["additionalProperties"] is False
    described = [resolved(below) | below for below in node["properties"].values()]
    assert all(below.get("description") or below.get("properties") for below in described)


def keys_of(node: dict[str, Any], prefix: str = "") -> set[str]:
    found = set()
    for key, below in node.get("properties", {}).items():
        found.add(f"{prefix}{key}")
        found |= keys_of(resolved(resolved(below).get("items", below)), f"{prefix}{key}.")
    return found


def test_the_example_names_every_key() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    missing = sorted(key for key in keys_of(schema()) if f"{key.rpartition('.')[2]}:" not in text)
    assert not missing


def test_the_example_is_valid_and_fits_the_bundled_practice() -> None:
    config = load_config(EXAMPLE)
    practice = yaml.safe_load((ROOT / "fixtures" / "practice.yaml").read_text(encoding="utf-8"))
    people = yaml.safe_load((ROOT / "fixtures" / "patients.yaml").read_text(encoding="utf-8"))
    consumer = practice["consumers"][0]
    assert (config.provider.asid, config.provider.ods_code) == (practice["asid"], practice["ods"])
    assert config.provider.base_url.endswith(practice["paths"][config.edition])
    assert (config.consumer.asid, config.consumer.ods_code) == (consumer["asid"], consumer["ods"])
    assert (config.consumer.organization.name, config.consumer.organization.type) == (
        consumer["name"],
        consumer["type"],
    )
    assert set(config.data.practitioners) <= {row["sds_user"] for row in practice["practitioners"]}
    assert set(config.data.locations) <= {row["site"] for row in practice["locations"]}
    assert config.data.organization_ods in {row["ods"] for row in practice["organizations"]}
    empty = config.data.empty_range
    assert empty and (empty.first, empty.last) == (practice["empty_range"]["from"], practice["empty_range"]["to"])
    assert_are_held(config.data.appointments)
    by_number = {row["nhs"]: row for row in people["patients"]}
    for patient in config.data.patients:
        assert_fits(by_number[patient.nhs_number], patient.roles)


def assert_are_held(named: Appointments) -> None:
    """The appointments named are in the fixture's diary, each on a day that fits its name."""
    diary = yaml.safe_load((ROOT / "fixtures" / "diary.yaml").read_text(encoding="utf-8"))
    days = {row["id"]: row["day"] for row in diary["appointments"] if row.get("status", "booked") == "booked"}
    assert days[named.past] < days[named.earlier_today] == 0 < days[named.own_system]


def assert_fits(row: dict[str, Any], roles: tuple[str, ...]) -> None:
    """Roles are as the fixture has the patient."""
    assert ("deceased" in roles) == (row.get("status") == "deceased")
    assert ("inactive" in roles) == (row.get("status") == "left")
    assert ("temporary" in roles) == (row.get("registration") == "T")
    for flag in ("dissent", "sensitive"):
        assert (flag in roles) == (flag in row.get("flags", ()))


def test_the_example_says_of_pds_what_the_fixture_says() -> None:
    config = load_config(EXAMPLE)
    people = yaml.safe_load((ROOT / "fixtures" / "patients.yaml").read_text(encoding="utf-8"))
    states = {row["nhs"]: row for row in people["pds"]}
    unknown = set(people["unknown"])
    assert config.data.unknown.nhs_number in unknown
    for person in config.data.registrations:
        row = states.get(person.nhs_number)
        if row:
            told = (row["state"], row["name"]["family"], row["name"]["given"][0], str(row["born"]), row["gender"])
            assert told == (person.refused, person.family, person.given, person.birth_date, person.gender)
        else:
            group = "leavers" if person.inactive else "pool"
            assert person.nhs_number in (unknown if person.refused == "not-on-pds" else people[group]["nhs"])


@pytest.mark.parametrize("edition", editions())
def test_the_bundled_configuration_is_the_example(edition: str, tmp_path: Path) -> None:
    config = bundled_config(edition, "http://127.0.0.1:9/x", tmp_path)
    example = load_config(EXAMPLE)
    assert (config.edition, config.provider.base_url, config.run.reports) == (edition, "http://127.0.0.1:9/x", tmp_path)
    assert config.consumer == example.consumer
    known = len(example.data.patients)
    assert config.data.patients[:known] == example.data.patients
    assert {patient.roles for patient in config.data.patients[known:]} == {("spare",)}
    named = example.data.registrations
    assert config.data.registrations[: len(named)] == named
    assert len(config.data.registrations) > 100
    pool = {person.nhs_number: person for person in bundled_config(edition, "http://h", tmp_path).data.registrations}
    assert len(pool) == len(config.data.registrations)
    assert config_for(edition, "http://127.0.0.1:9/x", tmp_path) == config


def _fixture_people() -> dict[str, Any]:
    people: dict[str, Any] = yaml.safe_load((ROOT / "fixtures" / "patients.yaml").read_text(encoding="utf-8"))
    return people


def test_the_named_people_are_as_the_pool_names_them(tmp_path: Path) -> None:
    from conformance.config.bundled import _pool

    pool = {person.nhs_number: person for person in _pool(_fixture_people())}
    named = [person for person in load_config(EXAMPLE).data.registrations if not person.refused]
    assert named
    assert [pool[person.nhs_number] for person in named] == named
