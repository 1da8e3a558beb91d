"""Which interaction a request is. The table is the edition's own; verbs and paths are compared with their case."""

from __future__ import annotations

import re
from functools import lru_cache

from conformance.provider.http import Call
from conformance.provider.refusal import refuse
from conformance.spec.model import Edition, Interaction

_TYPE = re.compile(r"/[A-Z][A-Za-z]*(/|$)")


class Routes:
    """The interactions of an edition as patterns of paths."""

    def __init__(self, edition: Edition) -> None:
        self._patterns = [(_pattern(row.path), row) for row in edition.interactions.values()]
        self._matching = lru_cache(maxsize=256)(self._match)

    def fitting(self, call: Call) -> list[Interaction]:
        """The interactions that the verb and the path of a request ask for; amend and cancel share both."""
        verb = "GET" if call.method == "HEAD" else call.method
        return [row for row, _ in self._on_path(call) if row.method == verb]

    def choose(self, call: Call) -> None:
        """Set the call's interaction and id; raises Refusal for paths and verbs that are not served.

        The Ssp-InteractionID decides between interactions that share verb and path. Where the edition has one id for
        amending and cancelling, the status sent decides between them.
        """
        found = self._on_path(call)
        if not found:
            raise self._unknown(call)
        fitting = self.fitting(call)
        if not fitting:
            allowed = ", ".join(sorted({row.method for row, _ in found}))
            raise refuse(
                "http.verb", "BAD_REQUEST", f"{call.method} is no verb for {call.path_requested[:120]}; use {allowed}"
            )
        sent = call.header("Ssp-InteractionID")
        meant = [row for row in fitting if row.interaction_id == sent]
        call.interaction = _by_status(meant, call) if len(meant) > 1 else next(iter(meant), fitting[0])
        call.id = next(identifier for row, identifier in found if row is call.interaction)

    def _on_path(self, call: Call) -> list[tuple[Interaction, str]]:
        """The interactions that a path can mean, each with the id in it."""
        path = call.provider.seams.setting("http.path", call.path, call)
        if call.provider.edition.capabilities.searches_end_in_slash and path == "/Slot/":
            path = "/Slot"
        return self._matching(path)

    def _match(self, path: str) -> list[tuple[Interaction, str]]:
        matches = ((row, pattern.fullmatch(path)) for pattern, row in self._patterns)
        return [(row, match.groupdict().get("id") or "") for row, match in matches if match]

    def _unknown(self, call: Call) -> Exception:
        if _TYPE.match(call.path):
            return refuse("http.implemented", "NOT_IMPLEMENTED", f"{call.path_requested[:120]} is not implemented here")
        return refuse("http.path", call.provider.shapes.not_found, f"nothing is at {call.path_requested[:120]}")


def _by_status(rows: list[Interaction], call: Call) -> Interaction:
    """An update that sets the status cancelled is a cancellation, any other an amendment."""
    body = call.provider.bodies.peek(call)
    cancels = isinstance(body, dict) and body.get("status") == "cancelled"
    return next((row for row in rows if (row.key == "cancel_appointment") is cancels), rows[0])


def _pattern(path: str) -> re.Pattern[str]:
    # An operation ("$…") is never an id.
    return re.compile(re.escape(path).replace(r"\{id\}", r"(?P<id>[^/$][^/]*)"))
