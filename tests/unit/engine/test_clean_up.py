"""Clean-up from the footprint: what a run made is undone, whatever became of the responses; what it did not make stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from conformance.core.footprint import Kind, Receipt, State, receipt
from conformance.engine.arrangement import Arrangement
from conformance.engine.clean_up import clean_up
from conformance.engine.named_steps import Sender
from conformance.engine.scenario import Case
from conformance.engine.session import Session
from conformance.engine.stop_reasons import CannotTest
from tests.support.in_process import WEEK, InProcess, session_on, session_with

Handler = Callable[[httpx.Request, Callable[[], httpx.Response]], httpx.Response]


class Between(httpx.BaseTransport):
    """Stands between a session and its provider: `handle` gets each request and a way to pass it on."""

    def __init__(self, provider: InProcess, handle: Handler) -> None:
        self.provider = provider
        self.handle = handle

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle(request, lambda: self.provider.handle_request(request))


@dataclass
class Bench:
    session: Session
    provider: InProcess

    def __post_init__(self) -> None:
        self.before = self.booked()

    def booked(self) -> set[str]:
        rows = self.provider.provider.store.database.execute("SELECT id FROM appointment WHERE status = 'booked'")
        return {row["id"] for row in rows}

    @property
    def left(self) -> set[str]:
        return self.booked() - self.before

    def arrange(self, session: Session | None = None) -> Arrangement:
        case = Case(id="x", title="x", interaction="", verifies="")
        return Arrangement(Sender(session or self.session), case)

    def between(self, handle: Handler) -> None:
        self.session.client._transport = Between(self.provider, handle)

    @property
    def receipt(self) -> Receipt:
        return receipt(self.session.footprint.changes.values())


@contextmanager
def bench_on(edition: str, folder: Path, *faults: str) -> Iterator[Bench]:
    with session_on(edition, folder, *faults, overrides=WEEK) as session:
        session._pause = lambda _: None
        provider = session.client._transport
        assert isinstance(provider, InProcess)
        yield Bench(session, provider)


@pytest.fixture(params=["stu3", "dstu2"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    with bench_on(request.param, tmp_path) as made:
        yield made


def killed_after(method: str) -> Handler:
    """Passes a write on, and has the process stopped before the response is there."""

    def handle(request: httpx.Request, pass_on: Callable[[], httpx.Response]) -> httpx.Response:
        response = pass_on()
        if request.method == method:
            raise KeyboardInterrupt
        return response

    return handle


def test_a_booking_is_in_the_footprint_before_its_request_leaves(bench: Bench) -> None:
    states: list[tuple[Kind, State]] = []

    def handle(request: httpx.Request, pass_on: Callable[[], httpx.Response]) -> httpx.Response:
        if request.method == "POST":
            states.extend((one.kind, one.state) for one in bench.session.footprint.changes.values())
        return pass_on()

    bench.between(handle)
    booked = bench.arrange().booked()
    assert states == [(Kind.BOOKING, State.INTENDED)]
    (change,) = bench.session.footprint.changes.values()
    assert (change.state, change.resource) == (State.EXISTS, f"Appointment/{booked.id}")


def test_what_is_booked_is_cancelled_and_the_receipt_says_so(bench: Bench) -> None:
    booked = bench.arrange().booked()
    assert bench.left == {booked.id}
    clean_up(bench.session)
    assert not bench.left
    named = (f"Appointment/{booked.id}",)
    assert bench.receipt == Receipt(booked=named, cancelled=named)


def test_what_a_scenario_cancelled_itself_is_no_work(bench: Bench) -> None:
    arrange = bench.arrange()
    arrange.booked()
    assert arrange.undo() == []
    sent = len(bench.session.exchanges)
    clean_up(bench.session)
    assert [one.interaction for one in bench.session.exchanges[sent:]] == ["retrieve_patient_appointments"]
    assert bench.receipt.left == ()


def test_a_run_that_changed_nothing_sends_nothing(bench: Bench) -> None:
    clean_up(bench.session)
    assert not bench.session.exchanges
    assert bench.receipt.sentences == ()


def test_a_booking_whose_response_never_came_is_found_and_cancelled(bench: Bench) -> None:
    bench.between(killed_after("POST"))
    with pytest.raises(KeyboardInterrupt):
        bench.arrange().booked()
    (change,) = bench.session.footprint.changes.values()
    assert change.state is State.INTENDED
    (made,) = bench.left
    bench.between(lambda _, pass_on: pass_on())
    clean_up(bench.session)
    assert not bench.left
    assert bench.receipt.booked == (f"Appointment/{made}",)


def test_a_request_that_never_arrived_leaves_nothing(bench: Bench) -> None:
    def handle(request: httpx.Request, pass_on: Callable[[], httpx.Response]) -> httpx.Response:
        if request.method == "POST":
            raise KeyboardInterrupt
        return pass_on()

    bench.between(handle)
    with pytest.raises(KeyboardInterrupt):
        bench.arrange().booked()
    bench.between(lambda _, pass_on: pass_on())
    clean_up(bench.session)
    assert bench.receipt == Receipt()


def test_a_cancellation_that_was_stopped_is_done_again_or_found_done(bench: Bench) -> None:
    arrange = bench.arrange()
    booked = arrange.booked()
    bench.between(killed_after("PUT"))
    with pytest.raises(KeyboardInterrupt):
        arrange.cancelled(booked)
    bench.between(lambda _, pass_on: pass_on())
    clean_up(bench.session)
    assert not bench.left
    assert bench.receipt.left == ()


def test_another_runs_booking_in_the_slot_stays(bench: Bench) -> None:
    """Both runs know the slot as free and book it for the same patient; ours is stopped, the other one was first."""
    arrange = bench.arrange()
    slot, patient = arrange.slot(), arrange.patient()
    other = session_with(bench.provider, bench.session.config)
    theirs = bench.arrange(other).booked(slot, patient=patient)
    bench.between(killed_after("POST"))
    with pytest.raises(KeyboardInterrupt):
        arrange.booked(slot, patient=patient)
    bench.between(lambda _, pass_on: pass_on())
    clean_up(bench.session)
    assert bench.left == {theirs.id}
    assert bench.receipt.booked == ()
    (left,) = bench.receipt.left
    assert f"Appointment/{theirs.id} has the slot, and nothing shows whether this run made it" in left
    assert left.startswith("perhaps ")


def test_another_runs_booking_in_the_slot_of_a_refused_one_stays_unnamed(bench: Bench) -> None:
    arrange = bench.arrange()
    slot, patient = arrange.slot(), arrange.patient()
    other = session_with(bench.provider, bench.session.config)
    theirs = bench.arrange(other).booked(slot, patient=patient)
    with suppress(CannotTest):
        arrange.booked(slot, patient=patient)
    clean_up(bench.session)
    assert theirs.id in bench.left
    assert f"Appointment/{theirs.id}" not in bench.receipt.booked
    assert bench.receipt.left == ()


@pytest.mark.parametrize("status", [500, 422])
def test_an_error_in_response_to_a_booking_that_was_carried_out(bench: Bench, status: int) -> None:
    def handle(request: httpx.Request, pass_on: Callable[[], httpx.Response]) -> httpx.Response:
        response = pass_on()
        return httpx.Response(status, stream=httpx.ByteStream(b"")) if request.method == "POST" else response

    bench.between(handle)
    with suppress(CannotTest):
        bench.arrange().booked()
    assert bench.left
    clean_up(bench.session)
    assert not bench.left
    assert bench.receipt.booked
    assert bench.receipt.left == ()


def test_a_cancellation_refused_once(bench: Bench) -> None:
    refused: list[str] = []

    def handle(request: httpx.Request, pass_on: Callable[[], httpx.Response]) -> httpx.Response:
        if request.method == "PUT" and not refused:
            refused.append(request.method)
            return httpx.Response(409, stream=httpx.ByteStream(b""))
        return pass_on()

    bench.between(handle)
    bench.arrange().booked()
    clean_up(bench.session)
    assert refused
    assert not bench.left
    assert bench.receipt.left == ()


def test_a_cancellation_refused_each_time_is_left_with_the_reason(bench: Bench) -> None:
    def handle(request: httpx.Request, pass_on: Callable[[], httpx.Response]) -> httpx.Response:
        if request.method == "PUT":
            return httpx.Response(409, stream=httpx.ByteStream(b""))
        return pass_on()

    bench.between(handle)
    booked = bench.arrange().booked()
    clean_up(bench.session)
    (left,) = bench.receipt.left
    assert left.startswith(f"Appointment/{booked.id} (booking")
    assert "its cancellation returned 409" in left
    bench.between(lambda _, pass_on: pass_on())
    clean_up(bench.session)
    assert not bench.left
    assert bench.receipt.left == ()


@pytest.mark.parametrize("edition", ["stu3", "dstu2"])
def test_a_cancellation_that_has_no_effect_is_left(edition: str, tmp_path: Path) -> None:
    with bench_on(edition, tmp_path, "cancel.not-stored") as bench:
        booked = bench.arrange().booked()
        bench.arrange().undo()
        clean_up(bench.session)
        (left,) = bench.receipt.left
        assert left.startswith(f"Appointment/{booked.id} ")
        assert left.endswith("it was cancelled, and is still booked")


@pytest.mark.parametrize(
    "fault", ["cancel.retrieved-as-booked", "cancel.not-retrieved", "cancel.gone-afterwards", "cancel.no-content"]
)
def test_a_provider_that_shows_cancelled_appointments_wrongly_leaves_nothing(fault: str, tmp_path: Path) -> None:
    with bench_on("stu3", tmp_path, fault) as bench:
        bench.arrange().booked()
        clean_up(bench.session)
        assert not bench.left
        assert bench.receipt.left == ()


def test_a_provider_that_does_not_respond_leaves_all_that_is_there(bench: Bench) -> None:
    def handle(_: httpx.Request, __: Callable[[], httpx.Response]) -> httpx.Response:
        raise httpx.ReadTimeout("no response")

    booked = bench.arrange().booked()
    bench.between(handle)
    clean_up(bench.session)
    (left,) = bench.receipt.left
    assert left.startswith(f"Appointment/{booked.id} ")
    assert "did not respond" in left


def test_an_appointment_changed_that_the_run_did_not_book_is_left(bench: Bench) -> None:
    other = session_with(bench.provider, bench.session.config)
    theirs = bench.arrange(other).booked()
    bench.arrange().amended(theirs, comment="Changed")
    clean_up(bench.session)
    assert theirs.id in bench.left
    (left,) = bench.receipt.left
    assert left.startswith(f"Appointment/{theirs.id} (amendment")
    assert bench.receipt.amended == (f"Appointment/{theirs.id}",)


def test_registrations_are_named_and_not_left(bench: Bench) -> None:
    from conformance.consumer import request_bodies

    session = bench.session
    person = next(one for one in session.config.data.registrations if not one.refused and not one.inactive)
    body = request_bodies.registration(session.edition, person)
    response = session.send(session.requests.register(body, nhs_number=person.nhs_number))
    assert response.status in (200, 201)
    (change,) = session.footprint.changes.values()
    assert person.nhs_number not in str(change)
    assert change.person.startswith("data.registrations[")
    clean_up(session)
    assert len(bench.receipt.registered) == 1
    assert bench.receipt.left == ()
    assert any("no way to undo" in line for line in bench.receipt.sentences)


def test_a_registration_whose_response_never_came_is_looked_up(bench: Bench) -> None:
    from conformance.consumer import request_bodies

    session = bench.session
    person = next(one for one in session.config.data.registrations if not one.refused and not one.inactive)
    body = request_bodies.registration(session.edition, person)
    bench.between(killed_after("POST"))
    with pytest.raises(KeyboardInterrupt):
        session.send(session.requests.register(body, nhs_number=person.nhs_number))
    assert bench.receipt.left
    bench.between(lambda _, pass_on: pass_on())
    clean_up(session)
    assert len(bench.receipt.registered) == 1
    assert bench.receipt.registered[0].startswith("Patient/")


def test_simultaneous_bookings_are_in_the_footprint(bench: Bench) -> None:
    arrange = bench.arrange()
    slot, patient = arrange.slot(), arrange.patient()
    requests = [arrange.booking(slot, patient=patient) for _ in range(3)]
    bench.session.send_together(requests)
    states = sorted(one.state for one in bench.session.footprint.changes.values())
    assert states == [State.EXISTS, State.NONE, State.NONE]
    clean_up(bench.session)
    assert not bench.left


def test_time_that_is_over_leaves_what_is_there(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    booked = bench.arrange().booked()

    def over() -> None:
        raise CannotTest("the run's time was over")

    monkeypatch.setattr(bench.session.deadline, "check", over)
    clean_up(bench.session)
    (left,) = bench.receipt.left
    assert left.startswith(f"Appointment/{booked.id} ")
    assert left.endswith("the run's time was over")
