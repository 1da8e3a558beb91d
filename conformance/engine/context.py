"""What a scenario works with: it sends, judges, arranges and observes. One `ScenarioContext` for each scenario of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NoReturn, TypeVar

from conformance.checks.check import Check, sees, subject_of
from conformance.config.model import Config
from conformance.consumer.request import Change, Request
from conformance.consumer.request_builder import RequestBuilder
from conformance.consumer.response import Response, resource_names
from conformance.core.results import Blame, Finding, Severity, Verdict, verdict_of
from conformance.core.taken import clean_up_part
from conformance.engine.arrangement import Arrangement
from conformance.engine.effects import Effects, need_searchset
from conformance.engine.expected_error import Refusal, check_refusal
from conformance.engine.findings import Findings
from conformance.engine.named_steps import NamedStep, Sender
from conformance.engine.probes import Probes
from conformance.engine.scenario import Case, weigh
from conformance.engine.session import Session
from conformance.engine.stop_reasons import CannotTest, cannot, omit
from conformance.spec import Edition

T = TypeVar("T")


class ScenarioContext:
    """One scenario: `send` and `sender` send, `judge`, `expect`, `need` and `findings` judge, `arrange` prepares what it
    starts from and undoes it, `effects` observes what a request did, `cannot` and `omit` end it.
    """

    def __init__(self, session: Session, case: Case, sender: Sender | None = None) -> None:
        self.session = session
        self.case = case
        self.sender = sender or Sender(session, binding=binds(case, session))
        self.findings = Findings()
        self._saw: list[bool] = []  # of each check that says what it judges: whether there was any
        self.controls: set[str] = set()
        self.arrange = Arrangement(self.sender, case)
        self.effects = Effects(self.sender, self.arrange, self.findings)

    @property
    def edition(self) -> Edition:
        """The edition of the run."""
        return self.session.edition

    @property
    def config(self) -> Config:
        """The configuration of the run."""
        return self.session.config

    @property
    def probes(self) -> Probes:
        """The probes below HTTP."""
        return Probes(self.session.values)

    @property
    def requests(self) -> RequestBuilder:
        """The builder of valid requests."""
        return self.session.requests

    def now(self) -> datetime:
        """The present in UK time."""
        return self.session.now()

    def parameter(self, name: str) -> Any:
        """Return a parameter of the case, the edition's own where it differs by edition."""
        return self.case.pick(name, self.edition)

    def send(self, request: Request, *changes: Change) -> Response:
        """Send a request, changed as named, and record the exchange in this scenario."""
        return self.sender.send(request, *changes)

    def send_together(self, requests: Sequence[Request]) -> list[Response]:
        """Send requests at the same moment and record the exchanges."""
        return self.sender.send_together(requests)

    def judge(self, response: Response, *checks: Check) -> bool:
        """Run checks on a response and keep all they find; True when nothing failed."""
        for check in checks:
            if subject_of(check):
                self._saw.append(sees(check, response))
        return self.findings.keep(finding for check in checks for finding in self._run(check, response))

    def need_subject(self) -> None:
        """CannotTest where checks judged entries or elements of responses, found nothing wrong, and there were none."""
        if self._saw and not any(self._saw) and verdict_of(self.findings) is Verdict.PASS:
            raise CannotTest("no response held any of what is judged", Blame.UNDETERMINED)

    def expect(self, response: Response, expected: Refusal) -> bool:
        """Judge a response that should refuse the request; True when it is a refusal that is accepted."""
        self.note_invalid(response)
        return self.findings.keep(check_refusal(response, expected, self.edition))

    def note_invalid(self, response: Response) -> None:
        """Note what an invalid request of ours brought about where it was carried out: it is judged here and nowhere else."""
        if response.exchange.method != "GET" and response.carried_out:
            self.session.made_by_invalid.update(resource_names(response))

    def observes(self, response: Response) -> bool:
        """Whether a later response (a read, an entry of a retrieval) shows anything; where it does not, that is a note."""
        if response.carried_out and response.resource:
            return True
        reason = f"not observed: {response.described}"
        self.findings.note(reason, blame=Blame.PROVIDER, code="not-observed", exchange=response.number)
        return False

    def observe(self, response: Response, *checks: Check) -> bool:
        """Judge what a later response shows of what was done; True where it shows it and nothing failed."""
        return self.observes(response) and self.judge(response, *checks)

    def need(self, response: Response, *checks: Check, what: str) -> None:
        """Run checks on a response that the scenario only builds on; CannotTest, naming `what`, when one of them fails."""
        for check in checks:
            for finding in self._run(check, response):
                if finding.severity is Severity.FAIL:
                    raise CannotTest(
                        f"{what}: {finding.message} ({finding.found or response.described})", Blame.PROVIDER
                    )

    def need_searchset(self, response: Response, what: str) -> None:
        """CannotTest, naming `what`, unless a response is a success with a Bundle."""
        need_searchset(response, what)

    def once(self, step: NamedStep[T]) -> T:
        """Return what a named step of the run came to; CannotTest with its reason when it could not be performed."""
        return self.sender.once(step)

    def rest_on_control(self, step: NamedStep[T]) -> None:
        """Note that what is judged next rests on a control; CannotTest when the control does not succeed."""
        self.controls.add(step.name)
        self.once(step)

    def _run(self, check: Check, response: Response) -> Iterable[Finding]:
        for finding in check(response, self.session):
            yield finding if finding.exchange else replace(finding, exchange=response.number)

    def cannot(self, reason: str, blame: Blame = Blame.TEST_DATA) -> NoReturn:
        """End the scenario: it cannot be tested here."""
        cannot(reason, blame)

    def omit(self, reason: str) -> NoReturn:
        """End the scenario: it does not apply here."""
        omit(reason)

    def clean_up(self) -> None:
        """Cancel what was booked here and give the slots back. What cannot be undone is noted, never raised."""
        values = self.session.values
        with values.part(clean_up_part(values.current)):
            left = self.arrange.undo()
        for booked in left:
            blame = Blame.ENVIRONMENT if self.session.environment.gone else Blame.PROVIDER
            self.findings.note(
                f"Appointment/{booked.id} could not be cancelled afterwards", blame=blame, code="left-over"
            )


def binds(case: Case, session: Session) -> bool:
    """Whether failures of a case weigh as such: a warning is the most that the others can come to."""
    if not case.requirement_ids(session.edition.name):
        return True
    return weigh(case, session.edition).binds(strict=session.config.run.strict)


def context_step(name: str, perform: Callable[[ScenarioContext], T], *, control: bool = False) -> NamedStep[T]:
    """Return a named step that works as a scenario does, what it books undone at its end."""

    def performed(sender: Sender) -> T:
        context = ScenarioContext(sender.session, Case(id=name, title=name, interaction="", verifies=""), sender)
        try:
            return perform(context)
        finally:
            context.clean_up()

    return NamedStep(name, performed, control)
