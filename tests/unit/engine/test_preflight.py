"""What is looked at before a run: what stops it and with which words, what is only a notice, what is requested."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.config.loading import load_config
from conformance.consumer.request import Request
from conformance.consumer.request_builder import RequestBuilder
from conformance.consumer.response import Response
from conformance.core.errors import TargetError
from conformance.core.exchange import TransportFailure
from conformance.core.resources import data_path
from conformance.core.results import Blame, Severity
from conformance.engine import preflight as module
from conformance.engine.preflight import preflight, served_edition
from conformance.engine.session import Session
from conformance.engine.stop_reasons import EnvironmentTrouble, ProviderGone
from conformance.spec import load
from tests.support.responses import outcome, response

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
OURS = {"resourceType": "CapabilityStatement", "fhirVersion": "3.0.1"}
DSTU2 = {"resourceType": "Conformance", "fhirVersion": "1.0.2"}
HTML = {"Content-Type": "text/html"}
Wire = dict[str, Any]
CASES = ("book_appointment",)


def bundle(*kinds: str) -> Response:
    return response({"resourceType": "Bundle", "entry": [{"resource": {"resourceType": kind}} for kind in kinds]})


SOUND: Wire = {
    "get_capability_statement": response(OURS),
    "find_patient": bundle("Patient"),
    "search_free_slots": bundle("Slot", "Schedule"),
}


class FakeSession:
    """A session whose provider responds by the key of the interaction."""

    def __init__(self, wire: Wire, **data: Any) -> None:
        self.edition = load("stu3")
        config = load_config(data_path("config.example.yaml"))
        self.config = replace(config, data=replace(config.data, **data))
        self.clock = lambda: NOW
        self.values = SimpleNamespace(identifier=lambda: "id")
        self.requests = RequestBuilder(self.edition, self.config, clock=self.clock)
        self.environment = SimpleNamespace(ask=self.send)
        self.sent: list[Request] = []
        self._wire = wire

    def now(self) -> datetime:
        return NOW

    def send(self, request: Request) -> Response:
        self.sent.append(request)
        found = self._wire[request.interaction.key]
        found = found(request) if callable(found) else found
        if isinstance(found, Exception):
            raise found
        assert isinstance(found, Response)
        return found


def looked(session: FakeSession, *interactions: str) -> list[Any]:
    cases: Any = [SimpleNamespace(interaction=one) for one in interactions]
    return list(preflight(cast(Session, session), cases))


def notices(*interactions: str, **changed: Any) -> list[str]:
    return [one.message for one in looked(FakeSession(SOUND | changed), *interactions)]


def stopped(*interactions: str, **changed: Any) -> tuple[str, str]:
    with pytest.raises(TargetError) as stop:
        looked(FakeSession(SOUND | changed), *interactions)
    return stop.value.message, stop.value.fix


def refusal(text: str = "why", status: int = 400) -> Response:
    return response(outcome("BAD_REQUEST", diagnostics=text), status)


@pytest.mark.parametrize(
    ("interactions", "sent"),
    [
        (("get_capability_statement",), []),
        (("find_practitioner", "read_location"), []),
        (("register_patient",), []),
        (("find_patient",), ["find_patient"]),
        (("read_patient",), ["find_patient"]),
        (("search_free_slots",), ["search_free_slots"]),
        (("book_appointment",), ["find_patient", "search_free_slots"]),
        (("retrieve_patient_appointments",), ["find_patient", "search_free_slots"]),
        (("read_appointment",), ["find_patient", "search_free_slots"]),
        (("amend_appointment",), ["find_patient", "search_free_slots"]),
        (("cancel_appointment",), ["find_patient", "search_free_slots"]),
        ((), []),
    ],
)
def test_only_what_the_selection_needs_is_looked_at(interactions: tuple[str, ...], sent: list[str]) -> None:
    session = FakeSession(SOUND)
    assert looked(session, *interactions) == []
    assert [request.interaction.key for request in session.sent] == ["get_capability_statement", *sent]


@pytest.mark.parametrize(
    ("kind", "fix"),
    [
        ("dns", "Check the host name in provider.base_url."),
        ("refused", "Nothing listens there: check provider.base_url and that the provider is running."),
        ("unreachable", "Check provider.base_url and the network."),
        ("tls", "Check the tls section of the configuration: ca, certificate and key."),
    ],
)
def test_without_a_connection_nothing_else_is_tried(kind: str, fix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "connection_advice", lambda *_: "")
    session = FakeSession({"get_capability_statement": response(None, None, failure=TransportFailure(kind, "no way"))})
    with pytest.raises(TargetError) as stop:
        looked(session, *CASES)
    base = session.config.provider.base_url
    assert stop.value.message == f"the provider cannot be reached at {base}: no way"
    assert (stop.value.fix, len(session.sent)) == (fix, 1)
    monkeypatch.setattr(module, "connection_advice", lambda failure, *_: f"Advice on {failure.kind}.")
    with pytest.raises(TargetError) as stop:
        looked(session, *CASES)
    assert stop.value.fix == f"Advice on {kind}."


@pytest.mark.parametrize(
    ("kind", "fix"),
    [
        ("timeout", "It did not respond in time: check the network, or raise run.connect_timeout or run.read_timeout."),
        ("eof", "Check provider.base_url and the network."),
    ],
)
def test_where_nothing_works_the_failure_of_the_statement_is_named(
    kind: str, fix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "connection_advice", lambda *_: "")
    lost = response(None, None, {"Content-Type": ""}, failure=TransportFailure(kind, "gone"))
    trouble = EnvironmentTrouble("it timed out")
    message, said = stopped(*CASES, get_capability_statement=lost, find_patient=trouble, search_free_slots=trouble)
    assert message.endswith(": gone")
    assert said == fix
    message, _ = stopped(get_capability_statement=lost, find_patient=trouble, search_free_slots=trouble)
    assert message.endswith(": gone")  # though no case needs a patient
    (notice,) = notices(*CASES, get_capability_statement=lost)
    assert notice.startswith("the capability statement does not work as the run needs it; the scenarios judge why: ")


CANNOT = "the provider cannot be tested with this configuration: "
UNDECIDED = "Whether the configuration or the provider is wrong cannot be decided from here."


@pytest.mark.parametrize(
    ("statement", "keys"),
    [
        (refusal("ENDPOINT_URL_VARIES"), "provider.base_url"),
        (refusal("messageSender and messageReceiver"), "provider.asid and consumer.asid"),
        (refusal("MESSAGERECEIVER unknown"), "provider.asid"),
        (refusal("Ssp-To is wrong"), "provider.asid"),
        (refusal("ssp-tomorrow"), "provider.asid and consumer.asid"),
        (refusal("messagesender unknown"), "consumer.asid"),
        (refusal("ssp-from is wrong"), "consumer.asid"),
        (refusal("Ssp-InteractionID is wrong"), "edition and provider.base_url"),
        (refusal("no such interaction id"), "edition and provider.base_url"),
        (refusal("?", 401), "provider.asid and consumer.asid"),
        (refusal("?", 403), "provider.asid and consumer.asid"),
        (refusal("?", 404), "provider.base_url"),
        (refusal("?", 405), "provider.base_url"),
        (refusal("?", 500), "provider.base_url"),
    ],
)
def test_a_refusal_of_everything_names_the_key_and_quotes_the_provider(statement: Response, keys: str) -> None:
    refused = refusal("?", 403)
    message, fix = stopped(get_capability_statement=statement, find_patient=refused, search_free_slots=refused)
    said = "; ".join([statement.resource["issue"][0]["diagnostics"], "Shown", "BAD_REQUEST"])
    assert message == f"{CANNOT}there is no capability statement: {statement.described}"
    assert fix == f"Check {keys}. The provider said: {said!r}. {UNDECIDED}"


def test_a_web_page_in_place_of_everything_is_not_quoted() -> None:
    page = response(b"<html><title>Sign up</title></html>", 200, HTML)
    message, fix = stopped(get_capability_statement=page, find_patient=page, search_free_slots=page)
    assert message.startswith(f"{CANNOT}there is no capability statement: a web page with the title 'Sign up' came")
    assert fix == f"Check provider.base_url. {UNDECIDED}"


def test_our_own_certificate_is_named_where_nothing_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "own_certificate_trouble", lambda *_: "your client certificate expired")
    refused = refusal("?", 403)
    message, fix = stopped(*CASES, get_capability_statement=refused, find_patient=refused, search_free_slots=refused)
    assert message.startswith(f"{CANNOT}your client certificate expired, and there is no capability statement: 403")
    assert fix.startswith("Check tls.certificate. The provider said: '?; Shown; BAD_REQUEST'. ")


def test_a_statement_of_another_edition_stops_the_run() -> None:
    message, fix = stopped(get_capability_statement=response(DSTU2))
    assert message == (
        f"{CANNOT}the configuration says edition stu3, and at this address is the capability statement of "
        "dstu2 (FHIR 1.0.2)"
    )
    assert fix == f"Check edition and provider.base_url. {UNDECIDED}"

    def second(request: Request) -> Response:
        mine = load("stu3").interactions["get_capability_statement"].interaction_id
        return refusal("?", 400) if request.interaction.interaction_id == mine else response(DSTU2)

    message, _ = stopped(get_capability_statement=second)
    assert "the capability statement of dstu2" in message
    assert served_edition(cast(Session, FakeSession({"get_capability_statement": second}))) == "dstu2"
    assert served_edition(cast(Session, FakeSession(SOUND))) == "stu3"
    assert served_edition(cast(Session, FakeSession({"get_capability_statement": refusal()}))) == ""


def test_another_edition_is_tried_only_where_ours_is_refused() -> None:
    for status, requests in ((399, 1), (400, 2)):
        session = FakeSession(SOUND | {"get_capability_statement": response(outcome("X"), status)})
        looked(session, *CASES)
        assert sum(one.interaction.key == "get_capability_statement" for one in session.sent) == requests


@pytest.mark.parametrize(
    ("body", "status", "sound"),
    [
        (OURS, 200, True),
        (OURS, 299, True),
        (OURS, 300, False),
        (OURS | {"fhirVersion": "3.0.2"}, 200, True),
        (OURS | {"fhirVersion": "3.1.0"}, 200, False),
        (OURS | {"fhirVersion": "4.0.1"}, 200, False),
        ({"resourceType": "CapabilityStatement"}, 200, False),
        (DSTU2 | {"fhirVersion": "3.0.1"}, 200, False),
        (outcome("X"), 200, False),
    ],
)
def test_what_is_a_statement_of_the_edition(body: Any, status: int, sound: bool) -> None:
    found = notices(*CASES, get_capability_statement=response(body, status))
    assert (found == []) is sound


def test_a_provider_that_is_wrong_in_one_thing_stays_testable() -> None:
    session = FakeSession(SOUND | {"search_free_slots": refusal("not now", 503)})
    (notice,) = looked(session, *CASES)
    assert notice.message == (
        "the search for free slots does not work as the run needs it; the scenarios judge why: "
        f"{refusal('not now', 503).described}"
    )
    assert (notice.severity, notice.blame, notice.code, notice.exchange) == (
        Severity.WARN, Blame.UNDETERMINED, "preflight", 1,
    )  # fmt: skip
    assert notice.evidence == "looked at before the first scenario, when other requests worked"
    (of_patient,) = notices(*CASES, find_patient=refusal())
    assert of_patient.startswith("the search for a patient does not work as the run needs it; ")
    of_patient = notices("find_patient", find_patient=refusal())[0]
    assert of_patient.startswith("the search for a patient ")
    message, fix = stopped(*CASES, find_patient=EnvironmentTrouble("it timed out"), search_free_slots=refusal())
    assert message == f"{CANNOT}a search for a patient is not accepted: it timed out"
    assert fix == f"Check provider.base_url. {UNDECIDED}"
    message, fix = stopped("find_patient", find_patient=refusal("ssp-to?"), search_free_slots=refusal())
    assert message == f"{CANNOT}a search for a patient is not accepted: {refusal('ssp-to?').described}"
    assert fix.startswith("Check provider.asid. The provider said: 'ssp-to?; Shown; BAD_REQUEST'. ")


def test_where_the_statement_is_strange_a_patient_or_a_slot_will_do() -> None:
    strange = response(outcome("X"), 500)
    assert len(notices(get_capability_statement=strange)) == 1
    assert len(notices(*CASES, get_capability_statement=strange, find_patient=refusal())) == 2
    assert len(notices(*CASES, get_capability_statement=strange, search_free_slots=refusal())) == 2
    unreadable = response(b"{", 200)
    assert (
        len(notices(*CASES, get_capability_statement=unreadable, find_patient=refusal(), search_free_slots=refusal()))
        == 3
    )
    unlabelled = response(b"{", 200, HTML)
    message, _ = stopped(
        *CASES, get_capability_statement=unlabelled, find_patient=refusal(), search_free_slots=refusal()
    )
    assert "there is no capability statement" in message
    labelled = response(b"{", 200)
    assert (
        len(notices(*CASES, get_capability_statement=unlabelled, find_patient=labelled, search_free_slots=refusal()))
        == 3
    )


def test_no_patient_or_no_slot_stops_the_run_with_the_key() -> None:
    message, fix = stopped(*CASES, find_patient=bundle("Slot"))
    assert (
        message == f"{CANNOT}the search finds none of the configured patients: 200 with a Bundle that holds no Patient"
    )
    assert fix == f"Check data.patients. {UNDECIDED}"
    message, fix = stopped(*CASES, search_free_slots=bundle("Schedule"))
    assert message == (
        f"{CANNOT}the search finds no free slot in the configured window: 200 with a Bundle that holds no Slot"
    )
    assert fix == f"Check data.window and consumer.organization.type. {UNDECIDED}"
    assert notices("find_patient", search_free_slots=bundle()) == []


def test_people_are_tried_one_after_the_other_until_one_is_found() -> None:
    found = {"tries": 0}

    def third(request: Request) -> Response:
        found["tries"] += 1
        return bundle("Patient") if found["tries"] == 3 else bundle()

    session = FakeSession(SOUND | {"find_patient": third})
    assert looked(session, "find_patient") == []
    data = session.config.data
    people = [*data.patients_with("bookable"), *data.patients_with("spare"), *data.patients_with("no-appointments")]
    tried = [dict(one.query)["identifier"] for one in session.sent[1:]]
    assert tried == [f"https://fhir.nhs.uk/Id/nhs-number|{one.nhs_number}" for one in people[:3]]
    session = FakeSession(SOUND | {"find_patient": bundle()})
    with pytest.raises(TargetError):
        looked(session, "find_patient")
    assert len(session.sent) == 1 + min(5, len(people))
    message, _ = with_data("find_patient", patients=())
    assert message.endswith(": the configuration names no patient with the role bookable")


def with_data(*interactions: str, **data: Any) -> tuple[str, str]:
    with pytest.raises(TargetError) as stop:
        looked(FakeSession(SOUND, **data), *interactions)
    return stop.value.message, stop.value.fix


def test_slots_are_searched_for_thirteen_days_at_a_time() -> None:
    session = FakeSession(SOUND | {"search_free_slots": bundle()})
    window = replace(session.config.data.window, start_days=1, end_days=30)
    session = FakeSession(SOUND | {"search_free_slots": bundle()}, window=window)
    with pytest.raises(TargetError):
        looked(session, "search_free_slots")
    spans = [[value for name, value in one.query if name in ("start", "end")] for one in session.sent[1:]]
    days = [[datetime.fromisoformat(value[2:]).date() for value in span] for span in spans]
    first = NOW.date() + timedelta(days=1)
    assert [(span[0] - first).days for span in days] == [0, 13, 26]
    assert [(span[1] - first).days for span in days] == [12, 25, 29]
    nothing = replace(window, start_days=3, end_days=2)
    message, _ = with_data("search_free_slots", window=nothing)
    assert message.endswith(": the window is empty")


def test_a_provider_that_goes_away_ends_it() -> None:
    message, fix = stopped(*CASES, find_patient=ProviderGone("it is gone"))
    assert message == "the provider cannot be tested: it is gone"
    assert fix == "Nothing listens there: check provider.base_url and that the provider is running."


@pytest.mark.parametrize(
    ("seconds", "found"), [(0, None), (60, None), (-60, None), (61, "61 s apart"), (-75, "75 s apart")]
)
def test_clocks_that_differ_are_a_notice(seconds: int, found: str | None) -> None:
    theirs = (NOW + timedelta(seconds=seconds)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    session = FakeSession(SOUND | {"get_capability_statement": response(OURS, 200, {"Date": theirs})})
    seen = looked(session)
    assert [one.found for one in seen] == ([found] if found else [])
    for one in seen:
        assert (one.code, one.severity, one.blame, one.location, one.expected, one.exchange) == (
            "clock-skew", Severity.WARN, Blame.ENVIRONMENT, "header Date", "at most 60 s", 1,
        )  # fmt: skip
    without = FakeSession(SOUND | {"get_capability_statement": response(OURS, 200, {"Date": "soon"})})
    assert looked(without) == []


def test_a_long_refusal_is_quoted_in_part_and_once() -> None:
    issue = outcome("BAD_REQUEST", diagnostics="x" * 400)
    issue["issue"][0]["details"]["text"] = "Shown"
    refused = response(issue, 400)
    _, fix = stopped(get_capability_statement=refused, find_patient=refused, search_free_slots=refused)
    assert f"The provider said: {'x' * 300!r}. " in fix
    issue = outcome("BAD_REQUEST", diagnostics=7)
    issue["issue"][0]["details"]["text"] = "Shown"
    refused = response(issue, 400)
    _, fix = stopped(get_capability_statement=refused, find_patient=refused, search_free_slots=refused)
    assert "The provider said: 'Shown; BAD_REQUEST'. " in fix
