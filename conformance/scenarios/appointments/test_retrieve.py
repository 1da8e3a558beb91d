"""Retrieve a patient's appointments: the response, whose appointments it contains, and what must not filter them."""

from __future__ import annotations

from datetime import timedelta

from conformance.checks import retrievals
from conformance.checks.appointments import appointment_status, same_as
from conformance.checks.headers import etag
from conformance.checks.json_values import extensions, first, spelled
from conformance.checks.response import status, success
from conformance.checks.searchsets import empty
from conformance.consumer.request_mutations import add_query
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import check_refusal, refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.retrieve import (
    RETRIEVE,
    around,
    as_another_organisation,
    ask,
    day,
    entry_of,
    finding_it,
    later,
    need,
    on,
    own_screens,
    question,
    retrieved,
    spread,
    today,
    whole,
)

BUNDLE = table(
    RETRIEVE,
    case("retrieve.answered", "A retrieval of a patient's appointments in a period returns 200 with a searchset",
         "STU3-RETRIEVE-006 STU3-RETRIEVE-007 STU3-RETRIEVE-008 STU3-FHIR-038 DSTU2-RETRIEVE-003 DSTU2-RETRIEVE-004 "
         "DSTU2-RETRIEVE-011 DSTU2-FHIR-026 DSTU2-FHIR-027",
         holds=lambda _: (success("Bundle"),), shape=False,
         faults="retrieve.created retrieve.not-a-searchset"),
    case("retrieve.only-appointments", "A retrieval returns only appointments",
         "STU3-RETRIEVE-008 DSTU2-RETRIEVE-004", holds=lambda _: (retrievals.only_appointments,),
         faults="retrieve.adds-patient"),
    case("retrieve.each-once", "A retrieval returns no appointment twice",
         "STU3-RETRIEVE-008 STU3-RETRIEVE-011 DSTU2-RETRIEVE-004 DSTU2-RETRIEVE-009", holds=lambda _: (retrievals.each_once,),
         faults="retrieve.lists-twice"),
    case("retrieve.total", "The total returned by a retrieval, if present, is the number of appointments",
         "STU3-RETRIEVE-008 DSTU2-RETRIEVE-004", holds=lambda _: (retrievals.total_counts,), faults="retrieve.wrong-total"),
    case("retrieve.search-mode", "The search mode of entries returned by a retrieval, if present, is match",
         "STU3-RETRIEVE-008 DSTU2-RETRIEVE-004", holds=lambda _: (retrievals.modes_match,), faults="retrieve.mode-include"),
    case("retrieve.full-url", "Every entry returned by a retrieval has the fullUrl of its appointment",
         "DSTU2-RETRIEVE-008", holds=lambda _: (retrievals.full_urls,),
         faults="retrieve.without-full-url retrieve.full-url-of-another"),
    case("retrieve.no-full-url", "Entries returned by a retrieval have no fullUrl", "STU3-RES-013",
         holds=lambda _: (retrievals.no_full_urls,),
         faults="retrieve.with-full-url"),
    case("retrieve.echoes-criteria", "The self link returned by a retrieval has the requested period", "DSTU2-FHIR-025",
         holds=lambda _: (retrievals.echoes("start"),),
         faults="retrieve.no-self-link retrieve.self-link-without-period fhir.without-self-link"),
    case("retrieve.the-patients-own", "Every appointment returned by a retrieval has the requested patient as its only patient",
         "STU3-RETRIEVE-011 DSTU2-RETRIEVE-004 DSTU2-RETRIEVE-010", holds=lambda patient: (retrievals.whose(patient),),
         faults="retrieve.other-patient"),
    shape=True,
    why="A consumer shows its user exactly the appointments of this searchset.",
    fix="Return 200 with a Bundle of type searchset whose entries are the patient's appointments, each once.",
)  # fmt: skip


@scenarios(BUNDLE)
def test_bundle(context: ScenarioContext, case: Case) -> None:
    booked = spread(context, 2)
    response = ask(context, booked[0].patient, *around(*booked))
    if case.get("shape"):
        need(context, response)
        entry_of(context, response, booked[0].id)  # without an appointment there is nothing to judge
    context.judge(response, *case["holds"](context.arrange.patient_id(booked[0].patient)))
    context.findings.note(f"the appointments are returned {retrievals.in_order(response)}", code="order")


EMPTY = table(
    RETRIEVE,
    case("retrieve.none", "A retrieval for a patient without appointments returns 200 with an empty searchset",
         "STU3-RETRIEVE-008 DSTU2-RETRIEVE-005", faults="retrieve.empty-is-404 retrieve.empty-array"),
    case("retrieve.none-with-total", "The total of an empty searchset returned by a retrieval, if present, is 0",
         "STU3-RETRIEVE-008 DSTU2-RETRIEVE-005", holds=(retrievals.total_counts,), faults="retrieve.wrong-total"),
    case("retrieve.none-without-period",
         "A retrieval without a period for a patient without appointments returns an empty searchset",
         "DSTU2-RETRIEVE-005", unbounded=True, faults="retrieve.empty-is-404 retrieve.needs-bounds"),
    why="Having no appointments is not an error; with a 404 a consumer shows its user a failure.",
    fix="Return 200 with a searchset without entries; leave out the element rather than send an empty list.",
)  # fmt: skip


@scenarios(EMPTY)
def test_none(context: ScenarioContext, case: Case) -> None:
    now = today(context)
    period = () if case.get("unbounded") else on(now, later(now, 28))
    response = ask(context, context.arrange.patient("no-appointments"), *period)
    if context.judge(response, success("Bundle")):
        context.judge(response, empty, *case.get("holds", ()))


OWN = table(
    RETRIEVE,
    case("retrieve.not-anothers", "A retrieval does not return an appointment of another patient",
         "STU3-RETRIEVE-011 DSTU2-RETRIEVE-004 DSTU2-RETRIEVE-010", faults="retrieve.all-patients"),
    case("retrieve.patient-parameter",
         "A patient in the query does not extend a retrieval beyond the patient in the path",
         "STU3-RETRIEVE-011 STU3-RETRIEVE-027 DSTU2-RETRIEVE-004 DSTU2-RETRIEVE-010", hijack=True,
         faults="retrieve.trusts-patient-parameter"),
    why="Another patient's appointment in the response is a data breach and a risk to both patients.",
    fix="Select only by the patient whose id is in the path.",
)  # fmt: skip


@scenarios(OWN)
def test_not_anothers(context: ScenarioContext, case: Case) -> None:
    one, other = context.arrange.patient(), context.arrange.patient(index=1)
    booked, foreign = context.arrange.booked(patient=one, read=False), context.arrange.booked(patient=other, read=False)
    more = (("patient", f"Patient/{context.arrange.patient_id(other)}"),) if case.get("hijack") else ()
    response = ask(context, one, *around(booked, foreign), more=more)
    if case.get("hijack") and response.status != 200:
        context.findings.keep(check_refusal(response, refused("INVALID_PARAMETER", also=["4xx"]), context.edition))
        return
    need(context, response)
    context.judge(
        response,
        retrievals.holds_none([foreign.id], "another patient's appointment is in the response"),
        retrievals.whose(context.arrange.patient_id(one)),
    )
    if not case.get("hijack"):
        context.judge(response, retrievals.holds(booked.id))
        back = need(context, ask(context, other, *around(booked, foreign)))
        context.judge(
            back,
            retrievals.holds(foreign.id),
            retrievals.holds_none([booked.id], "it belongs to the first patient"),
        )


CANCELLED = table(
    RETRIEVE,
    case("retrieve.cancelled", "A retrieval returns cancelled appointments too, with the status cancelled",
         "STU3-RETRIEVE-012 DSTU2-RETRIEVE-009", faults="retrieve.only-booked retrieve.always-booked"),
    case("retrieve.cancelled-reason", "A retrieval returns the cancellation reason of a cancelled appointment",
         "STU3-RETRIEVE-012 DSTU2-RETRIEVE-023", faults="retrieve.cancelled-without-reason", reason=True),
    case("retrieve.cancelled-and-booked", "A retrieval returns a booked and a cancelled appointment each with its own status",
         "STU3-RETRIEVE-012 DSTU2-RETRIEVE-009", faults="retrieve.only-booked retrieve.always-cancelled", both=True),
    why="A user who does not see the cancellation believes that the appointment still exists, or never did.",
    fix="Do not filter by status; return the current state of each appointment.",
)  # fmt: skip


@scenarios(CANCELLED)
def test_cancelled(context: ScenarioContext, case: Case) -> None:
    reason = "Cancelled to be found again"
    gone, stands = spread(context, 2)
    context.arrange.cancelled(gone, reason)
    response = need(context, ask(context, gone.patient, *around(gone, stands)))
    if not context.judge(response, retrievals.holds(*((gone.id, stands.id) if case.get("both") else (gone.id,)))):
        return
    entry = entry_of(context, response, gone.id)
    if case.get("reason"):
        urls = context.edition.extension("cancellation_reason")
        reasons = [item.get("valueString") for item in extensions(entry.value, *(urls.accepted if urls else ()))]
        if reasons != [reason]:
            context.findings.fail(
                "the cancellation reason is not returned",
                location="Appointment.extension(cancellation reason)",
                found=spelled(reasons),
                expected=reason,
                exchange=response.number,
            )
        return
    context.judge(entry, appointment_status("cancelled"))
    if case.get("both"):
        context.judge(entry_of(context, response, stands.id), appointment_status("booked"))


CURRENT = table(
    RETRIEVE,
    case("retrieve.version", "A retrieval returns each appointment in its current version, the same as a read",
         "STU3-RETRIEVE-010 DSTU2-RETRIEVE-007", faults="retrieve.without-version retrieve.other-version"),
    case("retrieve.version-after-amend", "A retrieval after an amendment returns the new version",
         "STU3-RETRIEVE-010 DSTU2-RETRIEVE-007", amend=True, faults="retrieve.stale-version"),
    case("retrieve.version-after-cancel", "A retrieval after a cancellation returns the new version",
         "STU3-RETRIEVE-010 DSTU2-RETRIEVE-007", cancel=True, faults="retrieve.stale-version"),
    case("retrieve.as-read", "A retrieval returns an appointment with exactly the content of a read",
         "STU3-RETRIEVE-025 DSTU2-RETRIEVE-023", whole=True,
         faults="retrieve.without-comment retrieve.without-participants retrieve.without-identifier "
                "retrieve.other-profile"),
    case("retrieve.as-read-amended", "A retrieval returns an amended appointment with exactly the content of a read",
         "STU3-RETRIEVE-025 DSTU2-RETRIEVE-023", whole=True, amend=True, faults="retrieve.without-comment"),
    case("retrieve.as-read-cancelled", "A retrieval returns a cancelled appointment with exactly the content of a read",
         "STU3-RETRIEVE-025 DSTU2-RETRIEVE-023", whole=True, cancel=True,
         faults="retrieve.cancelled-without-reason retrieve.cancelled-is-stripped"),
    why="A consumer amends and cancels with what it retrieved; an old or partial representation causes refusals and data loss.",
    fix="Build the responses of retrieve and read from the same current representation of the appointment.",
)  # fmt: skip


@scenarios(CURRENT)
def test_current(context: ScenarioContext, case: Case) -> None:
    booked = context.arrange.booked()
    if case.get("amend"):
        body = {**booked.value, "comment": "Amended to be found again"}
        response = context.send(context.requests.amend(body, booked.etag, nhs_number=booked.patient.nhs_number))
        context.need(response, success("Appointment"), what="the appointment could not be amended")
    if case.get("cancel"):
        context.arrange.cancelled(booked)
    read = context.arrange.read(booked.id)
    context.need(read, success("Appointment"), etag, what="the appointment cannot be read with its version")
    entry = retrieved(context, booked)
    if case.get("whole"):
        context.judge(entry, same_as(read.resource))
        return
    found, wanted = first(entry.value, "meta.versionId"), first(read.value, "meta.versionId")
    if found != wanted:
        context.findings.fail(
            "the version retrieved differs from the version read",
            location="Appointment.meta.versionId",
            found=spelled(found),
            expected=spelled(wanted),
            exchange=entry.number,
        )


UNFILTERED = table(
    RETRIEVE,
    case("retrieve.other-organisation", "A retrieval by an organisation that did not book an appointment returns it",
         "STU3-RETRIEVE-013 DSTU2-RETRIEVE-009",
         faults="retrieve.refuses-other-organisations stu3:retrieve.own-bookings-only"),
    why="Everyone who cares for the patient needs to see all the patient's appointments, whichever organisation booked them.",
    fix="Do not filter by the organisation in the token.",
)  # fmt: skip


@scenarios(UNFILTERED)
def test_other_organisation(context: ScenarioContext, case: Case) -> None:
    booked = context.arrange.booked()
    response = whole(context, question(context, booked.patient, *around(booked)), as_another_organisation(context))
    if context.judge(response, success("Bundle")):
        context.judge(response, retrievals.holds(booked.id))


OWN_SCREENS = table(
    RETRIEVE,
    case("retrieve.own-screens", "A retrieval returns an appointment that was booked in the provider's own system",
         "STU3-RETRIEVE-013 DSTU2-RETRIEVE-009", name="own_system", faults="retrieve.only-gp-connect"),
    case("retrieve.not-for-gp-connect", "A retrieval returns an appointment in a slot that is not bookable by GP Connect",
         "STU3-RETRIEVE-026 STU3-SLOT-061 DSTU2-RETRIEVE-009", name="own_system", faults="retrieve.hides-kept-slots"),
    case("retrieve.earlier-today", "A retrieval returns all of today's appointments, including those earlier today",
         "STU3-RETRIEVE-015 DSTU2-RETRIEVE-009", name="earlier_today", only_today=True, faults="retrieve.hides-earlier-today"),
    why="For the consumer's user an appointment that is not returned does not exist.",
    fix="Select by patient and start date only.",
)  # fmt: skip


@scenarios(OWN_SCREENS)
def test_own_screens(context: ScenarioContext, case: Case) -> None:
    wanted, now = own_screens(context, case["name"]), today(context)
    period = on(now) if case.get("only_today") else on(now, later(now, 90))
    found, responses = finding_it(context, wanted, *period)
    if context.judge(responses[-1], success("Bundle"), retrievals.starting(*period)) and not found:
        context.findings.fail(
            f"Appointment/{wanted} is found for none of the bookable patients",
            location="Bundle.entry",
            found=f"{len(responses)} patients requested",
            expected="one that has it",
            exchange=responses[-1].number,
        )


ALL_PATIENTS = table(
    RETRIEVE,
    case("retrieve.none-of-the-past", "A retrieval returns no appointment before today",
         "STU3-RETRIEVE-014", faults="retrieve.overlooks-bounds"),
    why="GP Connect returns appointments of today and later; earlier ones are part of the record.",
    fix="Leave out appointments that start before today.",
)  # fmt: skip


@scenarios(ALL_PATIENTS)
def test_none_of_the_past(context: ScenarioContext, case: Case) -> None:
    now, seen = today(context), 0
    context.arrange.booked(read=False)
    for patient in context.config.data.patients_with("bookable"):
        response = need(context, ask(context, patient, *on(now, later(now, 364))))
        context.judge(response, retrievals.not_before(now))
        seen += len(retrievals.appointments(response))
    if not seen:
        context.cannot("no bookable patient has an appointment")


DISSENT = table(
    RETRIEVE,
    case("retrieve.dissent", "A retrieval returns the appointments of a patient who dissents from sharing",
         "STU3-RETRIEVE-028", faults="retrieve.refuses-dissent"),
    why="Dissent concerns the record; the patient's appointments must be managed nevertheless.",
    fix="Do not apply the dissent flag to appointments.",
)  # fmt: skip


@scenarios(DISSENT)
def test_dissent(context: ScenarioContext, case: Case) -> None:
    now = today(context)
    context.judge(ask(context, context.arrange.patient("dissent"), *on(now, later(now, 28))), success("Bundle"))


EXTRA = table(
    RETRIEVE,
    case("retrieve.unknown-parameter", "A retrieval ignores an unknown parameter",
         "STU3-RETRIEVE-027 STU3-FHIR-037 DSTU2-FHIR-024", extra=(("foo", "bar"),),
         faults="retrieve.refuses-unknown-parameter"),
    case("retrieve.count-and-sort", "A retrieval with _count and _sort, which are out of scope, is not refused",
         "STU3-RETRIEVE-027 DSTU2-RETRIEVE-026", extra=(("_count", "50"), ("_sort", "date")), faults="retrieve.refuses-sort"),
    why="Consumers of a later release may send parameters that this release does not define.",
    fix="Ignore unknown parameters.",
)  # fmt: skip


@scenarios(EXTRA)
def test_extra_parameters(context: ScenarioContext, case: Case) -> None:
    booked = context.arrange.booked()
    changes = [add_query(name, value) for name, value in case["extra"]]
    response = whole(context, question(context, booked.patient, *around(booked)), *changes)
    if context.judge(response, success("Bundle")):
        context.judge(response, retrievals.holds(booked.id))


STEADY = table(
    RETRIEVE,
    case("retrieve.repeatable", "A repeated retrieval returns the same appointments",
         "STU3-RETRIEVE-011 DSTU2-RETRIEVE-009", faults="retrieve.flickers"),
    case("retrieve.harmless", "A retrieval does not change an appointment or its version",
         "STU3-RETRIEVE-010 DSTU2-RETRIEVE-007", harmless=True, faults="retrieve.bumps-version"),
    why="If a retrieval changes the appointments, every later step of the user fails.",
    fix="Respond from the stored record, and store nothing on a retrieval.",
)  # fmt: skip


@scenarios(STEADY)
def test_steady(context: ScenarioContext, case: Case) -> None:
    booked = spread(context, 2)
    period = around(*booked)
    as_read = context.arrange.read(booked[0].id)
    before = need(context, ask(context, booked[0].patient, *period))
    if case.get("harmless"):
        context.need(as_read, success("Appointment"), what="the appointment cannot be read")
        context.judge(context.arrange.read(booked[0].id), success("Appointment"), same_as(as_read.resource))
        return
    again = ask(context, booked[0].patient, *period)
    if context.judge(again, status(200)):
        context.judge(
            again,
            retrievals.same_appointments(retrievals.ids(before), "those found a moment before"),
        )
        context.judge(before, retrievals.holds(*(item.id for item in booked)))


YEAR = table(
    RETRIEVE,
    case("retrieve.a-year", "A retrieval for a period of a year is accepted",
         "STU3-RETRIEVE-008 STU3-RETRIEVE-011 DSTU2-RETRIEVE-011", faults="retrieve.two-weeks-at-most"),
    why="Only the slot search is limited to two weeks.",
    fix="Do not limit the length of the period.",
)  # fmt: skip


@scenarios(YEAR)
def test_a_year(context: ScenarioContext, case: Case) -> None:
    booked = context.arrange.booked()
    start = min(today(context), day(booked))
    response = ask(context, booked.patient, f"ge{start}", f"le{start + timedelta(days=364)}")
    if context.judge(response, success("Bundle")):
        context.judge(response, retrievals.holds(booked.id))
