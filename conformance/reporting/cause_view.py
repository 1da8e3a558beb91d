"""A cause as the reports show it: in words, with the exchange that shows it, marked, and a command that repeats it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from conformance.causes import Cause, causes_of
from conformance.core.exchange import Exchange
from conformance.core.results import Finding, RunResult, ScenarioResult, Severity, Verdict
from conformance.reporting.curl import curl_command
from conformance.reporting.display import response_text
from conformance.reporting.overview import RequirementText

_READ = 20_000  # characters of a response in which the place is looked for
_AROUND, _MOST_LINES, _WIDEST = 6, 16, 400  # lines before the mark, lines in all, characters of a line
_MOST_BODY = 4_000  # bytes of a request body that a command holds
_STATUS = re.compile(r"\b[1-5]\d\d\b")
_OURS = ("host", "accept-encoding")


class Line(NamedTuple):
    """A line of an exchange, and whether it is the place in question."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class ShownCause:
    """A cause and what explains it. `requirement` is empty where the catalogue lacks it.

    `waived` is whether every scenario that it made fail or warn is, `new` whether an older run did not have it.
    """

    cause: Cause
    scenario: ScenarioResult
    requirement: RequirementText
    exchange: Exchange | None
    differs: str
    lines: tuple[Line, ...]
    command: str
    waived: bool = False
    new: bool = False

    @property
    def title(self) -> str:
        """What is wrong, and where, in one line."""
        return title_of(self.cause)

    @property
    def seen(self) -> str:
        """What was found and what was expected, in a few words."""
        return seen_of(self.cause)


def title_of(cause: Cause) -> str:
    """Return what is wrong, and where, in one line."""
    place = place_of(cause)
    where = "" if place in ("", "status", "resource", "$this") else f" ({place})"
    message = cause.message[:1].upper() + cause.message[1:]
    return f"{message}{where}" if message else cause.code


def place_of(cause: Cause) -> str:
    """Return where it is, without the interaction that a cause of one interaction names."""
    _, one_interaction, place = cause.place.partition(": ")
    return place if one_interaction else cause.place


def seen_of(cause: Cause) -> str:
    """Return what was found and what was expected, in a few words; "" where neither is known."""
    if not cause.found and not cause.expected:
        return ""
    found = f"found {shortened(cause.found or 'nothing')}"
    return f"{found}, expected {shortened(cause.expected)}" if cause.expected else found


def shortened(text: str, most: int = 120) -> str:
    """Return a text on one line, cut at `most` characters."""
    line = " ".join(text[: most * 4].split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def heaviest(findings: Iterable[Finding]) -> Finding | None:
    """Return the first failure, else the first warning; None where there is neither."""
    heavy = [finding for finding in findings if finding.severity in (Severity.FAIL, Severity.WARN)]
    return min(heavy, key=lambda finding: finding.severity is Severity.WARN, default=None)


def in_one_line(finding: Finding, most: int = 120) -> str:
    """Return a finding on one line: what is wrong, where, what was found and what was expected, each cut at `most`."""
    where = f" at {finding.location}" if finding.location not in ("", "status") else ""
    line = f"{shortened(finding.message, most)}{where}"
    if finding.found or finding.expected:
        line += f"; found {shortened(finding.found, most) or 'nothing'}"
    return f"{line}, expected {shortened(finding.expected, most)}" if finding.expected else line


def shown_causes(result: RunResult, texts: Mapping[str, RequirementText] | None = None) -> list[ShownCause]:
    """Return the causes of a run as they are shown, what is waived last. `texts` are the requirements by id."""
    scenarios = {scenario.id: scenario for scenario in result.scenarios}
    shown = [_shown(cause, scenarios, result, texts or {}) for cause in causes_of(result)]
    return sorted(shown, key=lambda one: one.waived)


def _shown(
    cause: Cause, scenarios: Mapping[str, ScenarioResult], result: RunResult, texts: Mapping[str, RequirementText]
) -> ShownCause:
    exchange = result.exchanges.get(cause.exchange)
    best = cause.members[0]
    scenario = scenarios[best.scenario]
    location = scenario.findings[best.nth].location
    return ShownCause(
        cause,
        scenario,
        texts.get(cause.requirement, RequirementText()),
        exchange,
        differs(cause),
        marked_lines(exchange, location) if exchange else (),
        curl(exchange) if exchange else "",
        all(scenarios[name].verdict is Verdict.WAIVED for name in cause.scenarios),
        result.since is not None and cause.id not in result.since.causes,
    )


def kind_of(one: ShownCause) -> str:
    """Return the class of a cause as a word: waived, else its severity."""
    return "waived" if one.waived else one.cause.severity.value


def differs(cause: Cause) -> str:
    """Return in words which of status, error code, header or element is not as expected."""
    place = place_of(cause)
    if place.startswith("header "):
        return f"the header {place.removeprefix('header ')}"
    if place != "status":
        return f"the element {place}" if "." in place else ""
    found, expected = _STATUS.findall(cause.found), _STATUS.findall(cause.expected)
    status = not (found and found[0] in expected)
    words = cause.found.split()
    code = len(words) > 1 and words[-1].isupper() and words[-1] not in cause.expected
    parts = [*(["the status"] if status else []), *(["the error code"] if code else [])]
    return " and ".join(parts) or "the error code"


def marked_lines(exchange: Exchange, location: str) -> tuple[Line, ...]:
    """Return the part of a response around the place that a finding's location names, the line of the place marked.

    The beginning of the response, its first line marked for a status, where the place is not there to be seen.
    """
    lines = response_text(exchange, _READ).split("\n")
    at = _line_of(location, lines)
    first = max(0, (at or 0) - _AROUND)
    part = lines[first : first + _MOST_LINES]
    return tuple(Line(text[:_WIDEST], first + number == at) for number, text in enumerate(part))


def _line_of(location: str, lines: list[str]) -> int | None:
    """The line of the last element of a location that is there, each looked for below the one before; None where none is."""
    if location == "status":
        return 0
    if location.startswith("header "):
        name = f"{location.split()[-1].lower()}:"
        return next((number for number, line in enumerate(lines) if line.lower().startswith(name)), None)
    found = None
    path = re.split(r"[. ]", re.sub(r"\[\d+\]|\([^)]*\)", "", location).strip())
    for step in (step for step in path if step[:1].islower()):
        below = range((found or 0) + (found is not None), len(lines))
        found = next((number for number in below if _begins_with(lines[number], step)), found)
    return found


def _begins_with(line: str, step: str) -> bool:
    """Whether a line of JSON or XML begins the element of a name."""
    text = line.strip().lower()
    return text.startswith((f'"{step.lower()}"', f"<{step.lower()} ", f"<{step.lower()}>"))


def curl(exchange: Exchange) -> str:
    """Return a command for a shell that sends a request again; the token, which is masked, is the variable TOKEN."""
    if len(exchange.request_body) <= _MOST_BODY:
        return curl_command(exchange, masked="$TOKEN", without=_OURS)
    bare = curl_command(replace(exchange, request_body=b""), masked="$TOKEN", without=_OURS)
    return f"{bare} \\\n  --data-binary @body-of-the-exchange"
