"""Two recorded runs of the bundled provider, with faults and variants, judged again: a verdict that changes shows in review.

The lists of verdicts lie in tests/recorded/EDITION.txt. Where a rule was changed on purpose they are written anew by
`python tools/record_fixtures.py --verdicts`; where scenarios of the selection send something else, or the schema of the
evidence changed, the runs are recorded anew by `python tools/record_fixtures.py`.
"""

from __future__ import annotations

import difflib
import lzma
from pathlib import Path

import pytest

from conformance.core.results import Verdict
from conformance.evidence.schema import FILE_NAME
from conformance.rejudging.run import JudgedAgain, rejudge
from conformance.rejudging.verdict_list import verdict_lines
from conformance.spec import bundled
from tests.support.paths import ROOT

RECORDED = ROOT / "tests" / "recorded"


@pytest.fixture(scope="module", params=bundled())
def again(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, JudgedAgain]:
    folder = tmp_path_factory.mktemp(request.param)
    (folder / FILE_NAME).write_bytes(lzma.decompress((RECORDED / f"{request.param}.sqlite.xz").read_bytes()))
    return request.param, rejudge(folder, folder / "again")


def test_the_verdicts_are_those_that_were_read_in_review(again: tuple[str, JudgedAgain]) -> None:
    edition, judged = again
    known = (RECORDED / f"{edition}.txt").read_text(encoding="utf-8").splitlines()
    changed = difflib.unified_diff(
        known, verdict_lines(judged.result.scenarios), f"{edition}.txt", "now", lineterm="", n=0
    )
    text = "\n".join(changed)
    assert not text, f"{text}\nIf the change is meant: python tools/record_fixtures.py --verdicts {edition}"


def test_every_scenario_can_be_judged_again(again: tuple[str, JudgedAgain]) -> None:
    edition, judged = again
    lost = [f"{one.id}: {one.reason}" for one in judged.lost]
    assert not lost, f"If these scenarios send something else on purpose: python tools/record_fixtures.py {edition}"
    assert judged.missing == ()


def test_the_recorded_provider_has_faults_and_passes_the_rest(again: tuple[str, JudgedAgain]) -> None:
    _, judged = again
    counts = judged.result.summary()
    assert counts[Verdict.FAIL] >= 3
    assert counts[Verdict.PASS] > 100
    assert counts[Verdict.ERROR] == 0


def test_nothing_of_the_recording_machine_or_of_people_is_in_the_recorded_runs(again: tuple[str, JudgedAgain]) -> None:
    _, judged = again
    texts = [
        str(judged.original.run),
        *(str(judged.original.exchanges[number]) for number in judged.original.exchanges),
    ]
    for word in ("/work/", "/home/", "/root/", "9000000009", "Meakin"):
        assert not any(word in text for text in texts), word


def test_the_files_are_small() -> None:
    assert all(path.stat().st_size < 400_000 for path in Path(RECORDED).iterdir())
