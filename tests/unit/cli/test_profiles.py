"""`gpconnect-assure profiles`: list, download, verify."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.paths import ROOT, SHARED, needs_shared
from tests.unit.cli.test_validate import STU3, cli, written

__all__ = ["cli"]


def test_list_shows_what_is_loaded_from_where_and_which_version(cli: Any) -> None:
    ran = cli("profiles", "list", "--edition", "stu3")
    assert ran.code == 0
    (line,) = [line for line in ran.out.splitlines() if STU3 + "|" in line]
    assert "stu3" in line
    assert "shipped: GPConnect-Slot-1.json" in line
    assert "hl7.org/fhir/StructureDefinition/Patient|" not in ran.out
    assert "hl7.org/fhir/StructureDefinition/Patient|" in cli("profiles", "list", "--base").out


def test_list_says_what_takes_precedence(cli: Any, tmp_path: Path) -> None:
    other = {"resourceType": "StructureDefinition", "url": STU3, "version": "9"}
    path = written(tmp_path, "other.json", json.dumps(other).encode())
    rows = json.loads(cli("profiles", "list", "-e", "stu3", "-d", path, "--json").out)["definitions"]
    found = {row["version"]: row for row in rows if row["url"] == STU3}
    assert found.pop("9")["in_force"] is True
    assert [row["in_force"] for row in found.values()] == [False]


def test_an_unknown_edition_is_a_wrong_call(cli: Any) -> None:
    assert cli("profiles", "list", "-e", "r4").code == 2


def test_download_needs_a_registry(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GPCONNECT_ASSURE_REGISTRY", raising=False)
    ran = cli("profiles", "download", "demo.core")
    assert ran.code == 2
    assert "--registry URL" in ran.err


@needs_shared
@pytest.mark.parametrize("edition", ["dstu2", "stu3"])
def test_verify_explains_every_difference_from_the_publishers(cli: Any, edition: str) -> None:
    assert SHARED is not None
    ran = cli("profiles", "verify", "-e", edition, SHARED / "official" / edition)
    assert ran.code == 0, ran.out
    assert "without a reason:" not in ran.out
    compared = int(ran.out.splitlines()[-1].split()[0])
    assert compared >= 40


def test_verify_names_a_difference_that_has_no_reason(cli: Any, tmp_path: Path) -> None:
    profile = json.loads((ROOT / "profiles" / "stu3" / "GPConnect-Slot-1.json").read_text(encoding="utf-8"))
    for element in profile["differential"]["element"]:
        if element["path"] == "Slot.status":
            element["maxLength"] = 7
    path = written(tmp_path, "slot.json", json.dumps(profile).encode())
    ran = cli("profiles", "verify", "-e", "stu3", path)
    assert ran.code == 1
    assert "maxLength at GPConnect-Slot-1 Slot.status" in ran.out
    rows = json.loads(cli("profiles", "verify", "-e", "stu3", "--json", path).out)["differences"]
    assert [row["official"] for row in rows if row["aspect"] == "maxLength"] == ["7"]


def test_verify_that_compares_nothing_is_a_wrong_call(cli: Any, tmp_path: Path) -> None:
    assert cli("profiles", "verify", "-e", "stu3", tmp_path).code == 2
    assert cli("profiles", "verify", "-e", "stu3", tmp_path / "absent").code == 2
