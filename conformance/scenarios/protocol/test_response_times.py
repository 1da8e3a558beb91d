"""Response times over the run: the median and the 95th percentile of each interaction, against the specification's targets."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from contextlib import suppress

from conformance.core.exchange import Exchange
from conformance.core.results import Blame
from conformance.engine.context import ScenarioContext
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.engine.stop_reasons import CannotTest
from conformance.scenarios.steps.interaction_names import SHORT
from conformance.scenarios.steps.valid_requests import one_of_each

_COMMANDS = ("book", "amend", "cancel", "register")

TIMES = table(
    "",
    case("http.commands-in-time", "Bookings, amendments, cancellations and registrations take at most 250 ms, ideally 100 ms",
         "STU3-NFR-001 STU3-NFR-002 DSTU2-NFR-001 DSTU2-NFR-002", interaction=SHORT["book"], most=250, better=100,
         shorts=_COMMANDS, faults="http.slow-commands"),
    case("http.queries-in-time",
         "Slot searches, retrievals, reads and all other queries take at most three seconds, ideally one",
         "STU3-NFR-003 STU3-NFR-004 DSTU2-NFR-003 DSTU2-NFR-004", interaction=SHORT["search"], most=3000, better=1000,
         shorts=tuple(short for short in SHORT if short not in _COMMANDS), faults="http.slow-searches"),
    judges_all_responses=True,
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
        times = [exchange.elapsed_ms for exchange in _measured(context, SHORT[short])]
        if times:
            measured = True
            _judge(context, case, SHORT[short], times)
    if not measured:
        context.cannot("no valid request succeeded whose response time could be measured", Blame.UNDETERMINED)


def _measured(context: ScenarioContext, interaction: str) -> list[Exchange]:
    """The successful responses to valid requests, without the first of several: it includes one-off initialisation."""
    wanted = context.edition.interactions[interaction].response
    sent = (one for one in context.session.exchanges if one.interaction == interaction and not one.deviant)
    found = [
        exchange
        for exchange in sent
        if exchange.status in (200, 201) and context.session.response_to(exchange).resource_type == wanted
    ]
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
