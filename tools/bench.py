"""`make bench`: what matters for speed, as ratios within one run, so that the machine's own speed cancels out."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from conformance.config.bundled import bundled_config
from conformance.engine.session import Session
from conformance.provider.server_thread import start
from conformance.reporting import html
from conformance.spec import load
from tests.support.samples import large

ROUNDS = 7
READS = 100
SCENARIOS = 2_500  # of a run of full size
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
HEADLESS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync",
    "--disable-component-update", "--dump-dom",
)  # fmt: skip


def best(action: Callable[[], object]) -> float:
    """Return the shortest of several runs of an action, in seconds of wall time."""
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        action()
        times.append(time.perf_counter() - began)
    return min(times)


def process(*arguments: str) -> Callable[[], object]:
    """Return an action that runs Python with these arguments to its end."""
    return lambda: subprocess.run([sys.executable, *arguments], check=True, capture_output=True)


def start_up() -> None:
    """Print what the command line costs over a bare interpreter."""
    bare, helped = best(process("-c", "pass")), best(process("-m", "conformance", "--help"))
    print(f"start-up: --help takes {helped / bare:.1f} x a bare interpreter ({helped:.2f} s)")


def exchanges() -> None:
    """Print what a recorded, parsed exchange costs over the same request by the bare HTTP library."""
    with start(load("stu3")) as provider, tempfile.TemporaryDirectory() as folder, httpx.Client() as bare:
        session = Session(bundled_config("stu3", provider.base_url, Path(folder)))
        request = session.requests.capability()
        headers = dict(request.wire_headers())
        url = request.target(provider.base_url)
        ours = best(lambda: [session.send(request).value for _ in range(READS)])
        theirs = best(lambda: [bare.get(url, headers=headers).json() for _ in range(READS)])
        session.close()
    each = f"{1000 * ours / READS:.1f} ms each"
    print(f"exchanges: sent, recorded and parsed at {ours / theirs:.2f} x the bare HTTP library ({each})")


def report_page() -> None:
    """Print how long headless Chromium takes to open the report of a run of full size, over an empty page."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        print(f"report: not measured, as none of {', '.join(BROWSERS)} is installed")
        return
    with tempfile.TemporaryDirectory() as folder:
        empty, page = Path(folder, "empty.html"), Path(folder, "report.html")
        empty.write_text("<!DOCTYPE html><title>Empty</title>", encoding="utf-8")
        page.write_text(html.render(large(SCENARIOS, 1)), encoding="utf-8")
        options = (browser, *HEADLESS, f"--user-data-dir={folder}/profile")

        def opened(path: Path) -> float:
            return best(lambda: subprocess.run([*options, path.as_uri()], check=True, capture_output=True))

        bare, full = opened(empty), opened(page)
        size = page.stat().st_size / 1e6
    what = f"{SCENARIOS} scenarios, {size:.1f} MB"
    print(f"report: a page of {what} opens in {full / bare:.1f} x an empty page ({full - bare:.2f} s more)")


def validation() -> None:
    """Print the validator's own benchmark."""
    subprocess.run([sys.executable, str(Path(__file__).parent / "validator" / "bench_validator.py")], check=True)


def loop() -> None:
    """Print what a developer waits for when one scenario, one interaction or what failed is run again."""
    subprocess.run([sys.executable, str(Path(__file__).parent / "bench_loop.py")], check=True)


if __name__ == "__main__":
    start_up()
    exchanges()
    report_page()
    loop()
    validation()
