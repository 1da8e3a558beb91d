"""Made-up trials for the tests of the sums."""

from __future__ import annotations

from conformance.core.results import ScenarioResult, Verdict
from conformance.proving.outcome import Outcome
from conformance.proving.proof import PairTrial, Proof, Trial

PASS, FAIL, WARN, SKIP, ERROR = Verdict.PASS, Verdict.FAIL, Verdict.WARN, Verdict.SKIP, Verdict.ERROR


def result(name: str, verdict: Verdict = PASS, **rest: object) -> ScenarioResult:
    return ScenarioResult(
        id=name,
        title=f"Title of {name}",
        edition="stu3",
        interaction="",
        level="SHALL",
        basis="stated",
        requirements=(),
        verdict=verdict,
        **rest,
    )


def found(name: str, verdict: Verdict = PASS, told: str = "") -> Outcome:
    return Outcome(name, f"Title of {name}", verdict, told)


def trial(fault: str, scenario: str, verdict: Verdict = FAIL, *, listed: bool = True, clean: Verdict = PASS) -> Trial:
    return Trial(fault, scenario, clean, verdict, listed, "told")


def sound() -> Proof:
    """Two faults, two scenarios, each caught by its own; one of them also by the other, and two at once."""
    return Proof(
        "stu3",
        faults={"book.a": "does a", "read.b": "does b"},
        clean={name: found(name) for name in ("book.one", "read.two")},
        trials=[
            trial("book.a", "read.two", listed=False),
            trial("book.a", "book.one"),
            trial("read.b", "read.two"),
            trial("read.b", "book.one", PASS, listed=False),
        ],
        pairs=[PairTrial(("book.a", "read.b"), (("book.one",), ("read.two",)))],
    )
