"""FHIR's conventions: identity and versions of resources, references, the patient compartment, tidy and complete values."""

from __future__ import annotations

import select
import socket
from typing import Any
from urllib.parse import urlsplit

from conformance.checks.answers import success
from conformance.checks.headers import etag
from conformance.checks.tidiness import displayed, narrative, tidy
from conformance.checks.values import every, first, references
from conformance.consumer import bodies
from conformance.consumer.deviations import body_set
from conformance.harness.case import Case, case, scenarios, table
from conformance.harness.expect import refused
from conformance.harness.scene import Scene
from conformance.harness.sweep import succeeded, sweep
from conformance.scenarios.wire import NAMES, SHORT, SINGLE, dispatch, plain, success_of

SAME_ID = table(
    "",
    *(case(f"fhir.{short}-id-and-etag", f"The answer to {NAMES[short]} has the id asked for, and an ETag",
           "STU3-FHIR-030 DSTU2-FHIR-022", interaction=SHORT[short], short=short,
           faults=f"{short}.odd-ids {short}.no-etag-header")
      for short in SINGLE),
    why="A consumer that asks for one resource must be able to rely on getting that one.",
    mend="Answer with the resource whose id stands in the URL, and its version as ETag.",
)  # fmt: skip


@scenarios(SAME_ID)
def test_same_id(scene: Scene, case: Case) -> None:
    request = plain(scene, case["short"])
    reply = scene.send(request)
    if scene.judge(reply, success(*success_of(case["short"], scene)), etag):
        asked, found = request.path.rpartition("/")[2], first(reply.value, "id")
        if asked != found:
            scene.fail("the resource answered has another id than the one asked for", location="id", found=str(found),
                       expected=asked, exchange=reply.number, code="other-id")  # fmt: skip


VERSIONS = table(
    "",
    case("fhir.version-stable", "An appointment that did not change keeps its version", "STU3-FHIR-018 DSTU2-FHIR-017",
         interaction=SHORT["read"], step="stable", faults="fhir.versions-every-read"),
    case("fhir.version-changes", "An amended appointment has another version", "STU3-FHIR-020 DSTU2-FHIR-017",
         interaction=SHORT["amend"], step="changes", faults="fhir.version-stands"),
    case("fhir.version-mismatch", "An update based on an old version is refused with 409", "STU3-FHIR-017 DSTU2-FHIR-017",
         interaction=SHORT["amend"], step="mismatch", faults="fhir.ignores-if-match"),
    why="The version is how two people who change one appointment are kept from undoing each other's work.",
    mend="Give a new meta.versionId with each change and no other; answer 409 when If-Match names an old one.",
)  # fmt: skip


@scenarios(VERSIONS)
def test_versions(scene: Scene, case: Case) -> None:
    booked = scene.booked()
    if case["step"] == "stable":
        found = [str(first(scene.read(booked.id).value, "meta.versionId")) for _ in range(2)]
        if found[0] != found[1]:
            scene.fail("the version changed though nothing else did", location="meta.versionId", found=found[1],
                       expected=found[0], code="version-unstable")  # fmt: skip
        return
    old = booked.etag
    number = booked.patient.nhs_number
    amended = scene.send(scene.requests.amend(bodies.amendment(booked.value, comment="Second"), old, nhs_number=number))
    scene.need(amended, success("Appointment"), what="the appointment could not be amended to start from")
    before = first(booked.value, "meta.versionId")
    scene.refresh(booked)
    if case["step"] == "changes":
        if first(booked.value, "meta.versionId") == before:
            scene.fail("the version did not change with the content", location="meta.versionId", found=str(before),
                       expected="another", exchange=amended.number, code="version-stands")  # fmt: skip
        return
    stale = scene.requests.amend(bodies.amendment(booked.value, comment="Third"), old, nhs_number=number)
    reply = scene.send(stale)
    scene.expect(reply, refused("409", tolerated=["412"], because="One page lists 412 beside 409."))
    if reply.status == 200:
        scene.refresh(booked)
    else:
        scene.unchanged(booked)


WHOLE = table(
    "",
    *(case(f"fhir.{short}-offered", f"The provider offers {NAMES[short].removeprefix('a ').removeprefix('an ')}",
           "STU3-FHIR-043 STU3-HTTP-012 DSTU2-FHIR-037 DSTU2-HTTP-020", interaction=SHORT[short], short=short,
           faults=f"fhir.{short}-accepted")
      for short in ("search", "book", "retrieve", "read", "amend", "cancel", "metadata")),
    why="A provider that claims the capability offers every interaction of it.",
    mend="Implement the interaction; its success has the one status that the table of statuses names.",
)  # fmt: skip


@scenarios(WHOLE)
def test_whole(scene: Scene, case: Case) -> None:
    dispatch(scene, case["short"])


READABLE = table(
    SHORT["read"],
    case("fhir.updatable-is-readable", "An appointment can be read as well as updated, and the statement says so",
         "STU3-FHIR-028 DSTU2-FHIR-021", faults="fhir.unreadable-appointments"),
    why="A consumer has to read the current version before it can update.",
    mend="Serve GET for every Appointment that takes PUT, and list both in the capability statement.",
)  # fmt: skip


@scenarios(READABLE)
def test_readable(scene: Scene, case: Case) -> None:
    booked = scene.booked()
    body = bodies.amendment(booked.value, comment="Updated, then read")
    reply = scene.send(scene.requests.amend(body, booked.etag, nhs_number=booked.patient.nhs_number))
    scene.need(reply, success("Appointment"), what="the appointment could not be updated")
    scene.judge(scene.read(booked.id), success("Appointment"))
    stated = scene.send(scene.requests.capability())
    listed = {
        code
        for entry in every(stated.value, "rest.resource")
        if isinstance(entry, dict) and entry.get("type") == "Appointment"
        for code in every(entry, "interaction.code")
    }
    for code in {"read", "update"} - listed:
        scene.fail("the statement does not list an interaction that is served", location="rest.resource.interaction",
                   found=", ".join(sorted(map(str, listed))) or "nothing", expected=code, exchange=stated.number,
                   code="unlisted")  # fmt: skip


COMPARTMENT = table(
    SHORT["retrieve"],
    case("fhir.patient-compartment", "The compartment of a patient holds the appointment just booked",
         "STU3-FHIR-029 DSTU2-FHIR-026", faults="fhir.one-compartment"),
    why="Patient/[id]/Appointment is how a consumer finds what was booked.",
    mend="Answer Patient/[id]/Appointment with the patient's appointments within the bounds.",
)  # fmt: skip


@scenarios(COMPARTMENT)
def test_compartment(scene: Scene, case: Case) -> None:
    booked = scene.booked()
    request = scene.requests.retrieve(scene.patient_id(booked.patient), nhs_number=booked.patient.nhs_number)
    reply = scene.send(request)
    if scene.judge(reply, success("Bundle")):
        found = [str(entry.get("id")) for entry in reply.entries("Appointment")]
        if booked.id not in found:
            scene.fail("the appointment is not in its patient's compartment", location="Bundle.entry",
                       found=f"{len(found)} others", expected=f"Appointment/{booked.id}",
                       exchange=reply.number, code="compartment")  # fmt: skip


RESOLVES = table(
    SHORT["read"],
    case("fhir.references-resolve", "What an appointment and its slot refer to can be read at the same root",
         "STU3-SSP-017 DSTU2-FHIR-005", faults="stu3:fhir.locations-unreadable dstu2:fhir.locations-not-there"),
    why="A reference that cannot be read is a name without a person.",
    mend="Serve the Patients, Practitioners and Locations that your appointments refer to at the same service root.",
)  # fmt: skip


@scenarios(RESOLVES)
def test_resolves(scene: Scene, case: Case) -> None:
    booked = scene.booked()
    slot = booked.slots[0]
    for kind in ("Patient", "Practitioner", "Location"):
        for identifier in {*references(booked.value, kind), *references(slot.schedule, kind)}:
            number = booked.patient.nhs_number if kind == "Patient" else None
            scene.judge(scene.send(scene.requests.read(kind, identifier, nhs_number=number)), success(kind))


ABSOLUTE = table(
    SHORT["book"],
    case("fhir.reference-elsewhere", "A booking that refers to a server elsewhere is refused, and that server is not asked",
         "STU3-HTTP-018 DSTU2-FHIR-040", faults="fhir.follows-references fhir.accepts-absolute-references"),
    why="A provider that follows what a caller writes can be made to knock at doors within its own network.",
    mend="Refuse references that are not relative; never connect to where they lead.",
)  # fmt: skip


@scenarios(ABSOLUTE)
def test_elsewhere(scene: Scene, case: Case) -> None:
    slot, patient = scene.slot(), scene.patient()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        reference = f"http://127.0.0.1:{port}/STU3/1/Patient/{scene.patient_id(patient)}"
        request = scene.booking(slot, patient=patient)
        reply = scene.send(request, body_set("participant.0.actor.reference", reference))
        asked = bool(select.select([listener], [], [], 0)[0])
    made = scene.booked_by(reply, patient, [slot])
    if asked:
        scene.fail("the provider connected to the server that the reference names", location="participant.actor.reference",
                   exchange=reply.number, code="reference-followed")  # fmt: skip
    host = urlsplit(scene.config.provider.base_url).hostname or ""
    if host not in ("127.0.0.1", "localhost", "::1"):
        scene.note("whether the server named was asked can be seen only when the provider runs on this machine")
    scene.expect(reply, refused("4xx"))
    if made is None:
        scene.still_free(slot)


# Over all answers of the run


def _swept(short: str, name: str, title: str, verifies: str, faults: str, **rest: Any) -> dict[str, Any]:
    return case(f"fhir.{short}-{name}", title, verifies, interaction=SHORT[short], faults=faults, sweeping=True, **rest)


TIDY = table(
    "",
    *(_swept(short, "tidy", f"Answers to {NAMES[short]} have no empty values and no blanks around codes",
             "STU3-FHIR-040 DSTU2-FHIR-004",
             f"fhir.padded-codes fhir.empty-texts {'fhir.null-values' if short == 'read' else ''}", checks=(tidy,))
      for short in ("search", "book", "read", "retrieve", "patient-read", "organization-read", "practitioner-read")),
    *(_swept(short, "narrative", f"A narrative in answers to {NAMES[short]} is plain XHTML", "STU3-FHIR-042 DSTU2-FHIR-034",
             "fhir.active-narrative", checks=(narrative,)) for short in ("organization-read", "organization-find")),
    *(_swept(short, "displays", f"References in answers to {NAMES[short]} have a display", "DSTU2-FHIR-006",
             "fhir.without-displays", checks=(displayed,)) for short in ("read", "book")),
    why="A strict reader stumbles over null and padded values, and a browser runs what a narrative holds.",
    mend="Leave out elements without a value; trim codes, ids, URIs and dates; keep narrative to text.",
)  # fmt: skip


@scenarios(TIDY)
def test_tidy(scene: Scene, case: Case) -> None:
    sweep(scene, succeeded, case["checks"])


POPULATED = table(
    "",
    _swept("search", "populated", "Searchsets hold what the profiles mark as supported, where it exists", "STU3-FHIR-047",
           "fhir.no-channels fhir.no-roles fhir.nameless-locations",
           elements={"Slot": ("extension",), "Schedule": ("extension",),
                     "Location": ("name", "address", "telecom", "managingOrganization")}),
    _swept("read", "populated", "Appointments hold who booked them", "STU3-FHIR-047", "fhir.no-booking-organization",
           elements={"Appointment": ("extension", "contained.name", "contained.telecom", "created")}),
    _swept("patient-read", "populated", "Patients hold what the profile marks as supported", "STU3-FHIR-047",
           "fhir.no-genders", elements={"Patient": ("gender", "birthDate", "name.given", "identifier", "extension")}),
    _swept("organization-read", "populated", "Organisations hold what the profile marks as supported", "STU3-FHIR-047",
           "fhir.no-telecom", elements={"Organization": ("telecom", "address", "identifier")}),
    why="What a profile marks as supported is given whenever the provider holds it; never to see it is a hint.",
    mend="Fill the element in whenever you have its value.",
)  # fmt: skip


@scenarios(POPULATED)
def test_populated(scene: Scene, case: Case) -> None:
    seen: set[tuple[str, str]] = set()
    kinds: set[str] = set()

    def look(reply: Any, _: Any) -> list[Any]:
        for resource in (reply.resource, *reply.entries()):
            kind = str(resource.get("resourceType"))
            kinds.add(kind)
            seen.update((kind, path) for path in case["elements"].get(kind, ()) if first(resource, path) is not None)
        return []

    sweep(scene, succeeded, (look,))
    for kind, paths in case["elements"].items():
        for path in paths if kind in kinds else ():
            if (kind, path) not in seen:
                scene.warn("the element was never seen in this run", location=f"{kind}.{path}", found="nothing",
                           expected="a value in some answer", code="never-populated")  # fmt: skip


LABEL = table(
    SHORT["metadata"],
    case("fhir.no-blank-before-charset", "No blank stands between the media type and the charset", "STU3-FHIR-011",
         faults="fhir.charset-blank"),
    why="Old readers compare the whole header.",
    mend="Write application/fhir+json;charset=utf-8 without a blank.",
)  # fmt: skip


@scenarios(LABEL)
def test_label(scene: Scene, case: Case) -> None:
    reply = scene.send(plain(scene, "metadata"))
    found = reply.exchange.header("Content-Type") or ""
    if "; " in found:
        scene.warn("a blank stands between the media type and the charset", location="header Content-Type", found=found,
                   expected=found.replace("; ", ";"), exchange=reply.number, code="charset-blank")  # fmt: skip


FOUND = table(
    SHORT["patient-find"],
    case("fhir.patient-search-exact", "A patient search finds only patients who have the NHS number asked for",
         "DSTU2-FHIR-029", faults="patient.without-number"),
    why="A patient of another number is another patient.",
    mend="Answer with the patients whose identifier is the one asked for.",
)  # fmt: skip


@scenarios(FOUND)
def test_found(scene: Scene, case: Case) -> None:
    reply = scene.send(plain(scene, "patient-find"))
    if not scene.judge(reply, success("Bundle")):
        return
    patients = list(reply.entries("Patient"))
    if not patients:
        scene.fail(
            "the configured patient was not found", location="Bundle.entry", exchange=reply.number, code="not-found"
        )
    for patient in patients:
        if scene.patient().nhs_number not in list(every(patient, "identifier.value")):
            scene.fail("a patient was found who has not the number asked for", location="Patient.identifier",
                       exchange=reply.number, code="other-patient")  # fmt: skip
