"""Refusals and their controls: a refusal shows something only beside the same request, right in that one point, that succeeds.

A control is a named step. Of what only reads it is the very request that the scenario made wrong; of a write it is a valid
request of the interaction, undone again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

from conformance.config.model import Config
from conformance.consumer.request import Request
from conformance.consumer.response import Response
from conformance.core.results import Blame
from conformance.engine.context import ScenarioContext, context_step
from conformance.engine.expected_error import Refusal
from conformance.engine.named_steps import NamedStep
from conformance.engine.stop_reasons import CannotTest
from conformance.scenarios.steps.interaction_names import SHORT
from conformance.scenarios.steps.registration import REGISTER, registered_well, request_for
from conformance.scenarios.steps.valid_requests import Deviation, send_as, settled, valid_request

_TELLING_CLAIMS = ("requested_record", "requested_scope", "reason_for_request")
_NOT_IMPLEMENTED = 501
Control = Callable[[ScenarioContext], object]


def expect_refused(
    context: ScenarioContext, response: Response, expected: Refusal, *, control: NamedStep[None] | None = None
) -> bool:
    """Judge a response that should refuse its request; True when it is a refusal that is accepted.

    A refusal is judged only where its control succeeds (by default that of its request); CannotTest otherwise. A request
    that was carried out is judged as it is: no control is needed to see that.
    """
    if response.status is None or response.status >= 400:
        step = control or control_of(context, response)
        context.rest_on_control(step)
    return context.expect(response, expected)


def rest_where_refused(context: ScenarioContext, response: Response) -> bool:
    """Whether a request that may be served or refused was refused. Then it rests on its control; CannotTest without it."""
    status = response.status or 0
    refused = 400 <= status < 500 or status == _NOT_IMPLEMENTED
    if refused:
        context.rest_on_control(control_of(context, response))
    return refused


def send_refused(context: ScenarioContext, short: str, expected: Refusal, *deviations: Deviation) -> Response:
    """Send a valid request made wrong; it is refused as expected, and nothing has changed."""
    valid = valid_request(context, SHORT[short], to_refuse=True)
    response = context.send(valid.request, *(settled(context, change) for change in deviations))
    expect_refused(context, response, expected)
    valid.settle(response)
    return response


def control_of(context: ScenarioContext, response: Response) -> NamedStep[None]:
    """Return the control of a request by its response: the request before it was made wrong where that only reads."""
    request = context.sender.requests.get(response.number)
    right = request.control if request else None
    if right is not None and right.interaction.method == "GET" and right.body is None:
        return _same_request(context, right)
    return valid_step(response.exchange.interaction)


def valid_step(key: str) -> NamedStep[None]:
    """Return the control that sends one valid request of an interaction and undoes what it did."""
    return control_step(f"a valid request ({key})", lambda context: _send_valid(context, key))


def control_step(name: str, perform: Control) -> NamedStep[None]:
    """Return a control of a name. `perform` raises CannotTest where what is right is refused."""

    def performed(context: ScenarioContext) -> None:
        perform(context)

    return context_step(f"control: {name}", performed, control=True)


def _same_request(context: ScenarioContext, right: Request) -> NamedStep[None]:
    """The control that sends the request a scenario made wrong as it was; equal requests have one control between them."""

    def perform(own: ScenarioContext) -> None:
        _succeed(own.send(own.requests.renewed(right)))

    fingerprint = request_fingerprint(right, context.config)
    return control_step(f"{right.label or right.interaction.key} ({fingerprint})", perform)


def request_fingerprint(request: Request, config: Config) -> str:
    """Return a short hash that tells requests of a run apart, and nothing of people: they count by their place in `config`.

    The trace id, the times of the token and what the token says of us are left out: they tell no request from another.
    """
    headers = sorted(pair for pair in request.headers if pair[0] != "Ssp-TraceID")
    claims = {key: value for key, value in request.token.claims.items() if key in _TELLING_CLAIMS}
    whole = json.dumps([request.path, request.query, headers, claims], sort_keys=True, default=str)
    data = config.data
    numbers = [one.nhs_number for one in data.patients] + [one.nhs_number for one in data.registrations]
    for place, number in enumerate([*numbers, data.unknown.nhs_number]):
        whole = whole.replace(number, f"person {place}")
    return hashlib.sha256(whole.encode()).hexdigest()[:8]


def _send_valid(context: ScenarioContext, key: str) -> None:
    if key == REGISTER:
        _register(context)
        return
    valid = valid_request(context, key)
    _succeed(send_as(context, valid, valid.request))


def _register(context: ScenarioContext) -> None:
    """The run's registration; where everybody is registered already, one that is refused as a duplicate: it was understood."""
    try:
        registered_well(context)
    except CannotTest:
        people = [person for person in context.config.data.registrations if not person.refused]
        if not people or context.send(request_for(context, people[0])).status != 409:
            raise


def _succeed(response: Response) -> None:
    """CannotTest, with the provider's own sentence, unless a control is carried out, with whatever success status."""
    if response.carried_out:
        return
    said = f": {response.explanation}" if response.explanation else ""
    raise CannotTest(
        f"the same request, right in every point, is refused too ({response.described}{said}); a refusal shows nothing here",
        Blame.UNDETERMINED,
    )
