"""Judges example messages in four ways and says where the ways differ: our profiles and the publisher's, JSON and XML.

    python tools/validator/judge_examples.py EXAMPLES OFFICIAL [--quiet]

EXAMPLES holds folders `dstu2*` and `stu3`, OFFICIAL folders `dstu2` and `stu3` of definitions. Prints each example's
verdict with its errors, then every difference; exit code 1 when there is one that nothing explains.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from conformance.cli.definitions import load_edition, open_definitions, spellings
from conformance.core import resources
from conformance.fhir.definitions.store import Definitions
from conformance.fhir.formats.json_reader import Document, read_json
from conformance.fhir.formats.json_writer import write_json
from conformance.fhir.formats.xml import NotExpressible, read_xml, to_xml
from conformance.fhir.issues import Issue
from conformance.fhir.rendering import as_text
from conformance.fhir.terminology.value_sets import OfflineTerminology
from conformance.fhir.validation.validator import Validator

# XML has no lists and no types of its own: these faults can only be made in JSON.
JSON_ONLY = frozenset(["list-expected", "list-unexpected", "empty-list", "wrong-json-type", "duplicate-key"])

Said = Counter[tuple[str, ...]]


def validator_of(definitions: Definitions) -> Validator:
    return Validator(definitions, terminology=OfflineTerminology(definitions))


def official_validator(edition: str, folder: Path) -> Validator:
    """Only FHIR's own types of ours, all else the publisher's."""
    loaded = load_edition(edition)
    definitions = Definitions(loaded.generation).open(resources.profiles(loaded.generation) / "base", folder)
    for spelling, canonical in spellings(loaded):
        definitions.alias(spelling, canonical)
    return validator_of(definitions)


def said(issues: list[Issue]) -> Said:
    """What the issues say, without what has to differ: lines, and the labels of elements."""
    return Counter((one.severity.value, one.kind, one.code, one.path, one.found or "") for one in issues)


def read(data: bytes, definitions: Definitions) -> Document:
    return read_xml(data, definitions) if data.lstrip()[:1] == b"<" else read_json(data)


def other_form(document: Document, definitions: Definitions) -> Document | None:
    """The document once more by way of the other format; None where XML cannot hold it."""
    if document.format == "xml":
        return read_json(write_json(document.value))
    try:
        return read_xml(to_xml(document.value, definitions), definitions)
    except NotExpressible:
        return None


def differences(name: str, what: str, one: Said, other: Said) -> Iterator[str]:
    for key, count in ((one - other) | (other - one)).items():
        side = what.split("/")[0 if one[key] > other[key] else 1]
        yield f"{name}: only {side}: {' '.join(key)[:200]}" + (f" ({count} times)" if count > 1 else "")


def judge(path: Path, ours: Validator, official: Validator) -> tuple[list[Issue], list[str], int]:
    """The issues of one example, the unexplained differences, and the number of faults that only JSON can have."""
    document = read(path.read_bytes(), ours.definitions)
    issues = ours.validate_document(document)
    name = f"{path.parent.name}/{path.name}"
    found = list(differences(name, "ours/official", said(issues), said(official.validate_document(document))))
    again = other_form(document, ours.definitions) if document.readable else None
    if again is None:
        return issues, found, 0
    kept = [one for one in issues if one.code not in JSON_ONLY]
    in_json, in_xml = ("JSON", "XML") if document.format == "json" else ("XML", "JSON")
    other = said(ours.validate_document(again))
    found += differences(name, f"{in_json}/{in_xml}", said(kept), other)
    return issues, found, len(issues) - len(kept)


def main() -> int:
    parser = argparse.ArgumentParser(description="Judge example messages in four ways.")
    parser.add_argument("examples", type=Path)
    parser.add_argument("official", type=Path)
    parser.add_argument("--quiet", action="store_true", help="print no issues, only verdicts and differences")
    chosen = parser.parse_args()
    found, count, sound, json_only = [], 0, 0, 0
    for edition in ("dstu2", "stu3"):
        ours = validator_of(open_definitions(load_edition(edition)))
        official = official_validator(edition, chosen.official / edition)
        for path in sorted(one for folder in chosen.examples.glob(f"{edition}*") for one in folder.iterdir()):
            issues, differing, only = judge(path, ours, official)
            text = as_text(f"{path.parent.name}/{path.name}", issues)
            print(text.splitlines()[0] if chosen.quiet else text)
            found += differing
            count, json_only = count + 1, json_only + only
            sound += not any(one.is_error for one in issues)
    print("\n".join(found))
    print(f"{count} examples, {sound} conformant; {len(found)} differences between ours and official, JSON and XML")
    print(f"({json_only} faults lie in the JSON form alone, which XML cannot show: lists and single values)")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
