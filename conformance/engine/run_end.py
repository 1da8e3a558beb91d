"""How a run ends after its last scenario: the same for one that is played and for one that is judged again."""

from __future__ import annotations

from collections.abc import Callable

from conformance.core.taken import AFTER
from conformance.engine.registrations import registrations_made
from conformance.engine.remarks import late_bytes
from conformance.engine.session import Session


def end(session: Session, repeat_controls: Callable[[], None], undo: Callable[[], None], *, complete: bool) -> None:
    """Do what a run does after its last scenario, close the session and add its last notices.

    `repeat_controls` performs the controls again and revises what rests on a lost one: only where the run is `complete` and
    the provider can be reached. `undo` cleans up at the provider, whatever happens before.
    """
    environment = session.environment
    environment.begin()
    with session.values.part(AFTER):
        try:
            if complete and not environment.gone:
                repeat_controls()
                environment.settle_open()
        finally:
            undo()
            session.note_late_bytes()
    session.close()
    left_over = (note for note in environment.notes if note.code == "left-over")
    session.notices.extend([*environment.notices, *left_over, *late_bytes(session.client)])
    session.notices.extend(registrations_made(session.exchanges))
