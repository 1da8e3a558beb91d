"""Many practices served by one process: each with a path, an ASID and an ODS code of its own, some of them with faults."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from conformance.provider.app import create_app
from conformance.provider.fixture import Practice, load_practice
from conformance.provider.provider import Provider
from conformance.provider.variants import seams_with
from conformance.spec.model import Edition

FAULTY_EVERY = 10  # every tenth practice is wrong in one way
USUAL_FAULTS = ("search.accepts-missing-start", "patient.unknown-is-200", "jwt.accepts-expired", "location.unreadable")
"""The ways in which practices are wrong where no others are named: the pack smoke shows each of them."""

_NOWHERE = PlainTextResponse("There is no practice at this path.\n", 404, {"Cache-Control": "no-store"})


@dataclass(frozen=True, slots=True)
class Served:
    """One of the practices: its ODS code, its ASID, the path of its service root, the fault that it has ("" for none)."""

    ods: str
    asid: str
    root: str
    fault: str = ""


def practices(edition: Edition, number: int, faults: Sequence[str] = ()) -> tuple[Served, ...]:
    """Return so many practices. Every tenth has one of the faults, in turn."""
    chosen = tuple(faults) or USUAL_FAULTS
    usual = load_practice()
    return tuple(_served(usual, edition, place, _fault(chosen, place)) for place in range(1, number + 1))


def _fault(faults: Sequence[str], place: int) -> str:
    turn, rest = divmod(place, FAULTY_EVERY)
    return "" if rest else faults[(turn - 1) % len(faults)]


def _served(usual: Practice, edition: Edition, place: int, fault: str) -> Served:
    ods = f"P{place:05d}"
    return Served(ods, f"91999{place:07d}", edition.pick(usual.paths).replace(usual.ods, ods), fault)


def as_practice(usual: Practice, one: Served) -> Practice:
    """Return the practice of the fixture with another ODS code, ASID and path."""
    own = {
        name: {**row, "ods": one.ods, "name": f"{row['name']} {one.ods}"} if row["ods"] == usual.ods else row
        for name, row in usual.organizations.items()
    }
    paths = {edition: path.replace(usual.ods, one.ods) for edition, path in usual.paths.items()}
    return replace(usual, ods=one.ods, asid=one.asid, paths=paths, organizations=own)


class Practices:
    """An ASGI application that hands each request to the practice whose path it is of; each is made with its first request."""

    def __init__(self, edition: Edition, served: Sequence[Served]) -> None:
        self._edition = edition
        self._served = {one.ods: one for one in served}
        self._made: dict[str, tuple[Provider, ASGIApp]] = {}
        self._lock = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        ods = str(scope.get("path", "")).split("/")[1:2]
        one = self._served.get(ods[0]) if ods else None
        await (self._app(one) if one else _NOWHERE)(scope, receive, send)

    def _app(self, one: Served) -> ASGIApp:
        with self._lock:
            if one.ods not in self._made:
                provider = provider_of(self._edition, one)
                self._made[one.ods] = provider, create_app(provider)
            return self._made[one.ods][1]

    def close(self) -> None:
        """Remove what was temporary."""
        for provider, _ in self._made.values():
            provider.store.close()


def provider_of(edition: Edition, one: Served) -> Provider:
    """Return one practice as a provider of its own."""
    seams = seams_with([one.fault] if one.fault else [], (), edition.name)
    return Provider(edition, seams=seams, fixture=lambda: as_practice(load_practice(), one))


def csv_lines(address: str, served: Sequence[Served]) -> Iterator[str]:
    """Yield a list of the practices as CSV: base URL, ASID and ODS code."""
    yield "base_url,asid,ods_code"
    for one in served:
        yield f"{address}{one.root},{one.asid},{one.ods}"
