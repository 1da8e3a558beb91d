"""What an update brings about, amendment or cancellation: seen by reads and by the patient's list."""

from __future__ import annotations

from conformance.checks import changes
from conformance.checks.answers import success
from conformance.checks.appointments import new_version, same_as
from conformance.checks.kinds import Check
from conformance.checks.values import first
from conformance.consumer.reply import Reply
from conformance.harness.expect import refused
from conformance.harness.scene import Booked, Scene
from conformance.scenarios.updates import UNKNOWN, Update

_PROVIDERS_OWN = (
    "serviceType.text",
    "serviceCategory.text",
    "extension:delivery_channel",
    "extension:practitioner_role",
)


def read_gives_it(update: Update) -> None:
    """A read gives what the update was answered with, the version included."""
    answer = update.reply.resource
    read = update.read()
    if update.scene.judge(read, success("Appointment")):
        update.scene.judge(read, same_as(answer))


def read_has_new_version(update: Update) -> None:
    """A read directly after gives the version that the update was answered with, and another than before."""
    answered = first(update.reply.value, "meta.versionId")
    read = update.read()
    if update.scene.judge(read, success("Appointment"), new_version(update.before)):
        found = first(read.value, "meta.versionId")
        if found != answered:
            update.scene.fail(
                "a read gives another version than the update was answered with", location="Appointment.meta.versionId",
                found=str(found), expected=str(answered), exchange=read.number, code="version",
            )  # fmt: skip


def retrieve_shows(update: Update, *checks: Check) -> None:
    """The patient's appointments show it exactly once, and as the checks want it."""
    found = update.retrieved()
    if len(found) != 1:
        update.scene.fail(
            "the appointment is not among its patient's appointments exactly once",
            location="Bundle.entry", found=str(len(found)), expected="1", code="not-retrieved",
        )  # fmt: skip
    for entry in found:
        update.scene.judge(entry, *checks)


def expect_none_made(scene: Scene, held: Booked, unknown: str, reply: Reply) -> None:
    """Hold the answer to an update of an unknown id to a refusal; nothing is there under that id, and `held` is as it was."""
    scene.expect(reply, UNKNOWN[scene.edition.name])
    read = scene.read(unknown)
    if read.status == 200:
        scene.fail(
            "an appointment was made under the unknown id", found=read.described, exchange=read.number, code="made"
        )
    scene.unchanged(held)


def kept_or_refused(update: Update, *checks: Check) -> None:
    """What the provider supplied and an update left out is kept, in the answer and in store; or the update is refused."""
    scene = update.scene
    if update.reply.status == 200:
        kept = changes.kept(update.before, *_PROVIDERS_OWN)
        scene.judge(update.reply, *checks, kept)
        scene.judge(update.read(), success("Appointment"), kept)
    else:
        scene.expect(
            update.reply, refused("INVALID_RESOURCE", also=["4xx"], because="The page warns that it may be refused.")
        )
        scene.unchanged(update.held)
