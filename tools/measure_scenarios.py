"""Measures what each scenario needs and costs, on the bundled provider, and writes conformance/planning/facts/<edition>.csv.

    python tools/measure_scenarios.py            # every scenario: a quarter of an hour
    python tools/measure_scenarios.py --missing  # only those that have no row yet
    python tools/measure_scenarios.py --edition stu3 -k book.taken

A scenario needs a key of the configuration when it passes with everything configured and is not tested without that key.
Which keys to try on which scenario is seen from what it reads.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.config.model import Config, Negative, Tls
from conformance.core.exchange import Exchange
from conformance.core.results import Verdict
from conformance.engine import named_steps
from conformance.engine.arrangement import Arrangement
from conformance.engine.collection import Entry, collect
from conformance.engine.runner import run_case
from conformance.engine.session import Session
from conformance.planning.facts import STEP, ScenarioFacts, facts_path, read_facts, write_facts
from conformance.proving.provider_setup import Stage
from conformance.spec import editions, load

NOT_TESTED = {Verdict.SKIP, Verdict.OMIT}


@dataclass
class Frame:
    """What was sent and read by one scenario or named step itself, and the steps that it rests on."""

    reads: set[str] = field(default_factory=set)
    steps: set[str] = field(default_factory=set)
    exchanges: list[Exchange] = field(default_factory=list)


class Recorded:
    """Stands for the data of a configuration and notes which of its attributes are read."""

    def __init__(self, data: Any, note: Callable[[str], None]) -> None:
        self._data = data
        self._note = note

    def __getattr__(self, name: str) -> Any:
        if name == "patients_with":
            return self._patients_with
        self._note(name)
        return getattr(self._data, name)

    def _patients_with(self, role: str) -> Any:
        self._note(f"role {role}")
        return self._data.patients_with(role)


class Watch:
    """Watches one session: frames of scenarios and of the steps they rest on."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.steps: dict[str, Frame] = {}
        self._stack: list[Frame] = []
        self._seen = 0
        session.config = replace(session.config, data=Recorded(session.config.data, self._read))  # type: ignore[arg-type]

    def _read(self, name: str) -> None:
        if self._stack:
            self._stack[-1].reads.add(name)

    def _settle(self) -> None:
        """Lay what was sent since the last look on the frame that is open."""
        sent = self.session.exchanges
        if self._stack:
            self._stack[-1].exchanges.extend(sent[self._seen :])
        self._seen = len(sent)

    @contextmanager
    def frame(self) -> Iterator[Frame]:
        """Open a frame."""
        self._settle()
        self._stack.append(Frame())
        yield self._stack[-1]
        self._settle()
        self._stack.pop()

    @contextmanager
    def patched(self) -> Iterator[None]:
        """See every named step."""
        once, perform = named_steps.Sender.once, named_steps.perform

        def noted(sender: Any, step: Any) -> Any:
            self._stack[-1].steps.add(step.name)
            return once(sender, step)

        def watched(step: Any, session: Session) -> Any:
            with self.frame() as frame:
                record = perform(step, session)
            self.steps[step.name] = frame
            return record

        named_steps.Sender.once, named_steps.perform = noted, watched  # type: ignore[method-assign, assignment]
        try:
            yield
        finally:
            named_steps.Sender.once, named_steps.perform = once, perform  # type: ignore[method-assign]

    def closure(self, frame: Frame) -> tuple[set[str], set[str]]:
        """The reads and steps of a frame, those of its steps included."""
        reads, steps, waiting = set(frame.reads), set(), list(frame.steps)
        while waiting:
            name = waiting.pop()
            if name not in steps:
                steps.add(name)
                below = self.steps.get(name, Frame())
                reads |= below.reads
                waiting.extend(below.steps)
        return reads, steps


def cost(name: str, exchanges: Iterable[Exchange], steps: Iterable[str] = ()) -> ScenarioFacts:
    """What exchanges cost a provider."""
    requests = writes = bookings = registrations = now = most = 0
    for one in exchanges:
        requests += 1
        writes += one.method not in ("GET", "HEAD", "OPTIONS")
        if one.interaction == "book_appointment" and one.status in (200, 201) and one.method == "POST":
            bookings, now = bookings + 1, now + 1
        if one.interaction == "cancel_appointment" and one.status == 200:
            now -= 1
        most = max(most, now)
        registrations += one.interaction == "register_patient" and one.status in (200, 201)
    return ScenarioFacts(name, requests, writes, bookings, most, registrations, frozenset(steps))


def bookable(count: int) -> Callable[[Config], Config]:
    """A configuration with so many people who may be booked for."""

    def change(config: Config) -> Config:
        people = config.data.patients
        named = [one for one in people if "bookable" in one.roles][:count]
        rest = [one for one in people if not {"bookable", "spare"} & set(one.roles)]
        return replace(config, data=replace(config.data, patients=(*named, *rest)))

    return change


def without_role(role: str) -> Callable[[Config], Config]:
    """A configuration without the patients of a role."""

    def change(config: Config) -> Config:
        left = tuple(one for one in config.data.patients if role not in one.roles)
        return replace(config, data=replace(config.data, patients=left))

    return change


def without_id(role: str) -> Callable[[Config], Config]:
    """A configuration that does not say the logical ids of the patients of a role."""

    def change(config: Config) -> Config:
        left = tuple(replace(one, logical_id="") if role in one.roles else one for one in config.data.patients)
        return replace(config, data=replace(config.data, patients=left))

    return change


def registrations(wanted: Callable[[Any], bool], most: int = 0) -> Callable[[Config], Config]:
    """A configuration with at most so many of the people whom `wanted` takes."""

    def change(config: Config) -> Config:
        taken = [one for one in config.data.registrations if wanted(one)][:most]
        left = tuple(one for one in config.data.registrations if not wanted(one) or one in taken)
        return replace(config, data=replace(config.data, registrations=left))

    return change


def data(**values: Any) -> Callable[[Config], Config]:
    """A configuration with other values under `data`."""
    return lambda config: replace(config, data=replace(config.data, **values))


def restricted(**values: Any) -> Callable[[Config], Config]:
    """A configuration with other values under `data.restricted_slots`."""

    def change(config: Config) -> Config:
        found = config.data.restricted_slots
        return replace(config, data=replace(config.data, restricted_slots=replace(found, **values)))  # type: ignore[type-var]

    return change


def appointments(name: str) -> Callable[[Config], Config]:
    """A configuration without one of the appointments."""

    def change(config: Config) -> Config:
        none = None if name == "past_resource" else ""
        return replace(
            config, data=replace(config.data, appointments=replace(config.data.appointments, **{name: none}))
        )

    return change


def negative(name: str) -> Callable[[Config], Config]:
    """A configuration without one of the certificates that must be refused."""

    def change(config: Config) -> Config:
        kept: Negative = replace(config.tls.negative, **{name: None})  # type: ignore[arg-type]
        return replace(config, tls=replace(config.tls, negative=kept))

    return change


def _new(person: Any) -> bool:
    return not person.refused and not person.inactive


ROLES = ("no-appointments", "temporary", "dissent", "inactive", "deceased", "sensitive")
REFUSED = ("deceased", "sensitive", "superseded", "invalid", "not-on-pds")
ANYBODY = "data.registrations any"  # new or inactive
# need -> (what a scenario reads that may need it, the configuration without it)
TRIALS: dict[str, tuple[str, Callable[[Config], Config]]] = {
    "data.patients bookable": ("role bookable", bookable(0)),
    "data.patients bookable 2": ("role bookable", bookable(1)),
    "data.patients bookable 3": ("role bookable", bookable(2)),
    **{f"data.patients {role}": (f"role {role}", without_role(role)) for role in ROLES},
    **{f"data.patients.logical_id {role}": (f"role {role}", without_id(role)) for role in ROLES},
    "data.practitioners": ("practitioners", data(practitioners=())),
    "data.practitioners 2": ("practitioners", lambda c: data(practitioners=c.data.practitioners[:1])(c)),
    "data.locations": ("locations", data(locations=())),
    "data.locations 2": ("locations", lambda c: data(locations=c.data.locations[:1])(c)),
    "data.empty_range": ("empty_range", data(empty_range=None)),
    "data.restricted_slots": ("restricted_slots", data(restricted_slots=None)),
    "data.restricted_slots.organization_type": ("restricted_slots", restricted(organization_type="")),
    "data.restricted_slots.organization_ods": ("restricted_slots", restricted(organization_ods="")),
    "data.restricted_slots.not_bookable": ("restricted_slots", restricted(not_bookable=())),
    "data.restricted_slots.embargoed": ("restricted_slots", restricted(embargoed=())),
    "data.closed_slot": ("closed_slot", data(closed_slot=None)),
    **{
        f"data.appointments.{name}": ("appointments", appointments(name))
        for name in ("past", "past_resource", "earlier_today", "own_system", "sensitive")
    },
    **{f"data.registrations new {n}": ("registrations", registrations(_new, n - 1)) for n in range(1, 7)},
    ANYBODY: ("registrations", registrations(lambda one: not one.refused)),
    "data.registrations inactive": (
        "registrations",
        registrations(lambda one: one.inactive and not one.refused),
    ),
    **{
        f"data.registrations {reason}": ("registrations", registrations(lambda one, r=reason: one.refused == r))
        for reason in REFUSED
    },
    **{f"tls.negative.{one}": ("tls", negative(one)) for one in Negative.__dataclass_fields__},
    "tls.certificate": ("tls", lambda c: replace(c, tls=Tls(c.tls.ca, plain_port=c.tls.plain_port))),
    "tls.plain_port": ("tls", lambda c: replace(c, tls=replace(c.tls, plain_port=0))),
}


def is_tls(entry: Entry) -> bool:
    """Whether a scenario is about TLS, so that it is measured over TLS."""
    return entry.case.id.startswith("tls.")


def measure(stage: Stage, entries: Sequence[Entry]) -> tuple[dict[str, ScenarioFacts], dict[str, set[str]]]:
    """What scenarios cost with everything configured, the steps they rest on included, and what each reads."""
    session = Session(stage.config)
    watch = Watch(session)
    frames: dict[str, Frame] = {}
    stage.provider.reset()
    with watch.patched():
        for entry in entries:
            with watch.frame() as frame:
                result = run_case(entry.function, entry.case, session)
            frames[entry.case.id] = frame
            if result.verdict in NOT_TESTED or result.verdict is Verdict.FAIL:
                print(f"  {result.verdict} {result.id}: {result.reason or [str(f) for f in result.findings][:1]}")
    session.close()
    rows: dict[str, ScenarioFacts] = {}
    reads: dict[str, set[str]] = {}
    for name, frame in frames.items():
        reads[name], steps = watch.closure(frame)
        if name.startswith("tls."):
            reads[name].add("tls")
        rows[name] = cost(name, frame.exchanges, steps)
    rows |= {f"{STEP}{name}": cost(f"{STEP}{name}", frame.exchanges) for name, frame in watch.steps.items()}
    return rows, reads


def needing(stage: Stage, entries: Sequence[Entry], config: Config) -> set[str]:
    """The scenarios that are not tested with a configuration."""
    stage.provider.reset()
    session = Session(config)
    try:
        results = [run_case(entry.function, entry.case, session) for entry in entries]
    finally:
        session.close()
    return {one.id for one in results if one.verdict in NOT_TESTED}


def measured(edition: str, entries: Sequence[Entry]) -> dict[str, ScenarioFacts]:
    """The facts of scenarios of an edition and of the steps that they rest on."""
    found: dict[str, ScenarioFacts] = {}
    reads: dict[str, set[str]] = {}
    with ExitStack() as stack:
        stages = {False: Stage(edition, stack), True: Stage(edition, stack, tls=True)}
        for secure, stage in stages.items():
            rows, seen = measure(stage, [one for one in entries if is_tls(one) is secure])
            found |= rows
            reads |= seen
        always = needing(stages[False], [one for one in entries if is_tls(one)], stages[False].config)
        needs: dict[str, set[str]] = {name: {"https"} for name in always}
        for need, (read, change) in TRIALS.items():
            for secure, stage in stages.items():
                chosen = [one for one in entries if is_tls(one) is secure and read in reads[one.case.id]]
                if not chosen:
                    continue
                print(f"  {need}: {len(chosen)} tried", flush=True)
                for name in needing(stage, chosen, change(stage.config)):
                    needs.setdefault(name, set()).add(need)
        full = {secure: stage.config for secure, stage in stages.items()}
        for secure, stage in stages.items():
            never = needing(
                stage, [one for one in entries if is_tls(one) is secure and one.case.id in needs], full[secure]
            )
            for name in never:
                needs.pop(name)
    return {name: replace(row, needs=_needs(row, needs.get(name, set()))) for name, row in found.items()}


def _needs(row: ScenarioFacts, found: set[str]) -> frozenset[str]:
    """The needs of a row: "any" only where no kind of person is needed; a step that registers needs somebody new."""
    if row.name.startswith(STEP) and row.registrations:
        return frozenset({"data.registrations new"})
    kinds = [one for one in found if one.startswith("data.registrations") and one != ANYBODY]
    return frozenset(found - {ANYBODY} if kinds else found)


def main() -> int:
    """Measure what is asked for and write the files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edition", action="append", help="only this edition")
    parser.add_argument("--missing", action="store_true", help="only scenarios without a row")
    parser.add_argument("-k", default="", help="only scenarios whose id holds this text")
    chosen = parser.parse_args()
    for edition in chosen.edition or editions():
        known = read_facts(load(edition)) if facts_path(edition) else {}
        entries = [one for one in collect() if one.case.runs_in(edition) and chosen.k in one.case.id]
        if chosen.missing:
            entries = [one for one in entries if one.case.id not in known]
        print(f"{edition}: {len(entries)} scenarios", flush=True)
        if entries:
            there = {one.case.id for one in collect() if one.case.runs_in(edition)}
            rows = {**known, **measured(edition, entries)}
            used = {step for name, row in rows.items() if name in there for step in row.steps}
            kept = {n: r for n, r in rows.items() if n in there or n.removeprefix(STEP) in used}
            write_facts(edition, kept)
    return 0


if __name__ == "__main__":
    _ = Arrangement
    sys.exit(main())
