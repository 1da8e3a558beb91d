"""Retrieve a patient's appointments: the answer, whose appointments are in it, and what must not filter them."""

from __future__ import annotations

from datetime import timedelta

from conformance.checks import retrievals
from conformance.checks.answers import status, success
from conformance.checks.appointments import appointment_status, same_as
from conformance.checks.headers import etag
from conformance.checks.searchsets import empty
from conformance.checks.values import extensions, first
from conformance.consumer.deviations import add_query
from conformance.harness.case import Case, case, scenarios, table
from conformance.harness.expect import check_refusal, refused
from conformance.harness.scene import Scene
from conformance.scenarios.retrieving import (
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
    case("retrieve.answered", "A question for a patient's appointments in a period is answered 200 with a searchset",
         "STU3-RETRIEVE-006 STU3-RETRIEVE-007 STU3-RETRIEVE-008 STU3-FHIR-038 DSTU2-RETRIEVE-003 DSTU2-RETRIEVE-004 "
         "DSTU2-RETRIEVE-011 DSTU2-FHIR-026 DSTU2-FHIR-027",
         holds=lambda _: (success("Bundle"),), shape=False,
         faults="retrieve.created retrieve.not-a-searchset"),
    case("retrieve.only-appointments", "The searchset holds appointments and nothing else",
         "STU3-RETRIEVE-008 DSTU2-RETRIEVE-004", holds=lambda _: (retrievals.only_appointments,),
         faults="retrieve.adds-patient"),
    case("retrieve.each-once", "No appointment stands in the searchset twice",
         "STU3-RETRIEVE-008 STU3-RETRIEVE-011 DSTU2-RETRIEVE-004 DSTU2-RETRIEVE-009", holds=lambda _: (retrievals.each_once,),
         faults="retrieve.lists-twice"),
    case("retrieve.total", "The total of the searchset, where it is given, is the number of appointments found",
         "STU3-RETRIEVE-008 DSTU2-RETRIEVE-004", holds=lambda _: (retrievals.total_counts,), faults="retrieve.wrong-total"),
    case("retrieve.search-mode", "Entries that say why they are in the searchset say that they match",
         "STU3-RETRIEVE-008 DSTU2-RETRIEVE-004", holds=lambda _: (retrievals.modes_match,), faults="retrieve.mode-include"),
    case("retrieve.full-url", "Every entry has a fullUrl that names its appointment",
         "DSTU2-RETRIEVE-008", holds=lambda _: (retrievals.full_urls,),
         faults="retrieve.without-full-url retrieve.full-url-of-another"),
    case("retrieve.no-full-url", "Entries have no fullUrl", "STU3-RES-013", holds=lambda _: (retrievals.no_full_urls,),
         faults="retrieve.with-full-url"),
    case("retrieve.echoes-criteria", "The searchset says in its self link which period it is for", "DSTU2-FHIR-025",
         holds=lambda _: (retrievals.echoes("start"),),
         faults="retrieve.no-self-link retrieve.self-link-without-period fhir.without-self-link"),
    case("retrieve.the-patients-own", "Every appointment found has the patient asked for as its only patient",
         "STU3-RETRIEVE-011 DSTU2-RETRIEVE-004 DSTU2-RETRIEVE-010", holds=lambda patient: (retrievals.whose(patient),),
         faults="retrieve.other-patient"),
    shape=True,
    why="The searchset is all that a consumer shows its user of a patient's appointments.",
    mend="Answer 200 with a Bundle of type searchset whose entries are the patient's appointments, each once.",
)  # fmt: skip


@scenarios(BUNDLE)
def test_bundle(scene: Scene, case: Case) -> None:
    booked = spread(scene, 2)
    reply = ask(scene, booked[0].patient, *around(*booked))
    if case.get("shape"):
        need(scene, reply)
        entry_of(scene, reply, booked[0].id)  # nothing is judged of nothing
    scene.judge(reply, *case["holds"](scene.patient_id(booked[0].patient)))
    scene.note(f"the appointments are told {retrievals.in_order(reply)}", code="order")


EMPTY = table(
    RETRIEVE,
    case("retrieve.none", "A patient who has no appointments is answered 200 with an empty searchset",
         "STU3-RETRIEVE-008 DSTU2-RETRIEVE-005", faults="retrieve.empty-is-404 retrieve.empty-array"),
    case("retrieve.none-with-total", "A total of an empty searchset is 0",
         "STU3-RETRIEVE-008 DSTU2-RETRIEVE-005", holds=(retrievals.total_counts,), faults="retrieve.wrong-total"),
    case("retrieve.none-without-period", "A patient without appointments, asked for without a period, has an empty searchset",
         "DSTU2-RETRIEVE-005", unbounded=True, faults="retrieve.empty-is-404 retrieve.needs-bounds"),
    why="To have no appointments is no error; a consumer that is told 404 shows its user a failure.",
    mend="Answer 200 with a searchset without entries; leave out the element rather than send an empty list.",
)  # fmt: skip


@scenarios(EMPTY)
def test_none(scene: Scene, case: Case) -> None:
    now = today(scene)
    period = () if case.get("unbounded") else on(now, later(now, 28))
    reply = ask(scene, scene.patient("no-appointments"), *period)
    if scene.judge(reply, success("Bundle")):
        scene.judge(reply, empty, *case.get("holds", ()))


OWN = table(
    RETRIEVE,
    case("retrieve.not-anothers", "An appointment booked for another patient is not among the patient's",
         "STU3-RETRIEVE-011 DSTU2-RETRIEVE-004 DSTU2-RETRIEVE-010", faults="retrieve.all-patients"),
    case("retrieve.patient-parameter", "A patient named in the query does not widen the answer beyond the patient of the path",
         "STU3-RETRIEVE-011 STU3-RETRIEVE-027 DSTU2-RETRIEVE-004 DSTU2-RETRIEVE-010", hijack=True,
         faults="retrieve.trusts-patient-parameter"),
    why="Another patient's appointment in the answer is a breach of confidence and a danger to both.",
    mend="Select by the patient whose id is in the path, and by nothing else.",
)  # fmt: skip


@scenarios(OWN)
def test_not_anothers(scene: Scene, case: Case) -> None:
    one, other = scene.patient(), scene.patient(index=1)
    booked, foreign = scene.booked(patient=one), scene.booked(patient=other)
    more = (("patient", f"Patient/{scene.patient_id(other)}"),) if case.get("hijack") else ()
    reply = ask(scene, one, *around(booked, foreign), more=more)
    if case.get("hijack") and reply.status != 200:
        scene.keep(check_refusal(reply, refused("INVALID_PARAMETER", also=["4xx"]), scene.edition))
        return
    need(scene, reply)
    scene.judge(
        reply, retrievals.holds_none([foreign.id], "another patient's appointment is in the answer"),
        retrievals.whose(scene.patient_id(one)),
    )  # fmt: skip
    if not case.get("hijack"):
        scene.judge(reply, retrievals.holds(booked.id))
        back = need(scene, ask(scene, other, *around(booked, foreign)))
        scene.judge(
            back, retrievals.holds(foreign.id), retrievals.holds_none([booked.id], "it belongs to the first patient")
        )


CANCELLED = table(
    RETRIEVE,
    case("retrieve.cancelled", "A cancelled appointment is found like any other, with the status cancelled",
         "STU3-RETRIEVE-012 DSTU2-RETRIEVE-009", faults="retrieve.only-booked retrieve.always-booked"),
    case("retrieve.cancelled-reason", "A cancelled appointment that is found says why it was cancelled",
         "STU3-RETRIEVE-012 DSTU2-RETRIEVE-023", faults="retrieve.cancelled-without-reason", reason=True),
    case("retrieve.cancelled-and-booked", "Of two appointments, one of them cancelled, each is found with its own status",
         "STU3-RETRIEVE-012 DSTU2-RETRIEVE-009", faults="retrieve.only-booked retrieve.always-cancelled", both=True),
    why="A user who does not see that an appointment was cancelled believes that it stands, or that it was never made.",
    mend="Do not filter by status; show each appointment as it is now.",
)  # fmt: skip


@scenarios(CANCELLED)
def test_cancelled(scene: Scene, case: Case) -> None:
    reason = "Cancelled to be found again"
    gone, stands = spread(scene, 2)
    scene.cancelled(gone, reason)
    reply = need(scene, ask(scene, gone.patient, *around(gone, stands)))
    if not scene.judge(reply, retrievals.holds(*((gone.id, stands.id) if case.get("both") else (gone.id,)))):
        return
    entry = entry_of(scene, reply, gone.id)
    if case.get("reason"):
        urls = scene.edition.extension("cancellation_reason")
        told = [item.get("valueString") for item in extensions(entry.value, *(urls.accepted if urls else ()))]
        if told != [reason]:
            scene.fail("the reason for cancelling is not told", location="Appointment.extension(cancellation reason)",
                       found=str(told), expected=reason, exchange=reply.number)  # fmt: skip
        return
    scene.judge(entry, appointment_status("cancelled"))
    if case.get("both"):
        scene.judge(entry_of(scene, reply, stands.id), appointment_status("booked"))


CURRENT = table(
    RETRIEVE,
    case("retrieve.version", "Each appointment found carries its current version, the one that a read names",
         "STU3-RETRIEVE-010 DSTU2-RETRIEVE-007", faults="retrieve.without-version retrieve.other-version"),
    case("retrieve.version-after-amend", "After an amendment the new version is found",
         "STU3-RETRIEVE-010 DSTU2-RETRIEVE-007", amend=True, faults="retrieve.stale-version"),
    case("retrieve.version-after-cancel", "After a cancellation the new version is found",
         "STU3-RETRIEVE-010 DSTU2-RETRIEVE-007", cancel=True, faults="retrieve.stale-version"),
    case("retrieve.as-read", "An appointment is told by retrieve as it is told by read, element for element",
         "STU3-RETRIEVE-025 DSTU2-RETRIEVE-023", whole=True,
         faults="retrieve.without-comment retrieve.without-participants retrieve.without-identifier "
                "retrieve.other-profile"),
    case("retrieve.as-read-amended", "An amended appointment is told by retrieve as it is told by read",
         "STU3-RETRIEVE-025 DSTU2-RETRIEVE-023", whole=True, amend=True, faults="retrieve.without-comment"),
    case("retrieve.as-read-cancelled", "A cancelled appointment is told by retrieve as it is told by read",
         "STU3-RETRIEVE-025 DSTU2-RETRIEVE-023", whole=True, cancel=True,
         faults="retrieve.cancelled-without-reason retrieve.cancelled-is-stripped"),
    why="A consumer amends and cancels with what it retrieved; an old or partial representation leads to refusals and losses.",
    mend="Answer retrieve and read from the same representation of the appointment as it is now.",
)  # fmt: skip


@scenarios(CURRENT)
def test_current(scene: Scene, case: Case) -> None:
    booked = scene.booked()
    if case.get("amend"):
        body = {**booked.value, "comment": "Amended to be found again"}
        reply = scene.send(scene.requests.amend(body, booked.etag, nhs_number=booked.patient.nhs_number))
        scene.need(reply, success("Appointment"), what="the appointment could not be amended")
    if case.get("cancel"):
        scene.cancelled(booked)
    read = scene.read(booked.id)
    scene.need(read, success("Appointment"), etag, what="the appointment cannot be read with its version")
    entry = retrieved(scene, booked)
    if case.get("whole"):
        scene.judge(entry, same_as(read.resource))
        return
    found, wanted = first(entry.value, "meta.versionId"), first(read.value, "meta.versionId")
    if found != wanted:
        scene.fail("another version is found than is read", location="Appointment.meta.versionId", found=str(found),
                   expected=str(wanted), exchange=entry.number)  # fmt: skip


UNFILTERED = table(
    RETRIEVE,
    case("retrieve.other-organisation", "An appointment is found by an organisation that did not book it",
         "STU3-RETRIEVE-013 DSTU2-RETRIEVE-009",
         faults="retrieve.refuses-other-organisations stu3:retrieve.own-bookings-only"),
    why="Whoever cares for the patient needs to see all of the patient's appointments, whoever made them.",
    mend="Do not filter by the organisation in the token.",
)  # fmt: skip


@scenarios(UNFILTERED)
def test_other_organisation(scene: Scene, case: Case) -> None:
    booked = scene.booked()
    reply = whole(scene, question(scene, booked.patient, *around(booked)), as_another_organisation(scene))
    if scene.judge(reply, success("Bundle")):
        scene.judge(reply, retrievals.holds(booked.id))


OWN_SCREENS = table(
    RETRIEVE,
    case("retrieve.own-screens", "An appointment that was made in the provider's own screens is found",
         "STU3-RETRIEVE-013 DSTU2-RETRIEVE-009", name="own_system", faults="retrieve.only-gp-connect"),
    case("retrieve.not-for-gp-connect", "An appointment in a slot that is not open to GP Connect is found",
         "STU3-RETRIEVE-026 STU3-SLOT-061 DSTU2-RETRIEVE-009", name="own_system", faults="retrieve.hides-kept-slots"),
    case("retrieve.earlier-today", "All of today's appointments are found, those whose time has passed included",
         "STU3-RETRIEVE-015 DSTU2-RETRIEVE-009", name="earlier_today", only_today=True, faults="retrieve.hides-earlier-today"),
    why="An appointment that is left out does not exist for the user of the consumer.",
    mend="Select by patient and start date only.",
)  # fmt: skip


@scenarios(OWN_SCREENS)
def test_own_screens(scene: Scene, case: Case) -> None:
    wanted, now = own_screens(scene, case["name"]), today(scene)
    period = on(now) if case.get("only_today") else on(now, later(now, 90))
    found, replies = finding_it(scene, wanted, *period)
    if scene.judge(replies[-1], success("Bundle"), retrievals.starting(*period)) and not found:
        scene.fail(f"Appointment/{wanted} is found for none of the bookable patients", location="Bundle.entry",
                   found=f"{len(replies)} patients asked for", expected="one that has it",
                   exchange=replies[-1].number)  # fmt: skip


ALL_PATIENTS = table(
    RETRIEVE,
    case("retrieve.none-of-the-past", "No appointment of a day before today is found",
         "STU3-RETRIEVE-014", faults="retrieve.overlooks-bounds"),
    why="GP Connect shows appointments of today and later; earlier ones are part of the record.",
    mend="Leave out what starts before today, whatever else the answer holds.",
)  # fmt: skip


@scenarios(ALL_PATIENTS)
def test_none_of_the_past(scene: Scene, case: Case) -> None:
    now, seen = today(scene), 0
    scene.booked()
    for patient in scene.config.data.patients_with("bookable"):
        reply = need(scene, ask(scene, patient, *on(now, later(now, 364))))
        scene.judge(reply, retrievals.not_before(now))
        seen += len(retrievals.appointments(reply))
    if not seen:
        scene.cannot("no bookable patient has an appointment")


DISSENT = table(
    RETRIEVE,
    case("retrieve.dissent", "The appointments of a patient who dissents from sharing records are answered",
         "STU3-RETRIEVE-028", faults="retrieve.refuses-dissent"),
    why="Dissent concerns the record; the patient's appointments have to be managed all the same.",
    mend="Do not apply the dissent flag to appointments.",
)  # fmt: skip


@scenarios(DISSENT)
def test_dissent(scene: Scene, case: Case) -> None:
    now = today(scene)
    scene.judge(ask(scene, scene.patient("dissent"), *on(now, later(now, 28))), success("Bundle"))


EXTRA = table(
    RETRIEVE,
    case("retrieve.unknown-parameter", "A parameter that the provider does not know is ignored",
         "STU3-RETRIEVE-027 STU3-FHIR-037 DSTU2-FHIR-024", extra=(("foo", "bar"),),
         faults="retrieve.refuses-unknown-parameter"),
    case("retrieve.count-and-sort", "_count and _sort, which are out of scope, are heeded or ignored, never refused",
         "STU3-RETRIEVE-027", extra=(("_count", "50"), ("_sort", "date")), faults="retrieve.refuses-sort"),
    why="Consumers of a later release may send more than this one knows.",
    mend="Ignore parameters that you do not know.",
)  # fmt: skip


@scenarios(EXTRA)
def test_extra_parameters(scene: Scene, case: Case) -> None:
    booked = scene.booked()
    changes = [add_query(name, value) for name, value in case["extra"]]
    reply = whole(scene, question(scene, booked.patient, *around(booked)), *changes)
    if scene.judge(reply, success("Bundle")):
        scene.judge(reply, retrievals.holds(booked.id))


STEADY = table(
    RETRIEVE,
    case("retrieve.repeatable", "The same question, asked again, finds the same appointments",
         "STU3-RETRIEVE-011 DSTU2-RETRIEVE-009", faults="retrieve.flickers"),
    case("retrieve.harmless", "To be retrieved does not change an appointment, its version included",
         "STU3-RETRIEVE-010 DSTU2-RETRIEVE-007", harmless=True, faults="retrieve.bumps-version"),
    why="A question that changes its own answer, or what it asks about, makes every later step of the user fail.",
    mend="Answer from what is stored, and store nothing when asked.",
)  # fmt: skip


@scenarios(STEADY)
def test_steady(scene: Scene, case: Case) -> None:
    booked = spread(scene, 2)
    period = around(*booked)
    as_read = scene.read(booked[0].id)
    before = need(scene, ask(scene, booked[0].patient, *period))
    if case.get("harmless"):
        scene.need(as_read, success("Appointment"), what="the appointment cannot be read")
        scene.judge(scene.read(booked[0].id), success("Appointment"), same_as(as_read.resource))
        return
    again = ask(scene, booked[0].patient, *period)
    if scene.judge(again, status(200)):
        scene.judge(again, retrievals.same_appointments(retrievals.ids(before), "those found a moment before"))
        scene.judge(before, retrievals.holds(*(item.id for item in booked)))


YEAR = table(
    RETRIEVE,
    case("retrieve.a-year", "A period of a year may be asked for",
         "STU3-RETRIEVE-008 STU3-RETRIEVE-011 DSTU2-RETRIEVE-011", faults="retrieve.two-weeks-at-most"),
    why="Only the search for free slots is limited to two weeks.",
    mend="Do not limit the length of the period.",
)  # fmt: skip


@scenarios(YEAR)
def test_a_year(scene: Scene, case: Case) -> None:
    booked = scene.booked()
    start = min(today(scene), day(booked))
    reply = ask(scene, booked.patient, f"ge{start}", f"le{start + timedelta(days=364)}")
    if scene.judge(reply, success("Bundle")):
        scene.judge(reply, retrievals.holds(booked.id))
