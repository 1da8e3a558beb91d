"""The two wire forms of a resource, JSON and XML, each to and from the JSON form that the rest works with."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from conformance.consumer.usable_parts import UnusableResponseError
from conformance.core.resources import profiles
from conformance.spec import Edition

if TYPE_CHECKING:
    from conformance.fhir.definitions.element_layout import Shapes


def base_types(edition: Edition) -> Shapes:
    """Return the shapes of FHIR's own types in the edition's generation, read once."""
    return _base_types(edition.generation)


@cache
def _base_types(generation: Any) -> Shapes:
    from conformance.fhir.definitions.store import Definitions

    return Definitions(generation).open(profiles(generation) / "base")


def to_xml(resource: dict[str, Any], shapes: Shapes) -> bytes:
    """Return a resource as FHIR XML. Raises UnusableResponseError for what XML cannot hold (a control character, say).

    Bodies that hold nothing of a provider's can always be written, as every run on the bundled provider shows.
    """
    from conformance.fhir.formats.xml import NotExpressible
    from conformance.fhir.formats.xml import to_xml as write

    try:
        return write(resource, shapes)
    except NotExpressible as error:
        raise UnusableResponseError(f"what the provider sent cannot be written as XML: {error}") from error
