"""What counts as coming between us and the provider, and when a request is sent again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from conformance.config.model import Resilience
from conformance.consumer.repeats import Repeater, Trouble, pause_before, retry_after, trouble_of
from conformance.consumer.request import Request
from conformance.consumer.request_builder import RequestBuilder
from conformance.consumer.response import Response
from conformance.core.exchange import TransportFailure
from tests.support.responses import outcome, response

BOUNDS = Resilience(repeats=3, pause=1.0, longest_pause=5.0, refused_in_a_row=4)


def page(status: int, **headers: str) -> Response:
    return response(b"<html><body>Bad gateway</body></html>", status, {"Content-Type": "text/html", **headers})


def failed(kind: str, **headers: str) -> Response:
    found = response(None, None, failure=TransportFailure(kind, f"it was {kind}"))
    if not headers:
        object.__setattr__(found.exchange, "response_headers", ())
    return found


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_gateway_is_known_by_its_status_and_a_body_that_is_no_resource(status: int) -> None:
    assert trouble_of(page(status)) is Trouble.GATEWAY
    assert trouble_of(response(None, status)) is Trouble.GATEWAY
    assert trouble_of(response(outcome("INTERNAL_SERVER_ERROR"), status)) is None
    assert trouble_of(response({"resourceType": "Bundle"}, status)) is None


def test_what_is_no_trouble_is_for_the_scenarios_to_judge() -> None:
    assert trouble_of(page(500)) is None
    assert trouble_of(page(404)) is None
    assert trouble_of(response({"resourceType": "Bundle"})) is None
    for kind in ("tls", "protocol", "too-large", "unsendable", "other"):
        assert trouble_of(failed(kind)) is None


@pytest.mark.parametrize(
    ("kind", "trouble"),
    [
        ("refused", Trouble.UNREACHED),
        ("dns", Trouble.UNREACHED),
        ("unreachable", Trouble.UNREACHED),
        ("reset", Trouble.BROKEN),
        ("eof", Trouble.BROKEN),
        ("timeout", Trouble.TIMEOUT),
    ],
)
def test_failures_of_the_transport(kind: str, trouble: Trouble) -> None:
    assert trouble_of(failed(kind)) is trouble
    assert trouble_of(failed(kind, some="header")) is None  # once headers came, what breaks is the provider's


def test_429_is_trouble_whatever_its_body() -> None:
    assert trouble_of(response(outcome("TOO_MANY"), 429)) is Trouble.THROTTLED


def test_a_proxy_known_by_its_form_is_a_gateway() -> None:
    assert trouble_of(response(outcome("502"), 502), by_proxy=True) is Trouble.GATEWAY


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "Sun, 29 Nov 2026 10:00:30 GMT", "Date": "Sun, 29 Nov 2026 10:00:00 GMT"}, 30.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-1"}, None),
        ({}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(response(None, 429, headers)) == seconds


def test_pauses_double_and_are_bounded() -> None:
    assert [pause_before(page(502), number, BOUNDS) for number in (1, 2, 3, 4)] == [1.0, 2.0, 4.0, 5.0]
    assert pause_before(response(None, 429, {"Retry-After": "3600"}), 1, BOUNDS) == 5.0
    past = {"Retry-After": "Sun, 29 Nov 2026 10:00:00 GMT", "Date": "Sun, 29 Nov 2026 10:00:30 GMT"}
    assert pause_before(response(None, 429, past), 1, BOUNDS) == 0.0


class Wire:
    """Gives responses one after the other, and the last of them for ever."""

    def __init__(self, responses: Iterable[Response], bounds: Resilience = BOUNDS) -> None:
        self.responses = list(responses)
        self.sent: list[Request] = []
        self.pauses: list[float] = []
        self.repeater = Repeater(bounds, self.transmit, trouble_of, self.pauses.append)

    def transmit(self, request: Request) -> Response:
        self.sent.append(request)
        return self.responses.pop(0) if len(self.responses) > 1 else self.responses[0]


@pytest.fixture
def ask(builder: RequestBuilder) -> Request:
    return builder.capability()


@pytest.fixture
def write(builder: RequestBuilder) -> Request:
    body: dict[str, Any] = {"resourceType": "Appointment"}
    return builder.book(body)


def test_a_safe_request_is_sent_again_until_it_succeeds(ask: Request) -> None:
    wire = Wire([page(502), failed("reset"), response({"resourceType": "Bundle"})])
    assert [found.status for found in wire.repeater.send(ask)] == [502, None, 200]
    assert wire.pauses == [1.0, 2.0]
    assert wire.repeater.made == 2


def test_repeats_are_bounded(ask: Request) -> None:
    assert len(Wire([page(503)]).repeater.send(ask)) == 1 + 3
    assert len(Wire([failed("timeout")]).repeater.send(ask)) == 1 + 1
    assert len(Wire([failed("refused")]).repeater.send(ask)) == 4
    assert len(Wire([page(503)], Resilience(repeats=0)).repeater.send(ask)) == 1


def test_the_whole_run_has_a_bound(ask: Request) -> None:
    wire = Wire([page(503)], Resilience(repeats=3, pause=0, most_repeats=4))
    assert [len(wire.repeater.send(ask)) for _ in range(3)] == [4, 2, 1]


def test_a_write_whose_outcome_is_open_is_not_sent_again(write: Request) -> None:
    for found in (page(502), page(503), page(504), failed("reset"), failed("eof"), failed("timeout")):
        assert len(Wire([found]).repeater.send(write)) == 1


def test_a_write_that_was_not_acted_on_is_sent_again(write: Request) -> None:
    assert len(Wire([response(None, 429), response(None, 201)]).repeater.send(write)) == 2
    assert len(Wire([failed("refused"), response(None, 201)]).repeater.send(write)) == 2
