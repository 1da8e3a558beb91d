"""What `check` looks at before a run, one row for each: connection, certificates, headers, edition, clock, people, slots."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from conformance.config.advice import advice
from conformance.config.model import Config, Patient
from conformance.config.yamltree import dotted
from conformance.core.errors import TargetError
from conformance.engine.endpoint import day, own_certificate_trouble, validity
from conformance.engine.preflight import preflight
from conformance.engine.scenario import Case
from conformance.engine.session import Session
from conformance.planning.cost import Cost, cost_of, wanting
from conformance.planning.facts import ScenarioFacts
from conformance.planning.permission import FIX, KEY, may_write, reason
from conformance.readiness.discovery import Offer, declared, offer_of

OK, WARN, BAD = "ok", "warn", "NOT FIT"
_NOT_FOUND = frozenset({"inactive", "deceased", "sensitive"})
_SOON = timedelta(days=30)
_LOOKED = 3  # times the capability statement is requested to measure the latency


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was looked at: `state` OK, WARN or BAD, what it is, what was seen, and the key that it hangs on."""

    state: str
    what: str
    said: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Checkup:
    """What was looked at. `latency` is that of a short response in seconds, None where there is no connection."""

    rows: tuple[Row, ...]
    latency: float | None
    offer: Offer
    cost: Cost

    @property
    def fit(self) -> bool:
        """Whether a run may begin."""
        return all(row.state != BAD for row in self.rows)


def checkup(session: Session, cases: Sequence[Case], facts: dict[str, ScenarioFacts] | None = None) -> Checkup:
    """Look at everything that a run of the cases needs. Sends only what reads."""
    config, facts = session.config, facts or {}
    cost = cost_of([case for case in cases if not wanting(case, config, facts)], facts)
    rows = [Row(WARN, dotted(path), said, dotted(path)) for path, said in advice(config)]
    rows += _certificates(config)
    if cost.writes and not may_write(config):
        rows.append(Row(BAD, "permission to write", f"{reason(config, cost)}. {FIX}", KEY))
    try:
        notices = list(preflight(session, cases))
    except TargetError as error:
        return Checkup((*rows, Row(BAD, "connection", f"{error.message}. {error.fix}")), None, Offer(), cost)
    rows += [Row(WARN, "preflight", f"{one.message}{f' ({one.found})' if one.found else ''}") for one in notices]
    latency = _latency(session)
    rows += list(_connection(session, latency))
    rows += list(_people(session))
    offer = offer_of(session)
    rows += list(_slots(offer, cost))
    return Checkup(tuple(rows), latency, offer, cost)


def _certificates(config: Config) -> list[Row]:
    path, now = config.tls.certificate, datetime.now(UTC)
    if not config.provider.root.startswith("https:"):
        return [Row(WARN, "TLS", "the address begins with http://: nothing of TLS is tested", "provider.base_url")]
    if path is None:
        return [Row(WARN, "client certificate", "none is configured: mutual TLS cannot be tested", "tls.certificate")]
    trouble, dates = own_certificate_trouble(config, now), validity(path, config.tls.key_password)
    if trouble or dates is None:
        return [Row(BAD, "client certificate", trouble or f"{path} cannot be read", "tls.certificate")]
    soon = dates[1] - now < _SOON
    return [
        Row(
            WARN if soon else OK,
            "client certificate",
            f"valid until {day(dates[1])}",
            "tls.certificate" if soon else "",
        )
    ]


def _latency(session: Session) -> float:
    asked = [session.environment.ask(session.requests.capability()) for _ in range(_LOOKED)]
    return statistics.median(one.exchange.elapsed_ms for one in asked) / 1000


def _connection(session: Session, latency: float) -> Iterator[Row]:
    response = session.environment.ask(session.requests.capability())
    exchange, edition = response.exchange, session.edition
    yield Row(OK, "connection", f"the capability statement came with {response.status} in {latency * 1000:.0f} ms")
    wanted = edition.media_type("json")
    state = OK if exchange.media_type == wanted else WARN
    yield Row(state, "headers", f"Content-Type {exchange.header('Content-Type') or 'missing'}")
    yield Row(OK, "edition", f"{edition.name}, FHIR {response.resource.get('fhirVersion', 'not said')}")
    date_sent = exchange.header("Date")
    yield Row(OK if date_sent else WARN, "clock", f"theirs: {date_sent or 'no Date header, so it cannot be compared'}")
    found = declared(response)
    kinds = sorted(kind for kind in found if kind)
    state = OK if {"Slot", "Appointment"} <= set(kinds) else WARN
    yield Row(
        state, "declared", f"{', '.join(kinds) or 'no resource type'}; operations: {', '.join(found['']) or 'none'}"
    )


def _people(session: Session) -> Iterator[Row]:
    """One row for each role of the patients, and one for those to be registered."""
    data = session.config.data
    here = {one.nhs_number: _is_found(session, one.nhs_number) for one in data.patients}
    for role in sorted({role for one in data.patients for role in one.roles}):
        yield _role(role, data.patients_with(role), here)
    new = [one for one in data.registrations if not one.refused]
    known = sum(_is_found(session, one.nhs_number) for one in new if not one.inactive)
    if new:
        said = f"{len(new)} people who can be registered" + (
            f", {known} of whom are registered already" if known else ""
        )
        yield Row(WARN if known else OK, "registrations", said, "data.registrations" if known else "")


def _role(role: str, people: Sequence[Patient], here: dict[str, bool]) -> Row:
    wrong = [one for one in people if here[one.nhs_number] is (role in _NOT_FOUND)]
    must = "must not be found" if role in _NOT_FOUND else "must be found"
    said = f"{len(people)} {must}" + (
        f"; not so: {', '.join(_masked(one.nhs_number) for one in wrong)}" if wrong else ""
    )
    return Row(WARN if wrong else OK, f"patients: {role}", said, "data.patients" if wrong else "")


def _masked(nhs_number: str) -> str:
    return f"...{nhs_number[-4:]}"


def _is_found(session: Session, nhs_number: str) -> bool:
    system = session.edition.systems("nhs_number")[0]
    response = session.environment.ask(session.requests.find("find_patient", system, nhs_number))
    return any(response.entries("Patient"))


def _slots(offer: Offer, cost: Cost) -> Iterator[Row]:
    if offer.trouble:
        yield Row(WARN, "free slots", f"a search returned {offer.trouble}", "data.window")
        return
    free, wanted = len(offer.slots), cost.at_once
    said = f"{free} on {len(offer.days)} days; {wanted} at a time are booked"
    yield Row(OK if free > wanted else BAD, "free slots", said, "" if free > wanted else "data.window")
