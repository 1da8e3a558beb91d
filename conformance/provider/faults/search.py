"""Faults in the search for free slots: what it accepts, what it finds, what comes with it.

search_questions.py has further ones of these, search_content.py those in what the resources say.
"""

from __future__ import annotations

from conformance.provider.fault_points import Effect
from conformance.provider.faults.effects import (
    Edit,
    alter,
    bundle,
    change,
    criteria,
    drop_parameter,
    found,
    misanswer,
    put,
    refuses,
    skip,
    status,
)
from conformance.provider.faults.fault import DSTU2, STU3, Fault
from conformance.provider.http import Json
from conformance.provider.refusal import Reply, refuse

_ON = "search"
_NOVAK = {
    "resourceType": "Practitioner",
    "id": "prac-novak",
    "meta": {"versionId": "1"},
    "name": [{"family": "Nováková", "given": ["Eva"]}],
}
_ANNEXE = {"resourceType": "Location", "id": "loc-annexe", "meta": {"versionId": "1"}, "name": "Riverside Annexe"}


def _slot(*edits: Edit) -> Effect:
    return change("Slot", *edits, on=_ON)


def _with(resource: Json) -> Edit:
    """A Bundle with one more entry; an empty one stays empty."""

    def edit(value: Json) -> Json:
        entries = value.get("entry")
        return value | {"entry": [*entries, {"resource": resource}]} if entries else value

    return edit


def _none_found(value: Json) -> Json:
    if not value.get("entry"):
        raise refuse("fault.empty", Reply("NO_RECORD_FOUND", 404, "not-found"), "no slot was found")
    return value


FAULTS = (
    # what may be requested
    Fault("search.accepts-missing-start", "searches without a start", skip("search.has-start")),
    Fault("search.accepts-missing-end", "searches without an end", skip("search.has-end")),
    Fault("search.accepts-repeated-bounds", "takes the first of two starts", skip("search.bounds-once"), STU3),
    Fault("search.accepts-bad-start", "overlooks a start that is no date", skip("search.start-form")),
    Fault("search.accepts-bad-end", "overlooks an end that is no date", skip("search.end-form")),
    Fault("search.ignores-start-prefix", "takes any prefix of start for ge", skip("search.start-prefix")),
    Fault("search.ignores-end-prefix", "takes any prefix of end for le", skip("search.end-prefix")),
    Fault(
        "search.accepts-reversed-window", "searches a window that ends before it starts", skip("search.end-after-start")
    ),
    Fault("search.accepts-long-window", "searches more than two weeks", skip("search.two-weeks")),
    Fault("search.accepts-missing-status", "searches although no status is requested", skip("search.has-status")),
    Fault("search.accepts-other-status", "searches although another status is requested", skip("search.status-free")),
    Fault(
        "search.accepts-missing-include",
        "searches without _include=Slot:schedule",
        skip("search.includes-schedule"),
        STU3,
    ),
    Fault(
        "search.refuses-unknown-filter",
        "refuses a searchFilter whose system it does not know",
        refuses(
            lambda call: any("example.org" in value for value in call.parameters("searchFilter")),
            "INVALID_PARAMETER",
            on=_ON,
        ),
        STU3,
    ),
    Fault(
        "search.refuses-unknown-type",
        "refuses an organisation type that it does not know",
        refuses(
            lambda call: any(value.endswith("|oncology") for value in call.parameters("searchFilter")),
            "INVALID_PARAMETER",
            on=_ON,
        ),
        STU3,
    ),
    Fault(
        "search.refuses-date-times",
        "knows whole days only",
        refuses(
            lambda call: any("T" in value for name in ("start", "end") for value in call.parameters(name)),
            "INVALID_PARAMETER",
            on=_ON,
        ),
    ),
    # which slots are found
    Fault(
        "search.finds-earlier", "finds slots that start before the window", criteria(_ON, low=lambda low: low - 86400)
    ),
    Fault("search.finds-later", "finds slots that end after the window", criteria(_ON, high=lambda high: high + 86400)),
    Fault(
        "search.finds-straddling-start",
        "finds the slot that has begun when the window starts",
        criteria(_ON, honours=lambda present: present - {"start"}),
    ),
    Fault(
        "search.finds-straddling-end",
        "finds the slot that goes on when the window ends",
        criteria(_ON, honours=lambda present: present - {"end"}),
    ),
    Fault(
        "search.loses-first-instant",
        "misses the slot that starts with the window",
        criteria(_ON, low=lambda low: low + 1),
    ),
    Fault(
        "search.loses-last-instant",
        "misses the slot that ends with the window",
        criteria(_ON, high=lambda high: high - 1),
    ),
    Fault("search.finds-busy", "lists busy slots as well", criteria(_ON, statuses=("free", "busy"))),
    Fault(
        "search.shows-busy-as-free",
        "lists busy slots and calls them free",
        (
            criteria(_ON, statuses=("free", "busy")),
            change("Slot", alter("status", lambda _: "free"), alter("freeBusyType", lambda _: "free"), on=_ON),
        ),
    ),
    Fault(
        "search.ignores-type-limit",
        "shows slots that are kept for another organisation type",
        criteria(_ON, honours=lambda present: present - {"type"}),
        STU3,
    ),
    Fault(
        "search.ignores-code-limit",
        "shows slots that are kept for another organisation",
        criteria(_ON, honours=lambda present: present - {"ods"}),
        STU3,
    ),
    Fault(
        "search.ignores-limits",
        "shows slots to every organisation",
        criteria(_ON, honours=lambda present: present - {"type", "ods"}),
        STU3,
    ),
    Fault(
        "search.overlooks-type-filter", "never shows slots kept for an organisation type", criteria(_ON, kinds=()), STU3
    ),
    Fault("search.overlooks-code-filter", "never shows slots kept for an organisation", criteria(_ON, codes=()), STU3),
    Fault(
        "search.shows-kept-back",
        "shows slots that are not for GP Connect",
        criteria(_ON, honours=lambda present: present - {"kept"}),
    ),
    Fault(
        "search.shows-embargoed",
        "shows slots that are not released yet",
        criteria(_ON, honours=lambda present: present - {"embargo"}),
        STU3,
    ),
    Fault("search.finds-nothing", "always returns an empty Bundle", found(lambda _: [], on=_ON)),
    Fault("search.finds-first-only", "stops at the first slot", found(lambda rows: rows[:1], on=_ON)),
    Fault("search.loses-last", "drops the last slot", found(lambda rows: rows[:-1], on=_ON)),
    Fault("search.lists-twice", "lists every slot twice", found(lambda rows: rows * 2, on=_ON)),
    # what comes with them
    Fault("search.no-schedules", "omits the schedules", criteria(_ON, schedules=False)),
    Fault("search.no-practitioners", "omits practitioners although requested", criteria(_ON, practitioners=False)),
    Fault(
        "search.always-practitioners",
        "returns practitioners that were not requested",
        criteria(_ON, practitioners=True),
        STU3,
    ),
    Fault("search.no-locations", "omits locations although requested", criteria(_ON, locations=False)),
    Fault("search.always-locations", "returns locations that were not requested", criteria(_ON, locations=True), STU3),
    Fault("search.no-organization", "omits the organisation", criteria(_ON, organization=False)),
    Fault("search.unrelated-practitioner", "sends a practitioner without a schedule", bundle(_with(_NOVAK), on=_ON)),
    Fault("search.unrelated-location", "sends a location where nothing takes place", bundle(_with(_ANNEXE), on=_ON)),
    Fault("search.not-a-searchset", "sends a collection", bundle(put("type", "collection"), on=_ON)),
    Fault(
        "search.empty-array",
        "writes an empty result as an empty array",
        bundle(lambda present: {"entry": [], **present}, on=_ON),
    ),
    Fault("search.empty-is-error", "returns an error for an empty result", bundle(_none_found, on=_ON)),
    Fault("search.created", "returns 201", status(201, on=_ON)),
    Fault(
        "search.dangling-schedule",
        "refers to schedules that are not there",
        _slot(put("schedule.reference", "Schedule/none")),
    ),
    # errors
    Fault(
        "search.error-other-code",
        "returns INVALID_RESOURCE for bad parameters",
        misanswer(on=_ON, code="INVALID_RESOURCE"),
    ),
    Fault("search.error-not-found", "returns 404 for bad parameters", misanswer(on=_ON, status=404)),
    Fault("search.knows-no-filters", "overlooks every searchFilter", drop_parameter("searchFilter", on=_ON), STU3),
    Fault(
        "search.old-parameter",
        "wants fb-type instead of Slot.freeBusyType",
        drop_parameter("Slot.freeBusyType", on=_ON),
        DSTU2,
    ),
)
