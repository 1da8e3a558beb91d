"""Behind the Spine proxy: which responses are the proxy's own, and which findings cannot be laid on the provider.

Sources: STU3 page "Error handling", "Spine Secure Proxy (SSP) errors"; DSTU2 page "SSP Implementation Guide", "Proxy
Requirements" (502, 504 and 599 stand for a provider that cannot be reached). What the proxy's errors look like is data
(edition.yaml, `proxy`); DSTU2's look like a provider's, so that only those statuses can be told apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.checks.json_values import every
from conformance.consumer.response import Response
from conformance.core.exchange import Exchange
from conformance.core.results import Blame, Finding, Severity

if TYPE_CHECKING:
    from conformance.engine.session import Session

_ERROR = 400


def is_proxy_failure(response: Response, session: Session) -> bool:
    """Whether a response is the proxy's own word that it cannot reach the provider. Never so without a proxy."""
    rules = session.edition.raw["proxy"]
    if not session.config.provider.via_proxy or response.status not in rules["gateway_statuses"]:
        return False
    return not response.is_resource or not rules["marks"] or is_of_proxy(response, session)


def is_of_proxy(response: Response, session: Session) -> bool:
    """Whether an OperationOutcome has a code system or a profile by which the edition knows the proxy's errors."""
    marks = set(session.edition.raw["proxy"]["marks"])
    value = response.resource
    return bool(marks & {*every(value, "issue.details.coding.system"), *every(value, "meta.profile")})


def is_of_provider(response: Response, session: Session) -> bool:
    """Whether an error has what only the provider writes: the edition's profile or code system, where the proxy's differ."""
    if not session.edition.raw["proxy"]["marks"] or is_of_proxy(response, session):
        return False
    profile = session.edition.profile("OperationOutcome")
    own = {*session.edition.raw["outcome"]["coding_systems"], *([profile.canonical] if profile else [])}
    value = response.resource
    return bool(own & {*every(value, "issue.details.coding.system"), *every(value, "meta.profile")})


def attributed(findings: Iterable[Finding], exchanges: Mapping[int, Exchange], session: Session) -> list[Finding]:
    """Return the findings with the blame that the evidence allows: behind a proxy, some can be anybody's."""
    if not session.config.provider.via_proxy:
        return list(findings)
    return [_attributed(finding, exchanges.get(finding.exchange), session) for finding in findings]


def _attributed(finding: Finding, exchange: Exchange | None, session: Session) -> Finding:
    if exchange is None or finding.blame is not Blame.PROVIDER or finding.severity is Severity.INFO:
        return finding
    if finding.location.startswith("header ") and not finding.found:
        return _undetermined(finding, "the proxy in front may have taken the header away")
    if (exchange.status or 0) >= _ERROR and not is_of_provider(session.response_to(exchange), session):
        return _undetermined(
            finding, "the refusal has nothing by which the provider's could be told from the proxy's own"
        )
    return finding


def _undetermined(finding: Finding, why: str) -> Finding:
    return replace(finding, blame=Blame.UNDETERMINED, evidence=f"{finding.evidence}; {why}".lstrip("; "))
