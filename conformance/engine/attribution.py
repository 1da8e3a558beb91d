"""Behind the Spine proxy: which responses are the proxy's own, and which findings cannot be laid on the provider.

Sources: STU3 page "Error handling", "Spine Secure Proxy (SSP) errors"; DSTU2 page "SSP Implementation Guide", "Proxy
Requirements" (502, 504 and 599 stand for a provider that cannot be reached). What the proxy's errors look like is data
(edition.yaml, `proxy`); DSTU2's look like a provider's, so that only those statuses can be distinguished.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from conformance.checks.json_values import every
from conformance.consumer.response import Response
from conformance.core.exchange import Exchange
from conformance.core.results import Blame, Finding, Severity
from conformance.spec import Edition

_ERROR = 400
_NOT_TESTED = "cannot-test"


def is_proxy_failure(response: Response, edition: Edition) -> bool:
    """Whether a response that came through the proxy is its own word that it cannot reach the provider."""
    rules = edition.raw["proxy"]
    if response.status not in rules["gateway_statuses"]:
        return False
    return not response.is_resource or not rules["marks"] or is_of_proxy(response, edition)


def is_of_proxy(response: Response, edition: Edition) -> bool:
    """Whether an OperationOutcome has a code system or a profile by which the edition knows the proxy's errors."""
    marks = set(edition.raw["proxy"]["marks"])
    value = response.resource
    return bool(marks & {*every(value, "issue.details.coding.system"), *every(value, "meta.profile")})


def is_of_provider(response: Response, edition: Edition) -> bool:
    """Whether an error has what only the provider writes: the edition's profile or code system, where the proxy's differ."""
    if not edition.raw["proxy"]["marks"] or is_of_proxy(response, edition):
        return False
    profile = edition.profile("OperationOutcome")
    own = {*edition.raw["outcome"]["coding_systems"], *([profile.canonical] if profile else [])}
    value = response.resource
    return bool(own & {*every(value, "issue.details.coding.system"), *every(value, "meta.profile")})


def attributed(
    findings: Iterable[Finding],
    exchanges: Mapping[int, Exchange],
    is_providers: Callable[[Exchange], bool],
) -> list[Finding]:
    """Return the findings of a run through the proxy with the blame that the evidence allows: some can be anybody's.

    `exchanges` are those that findings point to, by number; `is_providers` says whether an error has what only the provider
    writes.
    """
    errors = [exchange for exchange in exchanges.values() if (exchange.status or 0) >= _ERROR]

    def blamed(finding: Finding) -> Finding:
        exchange = exchanges.get(finding.exchange) or (errors[-1] if finding.code == _NOT_TESTED and errors else None)
        judged = finding.severity is not Severity.INFO or finding.code == _NOT_TESTED
        if exchange is None or not judged or finding.blame is not Blame.PROVIDER:
            return finding
        if exchange.status is not None and _lacks_header(exchange, finding.location):
            return _undetermined(finding, "the proxy in front may have taken the header away")
        if (exchange.status or 0) >= _ERROR and not is_providers(exchange):
            return _undetermined(finding, "nothing in the refusal shows whether the provider or the proxy gave it")
        return finding

    return [blamed(finding) for finding in findings]


def _lacks_header(exchange: Exchange, location: str) -> bool:
    kind, _, name = location.partition(" ")
    return kind == "header" and bool(name) and exchange.header(name) is None


def _undetermined(finding: Finding, why: str) -> Finding:
    return replace(finding, blame=Blame.UNDETERMINED, evidence=f"{finding.evidence}; {why}".lstrip("; "))
