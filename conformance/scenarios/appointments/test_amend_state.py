"""Amend an appointment: versions, the appointment's state, its id, and bodies that cannot be an amendment of it."""

from __future__ import annotations

from typing import Any

from conformance.checks import update_effects
from conformance.checks.bookings import texts_kept
from conformance.checks.json_values import extensions
from conformance.checks.response import success
from conformance.consumer import request_bodies
from conformance.consumer.request_mutations import body_set, body_without, header, no_body, raw_body, without_header
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.amend_cancel import (
    AMEND,
    COMMENT,
    INVALID,
    MALFORMED,
    NO_APPOINTMENT,
    STALE,
    amending,
    arranged,
    expect_past,
    expect_refusal,
    expect_stale,
    of_the_past,
    only_winner,
    refreshed,
    send,
)
from conformance.scenarios.steps.amend_cancel_effects import expect_none_made, kept_or_refused
from conformance.scenarios.steps.amend_cancel_mutations import (
    Ground,
    cut_short,
    deviating,
    edit,
    instead,
    without_provider_elements,
)
from conformance.scenarios.steps.booking import text_of
from conformance.scenarios.steps.refusals import expect_refused

GUARDED = "amend.refuses-and-applies"

VERSIONS = table(
    AMEND,
    case("amend.stale", "An amendment whose If-Match names no version of the appointment is refused with 409",
         "STU3-AMEND-033 DSTU2-FHIR-011", change=header("If-Match", 'W/"stale"'),
         faults=f"amend.accepts-stale-version amend.stale-is-invalid amend.stale-is-precondition-failed {GUARDED}"),
    case("amend.older", "An amendment based on an older version is refused with 409, and the newer one stays",
         "STU3-AMEND-033 STU3-AMEND-034 DSTU2-FHIR-011", older={"description": "Amended by somebody else"},
         faults=f"amend.accepts-stale-version amend.accepts-older-version {GUARDED}"),
    why="Two people who amend the same appointment must not overwrite each other unawares.",
    fix="Compare If-Match with the current version inside the transaction that writes; return 409 when they differ.",
)  # fmt: skip


@scenarios(VERSIONS)
def test_version(context: ScenarioContext, case: Case) -> None:
    held = context.arrange.booked()
    refreshed(context, held)
    request = amending(context, held, comment=COMMENT)
    if case.get("older"):
        refreshed(context, context.arrange.amended(held, **case["older"]))
    else:
        request = case["change"](request)
    expect_stale(context, held, request)


NO_VERSION = table(
    AMEND,
    case("amend.without-if-match", "An amendment without If-Match is not carried out silently", "STU3-AMEND-035",
         faults="amend.accepts-missing-version",
         expect=refused("BAD_REQUEST", also=["409", "412"], tolerated=["200"],
                        because="The header is the consumer's duty; what a provider makes of its absence is open.")),
    why="Without the version nobody knows what the amendment was based on.",
    fix="Respond to a PUT without If-Match with 400 BAD_REQUEST: an expected header is missing.",
)  # fmt: skip


@scenarios(NO_VERSION)
def test_without_version(context: ScenarioContext, case: Case) -> None:
    held = arranged(context, case)
    request = without_header("If-Match")(amending(context, held, comment=COMMENT))
    expect_refusal(Ground(context, held, request), case["expect"])


AT_ONCE = table(
    AMEND,
    case("amend.at-once", "Of two simultaneous amendments of the same version exactly one succeeds, time after time",
         "STU3-AMEND-034 DSTU2-FHIR-011", rivals=2, faults="amend.race amend.accepts-stale-version"),
    case("amend.at-once-five", "Of five simultaneous amendments of the same version exactly one succeeds, time after time",
         "STU3-AMEND-034 DSTU2-FHIR-011", rivals=5, faults="amend.race amend.accepts-stale-version"),
    why="Of two people who save at the same moment one loses the work without being told.",
    fix="Check the version and write in one transaction that excludes other writers.",
)  # fmt: skip


@scenarios(AT_ONCE)
def test_at_once(context: ScenarioContext, case: Case) -> None:
    held = arranged(context, case)
    for turn in range(context.config.run.double_booking_pairs):
        refreshed(context, held)
        texts = [f"Amended in turn {turn} by number {number}" for number in range(case["rivals"])]
        number = only_winner(context, [amending(context, held, comment=text) for text in texts], STALE)
        if number is not None:
            context.judge(context.arrange.read(held.id), success("Appointment"), texts_kept({"comment": texts[number]}))


CANCELLED = table(
    AMEND,
    case("amend.cancelled", "An amendment of a cancelled appointment is refused", "STU3-AMEND-031", status="cancelled",
         faults=f"amend.accepts-cancelled amend.cancelled-is-not-found {GUARDED}"),
    case("amend.cancelled-as-booked", "A cancelled appointment is not booked again by an amendment", "STU3-AMEND-031",
         status="booked", faults=f"amend.revives-cancelled {GUARDED}"),
    why="What was cancelled may have gone to somebody else by now.",
    fix="Refuse an amendment of a cancelled appointment with 422 INVALID_RESOURCE.",
)  # fmt: skip


@scenarios(CANCELLED)
def test_cancelled(context: ScenarioContext, case: Case) -> None:
    held = arranged(context, case)
    context.arrange.cancelled(held)
    refreshed(context, held)
    body = request_bodies.amendment(held.value, comment=COMMENT)
    if case["status"] == "booked":
        reasons = extensions(body, request_bodies.extension_url(context.edition, "cancellation_reason"))
        body = {**body, "status": "booked", "extension": [item for item in body["extension"] if item not in reasons]}
    request = context.requests.amend(body, held.etag, nhs_number=held.patient.nhs_number)
    expect_refusal(Ground(context, held, request), refused("INVALID_RESOURCE", tolerated=["4xx"]))
    held.cancelled = held.cancelled or held.value.get("status") == "cancelled"


CANCELLATION_REASON = table(
    AMEND,
    case("amend.cancelled-reason", "The cancellation reason of a cancelled appointment is amended, or the request refused",
         "DSTU2-AMEND-017", faults="amend.cancelled-is-server-error amend.loses-cancellation"),
    why="The page lets the reason be modified once an appointment is cancelled.",
    fix="Store the new reason and return 200, or refuse with an OperationOutcome.",
)  # fmt: skip


@scenarios(CANCELLATION_REASON)
def test_cancellation_reason(context: ScenarioContext, case: Case) -> None:
    held = arranged(context, case)
    context.arrange.cancelled(held)
    refreshed(context, held)
    body = request_bodies.cancellation(context.edition, held.value, "The patient has recovered")
    update = send(context, held, context.requests.amend(body, held.etag, nhs_number=held.patient.nhs_number))
    if update.response.status == 200:
        read = update.read()
        if context.judge(read, success("Appointment")):
            context.judge(read, update_effects.reason_begins("The patient has recovered"))
    else:
        expect_refused(
            context,
            update.response,
            refused("INVALID_RESOURCE", also=["4xx"], because="The page leaves open who may do it."),
        )
        context.effects.unchanged(held)


NO_SUCH = table(
    AMEND,
    case("amend.unknown", "An amendment of an appointment that does not exist is refused and makes none",
         "STU3-AMEND-036 STU3-FHIR-032 DSTU2-AMEND-020", faults="amend.unknown-is-created amend.unknown-is-server-error"),
    why="An update that creates would put appointments into the diary that hold no slot.",
    fix="Return 404 for an id that is not there; do not create.",
)  # fmt: skip


@scenarios(NO_SUCH)
def test_unknown(context: ScenarioContext, case: Case) -> None:
    held = arranged(context, case)
    unknown = context.config.data.unknown.logical_id
    body = request_bodies.amendment(held.value, id=unknown, comment=COMMENT)
    response = context.send(context.requests.amend(body, held.etag, nhs_number=held.patient.nhs_number))
    expect_none_made(context, held, unknown, response)


BAD_ID = refused(
    "BAD_REQUEST", also=["INVALID_RESOURCE"], because="FHIR asks for a refusal and names no code of GP Connect."
)

IDS = table(
    AMEND,
    case("amend.id-of-another", "An amendment whose body is another appointment than its URL is refused, and both stay",
         "STU3-AMEND-037 DSTU2-AMEND-019", other=True, faults=f"amend.accepts-other-id {GUARDED}"),
    case("amend.without-id", "An amendment whose body has no id is refused",
         "STU3-AMEND-037 DSTU2-AMEND-019", other=False, faults=f"amend.accepts-other-id {GUARDED}"),
    why="If URL and body name different appointments one of them is a mistake, and nobody knows which.",
    fix="Compare Appointment.id with the id in the URL before anything else.",
)  # fmt: skip


@scenarios(IDS)
def test_id(context: ScenarioContext, case: Case) -> None:
    held = arranged(context, case)
    other = refreshed(context, context.arrange.booked()) if case["other"] else None
    change = body_set("id", other.id) if other else body_without("id")
    expect_refusal(Ground(context, held, change(amending(context, held, comment=COMMENT))), BAD_ID)
    if other:
        context.effects.unchanged(other)


# Bodies

_BODY = "STU3-AMEND-038 DSTU2-AMEND-018"


def _patient(ground: Ground) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": ground.held.id, "active": True}


def _bundle(ground: Ground) -> dict[str, Any]:
    return {"resourceType": "Bundle", "id": ground.held.id, "type": "collection", "entry": [{"resource": ground.body}]}


BODIES = table(
    AMEND,
    case("amend.cut-short", "An amendment whose body breaks off is refused with 400", _BODY, change=cut_short,
         expect=MALFORMED, faults="amend.guesses-broken-bodies amend.malformed-is-invalid"),
    case("amend.no-json", "An amendment whose body is no JSON is refused with 400", _BODY,
         change=raw_body(b"comment=amended", "with a form as its body"), expect=MALFORMED,
         faults="amend.guesses-broken-bodies amend.malformed-is-invalid"),
    case("amend.no-body", "An amendment without a body is refused with 400", _BODY, change=no_body(), expect=MALFORMED,
         faults="amend.guesses-broken-bodies amend.malformed-is-invalid"),
    case("amend.patient-body", "An amendment whose body is a Patient is refused", _BODY,
         change=instead(_patient, "with a Patient as its body"), expect=NO_APPOINTMENT,
         faults="amend.takes-any-type"),
    case("amend.bundle-body", "An amendment whose body is a Bundle is refused", _BODY,
         change=instead(_bundle, "with a Bundle as its body"), expect=NO_APPOINTMENT, faults="amend.takes-any-type"),
    case("amend.list-body", "An amendment whose body is a list is refused", _BODY,
         change=instead(lambda ground: [ground.body], "with a list as its body"), expect=NO_APPOINTMENT,
         faults="amend.takes-any-type"),
    case("amend.without-description", "An amendment without a description is refused", _BODY,
         change=body_without("description"), expect=INVALID, faults=f"amend.accepts-missing-description {GUARDED}"),
    case("amend.without-participants", "An amendment without participants is refused", _BODY,
         change=body_without("participant"), expect=INVALID, faults=f"amend.ignores-participants {GUARDED}"),
    case("amend.without-status", "An amendment without a status is refused", _BODY,
         change=body_without("status"), expect=INVALID, faults=f"amend.ignores-status {GUARDED}"),
    case("amend.without-start", "An amendment without a start is refused", _BODY,
         change=body_without("start"), expect=INVALID, faults=f"amend.ignores-start {GUARDED}"),
    case("amend.without-slot", "An amendment without slots is refused", _BODY,
         change=body_without("slot"), expect=INVALID, faults=f"amend.ignores-slots {GUARDED}"),
    case("amend.unknown-property", "An amendment with an element that FHIR does not know is refused", _BODY,
         change=edit("urgency", "high"), expect=INVALID,
         faults=f"amend.ignores-unknown-properties amend.accepts-invalid {GUARDED}"),
    why="A body that is guessed at changes appointments in ways nobody asked for.",
    fix="Read the body strictly, hold it to the Appointment profile, and refuse it before anything is stored.",
)  # fmt: skip


@scenarios(BODIES)
def test_body(context: ScenarioContext, case: Case) -> None:
    held = arranged(context, case)
    ground = Ground(context, held, amending(context, held, comment=COMMENT))
    deviating(ground, case["change"])
    expect_refusal(ground, context.parameter("expect"))


LONG = table(
    AMEND,
    case("amend.description-101", "A description of 101 characters is stored whole or refused",
         "STU3-AMEND-010", element="description", length=101, faults="amend.cuts-long-texts"),
    case("amend.description-10000", "A description of 10000 characters is stored whole or refused",
         "STU3-AMEND-010", element="description", length=10_000, faults="amend.cuts-long-texts"),
    case("amend.comment-501", "A comment of 501 characters is stored whole or refused",
         "STU3-AMEND-010", element="comment", length=501, faults="amend.cuts-long-texts"),
    case("amend.comment-10000", "A comment of 10000 characters is stored whole or refused",
         "STU3-AMEND-010", element="comment", length=10_000, faults="amend.cuts-long-texts"),
    why="A text that is cut without a word may lose just what mattered.",
    fix="Refuse with 422 INVALID_RESOURCE a text that is longer than you can store.",
    noted="C-TEXT-LIMIT",
)  # fmt: skip


@scenarios(LONG)
def test_long_text(context: ScenarioContext, case: Case) -> None:
    held = arranged(context, case)
    update = send(context, held, amending(context, held, **{case["element"]: text_of(case["length"])}))
    if update.response.status == 200:
        whole = texts_kept({case["element"]: update.sent[case["element"]]})
        context.judge(update.response, whole)
        context.judge(update.read(), success("Appointment"), whole)
    else:
        expect_refused(
            context,
            update.response,
            refused("INVALID_RESOURCE", also=["4xx"], because="Any error is allowed for a long text."),
        )
        context.effects.unchanged(held)


OMITTED = table(
    AMEND,
    case("amend.omitted", "An amendment without what the provider itself supplied is carried out, or refused",
         "STU3-AMEND-040", faults="amend.omitted-is-server-error amend.loses-what-is-omitted", noted="C-OMITTED-ELEMENTS"),
    why="The page's own example of a request leaves these elements out, though its text warns that this may be refused.",
    fix="Take what is left out of your own elements for unchanged, and return them.",
)  # fmt: skip


@scenarios(OMITTED)
def test_omitted(context: ScenarioContext, case: Case) -> None:
    held = arranged(context, case)
    ground = Ground(context, held, amending(context, held, comment=COMMENT))
    update = send(context, held, deviating(ground, without_provider_elements))
    kept_or_refused(update)


PAST_TABLE = table(
    AMEND,
    case("amend.past", "An amendment of an appointment of the past is refused", "STU3-AMEND-032",
         faults="amend.accepts-past",
         noted="C-TODAY"),
    why="What happened cannot be changed any more; a record that says otherwise is false.",
    fix="Refuse the amendment of an appointment whose start has passed.",
)  # fmt: skip


@scenarios(PAST_TABLE)
def test_past(context: ScenarioContext, case: Case) -> None:
    value, etag = of_the_past(context)
    expect_past(context, context.send(context.requests.amend(request_bodies.amendment(value, comment=COMMENT), etag)))
