"""FHIR conventions: ids and versions of resources, references, the patient compartment, well-formed and complete values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from conformance.checks.check import Check
from conformance.checks.empty_values import displayed, narrative, tidy
from conformance.checks.headers import etag
from conformance.checks.json_values import every, first, references, spelled
from conformance.checks.response import success
from conformance.consumer import request_bodies
from conformance.consumer.request_mutations import body_set
from conformance.consumer.response import Response
from conformance.core.results import Blame
from conformance.engine.all_responses import judge_all_responses, succeeded
from conformance.engine.arrangement import BookedAppointment
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.response_rules import ResponseRule
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.interaction_names import NAMES, SHORT, SINGLE
from conformance.scenarios.steps.refusals import expect_refused
from conformance.scenarios.steps.valid_requests import one_of_each, send_valid, success_of, valid_request

SAME_ID = table(
    "",
    *(case(f"fhir.{short}-id-and-etag", f"The response to {NAMES[short]} has the requested id and an ETag",
           "STU3-FHIR-030 DSTU2-FHIR-022", interaction=SHORT[short], short=short,
           faults=f"{short}.odd-ids {short}.no-etag-header")
      for short in SINGLE),
    why="A consumer that requests a resource must get that resource.",
    fix="Return the resource whose id is in the URL, and its version as ETag.",
)  # fmt: skip


@scenarios(SAME_ID)
def test_same_id(context: ScenarioContext, case: Case) -> None:
    request = valid_request(context, SHORT[case["short"]]).request
    response = context.send(request)
    if context.judge(response, success(*success_of(context, SHORT[case["short"]])), etag):
        requested, found = request.path.rpartition("/")[2], first(response.value, "id")
        if requested != found:
            context.findings.fail(
                "the resource returned does not have the requested id",
                location="id",
                found=spelled(found),
                expected=requested,
                exchange=response.number,
                code="other-id",
            )


VERSIONS = table(
    "",
    case("fhir.version-stable", "Two reads of an unchanged appointment show the same version", "STU3-FHIR-018 DSTU2-FHIR-017",
         interaction=SHORT["read"], step="stable", faults="fhir.versions-every-read time.versions-per-answer"),
    case("fhir.version-changes", "An amended appointment has a new version", "STU3-FHIR-020 DSTU2-FHIR-017",
         interaction=SHORT["amend"], step="changes", faults="fhir.version-stands"),
    case("fhir.version-mismatch", "An amendment based on an old version is refused with 409", "STU3-FHIR-017 DSTU2-FHIR-017",
         interaction=SHORT["amend"], step="mismatch", faults="fhir.ignores-if-match"),
    why="The version prevents two users who change one appointment from overwriting each other's changes.",
    fix="Assign a new meta.versionId with each change, and only then; return 409 when If-Match names an old version.",
)  # fmt: skip


def _stable(context: ScenarioContext, booked: BookedAppointment) -> None:
    """Warn where two reads show two versions; fail where the version just read is refused as If-Match."""
    found = [str(first(context.arrange.read(booked.id).value, "meta.versionId")) for _ in range(2)]
    if found[0] == found[1]:
        return
    context.findings.warn(
        "the version changed though nothing else did",
        location="meta.versionId",
        found=found[1],
        expected=found[0],
        code="version-unstable",
    )
    context.arrange.refresh(booked)
    body = request_bodies.amendment(booked.value, comment="With the version just read")
    response = context.send(context.requests.amend(body, booked.etag, nhs_number=booked.patient.nhs_number))
    if response.status in (409, 412):
        context.findings.fail(
            "an amendment with the version just read as If-Match is refused",
            location="header If-Match",
            found=response.described,
            expected="200",
            exchange=response.number,
            code="version-refused",
        )


@scenarios(VERSIONS)
def test_versions(context: ScenarioContext, case: Case) -> None:
    booked = context.arrange.booked()
    if case["step"] == "stable":
        _stable(context, booked)
        return
    old = booked.etag
    number = booked.patient.nhs_number
    amended = context.send(
        context.requests.amend(request_bodies.amendment(booked.value, comment="Second"), old, nhs_number=number)
    )
    context.need(amended, success("Appointment"), what="the appointment could not be amended to start from")
    before = first(booked.value, "meta.versionId")
    context.arrange.refresh(booked)
    if case["step"] == "changes":
        if not booked.readable:
            context.cannot("the version cannot be seen: the appointment cannot be read", Blame.PROVIDER)
        if first(booked.value, "meta.versionId") == before:
            context.findings.fail(
                "the version did not change with the content",
                location="meta.versionId",
                found=spelled(before),
                expected="another",
                exchange=amended.number,
                code="version-stands",
            )
        return
    stale = context.requests.amend(request_bodies.amendment(booked.value, comment="Third"), old, nhs_number=number)
    response = context.send(stale)
    expect_refused(context, response, refused("409", tolerated=["412"], because="One page lists 412 beside 409."))
    if response.status == 200:
        context.arrange.refresh(booked)
    else:
        context.effects.unchanged(booked)


WHOLE = table(
    "",
    *(case(f"fhir.{short}-offered", f"The provider implements {NAMES[short]}",
           "STU3-FHIR-043 STU3-HTTP-012 DSTU2-FHIR-037 DSTU2-HTTP-020", interaction=SHORT[short], short=short,
           faults=f"fhir.{short}-accepted")
      for short in ("search", "book", "retrieve", "read", "amend", "cancel", "metadata")),
    why="A provider that claims a capability implements every interaction of it.",
    fix="Implement the interaction; a success has the one status that the table of statuses lists.",
)  # fmt: skip


@scenarios(WHOLE)
def test_whole(context: ScenarioContext, case: Case) -> None:
    send_valid(context, case["short"])


READABLE = table(
    SHORT["read"],
    case("fhir.updatable-is-readable",
         "An appointment that can be updated can be read, and the capability statement lists both",
         "STU3-FHIR-028 DSTU2-FHIR-021", faults="fhir.unreadable-appointments"),
    why="A consumer must read the current version before it can update.",
    fix="Serve GET for every Appointment that accepts PUT, and list both in the capability statement.",
)  # fmt: skip


@scenarios(READABLE)
def test_readable(context: ScenarioContext, case: Case) -> None:
    booked = context.arrange.booked()
    body = request_bodies.amendment(booked.value, comment="Updated, then read")
    response = context.send(context.requests.amend(body, booked.etag, nhs_number=booked.patient.nhs_number))
    context.need(response, success("Appointment"), what="the appointment could not be updated")
    context.judge(context.arrange.read(booked.id), success("Appointment"))
    stated = context.send(context.requests.capability())
    listed = {
        code
        for entry in every(stated.value, "rest.resource")
        if isinstance(entry, dict) and entry.get("type") == "Appointment"
        for code in every(entry, "interaction.code")
    }
    for code in {"read", "update"} - listed:
        context.findings.fail(
            "the statement does not list an interaction that is served",
            location="rest.resource.interaction",
            found=", ".join(sorted(map(str, listed))) or "nothing",
            expected=code,
            exchange=stated.number,
            code="unlisted",
        )


COMPARTMENT = table(
    SHORT["retrieve"],
    case("fhir.patient-compartment", "A patient's appointments include the appointment just booked",
         "STU3-FHIR-029 DSTU2-FHIR-026", faults="fhir.one-compartment"),
    why="Patient/[id]/Appointment is how a consumer finds what was booked.",
    fix="Respond to Patient/[id]/Appointment with the patient's appointments within the bounds.",
)  # fmt: skip


@scenarios(COMPARTMENT)
def test_compartment(context: ScenarioContext, case: Case) -> None:
    booked = context.arrange.booked()
    request = context.requests.retrieve(
        context.arrange.patient_id(booked.patient), nhs_number=booked.patient.nhs_number
    )
    response = context.send(request)
    if context.judge(response, success("Bundle")):
        found = [str(entry.get("id")) for entry in response.entries("Appointment")]
        if booked.id not in found:
            context.findings.fail(
                "the appointment is not in its patient's compartment",
                location="Bundle.entry",
                found=f"{len(found)} others",
                expected=f"Appointment/{booked.id}",
                exchange=response.number,
                code="compartment",
            )


RESOLVES = table(
    SHORT["read"],
    case("fhir.references-resolve",
         "The resources that an appointment and its schedule refer to can be read at the same service root",
         "STU3-SSP-017 DSTU2-FHIR-005", faults="stu3:fhir.locations-unreadable dstu2:fhir.locations-not-there"),
    why="A consumer cannot show who or where a reference means if it cannot read it.",
    fix="Serve the Patients, Practitioners and Locations that your appointments refer to at the same service root.",
)  # fmt: skip


@scenarios(RESOLVES)
def test_resolves(context: ScenarioContext, case: Case) -> None:
    booked = context.arrange.booked()
    slot = booked.slots[0]
    for kind in ("Patient", "Practitioner", "Location"):
        for identifier in {*references(booked.value, kind), *references(slot.schedule, kind)}:
            number = booked.patient.nhs_number if kind == "Patient" else None
            context.judge(context.send(context.requests.read(kind, identifier, nhs_number=number)), success(kind))


ABSOLUTE = table(
    SHORT["book"],
    case("fhir.reference-elsewhere",
         "A booking that refers to a resource on another server is refused, and the provider does not connect to that server",
         "STU3-HTTP-018 DSTU2-FHIR-040", faults="fhir.follows-references fhir.accepts-absolute-references"),
    why="A provider that follows URLs in a request can be used to attack its own network (server-side request forgery).",
    fix="Refuse references that are not relative, and never connect to their hosts.",
)  # fmt: skip


@scenarios(ABSOLUTE)
def test_elsewhere(context: ScenarioContext, case: Case) -> None:
    slot, patient = context.arrange.slot(), context.arrange.patient()
    with context.probes.listening() as listener:
        where = f"http://{listener.host}:{listener.port}"
        reference = f"{where}/STU3/1/Patient/{context.arrange.patient_id(patient)}"
        request = context.arrange.booking(slot, patient=patient)
        response = context.send(request, body_set("participant.0.actor.reference", reference))
        connected = listener.connected()
    booked = context.arrange.booked_by(response, patient, [slot])
    if connected:
        context.findings.fail(
            "the provider connected to the server that the reference names",
            location="participant.actor.reference",
            exchange=response.number,
            code="reference-followed",
        )
    host = urlsplit(context.config.provider.base_url).hostname or ""
    if host not in ("127.0.0.1", "localhost", "::1"):
        context.findings.note(
            "whether the provider connected to that server can be seen only when it runs on this machine"
        )
    expect_refused(context, response, refused("4xx"))
    if booked is None:
        context.effects.still_free(slot)


# Over all responses of the run


def _over_all(short: str, name: str, title: str, verifies: str, faults: str, **rest: Any) -> dict[str, Any]:
    return case(
        f"fhir.{short}-{name}",
        title,
        verifies,
        interaction=SHORT[short],
        faults=faults,
        **rest,
    )


_Elements = Mapping[str, tuple[str, ...]]  # by resource type


def _judging(check: Check) -> ResponseRule:
    return ResponseRule(succeeded, (check,))


def _over_elements(
    short: str, name: str, title: str, verifies: str, faults: str, elements: _Elements
) -> dict[str, Any]:
    return _over_all(short, name, title, verifies, faults, elements=elements, rule=_populated(elements))


def _populated(elements: _Elements) -> ResponseRule:
    """Which types of resource came, and which of their elements had values: ("kind", type), ("seen", type, element)."""

    def facts(response: Response) -> Iterator[tuple[str, ...]]:
        for resource in (response.resource, *response.entries()):
            kind = str(resource.get("resourceType"))
            if kind in elements:
                yield "kind", kind
                yield from (("seen", kind, path) for path in elements[kind] if first(resource, path) is not None)

    return ResponseRule(succeeded, facts=facts)


_NULLS = {"read": "fhir.null-values dstu2:fhir.null-codes", "retrieve": "dstu2:fhir.null-codes"}
TIDY = table(
    "",
    *(_over_all(short, "tidy", f"Responses to {NAMES[short]} have no empty values and no white space around codes",
             "STU3-FHIR-040 DSTU2-FHIR-004",
             f"fhir.padded-codes fhir.empty-texts {_NULLS.get(short, '')}", rule=_judging(tidy))
      for short in ("search", "book", "read", "retrieve", "patient-read", "organization-read", "practitioner-read")),
    *(_over_all(short, "narrative", f"Narratives in responses to {NAMES[short]} are plain XHTML",
                "STU3-FHIR-042 DSTU2-FHIR-034",
             "fhir.active-narrative", rule=_judging(narrative)) for short in ("organization-read", "organization-find")),
    *(_over_all(short, "displays", f"References in responses to {NAMES[short]} have a display", "DSTU2-FHIR-006",
             "fhir.without-displays", rule=_judging(displayed)) for short in ("read", "book")),
    why="A strict parser fails on null and padded values, and a browser executes scripts in a narrative.",
    fix="Leave out elements without a value; trim codes, ids, URIs and dates; allow only text markup in narratives.",
)  # fmt: skip


@scenarios(TIDY)
def test_tidy(context: ScenarioContext, case: Case) -> None:
    optional = case.rule is not None and narrative in case.rule.checks
    judge_all_responses(context, one_of_each(case.interaction), optional=optional)


POPULATED = table(
    "",
    _over_elements("search", "populated",
              "Slot searches return the elements that the profiles mark as mustSupport, where values exist", "STU3-FHIR-047",
           "fhir.no-channels fhir.no-roles fhir.nameless-locations",
           elements={"Slot": ("extension",), "Schedule": ("extension",),
                     "Location": ("name", "address", "telecom", "managingOrganization")}),
    _over_elements("read", "populated", "Appointment reads return the booking organisation and the time of booking",
              "STU3-FHIR-047", "fhir.no-booking-organization",
           elements={"Appointment": ("extension", "contained.name", "contained.telecom", "created")}),
    _over_elements("patient-read", "populated", "Patient reads return the elements that the profile marks as mustSupport",
              "STU3-FHIR-047",
           "fhir.no-genders", elements={"Patient": ("gender", "birthDate", "name.given", "identifier", "extension")}),
    _over_elements("organization-read", "populated",
              "Organisation reads return the elements that the profile marks as mustSupport", "STU3-FHIR-047",
           "fhir.no-telecom", elements={"Organization": ("telecom", "address", "identifier")}),
    why="A provider returns mustSupport elements whenever it stores them; an element that never appears in a run is "
        "suspicious.",
    fix="Fill in the element whenever you store its value.",
)  # fmt: skip


@scenarios(POPULATED)
def test_populated(context: ScenarioContext, case: Case) -> None:
    context.once(one_of_each(case.interaction))  # other resources than ours may have no value to show
    facts = judge_all_responses(context, one_of_each(case.interaction)).facts
    kinds = {kind for kind in case["elements"] if ("kind", kind) in facts}
    if not kinds:
        context.cannot("no response holds a resource of these types", Blame.UNDETERMINED)
    for kind, paths in case["elements"].items():
        for path in paths if kind in kinds else ():
            if ("seen", kind, path) not in facts:
                context.findings.warn(
                    "the element was never seen in this run",
                    location=f"{kind}.{path}",
                    found="nothing",
                    expected="a value in some response",
                    code="never-populated",
                )


LABEL = table(
    SHORT["metadata"],
    case("fhir.no-blank-before-charset",
         "The Content-Type of the capability statement has no space between media type and charset", "STU3-FHIR-011",
         faults="fhir.charset-blank"),
    why="Some older consumers compare the whole header.",
    fix="Write application/fhir+json;charset=utf-8 without a space.",
)  # fmt: skip


@scenarios(LABEL)
def test_label(context: ScenarioContext, case: Case) -> None:
    response = context.send(valid_request(context, SHORT["metadata"]).request)
    context.need(response, success(*success_of(context, SHORT["metadata"])), what="there is no capability statement")
    found = response.exchange.header("Content-Type") or ""
    if "charset" not in found.lower():
        context.cannot("the Content-Type has no charset", Blame.PROVIDER)
    if "; " in found:
        context.findings.warn(
            "there is a space between the media type and the charset",
            location="header Content-Type",
            found=found,
            expected=found.replace("; ", ";"),
            exchange=response.number,
            code="charset-blank",
        )


FOUND = table(
    SHORT["patient-find"],
    case("fhir.patient-search-exact", "A patient search finds only patients with the requested NHS number",
         "DSTU2-FHIR-029", faults="patient.without-number"),
    why="A patient with another NHS number is another patient.",
    fix="Return only patients with the requested identifier.",
)  # fmt: skip


@scenarios(FOUND)
def test_found(context: ScenarioContext, case: Case) -> None:
    response = context.send(valid_request(context, SHORT["patient-find"]).request)
    if not context.judge(response, success("Bundle")):
        return
    patients = list(response.entries("Patient"))
    if not patients:
        context.findings.fail(
            "the configured patient was not found", location="Bundle.entry", exchange=response.number, code="not-found"
        )
    for patient in patients:
        if context.arrange.patient().nhs_number not in list(every(patient, "identifier.value")):
            context.findings.fail(
                "a patient was found who does not have the requested NHS number",
                location="Patient.identifier",
                exchange=response.number,
                code="other-patient",
            )
