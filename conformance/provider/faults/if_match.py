"""Ways to be wrong about If-Match: where it is left out, names any version, or names several."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from conformance.provider.fault_points import Effect, Seam
from conformance.provider.faults.effects import refuses
from conformance.provider.faults.fault import Fault
from conformance.provider.http import Call
from conformance.provider.refusal import Reply
from conformance.provider.store import document

_BROKEN = Reply("INTERNAL_SERVER_ERROR", 500)
_CONFLICT = Reply("BAD_REQUEST", 409)


def _tag(call: Call) -> str:
    return call.header("If-Match").strip()


def _forgets(on: str) -> Effect:
    """Present a change as made and store the old state."""

    def apply(values: Any, call: Call | None) -> Any:
        if call is None or _tag(call):
            return values
        value = call.provider.store.appointment(call.id)
        assert value is not None
        return values | {"doc": document(value), "status": value["status"], "free_slots": False}

    return Effect(Seam.STORE, apply, on=frozenset({on}))


def _of(short: str, on: str, said: str) -> Iterator[Fault]:
    def refusing(name: str, about: str, when: Callable[[Call], bool], reply: Reply) -> Fault:
        return Fault(f"{short}.{name}", about, refuses(when, reply, on=on))

    broken = f"returns 500, in response to {said}"
    yield refusing(
        "missing-version-is-server-error", f"{broken} without If-Match", lambda call: not _tag(call), _BROKEN
    )
    yield refusing(
        "strong-version-is-server-error",
        f"{broken} with a strong ETag",
        lambda call: _tag(call).startswith('"'),
        _BROKEN,
    )
    yield refusing(
        "refuses-any-version",
        f"takes neither * nor a list as If-Match, in response to {said}",
        lambda call: _tag(call) == "*" or "," in _tag(call),
        _CONFLICT,
    )
    yield Fault(
        f"{short}.missing-version-is-forgotten",
        f"returns 200 but stores nothing, in response to {said} without If-Match",
        _forgets(on),
    )


FAULTS = (*_of("amend", "amend_appointment", "an amendment"), *_of("cancel", "cancel_appointment", "a cancellation"))
