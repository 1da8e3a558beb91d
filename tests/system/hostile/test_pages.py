"""Scripts in every field of every response run in no page that a run writes, as a real browser shows."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.config.bundled import people
from conformance.core.resources import data_path
from conformance.spec import editions
from tests.system.hostile.markup import MARK, markup
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
    for page in ("report.html", "pytest.html"):
        assert MARK in (out / page).read_text(encoding="utf-8")
        assert MARK not in root_tag((out / page).as_uri() + "?collapsed=", tmp_path / "profile")
