"""Writes profiles/<generation>/index.json: what each definition file holds, to find one without parsing the rest."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from definition_facts import Json, write_json

ROOT = Path(__file__).resolve().parents[2]
KEPT = ("url", "version", "resourceType", "id", "kind")


def entry(path: Path, folder: Path) -> Json:
    """One line of the index: canonical URL, version, type and the file's place relative to its generation's folder."""
    content = json.loads(path.read_text(encoding="utf-8"))
    found = {name: content[name] for name in KEPT if name in content}
    if kind := content.get("type") or content.get("constrainedType"):
        found["type"] = kind
    if system := content.get("codeSystem", {}).get("system"):
        found["system"] = system
    return found | {"file": path.relative_to(folder).as_posix()}


def index(folder: Path) -> Json:
    """The index of one generation's folder, sorted by file."""
    files = sorted(path for path in folder.rglob("*.json") if path.name != "index.json")
    return {"generation": folder.name, "entries": [entry(path, folder) for path in files]}


def main() -> int:
    for folder in sorted((ROOT / "profiles").iterdir()):
        if folder.is_dir():
            write_json(folder / "index.json", index(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
