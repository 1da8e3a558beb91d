"""Checks of a searchset as a whole: what belongs in it, what does not, and how its entries hang together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from conformance.checks.bundle_entries import named
from conformance.checks.check import Check, Context
from conformance.checks.json_values import first, references, spelled
from conformance.consumer.response import Response
from conformance.core.results import Finding, Severity

# Which entries of a slot search name which others.
_NAMED_BY = {
    "Schedule": ("Slot",),
    "Practitioner": ("Schedule",),
    "Location": ("Schedule",),
    "Organization": ("Location", "Practitioner"),
}
_KINDS = frozenset({"Slot", *_NAMED_BY})


def ids_of(response: Response, kind: str) -> set[str]:
    """Return the ids of a Bundle's entries of one resource type."""
    return {str(resource["id"]) for resource in response.entries(kind) if resource.get("id")}


def referred(response: Response, kind: str) -> set[str]:
    """Return the ids of one resource type that a slot search's other entries refer to."""
    return {
        found
        for source in _NAMED_BY[kind]
        for resource in response.entries(source)
        for found in references(resource, kind)
    }


def includes(kind: str) -> Check:
    """Every resource of a type that the Bundle's other entries refer to is in it (STU3-SLOT-014 to -016)."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        missing = sorted(referred(response, kind) - ids_of(response, kind))
        if missing:
            yield Finding(
                f"a {kind} that the response refers to is not in it",
                location="Bundle.entry",
                found=f"{len(missing)} missing",
                expected=", ".join(f"{kind}/{name}" for name in missing[:5]),
                code="include-missing",
            )

    return check


def slots_name_schedules(response: Response, context: Context) -> Iterator[Finding]:
    """Every Slot refers to exactly one Schedule."""
    loose = [slot for slot in response.entries("Slot") if len(list(references(slot.get("schedule"), "Schedule"))) != 1]
    if loose:
        yield Finding(
            "a Slot does not refer to one Schedule",
            location="Slot.schedule",
            found=named(loose),
            expected="Schedule/{id}",
            code="schedule-reference",
        )


def has(kind: str, *, severity: Severity = Severity.FAIL) -> Check:
    """There is at least one entry of a resource type."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        if not any(response.entries(kind)):
            yield Finding(
                f"the response has no {kind}",
                severity,
                "Bundle.entry",
                "none",
                f"at least one {kind}",
                code="entry-missing",
            )

    return check


def has_no(kind: str) -> Check:
    """There is no entry of a resource type."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        unwanted = list(response.entries(kind))
        if unwanted:
            yield Finding(
                f"the response has a {kind} that was not requested",
                location="Bundle.entry",
                found=named(unwanted),
                expected=f"no {kind}",
                code="include-unasked",
            )

    return check


def only_related(kind: str, *, lenient: bool = False) -> Check:
    """Every entry of a type is referred to by another entry; `lenient`: where none is, one may stand alone."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        known = referred(response, kind)
        strangers = [resource for resource in response.entries(kind) if str(resource.get("id")) not in known]
        if len(strangers) > (1 if lenient and not known else 0):
            yield Finding(
                f"the response has a {kind} that has nothing to do with the slots found",
                location="Bundle.entry",
                found=named(strangers),
                expected=f"only what the slots lead to: {len(known)}",
                code="unrelated",
            )

    return check


def only_diary_kinds(response: Response, context: Context) -> Iterator[Finding]:
    """No entry is of another type than a slot search brings; an OperationOutcome as outcome is tolerated."""
    strangers = [
        first(entry, "resource")
        for entry in response.found_entries()
        if str(first(entry, "resource.resourceType")) not in _KINDS
    ]
    if strangers:
        yield Finding(
            "the response has resources of a type that does not belong there",
            location="Bundle.entry",
            found=named(item for item in strangers if isinstance(item, dict)) or "an entry without a resource",
            expected=", ".join(sorted(_KINDS)),
            code="foreign-type",
        )


def nothing_twice(response: Response, context: Context) -> Iterator[Finding]:
    """No resource stands in the Bundle more than once; a Slot twice is offered twice."""
    times = Counter((str(item.get("resourceType")), str(item.get("id"))) for item in response.entries())
    for (kind, name), count in sorted(times.items()):
        if count > 1:
            yield Finding(
                "a resource occurs in the response more than once",
                Severity.FAIL if kind == "Slot" else Severity.WARN,
                f"{kind}/{name}",
                f"{count} times",
                "once",
                code="duplicate",
            )


def empty(response: Response, context: Context) -> Iterator[Finding]:
    """The Bundle holds no entries; an OperationOutcome as outcome is tolerated, an empty list is worth a warning."""
    entries = response.found_entries()
    if entries:
        found = [first(entry, "resource") for entry in entries]
        yield Finding(
            "the response should be empty",
            location="Bundle.entry",
            found=named(item for item in found if isinstance(item, dict)),
            expected="no entries",
            code="not-empty",
        )
    elif response.resource.get("entry") == []:
        yield Finding("FHIR knows no empty lists", Severity.WARN, "Bundle.entry", "[]", "no element", code="empty-list")


def total_agrees(response: Response, context: Context) -> Iterator[Finding]:
    """Bundle.total, where given, counts the Slots and not what came with them."""
    total, slots = response.resource.get("total"), len(list(response.entries("Slot")))
    if total is not None and total != slots:
        yield Finding(
            "the total is not the number of matches",
            location="Bundle.total",
            found=spelled(total),
            expected=str(slots),
            code="total",
        )


def modes_agree(response: Response, context: Context) -> Iterator[Finding]:
    """entry.search.mode, where given, is match for the Slots and include for all else."""
    for entry in response.found_entries():
        mode, kind = first(entry, "search.mode"), first(entry, "resource.resourceType")
        wanted = "match" if kind == "Slot" else "include"
        if mode is not None and mode != wanted:
            yield Finding(
                "an entry says of itself that it came for another reason than it did",
                location=f"{kind}/{first(entry, 'resource.id')}",
                found=spelled(mode),
                expected=wanted,
                code="search-mode",
            )
            return
