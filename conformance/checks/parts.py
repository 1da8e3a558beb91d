"""Checks of nothing but the body: one that comes again need not be judged again, nor an entry in Bundle after Bundle."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from conformance.checks.check import Check, Context
from conformance.consumer.response import Response
from conformance.core.results import Finding

Object = dict[str, Any]
IsSound = Callable[[Object, Context], bool]


@dataclass(frozen=True, slots=True)
class OfBody:
    """A check whose findings follow from the body, its form and the interaction, whatever status and headers are."""

    whole: Check

    def __call__(self, response: Response, context: Context) -> Iterable[Finding]:
        """Judge the whole answer, as any check does."""
        return self.whole(response, context)

    def among_many(self, response: Response, context: Context, sound: set[int]) -> Iterable[Finding]:  # noqa: ARG002 - by parts
        """Judge one of many answers, all of them held in memory unchanged; `sound` are the ids of entries known to be so."""
        return self.whole(response, context)


@dataclass(frozen=True, slots=True)
class ByParts(OfBody):
    """One that finds nothing in a Bundle exactly when each entry is sound, and what is around them."""

    entry: IsSound
    around: IsSound

    def among_many(self, response: Response, context: Context, sound: set[int]) -> Iterable[Finding]:
        """Judge the whole answer only if it is not known to be sound part by part."""
        return () if self._is_sound(response, context, sound) else self.whole(response, context)

    def _is_sound(self, response: Response, context: Context, sound: set[int]) -> bool:
        """True for a Bundle known to be sound; all else has to be looked at as a whole."""
        entries = response.resource.get("entry") if response.resource_type == "Bundle" else None
        if not isinstance(entries, list) or not entries:
            return False
        for entry in entries:
            if id(entry) not in sound:
                if not isinstance(entry, dict) or not entry or not self.entry(entry, context):
                    return False
                sound.add(id(entry))
        return self.around({key: value for key, value in response.resource.items() if key != "entry"}, context)


def nothing_around(bundle: Object, context: Context) -> bool:
    """For checks that look at the entries of a Bundle only."""
    return True


def by_parts(entry: IsSound, around: IsSound = nothing_around) -> Callable[[Check], ByParts]:
    """Say of a check that it finds nothing in a Bundle if `entry` holds of each entry, and `around` of what is left."""
    return lambda whole: ByParts(whole, entry, around)


def of_resource(is_sound: IsSound) -> IsSound:
    """Ask the question of the entry's resource; an entry without one is sound."""

    def ask(entry: Object, context: Context) -> bool:
        resource = entry.get("resource")
        return not isinstance(resource, dict) or is_sound(resource, context)

    return ask
