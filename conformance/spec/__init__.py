"""Editions of the specification as data. `load(name)` is the way in; see model.Edition for what an edition says."""

from conformance.spec.concessions import Concession, conceded
from conformance.spec.loading import DEFAULT, bundled, editions, interactions, load, use_editions
from conformance.spec.model import Canonical, Edition, ErrorCode, Interaction, Requirement

__all__ = [
    "DEFAULT",
    "Canonical",
    "Concession",
    "Edition",
    "ErrorCode",
    "Interaction",
    "Requirement",
    "bundled",
    "conceded",
    "editions",
    "interactions",
    "load",
    "use_editions",
]
