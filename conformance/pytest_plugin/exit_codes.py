"""The exit code of a run that took place."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.core.errors import ExitCode
from conformance.core.results import RunResult, Verdict


def exit_code(result: RunResult, *, broken: bool = False, missed: Sequence[str] = ()) -> ExitCode:
    """Return what a run's verdicts mean to the caller: a non-conformity outweighs a fault of ours.

    `missed` are the gates that it did not pass (core.gates): they count where it would be conformant without them.

    A run in which nothing could be judged is not conformant: the provider was not fit to be tested. Neither is one that ended
    before all was tried, or in which an interaction had to be given up (`broken`).
    """
    verdicts = {scenario.verdict for scenario in result.scenarios}
    if Verdict.FAIL in verdicts:
        return ExitCode.NON_CONFORMANT
    if Verdict.ERROR in verdicts:
        return ExitCode.OUR_FAULT
    judged = verdicts & {Verdict.PASS, Verdict.WARN, Verdict.WAIVED}
    if not judged or not result.run.complete or broken:
        return ExitCode.UNTESTABLE
    return ExitCode.NON_CONFORMANT if missed else ExitCode.CONFORMANT
