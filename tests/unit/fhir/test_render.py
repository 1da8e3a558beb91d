from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.fhir.fix_hints import HINTS
from conformance.fhir.issues import Issue, Severity
from conformance.fhir.rendering import as_json, as_outcome, as_text, counts, grouped, verdict
from conformance.fhir.terminology.value_sets import OfflineTerminology
from conformance.fhir.validation.validator import Validator
from tests.support.paths import ROOT
from tests.support.shipped import GENERATIONS, shipped


def issue(path: str = "Patient.name[0].family", pointer: str = "/name/0/family", **changes: object) -> Issue:
    fields: dict[str, object] = {
        "severity": Severity.ERROR,
        "code": "primitive-format",
        "message": "This is wrong.",
        "path": path,
        "pointer": pointer,
        "profile": "urn:p",
        "element": "Patient.name.family",
        "found": "x",
        "expected": "y",
        "line": 3,
    }
    return Issue(**{**fields, **changes})  # type: ignore[arg-type]


WARNING = issue(severity=Severity.WARNING, code="code-display", found=None, expected=None, profile=None, line=None)
UNCHECKED = issue(severity=Severity.INFORMATION, kind="not-checked", code="not-checked-binding")
DEFINITION = issue(severity=Severity.WARNING, kind="definition", code="slice-ambiguous")


def test_verdicts() -> None:
    assert verdict([]) == "conformant"
    assert verdict([WARNING]) == "conformant (1 warning)"
    assert verdict([replace(UNCHECKED, kind="definition", code="definition-conflict")]) == (
        "conformant (1 remark on a definition)"
    )
    assert verdict([WARNING, UNCHECKED]) == "not fully checked (1 warning, 1 rule not checked)"
    assert verdict([issue(), issue(), DEFINITION]) == "not conformant (2 errors, 1 remark on a definition)"
    assert counts([issue(), UNCHECKED, DEFINITION]) == {
        "errors": 1,
        "warnings": 0,
        "information": 0,
        "not_checked": 1,
        "definitions": 1,
    }


def test_text_says_where_what_was_found_and_what_is_expected() -> None:
    assert as_text("a.json", [issue()]).splitlines() == [
        "a.json: not conformant (1 error)",
        "  error: line 3: Patient.name[0].family",
        "    This is wrong. [primitive-format]",
        "    found:    x",
        "    expected: y",
        "    rule:     Patient.name.family in urn:p",
    ]


def test_text_orders_by_gravity_and_tells_whose_the_issue_is() -> None:
    lines = as_text("a.json", [DEFINITION, UNCHECKED, WARNING, issue()]).splitlines()
    labels = [line.split(":")[0].strip() for line in lines if line.startswith("  ") and not line.startswith("    ")]
    assert labels == ["error", "warning", "definition", "not checked"]


def test_issues_alike_are_one_paragraph() -> None:
    many = [issue(f"Patient.name[{n}].family", f"/name/{n}/family", line=n, found=str(n)) for n in range(1, 8)]
    assert [len(group.places) for group in grouped([*many, WARNING])] == [7, 1]
    text = as_text("a.json", many)
    assert "also at   Patient.name[2].family (line 2), Patient.name[3].family (line 3)" in text
    assert text.endswith("and 3 more")


def test_text_cannot_drive_a_terminal() -> None:
    text = as_text("a\x1b[31m", [issue(found="\x1b]0;title\x07 \u202e", message="\x9b1m")])
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(text)
    assert "\\x1b]0;title\\x07 \\u202e" in text


def test_json_leaves_out_what_is_not_there() -> None:
    report = as_json("a.json", [issue(), WARNING])
    assert report["conformant"] is False
    assert report["counts"]["errors"] == 1
    assert report["issues"][0]["line"] == 3
    fields = {"severity", "kind", "code", "message", "path", "pointer", "element", "hint"}
    assert set(report["issues"][1]) == fields


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize(
    "issues", [[], [issue(), WARNING, UNCHECKED, DEFINITION], [issue(message="\x00", found="\x00")]]
)
def test_the_outcome_is_itself_conformant(generation: str, issues: list[Issue]) -> None:
    definitions = shipped(generation)
    outcome = as_outcome(issues, generation)
    assert len(outcome["issue"]) == max(len(issues), 1)
    found = Validator(definitions, terminology=OfflineTerminology(definitions)).validate(outcome)
    assert [one for one in found if one.is_error] == []


def test_the_outcome_locates_as_its_generation_does() -> None:
    assert as_outcome([issue()], "stu3")["issue"][0]["expression"] == ["Patient.name[0].family"]
    old = as_outcome([issue(), issue("Patient._birthDate", "/_birthDate"), issue("$this", "/a")], "dstu2")
    assert [one["location"] for one in old["issue"]] == [
        ["/f:Patient/f:name[1]/f:family"],
        ["/f:Patient/f:birthDate"],
        ["/*/f:a"],
    ]
    first = old["issue"][0]
    assert first["details"] == {"text": "This is wrong."}
    assert "line: 3; found: x; expected: y" in first["diagnostics"]


@pytest.mark.parametrize(
    ("code", "kind", "expected"),
    [("cardinality-min", "content", "required"), ("binding-required", "content", "code-invalid"),
     ("invariant", "content", "invariant"), ("unknown-element", "content", "structure"), ("odd", "content", "value"),
     ("not-checked-binding", "not-checked", "incomplete"), ("slice-ambiguous", "definition", "exception")],
)  # fmt: skip
def test_issue_types(code: str, kind: str, expected: str) -> None:
    assert as_outcome([issue(code=code, kind=kind)], "stu3")["issue"][0]["code"] == expected


ISSUE_TYPES = """
too-deep:too-costly more-problems:too-costly max-length:too-long cardinality-min:required slice-min:required missing-x:required
bundle-full-url-missing:required narrative-active:security resource-type-missing:required invariant:invariant
binding-required:code-invalid code-display:code-invalid extension-unknown:extension modifier-extension:extension
reference-unresolved:not-found duplicate-key:structure cardinality-max:structure slice-max:structure list-expected:structure
empty-list:structure attribute-unknown:structure element-id:structure html:structure null-value:structure wrong-root:structure
unknown-element:structure prohibited:structure resource-unknown:structure nesting:structure not-json:structure odd:value"""


@pytest.mark.parametrize("row", ISSUE_TYPES.split())
def test_every_family_of_codes_has_its_issue_type_of_fhir(row: str) -> None:
    code, _, expected = row.partition(":")
    assert as_outcome([issue(code=code)], "stu3")["issue"][0]["code"] == expected


def test_text_says_how_to_mend_where_that_helps() -> None:
    assert "    fix:      Take the square brackets away." in as_text("a", [issue(code="list-unexpected")]).splitlines()


def test_every_hint_is_for_a_code_that_occurs() -> None:
    sources = (ROOT / "conformance" / "fhir").glob("*.py")
    text = "".join(path.read_text(encoding="utf-8") for path in sources if path.name != "hints.py")
    assert [code for code in HINTS if f'"{code}"' not in text] == []
