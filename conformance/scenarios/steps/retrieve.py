"""What the scenarios about retrieving share: the request, its complete response, and appointments to retrieve."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from urllib.parse import urlsplit

from conformance.checks.json_values import every, first
from conformance.checks.response import success
from conformance.checks.retrievals import appointments
from conformance.config.model import Patient
from conformance.consumer.request import Change, Pairs, Request
from conformance.consumer.request_mutations import chain, claim_in
from conformance.consumer.response import Response
from conformance.consumer.uk_time import uk_date
from conformance.core.results import Blame
from conformance.engine.arrangement import BookedAppointment
from conformance.engine.context import ScenarioContext
from conformance.engine.slot_pool import FreeSlot
from conformance.engine.stop_reasons import CannotTest

RETRIEVE = "retrieve_patient_appointments"

_MOST_PAGES = 20


def question(context: ScenarioContext, patient: Patient, *starts: str, more: Pairs = ()) -> Request:
    """Return the request for a patient's appointments with these `start` parameters and any that follow."""
    pairs = (*(("start", text) for text in starts), *more)
    return context.requests.of(
        RETRIEVE, id=context.arrange.patient_id(patient), query=pairs, nhs_number=patient.nhs_number
    )


def ask(context: ScenarioContext, patient: Patient, *starts: str, more: Pairs = ()) -> Response:
    """Request a patient's appointments; see `whole`."""
    return whole(context, question(context, patient, *starts, more=more))


def whole(context: ScenarioContext, request: Request, *changes: Change) -> Response:
    """Send a request and return its response, the entries of all further pages (link relation next) added to the first.

    Pages are requested at the configured root whatever host their link names. CannotTest when there are too many.
    """
    for change in changes:
        request = change(request)
    response = context.send(request)
    page, merged = response, {**response.resource, "entry": list(every(response.value, "entry"))}
    for _ in range(_MOST_PAGES):
        following = _next(context, page, request)
        if following is None:
            return response if page is response else response.part(merged)
        page = context.send(following)
        context.need(page, success("Bundle"), what="a further page of the response cannot be retrieved")
        merged["entry"].extend(every(page.value, "entry"))
    raise CannotTest(f"the response has more than {_MOST_PAGES} pages", Blame.PROVIDER)


def _next(context: ScenarioContext, page: Response, request: Request) -> Request | None:
    """The request for the page that a next link names, below the configured root; None without such a link."""
    links = [link for link in every(page.value, "link") if first(link, "relation") == "next"]
    url = urlsplit(str(first(links, "url") or ""))
    root = urlsplit(context.config.provider.base_url).path
    if not url.query:
        return None
    path = url.path.removeprefix(root) if url.path.startswith(root) else request.path
    return request.with_(path=path, raw_query=url.query, label=f"{request.label}, next page")


def responded(context: ScenarioContext, response: Response) -> bool:
    """Judge that a response is 200 with a searchset."""
    return context.judge(response, success("Bundle"))


def need(context: ScenarioContext, response: Response) -> Response:
    """Return a response that is a searchset; CannotTest otherwise."""
    context.need(response, success("Bundle"), what="the patient's appointments cannot be retrieved")
    return response


def today(context: ScenarioContext) -> date:
    """The present day in the UK."""
    return uk_date(context.now())


def day(booked: BookedAppointment) -> date:
    """The day of an appointment in the UK."""
    return uk_date(booked.slots[0].start)


def on(*days: date) -> tuple[str, str]:
    """The `start` parameters for a period: from the first of some days to the last, both included."""
    return f"ge{min(days)}", f"le{max(days)}"


def around(*booked: BookedAppointment) -> tuple[str, str]:
    """The `start` parameters for the period of some appointments."""
    return on(*(day(item) for item in booked))


def spread(
    context: ScenarioContext,
    count: int = 3,
    *,
    patient: Patient | None = None,
    wanted: Callable[[FreeSlot], bool] = bool,
    read: bool = True,
) -> list[BookedAppointment]:
    """Book one appointment on each of several days for one patient, in order of time; CannotTest without as many days.

    Without `read` they are known as the responses to their bookings have them.
    """
    days: set[date] = set()
    made = []
    for number in range(count):
        slot = context.arrange.slot(
            lambda slot: uk_date(slot.start) not in days and wanted(slot),
            what=f"a free slot on day {number + 1} of {count}",
        )
        days.add(uk_date(slot.start))
        made.append(context.arrange.booked(slot, patient=patient, read=read))
    return sorted(made, key=lambda item: item.slots[0].start)


def entry_of(context: ScenarioContext, response: Response, booked_id: str) -> Response:
    """Return an appointment's entry of a searchset as a response of its own; CannotTest when it is absent."""
    found = next((item for item in appointments(response) if item.get("id") == booked_id), None)
    if found is None:
        raise CannotTest(f"Appointment/{booked_id} is not among the patient's appointments", Blame.PROVIDER)
    return response.part(found)


def retrieved(context: ScenarioContext, booked: BookedAppointment) -> Response:
    """Request the appointments on the day of a booked one and return its entry as a response of its own."""
    response = need(context, ask(context, booked.patient, *around(booked)))
    return entry_of(context, response, booked.id)


def as_another_organisation(context: ScenarioContext) -> Change:
    """Send on behalf of an organisation other than the consumer: the provider's own, which exists."""
    consumer, provider = context.config.consumer, context.config.provider
    other = (
        provider.ods_code if provider.ods_code != consumer.ods_code else context.config.data.unknown.organization_ods
    )
    claims = {"identifier.0.value": other, "name": "Another Practice"}
    if context.edition.capabilities.token_resources_have_ids:
        claims["id"] = other
    return chain(*(claim_in(f"requesting_organization.{path}", value) for path, value in claims.items()))


def own_screens(context: ScenarioContext, name: str) -> str:
    """Return the configured id of an appointment that was booked in the provider's own system; CannotTest without one."""
    found: str = getattr(context.config.data.appointments, name)
    if not found:
        raise CannotTest(f"the configuration names no appointment under data.appointments.{name}", Blame.CONFIGURATION)
    return found


def finding_it(context: ScenarioContext, appointment_id: str, *starts: str) -> tuple[bool, Sequence[Response]]:
    """Request each bookable patient's appointments until a response includes an appointment, or fails.

    Return whether the last response includes it, and all responses. CannotTest when the configuration names no such patient.
    """
    responses: list[Response] = []
    for patient in context.config.data.patients_with("bookable") or (context.arrange.patient(),):
        responses.append(ask(context, patient, *starts))
        found = any(item.get("id") == appointment_id for item in appointments(responses[-1]))
        if found or responses[-1].status != 200:
            return found, responses
    return False, responses


def later(first_day: date, days: int) -> date:
    """Return a day some days after another."""
    return first_day + timedelta(days=days)
