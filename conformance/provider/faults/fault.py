"""What a fault is: a name, a sentence, and its effects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from conformance.provider.fault_points import Effect
from conformance.spec.model import Edition

# The editions that a fault exists in; those based on one of them have it, too.
EVERY: tuple[str, ...] = ()
STU3 = ("stu3",)
DSTU2 = ("dstu2",)


@dataclass(frozen=True)
class Fault:
    """A way in which the provider can be wrong. `effects` is one effect or several; `editions` those it exists
    in, none for every one. `options` are the edition's options under which it is to be seen (the defaults for those not named).
    """

    id: str
    about: str
    effects: Effect | tuple[Effect, ...]
    editions: tuple[str, ...] = EVERY
    options: Mapping[str, str] = field(default_factory=dict)

    def exists_in(self, edition: Edition) -> bool:
        """Whether an edition, or one that it is based on, has the fault."""
        return not self.editions or edition.among(self.editions)

    @property
    def all_effects(self) -> tuple[Effect, ...]:
        """The effects as a tuple."""
        return (self.effects,) if isinstance(self.effects, Effect) else self.effects
