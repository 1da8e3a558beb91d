"""Node ids of scenarios as arguments of pytest."""

from __future__ import annotations

from pathlib import Path

from conformance.pytest_plugin.node_ids import SCENARIOS, NodeIds, take_out

ONE = "appointments/test_book.py::test_response[stu3:book.times]"


def test_what_exists_where_pytest_is_called_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "appointments").mkdir()
    (tmp_path / "appointments/test_book.py").touch()
    assert take_out([ONE, "tests", "-"], tmp_path) == ([ONE, "tests", "-"], NodeIds())


def test_a_node_id_of_a_scenario_stands_for_the_folder_of_the_scenarios(tmp_path: Path) -> None:
    arguments, nodes = take_out(["tests", ONE], tmp_path)
    assert arguments == ["tests", str(SCENARIOS)]
    assert nodes.given == (ONE,)


def test_what_it_names_is_taken_and_the_rest_ignored() -> None:
    nodes = NodeIds((ONE, "protocol/test_jwt.py::test_refused"))
    assert nodes.takes(ONE)
    assert nodes.takes("protocol/test_jwt.py::test_refused[stu3:jwt.x]")
    assert not nodes.takes("protocol/test_jwt.py::test_refused_otherwise[stu3:jwt.x]")
    assert not nodes.ignores(SCENARIOS)
    assert not nodes.ignores(SCENARIOS / "appointments")
    assert not nodes.ignores(SCENARIOS / "appointments/test_book.py")
    assert nodes.ignores(SCENARIOS / "appointments/test_read.py")
    assert nodes.ignores(SCENARIOS / "foundations")
    assert not nodes.ignores(Path("/elsewhere/test_x.py"))


def test_without_node_ids_everything_is_taken() -> None:
    assert NodeIds().takes("anything")
    assert not NodeIds().ignores(SCENARIOS / "foundations")
