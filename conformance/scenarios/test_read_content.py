"""Read an appointment: what the appointment read must hold of what was booked."""

from __future__ import annotations

from conformance.checks.answers import success
from conformance.harness.case import Case, scenarios
from conformance.harness.scene import Scene
from conformance.scenarios.bookings import attempt, made_or_skip
from conformance.scenarios.contents import contents
from conformance.scenarios.reading import READ

CONTENT = contents(
    "read", READ, "read",
    why="An appointment that is read is what the user of the consumer sees and acts on.",
    mend="Fill the appointment in as the answer to the booking was filled in.",
)  # fmt: skip


@scenarios(CONTENT)
def test_content(scene: Scene, case: Case) -> None:
    tried = attempt(scene, case)
    reply = scene.read(made_or_skip(tried).id)
    scene.need(reply, success("Appointment"), what="the appointment cannot be read")
    scene.judge(reply, *case["holds"](tried))
