"""How resources look in each edition: one class of shapes for all, and what differs in a module each."""

from __future__ import annotations

from conformance.core.errors import UsageError
from conformance.provider.editions.dstu2 import Dstu2Shapes
from conformance.provider.editions.shapes import Shapes
from conformance.provider.editions.stu3 import Stu3Shapes
from conformance.provider.fixture import Practice
from conformance.spec.model import Edition

_SHAPES: dict[str, type[Shapes]] = {"dstu2": Dstu2Shapes, "stu3": Stu3Shapes}


def shapes_of(edition: Edition, practice: Practice) -> Shapes:
    """Return the shapes of an edition, or of the one that it is based on.

    UsageError for an edition that the provider serves in neither way.
    """
    if not edition.among(_SHAPES):
        raise UsageError(
            f"the bundled provider does not serve edition {edition.name}",
            fix=f"Base it on one that it serves: {', '.join(_SHAPES)}.",
        )
    return edition.pick(_SHAPES)(edition, practice)
