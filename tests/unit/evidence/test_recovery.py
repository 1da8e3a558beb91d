"""A damaged evidence file loses only what was damaged, and says so."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from conformance.core.errors import UsageError
from conformance.evidence.reader import DAMAGED, read_evidence
from conformance.evidence.schema import FILE_NAME
from conformance.evidence.writer import EvidenceWriter
from conformance.redaction.redactor import Redactor
from tests.support.samples import large, write

RUN = large(400)
PAGE = 4096


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("whole")
    writer = EvidenceWriter(folder, RUN.run, Redactor(enabled=False))
    write(writer, RUN)
    writer.finish(RUN.run)
    return (folder / FILE_NAME).read_bytes()


@pytest.fixture
def file(whole: bytes, tmp_path: Path) -> Path:
    path = tmp_path / FILE_NAME
    path.write_bytes(whole)
    return path


@pytest.mark.parametrize("share", [0.99, 0.8, 0.5])
def test_a_file_cut_short_keeps_what_was_before(file: Path, share: float) -> None:
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * share)])
    result = read_evidence(file)
    assert not result.run.complete
    (notice,) = [one for one in result.run.notices if one.code == DAMAGED]
    assert f"{len(result.scenarios)} scenarios" in notice.message
    assert len(result.scenarios) > len(RUN.scenarios) * share / 3
    whole = {one.id: one for one in RUN.scenarios}
    assert all(one.title == whole[one.id].title and one.verdict == whole[one.id].verdict for one in result.scenarios)
    assert all(result.exchanges[number].url == RUN.exchanges[number].url for number in result.exchanges)


def test_pages_of_noise_cost_what_they_held(file: Path) -> None:
    data = bytearray(file.read_bytes())
    for page in random.Random(3).sample(range(30, len(data) // PAGE), 3):
        data[page * PAGE : (page + 1) * PAGE] = random.Random(page).randbytes(PAGE)
    file.write_bytes(data)
    result = read_evidence(file)
    assert [one.code for one in result.run.notices].count(DAMAGED) == 1
    assert len(result.scenarios) > len(RUN.scenarios) / 2


def test_a_file_of_which_nothing_is_left_is_refused(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(UsageError, match=r"nothing of it can be read|cannot be read"):
        read_evidence(file)
