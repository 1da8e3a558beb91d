"""Response times over the run: the median and the 95th percentile of each interaction, against the specification's targets."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from contextlib import suppress

from conformance.consumer.response import Response
from conformance.core.results import Blame
from conformance.engine.context import ScenarioContext
from conformance.engine.response_rules import ResponseRule
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.engine.stop_reasons import CannotTest
from conformance.scenarios.steps.interaction_names import SHORT
from conformance.scenarios.steps.valid_requests import one_of_each

_COMMANDS = ("book", "amend", "cancel", "register")


def _valid_and_successful(response: Response) -> bool:
    return response.status in (200, 201) and not response.exchange.deviant


_NUMBER = 1  # the place of the exchange's number in a fact


def _times(response: Response) -> Iterator[tuple[str, int, float, str]]:
    exchange = response.exchange
    yield exchange.interaction, exchange.number, round(exchange.elapsed_ms, 1), str(response.resource_type)


def _measuring(shorts: tuple[str, ...]) -> ResponseRule:
    return ResponseRule(
        _valid_and_successful,
        facts=_times,
        interactions=tuple(SHORT[short] for short in shorts),
        timed=True,
        numbered=_NUMBER,
    )


_QUERIES = tuple(short for short in SHORT if short not in _COMMANDS)

TIMES = table(
    "",
    case("http.commands-in-time", "Bookings, amendments, cancellations and registrations take at most 250 ms, ideally 100 ms",
         "STU3-NFR-001 STU3-NFR-002 DSTU2-NFR-001 DSTU2-NFR-002", interaction=SHORT["book"], most=250, better=100,
         shorts=_COMMANDS, rule=_measuring(_COMMANDS), faults="http.slow-commands"),
    case("http.queries-in-time",
         "Slot searches, retrievals, reads and all other queries take at most three seconds, ideally one",
         "STU3-NFR-003 STU3-NFR-004 DSTU2-NFR-003 DSTU2-NFR-004", interaction=SHORT["search"], most=3000, better=1000,
         shorts=_QUERIES, rule=_measuring(_QUERIES), faults="http.slow-searches"),
    why="Receptionists book while the patient waits. The measured time includes the network.",
    fix="Profile the provider; run the suite on its network to exclude the network's share.",
)  # fmt: skip


@scenarios(TIMES)
def test_times(context: ScenarioContext, case: Case) -> None:
    measured = False
    for short in case["shorts"]:
        if SHORT[short] not in context.edition.interactions:
            continue
        with suppress(CannotTest):
            context.once(one_of_each(SHORT[short]))
        times = _measured(context, SHORT[short])
        if times:
            measured = True
            _judge(context, case, SHORT[short], times)
    if not measured:
        context.cannot("no valid request succeeded whose response time could be measured", Blame.UNDETERMINED)


def _measured(context: ScenarioContext, interaction: str) -> list[float]:
    """The times of the successful responses to valid requests, in milliseconds, without the first of several: it includes
    one-off initialisation.
    """
    wanted = context.edition.interactions[interaction].response
    facts = sorted(context.session.judged(context.case).facts, key=lambda fact: int(fact[_NUMBER]))
    found = [elapsed for key, _, elapsed, kind in facts if key == interaction and kind == str(wanted)]
    return found[1:] or found


def _judge(context: ScenarioContext, case: Case, interaction: str, times: list[float]) -> None:
    title = context.edition.interactions[interaction].title
    median, slow = statistics.median(times), percentile(times, 95)
    shown = f"median {median:.0f} ms, 95th percentile {slow:.0f} ms of {len(times)} responses"
    limit = next((most for most in (case["most"], case["better"]) if median > most), 0)
    if limit:
        context.findings.warn(
            f"{title}: the median exceeds the target",
            location=interaction,
            found=shown,
            expected=f"at most {limit} ms",
            code="response-time",
        )
    else:
        context.findings.note(f"{title}: {shown}", location=interaction, code="response-time")


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the smallest value that so many percent of all values do not pass (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]
