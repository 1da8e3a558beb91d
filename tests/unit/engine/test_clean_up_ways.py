"""How an appointment of ours is cancelled at the end of a run: as it reads now, else as it was shown, each way once."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.config.loading import load_config
from conformance.consumer.request import Request
from conformance.consumer.request_builder import RequestBuilder
from conformance.consumer.response import Response
from conformance.core.footprint import Change, Footprint, Kind, State
from conformance.core.resources import data_path
from conformance.engine import clean_up as module
from conformance.spec import load
from tests.support.responses import response

REQUESTS = RequestBuilder(load("stu3"), load_config(data_path("config.example.yaml")))


def appointment(version: Any = "3", **more: Any) -> dict[str, Any]:
    return {"resourceType": "Appointment", "id": "7", "meta": {"versionId": version}, "status": "booked", **more}


class Bench:
    """A clean-up that sends to a provider made by hand: the first response is to the read, the others to cancellations."""

    def __init__(self, *responses: Response) -> None:
        self.waiting = list(responses)
        self.sent: list[Request] = []
        self.footprint = Footprint()
        key = self.footprint.intend(Change(Kind.BOOKING, "book", "Appointment/7", state=State.EXISTS))
        self.change = self.footprint.changes[key]
        self.made = cast(Any, object.__new__(module._CleanUp))
        self.made._session = SimpleNamespace(requests=REQUESTS, edition=REQUESTS.edition)
        self.made._footprint, self.made._people, self.made._send = self.footprint, {}, self.send

    def send(self, request: Request) -> Response:
        self.sent.append(request)
        return self.waiting.pop(0)

    def cancel(self, shown: dict[str, Any]) -> Change:
        self.made._cancel(module._Found(shown, "7", self.change))
        assert self.waiting == []
        return self.footprint.changes[self.change.key]

    @property
    def ways(self) -> list[tuple[str | None, Any]]:
        """The version that each cancellation named, and the description that it carried."""
        return [(one.header("If-Match"), cast(Any, one.body).get("description")) for one in self.sent[1:]]


REFUSED = response(None, 409)


@pytest.mark.parametrize(
    ("shown", "responses", "ways", "state", "remark"),
    [
        (appointment(), [response(appointment(status="cancelled"))], [], State.UNDONE, ""),
        (appointment(), [response(appointment("4", description="now")), response(appointment())],
         [('W/"4"', "now")], State.EXISTS, ""),
        (appointment(description="then"), [response(appointment("4", description="now")), REFUSED, response(appointment())],
         [('W/"4"', "now"), ('W/"3"', "then")], State.EXISTS, f"its cancellation returned {REFUSED.described}"),
        (appointment(), [response(appointment()), REFUSED], [('W/"3"', None)], State.EXISTS,
         f"its cancellation returned {REFUSED.described}"),
        (appointment(), [response(None, 404), REFUSED], [('W/"3"', None)], State.EXISTS,
         f"its cancellation returned {REFUSED.described}"),
        (appointment(), [response(appointment(status="cancelled"), 500), response(appointment())], [('W/"3"', None)],
         State.EXISTS, ""),
        (appointment(), [response(appointment("4", id="8")), response(appointment())], [('W/"3"', None)], State.EXISTS, ""),
        (appointment(3), [response(appointment("4", id="8"), 200, {"ETag": '"e"'}), response(appointment())], [('"e"', None)],
         State.EXISTS, ""),
        (appointment() | {"meta": "x"}, [response(None, 404), response(appointment())], [(None, None)], State.EXISTS, ""),
        (appointment() | {"meta": None}, [response(None, 404), response(appointment())], [(None, None)], State.EXISTS, ""),
        (appointment(), [response(None, 404), response(appointment(), 201)], [('W/"3"', None)], State.EXISTS,
         f"its cancellation returned {response(appointment(), 201).described}"),
    ],
)  # fmt: skip
def test_each_way(
    shown: dict[str, Any], responses: list[Response], ways: list[tuple[str | None, Any]], state: State, remark: str
) -> None:
    bench = Bench(*responses)
    after = bench.cancel(shown)
    assert bench.ways == ways
    assert (after.state, after.remark) == (state, remark)
    assert [one.method for one in bench.sent] == ["GET", *["PUT"] * len(ways)]
    assert all(cast(Any, one.body)["status"] == "cancelled" for one in bench.sent[1:])
