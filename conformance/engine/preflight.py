"""Before anything is judged: what the selection needs must hold, else the run stops with exit code 3.

Three things are looked at: the capability statement of the edition, one configured patient found (if a selected scenario
needs a patient), one free slot found (likewise). What is decided, and why:

- The run stops where nothing works at all, or where what comes back shows that a value of the configuration is wrong: no
  connection, a web page in place of FHIR, the statement of another edition, every probe refused, none of the configured
  patients found, no slot in the configured window. The message names the key and quotes the provider. Whose mistake it
  is cannot be seen from outside, so the blame is undetermined.
- A provider that is wrong in one thing stays testable. A statement that is missing or strange is for the scenarios to judge
  where a patient or a slot is found all the same, or where what came in its place is labelled as FHIR and cannot be read; a
  search for patients that is refused, where slots are found; a search for slots that is refused or does not respond in time,
  where the statement came and a patient was found. The run says so in a notice.
- A complete statement of another edition (its type and its FHIR version) is decisive: a provider of both editions has a
  base URL for each.
- Nothing is waited for: a provider that is not there at the start is a configuration or a set-up to look at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn

from conformance.checks.json_values import every
from conformance.consumer.header_values import http_date
from conformance.consumer.request import Request
from conformance.consumer.request_builder import RequestBuilder
from conformance.consumer.response import Response
from conformance.consumer.uk_time import window
from conformance.core.errors import TargetError
from conformance.core.results import Blame, Finding, Severity
from conformance.engine.endpoint import connection_advice, in_words, own_certificate_trouble
from conformance.engine.scenario import Case
from conformance.engine.session import Session
from conformance.engine.stop_reasons import EnvironmentTrouble, ProviderGone
from conformance.spec import Edition, editions, load

_TOLERATED_SKEW_SECONDS = 60
_METADATA = "get_capability_statement"
_OF_APPOINTMENTS = {
    "book_appointment",
    "retrieve_patient_appointments",
    "read_appointment",
    "amend_appointment",
    "cancel_appointment",
}
_NEED_PATIENT = {*_OF_APPOINTMENTS, "find_patient", "read_patient"}
_NEED_SLOT = {*_OF_APPOINTMENTS, "search_free_slots"}
_MOST_PATIENTS = 5
_CHUNK_DAYS = 13
_SUCCESS, _REDIRECTION, _ERROR = 200, 300, 400

_UNREACHED = {
    "dns": "Check the host name in provider.base_url.",
    "refused": "Nothing listens there: check provider.base_url and that the provider is running.",
    "unreachable": "Check provider.base_url and the network.",
    "timeout": "It did not respond in time: check the network, or raise run.connect_timeout or run.read_timeout.",
    "tls": "Check the tls section of the configuration: ca, certificate and key.",
}
_NO_CONNECTION = {"dns", "refused", "unreachable", "tls"}
_ASIDS = "provider.asid and consumer.asid"
# Words of a refusal that name what is refused, the Spine proxy's own among them, and the key of the configuration.
_NAMED = (
    (re.compile(r"ENDPOINT_.*VARIES", re.IGNORECASE), "provider.base_url"),
    (re.compile(r"MESSAGESENDER.*MESSAGERECEIVER", re.IGNORECASE), _ASIDS),
    (re.compile(r"MESSAGERECEIVER|ssp-to\b", re.IGNORECASE), "provider.asid"),
    (re.compile(r"MESSAGESENDER|ssp-from\b", re.IGNORECASE), "consumer.asid"),
    (re.compile(r"ssp-interactionid|interaction id", re.IGNORECASE), "edition and provider.base_url"),
)
_BY_STATUS = {401: _ASIDS, 403: _ASIDS, 400: _ASIDS, 404: "provider.base_url", 405: "provider.base_url"}


@dataclass(frozen=True)
class Probe:
    """What one look came to, and in what words.

    `found` what it was after; `empty`: it succeeded and found nothing; `speaks`: it succeeded, and what came is labelled as
    FHIR, whatever it is.
    """

    found: bool
    empty: bool
    words: str
    response: Response | None = None
    speaks: bool = False


def preflight(session: Session, cases: Iterable[Case]) -> Iterator[Finding]:
    """Look at what the cases need and yield notices of the run; TargetError, naming the key, where it cannot be tested."""
    interactions = {case.interaction for case in cases}
    response = _statement_response(session)
    yield from _clock_skew(response, session)
    statement = _statement(response, session)
    patient = _patient(session) if interactions & _NEED_PATIENT or not statement.found else None
    wants_slot = bool(interactions & _NEED_SLOT)
    doubtful = patient is not None and not patient.found and not patient.empty
    slot = _slot(session) if wants_slot or doubtful or (patient and patient.empty and not statement.found) else None
    _decide(session, statement, patient, slot, needs_slot=wants_slot)
    yield from _notices(statement, patient, slot)


def _decide(session: Session, statement: Probe, patient: Probe | None, slot: Probe | None, *, needs_slot: bool) -> None:
    works = statement.speaks or any(probe is not None and (probe.found or probe.speaks) for probe in (patient, slot))
    if not statement.found and not works:
        if statement.response and statement.response.exchange.failure:
            raise _unreached(statement.response, session)
        own = own_certificate_trouble(session.config, session.clock())
        if own:
            _stop(
                f"{own}, and there is no capability statement: {statement.words}", "tls.certificate", statement.response
            )
        _stop(f"there is no capability statement: {statement.words}", _keys(statement.response), statement.response)
    if patient is not None and patient.empty:
        _stop(f"the search finds none of the configured patients: {patient.words}", "data.patients", patient.response)
    if patient is not None and not patient.found and not works:
        _stop(f"a search for a patient is not accepted: {patient.words}", _keys(patient.response), patient.response)
    if needs_slot and slot is not None and slot.empty:
        window_keys = "data.window and consumer.organization.type"
        _stop(f"the search finds no free slot in the configured window: {slot.words}", window_keys, slot.response)


def _notices(statement: Probe, patient: Probe | None, slot: Probe | None) -> Iterator[Finding]:
    looked = (("capability statement", statement), ("search for a patient", patient), ("search for free slots", slot))
    for what, probe in looked:
        if probe is not None and not probe.found:
            yield Finding(
                f"the {what} does not work as the run needs it; the scenarios judge why: {probe.words}",
                Severity.WARN,
                blame=Blame.UNDETERMINED,
                code="preflight",
                exchange=probe.response.number if probe.response else 0,
                evidence="looked at before the first scenario, when other requests worked",
            )


def _stop(what: str, keys: str, response: Response | None) -> NoReturn:
    raise TargetError(
        f"the provider cannot be tested with this configuration: {what}",
        fix=f"Check {keys}. {_quoted(response)}Whether the configuration or the provider is wrong cannot be decided from here.",
    )


# The capability statement


def _statement_response(session: Session) -> Response:
    """The response to the request for the statement; TargetError when there is no connection to the provider."""
    response = session.environment.ask(session.requests.capability())
    failure = response.exchange.failure
    if failure is not None and failure.kind in _NO_CONNECTION:
        raise _unreached(response, session)
    return response


def _unreached(response: Response, session: Session) -> TargetError:
    failure = response.exchange.failure
    assert failure is not None
    advice = connection_advice(failure, session.config, session.clock())
    return TargetError(
        f"the provider cannot be reached at {session.config.provider.base_url}: {failure.message}",
        fix=advice or _UNREACHED.get(failure.kind, "Check provider.base_url and the network."),
    )


def _statement(response: Response, session: Session) -> Probe:
    """Whether a response is the edition's statement; TargetError when it is another edition's."""
    edition = session.edition
    if _is_statement_of(edition, response):
        return Probe(True, False, "found", response)
    others = [load(name) for name in sorted({*editions()} - {edition.name})]
    stranger = next((other for other in others if _is_statement_of(other, response)), None)
    if stranger is None and (response.status or 0) >= _ERROR:
        stranger = next((other for other in others if _serves(other, session)), None)
    if stranger is not None:
        _stop(
            f"the configuration says edition {edition.name}, and at this address is the capability statement of "
            f"{stranger.name} (FHIR {stranger.fhir_version})",
            "edition and provider.base_url",
            response,
        )
    return Probe(False, False, in_words(response), response, _speaks(response, session) and not response.is_resource)


def served_edition(session: Session) -> str:
    """Return the name of the edition whose capability statement the provider serves, "" for none."""
    names = [session.edition.name, *sorted({*editions()} - {session.edition.name})]
    return next((name for name in names if _serves(load(name), session)), "")


def _speaks(response: Response, session: Session) -> bool:
    types = {session.edition.media_type(form) for form in ("json", "xml")}
    refused = (response.status or 0) >= _REDIRECTION
    return response.exchange.media_type in types and not refused


def _succeeded(response: Response) -> bool:
    return _SUCCESS <= (response.status or 0) < _REDIRECTION


def _is_statement_of(edition: Edition, response: Response) -> bool:
    wanted = edition.interactions[_METADATA].response
    version = str(response.resource.get("fhirVersion", ""))
    release = edition.fhir_version.rpartition(".")[0]
    return _succeeded(response) and response.resource_type == wanted and version.startswith(release)


def _serves(other: Edition, session: Session) -> bool:
    """Whether the provider gives the statement of another edition when it is requested as in that edition."""
    request = RequestBuilder(
        other, session.config, clock=session.clock, identifier=session.values.identifier
    ).capability()
    return _is_statement_of(other, session.environment.ask(request))


# A patient and a slot


def _patient(session: Session) -> Probe:
    data = session.config.data
    people = [*data.patients_with("bookable"), *data.patients_with("spare"), *data.patients_with("no-appointments")]
    system = session.edition.systems("nhs_number")[0]
    probe = Probe(False, True, "the configuration names no patient with the role bookable")
    for person in people[:_MOST_PATIENTS]:
        probe = _probe(session, session.requests.find("find_patient", system, person.nhs_number), "Patient")
        if probe.found or not probe.empty:
            return probe
    return probe


def _slot(session: Session) -> Probe:
    today = session.now().date()
    start, last = window(today, *session.config.data.window.dates(today))
    probe = Probe(False, True, "the window is empty")
    while start <= last:
        end = min(start + timedelta(days=_CHUNK_DAYS - 1), last)
        probe = _probe(session, session.requests.search_free_slots(start, end), "Slot")
        if probe.found or not probe.empty:
            return probe
        start = end + timedelta(days=1)
    return probe


def _probe(session: Session, request: Request, resource_type: str) -> Probe:
    try:
        response = session.send(request)
    except ProviderGone as stop:
        raise TargetError(f"the provider cannot be tested: {stop.reason}", fix=_UNREACHED["refused"]) from None
    except EnvironmentTrouble as stop:
        return Probe(False, False, stop.reason)
    if not _succeeded(response) or response.resource_type != "Bundle":
        return Probe(False, False, in_words(response), response, _speaks(response, session))
    found = any(response.entries(resource_type))
    return Probe(found, not found, "found" if found else f"200 with a Bundle that holds no {resource_type}", response)


# What the provider said


def _keys(response: Response | None) -> str:
    """The keys of the configuration that a refusal points to."""
    if response is None:
        return "provider.base_url"
    words = _words(response)
    named = next((keys for pattern, keys in _NAMED if pattern.search(words)), "")
    return named or _BY_STATUS.get(response.status or 0, "provider.base_url")


def _words(response: Response) -> str:
    """What an OperationOutcome says for people: diagnostics, texts and displays; "" for any other body."""
    if response.resource_type != "OperationOutcome":
        return ""
    issue = response.resource.get("issue")
    paths = ("diagnostics", "details.text", "details.coding.display", "details.coding.code")
    found = [value for path in paths for value in every({"issue": issue}, f"issue.{path}") if isinstance(value, str)]
    return "; ".join(dict.fromkeys(found))[:300]


def _quoted(response: Response | None) -> str:
    words = _words(response) if response is not None else ""
    return f"The provider said: {words!r}. " if words else ""


def _clock_skew(response: Response, session: Session) -> Iterator[Finding]:
    theirs = http_date(response.exchange.header("Date"))
    if theirs is None:
        return
    ours: datetime = session.clock()
    seconds = abs((ours - theirs).total_seconds())
    if seconds > _TOLERATED_SKEW_SECONDS:
        yield Finding(
            "this machine's clock and the provider's differ: judgements that depend on the present may be wrong",
            severity=Severity.WARN,
            location="header Date",
            found=f"{seconds:.0f} s apart",
            expected=f"at most {_TOLERATED_SKEW_SECONDS} s",
            blame=Blame.ENVIRONMENT,
            code="clock-skew",
            exchange=response.number,
        )
