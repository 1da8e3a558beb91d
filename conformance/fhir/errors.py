"""What goes wrong with definitions themselves: our fault or the publisher's, never the provider's."""

from __future__ import annotations


class DefinitionError(Exception):
    """A definition that cannot be used; the message says which one, what is wrong and where."""


class UnknownDefinitionError(DefinitionError):
    """A canonical URL or type name for which nothing is loaded."""
