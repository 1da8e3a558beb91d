"""Retrieve a patient's appointments: what each appointment found must hold of what was booked."""

from __future__ import annotations

from conformance.harness.case import Case, scenarios
from conformance.harness.scene import Scene
from conformance.scenarios.bookings import attempt, made_or_skip
from conformance.scenarios.contents import contents
from conformance.scenarios.retrieving import RETRIEVE, retrieved

CONTENT = contents(
    "retrieve", RETRIEVE, "retrieved",
    why="A list of appointments that leaves out what was booked sends the patient to the wrong place, person or time.",
    mend="Fill in each entry as the answer to the booking was filled in.",
)  # fmt: skip


@scenarios(CONTENT)
def test_content(scene: Scene, case: Case) -> None:
    tried = attempt(scene, case)
    entry = retrieved(scene, made_or_skip(tried))
    scene.judge(entry, *case["holds"](tried))
