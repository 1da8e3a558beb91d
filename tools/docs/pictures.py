"""Make the pictures of README and documentation from a real run: the report's first screen and the terminal's last lines.

    .venv/bin/python -m tools.docs.pictures [--browser chromium]

The bundled provider is served with two faults, and `gpconnect-assure run --pack core` assures it. The browser (Chromium or
Chrome, headless) draws the report and what the terminal showed. Exit code 1 where a picture is missing or over 200 kB.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from conformance.config.bundled import people
from conformance.provider.server_thread import start
from conformance.spec import load

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs" / "pictures"
FAULTS = ("book.accepts-busy-slot", "http.no-etags")
SUBJECT = {"supplier": "Example Clinical Systems", "product": "Example GP", "version": "12.4", "assurer": "A. Assurer"}
REPORT_WIDTH, REPORT_HEIGHT = 1180, 1600
SCALE = 0.7  # pixels of a picture for each of the page
MOST = 200_000  # bytes of a picture
COLUMNS, TERMINAL_WIDTH = 120, 1060  # characters of a line of the terminal, and pixels
FIRST = 6  # lines shown of those that come while the run goes on
_LINE = 20  # pixels


def played(folder: Path) -> tuple[str, str]:
    """Run against a provider with faults; return the command as a reader would type it, and what the terminal showed."""
    with start(load("stu3"), faults=FAULTS) as running:
        shutil.copy(ROOT / "config.example.yaml", folder / "my.yaml")
        shutil.copytree(ROOT / "fixtures", folder / "fixtures")
        settings = {"edition": "stu3", "provider.base_url": running.base_url, **people()}
        settings |= {f"report.{name}": value for name, value in SUBJECT.items()}
        options = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
        command = [sys.executable, "-m", "conformance", "run", "--config", "my.yaml"]
        done = subprocess.run(
            [*command, "--pack", "core", "--out", "out", *options],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
    if done.returncode != 1:
        raise SystemExit(f"The run ended with {done.returncode}, not with 1:\n{done.stdout}{done.stderr}")
    return "gpconnect-assure run --config my.yaml --pack core", done.stdout


def shortened(lines: list[str]) -> list[str]:
    """Return the first lines of a run and all from the table of verdicts on, three dots in the place of the others."""
    table = next(number for number, line in enumerate(lines) if line.startswith("Interaction "))
    return [*lines[:FIRST], "…", *lines[table:]]


def terminal_page(command: str, output: str) -> tuple[str, int]:
    """Return a page that shows a command and what it printed, and the height in pixels that it needs."""
    from rich.console import Console
    from rich.text import Text

    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True, highlight=False)
        console.print(Text(f"$ {command}", style="bold"))
        for line in shortened(output.splitlines()):
            text = Text(line)
            text.highlight_regex(r"\bFAIL\b|^Not conformant", "bold red")
            text.highlight_regex(r"\bWARN\b", "yellow")
            text.highlight_regex(r"C-[0-9a-f]{10}", "cyan")
            console.print(text)
        lines = console.export_text(clear=False).count("\n")
        body = console.export_html(inline_styles=True, code_format="<pre>{code}</pre>")
    style = "body{margin:0;background:#fff;color:#212b32}pre{margin:16px 20px;font:13.5px/20px 'DejaVu Sans Mono',monospace}"
    return f"<!doctype html><meta charset=utf-8><style>{style}</style>{body}", lines * _LINE + 32


def without(folder: Path, text: str) -> str:
    """Return a text without the path of a folder before names in it."""
    return re.sub(re.escape(str(folder.resolve())) + "/?", "", text)


def drawn(browser: str, page: Path, picture: Path, width: int, height: int) -> None:
    """Draw a page as a PNG of a size in pixels. CalledProcessError where the browser fails."""
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size={width},{height}"]
    options.append(f"--force-device-scale-factor={SCALE}")
    command = [browser, *options, f"--screenshot={picture}", page.as_uri()]
    subprocess.run(command, check=True, capture_output=True)


def main() -> int:
    """Return 0 where both pictures were made and are small enough."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--browser", default="chromium", help="the program that draws pages")
    browser = parser.parse_args().browser
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command, output = played(folder)
        report = folder / "out" / "report.html"
        report.write_text(without(folder, report.read_text(encoding="utf-8")), encoding="utf-8")
        page, height = terminal_page(command, without(folder, output))
        (folder / "terminal.html").write_text(page, encoding="utf-8")
        drawn(browser, folder / "terminal.html", PICTURES / "terminal.png", TERMINAL_WIDTH, height)
        drawn(browser, report, PICTURES / "report.png", REPORT_WIDTH, REPORT_HEIGHT)
    sizes = {path.name: path.stat().st_size for path in sorted(PICTURES.glob("*.png"))}
    print(sizes)
    return int(len(sizes) < 2 or max(sizes.values()) > MOST)


if __name__ == "__main__":
    sys.exit(main())
