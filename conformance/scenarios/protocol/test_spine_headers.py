"""The Spine headers: absent, empty, malformed, repeated, of another system or another interaction."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.checks.comparison import unlike
from conformance.consumer.request import Change, Request
from conformance.consumer.request_mutations import add_header, chain, header, interaction_id, without_header
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.interaction_names import NAMES, SHORT
from conformance.scenarios.steps.refusals import send_refused
from conformance.scenarios.steps.valid_requests import compare_with_usual, send_valid, valid_request

TRACE, FROM, TO, ID = "Ssp-TraceID", "Ssp-From", "Ssp-To", "Ssp-InteractionID"
HEADERS = {
    "trace": (TRACE, "STU3-SSP-004", "DSTU2-SSP-005"),
    "from": (FROM, "STU3-SSP-005", "DSTU2-SSP-006"),
    "to": (TO, "STU3-SSP-006", "DSTU2-SSP-007"),
    "interaction": (ID, "STU3-SSP-007", "DSTU2-SSP-008"),
}

_HEADER_CODE = "The code system also has MISSING_OR_INVALID_HEADER; the error page assigns BAD_REQUEST."
_CODE_ELSEWHERE = "The status and the code are listed only in the spreadsheet of error codes of this edition."
MISSING = {
    "stu3": refused("BAD_REQUEST", tolerated=["400 MISSING_OR_INVALID_HEADER"], because=_HEADER_CODE),
    "dstu2": refused("BAD_REQUEST", tolerated=["4xx"], because=_CODE_ELSEWHERE),
}
REPEATED = {
    "stu3": refused("BAD_REQUEST", also=["403"], tolerated=["2xx", "400 MISSING_OR_INVALID_HEADER"],
                    because="No page says how to respond to a header that is sent twice with different values."),
    "dstu2": refused("BAD_REQUEST", also=["403"], tolerated=["2xx"],
                     because="No page says how to respond to a header that is sent twice with different values."),
}  # fmt: skip
ODD = {
    "stu3": refused(["BAD_REQUEST", "2xx"], also=["400 MISSING_OR_INVALID_HEADER"],
                    because="The pages only give an example of the value, so a provider may accept any."),
    "dstu2": refused("BAD_REQUEST", tolerated=["2xx"], because="The security page demands presence only."),
}  # fmt: skip
OTHER_TO = {
    "stu3": refused(
        "BAD_REQUEST", also=["403", "400 ASID_CHECK_FAILED", "400 MISSING_OR_INVALID_HEADER"], tolerated=["2xx"],
        because="One page requires a check of the ASID, another uses it for audit only."),
    "dstu2": refused("BAD_REQUEST", also=["403"], because="A check of the ASID may count as a matter of authorisation."),
}  # fmt: skip
UNKNOWN_ID = {
    "stu3": MISSING["stu3"],
    "dstu2": refused(
        "BAD_REQUEST", tolerated=["NOT_IMPLEMENTED"], because="501 could be argued for an unknown interaction."
    ),
}
CASED_ID = {
    "stu3": MISSING["stu3"],
    "dstu2": refused(["BAD_REQUEST", "2xx"], because="One page accepts interaction ids in any case, the spreadsheet does not."),
}  # fmt: skip

_OTHER_OF = dict.fromkeys(SHORT, "patient-find") | {
    "patient-find": "search", "amend": "read", "cancel": "read", "read": "patient-find", "search": "metadata",
}  # fmt: skip


def _other(context: ScenarioContext) -> Change:
    """The interaction id of an interaction that does not match the method and the path."""
    short = next(name for name, key in SHORT.items() if key == context.case.interaction)
    return interaction_id(context.edition.interactions[SHORT[_OTHER_OF[short]]].interaction_id)


def _upper(context: ScenarioContext) -> Change:
    return interaction_id(context.edition.interactions[context.case.interaction].interaction_id.upper())


def _other_edition(context: ScenarioContext) -> Change:
    own = context.edition.interactions[context.case.interaction].interaction_id
    return interaction_id(own.removesuffix("-1") if own.endswith("-1") else f"{own}-1")


def _row(short: str, name: str, title: str, verifies: str, faults: str, **rest: object) -> dict[str, object]:
    return case(
        f"ssp.{short}-{name}",
        title,
        verifies,
        interaction=SHORT[short],
        short=short,
        faults=faults,
        **rest,
    )


def _absent(short: str) -> list[dict[str, object]]:
    return [
        _row(
            short,
            f"without-{name}",
            f"{NAMES[short].capitalize()} without {field} is refused",
            f"{stu3} {dstu2} DSTU2-SSP-004",
            f"ssp.accepts-missing-{name} ssp.unauthorised ssp.server-error",
            change=without_header(field),
            expect=MISSING,
        )
        for name, (field, stu3, dstu2) in HEADERS.items()
    ]


ABSENT = table(
    "", *(row for short in SHORT for row in _absent(short)), wire=True,
    why="The headers identify the sender, the receiver and the interaction; without them a request cannot be audited.",
    fix="Refuse a request that lacks one of the four Ssp headers with 400 BAD_REQUEST, whatever the interaction.",
)  # fmt: skip

MISFIT = table(
    "",
    *(
        _row(short, "other-interaction",
             f"{NAMES[short].capitalize()} with the interaction id of another interaction is refused",
             "STU3-SSP-008 STU3-SSP-009 STU3-ERR-026 DSTU2-SSP-012",
             "ssp.accepts-other-interaction ssp.misfit-is-server-error",
             change=_other,
             expect=MISSING)
        for short in SHORT
    ),
    wire=True,
    why="The proxy authorises by interaction id; if it need not match the request, a consumer could bypass that check.",
    fix="Compare Ssp-InteractionID with the method and the path, and return 400 BAD_REQUEST when they differ.",
)  # fmt: skip


def _wrong(short: str) -> list[dict[str, object]]:
    phrase = NAMES[short].capitalize()
    return [
        *(
            _row(
                short,
                f"empty-{name}",
                f"{phrase} with an empty {field} is refused",
                f"{stu3} {dstu2} DSTU2-SSP-004",
                f"ssp.accepts-missing-{name}",
                change=header(field, ""),
                expect=MISSING,
            )
            for name, (field, stu3, dstu2) in HEADERS.items()
        ),
        _row(
            short,
            "two-traces",
            f"{phrase} with two different Ssp-TraceID headers is refused",
            "STU3-SSP-012 DSTU2-SSP-009",
            "ssp.takes-the-first",
            change=add_header(TRACE, "7d4e8f21-0000-4000-8000-000000000000"),
            expect=REPEATED,
        ),
        _row(
            short,
            "two-senders",
            f"{phrase} with two different Ssp-From headers is refused",
            "STU3-SSP-012 DSTU2-SSP-010",
            "ssp.takes-the-first",
            change=add_header(FROM, "200000000999"),
            expect=REPEATED,
        ),
        _row(
            short,
            "two-receivers",
            f"{phrase} with two different Ssp-To headers is refused",
            "STU3-SSP-010 DSTU2-SSP-011",
            "ssp.takes-the-first",
            change=add_header(TO, "200000000999"),
            expect=REPEATED,
        ),
        _row(
            short,
            "two-interactions",
            f"{phrase} with two different Ssp-InteractionID headers is refused",
            "STU3-SSP-008 DSTU2-SSP-013",
            "ssp.takes-the-first",
            change=add_header(ID, "urn:nhs:names:services:gpconnect:none"),
            expect=REPEATED,
        ),
        _row(
            short,
            "trace-no-guid",
            f"{phrase} with an Ssp-TraceID that is not a GUID is refused or treated as usual",
            "STU3-SSP-012 DSTU2-SSP-009",
            "ssp.odd-is-server-error dstu2:ssp.accepts-odd-trace",
            change=header(TRACE, "not-a-guid"),
            expect=ODD,
        ),
        _row(
            short,
            "from-no-asid",
            f"{phrase} with an Ssp-From that is not an ASID is refused or treated as usual",
            "STU3-SSP-012 DSTU2-SSP-010",
            "ssp.odd-is-server-error dstu2:ssp.accepts-odd-from",
            change=header(FROM, "abc"),
            expect=ODD,
        ),
        _row(
            short,
            "to-another",
            f"{phrase} with the ASID of another system in Ssp-To is refused",
            "STU3-SSP-010 DSTU2-SSP-011",
            "ssp.accepts-other-to",
            change=header(TO, "200000000999"),
            expect=OTHER_TO,
        ),
        _row(
            short,
            "to-no-asid",
            f"{phrase} with an Ssp-To that is not an ASID is refused",
            "STU3-SSP-010 DSTU2-SSP-011",
            "ssp.accepts-other-to",
            change=header(TO, "abc"),
            expect=OTHER_TO,
        ),
        _row(
            short,
            "unknown-interaction",
            f"{phrase} with an unknown interaction id is refused",
            "STU3-SSP-008 DSTU2-SSP-013",
            "ssp.accepts-other-interaction",
            change=interaction_id("urn:nhs:names:services:gpconnect:fhir:rest:read:nonsense"),
            expect=UNKNOWN_ID,
        ),
        _row(
            short,
            "interaction-no-urn",
            f"{phrase} with an interaction id that is not a URN is refused",
            "STU3-SSP-008 DSTU2-SSP-013",
            "ssp.accepts-other-interaction",
            change=interaction_id("InteractionId"),
            expect=UNKNOWN_ID,
        ),
        _row(
            short,
            "interaction-in-capitals",
            f"{phrase} with its interaction id in capitals is accepted or refused as the edition says",
            "STU3-SSP-008 DSTU2-SSP-014",
            "stu3:ssp.accepts-other-interaction dstu2:ssp.misfit-is-server-error",
            change=_upper,
            expect=CASED_ID,
        ),
        _row(
            short,
            "interaction-of-other-edition",
            f"{phrase} with the interaction id of the other edition is refused",
            "STU3-SSP-008 DSTU2-SSP-013",
            "ssp.accepts-other-interaction",
            change=_other_edition,
            expect=UNKNOWN_ID,
        ),
        _row(
            short,
            "all-invalid",
            f"{phrase} whose four Ssp headers are all invalid is refused",
            "STU3-SSP-008 DSTU2-SSP-016",
            "ssp.accepts-anything",
            change=chain(*(header(field, "invalid") for field, _, _ in HEADERS.values())),
            expect=MISSING,
        ),
    ]


WRONG = table(
    "", *(row for short in ("search", "book") for row in _wrong(short)), wire=True,
    why="A header whose value is not checked protects nothing and makes the audit trail unreliable.",
    fix="Check the value of each Ssp header, not only its presence, and return 400 BAD_REQUEST.",
)  # fmt: skip


@scenarios(ABSENT, MISFIT, WRONG)
def test_refused(context: ScenarioContext, case: Case) -> None:
    send_refused(context, case["short"], context.parameter("expect"), case["change"])


def _odd_names(request: Request) -> Request:
    names = {
        TRACE: "ssp-traceid",
        FROM: "SSP-FROM",
        TO: "sSP-tO",
        ID: "ssp-interactionid",
        "Authorization": "AUTHORIZATION",
    }
    return request.with_(headers=tuple((names.get(key, key), value) for key, value in request.headers))


NAMED = table(
    "",
    *(
        _row(short, "names-in-odd-case", f"{NAMES[short].capitalize()} with header names in another case succeeds",
             "STU3-SSP-013 DSTU2-SSP-015", "ssp.refuses-everybody",
             changes=(Change("header names in odd case", _odd_names),))
        for short in ("metadata", "search", "book")
    ),
    _row("search", "sender-makes-no-difference", "A slot search with another Ssp-From gets the same response", "STU3-SSP-011",
         "ssp.refuses-other-senders", changes=(header(FROM, "200000000999"),), wire=True),
    _row("patient-find", "sender-makes-no-difference", "A patient search with another Ssp-From gets the same response",
         "STU3-SSP-011",
         "ssp.refuses-other-senders", changes=(header(FROM, "200000000999"),), wire=True),
    why="HTTP header names are case-insensitive, and only the proxy decides which consumers are authorised.",
    fix="Compare header names case-insensitively; use ASIDs for audit only.",
)  # fmt: skip


@scenarios(NAMED)
def test_accepted(context: ScenarioContext, case: Case) -> None:
    changes: Sequence[Change] = case["changes"]
    _, stood = send_valid(context, case["short"], *changes)
    if stood and case["short"] != "book":
        request = valid_request(context, SHORT[case["short"]]).request
        compare_with_usual(context, request, *changes, compare=_DEPENDS)


_DEPENDS = unlike("the response depends on the headers", "header-dependent")
