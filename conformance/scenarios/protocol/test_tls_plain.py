"""Nothing in the clear: plain HTTP is not answered, and clients are told to stay with TLS."""

from __future__ import annotations

import re
from dataclasses import replace

from conformance.consumer.probes.plain_http import PlainAnswer, ask_plainly
from conformance.consumer.probes.probe_calibration import sees_plain_http
from conformance.consumer.probes.raw_http import plain_request
from conformance.consumer.probes.tls_probe import Place, Sight
from conformance.core.results import Blame
from conformance.engine.context import ScenarioContext
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.tls import ordinary, place_of

PLAIN = table(
    "get_capability_statement",
    case(
        "tls.plain-on-tls-port", "Plain HTTP on the TLS port is dropped", "STU3-SEC-006 DSTU2-SEC-005", port="tls",
        faults="tls.answers-plain-http",
    ),
    case(
        "tls.plain-port", "No FHIR is served over plain HTTP at the port for it", "STU3-SEC-006 DSTU2-SEC-005",
        port="plain", faults="tls.plain-port",
    ),
    why="What is sent in the clear can be read and changed on the way.",
    fix="Close the port, or redirect to https and answer nothing else there.",
    wire=True,
)  # fmt: skip

HSTS = table(
    "get_capability_statement",
    case(
        "tls.hsts", "Answers over TLS carry Strict-Transport-Security", "STU3-HTTP-021 DSTU2-HTTP-014",
        faults="tls.no-hsts",
        why="The header keeps clients from ever asking in the clear (RFC 6797).",
        fix="Send Strict-Transport-Security: max-age=31536000 with every answer over https.",
    ),
    wire=True,
)  # fmt: skip


@scenarios(PLAIN)
def test_plain_http(context: ScenarioContext, case: Case) -> None:
    place = place_of(context)
    ordinary(context, place)
    blind = sees_plain_http()
    if blind:
        context.cannot(f"the probe does not see a server that speaks plain HTTP: {blind}", Blame.TOOL)
    target = _target(context, place, case["port"])
    answer = ask_plainly(target, plain_request(context.requests.capability(), context.config.provider.root, target))
    _judged(context, answer, f"http://{target.host}:{target.port}")


def _target(context: ScenarioContext, place: Place, which: str) -> Place:
    if which == "tls":
        return place
    port = context.config.tls.plain_port
    if not port:
        context.cannot("the configuration asks to try no port for plain HTTP (tls.plain_port: 0)", Blame.CONFIGURATION)
    return replace(place, port=port)


def _judged(context: ScenarioContext, answer: PlainAnswer, where: str) -> None:
    if answer.sight is Sight.UNCLEAR:
        context.cannot(f"{where} was neither answered nor refused: {answer.how}", Blame.ENVIRONMENT)
    elif answer.sight is Sight.REFUSED:
        context.findings.note(f"{where}: {answer.how}", location="plain HTTP", code="plain-refused")
    elif answer.resource_type or (answer.status or 0) < 400:
        context.findings.fail(
            "a request in the clear was answered",
            location=where,
            found=answer.how,
            code="plain-answered",
            expected="connection refused or closed, 400 or 403 without FHIR, or a redirect to https",
        )
    else:
        context.findings.warn(
            "a request in the clear got an error that does not say why",
            location=where,
            found=answer.how,
            expected="connection refused or closed",
            code="plain-odd-refusal",
        )


@scenarios(HSTS)
def test_strict_transport_security(context: ScenarioContext, case: Case) -> None:
    place_of(context)
    response = context.send(context.requests.capability())
    if response.unreachable:
        context.cannot(f"no answer over TLS: {response.described}", Blame.PROVIDER)
    given = response.exchange.header("Strict-Transport-Security")
    if re.search(r"max-age\s*=\s*\"?[1-9]", given or "", re.IGNORECASE):
        return
    # STU3 also asks to drop what is not encrypted, and none of its examples has the header (C-HSTS): a warning there.
    tell = context.findings.warn if context.edition.name == "stu3" else context.findings.fail
    tell(
        "the answer does not tell clients to stay with TLS",
        location="header Strict-Transport-Security",
        found=given or "",
        expected="max-age of more than 0",
        exchange=response.number,
        code="hsts",
    )
