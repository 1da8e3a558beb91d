"""The effects of an update, amendment or cancellation, on reads and retrievals."""

from __future__ import annotations

from conformance.checks import update_effects
from conformance.checks.appointments import new_version, same_as
from conformance.checks.check import Check
from conformance.checks.json_values import first, spelled
from conformance.checks.response import success
from conformance.consumer.response import Response
from conformance.engine.arrangement import BookedAppointment
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.scenarios.steps.amend_cancel import UNKNOWN, Update
from conformance.scenarios.steps.refusals import expect_refused

_PROVIDERS_OWN = (
    "serviceType.text",
    "serviceCategory.text",
    "extension:delivery_channel",
    "extension:practitioner_role",
)


def read_gives_it(update: Update) -> None:
    """A read returns the same content as the update, including the version."""
    returned = update.response.resource
    read = update.read()
    if update.context.judge(read, success("Appointment")):
        update.context.judge(read, same_as(returned))


def read_has_new_version(update: Update) -> None:
    """A read directly after returns the version of the update, which differs from the one before."""
    returned = first(update.response.value, "meta.versionId")
    read = update.read()
    if update.context.judge(read, success("Appointment"), new_version(update.before)):
        found = first(read.value, "meta.versionId")
        if found != returned:
            update.context.findings.fail(
                "a read returns a version other than that of the update",
                location="Appointment.meta.versionId",
                found=spelled(found),
                expected=spelled(returned),
                exchange=read.number,
                code="version",
            )


def retrieve_shows(update: Update, *checks: Check) -> None:
    """The patient's appointments include it exactly once, in accordance with the checks."""
    found = update.retrieved()
    if len(found) != 1:
        update.context.findings.fail(
            "the appointment is not among its patient's appointments exactly once",
            location="Bundle.entry",
            found=str(len(found)),
            expected="1",
            code="not-retrieved",
        )
    for entry in found:
        update.context.judge(entry, *checks)


def expect_none_created(context: ScenarioContext, booked: BookedAppointment, unknown: str, response: Response) -> None:
    """Expect the refusal of an update of an unknown id; nothing exists with that id, and `booked` is unchanged."""
    expect_refused(context, response, context.edition.pick(UNKNOWN))
    read = context.arrange.read(unknown)
    if read.status == 200:
        context.findings.fail(
            "an appointment was created with the unknown id", found=read.described, exchange=read.number, code="made"
        )
    context.effects.unchanged(booked)


def kept_or_refused(update: Update, *checks: Check) -> None:
    """Elements that the provider supplied and an update omits are retained, in response and store; or the update is refused."""
    context = update.context
    if update.response.carried_out:
        kept = update_effects.kept(update.before, *_PROVIDERS_OWN)
        context.judge(update.response, *checks, kept)
        context.judge(update.read(), success("Appointment"), kept)
    else:
        expect_refused(
            context,
            update.response,
            refused("INVALID_RESOURCE", also=["4xx"], because="The page warns that it may be refused."),
        )
        context.effects.unchanged(update.booked)
