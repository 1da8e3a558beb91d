"""What the client adds to a request: Host, and a length where a body is there or may be expected."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from conformance.consumer import request_mutations as change
from conformance.consumer.client import Client
from conformance.consumer.recording import Recorder
from conformance.consumer.request import Request
from conformance.consumer.request_builder import RequestBuilder
from conformance.spec import load
from tests.support.configs import config_for

BODY = {"resourceType": "Appointment", "id": "1"}


@pytest.mark.parametrize(
    ("method", "body", "first", "length"),
    [
        ("GET", False, "host", None), ("DELETE", False, "host", None), ("HEAD", False, "host", None),
        ("POST", False, "host", "0"), ("PUT", False, "host", "0"), ("PATCH", False, "host", "0"), ("patch", False, "host", "0"),
        ("PUT", True, "host", "42"), ("PATCH", True, "host", "42"), ("DELETE", True, "host", "42"),
    ],
)  # fmt: skip
def test_a_length_where_a_body_may_be_expected(
    method: str, body: bool, first: str, length: str | None, tmp_path: Path
) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, stream=httpx.ByteStream(b""))

    edition, config = load("stu3"), config_for("stu3", "http://provider.test/A/1", tmp_path)
    client = Client(edition, config, Recorder(), transport=httpx.MockTransport(answer))
    request: Request = RequestBuilder(edition, config).amend(BODY, None)
    without: Callable[[Request], Request] = change.no_body()
    sent = request if body else without(request)
    exchange = client.send(sent.with_(method=method))
    client.close()
    assert exchange.failure is None
    names = [name.decode().lower() for name, _ in seen[0].headers.raw]
    assert names[0] == first
    assert seen[0].headers.get("Content-Length") == length
    assert names.count("content-length") == (0 if length is None else 1)
