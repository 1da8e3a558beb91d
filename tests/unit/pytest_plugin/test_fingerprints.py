"""Hashes of what a run was judged with: the same for the same files, others where a file changes in name or content."""

from __future__ import annotations

import hashlib
from pathlib import Path

import conformance
from conformance.pytest_plugin.fingerprints import of_files, of_tool


def test_it_is_the_hash_of_what_sha256sum_prints(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_bytes(b"two")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.txt").write_bytes(b"one")
    lines = "".join(
        f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in (("a/x.txt", b"one"), ("b.txt", b"two"))
    )
    assert of_files(tmp_path, tmp_path.rglob("*")) == hashlib.sha256(lines.encode()).hexdigest()


def test_a_name_and_a_content_count(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"one")
    first = of_files(tmp_path, tmp_path.rglob("*"))
    file.write_bytes(b"two")
    second = of_files(tmp_path, tmp_path.rglob("*"))
    file.rename(tmp_path / "b.txt")
    third = of_files(tmp_path, tmp_path.rglob("*"))
    assert len({first, second, third}) == 3


def test_that_of_the_tool_is_of_its_python_files_and_of_nothing_else() -> None:
    package = Path(conformance.__file__).parent
    assert of_tool() == of_files(package, package.rglob("*.py"))
    assert of_tool() != of_files(package, package.rglob("*"))
