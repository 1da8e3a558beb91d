"""What the scenarios about all responses judge: every response of the run to one interaction."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from conformance.checks.check import Check, sees
from conformance.checks.json_values import every
from conformance.checks.profile_conformance import conforms
from conformance.consumer.response import Response, resource_names
from conformance.core.results import Blame, Finding, Severity
from conformance.engine.context import ScenarioContext
from conformance.engine.named_steps import NamedStep
from conformance.engine.stop_reasons import CannotTest

Which = Callable[[Response], bool]
_MOST_SHOWN = 3
_REFUSED = 400


def succeeded(response: Response) -> bool:
    """Whether the response is a success that carries a body."""
    return response.status in (200, 201) and bool(response.exchange.response_body)


def failed(response: Response) -> bool:
    """Whether the response is an error."""
    return response.status is not None and response.status >= 400


def answered(response: Response) -> bool:
    """Whether there is a response at all."""
    return response.status is not None


def came(response: Response) -> bool:
    """Whether anything came from the provider, whole and well-formed or not."""
    exchange = response.exchange
    return response.status is not None or bool(exchange.response_headers or exchange.response_body)


def judge_all_responses(
    context: ScenarioContext,
    which: Which,
    checks: Sequence[Check],
    one_of_each: NamedStep[None],
    *,
    optional: bool = False,
) -> None:
    """Run checks on every response of the run to the interaction of the case.

    `one_of_each` is the step that sends a valid and a refused request of it, so that there are responses whatever else the
    run holds. Equal findings are reported once: the heaviest of them that was seen first, and how often they were seen.
    CannotTest when there is no such response, or none that holds any of what the checks judge; DoesNotApply in the latter case
    where that is `optional`, and resources came without it.
    """
    reason = "no such response to this interaction was seen"
    try:
        context.once(one_of_each)
    except CannotTest as stop:
        reason = f"{reason}: {stop.reason}"
    seen = [response for response in _responses(context) if which(response)]
    if not seen:
        raise CannotTest(reason)
    if not any(sees(check, response) for check in checks for response in seen):
        unseen = f"none of the {len(seen)} responses holds any of what is judged"
        if optional and any(response.is_resource for response in seen):
            context.omit(f"{unseen}, which is optional")
        raise CannotTest(unseen, Blame.UNDETERMINED)
    found: dict[tuple[str, str], list[Finding]] = {}
    judges = [_judge(check, context) for check in checks]
    for response in seen:
        for judge in judges:
            for finding in judge(response):
                weighed = _weighed(replace(finding, exchange=response.number), context)
                found.setdefault((finding.code, _place(finding)), []).append(weighed)
    context.findings.keep(_told(findings) for findings in found.values())
    shown = sorted({finding.exchange for finding in context.findings})[:_MOST_SHOWN]
    context.sender.rest_on(response.exchange for response in seen if response.number in shown)
    context.findings.note(f"{len(seen)} responses judged", code="swept")


def _weighed(finding: Finding, context: ScenarioContext) -> Finding:
    """The finding, weighed no harder than the scenario that sent the request."""
    if finding.severity is Severity.FAIL and finding.exchange in context.session.sent_mildly:
        why = "a warning, as the scenario that sent the request comes to a warning at most"
        return replace(finding, severity=Severity.WARN, evidence=f"{finding.evidence}; {why}".lstrip("; "))
    return finding


def _judge(check: Check, context: ScenarioContext) -> Callable[[Response], Iterable[Finding]]:
    """The check as a function of the response. Validation, the dearest of them, judges equal bodies once."""
    if check is not conforms:
        return lambda response: check(response, context.session)
    known: dict[tuple[bytes, str], list[Finding]] = {}

    def judge(response: Response) -> Iterable[Finding]:
        body = response.exchange.response_body, response.form
        if body not in known:
            known[body] = list(check(response, context.session))
        return known[body]

    return judge


def _place(finding: Finding) -> str:
    return re.sub(r"\[\d+\]", "", finding.location)


def _told(findings: Sequence[Finding]) -> Finding:
    heaviest = min(findings, key=lambda finding: _HEAVIEST_FIRST.index(finding.severity))
    if len(findings) == 1:
        return heaviest
    return replace(heaviest, evidence=f"{heaviest.evidence}; seen {len(findings)} times".lstrip("; "))


_HEAVIEST_FIRST = (Severity.FAIL, Severity.WARN, Severity.INFO)


def _responses(context: ScenarioContext) -> Iterator[Response]:
    """The responses of the run to the interaction that count.

    Not what an intermediary may have said in the provider's stead, nor what a layer below FHIR refused, nor what invalid
    requests of ours left behind: that is judged where it was brought about.
    """
    interaction = context.edition.interactions[context.case.interaction]
    path = re.compile(re.escape(interaction.path).replace(r"\{id\}", "[^/?]+") + r"(\?.*)?$")
    for exchange in context.session.exchanges:
        wanted = exchange.interaction == interaction.key and exchange.method == interaction.method
        if not wanted or not path.search(exchange.url) or (exchange.below_fhir and (exchange.status or 0) >= _REFUSED):
            continue
        response = _without(context.session.made_by_invalid, context.session.response_to(exchange))
        if response and (late := context.session.client.late_bytes.get(exchange.number)):
            response = response.followed_by(late)
        if response and context.session.environment.is_of_provider(response):
            yield response


def _without(unwanted: set[str], response: Response) -> Response | None:
    """The response without the entries named; None where it is itself one of them, or nothing is left of it."""
    held = resource_names(response) & unwanted
    if not held:
        return response
    entries = [entry for entry in every(response.resource, "entry") if not _is(entry, held)]
    return response.part({**response.resource, "entry": entries}) if entries else None


def _is(entry: Any, names: set[str]) -> bool:
    resource = entry.get("resource") if isinstance(entry, dict) else None
    return isinstance(resource, dict) and f"{resource.get('resourceType')}/{resource.get('id')}" in names
