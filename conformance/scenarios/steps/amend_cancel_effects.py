"""What an update brings about, amendment or cancellation: seen by reads and by the patient's list."""

from __future__ import annotations

from conformance.checks import update_effects
from conformance.checks.appointments import new_version, same_as
from conformance.checks.check import Check
from conformance.checks.json_values import first
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
    """A read gives what the update returned, the version included."""
    answer = update.response.resource
    read = update.read()
    if update.context.judge(read, success("Appointment")):
        update.context.judge(read, same_as(answer))


def read_has_new_version(update: Update) -> None:
    """A read directly after gives the version that the update returned, and another than before."""
    answered = first(update.response.value, "meta.versionId")
    read = update.read()
    if update.context.judge(read, success("Appointment"), new_version(update.before)):
        found = first(read.value, "meta.versionId")
        if found != answered:
            update.context.findings.fail(
                "a read gives another version than the update returned",
                location="Appointment.meta.versionId",
                found=str(found),
                expected=str(answered),
                exchange=read.number,
                code="version",
            )


def retrieve_shows(update: Update, *checks: Check) -> None:
    """The patient's appointments show it exactly once, and as the checks want it."""
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


def expect_none_made(context: ScenarioContext, held: BookedAppointment, unknown: str, response: Response) -> None:
    """Hold the response to an update of an unknown id to a refusal; nothing is there under that id, and `held` is as it was."""
    expect_refused(context, response, context.edition.pick(UNKNOWN))
    read = context.arrange.read(unknown)
    if read.status == 200:
        context.findings.fail(
            "an appointment was made under the unknown id", found=read.described, exchange=read.number, code="made"
        )
    context.effects.unchanged(held)


def kept_or_refused(update: Update, *checks: Check) -> None:
    """What the provider supplied and an update left out is kept, in the response and in store; or the update is refused."""
    context = update.context
    if update.response.status == 200:
        kept = update_effects.kept(update.before, *_PROVIDERS_OWN)
        context.judge(update.response, *checks, kept)
        context.judge(update.read(), success("Appointment"), kept)
    else:
        expect_refused(
            context,
            update.response,
            refused("INVALID_RESOURCE", also=["4xx"], because="The page warns that it may be refused."),
        )
        context.effects.unchanged(update.held)
