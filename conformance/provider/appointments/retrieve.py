"""Retrieve a patient's appointments. Source: the edition's use-case page; STU3-RETRIEVE-*, DSTU2-RETRIEVE-*."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conformance.provider.clock import midnight
from conformance.provider.dates import Bound, parse_bound
from conformance.provider.editions.shapes import gather_all
from conformance.provider.fault_points import Seam
from conformance.provider.foundations.patient import known_patient
from conformance.provider.http import Call, Response
from conformance.provider.rules import Rules
from conformance.provider.store import Row

RETRIEVE = Rules("retrieve")
_PREFIXES = {"", "eq", "gt", "lt", "ge", "le"}


@dataclass(frozen=True)
class Question:
    """The start parameters as sent and as understood (None where one cannot be)."""

    call: Call
    sent: Sequence[str]
    bounds: Sequence[Bound | None]

    @property
    def readable(self) -> list[Bound]:
        """The bounds that could be read."""
        return [bound for bound in self.bounds if bound]

    @property
    def window(self) -> tuple[Bound | None, Bound | None]:
        """The lower and the upper bound, where there is one."""
        lower = [bound for bound in self.readable if bound.prefix in {"ge", "gt"}]
        upper = [bound for bound in self.readable if bound.prefix in {"le", "lt"}]
        return next(iter(lower), None), next(iter(upper), None)


def retrieve_patient_appointments(call: Call) -> Response:
    """Return the patient's appointments that start in the window."""
    patient = known_patient(call, call.id)
    sent = call.parameters("start")
    question = Question(call, sent, [parse_bound(text) for text in sent])
    RETRIEVE.enforce(call, question)
    provider = call.provider
    bounds = provider.seams.through(Seam.SEARCH, question.readable, call)
    rows = provider.store.rows("SELECT * FROM appointment WHERE patient = ? ORDER BY start, id", patient["id"])
    rows = [row for row in rows if all(_meets(row, bound) for bound in bounds)]
    rows = provider.seams.through(Seam.FOUND, rows, call)
    return provider.searchset(call, [provider.shapes.appointment(value) for value in gather_all(provider.store, rows)])


def _meets(row: Row, bound: Bound) -> bool:
    start = row["start"]
    return bool(
        {
            "ge": start >= bound.low,
            "gt": start >= bound.high,
            "le": start < bound.high,
            "lt": start < bound.low,
        }.get(bound.prefix, bound.low <= start < bound.high)
    )


@RETRIEVE.rule("two-starts", "INVALID_PARAMETER", dstu2=None)
def _two_starts(question: Question) -> str | None:
    """There are two start parameters."""
    found = len(question.sent)
    return None if found == 2 else f"start was sent {found} times; one with ge and one with le are expected"


@RETRIEVE.rule("start-form", "INVALID_PARAMETER")
def _start_form(question: Question) -> str | None:
    """Each start is a date."""
    wrong = [text for text, bound in zip(question.sent, question.bounds, strict=True) if bound is None]
    return f"start={wrong[0][:60]} is no date" if wrong else None


@RETRIEVE.rule("whole-days", "INVALID_PARAMETER", dstu2=None)
def _whole_days(question: Question) -> str | None:
    """Each start is a whole date without a time."""
    wrong = [bound.text for bound in question.readable if bound.precision != "day"]
    return f"start={wrong[0][:60]} is no whole date (yyyy-mm-dd)" if wrong else None


@RETRIEVE.rule("prefixes", "INVALID_PARAMETER")
def _prefixes(question: Question) -> str | None:
    """The prefixes are ones that the edition knows."""
    found = sorted(bound.prefix for bound in question.readable)
    if question.call.provider.edition.capabilities.retrieves_between_two_bounds:
        return None if found == ["ge", "le"] else "start needs the prefix ge once and the prefix le once"
    strange = [prefix for prefix in found if prefix not in _PREFIXES]
    return f"the prefix {strange[0][:10]} is not supported" if strange else None


@RETRIEVE.rule("order", "INVALID_PARAMETER")
def _order(question: Question) -> str | None:
    """The range does not end before it starts."""
    lower, upper = question.window
    return "the range ends before it starts" if lower and upper and upper.high <= lower.low else None


@RETRIEVE.rule("not-past", "INVALID_PARAMETER", dstu2=None)
def _not_past(question: Question) -> str | None:
    """The range lies wholly in today or later."""
    today = int(midnight(question.call.provider.clock.today()).timestamp())
    past = any(bound.low < today for bound in question.readable)
    return "the range begins in the past; only appointments of today or later can be retrieved" if past else None
