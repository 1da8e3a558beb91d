"""Building blocks for the faults of amend and cancel, in addition to those of effects.py.

All of them know the appointment of the call, as it was before the call.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from conformance.provider.editions.shapes import Appointment, load_appointment
from conformance.provider.fault_points import Effect, Seam
from conformance.provider.faults.effects import skip
from conformance.provider.http import Call, Json
from conformance.provider.refusal import Refusal, Reply, refuse
from conformance.provider.rules import broken

KEYS = {
    "amend": "amend_appointment",
    "cancel": "cancel_appointment",
    "book": "book_appointment",
    "read": "read_appointment",
}


def _on(name: str) -> frozenset[str]:
    return frozenset({KEYS[name]})


def stored_of(call: Call) -> Appointment | None:
    """Return the appointment that the call is about, None where there is none."""
    return load_appointment(call.provider.store, call.id)


Restore = Callable[[Json, Json], None]
"""Put what is stored (second) into what was sent (first)."""


def overlooks(*restores: Restore, on: str) -> Effect:
    """Take part of the body for unchanged, whatever it says."""

    def apply(sent: Any, call: Call | None) -> Any:
        stored = stored_of(call) if call else None
        if call is None or stored is None or not isinstance(sent, dict):
            return sent
        presented = call.provider.shapes.appointment(stored)
        for restore in restores:
            restore(sent, presented)
        return sent

    return Effect(Seam.CONTENT, apply, on=_on(on))


def takes_anything(*, on: str) -> Effect:
    """Take a body that is no Appointment for one that changes a text, or cancels."""

    def apply(sent: Any, call: Call | None) -> Any:
        stored = stored_of(call) if call else None
        if call is None or stored is None or (isinstance(sent, dict) and sent.get("resourceType") == "Appointment"):
            return sent
        presented = call.provider.shapes.appointment(stored)
        canonical = call.provider.edition.extension("cancellation_reason")
        assert canonical is not None
        if on == "cancel":
            reason = {"url": canonical.canonical, "valueString": "None was given"}
            presented |= {"status": "cancelled", "extension": [*presented.get("extension", []), reason]}
        return presented

    return Effect(Seam.CONTENT, apply, on=_on(on))


@dataclass(frozen=True)
class Write:
    """A write as it is about to happen: the values, the appointment before it, the call."""

    values: Json
    stored: Appointment
    call: Call

    @property
    def doc(self) -> Json:
        """The new document."""
        return self.values["doc"]  # type: ignore[no-any-return]

    @property
    def changed(self) -> set[str]:
        """The amendable elements that it changes."""
        elements = self.call.provider.edition.raw["amend"]["elements"]
        return {name for name in elements if self.doc.get(name) != self.stored.doc.get(name)}


def writes(edit: Callable[[Write], Json], *, on: str) -> Effect:
    """Write other values: those that the edit returns win."""

    def apply(values: Json, call: Call | None) -> Json:
        stored = stored_of(call) if call else None
        return values if call is None or stored is None else values | edit(Write(values, stored, call))

    return Effect(Seam.STORE, apply, on=_on(on))


def writes_doc(edit: Callable[[Write], Json], *, on: str) -> Effect:
    """Write another document: what the edit returns wins."""
    return writes(lambda write: {"doc": write.doc | edit(write)}, on=on)


def will_not(when: Callable[[Write], bool], *, on: str, reply: str | Reply = "INVALID_RESOURCE") -> Effect:
    """Refuse valid updates of some kind."""

    def edit(write: Write) -> Json:
        if when(write):
            raise refuse("fault.refuses", reply, "refused without a reason")
        return {}

    return writes(edit, on=on)


def calls(when: Callable[[Call], bool], reply: Reply, *, on: str) -> Effect:
    """Response some calls with an error before the body is looked at."""

    def apply(call: Call, same: Call | None) -> Call:  # noqa: ARG001
        if when(call):
            raise refuse("fault.refuses", reply, "something went wrong")
        return call

    return Effect(Seam.CALL, apply, on=_on(on))


def is_cancelled(call: Call) -> bool:
    """Whether the appointment that the call is about is cancelled."""
    stored = stored_of(call)
    return stored is not None and stored.row["status"] == "cancelled"


def checks_early(*, on: str, pause: float = 0.0, older: bool = False) -> tuple[Effect, ...]:
    """Compare If-Match with the version before anybody else is kept out, and not again; `older` ones are let through.

    `pause` (seconds) is how long the appointment is looked at before it is written.
    """

    def apply(call: Call, same: Call | None) -> Call:  # noqa: ARG001
        stored = stored_of(call)
        sent = call.header("If-Match").removeprefix('W/"').removesuffix('"')
        first = 1 if older else int(stored.version) if stored else 0
        let_through = range(first, int(stored.version) + 1) if stored else ()
        seams = call.provider.seams  # a variant may show versions in another way than they are stored
        fits = stored is None or sent in {seams.setting("put.version", str(one), call) for one in let_through}
        if not fits:
            raise broken("put.if-match-fits", call, "If-Match is not the current version")
        time.sleep(pause)
        return call

    return (*skip("put.if-match-fits"), Effect(Seam.CALL, apply, on=_on(on)))


def refuses_and_does(write: Callable[[Json, Json], tuple[Json, str]], *, on: str) -> Effect:
    """Return an error and carry the request out all the same: `write(doc, sent)` gives the new document and status."""
    import json

    def apply(refusal: Refusal, call: Call | None) -> Refusal:
        stored = stored_of(call) if call else None
        sent = call.content if call and isinstance(call.content, dict) else None
        if call is not None and stored is not None and sent is not None:
            doc, status = write(stored.doc, sent)
            with call.provider.store.writing() as database:
                database.execute(
                    "UPDATE appointment SET doc = ?, status = ?, version = version + 1 WHERE id = ?",
                    (json.dumps(doc), status or stored.row["status"], call.id),
                )
        return refusal

    return Effect(Seam.REFUSAL, apply, on=_on(on))


def presents(edit: Callable[[Json, Call], Json], *, on: str) -> Effect:
    """Return a changed appointment; the edit gets the call, including its content."""

    def apply(resource: Json, call: Call | None) -> Json:
        return resource if call is None else edit(resource, call)

    return Effect(Seam.RESOURCE, apply, of="Appointment", on=_on(on))


def understands(edit: Callable[[Json, Call], None], *, on: str) -> Effect:
    """Look at the body once it is read; the edit may refuse or change it."""

    def apply(sent: Any, call: Call | None) -> Any:
        if call is not None and isinstance(sent, dict):
            edit(sent, call)
        return sent

    return Effect(Seam.CONTENT, apply, on=_on(on))
