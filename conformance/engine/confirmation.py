"""A difference between two responses counts when it appears twice in the same way.

Other people use the provider while a run goes on, and a provider may write some elements anew in each response. So the usual
request is sent twice first: what differs then says nothing about the other request. What differs from that is requested
once more, both ways, and counts where it is the same again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from conformance.checks.comparison import Compare
from conformance.consumer.response import Response
from conformance.core.results import Finding

Send = Callable[[], Response | None]


def confirmed(usual: Send, other: Send, compare: Compare) -> list[Finding]:
    """Return what the responses to another request have otherwise than those to the usual one, each time.

    Both send a request and return its response, or None where it is judged otherwise and there is none to compare.
    """
    earlier, last = usual(), usual()
    response = other() if earlier and last else None
    if not (earlier and last and response):
        return []
    unstable = _places(compare(earlier, last))
    found = _stable(compare(last, response), unstable)
    again = usual() if found else None
    once_more = other() if again else None
    if not (again and once_more):
        return []
    unstable |= _places(compare(last, again))
    same = {(finding.location, finding.found) for finding in _stable(compare(again, once_more), unstable)}
    return [finding for finding in found if (finding.location, finding.found) in same]


def _places(findings: Iterable[Finding]) -> set[str]:
    return {finding.location for finding in findings}


def _stable(findings: Iterable[Finding], unstable: set[str]) -> list[Finding]:
    return [finding for finding in findings if finding.location not in unstable]
