"""A fault of this tool as a short report that a user can send us: where it broke and on what kind of response.

Nothing in it comes out of a response or a request but sizes, media types and statuses: no names, no numbers, no text, and of
an exception its type alone, since its message may hold what was received.
"""

from __future__ import annotations

import platform
import traceback
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from conformance import __version__
from conformance.core.exchange import Exchange
from conformance.core.results import ScenarioResult, Verdict

_ROOT = Path(__file__).resolve().parents[2]
_MOST_FRAMES = 12
_MOST_EXCHANGES = 6


def fault_report(error: BaseException, *, edition: str, scenario: str, exchanges: Sequence[Exchange]) -> str:
    """Return the report on an exception that broke a scenario; `exchanges` are those that the scenario saw."""
    lines = [
        f"gpconnect-assure {__version__}, Python {platform.python_version()}, {platform.system()}",
        f"scenario {scenario}, edition {edition}",
        *_causes(error),
        f"exchanges: {len(exchanges)}, the last {min(len(exchanges), _MOST_EXCHANGES)}:",
        *map(_described, exchanges[-_MOST_EXCHANGES:]),
    ]
    return "\n".join(lines)


def _causes(error: BaseException) -> Iterator[str]:
    """The exception and what lies behind it, each by its type and the places it passed."""
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield f"{type(following).__module__}.{type(following).__qualname__}"
        yield from _places(traceback.extract_tb(following.__traceback__))
        following = following.__cause__ or following.__context__


def _places(frames: Iterable[traceback.FrameSummary]) -> Iterator[str]:
    shown = list(frames)[-_MOST_FRAMES:]
    return (f"  {_short(frame.filename)}:{frame.lineno} in {frame.name}" for frame in shown)


def _short(filename: str) -> str:
    """A path within this tool, or the last parts of another: the rest may name a user."""
    path = Path(filename)
    return str(path.relative_to(_ROOT)) if path.is_relative_to(_ROOT) else "/".join(path.parts[-3:])


def _described(exchange: Exchange) -> str:
    came = exchange.failure.kind if exchange.failure else str(exchange.status)
    kind = exchange.media_type if exchange.media_type.replace("/", "").replace("+", "").isalnum() else "another type"
    size = len(exchange.response_body)
    return f"  {exchange.method} {exchange.interaction or 'other'}: {came}, {size:,} bytes of {kind[:40] or 'no type'}"


def without_evidence(result: ScenarioResult, error: Exception, exchanges: Sequence[Exchange]) -> ScenarioResult:
    """Return a result that could not be written down, with a report in place of all that came from the provider.

    `exchanges` are those that the scenario saw.
    """
    report = fault_report(error, edition=result.edition, scenario=result.id, exchanges=exchanges)
    reason = f"a fault of this tool ({type(error).__name__}) while the scenario's result was written down"
    return replace(result, verdict=Verdict.ERROR, reason=reason, findings=(), exchanges=(), traceback=report)
