"""Editions of the specification as data. `load(name)` is the way in; see model.Edition for what an edition says."""

from conformance.spec.concessions import Concession, conceded
from conformance.spec.loading import editions, interactions, load
from conformance.spec.model import Canonical, Edition, ErrorCode, Interaction, Requirement

__all__ = [
    "Canonical",
    "Concession",
    "Edition",
    "ErrorCode",
    "Interaction",
    "Requirement",
    "conceded",
    "editions",
    "interactions",
    "load",
]
