"""Invariants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.fhir.layers import Layers
from conformance.fhir.plans import ObjectPlan, Rule

if TYPE_CHECKING:
    pass


class Invariants:
    def __init__(self, generation: str) -> None:
        self.generation = generation

    def rules(self, plan: ObjectPlan) -> list[Rule]:
        return []

    def leaf_rules(self, layers: Layers) -> list[Rule]:
        return []
