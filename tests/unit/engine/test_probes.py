"""What is noted of a probe, so that a run can be judged again without a network: names of looks, and what they give back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest

from conformance.consumer.probes import probe_calibration
from conformance.consumer.probes.client_certificate_probe import Admission
from conformance.consumer.probes.plain_http import PlainResponse
from conformance.consumer.probes.tls_probe import HelloResponse, Outcome, Place, UnreachableError
from conformance.core.errors import UsageError
from conformance.engine import probes as module
from conformance.engine.probes import Probes
from conformance.tls.suites import TLS12

PLACE = Place("gp.example", 443, 5.0)
SUITES = (0xC02F, 0xC030)


class Noted:
    """Values that note each look and what it saw, as plain as they are written down."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, Any]] = []

    def observed(self, what: str, look: Callable[[], Any]) -> Any:
        found = look()
        self.seen.append((what, found))
        return found


@pytest.fixture
def noted() -> Noted:
    return Noted()


@pytest.fixture
def probes(noted: Noted) -> Probes:
    return Probes(cast(Any, noted))


def gives(monkeypatch: pytest.MonkeyPatch, name: str, found: Any) -> None:
    def look(*_: Any, **__: Any) -> Any:
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(module, name, look)


@pytest.mark.parametrize(("whole", "ending"), [(False, ""), (True, ", the whole flight")])
def test_a_hello(probes: Probes, noted: Noted, monkeypatch: pytest.MonkeyPatch, whole: bool, ending: str) -> None:
    response = HelloResponse(Outcome.AGREED, "agreed", TLS12, SUITES[0], (b"\x00\xff",), True)
    gives(monkeypatch, "offer", response)
    assert probes.hello(PLACE, TLS12, SUITES, whole_flight=whole) == response
    ((what, found),) = noted.seen
    assert what == (
        "gp.example port 443: hello TLS 1.2 ECDHE-RSA-AES128-GCM-SHA256 ECDHE-RSA-AES256-GCM-SHA384" + ending
    )
    assert (found["chain"], found["outcome"]) == (["AP8="], Outcome.AGREED)


@pytest.mark.parametrize(("version", "named"), [("", "any version"), ("TLS 1.3", "TLS 1.3")])
def test_an_admission_keeps_no_more_of_the_body_than_its_type(
    probes: Probes, noted: Noted, monkeypatch: pytest.MonkeyPatch, version: str, named: str
) -> None:
    gives(monkeypatch, "context_for", None)
    body = b'{"resourceType": "Patient", "name": "secret"}'
    gives(monkeypatch, "probe_admission", Admission(Outcome.AGREED, "returned", "", "TLS 1.3", 200, body))
    found = probes.admission(
        PLACE, cast(Any, None), b"GET /x HTTP/1.1\r\nA: b", version=version, shows="no certificate"
    )
    assert (found.outcome, found.status, found.resource_type, found.body) == (
        Outcome.AGREED, 200, "Patient", b'{"resourceType":"Patient"}',
    )  # fmt: skip
    ((what, seen),) = noted.seen
    assert what == f"gp.example port 443: GET /x HTTP/1.1 with no certificate, {named}"
    assert seen["body"] == "Patient"
    gives(monkeypatch, "probe_admission", Admission(Outcome.REFUSED, "refused", "eof"))
    assert probes.admission(PLACE, cast(Any, None), b"", shows="x").body == b""


def test_a_certificate_that_cannot_be_used_is_the_users(
    probes: Probes, noted: Noted, monkeypatch: pytest.MonkeyPatch
) -> None:
    gives(monkeypatch, "context_for", UsageError("the key does not fit"))
    with pytest.raises(UsageError, match=r"^the key does not fit"):
        probes.admission(PLACE, cast(Any, None), b"", shows="x")
    assert noted.seen[0][1] == {"unusable": "the key does not fit"}


def test_plain_http(probes: Probes, noted: Noted, monkeypatch: pytest.MonkeyPatch) -> None:
    response = PlainResponse(Outcome.REFUSED, "refused", 301, "https://a", "")
    gives(monkeypatch, "request_plainly", response)
    assert probes.plain(PLACE, b"") == response
    assert noted.seen[0][0] == "gp.example port 443: plain HTTP"


@pytest.mark.parametrize("name", ["chain", "name"])
def test_objections(probes: Probes, noted: Noted, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def look() -> str:
        none = cast(Any, None)
        return probes.chain_objection(PLACE, none) if name == "chain" else probes.name_objection(PLACE, none, b"")

    gives(monkeypatch, f"{name}_objection", "another host")
    assert look() == "another host"
    gives(monkeypatch, f"{name}_objection", UnreachableError("no way", "dns"))
    with pytest.raises(UnreachableError, match=r"^no way$") as stop:
        look()
    assert stop.value.kind == "dns"
    assert noted.seen == [
        (f"gp.example port 443: {name}", {"objection": "another host"}),
        (f"gp.example port 443: {name}", {"unreachable": "no way", "kind": "dns"}),
    ]


def test_calibrations(probes: Probes, noted: Noted, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("can_see", "sees_admission", "sees_plain_http"):
        monkeypatch.setattr(probe_calibration, name, lambda *_, name=name: name)
    assert probes.blind_to_hello(TLS12, SUITES[:1]) == "can_see"
    assert probes.blind_to_admission(None, "", "TLS 1.3", shows="no certificate") == "sees_admission"
    assert probes.blind_to_plain_http() == "sees_plain_http"
    assert [what for what, _ in noted.seen] == [
        "calibration: hello TLS 1.2 ECDHE-RSA-AES128-GCM-SHA256",
        "calibration: no certificate, TLS 1.3",
        "calibration: plain HTTP",
    ]
