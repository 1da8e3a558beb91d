"""The key of the pseudonyms is kept for the rest of a run, and for its owner only."""

from __future__ import annotations

import os
from pathlib import Path

from conformance.redaction.redactor import ConfiguredPerson, Redactor
from conformance.redaction.run_key import FILE_NAME, forget_key, keep_key, kept_key

QUINN = [ConfiguredPerson(names=("Quinn",))]


def test_the_later_part_of_a_run_gives_the_same_pseudonyms(tmp_path: Path) -> None:
    first = Redactor(people=QUINN)
    keep_key(tmp_path, first.key)
    later = Redactor(people=QUINN, key=kept_key(tmp_path))
    assert later.text("Quinn") == first.text("Quinn") != Redactor(people=QUINN).text("Quinn")
    if os.name == "posix":
        assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600


def test_a_run_without_a_key_and_a_folder_that_is_gone(tmp_path: Path) -> None:
    keep_key(tmp_path / "none", b"key")
    forget_key(tmp_path / "none")
    assert kept_key(tmp_path) is None
    (tmp_path / FILE_NAME).touch()
    assert kept_key(tmp_path) is None
    keep_key(tmp_path, b"longer than before")
    keep_key(tmp_path, b"key")
    assert kept_key(tmp_path) == b"key"
    forget_key(tmp_path)
    assert not (tmp_path / FILE_NAME).exists()
