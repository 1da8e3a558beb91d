"""What a run's verdicts add up to, in words."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.core.counting import counted
from conformance.core.results import RunResult
from conformance.reporting.overview import not_run


@dataclass(frozen=True, slots=True)
class Outcome:
    """The run's overall verdict: a short word for the headline, and a sentence that gives the reason."""

    word: str
    sentence: str

    @property
    def key(self) -> str:
        """The word as a key: conformant, conformant-with-waivers, not-conformant or incomplete."""
        return self.word.lower().replace(" ", "-")


def outcome(result: RunResult) -> Outcome:
    """Return the overall verdict.

    One non-conformity settles it. Without any, a run that was cut short, that tested a selection only (settings "selection"
    and "scenarios"), that could not test or judge something, or that judged nothing at all is incomplete: what was not tested
    is never counted as passed. What is waived is counted and named beside it.
    """
    counts = result.summary()
    waived = counts["waived"]
    if counts["fail"]:
        cut = "" if result.run.complete else " before the run was cut short"
        more = f"; {waived} more {'is' if waived == 1 else 'are'} waived" if waived else ""
        return Outcome("Not conformant", f"{counted(counts['fail'], 'scenario')} found a non-conformity{cut}{more}.")
    but = f" that is not waived ({counted(waived, 'scenario')} {'is' if waived == 1 else 'are'})" if waived else ""
    gaps = _gaps(result)
    if gaps:
        return Outcome("Incomplete", f"No non-conformity was found{but}, but {_listed(gaps)}.")
    if waived:
        return Outcome("Conformant with waivers", f"No non-conformity was found{but}.")
    judged = counts["pass"] + counts["warn"]
    warned = f", {counts['warn']} of them with a warning" if counts["warn"] else ""
    return Outcome("Conformant", f"{counted(judged, 'scenario')} met the requirements{warned}.")


def _gaps(result: RunResult) -> list[str]:
    counts = result.summary()
    gaps = []
    if not result.run.complete:
        gone = any(notice.code == "provider-gone" for notice in result.run.notices)
        unrun = not_run(result)
        left = f" ({counted(unrun, 'scenario')} {'was' if unrun == 1 else 'were'} not run)" if unrun else ""
        gaps.append(f"{'the provider went away before the run was over' if gone else 'the run was cut short'}{left}")
    if result.run.settings.get("pack"):
        gaps.append(f"only the pack {result.run.settings['pack']} was run")
    elif result.run.settings.get("read_only"):
        gaps.append("only what reads was run")
    if result.run.settings.get("shard"):
        gaps.append(f"only shard {result.run.settings['shard']} was run")
    if result.run.settings.get("selection") or (not gaps and result.run.settings.get("scenarios")):
        gaps.append("only a selection of the scenarios was run")
    if counts["error"]:
        gaps.append(f"{counted(counts['error'], 'scenario')} could not be judged")
    if counts["skip"]:
        gaps.append(f"{counted(counts['skip'], 'scenario')} could not be tested")
    if not gaps and not counts["pass"] + counts["warn"] + counts["waived"]:
        gaps.append("nothing was tested")
    return gaps


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
