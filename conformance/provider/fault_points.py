"""The places where every response passes, so that a fault or a variant is one line of a table, not an `if` in the code.

| Seam | What passes | When |
|---|---|---|
| practice | the people, places and diary | before they are laid out |
| request | the call | as it came, before anything looks at it |
| rule | the name of a rule | before it is checked: skipped or not |
| refusal | a Refusal | before it becomes an OperationOutcome |
| setting | a named value that the code works with | whenever it is used |
| call | the call | once routed, with its headers and token found good |
| content | the body of a request, as read | before anything looks at it |
| search | the criteria of a search, as understood | before the database is searched |
| found | the rows a search gave | before they are presented |
| store | the values of a write | before they are written |
| resource | one resource, by type | when it is presented |
| presented | an appointment as a consumer has seen it | before an update is compared with it |
| bundle | a searchset Bundle | when it is complete |
| response | status, headers and resource | before they become bytes |
| wire | status, headers and bytes | when they are complete |
| sent | the header lines as bytes | last of all, after compression |
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from conformance.provider.http import Call, Json, Response
from conformance.provider.refusal import Refusal


class Seam(Enum):
    """Where an effect takes hold."""

    PRACTICE = "practice"
    REQUEST = "request"
    RULE = "rule"
    REFUSAL = "refusal"
    SETTING = "setting"
    CALL = "call"
    CONTENT = "content"
    SEARCH = "search"
    FOUND = "found"
    STORE = "store"
    RESOURCE = "resource"
    PRESENTED = "presented"
    BUNDLE = "bundle"
    RESPONSE = "response"
    WIRE = "wire"
    SENT = "sent"


class Instead(Exception):  # noqa: N818 - a way out, not an error
    """What responds in the provider's place, as a container or a proxy does: nothing of the provider is added to it."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


@dataclass(frozen=True)
class Effect:
    """What a fault or a variant does at a seam: `apply(value, call)` returns the value to go on with.

    `of` narrows to a rule, a setting, a table or a resource type ("" for all); `on` to interactions (empty for all).
    """

    seam: Seam
    apply: Callable[[Any, Call | None], Any]
    of: str = ""
    on: frozenset[str] = frozenset()


class Seams:
    """The effects at work now. Without any, everything passes unchanged."""

    def __init__(self, effects: Iterable[Effect] = ()) -> None:
        self._effects: dict[Seam, list[Effect]] = {}
        for effect in effects:
            self._effects.setdefault(effect.seam, []).append(effect)
        self._skipped = {effect.of for effect in self._effects.get(Seam.RULE, ())}

    @property
    def quiet(self) -> bool:
        """Whether no fault and no variant is at work."""
        return not self._effects

    def skips(self, rule: str) -> bool:
        """Whether a rule is not checked; `area.*` skips a whole area."""
        return bool(self._skipped) and (rule in self._skipped or f"{rule.partition('.')[0]}.*" in self._skipped)

    def through(self, seam: Seam, value: Any, call: Call | None, of: str = "") -> Any:
        """Pass a value through the effects of a seam."""
        if not self._effects:
            return value
        for effect in self._effects.get(seam, ()):
            if concerns(effect, call, of):
                value = effect.apply(value, call)
        return value

    def setting(self, name: str, default: Any, call: Call | None = None) -> Any:
        """A value that the code works with, by name, so that a fault can work with another."""
        return self.through(Seam.SETTING, default, call, name)

    def refusal(self, refusal: Refusal, call: Call) -> Refusal:
        """A refusal as it will be sent."""
        changed = self.through(Seam.REFUSAL, refusal, call, refusal.rule)
        assert isinstance(changed, Refusal)
        return changed

    def resource(self, resource: Json, call: Call) -> Json:
        """A resource as presented."""
        return self.through(Seam.RESOURCE, resource, call, resource["resourceType"])  # type: ignore[no-any-return]


def concerns(effect: Effect, call: Call | None, of: str) -> bool:
    """Whether an effect is meant for what passes its seam: `of` names the rule, setting, table or type."""
    if effect.of and effect.of != of:
        return False
    return not effect.on or (call is not None and call.on in effect.on)
