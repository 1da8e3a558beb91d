"""C4: a check that saw none of its subject is "not tested". All scenarios on providers that show nothing, without preflight."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import httpx
import pytest

from conformance.config.bundled import bundled_config
from conformance.consumer.client import Client
from conformance.core.results import ScenarioResult, Verdict
from conformance.engine.collection import collect
from conformance.engine.runner import run_case
from conformance.engine.scenario import running_order
from conformance.engine.session import Session
from conformance.engine.values import Values

_LOGIN = b"<html><head><title>Sign in</title></head><body><form></form></body></html>"


class Closes(httpx.BaseTransport):
    """Closes every connection."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        raise httpx.RemoteProtocolError("Server disconnected without sending a response.")


class WithoutBody(httpx.BaseTransport):
    """Refuses every request without a body."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        headers = {"Content-Length": "0", "Date": "Sun, 29 Nov 2026 02:00:00 GMT", "Cache-Control": "no-store"}
        return httpx.Response(400, headers=headers, stream=httpx.ByteStream(b""))


class LoginPage(httpx.BaseTransport):
    """Returns a page of HTML with 200 to every request."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        headers = {"Content-Length": str(len(_LOGIN)), "Content-Type": "text/html; charset=utf-8"}
        return httpx.Response(200, headers=headers, stream=httpx.ByteStream(_LOGIN))


# What every response has, or lacks, whatever its body holds: status, framing, and headers about software.
_OF_ANY_RESPONSE = ("*.every-answer-status-listed", "*.every-answer-framed", "http.*-software-untold")
# What a refusal has as well: this one has Date and Cache-Control.
_OF_A_REFUSAL = ("*.every-answer-dated", "*.every-answer-uncacheable")
# A page is neither a server error nor an echo; a refusal of these requests rests on a control.
_OF_A_PAGE = ("http.head", "http.options", "http.invented-verb", "http.trace")


@pytest.mark.parametrize("edition", ["stu3", "dstu2"])
@pytest.mark.parametrize(
    ("provider", "may_pass"),
    [(Closes, ()), (WithoutBody, _OF_ANY_RESPONSE + _OF_A_REFUSAL), (LoginPage, _OF_ANY_RESPONSE + _OF_A_PAGE)],
)
def test_no_scenario_passes_that_saw_nothing_of_what_it_judges(
    edition: str, provider: type[httpx.BaseTransport], may_pass: tuple[str, ...], tmp_path: Path
) -> None:
    results = list(_run(edition, provider(), tmp_path))
    assert len(results) > 2000
    passed = [result.id for result in results if result.verdict is Verdict.PASS]
    assert [name for name in passed if not any(fnmatch(name, pattern) for pattern in may_pass)] == []
    assert {result.id for result in results if result.verdict is Verdict.ERROR} == set()


def _run(edition: str, transport: httpx.BaseTransport, folder: Path) -> Iterator[ScenarioResult]:
    config = bundled_config(edition, "http://provider.test/A20047/1/gpconnect", folder)
    session = Session(config, values=Values(pause=lambda _: None))
    session.client.close()
    session.client = Client(
        session.edition, config, session.recorder, shapes=session.definitions_for, transport=transport
    )
    for entry in sorted(collect(), key=lambda entry: running_order(entry.case)):
        if entry.case.runs_in(edition) and not entry.case.id.startswith("tls."):  # those have probes of their own
            yield run_case(entry.function, entry.case, session)
    session.close()
