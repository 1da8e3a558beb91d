"""One table for what amend and cancel share: a row a rule, with a column of requirements and faults for each of the two."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.consumer import request_bodies
from conformance.consumer.request import Request
from conformance.consumer.request_mutations import header
from conformance.engine.arrangement import BookedAppointment
from conformance.engine.context import ScenarioContext
from conformance.engine.scenario import Case, case, table
from conformance.scenarios.steps.amend_cancel import (
    AMEND,
    CANCEL,
    COMMENT,
    REASON,
    TEXTS,
    Update,
    amending,
    arranged,
    cancelling,
    expect_refusal,
    refreshed,
    send,
)
from conformance.scenarios.steps.amend_cancel_mutations import PlannedUpdate, deviating


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of the two updates.

    `words` are what stands for the names in braces of a title. `of` returns a valid request from a representation of the
    appointment, its ETag and the NHS number of its patient; `of_older` one that is based on a version that was amended since.
    `guard` is the fault that refuses an update and carries it out nevertheless.
    """

    short: str
    interaction: str
    words: Mapping[str, str]
    of: Callable[[ScenarioContext, Mapping[str, Any], str | None, str | None], Request]
    of_older: Callable[[ScenarioContext, BookedAppointment, Mapping[str, Any]], Request]
    guard: str

    def valid(self, context: ScenarioContext, booked: BookedAppointment) -> Request:
        """Return a valid request of this side for an appointment."""
        return self.of(context, booked.value, booked.etag, booked.patient.nhs_number)


def _amendment(context: ScenarioContext, value: Mapping[str, Any], etag: str | None, nhs_number: str | None) -> Request:
    return context.requests.amend(request_bodies.amendment(value, comment=COMMENT), etag, nhs_number=nhs_number)


def _cancellation(
    context: ScenarioContext, value: Mapping[str, Any], etag: str | None, nhs_number: str | None
) -> Request:
    body = request_bodies.cancellation(context.edition, value, REASON)
    return context.requests.cancel(body, etag, nhs_number=nhs_number)


def _amendment_of_older(
    context: ScenarioContext, booked: BookedAppointment, amended_since: Mapping[str, Any]
) -> Request:
    request = amending(context, booked, comment=COMMENT)
    refreshed(context, context.arrange.amended(booked, **amended_since))
    return request


def _cancellation_of_older(
    context: ScenarioContext, booked: BookedAppointment, amended_since: Mapping[str, Any]
) -> Request:
    """Only the version is older: a provider that compared the elements alone would have to accept the cancellation."""
    before = booked.etag
    refreshed(context, context.arrange.amended(booked, **amended_since))
    if before == booked.etag or before is None:
        context.cannot("the version does not change with an amendment, so there is no older one")
    return header("If-Match", before)(CANCELLATION.valid(context, booked))


AMENDMENT = Side(
    short="amend",
    interaction=AMEND,
    words={
        "update": "An amendment",
        "an_update": "an amendment",
        "an_updated": "An amended",
        "updated": "amended",
    },
    of=_amendment,
    of_older=_amendment_of_older,
    guard="refuses-and-applies",
)
CANCELLATION = Side(
    short="cancel",
    interaction=CANCEL,
    words={
        "update": "A cancellation",
        "an_update": "a cancellation",
        "an_updated": "A cancelled",
        "updated": "cancelled",
    },
    of=_cancellation,
    of_older=_cancellation_of_older,
    guard="refuses-and-cancels",
)


@dataclass(frozen=True)
class Column:
    """What a row says for one of the two: requirement ids, names of faults, and parameters (or an id) of its own."""

    verifies: str
    faults: str
    more: Mapping[str, Any] = field(default_factory=dict)


def column(verifies: str, faults: str, **more: Any) -> Column:
    """Return a column of a row; `faults` are names without the prefix of the side."""
    return Column(verifies, faults, more)


def row(
    name: str,
    title: str,
    amend: Column | None = None,
    cancel: Column | None = None,
    *,
    guarded: bool = False,
    **shared: Any,
) -> list[dict[str, Any]]:
    """Return the cases of a row, one for each side that has a column.

    `title` may hold the words of a side in braces ("{update} that moves the start is refused"). A `guarded` row is also
    broken by the fault that refuses an update and carries it out nevertheless. `shared` are parameters of both.
    """
    sides = ((AMENDMENT, amend), (CANCELLATION, cancel))
    return [_case(side, given, name, title, guarded, shared) for side, given in sides if given is not None]


def _case(side: Side, given: Column, name: str, title: str, guarded: bool, shared: Mapping[str, Any]) -> dict[str, Any]:
    more = {**shared, **given.more}
    faults = [*given.faults.split(), *([side.guard] if guarded else [])]
    return case(
        f"{side.short}.{more.pop('id', name)}",
        str(more.pop("title", title)).format(**side.words),
        given.verifies,
        interaction=side.interaction,
        side=side,
        faults=" ".join(_prefixed(side, fault) for fault in faults),
        **more,
    )


def _prefixed(side: Side, fault: str) -> str:
    edition, colon, name = fault.rpartition(":")
    return f"{edition}{colon}{side.short}.{name}"


def shared_table(
    *rows: list[dict[str, Any]],
    amend: Mapping[str, Any] | None = None,
    cancel: Mapping[str, Any] | None = None,
    **shared: Any,
) -> tuple[Case, ...]:
    """Return the cases of some rows; `amend` and `cancel` are defaults of each side, `shared` those of both."""
    defaults = {AMENDMENT.short: amend or {}, CANCELLATION.short: cancel or {}}
    cases = [_with_defaults(one, defaults[one["params"]["side"].short]) for rows_ in rows for one in rows_]
    return table("", *cases, **shared)


def _with_defaults(one: dict[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    return {**one, "params": {**defaults, **one["params"]}}


def expect_update_refused(context: ScenarioContext, case: Case) -> None:
    """Send the valid update of a case's side with the case's `change`, and expect its refusal without any effect."""
    booked = arranged(context, case)
    planned = PlannedUpdate(context, booked, case["side"].valid(context, booked))
    deviating(planned, case["change"])
    expect_refusal(planned, context.parameter("expect"))


def sent_update(context: ScenarioContext, case: Case) -> Update:
    """Send the valid update of a case: an amendment of its `elements` (by default both texts), a cancellation for its `reason`.

    The case's `change`, if any, is applied to the request.
    """
    booked = arranged(context, case)
    if case["side"] is AMENDMENT:
        request = amending(context, booked, **(context.parameter("elements") or TEXTS))
    else:
        request = cancelling(context, booked, case.get("reason") or REASON)
    return send(context, booked, case["change"](request) if case.get("change") else request)
