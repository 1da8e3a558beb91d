"""Read your writes: a write is visible to the next read; an unchanged resource keeps its id and version."""

from __future__ import annotations

from typing import Any

from conformance.checks.headers import etag
from conformance.checks.json_values import first, spelled
from conformance.consumer.request import Request
from conformance.consumer.response import Response
from conformance.consumer.uk_time import uk_date
from conformance.consumer.usable_parts import logical_id
from conformance.core.results import Blame
from conformance.engine.arrangement import BookedAppointment
from conformance.engine.context import ScenarioContext
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.content_negotiation import Kind, cases, succeeded
from conformance.scenarios.steps.valid_requests import valid_request

_STABLE_WHY = (
    "Consumers store ids and versions: with a changed id they lose the record, with a changed version they "
    "cannot update it."
)
_STABLE_FIX = "Take ids and versions from the stored record; do not generate them for each response."

STABLE = Kind(
    "stable", "sent twice returns the same resources under the same ids",
    "STU3-HTTP-016 STU3-FHIR-018 DSTU2-FHIR-008 DSTU2-FHIR-023", "time.ids-per-answer",
    _STABLE_WHY, _STABLE_FIX, only="reads", without=("metadata",),
)  # fmt: skip


@scenarios(cases("time", STABLE))
def test_stable(context: ScenarioContext, case: Case) -> None:
    request = valid_request(context, case.interaction).request

    def sent() -> Response | None:
        response = context.send(request)
        return response if succeeded(context, case.interaction, response) else None

    first_time, again = sent(), sent()
    if not (first_time and again):
        return
    one, other = _versions(first_time), _versions(again)
    if not one:
        context.cannot("there is nothing whose id could be compared")
    _versions_differ(context, one, other, again.number)
    renamed = _renamed(one, other)
    third = (
        sent() if renamed else None
    )  # others may have taken one slot and given back another meanwhile, but not twice
    for kind in sorted(renamed & _renamed(other, _versions(third)) if third else ()):
        context.findings.fail(
            "an unchanged resource has another id in each response",
            location=f"{kind}.id",
            exchange=again.number,
            code="unstable",
        )


def _renamed(one: Versions, other: Versions) -> set[str]:
    """The types of which a second response lacks a resource of the first, and has one that the first lacks."""
    gone, came = ({name.partition("/")[0] for name in names} for names in (one.keys() - other, other.keys() - one))
    return gone & came


# Whether the version of these is stable is judged where they are read: read-again of each, and fhir.version-stable.
_READ = ("Patient", "Practitioner", "Organization", "Location", "Appointment")


def _versions_differ(context: ScenarioContext, one: Versions, other: Versions, exchange: int) -> None:
    for name in sorted(one.keys() & other.keys()):
        if one[name] != other[name]:
            keep = context.findings.note if name.startswith(_READ) else context.findings.warn
            keep(
                "an unchanged resource has another version",
                location=f"{name}.meta.versionId",
                exchange=exchange,
                found=spelled(other[name]),
                expected=spelled(one[name]),
                code="version-unstable",
            )


Versions = dict[str, Any]


def _versions(response: Response) -> Versions:
    resources = list(response.entries()) if response.resource_type == "Bundle" else [response.resource]
    return {f"{item.get('resourceType')}/{item.get('id')}": first(item, "meta.versionId") for item in resources}


FOUND = Kind(
    "as-read", "finds each resource in the same version as a read by its id",
    "STU3-HTTP-016 STU3-FHIR-018 DSTU2-FHIR-008 DSTU2-FHIR-023", "time.ids-per-answer time.versions-of-lists",
    _STABLE_WHY, _STABLE_FIX, only="reads",
    without=("metadata", "search", "read", "patient-read", "practitioner-read", "organization-read", "location-read"),
)  # fmt: skip


@scenarios(cases("time", FOUND))
def test_found_as_read(context: ScenarioContext, case: Case) -> None:
    valid = valid_request(context, case.interaction)
    found = context.send(valid.request)
    if not succeeded(context, case.interaction, found):
        return
    reads = context.edition.interactions
    entries = [
        item for item in found.entries() if logical_id(item) and f"read_{item.get('resourceType')}".lower() in reads
    ]
    if not entries:
        context.cannot("the search found nothing that could be read")
    for item in entries[:3]:
        kind = str(item["resourceType"])
        request = context.requests.read(kind, item["id"], nhs_number=context.arrange.patient().nhs_number)
        read = context.send(request)
        if read.status != 200 or (
            _versions(read) != _versions(found.part(item)) == _version_of(context.send(valid.request), kind, item["id"])
        ):
            context.findings.fail(
                "what was found cannot be read in the same version",
                location=f"{kind}/{item['id']}",
                exchange=read.number,
                found=read.described,
                expected=str(first(item, "meta.versionId")),
                code="not-as-read",
            )


def _version_of(response: Response, kind: str, resource_id: str) -> Versions:
    """The version that a search shows of one resource, to see whether it is the same each time."""
    return _versions(response.part(response.by_id(kind).get(resource_id, {"resourceType": kind, "id": resource_id})))


READ_ID = Kind(
    "own-id", "returns the resource with the requested id, and its version as ETag", "STU3-FHIR-030 DSTU2-FHIR-022",
    "time.ids-per-answer http.no-etags", "A read that returns another resource can mix up patients.",
    "Return the resource whose id is in the URL.", only="reads",
    without=("metadata", "search", "retrieve", "patient-find", "practitioner-find", "organization-find", "location-find"),
)  # fmt: skip


@scenarios(cases("time", READ_ID))
def test_own_id(context: ScenarioContext, case: Case) -> None:
    valid = valid_request(context, case.interaction)
    response = context.send(valid.request)
    if succeeded(context, case.interaction, response):
        context.judge(response, etag)
        if response.resource.get("id") != valid.resource_id:
            context.findings.fail(
                "the resource does not have the requested id",
                location=f"{response.resource_type}.id",
                exchange=response.number,
                found=spelled(response.resource.get("id")),
                expected=valid.resource_id,
                code="other-id",
            )


def _seen(name: str, phrase: str, key: str, verifies: str, faults: str) -> Any:
    return case(
        f"time.{name}-seen-at-once",
        f"{phrase} is shown immediately, and in the same version, by reads and retrievals sent together",
        verifies,
        interaction=key,
        faults=f"time.lists-lag {faults}",
    )


SEEN = table(
    "",
    _seen("book", "A booking", "book_appointment", "STU3-FHIR-045 STU3-FHIR-029 DSTU2-FHIR-008 DSTU2-FHIR-026",
          "time.reads-lag time.answers-ahead"),
    _seen("amend", "An amendment", "amend_appointment",
          "STU3-FHIR-045 STU3-FHIR-020 STU3-FHIR-028 STU3-FHIR-029 DSTU2-FHIR-008 DSTU2-FHIR-021 DSTU2-FHIR-026",
          "time.answers-ahead"),
    _seen("cancel", "A cancellation", "cancel_appointment",
          "STU3-FHIR-045 STU3-FHIR-020 STU3-FHIR-028 STU3-FHIR-029 DSTU2-FHIR-008 DSTU2-FHIR-021",
          "time.answers-ahead"),
    why="Two consumers that see different states at the same time will overwrite each other.",
    fix="Serve reads and retrievals from the committed record, not from a stale copy.",
)  # fmt: skip


@scenarios(SEEN)
def test_seen_at_once(context: ScenarioContext, case: Case) -> None:
    booked = context.arrange.booked()
    before = first(booked.value, "meta.versionId")
    if case.interaction == "book_appointment":
        booked.value = dict(booked.response.resource)  # as the booking returned
    elif case.interaction == "amend_appointment":
        context.arrange.amended(booked, comment="Seen at once")
    else:
        context.arrange.cancelled(booked)
    version = first(booked.value, "meta.versionId")
    if case.interaction != "book_appointment" and version == before:
        context.findings.fail(
            "the version is the same though the content changed",
            location="Appointment.meta.versionId",
            found=spelled(version),
            expected="another version",
            code="version-kept",
        )
    day, number = uk_date(booked.slots[0].start), booked.patient.nhs_number
    read = context.requests.read("Appointment", booked.id, nhs_number=number)
    listing = context.requests.retrieve(context.arrange.patient_id(booked.patient), day, day, nhs_number=number)
    requests = [read, listing, read, listing]
    shown = [_shows(context, *pair, booked) for pair in zip(requests, context.send_together(requests), strict=True)]
    if not any(shown):
        context.cannot("neither a read nor a retrieval shows the appointment, later ones included", Blame.PROVIDER)


def _shows(context: ScenarioContext, request: Request, response: Response, booked: BookedAppointment) -> bool:
    """Judge what a response shows; False where it shows nothing and the same request later does not either."""
    if not response.carried_out and not context.observes(context.send(request)):
        return False
    appointments = list(response.entries("Appointment")) if response.resource_type == "Bundle" else [response.resource]
    shown = next((item for item in appointments if item.get("id") == booked.id), None)
    if shown is None and booked.cancelled and response.resource_type == "Bundle":
        return False  # whether lists include cancelled appointments is judged by another scenario
    for path in ("status", "comment", "meta.versionId"):
        found = first(shown, path)
        if found != first(booked.value, path):
            context.findings.fail(
                "a state other than the one just written is shown",
                location=f"Appointment.{path}",
                exchange=response.number,
                found=spelled(found),
                expected=spelled(first(booked.value, path)),
                code="stale",
            )
    return True
