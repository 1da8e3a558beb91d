"""Entries of Bundles in which nothing was found are not judged again.

An entry's verdict depends on the entry, on how it is judged (plan, server, claims) and on what its references mean in the
Bundle around it. The first are the key; what was asked of the Bundle is kept with the answers and asked of the next one.
Whoever looks further than that (`Run.look_beyond`) is not remembered, nor is an entry of which anything was said.
"""

from __future__ import annotations

from typing import Protocol

from conformance.fhir.issues import Location
from conformance.fhir.validation.bundles import Asked, BundleIndex
from conformance.fhir.validation.context import Object, Run

_MOST = 20_000  # entries kept
_Key = tuple[object, int, str | None, bool]


class Judge(Protocol):
    """Judges an entry's resource; kept for as long as the validator."""

    def judge(self, value: Object, location: Location, run: Run) -> None:
        """Report to `run` what is wrong with the resource."""
        ...


class SoundEntries:
    """The resources found sound, by identity: each is held here, so that no other object can take its place."""

    def __init__(self) -> None:
        self._known: dict[_Key, tuple[Object, Asked]] = {}

    def check(self, judge: Judge, value: Object, location: Location, run: Run, bundle: BundleIndex) -> None:
        """Have an entry's resource judged, unless that was done before and would find nothing again."""
        if run.quiet or bundle.asked is not None:  # a trial says less; what is within an entry belongs to its verdict
            judge.judge(value, location, run)
            return
        key = (judge, id(value), bundle.servers.get(id(value)), run.claim)
        _, asked = self._known.get(key, (None, None))
        if asked is not None and bundle.answers_alike(asked):
            return
        before = run.marks, run.looks
        bundle.asked = asked = Asked()
        judge.judge(value, location, run)
        bundle.asked = None
        if (run.marks, run.looks) == before:
            self._keep(key, value, asked)

    def _keep(self, key: _Key, value: Object, asked: Asked) -> None:
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[key] = (value, asked)
