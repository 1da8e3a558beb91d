"""Amend and cancel: what a provider makes of If-Match where it is left out or names more than one version."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from conformance.checks.response import success
from conformance.consumer.request import Change
from conformance.consumer.request_mutations import header, without_header
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.amend_cancel import (
    AMEND,
    CANCEL,
    STALE,
    arranged,
    note,
    valid_update,
)
from conformance.scenarios.steps.refusals import expect_refused, valid_step

Tag = Callable[[str], Change]

_OPEN = "The header is the consumer's duty; no page says what a provider makes of its absence."
_EITHER = refused("4xx", because=_OPEN)
_LIKELY = refused((), tolerated=["4xx"], because="HTTP reads * as any version and a list as any of those in it.")


def _forms() -> Iterator[tuple[str, str, Tag, Any, str]]:
    """Id, words of the title, what is sent, what is expected of a refusal, and the fault (without its area)."""
    yield ("without-if-match", "without If-Match is carried out or refused, and its response is true",
           lambda _tag: without_header("If-Match"), _EITHER,
           "missing-version-is-server-error missing-version-is-forgotten")  # fmt: skip
    yield ("if-match-any", "with If-Match * is carried out", lambda _tag: header("If-Match", "*"), _LIKELY,
           "refuses-any-version")  # fmt: skip
    yield ("if-match-list", "whose If-Match lists the current version among others is carried out",
           lambda tag: header("If-Match", f'W/"another", {tag}'), _LIKELY, "refuses-any-version")  # fmt: skip
    yield ("if-match-strong", "whose If-Match has the current version as a strong ETag is carried out or refused",
           lambda tag: header("If-Match", tag.removeprefix("W/")), _EITHER, "strong-version-is-server-error")  # fmt: skip
    yield ("if-match-list-without", "whose If-Match lists versions but not the current one is refused with 409",
           lambda _tag: header("If-Match", 'W/"another", W/"third"'), STALE, "accepts-stale-version")  # fmt: skip


def _rows(short: str, said: str, verifies: str, stale: str) -> list[dict[str, Any]]:
    return [
        case(
            f"{short}.{name}",
            f"{said} {words}",
            stale if name.endswith("without") else verifies,
            tag=tag,
            expect=expect,
            never=name.endswith("without"),
            faults=" ".join(f"{short}.{fault}" for fault in faults.split()),
            noted="C-IFMATCH",
        )
        for name, words, tag, expect, faults in _forms()
    ]


_WHY = "A consumer that does not know the version must learn whether its change was carried out."
_FIX = "Compare If-Match with the current version as RFC 7232 says: * is any version, a list any of those in it."

AMENDMENTS = table(
    AMEND,
    *_rows("amend", "An amendment", "STU3-AMEND-035 STU3-AMEND-008 DSTU2-FHIR-041 DSTU2-AMEND-010",
           "STU3-AMEND-033 DSTU2-FHIR-011"),
    why=_WHY, fix=_FIX,
)  # fmt: skip
CANCELLATIONS = table(
    CANCEL,
    *_rows("cancel", "A cancellation", "STU3-CANCEL-028 STU3-CANCEL-007 DSTU2-FHIR-041 DSTU2-CANCEL-010",
           "STU3-CANCEL-027 DSTU2-FHIR-011"),
    why=_WHY, fix=_FIX,
)  # fmt: skip


@scenarios(AMENDMENTS, CANCELLATIONS)
def test_if_match(context: ScenarioContext, case: Case) -> None:
    booked = arranged(context, case)
    if not booked.etag:
        context.cannot("the appointment to start from has no version")
    request, carried_out = valid_update(context, booked)
    response = context.send(case["tag"](booked.etag)(request))
    if response.status != 200:
        expect_refused(context, response, case["expect"], control=valid_step(case.interaction))
        context.effects.unchanged(booked)
        return
    note(booked, response)
    if case["never"]:
        expect_refused(context, response, case["expect"])
        return
    context.judge(response, success("Appointment"), *carried_out)
    context.judge(context.arrange.read(booked.id), success("Appointment"), *carried_out)
