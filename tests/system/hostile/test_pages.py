"""Scripts in every text run in no page that we write, as a real browser shows."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.config.bundled import people
from conformance.core.resources import data_path
from conformance.proving.matrix import matrix
from conformance.proving.outcome import Outcome
from conformance.proving.page import render
from conformance.proving.plan import Scope
from conformance.proving.proof import PairTrial
from conformance.spec import editions
from tests.support.trials import ERROR, PASS, SKIP, sound, trial
from tests.system.hostile.markup import MARK, marked, markup
from tests.system.hostile.trial import served

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--virtual-time-budget=10000", "--dump-dom",
)  # fmt: skip


def root_tag(page: str, profile: Path) -> str:
    """The html tag of a page after its scripts have run."""
    assert CHROMIUM is not None
    dumped = subprocess.run([CHROMIUM, *OPTIONS, f"--user-data-dir={profile}", page], capture_output=True, timeout=1200)
    text = dumped.stdout.decode(errors="replace")
    start = text.lower().index("<html")
    return text[start : text.index(">", start) + 1]


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
def test_the_browser_shows_a_script_that_runs(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        f"<html><img src=x onerror=\"document.documentElement.setAttribute('{MARK}','1')\"></html>", encoding="utf-8"
    )
    assert MARK in root_tag(page.as_uri(), tmp_path / "profile")


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
@pytest.mark.parametrize("edition", editions())
def test_no_script_runs_in_the_pages_of_a_run(edition: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    settings = {"edition": edition, "report.supplier": f"<script>{MARK}</script>", **people()}
    with served(edition, markup()) as server:
        server.armed_after = 20  # responses: the first have to be sound, or nothing would be tried
        settings["provider.base_url"] = server.url
        arguments = [sys.executable, "-m", "conformance", "run", "--config", str(data_path("config.example.yaml"))]
        arguments += [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
        ran = subprocess.run(
            [*arguments, "--out", str(out), "-k", "amend_refusals or metadata or find_results"],
            capture_output=True, text=True, timeout=1200, cwd=tmp_path,
        )  # fmt: skip
    assert ran.returncode in (0, 1), ran.stdout + ran.stderr
    pages = sorted(out.rglob("*.html"))
    holding = {page.name for page in pages if MARK in page.read_text(encoding="utf-8")}
    assert "report.html" in holding
    assert len(holding) > 1  # pages of exchanges
    for page in pages:
        assert MARK not in root_tag(page.as_uri() + "?collapsed=", tmp_path / "profile")


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
def test_no_script_runs_in_the_page_of_a_proof(tmp_path: Path) -> None:
    """Without its Content-Security-Policy, which would stop a script that the page had failed to escape."""
    good = sound()
    proof = replace(
        good,
        faults={**good.faults, "jwt.lost": "is never seen", "cancel.far": "is seen from afar"},
        clean={**good.clean, "tls.idle": Outcome("tls.idle", "", SKIP, "not tried", 0.0)},
        trials=[
            *good.trials,
            trial("cancel.far", "book.one", listed=False),
            trial("book.a", "tls.idle", PASS),
            trial("read.b", "tls.idle", ERROR),
        ],
        pairs=[PairTrial(("book.a", "jwt.lost"), (("book.one",), ()))],
        unknown=[("book.one", "book.gone")],
    )
    data = marked(matrix(proof, Scope(near=None, far=12, select="book")))
    text = render({**data, "edition": "stu3"})
    guarded = re.sub(r"<meta http-equiv=.Content-Security-Policy.[^>]*>", "", text)
    assert len(guarded) < len(text)
    page = tmp_path / "matrix.html"
    page.write_text(guarded, encoding="utf-8")
    assert guarded.count(MARK) > 100
    assert MARK not in root_tag(page.as_uri(), tmp_path / "profile")
