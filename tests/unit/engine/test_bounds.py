"""What was found is kept within bounds, and what was cut off is said."""

from __future__ import annotations

from conformance.core.results import Finding, Severity
from conformance.engine.bounds import LONGEST, MOST_ALIKE, bounded


def test_findings_within_bounds_are_as_they_were() -> None:
    findings = [Finding("x" * LONGEST, code="a"), *(Finding("b", code="b") for _ in range(MOST_ALIKE))]
    assert bounded(findings) == findings


def test_long_texts_are_cut_with_their_length_said() -> None:
    [cut] = bounded([Finding("m", found="f" * 3000, expected="e", location="l" * 10_000, evidence="v" * 3000)])
    assert (cut.message, cut.expected) == ("m", "e")
    for text, length in ((cut.found, "3,000"), (cut.location, "10,000"), (cut.evidence, "3,000")):
        assert text.endswith(f"({length} characters)")
        assert len(text) <= LONGEST


def test_of_many_alike_the_first_are_kept_and_the_rest_counted() -> None:
    fails = [Finding(str(number), code="overlap") for number in range(MOST_ALIKE + 50_000)]
    others = [Finding("w", Severity.WARN, code="overlap"), Finding("o", code="other")]
    kept = bounded([*fails, *others])
    assert kept[:MOST_ALIKE] == fails[:MOST_ALIKE]
    assert kept[MOST_ALIKE:-1] == others
    assert (kept[-1].severity, kept[-1].code) == (Severity.FAIL, "overlap")
    assert kept[-1].message == "50,000 more findings of this kind (overlap) are not listed"
