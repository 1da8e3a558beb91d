"""The load probe: bounded, only asking, told as notices, and stopped by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from conformance.config.bundled import bundled_config
from conformance.consumer.request import Request
from conformance.consumer.response import Response
from conformance.core.results import Finding, Severity
from conformance.engine import load
from conformance.engine.session import Session
from conformance.provider.server_thread import start
from conformance.spec import editions
from conformance.spec import load as edition_of


@pytest.fixture(params=editions())
def session(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Session]:
    with start(edition_of(request.param)) as provider:
        made = Session(bundled_config(request.param, provider.base_url, tmp_path))
        yield made
        made.close()


def codes(found: Sequence[Finding]) -> list[str]:
    return [finding.code for finding in found]


def test_a_sound_provider_gives_one_notice(session: Session) -> None:
    found = load.probe(session, requests=7, concurrency=3)
    assert codes(found) == ["load"]
    assert "7 requests, 3 at a time" in found[0].message
    asked = [exchange for exchange in session.exchanges if exchange.interaction != "find_patient"]
    assert asked
    assert {exchange.method for exchange in session.exchanges} == {"GET"}


def test_errors_under_load_are_warned_of(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = session.send_together

    def spoilt(requests: Sequence[Request]) -> list[Response]:
        return sent([request.with_(path="/nowhere") for request in requests])

    monkeypatch.setattr(session, "send_together", spoilt)
    found = load.probe(session, requests=4, concurrency=2)
    assert codes(found) == ["load", "load-error"]
    assert found[1].severity is Severity.WARN
    assert "4 of 4" in found[1].message


def test_ctrl_c_stops_the_probe_and_keeps_what_was_seen(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    sent, waves = session.send_together, iter([True, False])

    def once(requests: Sequence[Request]) -> list[Response]:
        if next(waves):
            return sent(requests)
        raise KeyboardInterrupt

    monkeypatch.setattr(session, "send_together", once)
    found = load.probe(session, requests=100, concurrency=2)
    assert codes(found) == ["load"]
    assert "stopped by hand after 2 of 100" in found[0].message


def test_nothing_seen_is_said(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: Sequence[Request]) -> list[Response]:
        raise KeyboardInterrupt

    monkeypatch.setattr(session, "send_together", interrupted)
    assert "before anything was answered" in load.probe(session, requests=5, concurrency=1)[0].message


def test_the_probe_is_bounded(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    waves: list[int] = []

    def counted(requests: Sequence[Request]) -> list[Response]:
        waves.append(len(requests))
        return []

    monkeypatch.setattr(session, "send_together", counted)
    load.probe(session, requests=10**6, concurrency=10**6)
    assert (max(waves), sum(waves)) == (load.MOST_AT_ONCE, load.MOST_REQUESTS)


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [([5.0], 95, 5.0), ([1.0, 2.0, 3.0, 4.0], 50, 2.0), (list(map(float, range(1, 101))), 95, 95.0)],
)
def test_percentiles_by_nearest_rank(values: list[float], percent: int, expected: float) -> None:
    assert load.percentile(values, percent) == expected
