"""What the format scenarios share: how a format is requested, the phrase for each interaction, and when XML is expected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from conformance.checks.check import Check
from conformance.checks.json_values import every
from conformance.checks.response import resource, searchset, status, success
from conformance.consumer.request import Request
from conformance.consumer.request_mutations import accept, as_xml, content_type, query, without_header
from conformance.consumer.response import Response
from conformance.core.results import Blame
from conformance.engine.context import ScenarioContext
from conformance.engine.named_steps import NamedStep
from conformance.engine.scenario import Case, case, running, table
from conformance.scenarios.steps.interaction_names import SAID, SHORT_OF, WRITES
from conformance.scenarios.steps.registration import registered
from conformance.scenarios.steps.valid_requests import success_of
from conformance.spec import Edition

UNCHANGED = "(as the builder has it)"


@dataclass(frozen=True)
class Kind:
    """A variation that is sent to every interaction, or to those that write or only read: one case each.

    `title` continues the phrase of the interaction. `more` are parameters of the cases; `also` adds requirements by short name.
    """

    name: str
    title: str
    verifies: str
    faults: str
    why: str
    fix: str
    more: dict[str, Any] = field(default_factory=dict)
    only: str = ""
    also: dict[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    noted: str = ""


def cases(prefix: str, kind: Kind) -> tuple[Case, ...]:
    """Return the cases of a kind, one an interaction, as `<prefix>.<interaction>-<kind>`."""
    return running(table("", *_rows(prefix, kind), why=kind.why, fix=kind.fix, noted=kind.noted, **kind.more))


def _rows(prefix: str, kind: Kind) -> Iterator[dict[str, Any]]:
    for key, short in SHORT_OF.items():
        if short in kind.without or (kind.only and (key in WRITES) is not (kind.only == "writes")):
            continue
        verifies = f"{kind.verifies} {kind.also.get(short, '')}".strip()
        title = f"{SAID[short]} {kind.title}"
        yield case(f"{prefix}.{short}-{kind.name}", title, verifies, interaction=key, faults=kind.faults)


def wished(context: ScenarioContext, request: Request) -> Request:
    """Return a request for formats as its case says.

    `accept` (None: no such header) and `parameter` (of _format) are texts in which {json} and {xml} stand for the edition's
    media types; `body` is the format of the body, `label` its Content-Type where that differs.
    """
    case, edition = context.case, context.edition
    if case.get("body") == "xml":
        request = as_xml()(request)
    wanted = case.get("accept", UNCHANGED)
    if wanted is None:
        request = without_header("Accept")(request)
    elif wanted != UNCHANGED and _text(edition, wanted) != request.header("Accept"):
        request = accept(_text(edition, wanted))(request)
    if case.get("label"):
        request = content_type(_text(edition, case["label"]))(request)
    if case.get("parameter"):
        request = query("_format", _text(edition, case["parameter"]))(request)
    return request


def _text(edition: Edition, template: str) -> str:
    return template.format(json=edition.media_type("json"), xml=edition.media_type("xml"))


def needs_xml(context: ScenarioContext) -> None:
    """End the scenario where the edition leaves XML to the provider and the provider does not declare it."""
    if not may_be_sent(context, "xml"):
        context.omit("the capability statement does not declare XML, which this edition leaves to the provider")


def may_be_sent(context: ScenarioContext, form: str) -> bool:
    """Whether the provider must support a format: by its edition or its capability statement; CannotTest without that."""
    if not context.edition.may_leave_out(form):
        return True
    response = context.once(CAPABILITY_STATEMENT)
    if not response.carried_out or not response.resource_type:
        context.cannot(f"the capability statement cannot be had: {response.described}", Blame.PROVIDER)
    return _declared(response, form)


def offers(context: ScenarioContext, form: str) -> bool:
    """Whether the provider must support a format, as far as can be seen: without a capability statement it need not."""
    return not context.edition.may_leave_out(form) or _declared(context.once(CAPABILITY_STATEMENT), form)


def _declared(response: Response, form: str) -> bool:
    return any(form in str(declared).lower() for declared in every(response.value, "format"))


CAPABILITY_STATEMENT: NamedStep[Response] = NamedStep(
    "read the capability statement", lambda sender: sender.send(sender.session.requests.capability())
)


def succeeded(context: ScenarioContext, key: str, response: Response) -> bool:
    """Judge a response by the success of an interaction.

    A registration may also find its patient registered already (409). For one sent in XML that shows too little: then the
    registration of another person in XML, made once a run, must have succeeded; CannotTest where nobody is left for it.
    """
    if key == "register_patient" and response.status == 409:
        if "xml" in (response.exchange.request_header("Content-Type") or "") and not context.judge(
            registered(context, "in XML").response, success("Bundle")
        ):
            return False
        return context.judge(response, resource("OperationOutcome"))
    kind, code = success_of(context, key)
    body: Check = searchset if kind == "Bundle" else resource(kind)
    return context.judge(response, status(code)) and context.judge(response, body)
