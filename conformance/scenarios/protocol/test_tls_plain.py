"""No plain HTTP: it is not served, and HSTS keeps clients on TLS."""

from __future__ import annotations

import re
from dataclasses import replace

from conformance.consumer.probes.plain_http import PlainResponse
from conformance.consumer.probes.raw_http import bare_request
from conformance.consumer.probes.tls_probe import Outcome, Place
from conformance.core.results import Blame
from conformance.engine.context import ScenarioContext
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.tls import ordinary, place_of

PLAIN = table(
    "get_capability_statement",
    case(
        "tls.plain-on-tls-port", "Plain HTTP on the TLS port is refused", "STU3-SEC-006 DSTU2-SEC-005", port="tls",
        faults="tls.answers-plain-http",
    ),
    case(
        "tls.plain-port", "No FHIR is served over plain HTTP on the plain HTTP port", "STU3-SEC-006 DSTU2-SEC-005",
        port="plain", faults="tls.plain-port",
    ),
    why="Unencrypted messages can be read and changed in transit.",
    fix="Close the port, or redirect to https and serve nothing else there.",
    wire=True,
)  # fmt: skip

HSTS = table(
    "get_capability_statement",
    case(
        "tls.hsts", "Responses over TLS carry Strict-Transport-Security", "STU3-HTTP-021 DSTU2-HTTP-014",
        faults="tls.no-hsts",
        why="The header prevents clients from ever using plain HTTP (RFC 6797).",
        fix="Send Strict-Transport-Security: max-age=31536000 with every response over https.",
    ),
    wire=True,
)  # fmt: skip


@scenarios(PLAIN)
def test_plain_http(context: ScenarioContext, case: Case) -> None:
    place = place_of(context)
    ordinary(context, place)
    blind = context.probes.blind_to_plain_http()
    if blind:
        context.cannot(f"the probe does not detect a server that serves plain HTTP: {blind}", Blame.TOOL)
    target = _target(context, place, case["port"])
    result = context.probes.plain(
        target, bare_request(context.requests.capability(), context.config.provider.root, target)
    )
    _judged(context, result, f"http://{target.host}:{target.port}")


def _target(context: ScenarioContext, place: Place, which: str) -> Place:
    if which == "tls":
        return place
    port = context.config.tls.plain_port
    if not port:
        context.cannot("the configuration excludes plain HTTP (tls.plain_port: 0)", Blame.CONFIGURATION)
    return replace(place, port=port)


def _judged(context: ScenarioContext, result: PlainResponse, where: str) -> None:
    if result.outcome is Outcome.UNCLEAR:
        context.cannot(f"{where} neither served nor refused plain HTTP: {result.how}", Blame.ENVIRONMENT)
    elif result.outcome is Outcome.REFUSED:
        context.findings.note(f"{where}: {result.how}", location="plain HTTP", code="plain-refused")
    elif result.resource_type or (result.status or 0) < 400:
        context.findings.fail(
            "a plain HTTP request was served",
            location=where,
            found=result.how,
            code="plain-answered",
            expected="connection refused or closed, 400 or 403 without FHIR, or a redirect to https",
        )
    else:
        context.findings.warn(
            "a plain HTTP request got an error that does not say why",
            location=where,
            found=result.how,
            expected="connection refused or closed",
            code="plain-odd-refusal",
        )


@scenarios(HSTS)
def test_strict_transport_security(context: ScenarioContext, case: Case) -> None:
    place_of(context)
    response = context.send(context.requests.capability())
    if response.unreachable:
        context.cannot(f"no response over TLS: {response.described}", Blame.PROVIDER)
    given = response.exchange.header("Strict-Transport-Security")
    if re.search(r"max-age\s*=\s*\"?[1-9]", given or "", re.IGNORECASE):
        return
    report = context.findings.fail if context.edition.capabilities.requires_hsts else context.findings.warn
    report(
        "the response does not require clients to stay on TLS",
        location="header Strict-Transport-Security",
        found=given or "",
        expected="max-age of more than 0",
        exchange=response.number,
        code="hsts",
    )
