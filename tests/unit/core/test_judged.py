"""What two processes of a run have judged, added up."""

from __future__ import annotations

from conformance.core.judged import Judged
from conformance.core.results import Finding, Severity


def judged(*severities: Severity, fact: int) -> Judged:
    found = Judged()
    for number, severity in enumerate(severities):
        found.take(subject=True, resource=number == 0)
        found.keep(Finding("wrong", severity, location=f"Bundle.entry[{number}]", code="wrong", exchange=number + fact))
    found.note((fact,))
    return found


def test_counts_findings_and_facts_are_added() -> None:
    one, two = judged(Severity.WARN, fact=1), judged(Severity.FAIL, Severity.WARN, fact=5)
    one.absorb(two)
    assert (one.responses, one.subjects, one.resources) == (3, 3, 2)
    ((key, alike),) = one.found.items()
    assert (key, alike.count, alike.heaviest.severity, alike.heaviest.exchange) == (
        ("wrong", "Bundle.entry"), 3, Severity.FAIL, 5,
    )  # fmt: skip
    assert list(one.facts) == [(1,), (5,)]


def test_what_was_added_is_to_be_written_and_what_it_came_from_stays() -> None:
    one, two = Judged(), judged(Severity.WARN, fact=1)
    one.absorb(two)
    assert (one.is_new, one.changed, one.new_facts) == (True, {("wrong", "Bundle.entry")}, [(1,)])
    one.absorb(judged(Severity.WARN, fact=2))
    assert next(iter(two.found.values())).count == 1
