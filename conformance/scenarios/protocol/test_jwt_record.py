"""The claim requested_record, where the edition's token has it: absent, null, and of another than the request concerns.

DSTU2's published release has it, the pinned page has not (the option jwt_profile). A pinned provider ignores it, as it does any
claim that it does not know.
"""

from __future__ import annotations

from typing import Any

from conformance.consumer.jwt import jwt_rules
from conformance.consumer.request import Change, Request
from conformance.consumer.request_mutations import claim, claim_in, claim_without
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case, scenarios, table
from conformance.scenarios.steps.jwt import REFUSED, row
from conformance.scenarios.steps.refusals import send_refused

_CLAIM = "requested_record"
_ANOTHER = refused(
    "BAD_REQUEST",
    also=["401", "403", "404"],
    tolerated=["4xx"],
    because="The published release names the record, and no code for a token that names another.",
)


def _lacking(short: str) -> list[dict[str, Any]]:
    return [
        row(
            short,
            "without-record",
            "whose token lacks the claim requested_record is refused",
            "DSTU2-JWT-017",
            change=claim_without(_CLAIM),
        ),
        row(
            short,
            "null-record",
            "whose token has null for the claim requested_record is refused",
            "DSTU2-JWT-017 DSTU2-JWT-018",
            change=claim(_CLAIM, None),
        ),
    ]


LACKING = table(
    "",
    *(entry for short in ("metadata", "search", "book") for entry in _lacking(short)),
    expect=REFUSED,
    faults="jwt.accepts-missing-record",
    why="An audit trail is read to learn whose record was requested.",
    fix="Where you follow the published release, require requested_record of every token and return 400 BAD_REQUEST.",
    wire=True,
)
ANOTHER = table(
    "",
    *(
        row(
            short,
            "record-of-another",
            "whose token names the record of another patient is refused",
            "DSTU2-JWT-034",
        )
        for short in ("book", "retrieve", "read", "amend", "cancel", "patient-find")
    ),
    expect=_ANOTHER,
    faults="jwt.accepts-other-record",
    why="An audit trail that names another patient than the one whose data were sent hides who saw them.",
    fix="Where you follow the published release, compare requested_record with the patient whom the request concerns.",
    wire=True,
)


@scenarios(LACKING)
def test_record_lacking(context: ScenarioContext, case: Case) -> None:
    _need_claim(context)
    send_refused(context, case["short"], context.parameter("expect"), case["change"])


@scenarios(ANOTHER)
def test_record_of_another(context: ScenarioContext, case: Case) -> None:
    _need_claim(context)
    send_refused(context, case["short"], context.parameter("expect"), _of_another(context))


def _need_claim(context: ScenarioContext) -> None:
    if _CLAIM not in jwt_rules(context.edition)["claims"]:
        context.omit("the token has no requested_record (the option jwt_profile of the configuration chooses it)")


def _of_another(context: ScenarioContext) -> Change:
    """Name the record of another configured patient than the token's."""
    numbers = [person.nhs_number for person in context.config.data.patients]

    def apply(request: Request) -> Request:
        identifier = request.token.claims[_CLAIM]["identifier"][0]
        others = [number for number in numbers if number != identifier["value"]]
        if not others:
            context.cannot("the configuration names one patient alone, so that a token cannot name another")
        return claim_in(f"{_CLAIM}.identifier", [{**identifier, "value": others[0]}])(request)

    return Change("requested_record of another patient", apply)
