"""What the validator's report says in each form, word for word, of issues of every kind."""

from __future__ import annotations

import json

from conformance.fhir import rendering
from conformance.fhir.fix_hints import HINTS
from conformance.fhir.issues import Issue, Severity
from tests.support.approved import approve

ERROR, WARNING, INFORMATION = Severity.ERROR, Severity.WARNING, Severity.INFORMATION
ISSUES = [
    Issue(INFORMATION, "not-checked-binding", "Not checked.", "Patient.gender", "/gender", kind="not-checked"),
    Issue(WARNING, "slice-ambiguous", "Not distinguished.", "Patient", "", "urn:p", kind="definition"),
    Issue(WARNING, "code-display", "Another display.", "Patient.a", "/a", found="", expected=None, line=0),
    *[
        Issue(
            ERROR, "primitive-format", "This is wrong.", f"Patient.name[{n}].family", f"/name/{n}/_family", "urn:p",
            "Patient.name.family", found=f"x{n}", expected="y", line=n + 3, spec="https://hl7.org/x",
        )
        for n in range(12)
    ],
    Issue(ERROR, next(iter(HINTS)), "With a hint.", "Bundle.entry[1].resource", "/entry/1/resource", found="\x1b[31m"),
    Issue(ERROR, "invariant-x", "No rule.", "%odd.x", "/x/123456789012", element="Patient.x", expected="z"),
    Issue(INFORMATION, "remark", "For the reader.", "Patient", "", found="f"),
]  # fmt: skip


def test_every_form() -> None:
    shown = [
        rendering.as_text("a\x07.json", ISSUES),
        rendering.as_text("b.json", []),
        rendering.as_annotations("a.json", ISSUES),
        json.dumps(rendering.as_json("a.json", ISSUES), indent=1),
        json.dumps(rendering.as_outcome(ISSUES, "stu3"), indent=1),
        json.dumps(rendering.as_outcome(ISSUES, "dstu2"), indent=1),
        json.dumps(rendering.as_outcome([], "stu3"), indent=1),
    ]
    approve("validator-report.txt", "\n\n".join(shown))
