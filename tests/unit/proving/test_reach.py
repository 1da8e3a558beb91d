"""Which variants can touch what passes a provider's seams, found without changing it."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.provider.fault_points import Seam
from conformance.provider.http import Call
from conformance.provider.provider import Provider
from conformance.provider.variants import catalogue, choose
from conformance.proving.reach import Tracing, reaches_all
from conformance.spec import load

_PLAIN = "json.pretty xml.prefixed elements.narrative elements.overbooked searchset.reversed ids.uuid outcome.long"
_OTHERS = "http.vary container.long-target if-match.required order.token-first"


@pytest.fixture
def tracing() -> Tracing:
    return Tracing(choose([*_PLAIN.split(), *_OTHERS.split()], "stu3"))


def _call(tmp_path: Path, target: str = "/Patient/pat-01") -> Call:
    provider = Provider(load("stu3"), database=tmp_path / "provider.db")
    return Call(provider, "GET", target.partition("?")[0], "http://localhost", target=target)


def test_what_passes_stays_as_it_is_and_what_would_change_it_is_noted(tracing: Tracing) -> None:
    patient = {"resourceType": "Patient", "id": "pat-01"}
    assert tracing.through(Seam.RESOURCE, patient, None, "Patient") is patient
    assert patient == {"resourceType": "Patient", "id": "pat-01"}
    assert tracing.taken() == {"elements.narrative", "ids.uuid"}
    assert tracing.taken() == frozenset()


@pytest.mark.parametrize(
    ("seam", "value", "noted"),
    [
        (Seam.BUNDLE, {"entry": [{"resource": {}}]}, set()),  # one entry has no order
        (Seam.WIRE, (200, {"Content-Type": "application/fhir+json"}, b'{"a": 1}'), {"json.pretty"}),
        (Seam.WIRE, (200, {"Content-Type": "application/fhir+xml"}, b'<a xmlns="http://hl7.org/fhir"/>'), {"xml.prefixed"}),
        (Seam.WIRE, (204, {"Content-Type": "application/fhir+json"}, b""), set()),
        (Seam.SENT, [(b"etag", b'"1"')], {"http.vary"}),
    ],
)  # fmt: skip
def test_only_what_leaves_another_value_is_noted(tracing: Tracing, seam: Seam, value: object, noted: set[str]) -> None:
    assert tracing.through(seam, value, None) is value
    assert tracing.taken() == noted


def test_a_response_in_the_providers_place_is_noted(tracing: Tracing, tmp_path: Path) -> None:
    short, long = _call(tmp_path), _call(tmp_path, "/Patient?identifier=" + "x" * 5000)
    assert tracing.through(Seam.REQUEST, short, short) is short
    assert tracing.taken() == frozenset()
    assert tracing.through(Seam.REQUEST, long, long) is long
    assert tracing.taken() == {"container.long-target"}


def test_a_request_is_read_as_it_was_sent(tracing: Tracing, tmp_path: Path) -> None:
    shown = next(one for one in choose(["ids.uuid"], "stu3")).shown_id
    assert shown
    call = _call(tmp_path, f"/Patient/{shown('pat-01')}")
    tracing.through(Seam.REQUEST, call, call)
    assert tracing.taken() == {"ids.uuid"}
    assert call.path == f"/Patient/{shown('pat-01')}"


def test_another_order_of_checks_touches_whatever_is_checked(tracing: Tracing) -> None:
    order = ("route", "headers")
    assert tracing.setting("provider.order", order) is order
    assert tracing.taken() == {"order.token-first"}


def test_another_practice_configuration_or_gateway_reaches_everything() -> None:
    reaching = {name for name, variant in catalogue().items() if reaches_all(variant)}
    assert {
        "practice.six-slots",
        "practice.two-roles",
        "environment.lost-responses",
        "wording.fb-type",
        "practice.rich",
    } <= reaching
    assert not {"ids.uuid", "json.pretty", "elements.narrative"} & reaching
    assert Tracing([catalogue()["practice.six-slots"]]).taken() == {"practice.six-slots"}
