"""What a run does once: the same requests whoever needs it first, listed with everybody who rests on it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.consumer.request import Request
from conformance.consumer.response import Response
from conformance.core.exchange import Exchange
from conformance.core.results import Blame
from conformance.engine import people
from conformance.engine.context import ScenarioContext, context_step
from conformance.engine.named_steps import NamedStep, Sender, perform, repeat_controls
from conformance.engine.scenario import Case
from conformance.engine.session import Session
from conformance.engine.stop_reasons import CannotTest
from tests.support.configs import config_for

SLOT_BUNDLE = b'{"resourceType": "Bundle", "type": "searchset"}'
FOUND = b'{"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": {"resourceType": "Patient", "id": "p-1"}}]}'


class Provider:
    """Returns one response to every request."""

    def __init__(self, session: Session) -> None:
        self.session, self.status, self.body = session, 200, SLOT_BUNDLE

    def __call__(self, request: Request) -> Response:
        exchange = Exchange(
            number=0,
            interaction=request.interaction.key,
            label=request.label,
            method=request.method,
            url=request.path,
            request_headers=(),
            request_body=b"",
            started="",
            elapsed_ms=1.0,
            status=self.status,
            response_body=self.body,
            response_headers=(("Content-Type", "application/fhir+json"),),
        )
        return Response(self.session.recorder.add(exchange), self.session.definitions_for)


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    made = Session(config_for("stu3", "http://127.0.0.1:9", tmp_path))
    monkeypatch.setattr(made, "send", Provider(made))
    return made


def _provider(session: Session) -> Provider:
    provider = session.send
    assert isinstance(provider, Provider)
    return provider


def _metadata(sender: Sender) -> int:
    return sender.send(sender.session.requests.capability()).number


def _numbers(sender: Sender) -> list[int]:
    return [exchange.number for exchange in sender.exchanges]


STEP = NamedStep("read the statement", _metadata)


def test_a_step_is_performed_once_and_its_exchanges_are_listed_with_all_who_rest_on_it(session: Session) -> None:
    first, second = Sender(session), Sender(session)
    _metadata(second)
    assert first.once(STEP) == second.once(STEP) == first.once(STEP) == 2
    assert (_numbers(first), _numbers(second)) == ([2], [1, 2])
    assert [exchange.label.partition(":")[0] for exchange in first.exchanges] == ["read the statement"]


def test_a_step_that_rests_on_another_lists_both(session: Session) -> None:
    def outer(sender: Sender) -> int:
        return sender.once(STEP) + _metadata(sender)

    sender = Sender(session)
    assert sender.once(NamedStep("outer", outer)) == 3
    assert _numbers(sender) == [1, 2]


def test_a_step_that_could_not_be_performed_says_so_each_time_and_is_not_tried_again(session: Session) -> None:
    def fails(sender: Sender) -> None:
        _metadata(sender)
        raise CannotTest("the provider refuses it", Blame.PROVIDER)

    for sender in (Sender(session), Sender(session)):
        with pytest.raises(CannotTest, match="refuses it") as stopped:
            sender.once(NamedStep("refused", fails))
        assert stopped.value.blame is Blame.PROVIDER
        assert _numbers(sender) == [1]


def test_controls_are_performed_again_at_the_end_and_other_steps_are_not(session: Session) -> None:
    control = NamedStep(
        "control", lambda sender: sender.send(sender.session.requests.capability()).status, control=True
    )
    sender = Sender(session)
    assert (sender.once(STEP), sender.once(control)) == (1, 200)
    _provider(session).status = 503
    ((before, again),) = repeat_controls(session)
    assert (before.value, again.value) == (200, 503)
    assert [exchange.number for exchange in again.exchanges] == [3]
    assert sender.once(control) == 200


def test_what_a_step_books_is_undone_at_its_end(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    undone: list[str] = []
    monkeypatch.setattr(ScenarioContext, "clean_up", lambda context: undone.append(context.case.id))
    assert Sender(session).once(context_step("book something", lambda context: context.case.id)) == "book something"
    assert undone == ["book something"]


def test_a_configured_patient_is_looked_up_once_and_another_each_time(session: Session) -> None:
    _provider(session).body = FOUND
    known = session.config.data.patients[0].nhs_number
    for _ in range(2):
        sender = Sender(session)
        assert people.logical_id(sender, people.PATIENT, known) == "p-1"
        assert _numbers(sender) == [1]
    for _ in range(2):
        assert people.logical_id(Sender(session), people.PATIENT, "9990012172") == "p-1"
    assert len(session.exchanges) == 3


@pytest.mark.parametrize(
    ("status", "said", "blame"),
    [(200, "found nothing", Blame.TEST_DATA), (500, "returned 500", Blame.PROVIDER)],
)
def test_a_patient_who_is_not_found_says_why(session: Session, status: int, said: str, blame: Blame) -> None:
    _provider(session).status = status
    known = session.config.data.patients[0].nhs_number
    with pytest.raises(CannotTest, match=said) as stopped:
        people.logical_id(Sender(session), people.PATIENT, known)
    assert stopped.value.blame is blame


def test_a_scenario_lists_what_it_rests_on(session: Session) -> None:
    case = Case(id="t.x", title="t", interaction="search_free_slots", verifies="")
    first, second = ScenarioContext(session, case), ScenarioContext(session, replace(case, id="t.y"))
    assert first.once(STEP) == second.once(STEP)
    assert first.sender.exchanges == second.sender.exchanges == list(session.exchanges)


def test_performing_a_step_does_not_record_it_as_the_runs(session: Session) -> None:
    assert perform(STEP, session).value == 1
    assert Sender(session).once(STEP) == 2
