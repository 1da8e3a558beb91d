"""A bounded load probe: valid reading requests, so many at a time, and what came of them. It never runs unless asked for.

Source: the non-functional requirements (STU3-NFR-003, -005; DSTU2-NFR-003, -005, -010): the same times hold under load, and
patients and windows vary from call to call so that caches do not answer. It only asks; nothing is booked or changed.
"""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from itertools import count

from conformance.consumer.request import Request
from conformance.consumer.response import Response
from conformance.core.results import Finding, Severity
from conformance.engine.session import Session
from conformance.engine.stop_reasons import CannotTest

MOST_REQUESTS, MOST_AT_ONCE = 2000, 32
_TARGET_MS = 3000.0
_SUCCESS = 200


def probe(session: Session, *, requests: int, concurrency: int) -> list[Finding]:
    """Send that many requests, `concurrency` at the same moment, and return what was seen as notices.

    Both are cut to MOST_REQUESTS and MOST_AT_ONCE. An interrupt (Ctrl-C) ends the probe; what was seen so far is told.
    """
    left, at_once = min(requests, MOST_REQUESTS), max(1, min(concurrency, MOST_AT_ONCE))
    wanted, questions = left, _questions(session)
    responses: list[Response] = []
    stopped = False
    began = time.perf_counter()
    try:
        while left > 0:
            wave = [next(questions) for _ in range(min(at_once, left))]
            responses += session.send_together(wave)
            left -= len(wave)
    except KeyboardInterrupt:
        stopped = True
    return list(_told(responses, wanted, at_once, time.perf_counter() - began, stopped))


def _questions(session: Session) -> Iterator[Request]:
    """Yield valid questions without end, another patient and another day each time."""
    today = session.now().date()
    first, last = session.config.data.window.dates(today)
    days = max(1, (last - first).days)
    patients = session.config.data.patients_with("bookable") or session.config.data.patients
    system = session.edition.systems("nhs_number")[0]
    for turn in count():
        day = first + timedelta(days=turn % days)
        person = patients[turn % len(patients)]
        yield session.requests.search_free_slots(day, min(last, day + timedelta(days=1)))
        yield session.requests.find("find_patient", system, person.nhs_number)
        with suppress(CannotTest):
            identifier = session.patient_id(person.nhs_number)
            yield session.requests.retrieve(identifier, nhs_number=person.nhs_number)


def _told(responses: Sequence[Response], wanted: int, at_once: int, seconds: float, stopped: bool) -> Iterator[Finding]:
    if not responses:
        yield Finding("the load probe was stopped before anything was answered", Severity.INFO, code="load")
        return
    times = [response.exchange.elapsed_ms for response in responses]
    median, slow = statistics.median(times), percentile(times, 95)
    how = f"stopped by hand after {len(responses)} of {wanted} requests" if stopped else f"{len(responses)} requests"
    yield Finding(
        f"load probe: {how}, {at_once} at a time, in {seconds:.1f} s ({len(responses) / max(seconds, 0.001):.0f} a second); "
        f"median {median:.0f} ms, 95th percentile {slow:.0f} ms",
        Severity.INFO,
        code="load",
    )
    if median > _TARGET_MS:
        yield Finding(
            "under load the median passes the target for queries",
            Severity.WARN,
            "response time",
            f"{median:.0f} ms",
            f"at most {_TARGET_MS:.0f} ms",
            code="load-slow",
        )
    wrong = Counter(response.described for response in responses if response.status != _SUCCESS)
    for described, times_seen in wrong.most_common(5):
        yield Finding(
            f"under load {times_seen} of {len(responses)} requests were answered: {described}",
            Severity.WARN,
            "status",
            described,
            "200",
            code="load-error",
        )


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the smallest value that so many percent of all values do not pass (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]
