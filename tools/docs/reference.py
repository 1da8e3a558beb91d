"""The reference pages of the documentation, written from the same data that the tool runs on."""

from __future__ import annotations

from pathlib import Path

from conformance.spec import editions, load
from tools.docs.catalogue import contradictions_page, error_codes_page, faults_page, requirements_page, variants_page
from tools.docs.command_line import command_line_page
from tools.docs.configuration import configuration_page
from tools.docs.interactions import interaction_pages
from tools.docs.markdown import contents, page, write


def write_reference(folder: Path) -> None:
    """Write all reference pages into a folder. OSError where that cannot be written."""
    write(folder / "configuration.md", configuration_page())
    write(folder / "command-line.md", command_line_page())
    for name in editions():
        _write_edition(folder / name, name)
    names = ["configuration", "command-line", *(f"{name}/index" for name in editions())]
    write(folder / "index.md", page("Reference", "Written from the data that the tool runs on.", contents(names)))


def _write_edition(folder: Path, name: str) -> None:
    edition = load(name)
    for file, text in interaction_pages(edition):
        write(folder / f"{file}.md", text)
    singles = {
        "requirements": requirements_page(edition),
        "error-codes": error_codes_page(edition),
        "contradictions": contradictions_page(edition),
        "faults": faults_page(edition),
        "variants": variants_page(edition),
    }
    for file, text in singles.items():
        write(folder / f"{file}.md", text)
    files = [file for file, _ in interaction_pages(edition)]
    about = f"{edition.title}. A page for each interaction, then what belongs to all of them."
    write(folder / "index.md", page(f"Edition {name}", about, contents([*files, *singles])))
