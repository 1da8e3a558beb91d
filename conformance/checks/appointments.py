"""Checks of an Appointment that an interaction returned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from conformance.checks.check import Check, Context, about
from conformance.checks.json_values import differences, every, extensions, first, instant, spelled, targets
from conformance.consumer.response import Response
from conformance.consumer.uk_time import to_uk_text
from conformance.core.results import Finding, Severity
from conformance.fhir.addresses import read_reference


def appointment_status(wanted: str) -> Check:
    """Appointment.status is as wanted."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        found = first(response.value, "status")
        if found != wanted:
            yield Finding(
                "the appointment has another status than this interaction leaves it in",
                location="Appointment.status",
                found=spelled(found),
                expected=wanted,
                code="appointment-status",
            )

    return check


def reflects(sent: dict[str, Any], *paths: str) -> Check:
    """The response has at each path what was sent there; instants are compared as instants."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        for path in paths:
            wanted, got = list(every(sent, path)), list(every(response.value, path))
            if not _same(path, wanted, got):
                yield Finding(
                    "the response does not have the requested value",
                    location=f"Appointment.{path}",
                    found=_shown(got),
                    expected=_shown(wanted),
                    code="not-reflected",
                )

    return check


def _same(path: str, wanted: Sequence[Any], got: Sequence[Any]) -> bool:
    if path in ("start", "end", "created"):
        return [instant(value) for value in wanted] == [instant(value) for value in got]
    if path.endswith("reference"):
        return sorted(_targets(wanted)) == sorted(_targets(got))
    return list(wanted) == list(got)


def _targets(texts: Sequence[Any]) -> list[str]:
    return [read_reference(text).target for text in texts]


def has_participants_of(sent: dict[str, Any]) -> Check:
    """Every participant that was sent is in the response; the provider may have added others."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        got = set(targets(response.value, "participant.actor.reference"))
        for reference in targets(sent, "participant.actor.reference"):
            if reference not in got:
                yield Finding(
                    "a participant that was sent is missing from the appointment",
                    location="Appointment.participant",
                    found=_shown(sorted(got)),
                    expected=reference,
                    code="participant-lost",
                )

    return check


def same_as(known: dict[str, Any], *, ignoring: frozenset[str] = frozenset({"meta.lastUpdated", "text"})) -> Check:
    """The response is the representation already known, element for element but those ignored."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        for path in differences(known, response.value, ignoring=ignoring):
            yield Finding(
                "two responses about the same appointment differ",
                location=f"Appointment.{path}",
                found=_shown(list(every(response.value, path))),
                expected=_shown(list(every(known, path))),
                code="differs",
            )

    return check


def new_version(before: dict[str, Any]) -> Check:
    """meta.versionId is there and another than before the change."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        old, new = first(before, "meta.versionId"), first(response.value, "meta.versionId")
        if not new or new == old:
            yield Finding(
                "the version did not change with the content",
                location="Appointment.meta.versionId",
                found=spelled(new),
                expected=f"another than {old}",
                code="version-unchanged",
            )

    return check


def cancellation_reason(wanted: str) -> Check:
    """The cancellation reason extension holds the text that was sent."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        canonical = context.edition.extension("cancellation_reason")
        urls = canonical.accepted if canonical else ()
        found = [item.get("valueString") for item in extensions(response.value, *urls)]
        if found != [wanted]:
            yield Finding(
                "the cancellation reason is not stored as it was sent",
                location="Appointment.extension(cancellation reason)",
                found=_shown(found),
                expected=wanted,
                code="cancellation-reason",
            )

    return check


def uk_times(*paths: str, severity: Severity = Severity.FAIL) -> Check:
    """Each instant at these paths is UK local time: whole seconds, the offset that UK clocks have at that instant."""

    @about(lambda response: any(True for path in paths for _ in every(response.value, path)))
    def check(response: Response, context: Context) -> Iterator[Finding]:
        for path in paths:
            for value in every(response.value, path):
                if not _is_uk_time(value):
                    moment = instant(value)
                    yield Finding(
                        "the time is not in UK local time as yyyy-mm-ddThh:mm:ss+hh:mm",
                        severity=severity,
                        location=path,
                        found=spelled(value),
                        expected=to_uk_text(moment) if moment else "an instant",
                        code="uk-time",
                    )

    return check


def _is_uk_time(value: Any) -> bool:
    moment = instant(value)
    return moment is not None and to_uk_text(moment) == value


def _shown(values: Sequence[Any]) -> str:
    return spelled(list(values))
