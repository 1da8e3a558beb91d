"""Retrieving in pages: all of them are one answer, whatever host their links name, and there is an end to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.checks.retrievals import ids
from conformance.consumer.request import Request
from conformance.consumer.request_builder import RequestBuilder
from conformance.consumer.response import Response
from conformance.engine.stop_reasons import CannotTest
from conformance.scenarios.steps.retrieve import RETRIEVE, whole
from conformance.spec import load
from tests.support.configs import config_for
from tests.support.responses import response

ROOT = "http://127.0.0.1:9/A20047/DSTU2/1/gpconnect"


class Pages:
    """A scene that answers with pages and keeps what it was asked."""

    def __init__(self, config: Any, *pages: dict[str, Any]) -> None:
        self.config = config
        self.asked: list[Request] = []
        self._pages: Iterator[dict[str, Any]] = iter(pages)

    def send(self, request: Request) -> Response:
        self.asked.append(request)
        return response(next(self._pages))

    def need(self, answer: Response, *checks: Any, what: str) -> None:
        if answer.resource_type != "Bundle":
            raise CannotTest(what)


def page(name: str, following: str = "") -> dict[str, Any]:
    link = [{"relation": "next", "url": following}] if following else []
    entry = [{"resource": {"resourceType": "Appointment", "id": name}}]
    return {"resourceType": "Bundle", "type": "searchset", "link": link, "entry": entry}


@pytest.fixture
def config(tmp_path: Path) -> Any:
    return config_for("dstu2", ROOT, tmp_path)


@pytest.fixture
def request_(config: Any) -> Request:
    return RequestBuilder(load("dstu2"), config).of(RETRIEVE, id="p1")


def test_one_page_is_the_answer_itself(config: Any, request_: Request) -> None:
    context = Pages(config, page("a1"))
    assert ids(whole(context, request_)) == {"a1"}  # type: ignore[arg-type]
    assert len(context.asked) == 1


@pytest.mark.parametrize(
    ("url", "target"),
    [
        (f"{ROOT}/Patient/p1/Appointment?page=2", f"{ROOT}/Patient/p1/Appointment?page=2"),
        (f"{ROOT}?pages=x%7C2", f"{ROOT}?pages=x%7C2"),
        ("https://proxy.example/elsewhere/Patient/p1/Appointment?page=2", f"{ROOT}/Patient/p1/Appointment?page=2"),
    ],
)
def test_pages_are_one_answer(config: Any, request_: Request, url: str, target: str) -> None:
    context = Pages(config, page("a1", url), page("a2"))
    assert ids(whole(context, request_)) == {"a1", "a2"}  # type: ignore[arg-type]
    assert context.asked[1].target(ROOT) == target


def test_pages_without_end_cannot_be_judged(config: Any, request_: Request) -> None:
    context = Pages(config, *(page(f"a{number}", f"{ROOT}?page={number}") for number in range(50)))
    with pytest.raises(CannotTest, match="pages"):
        whole(context, request_)  # type: ignore[arg-type]


def test_a_page_that_fails_is_not_passed_over(config: Any, request_: Request) -> None:
    context = Pages(config, page("a1", f"{ROOT}?page=2"), {"resourceType": "OperationOutcome"})
    with pytest.raises(CannotTest, match="further page"):
        whole(context, request_)  # type: ignore[arg-type]
