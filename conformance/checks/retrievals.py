"""Checks of a patient's appointments as retrieved: which are there, whose they are, and what the Bundle contains."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from conformance.checks.bundle_entries import Resource, named
from conformance.checks.check import Check, Context
from conformance.checks.json_values import every, first, spelled, targets
from conformance.consumer.response import Response
from conformance.consumer.uk_time import parse_instant, uk_midnight
from conformance.core.results import Finding, Severity
from conformance.fhir.addresses import read_reference

_MATCH = "match"


def appointments(response: Response) -> list[Resource]:
    """Return the Appointments of a searchset."""
    return list(response.entries("Appointment"))


def ids(response: Response) -> set[str]:
    """Return the logical ids of the Appointments of a searchset."""
    return {str(item.get("id")) for item in appointments(response)}


def holds(*wanted: str) -> Check:
    """These appointments are in the response."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        missing = sorted(set(wanted) - ids(response))
        if missing:
            yield Finding(
                "an appointment that should be found is not in the response",
                location="Bundle.entry",
                found=f"{len(ids(response))} appointments without it",
                expected=_listed(missing),
                code="appointment-missing",
            )

    return check


def holds_none(unwanted: Iterable[str], why: str) -> Check:
    """None of these appointments is in the response; `why` says what is wrong with them."""
    names = set(unwanted)

    def check(response: Response, context: Context) -> Iterator[Finding]:
        found = sorted(names & ids(response))
        if found:
            yield Finding(
                why, location="Bundle.entry", found=_listed(found), expected="not in it", code="appointment-unwanted"
            )

    return check


def same_appointments(known: Iterable[str], why: str) -> Check:
    """The appointments of the response are these and no others; `why` says which they are."""
    wanted = set(known)

    def check(response: Response, context: Context) -> Iterator[Finding]:
        for names, what in ((wanted - ids(response), "not found"), (ids(response) - wanted, "found besides")):
            if names:
                yield Finding(
                    f"the appointments are not {why}",
                    location="Bundle.entry",
                    found=f"{what}: {_listed(sorted(names))}",
                    expected=f"{len(wanted)} appointments",
                    code="other-appointments",
                )

    return check


def whose(patient_id: str) -> Check:
    """Every appointment has exactly one patient among its participants: the one requested."""
    wanted = f"Patient/{patient_id}"

    def check(response: Response, context: Context) -> Iterator[Finding]:
        for item in appointments(response):
            patients = targets(item, "participant.actor.reference", "Patient")
            if patients != [wanted]:
                yield Finding(
                    "an appointment is not the patient's own",
                    location=_at(item, "participant"),
                    found=", ".join(patients) or "no patient",
                    expected=wanted,
                    code="other-patient",
                )
                return

    return check


def _parts(text: str) -> tuple[str, str]:
    value = text.lstrip("abcdefghijklmnopqrstuvwxyz")
    return text.removesuffix(value), value


def _days(value: str) -> tuple[date, date]:
    """The first day of a date, month or year, and the day after its last."""
    year, month, *_ = (*map(int, value.split("-")), 0)
    if value.count("-") == 2:
        first_day = date.fromisoformat(value)
        return first_day, first_day + timedelta(days=1)
    if month:
        return date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)
    return date(year, 1, 1), date(year + 1, 1, 1)


@dataclass(frozen=True)
class Start:
    """A `start` parameter as a question: a prefix and the stretch of time that its value covers, [low, high).

    `day` says that the value is a date, whole or partial.
    """

    prefix: str
    low: datetime
    high: datetime
    day: bool

    @classmethod
    def parse(cls, text: str) -> Start:
        """Read a valid parameter: a date (a UK day, month or year) or an instant with offset, prefixed or not."""
        prefix, value = _parts(text)
        if "T" in value:
            low = datetime.fromisoformat(value)
            return cls(prefix, low, low + timedelta(seconds=1), day=False)
        first_day, after = _days(value)
        return cls(prefix, uk_midnight(first_day), uk_midnight(after), day=True)

    def admits(self, moment: datetime) -> bool:
        """Whether an appointment that starts then is requested.

        `gt` and `lt` of a whole day: that day itself is let pass, since providers read the boundary in both ways.
        """
        after = self.low if self.day else self.high
        before = self.high if self.day else self.low
        meets: dict[str, Callable[[], bool]] = {
            "ge": lambda: moment >= self.low,
            "le": lambda: moment < self.high,
            "gt": lambda: moment >= after,
            "sa": lambda: moment >= after,
            "lt": lambda: moment < before,
            "eb": lambda: moment < before,
            "ne": lambda: not self.low <= moment < self.high,
        }
        return meets.get(self.prefix, lambda: self.low <= moment < self.high)()


def starting(*parameters: str) -> Check:
    """Every appointment starts when the parameters ask."""
    requested = [Start.parse(text) for text in parameters]

    def check(response: Response, context: Context) -> Iterator[Finding]:
        for item in appointments(response):
            moment = parse_instant(item.get("start"))
            if moment is None or not all(start.admits(moment) for start in requested):
                yield Finding(
                    "an appointment was found that starts when it was not requested",
                    location=_at(item, "start"),
                    found=spelled(item.get("start")),
                    expected=" and ".join(parameters),
                    code="outside-period",
                )
                return

    return check


def not_before(day: date) -> Check:
    """Every appointment starts on a day (in the UK) or later."""
    return starting(f"ge{day}")


def only_appointments(response: Response, context: Context) -> Iterator[Finding]:
    """Every entry is an Appointment; an OperationOutcome as outcome is tolerated."""
    strangers = [entry for entry in response.found_entries() if first(entry, "resource.resourceType") != "Appointment"]
    if strangers:
        found = [entry.get("resource") for entry in strangers if isinstance(entry, dict)]
        yield Finding(
            "the response contains something other than appointments",
            location="Bundle.entry",
            found=named(item for item in found if isinstance(item, dict)) or "an entry without a resource",
            expected="Appointment",
            code="foreign-type",
        )


def each_once(response: Response, context: Context) -> Iterator[Finding]:
    """No appointment occurs in the response twice."""
    for name, count in sorted(Counter(str(item.get("id")) for item in appointments(response)).items()):
        if count > 1:
            yield Finding(
                "an appointment occurs in the response more than once",
                location=f"Appointment/{name}",
                found=f"{count} times",
                expected="once",
                code="duplicate",
            )
            return


def total_counts(response: Response, context: Context) -> Iterator[Finding]:
    """Bundle.total, where given, counts the appointments that match, on all pages."""
    total, found = response.resource.get("total"), len(appointments(response))
    if total is None:
        yield Finding("the searchset gives no total, which is allowed", Severity.INFO, "Bundle.total", code="not-given")
    elif isinstance(total, bool) or total != found:
        yield Finding(
            "the total is not the number of matches",
            location="Bundle.total",
            found=spelled(total),
            expected=str(found),
            code="total",
        )


def modes_match(response: Response, context: Context) -> Iterator[Finding]:
    """entry.search.mode, where given, is match."""
    modes = [(entry, first(entry, "search.mode")) for entry in response.found_entries()]
    if all(mode is None for _, mode in modes):
        yield Finding(
            "no entry gives a search mode, which is allowed", Severity.INFO, "Bundle.entry.search", code="not-given"
        )
    for entry, mode in modes:
        if mode not in (None, _MATCH):
            yield Finding(
                "an entry says of itself that it does not match the search",
                location=f"Bundle.entry({first(entry, 'resource.id')}).search.mode",
                found=spelled(mode),
                expected=_MATCH,
                code="search-mode",
            )
            return


def full_urls(response: Response, context: Context) -> Iterator[Finding]:
    """Every entry has a fullUrl that names its appointment (DSTU2-RETRIEVE-008); a relative one is worth a warning."""
    for entry in response.found_entries():
        url, name = first(entry, "fullUrl"), first(entry, "resource.id")
        if read_reference(url).target != f"Appointment/{name}":
            yield Finding(
                "an entry's fullUrl does not name its appointment",
                location=f"Bundle.entry({name}).fullUrl",
                found=str(url or "nothing"),
                expected=f"[base]/Appointment/{name}",
                code="full-url",
            )
            return
        if not str(url).startswith(("http:", "https:")):
            yield Finding(
                "fullUrl is relative, as the page's example has it; FHIR wants it absolute",
                Severity.WARN,
                f"Bundle.entry({name}).fullUrl",
                str(url),
                f"[base]/Appointment/{name}",
                code="full-url-relative",
            )
            return


def no_full_urls(response: Response, context: Context) -> Iterator[Finding]:
    """No entry has a fullUrl (STU3-RES-013)."""
    found = [first(entry, "fullUrl") for entry in response.found_entries() if first(entry, "fullUrl") is not None]
    if found:
        yield Finding(
            "entries have a fullUrl",
            location="Bundle.entry.fullUrl",
            found=spelled(found[0]),
            expected="nothing",
            code="full-url",
        )


def echoes(name: str) -> Check:
    """The Bundle's self link lists every parameter of a name that was sent (DSTU2-FHIR-025)."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        links = [link for link in every(response.value, "link") if first(link, "relation") == "self"]
        listed = parse_qsl(urlsplit(str(first(links, "url") or "")).query)
        sent = [pair for pair in parse_qsl(urlsplit(response.exchange.url).query) if pair[0] == name]
        if not sent or not set(sent) <= set(listed):
            yield Finding(
                "the Bundle does not say for which criteria it is",
                location="Bundle.link(self)",
                found="&".join("=".join(pair) for pair in listed) or "nothing",
                expected="&".join("=".join(pair) for pair in sent),
                code="criteria",
            )

    return check


def in_order(response: Response) -> str:
    """Return in words how the appointments are ordered; the specification does not say how they should be."""
    moments = [parse_instant(item.get("start")) for item in appointments(response)]
    known = [moment for moment in moments if moment is not None]
    if known == sorted(known):
        return "by start, the earliest first"
    return "by start, the latest first" if known == sorted(known, reverse=True) else "not by start"


def _at(item: Resource, path: str) -> str:
    return f"Appointment/{item.get('id', '?')} {path}"


def _listed(names: list[str]) -> str:
    return ", ".join(f"Appointment/{name}" for name in names[:5]) + (
        f" and {len(names) - 5} more" if len(names) > 5 else ""
    )
