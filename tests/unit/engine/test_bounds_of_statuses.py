"""What a status says, at each bound: of a write, of a refusal, of the proxy, of an error without an OperationOutcome."""

from __future__ import annotations

from typing import Any, cast

import pytest

from conformance.core.exchange import TransportFailure
from conformance.core.footprint import Change, Kind, State
from conformance.core.results import Blame, Finding, Severity
from conformance.engine.all_responses import came, failed, responded, succeeded
from conformance.engine.attribution import attributed, is_proxy_failure
from conformance.engine.expected_error import check_refusal, error_code, refused
from conformance.engine.footprints import _cancels, _made, _state, made_by, marks_of
from conformance.spec import load
from tests.support.responses import outcome, response

STU3 = load("stu3")
LOST = TransportFailure("eof", "x")


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (199, State.UNKNOWN), (200, State.EXISTS), (299, State.EXISTS), (300, State.UNKNOWN), (399, State.UNKNOWN),
        (400, State.NONE), (499, State.NONE), (500, State.UNKNOWN), (None, State.UNKNOWN),
    ],
)  # fmt: skip
def test_what_a_status_says_of_a_write(status: int | None, state: State) -> None:
    assert _state(response(None, status)) is state


@pytest.mark.parametrize(
    ("kind", "body", "made"),
    [
        (Kind.BOOKING, {"resourceType": "Appointment", "id": "1"}, "Appointment/1"),
        (Kind.BOOKING, {"resourceType": "Slot", "id": "1"}, ""),
        (Kind.BOOKING, {"resourceType": "Appointment"}, ""),
        (Kind.REGISTRATION, {"resourceType": "Patient", "id": "2"}, "Patient/2"),
        (Kind.REGISTRATION, {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Slot", "id": "9"}},
         {"resource": {"resourceType": "Patient"}}, {"resource": {"resourceType": "Patient", "id": "3"}}]}, "Patient/3"),
        (Kind.REGISTRATION, {"resourceType": "Bundle"}, ""),
        (Kind.AMENDMENT, {"resourceType": "Appointment", "id": "1"}, "Appointment/7"),
    ],
)  # fmt: skip
def test_what_a_write_made(kind: Kind, body: Any, made: str) -> None:
    assert _made(Change(kind, "x", "Appointment/7"), response(body)) == made


@pytest.mark.parametrize("kind", list(Kind))
def test_which_writes_cancel(kind: Kind) -> None:
    may = kind in (Kind.CANCELLATION, Kind.AMENDMENT)
    assert _cancels(Change(kind, "x"), response({"status": "cancelled"})) is may
    assert not _cancels(Change(kind, "x"), response({"status": "booked"}))


MARKS = {"comment": "c", "created": "2026-01-01T00:00:00Z", "description": "d"}


@pytest.mark.parametrize(
    ("shown", "ours"),
    [
        (MARKS, True),
        ({"description": "d"}, True),
        ({"description": "d", "comment": "other"}, True),
        ({"comment": "c", "created": "2026-01-01T00:00:00+00:00"}, True),
        ({"comment": "c"}, None),
        ({"created": MARKS["created"]}, None),
        ({**MARKS, "description": "other"}, None),
        ({}, None),
    ],
)
def test_whose_an_appointment_is(shown: dict[str, str], ours: bool | None) -> None:
    change = Change(Kind.BOOKING, "x", slots=("1",), start="2026-01-02T09:00:00Z", marks=marks_of(MARKS))
    in_slot: dict[str, Any] = {"slot": [{"reference": "Slot/1"}], **shown}
    assert made_by(change, in_slot) is ours
    assert made_by(change, {"start": "2026-01-02T09:00:00+00:00", **shown}) is ours
    assert made_by(change, {"slot": [{"reference": "Slot/2"}], "start": change.start, **shown}) is False
    assert made_by(change, {"start": "2026-01-02T09:01:00Z", **shown}) is False
    assert made_by(change, shown) is False
    assert marks_of({"created": "no time", "comment": ""}) == {}
    assert {len(mark) for mark in marks_of(MARKS).values()} == {16}


@pytest.mark.parametrize(
    ("status", "answer"),
    [(399, (True, False)), (400, (True, True)), (500, (True, True)), (None, (False, False))],
)
def test_which_responses_are_errors(status: int | None, answer: tuple[bool, bool]) -> None:
    assert (responded(response(None, status)), failed(response(None, status))) == answer


@pytest.mark.parametrize(
    ("status", "body", "good"),
    [(200, b"x", True), (201, b"x", True), (202, b"x", False), (200, b"", False), (400, b"x", False)],
)
def test_which_responses_are_successes(status: int, body: bytes, good: bool) -> None:
    assert succeeded(response(body, status)) is good


def test_anything_that_came_counts_as_coming() -> None:
    assert came(response(None, 200))
    assert came(response(None, None, failure=LOST))  # its headers came
    assert came(response(b"x", None))


@pytest.mark.parametrize(
    ("status", "body", "found"),
    [
        (400, b"", "0 bytes of application/fhir+json"),
        (404, b"abc", "3 bytes of application/fhir+json"),
        (422, {"resourceType": "Patient"}, "Patient"),
    ],
)
def test_an_error_without_an_outcome(status: int, body: Any, found: str) -> None:
    expected = refused("INVALID_RESOURCE", tolerated=["4xx"], because="Reason.")
    seen = list(check_refusal(response(body, status), expected, STU3))
    assert [one.code for one in seen] == ["refusal-tolerated", "refusal-body"]
    assert seen[1] == Finding(
        "an error response has no OperationOutcome", location="body", found=found, expected="OperationOutcome",
        code="refusal-body", exchange=1,
    )  # fmt: skip
    bare = list(check_refusal(response(body, status, {"Content-Type": ""}), expected, STU3))
    assert bare[1].found == found.replace("application/fhir+json", "nothing")


@pytest.mark.parametrize(
    ("status", "message", "found"),
    [
        (199, "the request was refused with another status or code than the specification names", "199"),
        (200, "the request was accepted though it should have been refused", "200"),
        (299, "the request was accepted though it should have been refused", "299"),
        (300, "the request was refused with another status or code than the specification names", "300"),
        (None, "no response came where an error should have been given", "no response"),
    ],
)
def test_what_is_no_refusal(status: int | None, message: str, found: str) -> None:
    (seen,) = check_refusal(response(None, status), refused(["INVALID_RESOURCE", "400"]), STU3)
    assert (seen.message, seen.found, seen.code, seen.location, seen.severity) == (
        message, found, "refusal", "status", Severity.FAIL,
    )  # fmt: skip
    assert seen.expected.endswith(" or 400") or " or " in seen.expected


def test_the_words_of_what_is_not_the_best() -> None:
    expected = refused("INVALID_RESOURCE", also=["400 BAD_REQUEST"], tolerated=["404"], because="Reason.")
    (also,) = check_refusal(response(outcome("BAD_REQUEST"), 400), expected, STU3)
    assert also.message == f"responded 400 BAD_REQUEST, which is as defensible as {also.expected}. Reason."
    assert (also.severity, also.found, also.code, also.exchange) == (
        Severity.INFO,
        "400 BAD_REQUEST",
        "refusal-alternative",
        1,
    )
    (mild,) = check_refusal(response(outcome("X"), 404), expected, STU3)
    assert mild.message == f"returned 404 X; {mild.expected} is expected. Reason."
    assert (mild.severity, mild.found, mild.code, mild.location) == (
        Severity.WARN,
        "404 X",
        "refusal-tolerated",
        "status",
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (outcome("A"), "A"),
        (
            {"resourceType": "OperationOutcome", "issue": [{}, {"details": {"coding": [{"code": 3}, {"code": "B"}]}}]},
            "B",
        ),
        ({"resourceType": "Patient", "issue": outcome("A")["issue"]}, ""),
        ([outcome("A")], ""),
        (None, ""),
    ],
)
def test_the_first_error_code(body: Any, code: str) -> None:
    assert error_code(response(body, 400)) == code


@pytest.mark.parametrize(
    ("status", "blame"), [(399, Blame.PROVIDER), (400, Blame.UNDETERMINED), (None, Blame.PROVIDER)]
)
def test_an_error_through_the_proxy_may_be_anybodys(status: int | None, blame: Blame) -> None:
    exchange = response(None, status).exchange
    (judged,) = attributed([Finding("x", exchange=1, location="status")], {1: exchange}, lambda _: False)
    assert judged.blame is blame
    (whole,) = attributed([Finding("x", exchange=1, evidence="e")], {1: exchange}, lambda _: False)
    assert whole.evidence == (
        "e; nothing in the refusal shows whether the provider or the proxy gave it" if status == 400 else "e"
    )


@pytest.mark.parametrize(
    ("finding", "blame"),
    [
        (Finding("x", Severity.INFO, exchange=1), Blame.PROVIDER),
        (Finding("x", Severity.INFO, exchange=1, code="cannot-test"), Blame.UNDETERMINED),
        (Finding("x", code="cannot-test"), Blame.UNDETERMINED),
        (Finding("x", code="other"), Blame.PROVIDER),
        (Finding("x", exchange=9), Blame.PROVIDER),
        (Finding("x", exchange=1, blame=Blame.TOOL), Blame.TOOL),
    ],
)
def test_only_what_is_laid_on_the_provider_is_weighed_again(finding: Finding, blame: Blame) -> None:
    (judged,) = attributed([finding], {1: response(None, 403).exchange}, lambda _: False)
    assert judged.blame is blame


def test_a_header_that_the_proxy_may_have_taken() -> None:
    seen = response({"resourceType": "Patient"}, 200, {"ETag": "x"}).exchange
    for location, evidence in (
        ("header Date", "the proxy in front may have taken the header away"), ("header etag", ""), ("header ", ""),
        ("body Date", ""),
    ):  # fmt: skip
        (judged,) = attributed([Finding("x", exchange=1, location=location)], {1: seen}, lambda _: True)
        assert judged.evidence == evidence


@pytest.mark.parametrize("edition", ["stu3", "dstu2"])
@pytest.mark.parametrize("status", [500, 501, 502, 503, 504, 505, 599, 598])
def test_the_statuses_of_a_gateway(edition: str, status: int) -> None:
    found = load(edition)
    gateways = found.raw["proxy"]["gateway_statuses"]
    assert is_proxy_failure(response(b"<html>", status), found) is (status in gateways)
    assert 502 in gateways
    assert cast(int, min(gateways)) >= 500
