"""Which variants can touch a scenario: measured while it is played on the plain provider.

A variant changes what a scenario receives only where one of its effects leaves a value other than it found it. While the
plain provider serves a scenario, each effect of each variant is tried on a copy of every value that passes its seam; the
provider goes on with the value as it was. Where no effect of a variant changed anything, the scenario would have received
the same from it, and need not be played on it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

from conformance.provider.fault_points import Effect, Instead, Seam, Seams, concerns
from conformance.provider.http import Call, Response
from conformance.provider.refusal import Refusal
from conformance.provider.store import Row
from conformance.provider.variants import Variant

# Not tried on a copy: these effects act on the call or on the database, so that whatever they concern counts as touched.
_ACTS = frozenset({Seam.CALL, Seam.STORE})


def reaches_all(variant: Variant) -> bool:
    """Whether a variant can touch every scenario: it is slow, or brings a practice, a configuration, options or a gateway."""
    everywhere = variant.gateway or variant.settings or variant.options or variant.leaves_out or variant.slow
    return bool(everywhere) or any(effect.seam is Seam.PRACTICE for effect in variant.all_effects)


class Tracing(Seams):
    """Seams through which everything passes unchanged, and which note the variants that would have changed something."""

    def __init__(self, variants: Iterable[Variant]) -> None:
        super().__init__()
        self.touched: set[str] = set()
        self._watched: dict[Seam, list[tuple[str, Effect]]] = {}
        known = tuple(variants)
        self._always = frozenset(one.id for one in known if reaches_all(one))
        for variant in known:
            for effect in () if variant.id in self._always else variant.all_effects:
                self._watched.setdefault(effect.seam, []).append((variant.id, effect))

    @property
    def quiet(self) -> bool:
        """Never: every response passes every seam."""
        return False

    def taken(self) -> frozenset[str]:
        """Return the names of the variants noted since the last call, and of those that can touch everything."""
        found = self._always | self.touched
        self.touched = set()
        return found

    def skips(self, rule: str) -> bool:
        """Note the variants that skip a rule, and skip none."""
        for name, effect in self._watched.get(Seam.RULE, ()):
            if effect.of in (rule, f"{rule.partition('.')[0]}.*"):
                self.touched.add(name)
        return False

    def through(self, seam: Seam, value: Any, call: Call | None, of: str = "") -> Any:
        """Note the variants that would change a value, and return it as it is."""
        for name, effect in self._watched.get(seam, ()):
            if name not in self.touched and concerns(effect, call, of) and _changes(effect, value, call):
                self.touched.add(name)
        return value


def _changes(effect: Effect, value: Any, call: Call | None) -> bool:
    """Whether an effect leaves a value other than it found it, or responds in the provider's place."""
    if effect.seam in _ACTS:
        return True
    own = _copied(value)
    try:
        found = effect.apply(own, own if value is call else call)
    except (Instead, Refusal):
        return True
    return bool(_members(found) != _members(value))


def _members(value: Any) -> Any:
    """What tells two refusals apart, which as exceptions are never equal; everything else as it is."""
    return (value.rule, value.reply, value.diagnostics) if isinstance(value, Refusal) else value


def _copied(value: Any) -> Any:
    """A copy that an effect may change: of a call its members, not the provider that it belongs to."""
    if isinstance(value, Call):
        return copy.copy(value)
    if isinstance(value, Response):
        return Response(value.status, copy.deepcopy(value.resource), dict(value.headers), value.body)
    if isinstance(value, list) and value and isinstance(value[0], Row):
        return list(value)  # what the database gave cannot be changed
    return copy.deepcopy(value) if isinstance(value, dict | list | tuple) else value
