"""What `check` looks at before a run, one row for each: connection, certificates, headers, edition, clock, people, slots."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta

from conformance.config.advice import advice
from conformance.config.model import Config, Patient
from conformance.config.yamltree import dotted
from conformance.consumer.header_values import http_date
from conformance.core.errors import TargetError
from conformance.core.exchange import Exchange
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
_WANTED_DATES = {"expired": "it must have expired", "not_yet_valid": "its time must not have begun"}
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
    """What was looked at. `latency` is that of a response in seconds, None where there is no connection."""

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
    cost = cost_of([case for case in cases if not wanting(case, config, facts)], facts, config)
    rows = [Row(WARN, dotted(path), said, dotted(path)) for path, said in advice(config)]
    rows += _certificates(config)
    if cost.writes and not may_write(config):
        rows.append(Row(BAD, "permission to write", f"{reason(config, cost)}. {FIX}", KEY))
    try:
        notices = list(preflight(session, cases))
    except TargetError as error:
        return Checkup((*rows, Row(BAD, "connection", f"{error.message}. {error.fix}")), None, Offer(), cost)
    rows += [Row(WARN, "preflight", f"{one.message}{f' ({one.found})' if one.found else ''}") for one in notices]
    rows += list(_connection(session))
    rows += list(_people(session))
    offer = offer_of(session)
    rows += list(_slots(offer, cost))
    return Checkup(tuple(rows), latency(session.exchanges), offer, cost)


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
    own = Row(
        WARN if soon else OK, "client certificate", f"valid until {day(dates[1])}", "tls.certificate" if soon else ""
    )
    return [own, *_negative_certificates(config, now)]


def _negative_certificates(config: Config, now: datetime) -> Iterator[Row]:
    """A row for each certificate whose dates are not as its name says: the provider would refuse it for another reason."""
    named = {field.name: getattr(config.tls.negative, field.name) for field in fields(config.tls.negative)}
    for name, client in named.items():
        dates = validity(client.certificate, config.tls.key_password) if client else None
        if dates is None:
            continue
        state = "expired" if dates[1] < now else "not_yet_valid" if dates[0] > now else ""
        wanted = name if name in ("expired", "not_yet_valid") else ""
        if state != wanted:
            said = (
                f"is valid from {day(dates[0])} to {day(dates[1])}: {_WANTED_DATES.get(name, 'it must be valid today')}"
            )
            yield Row(WARN, f"certificate {name}", said, f"tls.negative.{name}")


def latency(exchanges: Iterable[Exchange]) -> float:
    """Return how long a response takes, in seconds: the mean over the interactions that were used, short and long ones.

    The requests of a run are spread over such interactions, so that the capability statement alone would promise too much.
    """
    by_interaction: dict[str, list[float]] = {}
    for exchange in exchanges:
        by_interaction.setdefault(exchange.interaction, []).append(exchange.elapsed_ms)
    return statistics.fmean(statistics.median(times) for times in by_interaction.values()) / 1000


def _connection(session: Session) -> Iterator[Row]:
    responses = [session.environment.ask(session.requests.capability()) for _ in range(_LOOKED)]
    response, edition = responses[-1], session.edition
    exchange, quick = response.exchange, statistics.median(one.exchange.elapsed_ms for one in responses)
    yield Row(OK, "connection", f"the capability statement came with {response.status} in {quick:.0f} ms")
    wanted = edition.media_type("json")
    state = OK if exchange.media_type == wanted else WARN
    yield Row(state, "headers", f"Content-Type {exchange.header('Content-Type') or 'missing'}")
    yield Row(OK, "edition", f"{edition.name}, FHIR {response.resource.get('fhirVersion', 'not said')}")
    yield _clock(http_date(exchange.header("Date")), session.clock())
    found = declared(response)
    kinds = sorted(kind for kind in found if kind)
    state = OK if {"Slot", "Appointment"} <= set(kinds) else WARN
    yield Row(
        state, "declared", f"{', '.join(kinds) or 'no resource type'}; operations: {', '.join(found['']) or 'none'}"
    )


def _clock(theirs: datetime | None, ours: datetime) -> Row:
    """The provider's clock beside ours; the preflight warns where they are too far apart."""
    if theirs is None:
        return Row(WARN, "clock", "the provider sends no Date that can be read, so that it cannot be compared")
    return Row(OK, "clock", f"the provider's is {abs((ours - theirs).total_seconds()):.0f} s from ours")


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
