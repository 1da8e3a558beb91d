"""Files that the validator once judged wrongly, each with what is right. The kinds they stand for are in the case files."""

from __future__ import annotations

import json
from functools import cache

import pytest

from conformance.fhir import Validator, Verdict
from tests.support.paths import SHARED, needs_shared

# Severity, code and path of all that is to be found, and the verdict.
RIGHT: dict[str, tuple[Verdict, list[str]]] = {
    "bundle-fullurl-of-another-type.json": (
        Verdict.NOT_CONFORMANT, ["error bundle-full-url-type Bundle.entry[0].fullUrl"]),
    "bundle-fullurl-resource-without-id.json": (
        Verdict.NOT_CONFORMANT, ["error bundle-full-url-id Bundle.entry[0].fullUrl"]),
    "extension-url-with-version.json": (Verdict.NOT_CONFORMANT, ["error fixed-value Slot.extension[0].url"]),
    "extension-used-as-modifier.json": (Verdict.NOT_CONFORMANT, ["error extension-modifier Slot.modifierExtension[0]"]),
    "fixed-value-with-fhir-comments.json": (Verdict.CONFORMANT, []),
    "narrative-cdata.json": (Verdict.CONFORMANT, []),
    "observation-unchecked.json": (
        Verdict.NOT_FULLY_CHECKED, ["information not-checked-resource-type Observation.resourceType"]),
    "required-primitives-with-id-only.json": (
        Verdict.NOT_CONFORMANT, [f"error empty-element Slot.{name}" for name in ("end", "start", "status")]),
    "unknown-complex-extension.json": (
        Verdict.NOT_FULLY_CHECKED, ["information not-checked-extension Slot.extension[1]"]),
    "unknown-modifier-extension.json": (
        Verdict.CONFORMANT, ["warning modifier-extension-unknown Slot.modifierExtension[0]"]),
    "xml-attribute-of-spaces.xml": (Verdict.NOT_CONFORMANT, ["error white-space-only Slot.comment"]),
    "xml-extension-url-as-element.xml": (Verdict.NOT_CONFORMANT, [
        "error attribute-expected Slot.schedule.extension[0]", "information not-checked-extension Slot.schedule.extension[0]"]),
}  # fmt: skip


@cache
def validator(generation: str) -> Validator:
    return Validator(generation)  # type: ignore[arg-type]


@needs_shared
@pytest.mark.parametrize("name", RIGHT)
def test_the_file_is_judged_rightly(name: str) -> None:
    assert SHARED is not None
    folder = SHARED / "cases" / "validator"
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    assert set(expected) <= set(RIGHT)
    report = validator(expected[name]["edition"]).check((folder / name).read_bytes())
    found = [f"{issue.severity.value} {issue.code} {issue.path}" for issue in report.issues]
    assert (report.verdict, sorted(found)) == RIGHT[name]
