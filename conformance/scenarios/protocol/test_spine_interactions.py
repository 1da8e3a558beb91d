"""The Ssp-InteractionID: that of every other interaction with the same verb is refused."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.consumer.request import Request
from conformance.consumer.request_mutations import chain, interaction_id, path, raw_query
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.interaction_names import NAMES, READ_ONLY, SHORT
from conformance.scenarios.steps.refusals import expect_refused
from conformance.scenarios.steps.valid_requests import valid_request

_HEADER_CODE = "The code system also has MISSING_OR_INVALID_HEADER; the error page assigns BAD_REQUEST."
_CODE_ELSEWHERE = "The status and the code are listed only in the spreadsheet of error codes of this edition."
EXPECTED = {
    "stu3": refused("BAD_REQUEST", tolerated=["400 MISSING_OR_INVALID_HEADER"], because=_HEADER_CODE),
    "dstu2": refused("BAD_REQUEST", tolerated=["4xx"], because=_CODE_ELSEWHERE),
}

EVERY_OTHER = table(
    "",
    *(
        case(f"ssp.{short}-every-other-interaction",
             f"{NAMES[short].capitalize()} with the interaction id of any other GET is refused",
             "STU3-SSP-008 STU3-SSP-009 STU3-ERR-026 DSTU2-SSP-012", interaction=SHORT[short],
             short=short, faults="ssp.accepts-other-read-interaction")
        for short in READ_ONLY
    ),
    *(
        case(f"ssp.{short}-every-other-interaction",
             f"{NAMES[short].capitalize()} with the interaction id of any other POST is refused",
             "STU3-SSP-008 STU3-SSP-009 STU3-ERR-026 DSTU2-SSP-012", interaction=SHORT[short],
             short=short, faults="ssp.accepts-other-create-interaction")
        for short in ("book", "register")
    ),
    wire=True,
    why="The proxy authorises by interaction id; who may ask for one thing must not get another with it.",
    fix="Compare Ssp-InteractionID with the method and the path, and return 400 BAD_REQUEST when they differ.",
)  # fmt: skip


def _others(context: ScenarioContext) -> Iterator[str]:
    """The ids of the other interactions of the same verb, each once; those that a path has in common are its own."""
    own = context.edition.interactions[context.case.interaction]
    rows = [row for row in context.edition.interactions.values() if row.method == own.method and row.path != own.path]
    return iter(dict.fromkeys(row.interaction_id for row in rows if row.interaction_id != own.interaction_id))


@scenarios(EVERY_OTHER)
def test_every_other_interaction(context: ScenarioContext, case: Case) -> None:
    valid = valid_request(context, case.interaction, to_refuse=True)
    for other in _others(context):
        response = context.send(valid.request, interaction_id(other))
        expect_refused(context, response, context.edition.pick(EXPECTED))
        valid.settle(response)
    if case["short"] == "search":
        _look_at_slot_read(context, valid.request)


def _look_at_slot_read(context: ScenarioContext, search: Request) -> None:
    """Note whether a Slot can be read by itself.

    No page describes that interaction, nor forbids it: the security page lists /Slot among what scopes let a consumer read.
    """
    slot = next(iter(context.arrange.slot_pool.free()), None)
    if slot is None:
        return
    response = context.send(search, chain(path(f"/Slot/{slot.id}"), raw_query("")))
    if response.status == 200:
        context.findings.note(
            "a Slot can be read by itself, which no interaction of the edition is for",
            found=f"GET /Slot/[id]: {response.described}", expected="nothing: no page forbids it", code="slot-read",
            exchange=response.number,
        )  # fmt: skip
