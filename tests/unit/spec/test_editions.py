"""Editions: found by name, made of their data and their base's, with the options chosen."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from conformance import spec
from conformance.core.errors import UsageError
from conformance.core.resources import profiles
from conformance.engine.definitions import open_definitions
from conformance.engine.expected_error import Outcome
from conformance.engine.scenario import Case
from tests.support import further_edition
from tests.support.further_edition import make_edition


@pytest.fixture
def trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> spec.Edition:
    """The edition that the tests of a further edition use, by way of the environment variable."""
    monkeypatch.setenv("GPCONNECT_EDITIONS", str(make_edition(tmp_path)))
    return spec.load(further_edition.NAME)


def made(folder: Path, name: str, text: str, monkeypatch: pytest.MonkeyPatch, **files: str) -> None:
    (folder / name).mkdir()
    for file, content in {"edition": text, **files}.items():
        (folder / name / f"{file}.yaml").write_text(content, encoding="utf-8")
    monkeypatch.setenv("GPCONNECT_EDITIONS", str(folder))


# The bundled ones


def test_each_interaction_has_one_short_name_in_all_editions() -> None:
    shorts: dict[str, set[str]] = {}
    for name in spec.bundled():
        for interaction in spec.load(name).interactions.values():
            shorts.setdefault(interaction.key, set()).add(interaction.short)
    assert [key for key, found in shorts.items() if len(found) > 1] == []
    assert len({short for (short,) in shorts.values()}) == len(shorts)


@pytest.mark.parametrize("name", spec.bundled())
def test_phrases_fit_within_a_sentence_and_are_unique(name: str) -> None:
    phrases = [interaction.phrase for interaction in spec.load(name).interactions.values()]
    assert len(set(phrases)) == len(phrases)
    assert [phrase for phrase in phrases if not phrase.startswith(("a ", "an "))] == []


def test_interactions_holds_those_of_every_edition() -> None:
    for name in spec.bundled():
        for interaction in spec.load(name).interactions.values():
            assert spec.interactions()[interaction.short].key == interaction.key


def test_the_same_choice_gives_the_same_edition() -> None:
    assert spec.load("dstu2", {"jwt_profile": "pinned"}) is spec.load("dstu2")
    assert spec.load("dstu2", {"jwt_profile": "published"}) is not spec.load("dstu2")


def test_an_edition_of_its_own_is_its_whole_lineage() -> None:
    edition = spec.load("stu3")
    assert edition.lineage == ("stu3",)
    assert edition.definition_folders == (profiles("stu3"),)


def test_a_column_without_the_edition_is_a_fault_of_ours() -> None:
    with pytest.raises(Exception, match="columns for stu3, none for edition dstu2"):
        spec.load("dstu2").pick({"stu3": 1})


# One based on another


def test_a_further_edition_is_listed_after_the_bundled_ones(trial: spec.Edition) -> None:
    assert spec.editions() == (*spec.bundled(), trial.name)
    assert trial.name not in spec.bundled()
    assert (trial.bundled, spec.load("stu3").bundled) == (False, True)


def test_its_profiles_are_the_users_to_correct(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(tmp_path, "odd", "{based_on: stu3}", monkeypatch)
    (tmp_path / "odd" / "profiles").mkdir()
    (tmp_path / "odd" / "profiles" / "broken.json").write_text("{", encoding="utf-8")
    with pytest.raises(UsageError, match=r"broken\.json"):
        open_definitions(spec.load("odd"))


def test_it_states_only_what_differs(trial: spec.Edition) -> None:
    base = spec.load("stu3")
    assert trial.lineage == ("trial", "stu3")
    assert (trial.release, trial.generation) == ("1.2.8-trial", base.generation)
    assert trial.capabilities == base.capabilities
    changed = {key for key, row in trial.interactions.items() if row != base.interactions[key]}
    assert changed == {"search_free_slots"}
    assert trial.interactions["search_free_slots"].interaction_id == further_edition.INTERACTION_ID
    assert trial.interactions["search_free_slots"].path == "/Slot"


def test_a_requirement_may_have_another_level(trial: spec.Edition) -> None:
    base = spec.load("stu3").requirements
    assert trial.requirements.keys() == base.keys()
    assert {key for key, row in trial.requirements.items() if row != base[key]} == {further_edition.SOFTENED}
    assert trial.requirements[further_edition.SOFTENED].text == base[further_edition.SOFTENED].text
    assert trial.requirements[further_edition.SOFTENED].level == "SHOULD"


def test_a_code_of_the_base_may_be_replaced(trial: spec.Edition) -> None:
    assert "REFERENCE_NOT_FOUND" not in trial.errors
    assert trial.errors[further_edition.ERROR_CODE].status == 422
    assert trial.error_code("REFERENCE_NOT_FOUND") == further_edition.ERROR_CODE
    assert trial.error_code("BAD_REQUEST") == "BAD_REQUEST"
    for text in ("REFERENCE_NOT_FOUND", "422 REFERENCE_NOT_FOUND"):
        assert str(Outcome.parse(text, trial)) == f"422 {further_edition.ERROR_CODE}"


def test_its_profile_counts_and_the_others_are_those_of_the_base(trial: spec.Edition) -> None:
    base = spec.load("stu3")
    assert [trial.profile(kind) == base.profile(kind) for kind in ("Slot", "Appointment")] == [False, True]
    assert trial.definition_folders[0] == profiles("stu3")
    assert trial.definition_folders[1].parent.name == "trial"


def test_tables_serve_it_by_the_columns_of_its_base(trial: spec.Edition) -> None:
    row = Case(
        id="a.b",
        title="t",
        interaction="book_appointment",
        verifies="STU3-BOOK-017 DSTU2-BOOK-013",
        faults="book.a stu3:book.b dstu2:book.c",
        params={"expect": {"stu3": 1, "dstu2": 2}, "only": {"dstu2": 3}, "own": {"trial": 4, "stu3": 5}},
    )
    assert row.runs_in("trial")
    assert row.requirement_ids("trial") == ("STU3-BOOK-017",)
    assert row.fault_ids("trial") == ("book.a", "book.b")
    assert (row.pick("expect", trial), row.pick("only", trial)) == (1, None)
    assert trial.pick({"trial": 4, "stu3": 5}) == 4
    assert trial.among(("stu3",))
    assert not trial.among(("dstu2",))


def test_what_it_withdraws_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(
        tmp_path,
        "less",
        "{based_on: stu3, title: L, extensions: {delivery_channel: null}}",
        monkeypatch,
        requirements="[{id: STU3-BOOK-017, withdrawn: true}]",
        interactions="{read_location: null}",
    )
    edition = spec.load("less")
    assert edition.extension("delivery_channel") is None
    assert "read_location" not in edition.interactions
    assert "STU3-BOOK-017" not in edition.requirements
    row = Case(id="a.b", title="t", interaction="book_appointment", verifies="STU3-BOOK-017 STU3-BOOK-018")
    assert row.requirement_ids("less") == ("STU3-BOOK-018",)
    assert not Case(id="a.b", title="t", interaction="read_location", verifies="STU3-LOC-001").runs_in("less")


def test_bases_may_have_bases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(tmp_path, "one", "{based_on: stu3, release: '1'}", monkeypatch)
    made(tmp_path, "two", "{based_on: one, title: Two}", monkeypatch)
    two = spec.load("two")
    assert (two.lineage, two.release, two.title) == (("two", "one", "stu3"), "1", "Two")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{based_on: odd}", "edition odd is based on itself"),
        ("{based_on: nowhere}", "there is no edition 'nowhere'"),
        ("{based_on: stu3, capabilities: {flies: true}}", "unexpected keyword argument 'flies'"),
        ("{title: alone}", "release"),
        ("[1, 2]", "not a mapping"),
        ("{a: b: c}", "edition.yaml"),
    ],
)
def test_data_that_cannot_be_used_are_the_users(
    text: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(tmp_path, "odd", text, monkeypatch)
    with pytest.raises(UsageError, match=message):
        spec.load("odd")


@pytest.mark.parametrize("rows", ["{id: STU3-BOOK-017}", "[{level: SHALL}]", "[{id: STU3-BOOK-017, colour: red}]"])
def test_requirements_that_cannot_be_used_are_the_users(
    rows: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(tmp_path, "odd", "{based_on: stu3}", monkeypatch, requirements=rows)
    with pytest.raises(UsageError, match=r"requirements\.yaml"):
        len(spec.load("odd").requirements)


def test_folders_are_added_to_those_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    made(tmp_path / "first", "one", "{based_on: stu3}", monkeypatch)
    monkeypatch.chdir(tmp_path)
    spec.use_editions(["second"])
    assert os.environ["GPCONNECT_EDITIONS"] == os.pathsep.join([str(tmp_path / "second"), str(tmp_path / "first")])
    assert spec.load("one").lineage == ("one", "stu3")


# Options


OPTIONS = [(key, value) for key, option in spec.load("dstu2").raw["options"].items() for value in option["values"]]


@pytest.mark.parametrize(("key", "value"), OPTIONS)
def test_every_value_of_an_option_can_be_chosen(key: str, value: str) -> None:
    edition = spec.load("dstu2", {key: value})
    assert edition.options[key] == value
    is_default = value == spec.load("dstu2").options[key]
    changed = (edition.raw, edition.interactions) != (spec.load("dstu2").raw, spec.load("dstu2").interactions)
    assert changed is not is_default


def test_options_change_what_they_name() -> None:
    edition = spec.load(
        "dstu2",
        {
            "slot_search_interaction": "rest:search:slot",
            "cancel_interaction": "rest:update:appointment",
            "token_organization_system": "https://fhir.nhs.uk/Id/ods-organization-code",
            "token_nhs_number_system": "https://fhir.nhs.uk/Id/nhs-number",
        },
    )
    ids = {key: row.interaction_id.rpartition("fhir:")[2] for key, row in edition.interactions.items()}
    assert ids["search_free_slots"] == "rest:search:slot"
    assert ids["cancel_appointment"] == ids["amend_appointment"] == "rest:update:appointment"
    systems = edition.raw["jwt"]["systems"]
    assert systems["organization"] == "https://fhir.nhs.uk/Id/ods-organization-code"
    assert systems["nhs_number"] == "https://fhir.nhs.uk/Id/nhs-number"
    assert systems["sds_user"] == "http://fhir.nhs.net/sds-user-id"


def test_unknown_options_and_values_are_named() -> None:
    with pytest.raises(UsageError, match="edition stu3 has no option 'jwt_profile'"):
        spec.load("stu3", {"jwt_profile": "pinned"})
    with pytest.raises(UsageError, match="option jwt_profile cannot be 'odd'"):
        spec.load("dstu2", {"jwt_profile": "odd"})
