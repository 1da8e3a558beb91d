"""A sweep tells of many answers what judging each of them alone tells, counted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.checks import all_responses, empty_values, operation_outcome
from conformance.checks.check import Check
from conformance.checks.framing import framed
from conformance.checks.profile_conformance import conforms
from conformance.consumer.network import ExchangeMonitor
from conformance.consumer.response import Response
from conformance.core.exchange import Exchange
from conformance.core.results import Finding, Severity
from conformance.engine.all_responses import judge_all_responses, responded
from conformance.engine.context import ScenarioContext
from conformance.engine.named_steps import NamedStep, Sender
from conformance.engine.remarks import late_bytes
from conformance.engine.response_rules import ResponseRule
from conformance.engine.scenario import Case
from conformance.engine.session import Session
from conformance.engine.stop_reasons import CannotTest
from conformance.fhir.terminology.value_sets import OfflineTerminology
from conformance.fhir.validation.validator import Options, Validator
from tests.support.configs import config_for

GP = "https://fhir.nhs.uk/STU3/StructureDefinition/GPConnect"
SLOT: dict[str, Any] = {
    "resourceType": "Slot",
    "id": "1",
    "meta": {"versionId": "1", "profile": [f"{GP}-Slot-1"]},
    "status": "free",
    "schedule": {"reference": "Schedule/1"},
    "start": "2026-11-23T09:00:00+00:00",
    "end": "2026-11-23T09:10:00+00:00",
}

ENTRY = {"resource": SLOT}
PADDED = {"resource": SLOT | {"status": " free"}}
BODIES: list[Any] = [
    {"resourceType": "Bundle", "type": "searchset", "entry": [ENTRY]},
    {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [ENTRY, {"resource": SLOT | {"meta": None}}, PADDED],
    },
    {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [PADDED, ENTRY],
    },
    {"resourceType": "Bundle", "type": " searchset", "entry": [ENTRY]},
    {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "fatal", "code": "x", "details": {"coding": [{}, {}]}}],
    },
    SLOT | {"schedule": {"reference": "http://p.test/Schedule/1"}, "id": None},
    {"resourceType": "OperationOutcome", "issue": [{"diagnostics": "Traceback"}]},
    [],
]
CHECKS: tuple[Check, ...] = (
    conforms,
    all_responses.claims_profile,
    all_responses.versioned,
    all_responses.identified,
    all_responses.relative_references,
    all_responses.dated,
    all_responses.listed_status,
    empty_values.tidy,
    operation_outcome.severities,
    operation_outcome.codings,
    operation_outcome.displays,
    operation_outcome.diagnostics,
    operation_outcome.leaks_nothing,
    operation_outcome.is_outcome,
)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    made = Session(config_for("stu3", "http://127.0.0.1:9/x", tmp_path))
    yield made
    made.close()


def _answer(number: int, body: Any, path: str = "/Slot?start=x") -> Exchange:
    interaction = "search_free_slots" if path.startswith("/Slot") else "read_appointment"
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = "application/fhir+xml" if data.startswith(b"<") else "application/fhir+json"
    return Exchange(
        number=0,
        interaction=interaction,
        label="",
        method="GET",
        url=f"http://127.0.0.1:9/x{path}",
        request_headers=(),
        request_body=b"",
        started="",
        elapsed_ms=1.0,
        status=418 if number % 2 else 200,
        response_body=data,
        response_headers=(("Content-Type", kind), ("Date", "today" if number % 3 else "Sun, 22 Nov 2026 18:00:00 GMT")),
    )


class Alone:
    """What checks may ask, of a validator that knows nothing from before."""

    def __init__(self, session: Session) -> None:
        self.edition, self.config = session.edition, session.config
        definitions, known = session.definitions, session.validator._resources.entry_profiles
        options = Options(entry_profiles=known)
        self.validator = Validator(definitions, terminology=OfflineTerminology(definitions), options=options)


def _case(*checks: Check) -> Case:
    rule = ResponseRule(responded, checks)
    return Case(id="t.x", title="t", interaction="search_free_slots", verifies="", rule=rule)


def _swept(session: Session, *checks: Check) -> list[Finding]:
    context = ScenarioContext(session, _case(*checks))
    judge_all_responses(context, NamedStep("nothing to send", lambda _: None))
    return [finding for finding in context.findings if finding.code != "swept"]


def _one_by_one(session: Session, *checks: Check) -> list[Finding]:
    """The same in the plainest way: each answer read anew, each judged by each check, equal findings counted."""
    context, found = Alone(session), dict[tuple[str, str], list[Finding]]()
    for exchange in session.exchanges:
        if exchange.interaction == "search_free_slots" and exchange.url.partition("?")[0].endswith("/Slot"):
            for check in checks:
                for finding in check(Response(exchange, session.definitions_for), context):
                    place = re.sub(r"\[\d+\]", "", finding.location)
                    found.setdefault((finding.code, place), []).append(replace(finding, exchange=exchange.number))
    return [
        replace(same[0], evidence=f"{same[0].evidence}; seen {len(same)} times".lstrip("; "))
        if len(same) > 1
        else same[0]
        for _, same in sorted(found.items(), key=lambda row: (row[1][0].exchange, row[0]))
    ]


@pytest.mark.parametrize("check", CHECKS)
def test_a_sweep_tells_what_judging_one_by_one_tells(session: Session, check: Check) -> None:
    for number, body in enumerate([*BODIES, b"{", b"<Bundle/>", b"", *reversed(BODIES), *BODIES]):
        session.recorder.add(_answer(number, body))
        session.recorder.add(_answer(number, {"resourceType": "Slot"}, "/Slot/1"))
        session.recorder.add(_answer(number, {"resourceType": "Appointment"}, "/Appointment/1"))
    told = _one_by_one(session, check)
    assert _swept(session, check) == told
    assert told


def test_checks_of_one_sweep_do_not_mix(session: Session) -> None:
    for number, body in enumerate(BODIES * 2):
        session.recorder.add(_answer(number, body))
    assert _swept(session, *CHECKS) == _one_by_one(session, *CHECKS)


def test_what_cannot_be_sent_for_the_scenario_is_the_reason_where_nothing_else_was_seen(session: Session) -> None:
    def fails(_: Sender) -> None:
        raise CannotTest("the configuration names no practitioner")

    context = ScenarioContext(session, _case(*CHECKS))
    with pytest.raises(CannotTest, match="names no practitioner"):
        judge_all_responses(context, NamedStep("one of each", fails))
    session.recorder.add(_answer(2, SLOT))
    judge_all_responses(context, NamedStep("one of each", fails))
    assert [finding.message for finding in context.findings if finding.code == "swept"] == ["1 responses judged"]


def test_a_scenario_that_changes_what_it_received_does_not_change_what_is_judged_at_the_end(session: Session) -> None:
    exchange = session.recorder.add(_answer(2, SLOT))
    mine = session.response_to(exchange)
    mine.resource["resourceType"] = "Changed"
    assert session.response_to(exchange).value == SLOT


def test_what_was_judged_as_it_came_is_what_is_judged_at_the_end(session: Session) -> None:
    other = Session(session.config)
    rule = _case(*CHECKS)
    session.watch([rule], {})
    for number, body in enumerate([*BODIES, b"{", *BODIES]):
        session.recorder.add(_answer(number, body))
        other.recorder.add(_answer(number, body))
        session.release()
    assert not any(exchange.response_body for exchange in session.exchanges)
    assert _swept(session, *CHECKS) == _one_by_one(other, *CHECKS)
    other.close()


def test_what_was_judged_before_a_run_went_on_counts(session: Session) -> None:
    for number, body in enumerate(BODIES):
        session.recorder.add(_answer(number, body))
    before = session.judged(_case(*CHECKS))
    later = Session(session.config)
    later.recorder.continue_after(len(BODIES))
    later.watch([_case(*CHECKS)], {"t.x": deepcopy(before)})
    later.recorder.add(_answer(0, BODIES[1]))
    again = later.judged(_case(*CHECKS))
    later.close()
    assert (before.responses, again.responses) == (len(BODIES), len(BODIES) + 1)
    assert list(again.found)[: len(before.found)] == list(before.found)
    assert sum(alike.count for alike in again.found.values()) > sum(alike.count for alike in before.found.values())


def test_bytes_that_came_late_are_judged_with_the_response_before_them(session: Session) -> None:
    sent = [session.recorder.add(replace(_answer(0, BODIES[0]), http_version="HTTP/1.1")) for _ in range(3)]
    monitor = ExchangeMonitor(1)
    monitor.number = sent[1].number
    assert (_swept(session, framed), list(late_bytes(session.client))) == ([], [])
    session.client._late.append((monitor, b"HTTP/1.1 200 OK\r\n"))
    [finding] = _swept(session, framed)
    assert (finding.code, finding.found, finding.exchange) == ("surplus-bytes", "another response", sent[1].number)
    [notice] = late_bytes(session.client)
    assert (notice.found, notice.exchange, notice.severity) == ("behind 1 response", sent[1].number, Severity.WARN)
