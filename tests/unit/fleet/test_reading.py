"""What describes a fleet: YAML and CSV, each thing wrong named, the other rows kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.core.errors import UsageError
from conformance.core.resources import data_path
from conformance.fleet.model import Fleet
from conformance.fleet.reading import own_overrides, read_fleet

URL = "https://provider.example.org/{}/STU3/1/gpconnect"


def row(code: str, number: int, more: str = "") -> str:
    return f"{URL.format(code)},{number:012d},{code}{more}"


def fleet_of(folder: Path, csv: str | None = None, more: str = "") -> Fleet:
    """Read a fleet with the shared configuration of the bundled provider."""
    text = data_path("config.example.yaml").read_text(encoding="utf-8")
    text = text.replace("past_resource: fixtures/", f"past_resource: {data_path('fixtures').as_posix()}/")
    (folder / "shared.yaml").write_text(text, encoding="utf-8")
    if csv is not None:
        (folder / "list.csv").write_text(csv, encoding="utf-8")
        more += "csv: list.csv\n"
    (folder / "fleet.yaml").write_text(f"config: shared.yaml\n{more}", encoding="utf-8")
    return read_fleet(folder / "fleet.yaml")


def remarks(fleet: Fleet) -> list[tuple[str, bool]]:
    return [(str(remark), remark.left_out) for remark in fleet.remarks]


def test_a_csv_with_shared_settings(tmp_path: Path) -> None:
    text = "\ufeffBase URL,ASID,ODS code,name,data.window.end_days\n" + "\n".join(
        [row("A1001", 1, ",,7"), "", row("A1002", 2, ",north,")]
    )
    fleet = fleet_of(tmp_path, text)
    first, second = fleet.providers
    assert (first.name, first.asid, first.place) == ("A1001", "000000000001", "list.csv line 2")
    assert own_overrides(first) == {
        "provider.base_url": f'"{URL.format("A1001")}"',
        "provider.asid": '"000000000001"',
        "provider.ods_code": '"A1001"',
        "data.window.end_days": "7",
    }
    assert (second.name, second.settings, fleet.remarks) == ("north", (), ())
    assert (fleet.pack, fleet.time_limit) == ("smoke", 900.0)
    assert "edition: stu3" in fleet.configuration
    assert fleet.added["data.appointments.past_resource"] == json.dumps(
        str(data_path("fixtures") / "past-appointment.json")
    )
    assert fleet.added["run.workers"] == "1"


def test_a_list_and_a_csv_together(tmp_path: Path) -> None:
    listed = f"""providers:
  - {{base_url: {URL.format("A1003")}/, asid: 000000000003, ods_code: A1003, settings: {{run.workers: 2}}}}
pack: core
time_limit: 60
"""
    fleet = fleet_of(tmp_path, f"base_url,asid,ods_code\n{row('A1001', 1)}\n", listed)
    assert [one.name for one in fleet.providers] == ["A1001", "A1003"]
    assert fleet.providers[1].base_url == URL.format("A1003")
    assert fleet.providers[1].settings == (("run.workers", "2"),)
    assert (fleet.pack, fleet.time_limit, fleet.providers[1].place) == ("core", 60.0, "fleet.yaml line 3")


def test_rows_that_are_wrong_are_named_and_the_others_are_kept(tmp_path: Path) -> None:
    rows = [
        row("A1001", 1), row("A1001", 1), "nonsense,000000000002,A1002", f"{URL.format('A1003')},,A1003", row("A1004", 4, ",x"),
        row("A1005", 5).replace("A1005/", "A1001/"), f"{URL.format('A1006')},12,A1006",
    ]  # fmt: skip
    fleet = fleet_of(tmp_path, "base_url,asid,ods_code\n" + "\n".join(rows))
    assert [one.name for one in fleet.providers] == ["A1001", "A1005"]
    said = remarks(fleet)
    assert [left for _, left in said] == [True, True, True, True, False, False]
    assert said[0][0].startswith("list.csv line 4: A1002: base_url: found 'nonsense'; allowed: an absolute http")
    assert said[1][0].startswith("list.csv line 5: A1003: the key asid is missing")
    assert said[2][0] == "list.csv line 6: A1004: has more cells than the first line has columns"
    assert said[3][0].startswith("list.csv line 8: A1006: asid: found '12'; allowed: an ASID: twelve digits")
    assert said[4][0] == "list.csv line 3: A1001 is listed already (list.csv line 2); it is run once"
    assert "A1005 has the base URL of A1001 (list.csv line 2)" in said[5][0]


def test_wrong_rows_of_a_list_are_named_with_their_line(tmp_path: Path) -> None:
    listed = f"""providers:
  - {{base_url: {URL.format("A1001")}, asid: 000000000001, ods_code: A1001}}
  - just text
  - {{base_url: {URL.format("A1002")}, asid: 000000000002, ods_code: A1002, asids: x}}
"""
    fleet = fleet_of(tmp_path, None, listed)
    assert [one.name for one in fleet.providers] == ["A1001"]
    assert [text for text, _ in remarks(fleet)] == [
        "fleet.yaml line 4: found 'just text'; allowed: a mapping of keys",
        "fleet.yaml line 5: A1002: asids: there is no such key; did you mean asid?",
    ]


def test_providers_with_one_code_or_one_name_are_told_apart(tmp_path: Path) -> None:
    rows = [
        row("A1001", 1, ","), row("A1001", 2, ",").replace("example", "other"),
        row("A1002", 3, ",both"), row("A1003", 4, ",BOTH"),
    ]  # fmt: skip
    fleet = fleet_of(tmp_path, "base_url,asid,ods_code,name\n" + "\n".join(rows))
    assert [one.name for one in fleet.providers] == ["A1001-000000000001", "A1001-000000000002", "both"]
    assert [left for _, left in remarks(fleet)] == [True]
    assert "the name BOTH is that of another provider (list.csv line 4)" in remarks(fleet)[0][0]


@pytest.mark.parametrize(
    ("csv", "more", "said"),
    [
        ("base_url,asid\nx,y\n", "", "lacks the column ods_code; its first line has: base_url, asid"),
        ("base_url;asid;ods_code\nx;y;z\n", "", "lacks the columns base_url, asid, ods_code"),
        ("", "", "its first line has: nothing"),
        ("base_url,asid,ods_code\n", "", "has no rows"),
        ("base_url,asid,ods_code,asid\nx,y,z,y\n", "", "has a column twice: asid"),
        ('base_url,asid,ods_code\n"x"y,1,2\n', "", "line 2 is no CSV"),
        ("base_url,asid,ods_code\n,,A1\n", "", "has no provider that can be run\n  list.csv line 2: A1: "),
        (None, "", "has no provider that can be run"),
        (None, "csv: none.csv\n", "none.csv cannot be read: No such file or directory"),
        (None, "pack: smok\nproviders: []\n", "there is no pack smok"),
        (None, "time_limit: soon\n", "time_limit: found 'soon'; allowed: a number"),
        (None, "csw: x.csv\n", "csw: there is no such key; did you mean csv?"),
    ],
)
def test_what_cannot_be_run_at_all_is_said(tmp_path: Path, csv: str | None, more: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        fleet_of(tmp_path, csv, more)
    assert said in str(caught.value)


def test_a_shared_configuration_that_is_wrong_is_said_once(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(f"base_url,asid,ods_code\n{row('A1001', 1)}\n", encoding="utf-8")
    (tmp_path / "shared.yaml").write_text("edition: stu9\n", encoding="utf-8")
    (tmp_path / "fleet.yaml").write_text("config: shared.yaml\ncsv: list.csv\n", encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_fleet(tmp_path / "fleet.yaml")
    assert "edition: found 'stu9'" in str(caught.value)
    (tmp_path / "fleet.yaml").write_text("config: none.yaml\ncsv: list.csv\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"there is no configuration file .*none\.yaml"):
        read_fleet(tmp_path / "fleet.yaml")
