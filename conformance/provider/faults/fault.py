"""What a fault is: a name, a sentence, and its effects."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.provider.fault_points import Effect
from conformance.provider.rules import BOTH

STU3 = ("stu3",)
DSTU2 = ("dstu2",)


@dataclass(frozen=True)
class Fault:
    """A way in which the provider can be wrong. `effects` is one effect or several; `editions` those it exists in."""

    id: str
    about: str
    effects: Effect | tuple[Effect, ...]
    editions: tuple[str, ...] = BOTH

    @property
    def all_effects(self) -> tuple[Effect, ...]:
        """The effects as a tuple."""
        return (self.effects,) if isinstance(self.effects, Effect) else self.effects
