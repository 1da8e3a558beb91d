"""What a session lets leave: no write where only reading is permitted, no more at once than may be, and slowly after 429."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.config.bundled import bundled_config
from conformance.consumer.network import MOST_CONNECTIONS
from conformance.consumer.request import Request
from conformance.core.exchange import Exchange
from conformance.core.results import Blame, Finding, Severity
from conformance.engine.response_rules import ResponseJudge, _belongs, _route, _without
from conformance.engine.session import Session
from conformance.engine.stop_reasons import CannotTest
from conformance.spec import load
from tests.support.responses import response


class Client:
    """Gives the same response to each request."""

    def __init__(self, status: int = 200, **headers: str) -> None:
        self.status, self.headers = status, tuple(headers.items())
        self.late_bytes: dict[int, bytes] = {}
        self.closed = False

    def send(self, request: Request) -> Exchange:
        given: dict[str, Any] = {
            "interaction": request.interaction.key,
            "label": request.label,
            "method": request.method,
        }
        return Exchange(
            number=1, url=request.path, request_headers=(), request_body=b"", started="", elapsed_ms=1.0, status=self.status,
            response_headers=self.headers, **given,
        )  # fmt: skip

    def send_together(self, requests: list[Request]) -> list[Exchange]:
        return [self.send(one) for one in requests]

    def close(self) -> None:
        self.closed = True


class Pace:
    """Notes what is admitted and how long nothing may leave."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def admit(self, requests: int = 1) -> None:
        self.seen.append(requests)

    def hold(self, seconds: float) -> None:
        self.seen.append(f"{seconds:g} s")


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    made = Session(bundled_config("stu3", "http://127.0.0.1:9/A20047", tmp_path))
    monkeypatch.setattr(made, "client", Client())
    monkeypatch.setattr(made, "pace", Pace())
    monkeypatch.setattr(made.environment, "settle_together", lambda *_: None)
    return made


def seen(session: Session) -> list[Any]:
    return cast(Any, session.pace).seen  # type: ignore[no-any-return]


def responds(session: Session, monkeypatch: pytest.MonkeyPatch, status: int, **headers: str) -> None:
    monkeypatch.setattr(session, "client", Client(status, **headers))


@pytest.mark.parametrize(
    ("method", "leaves"),
    [("GET", True), ("HEAD", True), ("options", True), ("POST", False), ("put", False), ("DELETE", False)],
)
def test_with_read_only_nothing_that_writes_leaves(session: Session, method: str, leaves: bool) -> None:
    request = session.requests.capability().with_(method=method)
    assert session.transmit(request).status == 200
    session.read_only = True
    if leaves:
        assert session.transmit(request).status == 200
        assert len(session.send_together([request, request])) == 2
        return
    for send in (lambda: session.transmit(request), lambda: session.send_together([request])):
        with pytest.raises(CannotTest, match=r": nothing that might change something is sent$") as stop:
            send()
        assert (stop.value.blame, seen(session)) == (Blame.CONFIGURATION, [1])


@pytest.mark.parametrize(
    ("most", "wanted", "may"),
    [(2, 2, True), (2, 3, False), (0, MOST_CONNECTIONS, True), (0, MOST_CONNECTIONS + 1, False)],
)
def test_requests_at_once_need_as_many_connections(session: Session, most: int, wanted: int, may: bool) -> None:
    session.config = replace(session.config, run=replace(session.config.run, max_connections=most))
    requests = [session.requests.capability()] * wanted
    if may:
        assert len(session.send_together(requests)) == wanted
        assert seen(session) == [wanted]
        return
    words = f"^{wanted} requests at once need as many connections, and run.max_connections permits {most or MOST_CONNECTIONS}$"
    with pytest.raises(CannotTest, match=words) as stop:
        session.send_together(requests)
    assert (stop.value.blame, seen(session)) == (Blame.CONFIGURATION, [])


def test_too_many_requests_let_nothing_leave_for_a_while(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    request = session.requests.capability()
    session.transmit(request)
    responds(session, monkeypatch, 429, **{"Retry-After": "7"})
    session.transmit(request)
    session.send_together([request, request])
    responds(session, monkeypatch, 503, **{"Retry-After": "7"})
    session.transmit(request)
    assert seen(session) == [1, 1, "7 s", 2, "7 s", 1]


def test_what_a_write_may_change_is_in_the_footprint_before_it_leaves(session: Session) -> None:
    session.transmit(session.requests.capability())
    assert session.footprint.changes == {}
    session.transmit(session.requests.amend({"resourceType": "Appointment", "id": "7"}, None))
    (change,) = session.footprint.changes.values()
    assert (change.resource, change.state.value) == ("Appointment/7", "exists")


def test_a_session_closes_its_connections(session: Session) -> None:
    session.close()
    assert cast(Any, session.client).closed


EDITION = load("stu3")
MILD = "a warning, as the scenario that sent the request comes to a warning at most"


@pytest.mark.parametrize(
    ("method", "url", "belongs"),
    [
        ("GET", "https://p/Patient/1/Appointment?start=ge2026-01-01", True),
        ("GET", "https://p/Patient/1/Appointment", True),
        ("POST", "https://p/Patient/1/Appointment", False),
        ("GET", "https://p/Patient/1/2/Appointment", False),
        ("GET", "https://p/Patient//Appointment", False),
        ("GET", "https://p/Patient/1/Appointments", False),
        ("GET", "https://p/Patient/1/Appointment/7", False),
    ],
)
def test_which_exchanges_belong_to_an_interaction(method: str, url: str, belongs: bool) -> None:
    routes = {"retrieve_patient_appointments": _route(EDITION, "retrieve_patient_appointments")}
    exchange = replace(response(None).exchange, method=method, url=url, interaction="retrieve_patient_appointments")
    assert _belongs(exchange, routes) is belongs
    assert not _belongs(replace(exchange, interaction="read_appointment"), routes)


def test_what_invalid_requests_left_behind_is_taken_out() -> None:
    slots = [{"resource": {"resourceType": "Slot", "id": str(number)}} for number in (1, 2)]
    bundle = response({"resourceType": "Bundle", "total": 2, "entry": slots})
    assert _without({"Slot/3"}, bundle) is bundle
    left = _without({"Slot/1", "Patient/2"}, bundle)
    assert left is not None
    assert (left.resource["total"], left.resource["entry"]) == (2, slots[1:])
    assert _without({"Slot/1", "Slot/2"}, bundle) is None
    assert _without({"Slot/1"}, response(slots[0]["resource"])) is None


def judge(mildly: set[int]) -> ResponseJudge:
    return ResponseJudge(
        cast(Any, SimpleNamespace(edition=EDITION)), read=cast(Any, None), counts=lambda _: True, made_by_invalid=set(),
        sent_mildly=mildly, late=dict,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("finding", "severity", "evidence"),
    [
        (Finding("x", exchange=3), Severity.WARN, MILD),
        (Finding("x", exchange=3, evidence="e"), Severity.WARN, f"e; {MILD}"),
        (Finding("x", exchange=4, evidence="e"), Severity.FAIL, "e"),
        (Finding("x", Severity.INFO, exchange=3), Severity.INFO, ""),
        (Finding("x", Severity.WARN, exchange=3), Severity.WARN, ""),
    ],
)  # fmt: skip
def test_no_rule_weighs_harder_than_the_scenario(finding: Finding, severity: Severity, evidence: str) -> None:
    weighed = judge({3})._weighed(finding)
    assert (weighed.severity, weighed.evidence) == (severity, evidence)


def test_the_path_of_an_interaction_is_matched_to_its_end() -> None:
    method, path = _route(EDITION, "read_appointment")
    assert method == "GET"
    assert isinstance(path, re.Pattern)
    assert [bool(path.search(f"/Appointment/{rest}")) for rest in ("1", "1?x=1", "1/_history/2", "")] == [
        True,
        True,
        False,
        False,
    ]
