"""What a scenario expects of a response to a request that should be refused, and the check that holds it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from conformance.checks.json_values import every
from conformance.consumer.response import Response
from conformance.core.errors import InternalError
from conformance.core.results import Finding, Severity
from conformance.spec import Edition


@dataclass(frozen=True, slots=True)
class Outcome:
    """A response: an HTTP status (or a class such as 4xx), an error code (empty: any or none), whether it is an error."""

    status: str
    code: str = ""

    @classmethod
    def parse(cls, text: str, edition: Edition) -> Outcome:
        """Read `422 INVALID_RESOURCE`, `INVALID_RESOURCE` (status from the edition's table), `409`, `4xx` or `201`."""
        first, _, rest = text.partition(" ")
        if first[0].isdigit():
            return cls(first, edition.error_code(rest))
        code = edition.error_code(text)
        row = edition.errors.get(code)
        if row is None:
            raise InternalError(f"edition {edition.name} has no error code {text}")
        return cls(str(row.status), code)

    def admits(self, status: int | None, code: str, edition: Edition) -> bool:
        """Whether a response with this status and error code is this outcome."""
        if status is None or not _matches(self.status, status):
            return False
        return not self.code or code in (self.code, *edition.raw["outcome"]["also"].get(self.code, ()))

    def __str__(self) -> str:
        return f"{self.status} {self.code}".strip()


def _matches(wanted: str, status: int) -> bool:
    return str(status) == wanted or (wanted.endswith("xx") and str(status)[0] == wanted[0])


@dataclass(frozen=True, slots=True)
class Refusal:
    """The refusals a scenario accepts: `best` the specification's own, `also` defensible (pass, and it is said which came),
    `tolerated` pass with a warning. Each is text for Outcome.parse. `because` says why more than one is accepted.
    """

    best: tuple[str, ...]
    also: tuple[str, ...] = ()
    tolerated: tuple[str, ...] = ()
    because: str = ""

    def is_best(self, response: Response, edition: Edition) -> bool:
        """Whether a response is one that the specification itself names."""
        return _any(self.best, response.status, error_code(response), edition)


def refused(
    best: str | Sequence[str], *, also: Sequence[str] = (), tolerated: Sequence[str] = (), because: str = ""
) -> Refusal:
    """Return a Refusal; a single string stands for a single best outcome."""
    return Refusal((best,) if isinstance(best, str) else tuple(best), tuple(also), tuple(tolerated), because)


def check_refusal(response: Response, expected: Refusal, edition: Edition) -> Iterator[Finding]:
    """Yield what is wrong with a response that should refuse the request as `expected` says."""
    status, code = response.status, error_code(response)
    if _any(expected.best, status, code, edition):
        yield from _outcome_body(response)
        return
    wanted = " or ".join(str(Outcome.parse(text, edition)) for text in expected.best)
    found = f"{status} {code}".strip() if status is not None else "no response"
    if _any(expected.also, status, code, edition):
        yield Finding(
            f"responded {found}, which is as defensible as {wanted}. {expected.because}".strip(),
            Severity.INFO,
            "status",
            found,
            wanted,
            code="refusal-alternative",
            exchange=response.number,
        )
    elif _any(expected.tolerated, status, code, edition):
        yield Finding(
            f"returned {found}; {wanted} is expected. {expected.because}".strip(),
            Severity.WARN,
            "status",
            found,
            wanted,
            code="refusal-tolerated",
            exchange=response.number,
        )
    else:
        yield _not_refused(response, found, wanted)
        return
    yield from _outcome_body(response)


def _any(texts: Iterable[str], status: int | None, code: str, edition: Edition) -> bool:
    return any(Outcome.parse(text, edition).admits(status, code, edition) for text in texts)


def _not_refused(response: Response, found: str, wanted: str) -> Finding:
    status = response.status
    if status is not None and 200 <= status < 300:
        message = "the request was accepted though it should have been refused"
    elif status is None:
        message = "no response came where an error should have been given"
    else:
        message = "the request was refused with another status or code than the specification names"
    return Finding(message, location="status", found=found, expected=wanted, code="refusal", exchange=response.number)


def _outcome_body(response: Response) -> Iterator[Finding]:
    status = response.status or 0
    if status >= 400 and response.resource_type != "OperationOutcome":
        yield Finding(
            "an error response has no OperationOutcome",
            location="body",
            found=response.resource_type
            or f"{len(response.exchange.response_body)} bytes of {response.exchange.media_type or 'nothing'}",
            expected="OperationOutcome",
            code="refusal-body",
            exchange=response.number,
        )


def error_code(response: Response) -> str:
    """Return the first error code of an OperationOutcome response, "" when there is none."""
    value = response.value
    if not isinstance(value, dict) or value.get("resourceType") != "OperationOutcome":
        return ""
    for code in every(value, "issue.details.coding.code"):
        if isinstance(code, str):
            return code
    return ""
